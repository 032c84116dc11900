#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `warren netns` in hostile surroundings: it never hangs, never says that it did
# what it did not, never harms what is not its own, and names what is in the way.
. "$(dirname "$0")/lib.sh"
need ip setpriv capsh prlimit

warren() {
	timeout -k 5 60 "$WARREN" "$@"
}

# inside WHAT SCRIPT: a shell with mounts of its own, prepared by WHAT
inside() {
	unshare -m --propagation private bash -c "$1
$2"
}
netns="timeout -k 5 60 $WARREN netns"

warren netns add red

# The directory
run inside 'mount --bind /run /run; mount -o remount,bind,ro /run; umount -R -l /run/netns' "$netns add x"
is 'read-only /run: add' "$rc" 1
like 'is named' "$err" '/run/netns.*Read-only file system'
run inside 'mount -o remount,bind,ro /run/netns' "$netns add x"
is 'read-only /run/netns: add' "$rc" 1
like 'is named' "$err" '/run/netns/x": Read-only file system'
run inside 'mount -o remount,bind,ro /run/netns' "$netns delete red"
is 'read-only /run/netns: delete' "$rc" 1
is 'harms nothing' "$(warren netns exec red ip -o link | wc -l)" 1
full='umount -R -l /run/netns; mount -t tmpfs -o size=4k,nr_inodes=2 t /run/netns; touch /run/netns/last'
run inside "$full" "$netns add x; echo \$?; ls /run/netns"
is 'full /run: add fails, no file stays' "$out" $'1\nlast'
like 'is named' "$err" '/run/netns/x": No space left on device'
run inside 'mount -t tmpfs t /run; echo >/run/netns' "$netns add x; echo \$?; $netns list; echo \$?
$netns monitor; echo \$?; $netns -all exec true; echo \$?"
is 'a file in place of the directory' "$out" $'1\n1\n1\n1'
run inside 'mount -t tmpfs t /run' "$netns list; echo \$?; $netns identify; echo \$?; $netns delete x; echo \$?"
is 'no directory' "$out" $'0\n\n0\n1'

# /proc
run inside 'mount -t tmpfs t /proc' "$netns add x; echo \$?; ls /run/netns/x; $netns exec x true; echo \$?; $netns list | wc -l"
is 'no /proc: add, exec and list do' "$out" $'0\n/run/netns/x\n0\n2'
run inside 'mount -t tmpfs t /proc' "$netns pids red"
is 'no /proc: pids' "$rc" 1
like 'is named' "$err" '/proc is not mounted'
run inside 'mount -t tmpfs t /proc' "$netns identify 1"
is 'no /proc: identify' "$rc" 1
ok 'delete what was made without' warren netns delete x

# /sys
run inside 'umount -R -l /sys' "$netns exec red ls /sys/class/net"
is 'no /sys: exec mounts one' "$out" lo
run inside 'mount -t tmpfs t /sys; touch /sys/foreign' "$netns exec red ls /sys/class/net"
is 'foreign /sys: exec mounts one over it' "$out" lo

# Standard output
exits 1 'list to a full disk' bash -c "$netns list >/dev/full"
exits 1 'list to a closed output' bash -c "$netns list >&-"
exits 0 'add with everything closed' bash -c "$netns add closed <&- >&- 2>&-"
ok 'and it is there' warren netns exec closed true
ok 'delete with everything closed' bash -c "$netns delete closed <&- >&- 2>&-"
run bash -c "$netns -all exec echo hi >/dev/full"
is 'exec of all to a full disk' "$rc" 1
run bash -c "$netns monitor >/dev/full & m=\$!; while ! grep -q inotify /proc/\$m/task/*/children /proc/[0-9]*/fdinfo/* 2>/dev/null; do sleep 0.05; done
$netns add mon; wait \$m"
is 'monitor to a full disk ends' "$rc" 1
warren netns delete mon

