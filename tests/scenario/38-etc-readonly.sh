#!/bin/bash
# shellcheck disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# The files that nodes share are read-only: what is written for one node never comes to another.
. "$(dirname "$0")/lib.sh"
need ip strace unshare

cat >e.yaml <<'E1'
name: e
namespaces: {red: , blue: }
links: [{endpoints: [red, blue], subnet: 10.7.0.0/24}]
E1
mkdir more own
cat >more/e.yaml <<'E1'
name: e
namespaces: {red: , blue: , green: }
links: [{endpoints: [red, blue], subnet: 10.7.0.0/24}, {endpoints: [red, green], subnet: 10.8.0.0/24}]
E1
cat >own/e.yaml <<'E1'
name: e
namespaces: {red: {dns: {servers: [10.7.0.53]}}, blue: }
links: [{endpoints: [red, blue], subnet: 10.7.0.0/24}]
E1
common=/run/warren/net/e/etc
mounted() { grep -c " $common ro[ ,]" /proc/self/mountinfo; }
mounts() { grep -c " $common " /proc/self/mountinfo; }

for mounts in private shared; do
	mount --make-r$mounts /
	[ $mounts = private ] || save_state
	ok "up, $mounts mounts" warren up e.yaml
	is 'one read-only mount' "$(mounted) $(mounts)" '1 1'
	fails 'a file for one node' sh -c 'echo "nameserver 9.9.9.9" >/etc/netns/red/resolv.conf'
	like 'cannot be made' "$err" 'Read-only file system'
	is 'and the other has none' "$(ls /etc/netns/blue/)" hosts
	for way in "$WARREN exec" "$WARREN netns exec" 'ip netns exec'; do
		fails "a name added inside ($way)" $way red sh -c 'echo 7.7.7.7 evil >>/etc/hosts'
		like 'is refused' "$err" 'Read-only file system'
		fails 'it does not resolve in another node' $way blue grep evil /etc/hosts
	done
	ok 'status sees no difference' warren status e
	ok 'up again' warren up e.yaml
	like 'has nothing to do' "$out" 'nothing'

	# a new content, which running programs see
	mkfifo go 2>/dev/null
	"$WARREN" exec red sh -c 'cat go; grep -c green /etc/hosts' >seen &
	pid=$!
	ok 'a command waits inside' wait_for grep -qx sh "/proc/$pid/comm"
	ok 'a node more' warren up more/e.yaml
	is 'one read-only mount' "$(mounted) $(mounts)" '1 1'
	: >go
	wait "$pid"
	is 'a running command sees it' "$(cat seen)" 1
	is 'as do others' "$(warren exec blue grep -c green /etc/hosts)" 1
	ok 'status sees no difference' warren status more/e.yaml

	# one of its own
	ok 'a node with files of its own' warren up own/e.yaml
	ok 'can write to them' warren exec red sh -c 'echo 7.7.7.7 own >>/etc/hosts && echo "nameserver 7.7.7.7" >/etc/resolv.conf'
	is 'for itself' "$(grep -c own /etc/netns/red/hosts)$(grep -c own /etc/netns/blue/hosts)" 10
	exits 3 'status sees that' warren status own/e.yaml
	ok 'up mends it' warren up own/e.yaml
	ok 'down' warren down e
	leak_check 'nothing is left'
done

# no mount, as an older warren or somebody's umount left it
ok 'up' warren up e.yaml
umount $common
echo 'nameserver 9.9.9.9' >/etc/netns/red/resolv.conf
echo 'hosts: files' >/etc/netns/red/nsswitch.conf
exits 3 'status sees that it is not read-only' warren status e
like 'and names the files' "$out" '/etc/netns/red.*'
ok 'up' warren up e.yaml
like 'says what it removes' "$err" "$common/resolv.conf'.* is removed"
is 'mends it' "$(mounted) $(mounts) $(ls $common)" '1 1 hosts'
ok 'status sees no difference' warren status e
ok 'down' warren down e

