#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# exec and shell: what a command in a node sees, how it ends, what is said when it cannot start.
. "$(dirname "$0")/lib.sh"
need ip setpriv nsenter getent

ip netns add h1
ip netns add h2
ip -n h1 link add dummy-h1 type veth peer name far-h1
ip -n h1 addr add 10.1.2.3/24 dev dummy-h1
ip -n h1 link set dummy-h1 up
mkdir -p /etc/netns/h1
echo 'nameserver 192.0.2.53' >/etc/netns/h1/resolv.conf
printf '127.0.0.1 localhost\n1.2.3.4 mytest\n' >/etc/netns/h1/hosts
cp /etc/resolv.conf resolv.host 2>/dev/null || :

# What it sees.
run warren exec h1 ip -br -4 addr show dev dummy-h1
like 'the network is the node'"'"'s' "$out" '10\.1\.2\.3/24'
ok 'as that of others who enter' nsenter --net=/run/netns/h1 ip addr show dev dummy-h1
run warren exec h1 ls /sys/class/net
like '/sys shows its interfaces' "$out" 'dummy-h1'
is '/proc/net too' "$(warren exec h1 cat /proc/net/dev | grep -c h1:)" 2
is 'the host name is its name' "$(warren exec h1 hostname)" h1
is 'which stays inside' "$(hostname)" sandbox
is 'its resolv.conf' "$(warren exec h1 cat /etc/resolv.conf)" 'nameserver 192.0.2.53'
is 'its hosts' "$(warren exec h1 getent hosts mytest | tr -s ' ')" '1.2.3.4 mytest'
fails 'the host does not know them' getent hosts mytest
fails 'nor does another node' warren exec h2 getent hosts mytest
is 'WARREN_NODE names it' "$(warren exec h1 sh -c 'echo $WARREN_NODE')" h1
is 'the working directory stays' "$(warren exec h1 pwd)" "$tmp"
is 'host is where warren runs' "$(warren exec host hostname)" sandbox
is 'a shell' "$(echo 'hostname; exit 3' | SHELL=/bin/sh warren shell h1; echo $?)" "$(printf 'h1\n3')"
is 'without SHELL' "$(echo hostname | env -u SHELL "$WARREN" shell h1)" h1
ok 'warren inside warren' warren exec h1 "$WARREN" exec h2 sh -c '[ "$(hostname)" = h2 ]'
ok 'ip netns inside warren' warren exec h1 ip netns exec h2 true

mount -t tmpfs below /sys/fs/cgroup
ok 'the own namespace gets a name' warren netns attach own $$
ok 'it can be entered' warren exec own ls /sys/class/net
is 'its /sys is there already' "$err" ''
is 'with what is below' "$(warren exec own grep -c ' /sys' /proc/self/mountinfo)" "$(grep -c ' /sys' /proc/self/mountinfo)"
ok 'and taken away' warren netns delete own
umount /sys/fs/cgroup

# How it ends.
exits 42 'its exit code' warren exec h1 sh -c 'exit 42'
exits 137 'a signal' bash -c '"$WARREN" exec h1 sh -c "kill -9 \$\$"; exit $?'
ok '-- before it' warren exec h1 -- true
ok 'its options are its own' warren exec h1 ls --help
"$WARREN" exec h1 sleep 1000 &
pid=$!
ok 'it takes the place of warren' wait_for grep -qx sleep "/proc/$pid/comm"
kill -TERM "$pid"
wait "$pid"
is 'and gets its signals' "$?" 143
is 'standard input is its own' "$(echo word | warren exec h1 cat)" word

# Why it cannot start.
exits 127 'no such program' warren exec h1 no-such-program
like 'is said' "$err" "cannot run 'no-such-program'.*PATH"
exits 127 'no such file' warren exec h1 /no/such/program
exits 126 'not executable' warren exec h1 /etc/passwd
printf '#!/no/such/interpreter\n' >script
chmod 755 script
exits 127 'no interpreter' warren exec h1 ./script
like 'is said' "$err" 'interpreter'
exits 1 'a misspelt node' warren exec hl1 true
like 'the one that may be meant' "$err" "did you mean 'h1'"
# the network only
is 'with --net-only its interfaces' "$(warren exec --net-only h1 ip -br link show dev dummy-h1 | cut -d@ -f1)" dummy-h1
is 'in the mounts of the host' "$(warren exec -N h1 readlink /proc/self/ns/mnt)" "$(readlink /proc/self/ns/mnt)"
is 'with its name' "$(warren exec -N h1 hostname)" sandbox
is 'and WARREN_NODE' "$(warren exec -N h1 sh -c 'echo $WARREN_NODE')" h1
is 'and files of /etc' "$(warren exec -N h1 cat /etc/resolv.conf)" "$(cat /etc/resolv.conf)"
ok 'after the node it is the command'"'"'s own' warren exec h1 ls -N /
exits 1 'a misspelt node' warren exec -N hl1 true
like 'is told likewise' "$err" "did you mean 'h1'"

