#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# exec where there are many names: their mounts are not copied for each command, and it sees what it would see otherwise.
. "$(dirname "$0")/lib.sh"
need ip nsenter findmnt flock chroot strace

sort -V <<E1 | head -n 1 | grep -qx 6.12 || skip_all 'a Linux before 6.12 cannot tell whether mounts changed'
6.12
$(uname -r)
E1

copy=/run/warren/mounts/ns
mounts() { grep -c . /proc/self/mountinfo; }
seen() { warren exec n1 cat /proc/self/mountinfo; } # the mounts that a command has
count() { seen | grep -c .; }
copied() { # whether commands get a copy of the lean one
	warren exec n1 true
	warren exec n1 true
	[ "$(count)" -lt $((before + 10)) ]
}

# As systemd has it, every mount is shared. The test's own work is on one that can be unmounted.
mount --make-rshared /
mkdir disk
mount -t tmpfs disk disk
before=$(mounts)
save_state

seq -f 'netns add n%g' 200 >names.batch
{
	echo 'namespaces:'
	seq 200 | sed 's|.*|  n&: {interfaces: {lo: {addresses: [10.9.0.&/32]}}}|'
} >lab.yaml
ok '200 nodes come up' warren up -q lab.yaml
many=$(mounts)

is 'the first command has a copy of all mounts' "$(($(count) > many))" 1
ok 'then there is one without the names' copied
ok 'which is kept' test "$(stat -f -c %T "$copy")" = nsfs
is 'for root only' "$(stat -c '%a %U' /run/warren/mounts)" '700 root'
is 'each command has mounts of its own' "$(warren exec n1 readlink /proc/self/ns/mnt | grep -c "$(readlink /proc/self/ns/mnt)\|$(nsenter --mount="$copy" readlink /proc/self/ns/mnt)")" 0
is 'its network' "$(warren exec n7 ip -br -4 addr show dev lo | grep -o '10[0-9.]*')" 10.9.0.7
is 'its interfaces in /sys' "$(warren exec n7 ls /sys/class/net)" lo
is 'its host name' "$(warren exec n7 hostname)" n7
is 'its hosts file' "$(warren exec n7 cat /etc/hosts | grep -c n200)" "$(grep -c n200 /etc/netns/n7/hosts)"
is 'its working directory' "$(cd disk && warren exec n7 pwd)" "$tmp/disk"
is 'the host'"'"'s mounts' "$(warren exec n1 findmnt -n -o FSTYPE,SOURCE "$tmp/disk" | xargs)" 'tmpfs disk'
is 'all but the names'"'"'' "$(seen | awk '{print $5}' | grep -v -e /run/netns -e '^/sys$' -e '^/etc/hosts$' -e '^/etc/resolv.conf$' | sort -u | xargs)" \
	"$(awk '{print $5}' /proc/self/mountinfo | grep -v -e /run/netns -e '^/sys$' -e '^/run/warren/mounts/ns$' | sort -u | xargs)"

# Names within.
is 'ip netns list' "$(warren exec n1 ip netns list | grep -c .)" 200
is 'warren netns list' "$(warren exec n1 "$WARREN" netns list | grep -c .)" 200
is 'ip netns exec' "$(warren exec n1 ip netns exec n2 ip -br -4 addr show dev lo | grep -o '10[0-9.]*')" 10.9.0.2
is 'warren exec' "$(warren exec n1 "$WARREN" exec n2 hostname)" n2
is 'ip netns identify' "$(warren exec n1 sh -c 'ip netns identify $$')" n1
is 'ip -n' "$(warren exec n1 ip -n n2 -br -4 addr show dev lo | grep -o '10[0-9.]*')" 10.9.0.2
is 'ping to another node' "$(warren exec n1 "$WARREN" ping n3 n3 >/dev/null 2>&1; echo $?)" "$("$WARREN" ping n3 n3 >/dev/null 2>&1; echo $?)"
fails 'names cannot be made there' warren exec n1 ip netns add inside
exits 1 'by warren neither' warren exec n1 "$WARREN" netns add inside
run warren exec n1 "$WARREN" netns add inside
like 'which says what to do' "$err" 'Read-only file system.*do it outside'
fails 'nor removed' warren exec n1 ip netns del n2
ok 'n2 is still there' ip -n n2 link show lo
mkdir more
sed 's/^namespaces:/&\n  other:/' lab.yaml >more/lab.yaml
exits 1 'up of more of them neither' warren exec n1 "$WARREN" up -q more/lab.yaml
exits 1 'down too' warren exec n1 "$WARREN" down lab.yaml
run warren exec n1 "$WARREN" down lab.yaml
like 'with the way out' "$err" 'Read-only file system.*do it outside'
is 'and all are there' "$(names | wc -w)" 200

# What changes on the host while there is a copy.
ok 'a name more' ip netns add other
is 'is seen' "$(warren exec other ip netns list | grep -c other)" 1
ok 'again a copy without' copied
is 'which leads to it' "$(warren exec n1 ip netns exec other sh -c 'ip netns identify $$')" other
ok 'a name less' ip netns del other
is 'is not' "$(warren exec n1 ip netns list | grep -c other)" 0
ok 'a mount more' mount -t tmpfs more disk --mkdir=0755 2>/dev/null || mount -t tmpfs more disk
is 'is seen at once' "$(warren exec n1 findmnt -n -o SOURCE "$tmp/disk" | tail -n 1)" more
ok 'again a copy without names' copied
is 'with it' "$(warren exec n1 findmnt -n -o SOURCE "$tmp/disk" | tail -n 1)" more
ok 'remounted for reading' mount -o remount,bind,ro disk
fails 'it cannot be written to' warren exec n1 touch disk/file
ok 'again a copy without names' copied
fails 'nor there' warren exec n1 touch disk/file
ok 'an unmounting' umount disk
is 'is seen' "$(warren exec n1 findmnt -n -o SOURCE "$tmp/disk" | xargs)" disk
ok 'again a copy without names' copied
umount disk
is 'in the copy as well, at once: no file system stays in use' "$(nsenter --mount="$copy" findmnt -n -o SOURCE "$tmp/disk" | xargs)" ''
mount -t tmpfs disk disk
is 'as is a mounting' "$(nsenter --mount="$copy" findmnt -n -o SOURCE "$tmp/disk" | xargs)" disk

