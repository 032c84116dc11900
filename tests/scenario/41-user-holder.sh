# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# An ordinary user's holder: what is left in namespaces of one that is gone does not touch the next
# one; one whose lock was removed is found again; and none stays that holds nothing.
. "$(dirname "$0")/lib.sh"
need ip setpriv mount strace
as_user true 2>/dev/null || skip_all 'no second user here'
as_user unshare -Ur true 2>/dev/null || skip_all 'the kernel does not let users make user namespaces'
dir=$tmp/user/run/warren

for name in one two; do
	printf 'name: %s\nnamespaces: {%s1: , %s2: }\nlinks: [{endpoints: [%s1, %s2]}]\n' \
		$name $name $name $name $name >$name.yaml
	chmod 644 $name.yaml
done
save_state

w() {
	as_user warren "$@"
}
holders() {
	local p comm
	for p in /proc/[0-9]*; do
		read -r comm 2>/dev/null <"$p/comm" && [ "$comm" = 'warren: holder' ] && alive "${p#/proc/}" &&
			echo "${p#/proc/}"
	done | xargs
}
no_holder() {
	[ -z "$(holders)" ]
}
nothing_left() {
	ok "$1: no holder is left" wait_for no_holder
	is "$1: no file is left" "$(find "$tmp/user/run" -mindepth 1)" ''
}

# A shell in the host of his own: it does the lines of `lines`, and writes $out and $rc.
shell_begin() {
	rm -rf shell
	mkdir -m 777 shell
	mkfifo -m 666 shell/lines
	# shellcheck disable=SC2016 # for the other shell
	w exec host bash -c 'echo $$ >shell/pid; while read -r line; do
		$line >shell/out 2>&1; echo $? >shell/rc.new; mv shell/rc.new shell/rc; done <>shell/lines' &
	wait_for test -s shell/pid
}
in_shell() {
	rm -f shell/rc
	echo "$*" >shell/lines
	wait_for test -e shell/rc
	rc=$(cat shell/rc) out=$(cat shell/out)
}
shell_end() {
	kill "$(cat shell/pid)"
	wait
}

# ---- in the namespaces of one that is gone
for how in down killed; do
	ok "$how: up" w up one.yaml
	shell_begin
	in_shell warren status
	is "$how: warren works in a shell inside" "$rc $(grep -c '^one ' <<<"$out")" '0 1'
	if [ $how = down ]; then
		ok "$how: down, outside" w down one
		ok "$how: the holder is gone" wait_for no_holder
		in_shell warren status
		is "$how: the shell is told that it is nowhere" "$rc" 1
		like "$how: and what to do" "$out" "$dir.*leave the shell"
		in_shell warren up "$tmp/one.yaml"
		is "$how: and cannot bring anything up there" "$rc" 1
	else
		kill -9 "$(holders)"
		ok "$how: the holder is gone" wait_for no_holder
		in_shell warren status
		is "$how: the shell is told that it is nowhere" "$rc" 1
		ok "$how: what is left is removed" w down one
	fi
	ok "$how: a name, by the next holder" w netns add precious
	holder=$(holders)
	in_shell warren netns delete nosuch
	is "$how: the shell is refused" "$rc" 1
	like "$how: which says why" "$out" 'gone.*leave the shell'
	is "$how: the next holder lives" "$(holders)" "$holder"
	is "$how: with what it holds" "$(w netns list)" precious
	ok "$how: up of another" w up two.yaml
	in_shell warren down two
	is "$how: the shell does not take it down" "$rc" 1
	ok "$how: it is up" w status two
	ok "$how: it works" w exec two1 true
	shell_end
	ok "$how: down" w down two
	ok "$how: delete" w netns delete precious
	nothing_left "$how"
done

# who was inside when the holder was killed, and leaves
ok 'up' w netns add first
# shellcheck disable=SC2016 # for the other shell
as_user sh -c 'echo $$ >user/monitor; exec warren netns monitor' >/dev/null 2>&1 &
wait_for test -s user/monitor
wait_for eval 'readlink "/proc/$(cat user/monitor)/ns/user" | grep -qxF "$(readlink "/proc/$(holders)/ns/user")"'
kill -9 "$(holders)"
ok 'the holder is gone' wait_for no_holder
ok 'another holds a name' w netns add precious
holder=$(holders)
kill "$(cat user/monitor)"
wait
is 'it lives when who was in the first one leaves' "$(holders)" "$holder"
is 'with what it holds' "$(w netns list)" precious
ok 'delete' w netns delete precious
nothing_left 'after that'

