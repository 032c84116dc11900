# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# All or nothing for an ordinary user: what kills, stops or refuses his `up` half way, also while
# his namespaces are being made, leaves nothing after the next `down`: no holder, no file.
. "$(dirname "$0")/lib.sh"
need ip strace ping

as_user true 2>/dev/null || skip_all 'no second user here'
as_user unshare -Ur true 2>/dev/null || skip_all 'the kernel does not let users make user namespaces'
cat >half.yaml <<'E1'
name: half
namespaces:
  a: {dns: {servers: [10.9.0.53]}}
  b: {}
  "c[1-2]": {}
switches:
  sw: {ports: ["c[1-2]", b], subnet: 10.9.1.0/24, address: 10.9.1.254/24}
links:
  - {endpoints: [a:eth0, b:eth0], subnet: 10.9.0.0/24}
routing: static
E1
echo 'namespaces: {a: {gateway: nonsense}}' >wrong.yaml
chmod 644 ./*.yaml
save_state

# A holder that is dead but not waited for does not count.
no_holder() {
	local p comm state
	for p in /proc/[0-9]*; do
		read -r comm 2>/dev/null <"$p/comm" && [ "$comm" = 'warren: holder' ] || continue
		state=$(sed 's/.*) //; s/ .*//' "$p/stat" 2>/dev/null)
		[ -z "$state" ] || [ "$state" = Z ] || return 1
	done
}

left() {
	wait_for no_holder || echo 'a holder'
	find "$tmp/user/run" -mindepth 1
}

# inject FAULT CMD...: of warren itself; inject_all: also of the processes that it starts.
inject() {
	local fault=$1
	shift
	without_leak_sanitizer as_user strace -qq -o /dev/null -e trace=all -e "inject=$fault" "$@"
}

inject_all() {
	local fault=$1
	shift
	without_leak_sanitizer as_user strace -f -qq -o /dev/null -e trace=all -e "inject=$fault" "$@"
}

# Every system call of an `up` from where it first looks for the user's directory, as "NAME:when=K".
mkdir -m 777 trace
without_leak_sanitizer as_user strace -qq -o trace/calls -e trace=all warren up half.yaml >/dev/null 2>&1
as_user warren down half.yaml >/dev/null 2>&1
awk -F'(' '{ n[$1]++; if (/user\/run\/warren/) on = 1; if (on && !/^exit/) print $1 ":when=" n[$1] }' \
	trace/calls >points
like 'the system calls of an up are known' "$(wc -l <points)" '^[0-9]{3,}$'
ok 'and it takes some to the first namespace' grep -q '^unshare:when=1$' points
is 'down leaves nothing' "$(left)" ''

# Killed: at the steps from the first file to the first namespace, and at some after it.
{
	printf '%s:when=1\n' mkdir flock ftruncate socketpair clone sendto setns unshare mount
	echo recvfrom:when=2
	awk '/^unshare:when=1$/ { on = 1 } on' points |
		awk -v step=$(($(wc -l <points) / ${KILL_POINTS:-8} + 1)) 'NR % step == 2 || step == 1'
} >some
bad='' turn=0
while read -r point; do
	inject "${point%:*}:signal=KILL:${point#*:}" warren up half.yaml >/dev/null 2>&1
	[ $? = 137 ] || bad="$bad not-killed-at-$point"
	turn=$((turn + 1))
	if [ $((turn % 2)) = 0 ]; then
		as_user warren up half.yaml >out 2>&1 || bad="$bad up-after-$point:$(head -1 out)"
		as_user warren status half.yaml >out 2>&1 || bad="$bad status-after-$point:$(head -1 out)"
		as_user warren exec a ping -c3 -i0.3 -W2 -q 10.9.1.1 >/dev/null 2>&1 ||
			bad="$bad ping-after-$point"
	fi
	as_user warren down half.yaml >out 2>&1 || bad="$bad down-after-$point:$(head -1 out)"
	[ -z "$(left)" ] || bad="$bad left-after-$point:$(left)"
	[ -z "$bad" ] || break
done <some
is "killed at $turn system calls: finished or removed" "$bad" ''
like 'there were such calls' "$turn" '^1[0-9]|[2-9][0-9]$'

# The holder is killed before it is ready, or the process that starts it: `up` says so, and takes
# away what it made.
for point in setsid:when=1 chdir:when=1 unshare:when=1 sendto:when=1 mount:when=1 mount:when=2 \
	symlink:when=1 sendto:when=2; do
	exits 1 "the holder is killed at $point" inject_all "${point%:*}:signal=KILL:${point#*:}" \
		warren up half.yaml
	like 'which is said' "$err" 'it was killed before it was ready'
	is 'nothing is left' "$(left)" ''
done

# Asked to stop.
for point in sendto:when=1 setns:when=1 unshare:when=1 move_mount:when=3; do
	run inject "${point%:*}:signal=INT:${point#*:}" warren up half.yaml
	is "SIGINT at $point ends it as of that signal" "$rc" 130
	is 'nothing is left' "$(left)" ''
done

# Refused.
exits 1 'a file with a mistake' as_user warren up wrong.yaml
is 'nothing is made' "$(left)" ''
fails 'no room for a namespace' inject move_mount:error=ENOSPC:when=3 warren up half.yaml
is 'nothing is left' "$(left)" ''
for point in unshare:error=ENOSPC:when=3 mkdir:error=EROFS:when=2 setns:error=EPERM:when=1; do
	fails "up with $point" inject "$point" warren up half.yaml
	as_user warren down half.yaml >/dev/null 2>&1
	is 'nothing is left after down' "$(left)" ''
done
ok 'a name is in the way' as_user warren netns add b
exits 1 'up is refused' as_user warren up half.yaml
like 'and names it' "$err" "'b'"
is 'the name stays, alone' "$(as_user warren netns list)" b
ok 'down has nothing to do' as_user warren down half.yaml
is 'the name stays' "$(as_user warren netns list)" b
ok 'and goes when asked' as_user warren netns delete b
is 'nothing is left' "$(left)" ''

# The holder is killed, and dies while the next `up` looks for it. The one after that is to find
# another one, which lives: kill(1) would fail where it is dead already.
ended() {
	! alive "$(cat user/killed)"
}
bad=''
for _ in $(seq 20); do
	as_user sh -c 'warren up half.yaml && read -r pid rest <"$XDG_RUNTIME_DIR/warren/holder.lock" &&
		echo "$pid" >"$HOME/killed" && kill -9 $pid && warren up half.yaml && warren status half.yaml' >out 2>&1 ||
		bad="$bad exit code $?: $(cat out);"
	wait_for ended
done
is 'up does not stumble over a holder that dies' "$bad" ''
ok 'down' as_user warren down half.yaml
is 'nothing is left' "$(left)" ''

# A `down` that is killed is finished by the next one.
bad=''
for point in umount2:when=1 umount2:when=4 pidfd_send_signal:when=1 poll:when=1 unlinkat:when=9; do
	as_user warren up half.yaml >/dev/null 2>&1
	inject "${point%:*}:signal=KILL:${point#*:}" warren down half.yaml >/dev/null 2>&1
	as_user warren down half.yaml >out 2>&1 || bad="$bad down-$point:$(head -1 out)"
	[ -z "$(left)" ] || bad="$bad left-$point:$(left)"
done
is 'a killed down is finished by the next' "$bad" ''
done_testing