# Where a copy would keep a file system in use, or lead elsewhere, there is none.
ok 'again a copy' copied
mkdir disk/below
mount --make-private disk
mount -t tmpfs below disk/below
fails 'a mount on one that is not shared: no copy' copied
is 'it is in use no more once it is unmounted' "$(umount disk/below && stat -f -c %T "$copy")" tmpfs
mount --make-shared disk
ok 'and again a copy' copied
is 'a working directory among the names' "$(cd /run/netns && warren exec n1 pwd)" /run/netns
mkdir gone
ok 'one that is gone' bash -c 'cd gone && rmdir ../gone && exec "$WARREN" exec n1 true' 2>/dev/null
mkdir -p root
mount --bind / root
mount --make-private root
for dir in proc dev run; do mount --rbind "/$dir" "root/$dir"; done
mount --make-rprivate root
is 'another root directory' "$(chroot root "$WARREN" exec n1 sh -c 'stat -c %i /'; echo $?)" "$(printf '%s\n0' "$(stat -c %i /)")"
umount -R root
rmdir root
ok 'no /proc' unshare -m --propagation private sh -c 'mount -t tmpfs none /proc; exec "$WARREN" exec n1 true'
ok 'other mounts' unshare -m "$WARREN" exec n1 ip netns exec n2 true
ok 'few descriptors' bash -c 'ulimit -n 5; exec "$WARREN" exec n1 true'
chmod 0777 /run/warren/mounts
ok 'a folder that others may write in' warren exec n1 true
is 'is not used' "$(($(count) > many))" 1
chmod 0700 /run/warren/mounts
printf 'nonsense' >/run/warren/mounts/of
ok 'nonsense in it' copied

# A command that comes late to a copy, of which another is half way with the next: it must not be
# used, as what is mounted in it is mounted on the host, too.
of_sys() { grep -c ' /sys ' /proc/self/mountinfo; }
before_late=$(of_sys)
strace -f -qq -o /dev/null -P ns -e trace=openat -e inject=openat:delay_enter=1500000 \
	"$WARREN" exec n1 findmnt -n -o SOURCE "$tmp/disk" >late &
late=$!
sleep 0.5
mount -t tmpfs more disk
"$WARREN" exec n1 true
strace -f -qq -o /dev/null -P "$copy" -e trace=mount -e inject=mount:delay_exit=2000000 "$WARREN" exec n1 true &
half=$!
wait "$late"
is 'a command that comes late to a copy has mounts of its own' $? 0
is 'which the host does not get' "$(of_sys)" "$before_late"
is 'and what was mounted meanwhile' "$(tail -n 1 late)" more
wait "$half"
umount disk
ok 'again a copy' copied

# Many at once, while mounts and names come and go.
cat >storm <<'E1'
i=0
while [ $i -lt 40 ]; do
	i=$((i + 1))
	[ "$("$WARREN" exec "n$1" ip -br -4 addr show dev lo | grep -o '10[0-9.]*')" = "10.9.0.$1" ] || echo "wrong $1"
done
E1
for round in 1 2 3; do
	: >storms
	for i in $(seq 11 18); do bash ./storm "$i" >>storms 2>&1 & done
	for i in $(seq 20); do
		ip netns add other
		mount -t tmpfs "storm$i" disk
		umount disk
		ip netns del other
	done
	wait
	is "$round: many at once, while names and mounts change, all get where they belong" "$(cat storms)" ''
	ok "$round: and in the end there is a copy" copied
done

# A command that runs when all is taken down.
"$WARREN" exec n1 sleep 1000 &
pid=$!
ok 'one runs' wait_for grep -qx sleep "/proc/$pid/comm"
ok 'down' warren down -q lab.yaml
wait "$pid"
is 'ends it' $? 143
leak_check 'nothing is left: no copy, no mount, no folder'

# The same for names that are nobody's network, in a /run/netns that was mounted by ip netns.
umount /run/netns
ip -batch /dev/stdin <names.batch
many=$(mounts)
ok 'with names of ip netns' copied
is 'which it mounts twice where /run is shared' "$((many > 400))" 1
is 'but not for netns exec' "$(($(warren netns exec n3 grep -c . /proc/self/mountinfo) > many))" 1
is 'nor for a shell' "$(($(echo 'grep -c . /proc/self/mountinfo' | SHELL=/bin/sh warren shell n3) > many))" 1
ok 'one of them is deleted' warren netns delete n3
fails 'the copy is gone with it' test -e /run/warren
ok 'again' copied
seq -f 'netns del n%g' 200 | grep -v 'n3$' | ip -batch /dev/stdin
ok 'ip netns adds one' ip netns add last
ok 'and with few names' warren exec last true
ok 'the last one' warren netns delete last
umount disk
rmdir disk
save_state
done_testing
