# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# The same examples as an ordinary user without sudo: `host` is the top namespace of his own.
. "$(dirname "$0")/lib.sh"
need ip ping setpriv curl

as_user true
cp "$top"/examples/*.yaml "$tmp/user/"
chown -R 65534:65534 "$tmp/user"
cd "$tmp/user" || exit 1
as_user warren netns list >/dev/null 2>&1
if ! as_user unshare -Ur true 2>/dev/null; then
	skip_all 'the kernel does not let users make user namespaces'
fi
save_state

# root's use of his own names is no obstacle: their directory is a mount then, which a user's own /run covers
warren netns add roots
ok 'up while root has names' as_user warren up cable.yaml
ok 'down' as_user warren down cable.yaml
warren netns delete roots
ok 'up after root had names' as_user warren up cable.yaml
ok 'down' as_user warren down cable.yaml
leak_check 'nothing is left of that'

# by verbs
ok 'netns add' as_user warren netns add red
ok 'netns add' as_user warren netns add blue
is 'they are listed' "$(as_user warren netns list | sort | xargs)" 'blue red'
as_user warren exec host ip link add eth0 netns red type veth peer name eth0 netns blue
as_user warren exec red sh -c 'ip addr add 10.0.0.1/24 dev eth0; ip link set eth0 up'
as_user warren exec blue sh -c 'ip addr add 10.0.0.2/24 dev eth0; ip link set eth0 up'
ok 'red reaches blue' as_user warren exec red ping -c3 -i0.3 -W2 -q 10.0.0.2
ok '--net-only goes without mounts of its own' as_user warren exec --net-only blue ping -c1 -W2 -q 10.0.0.1
ok 'netns delete' as_user warren netns delete red
ok 'netns delete' as_user warren netns delete blue
is 'nothing of it is seen on the machine' "$(ls /run/netns)" ''
leak_check 'by verbs: nothing is left, the holder neither'

# by file
for file in cable loopback-network chain chain-static through rooms; do
	ok "$file: up" as_user warren up $file.yaml
	ok "$file: what the file expects holds" as_user warren test $file.yaml
	exits 0 "$file: status shows no drift" as_user warren status $file.yaml
	ok "$file: down" as_user warren down $file.yaml
done
leak_check 'by file: nothing is left'

ok 'a web server' as_user warren up cable.yaml
as_user sh -c 'mkdir -p site; echo hello >site/page; cd site; exec warren exec blue python3 -m http.server 80' >/dev/null 2>&1 &
wait_for as_user warren exec red curl -sf http://10.0.0.2/page
is 'answers in another node' "$(as_user warren exec red curl -s http://blue/page)" hello
ok 'down ends it' as_user warren down cable.yaml
wait $! 2>/dev/null

ok 'names' as_user warren up resolver.yaml
is 'a node has its own' "$(as_user warren exec office getent hosts mytest | awk '{print $1}')" 1.2.3.4
ok 'down' as_user warren down resolver.yaml
rm -rf site
done_testing