# killed at any moment
settled() {
	[ "$(mounted) $(mounts)" = '1 1' ] && warren status "$1" && [ "$(warren exec blue grep -c "$2" /etc/hosts)" = 1 ]
}
killed_at() { # killed_at 'CALL WHEN [anywhere]' ARG…: whether it was; else on these paths
	local call when anywhere
	local paths=(-P "$common" -P "$common/hosts" -P /etc/netns/red -P /etc/netns/blue)
	read -r call when anywhere <<<"$1"
	[ -z "$anywhere" ] || paths=()
	is "killed at $1: ${*:2}" "$(strace -qq -o /dev/null "${paths[@]}" -e trace="$call" \
		-e "inject=$call:signal=KILL:when=$when" "$WARREN" "${@:2}" >/dev/null 2>&1; echo $?)" 137
}
for moment in 'mkdir 1' 'openat 1' 'openat 2' 'ftruncate 1' 'fchmod 1' 'open_tree 1' 'mount_setattr 1 anywhere' \
	'move_mount 1' 'statfs 1' 'statfs 2' 'symlink 1' 'linkat 1'; do
	killed_at "$moment" up e.yaml
	ok 'up after that' warren up e.yaml
	ok 'is as it shall be' settled e.yaml blue
	ok 'down' warren down e
	killed_at "$moment" up e.yaml
	ok 'down after that' warren down e
	leak_check 'nothing is left'
done
for moment in 'openat 1' 'openat 1 anywhere' 'ftruncate 1 anywhere' 'fchmod 2 anywhere' 'open_tree 1 anywhere' 'statfs 1' \
	'statfs 2' 'unlinkat 1 anywhere' 'symlink 1' 'linkat 1'; do
	ok 'up' warren up e.yaml
	killed_at "$moment" up more/e.yaml
	ok 'another content after that' warren up more/e.yaml
	ok 'is as it shall be' settled more/e.yaml green
	killed_at "$moment" up e.yaml
	ok 'down after that' warren down e
	leak_check 'nothing is left'
done
for moment in 'umount2 1' 'unlinkat 1' 'unlinkat 2' 'unlinkat 1 anywhere' 'unlinkat 2 anywhere' 'unlinkat 3 anywhere'; do
	for next in down up; do
		ok 'up' warren up e.yaml
		killed_at "$moment" down e
		if [ $next = up ]; then
			ok 'up after that' warren up e.yaml
			ok 'is as it shall be' settled e.yaml blue
		fi
		ok 'down after that' warren down e
		leak_check 'nothing is left'
	done
done

# a kernel without the newer calls, and one that allows no mount there
# shellcheck disable=SC2054 # commas of strace
old=(strace -qq -o /dev/null -e trace=open_tree,mount_setattr -e inject=open_tree,mount_setattr:error=ENOSYS)
ok 'up without open_tree(2)' "${old[@]}" "$WARREN" up e.yaml
ok 'is as it shall be' settled e.yaml blue
ok 'another content' "${old[@]}" "$WARREN" up more/e.yaml
ok 'is as it shall be' settled more/e.yaml green
mount -o remount,bind,nosuid,nodev,noexec /run
ok 'down' warren down e
ok 'up on a file system without device nodes' "${old[@]}" "$WARREN" up e.yaml
is 'keeps that' "$(grep -o " $common ro,nosuid,nodev,noexec" /proc/self/mountinfo | wc -l)" 1
mount -o remount,bind,suid,dev,exec /run
ok 'down' warren down e
# shellcheck disable=SC2054 # commas of strace
none=(strace -qq -o /dev/null -P "$common" -e trace=open_tree,mount -e inject=open_tree,mount:error=EPERM)
ok 'up where no mount is allowed' "${none[@]}" "$WARREN" up e.yaml
is 'goes on without' "$(mounts)" 0
ok 'status sees no difference' warren status e.yaml
ok 'up again' "${none[@]}" "$WARREN" up e.yaml
like 'has nothing to do' "$out" 'nothing'
echo 'nameserver 9.9.9.9' >$common/resolv.conf
exits 3 'then it sees a file for one that all have' warren status e.yaml
ok 'up takes it away' "${none[@]}" "$WARREN" up e.yaml
is 'and it is gone' "$(ls $common)" hosts
ok 'down' warren down e
leak_check 'nothing is left'

# without root
as_user true
chmod 0755 "$tmp"
ok 'a user'"'"'s up' as_user warren up e.yaml
fails 'a name added inside' as_user warren exec red sh -c 'echo 7.7.7.7 evil >>/etc/hosts'
like 'is refused' "$err" 'Read-only file system'
ok 'another content' as_user warren up more/e.yaml
is 'is seen' "$(as_user warren exec blue grep -c green /etc/hosts)" 1
ok 'status sees no difference' as_user warren status more/e.yaml
ok 'down' as_user warren down e
done_testing
