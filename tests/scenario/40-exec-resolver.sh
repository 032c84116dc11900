#!/bin/bash
# shellcheck disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# exec and shell: what a program in a node writes to resolv.conf and hosts never comes to the host.
. "$(dirname "$0")/lib.sh"
need ip strace

ip netns add bare
ip netns add own
mkdir -p /etc/netns/own
echo 'nameserver 192.0.2.53' >/etc/netns/own/resolv.conf
rm -f /etc/resolv.conf
echo 'nameserver 192.0.2.1' >/etc/resolv.conf
save_state
host() { cat /etc/resolv.conf /etc/hosts | cksum; }
before=$(host)

in_shell() { echo "$1" | SHELL=/bin/sh warren shell bare; }
for file in resolv.conf hosts; do
	fails "writing to $file" warren exec bare sh -c "echo 1.2.3.4 >>/etc/$file"
	like 'is refused' "$err" 'Read-only file system'
	fails 'in a shell' in_shell "echo 1.2.3.4 >/etc/$file"
	like 'too' "$err" 'Read-only file system'
	fails 'so is removing' warren exec bare rm -f "/etc/$file"
	ok 'it can be read' warren exec bare cmp "/etc/$file" - <"/etc/$file"
done
fails 'putting another file in its place' warren exec bare sh -c 'echo x >/etc/resolv.new && mv /etc/resolv.new /etc/resolv.conf'
like 'is refused' "$err" 'busy'
rm -f /etc/resolv.new
fails 'where a node has its own resolv.conf: the hosts' warren exec own sh -c 'echo 1.2.3.4 >>/etc/hosts'
is 'its own is written to' "$(warren exec own sh -c 'echo "nameserver 192.0.2.54" >/etc/resolv.conf'; cat /etc/netns/own/resolv.conf)" 'nameserver 192.0.2.54'
fails 'an older kernel' strace -qq -o /dev/null -e trace=open_tree -e inject=open_tree:error=ENOSYS "$WARREN" exec bare sh -c \
	'echo 1.2.3.4 >>/etc/hosts'
like 'too' "$err" 'Read-only file system'
fails 'one before mount_setattr(2)' strace -qq -o /dev/null -e trace=mount_setattr -e inject=mount_setattr:error=ENOSYS \
	"$WARREN" exec bare sh -c 'echo 1.2.3.4 >>/etc/resolv.conf'
like 'too' "$err" 'Read-only file system'
is 'the host has what it had' "$(host)" "$before"
is 'and no mount' "$(grep -c /etc/ /proc/self/mountinfo)" 0

# as systemd-resolved has it
mkdir /run/resolver
mv /etc/resolv.conf /run/resolver/stub.conf
ln -s ../run/resolver/stub.conf /etc/resolv.conf
fails 'through a link' warren exec bare sh -c 'echo 1.2.3.4 >/etc/resolv.conf'
like 'is refused' "$err" 'Read-only file system'
fails 'and what it leads to' warren exec bare sh -c 'echo 1.2.3.4 >/run/resolver/stub.conf'
fails 'the link cannot go' warren exec bare rm /etc/resolv.conf
is 'the host has what it had' "$(host) $(readlink /etc/resolv.conf)" "$before ../run/resolver/stub.conf"
rm /etc/resolv.conf
ln -s /run/nowhere /etc/resolv.conf
ok 'a link to nowhere' warren exec bare true
is 'is no reason for words' "$err" ''
rm /etc/resolv.conf
ok 'no file' warren exec bare true
is 'is neither' "$err" ''
mv /run/resolver/stub.conf /etc/resolv.conf
rmdir /run/resolver

ok 'netns exec is as ip netns exec' warren netns exec bare sh -c 'echo "nameserver 192.0.2.2" >/etc/resolv.conf'
is 'which writes to the file of the host' "$(cat /etc/resolv.conf)" 'nameserver 192.0.2.2'

# without root
as_user true
chmod 0755 "$tmp"
echo 'namespaces: {red: }' >lab.yaml
ok 'a user'"'"'s up' as_user warren up lab.yaml
fails 'writing' as_user warren exec red sh -c 'echo 1.2.3.4 >>/etc/hosts'
like 'is refused' "$err" 'Read-only file system'
is 'and nothing else said' "$(wc -l <<<"$err")" 1
ok 'down' as_user warren down lab

rm -r /etc/netns/own
ip netns del own
ip netns del bare
save_state
done_testing
