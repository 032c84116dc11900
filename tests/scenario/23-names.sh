# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# What programs inside see as /etc/hosts and /etc/resolv.conf is the node's own; the host's stays untouched.
. "$(dirname "$0")/lib.sh"
need ip getent

before=$(cat /etc/hosts /etc/resolv.conf 2>/dev/null | cksum)

# by verbs: files that the administrator wrote
warren netns add office
mkdir -p /etc/netns/office
echo '1.2.3.4 mytest' >/etc/netns/office/hosts
echo 'nameserver 10.0.0.53' >/etc/netns/office/resolv.conf
is 'by verbs: getent sees the namespace file' "$(warren netns exec office getent hosts mytest | awk '{print $1}')" 1.2.3.4
is 'and resolv.conf is its own' "$(warren netns exec office cat /etc/resolv.conf)" 'nameserver 10.0.0.53'
is 'warren exec sees the same' "$(warren exec office getent hosts mytest | awk '{print $1}')" 1.2.3.4
fails 'the host does not' getent hosts mytest
warren netns delete office
rm -r /etc/netns

# by file
cp "$top/examples/resolver.yaml" .
ok 'up' warren up resolver.yaml
is 'by file: getent sees the name' "$(warren exec office getent hosts mytest | awk '{print $1}')" 1.2.3.4
is 'ip netns exec sees it too' "$(ip netns exec office getent hosts mytest | awk '{print $1}')" 1.2.3.4
is 'every node finds every other' "$(warren exec office getent hosts home | awk '{print $1}')" 10.0.0.2
is 'and is found' "$(warren exec home getent hosts office | awk '{print $1}')" 10.0.0.1
like 'resolv.conf has the server and the search list' "$(warren exec office cat /etc/resolv.conf | xargs)" 'nameserver 10.0.0.53|search lab'
fails 'the other node does not have the name' warren exec home getent hosts mytest
is "the host's files are untouched" "$(cat /etc/hosts /etc/resolv.conf 2>/dev/null | cksum)" "$before"
is 'writing to it inside does not reach the host' \
	"$(warren exec office sh -c 'echo "# x" >>/etc/resolv.conf; tail -1 /etc/resolv.conf'; cat /etc/hosts /etc/resolv.conf 2>/dev/null | cksum)" "# x
$before"

# a file that changes while a program runs inside is seen by it: it is written in place
ok 'up repairs what was written' warren up resolver.yaml
"$WARREN" exec office sh -c 'echo on >on; while [ ! -e go ]; do sleep 0.05; done; getent hosts mytest' >later &
wait_for test -e on
sed -i 's/1.2.3.4/5.6.7.8/' resolver.yaml
ok 'up with another address for the name' warren up resolver.yaml
touch go
wait $!
is 'a program that was running sees it' "$(awk '{print $1}' later)" 5.6.7.8
ok 'down' warren down resolver.yaml
is "the host's files are untouched" "$(cat /etc/hosts /etc/resolv.conf 2>/dev/null | cksum)" "$before"
done_testing