exits 2 'no command' warren exec h1
exits 2 'no command after --' warren exec h1 --
exits 2 'no node' warren exec
exits 1 'a name that is none' warren exec ../h1 true
: >/run/netns/stale
exits 1 'a stale name' warren exec stale true
like 'is named for what it is' "$err" 'stale.*plain file'
mkdir /run/netns/dir
exits 1 'a directory' warren exec dir true
mkfifo /run/netns/fifo
exits 1 'a FIFO does not hang it' timeout 10 "$WARREN" exec fifo true
rm -r /run/netns/stale /run/netns/dir /run/netns/fifo

# The files in /etc/netns in odd forms.
echo 'nameserver 192.0.2.99' >real
ln -s "$tmp/real" /etc/netns/h2.conf
mkdir -p /etc/netns/h2
ln -s "$tmp/real" /etc/netns/h2/resolv.conf
is 'a link to a file' "$(warren exec h2 cat /etc/resolv.conf)" 'nameserver 192.0.2.99'
rm /etc/netns/h2/resolv.conf /etc/netns/h2.conf
(umask 077 && echo 'nameserver 192.0.2.98' >/etc/netns/h2/resolv.conf)
is 'a file for root only' "$(warren exec h2 cat /etc/resolv.conf)" 'nameserver 192.0.2.98'
rm /etc/netns/h2/resolv.conf
ln -s /no/such/file /etc/netns/h2/resolv.conf
ok 'a link to nowhere is no reason to fail' warren exec h2 true
rm -r /etc/netns/h2

# Files that change while a command runs.
mkfifo go
"$WARREN" exec h1 sh -c 'cat go; cat /etc/resolv.conf; cat go; cat /etc/resolv.conf' >seen &
pid=$!
ok 'a command waits inside' wait_for grep -qx sh "/proc/$pid/comm"
echo 'nameserver 192.0.2.54' >/etc/netns/h1/resolv.conf
: >go
wait_for grep -q . seen
echo 'nameserver 192.0.2.55' >/etc/netns/h1/new
mv /etc/netns/h1/new /etc/netns/h1/resolv.conf
is 'one that starts sees what was put in its place' "$(warren exec h1 cat /etc/resolv.conf)" \
	'nameserver 192.0.2.55'
: >go
wait "$pid"
is 'one that runs sees what is written, not what is put in its place' "$(cat seen)" \
	"$(printf 'nameserver 192.0.2.54\nnameserver 192.0.2.54')"
echo 'nameserver 192.0.2.53' >/etc/netns/h1/resolv.conf
[ ! -e resolv.host ] || ok 'the host'"'"'s own are as they were' cmp resolv.host /etc/resolv.conf

# A name that is deleted while a command runs inside: the command lives on.
ip netns add h3
"$WARREN" exec h3 sh -c 'cat go; ip -br link show dev lo >alive' &
pid=$!
wait_for grep -qx sh "/proc/$pid/comm"
ok 'the name is deleted' ip netns del h3
exits 1 'nobody else gets in' warren exec h3 true
: >go
wait "$pid"
like 'who was inside still is' "$(cat alive)" '^lo'

# Odd surroundings.
ok 'few descriptors' bash -c 'ulimit -n 5; exec "$WARREN" exec h1 true'
ok 'closed standard streams' bash -c 'exec "$WARREN" exec h1 true <&- >&- 2>&-'
mkdir gone
ok 'a working directory that is gone' bash -c 'cd gone && rmdir ../gone && exec "$WARREN" exec h1 true' 2>/dev/null
ok 'umask 077' bash -c 'umask 077; exec "$WARREN" exec h1 true'
ok 'no /proc' unshare -m --propagation private sh -c 'mount -t tmpfs none /proc; exec "$WARREN" exec h1 true'
ok 'no /sys' unshare -m --propagation private sh -c 'umount -l /sys; exec "$WARREN" exec h1 true'
ok 'a foreign /sys' unshare -m --propagation private sh -c 'mount -t tmpfs none /sys; exec "$WARREN" exec h1 true'
exits 1 'neither root nor anything up' as_user warren exec h1 true
like 'who made it is told' "$err" "'h1' is root's"

rm -r /etc/netns/h1
ip netns del h1
ip netns del h2
done_testing