# Limits
run prlimit --nofile=5 "$WARREN" netns list
is 'list with 5 descriptors' "$rc $out" '0 red'
for n in 4 5 6 7 8; do
	run prlimit --nofile=$n "$WARREN" netns add "few$n"
	have=0
	[ ! -e "/run/netns/few$n" ] || have=1
	if { [ "$rc" = 0 ] && [ "$have" = 1 ]; } || { [ "$rc" != 0 ] && [ "$have" = 0 ]; }; then
		pass "add with $n descriptors: $rc"
	else
		fail "add with $n descriptors: $rc, files: $have" "$err"
	fi
done
warren netns -all delete
warren netns add red
run unshare -U -r -n -m bash -c "echo 1 >/proc/sys/user/max_net_namespaces; mount -t tmpfs t /run; exec $WARREN netns add x"
is 'limit of namespaces' "$rc" 1
like 'is named' "$err" 'user.max_net_namespaces'
run unshare -m --propagation private bash -c "echo 10 >/proc/sys/fs/mount-max; $WARREN netns add x; echo \$? >&2; echo 100000 >/proc/sys/fs/mount-max"
like 'limit of mounts fails' "$err" '^1$'
is 'no file stays' "$(ls /run/netns)" red

# Rights
run setpriv --inh-caps=-all --bounding-set=-all "$WARREN" netns delete red
is 'no capabilities: delete' "$rc" 1
ok 'harms nothing' ip netns exec red true
run setpriv --inh-caps=-all --bounding-set=-all "$WARREN" netns exec red true
is 'no capabilities: exec' "$rc" 255
run as_user warren netns exec red true
is 'an ordinary user cannot enter what is not his' "$rc" 255
is 'an ordinary user may list' "$(as_user warren netns list)" red
run as_user warren netns delete red
is 'an ordinary user cannot delete what is not his' "$rc" 1
ok 'harms nothing' ip netns exec red true

# An ordinary user's own
if as_user warren netns add mine 2>"$tmp/why"; then
	pass 'an ordinary user adds one of his own'
	is 'it is seen by him' "$(as_user warren netns list)" mine
	is 'exec' "$(as_user warren netns exec mine ls /sys/class/net)" lo
	is 'not on the host' "$(ls /run/netns)" red
	ok 'delete' as_user warren netns delete mine
else
	skip 'an ordinary user adds one of his own' "$(cat "$tmp/why")"
fi

# The process
ok 'umask 077' bash -c "umask 077; $netns add dark"
is 'the mode is that of other namespaces' "$(stat -c %a /run/netns/dark)" "$(stat -c %a /run/netns/red)"
run unshare -m --propagation private bash -c "mount -t tmpfs t /run; umask 077; $netns add first; stat -c %a /run/netns"
is 'umask 077: the directory can be read by all' "$out" 755
mkdir gone
ok 'a working directory that is gone' bash -c "cd gone; rmdir ../gone; $netns add away; $netns exec away true && $netns delete away"
exits 255 'no arguments make no sense' env -i "$WARREN" netns ''

# Strangers in the directory
mkdir /run/netns/dir
mkfifo /run/netns/fifo
echo data >/run/netns/full
ln -s /etc/passwd /run/netns/link
touch /run/netns/other
mount --bind /proc/self/ns/uts /run/netns/other
touch /run/netns/stale
for name in dir fifo full link other; do
	run warren netns delete $name
	is "delete of a stranger: $name" "$rc" 1
	like 'says what it is' "$err" "$name\": it is a"
	exits 255 "exec in a stranger: $name" timeout 60 "$WARREN" netns exec $name true
	exits 1 "add over a stranger: $name" timeout 60 "$WARREN" netns add $name
done
is 'strangers stay' "$(ls /run/netns | tr '\n' ' ')" 'dark dir fifo full link other red stale '
run warren netns list
is 'list shows all' "$(printf '%s\n' "$out" | wc -l)" 8
like 'and tells which are no namespaces' "$err" '"fifo" is no network namespace'
run warren netns -all delete
is 'delete of all takes what is ours' "$(ls /run/netns | tr '\n' ' ')" 'dir fifo full link other '
is 'and says that it is not all' "$rc" 1
umount /run/netns/other
rm -r /run/netns/dir /run/netns/fifo /run/netns/full /run/netns/link /run/netns/other
umount -l /run/netns 2>/dev/null

done_testing