# ---- its lock is removed
ok 'up' w up one.yaml
holder=$(holders)
shell_begin
rm "$dir/holder.lock"
exits 0 'without its lock file: status' w status one
is 'says so' "$out" 'one is up, as its file says'
is 'no warning' "$err" ''
ok 'exec' w exec one1 true
in_shell warren status one
is 'warren in a shell inside' "$rc $out" '0 one is up, as its file says'
ok 'up of another' w up two.yaml
is 'the same process holds it' "$(holders)" "$holder"
rm -f "$dir/holder.lock" "$dir/inside.lock"
in_shell warren down two
is 'down, in that shell, without any lock file' "$rc" 0
is 'the same process holds the rest' "$(holders)" "$holder"
shell_end
ok 'down' w down one
nothing_left 'without its lock'

ok 'up' w up one.yaml
holder=$(holders)
shell_begin
rm -r "$dir"
is 'without the directory: the names are there' "$(w netns list | awk '{ print $1 }' | sort | xargs)" 'one1 one2'
ok 'exec' w exec one1 true
rm -r "$dir"
in_shell warren netns delete one1
is 'delete, in a shell inside' "$rc" 0
shell_end
is 'the same process holds the rest' "$(holders)" "$holder"
ok 'the last is deleted' w netns -all delete
nothing_left 'without the directory'

# ---- another file system in the place of the old one, which the holder sees or not
runtime_dir() {
	mount -t tmpfs -o mode=0700,uid=65534,gid=65534 tmpfs user/run
}
for propagation in private shared; do
	mount --make-r$propagation /
	runtime_dir
	ok "$propagation: up" w up one.yaml
	holder=$(holders)
	as_user sh -c 'echo $$ >user/sleeper; exec warren exec one1 sleep 1000' &
	wait_for test -s user/sleeper
	wait_for grep -qx sleep "/proc/$(cat user/sleeper)/comm"
	umount -l user/run
	runtime_dir
	ok "$propagation: after a new login: exec" w exec one1 true
	is "$propagation: names" "$(w netns list | awk '{ print $1 }' | sort | xargs)" 'one1 one2'
	is "$propagation: the same process holds them" "$(holders)" "$holder"
	# what is mounted in the old file system, by the holder, keeps that in its place where it sees the new one
	if [ $propagation = private ] || w status one >/dev/null 2>&1; then
		ok "$propagation: status" w status one
		ok "$propagation: up has nothing to do" w up one.yaml
		ok "$propagation: down" w down one
	else
		ok "$propagation: delete" w netns -all delete
		kill "$(cat user/sleeper)"
	fi
	wait
	rm -f user/sleeper
	w status >/dev/null
	nothing_left "$propagation"
	umount user/run
done
mount --make-rprivate /

# ---- who was inside while the last was removed
for how in TERM KILL; do
	ok "$how: up" w up one.yaml
	rm -f user/monitor
	# shellcheck disable=SC2016 # for the other shell
	as_user sh -c 'echo $$ >user/monitor; exec warren netns monitor' >user/seen 2>&1 &
	wait_for test -s user/monitor
	wait_for eval 'readlink "/proc/$(cat user/monitor)/ns/user" | grep -qxF "$(readlink "/proc/$(holders)/ns/user")"'
	ok "$how: down while another is inside" w down one
	is "$how: the holder is left to that one" "$(holders | wc -w)" 1
	kill -$how "$(cat user/monitor)"
	wait
	if [ $how = KILL ]; then
		ok "$how: which was killed; status ends it" w status
		is "$how: and says what is up" "$out" 'no network is up'
	fi
	nothing_left "$how"
done
for verb in 'exec nosuch true' 'exec host nosuch' 'ping one.yaml' 'test one.yaml' 'status one.yaml' 'down nosuch'; do
	ok "$verb: a name" w netns add first
	ok "$verb: is deleted, and its holder stays" without_leak_sanitizer as_user strace -qq -o /dev/null \
		-e trace=flock -e inject=flock:error=EAGAIN:when=3+ warren netns delete first
	is "$verb: one" "$(holders | wc -w)" 1
	# shellcheck disable=SC2086 # words
	run w $verb
	nothing_left "$verb"
done
done_testing
