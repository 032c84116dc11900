# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# All or nothing: a failure or a signal half way takes back what was made; after kill -9 at any
# system call the next `up` finishes or `down` removes.
. "$(dirname "$0")/lib.sh"
need ip strace python3

cat >half.yaml <<'E1'
name: half
namespaces:
  a: {dns: {servers: [10.9.0.53]}}
  b: {}
  "c[1-3]": {}
switches:
  sw: {ports: ["c[1-3]", b], subnet: 10.9.1.0/24, address: 10.9.1.254/24}
links:
  - {endpoints: [a:eth0, b:eth0], subnet: 10.9.0.0/24}
routing: static
E1

inject() { # inject EXPRESSION CMD...: the command, with a fault
	local fault=$1
	shift
	strace -f -qq -o /dev/null -e trace=all -e "inject=$fault" "$@"
}

left() {
	find /run/netns /etc/netns /run/warren -mindepth 1 2>/dev/null
}

nothing_left() {
	is "$1: no link in the host" "$(ip -o link | grep -cv ' lo:')" 0
	is "$1: no namespace, no file" "$(left)" ''
}

# a system call fails half way
for fault in move_mount:error=ENOSPC:when=4 unshare:error=ENOSPC:when=4 symlink:error=EROFS:when=2; do
	fails "up with $fault fails" inject "$fault" "$WARREN" up half.yaml
	like "and names the object and why" "$err" "half.yaml:[0-9]+:[0-9]+: |No space|Read-only"
	nothing_left "after $fault"
done

# asked to stop half way; all of this may run under nohup, and bash gives nothing back that is ignored
heeding='import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])'
for sig in INT TERM HUP; do
	run inject "unshare:signal=SIG$sig:when=3" python3 -c "$heeding" "$WARREN" up half.yaml
	is "up with SIG$sig ends as of that signal" "$rc" $((128 + $(kill -l "$sig")))
	like "and says so" "$err" 'interrupted'
	nothing_left "after SIG$sig"
done
unheeding() (
	trap '' HUP
	inject unshare:signal=SIGHUP:when=3 "$WARREN" "$@"
)
ok 'up under nohup goes on after SIGHUP' unheeding up half.yaml
ok 'and is taken down' warren down half.yaml
nothing_left 'after that'

# every system call of an `up` from where it first writes, as "NAME K": the K-th call of that name
strace -qq -o calls -e trace=all "$WARREN" up half.yaml >/dev/null 2>&1
"$WARREN" down half.yaml >/dev/null 2>&1
awk -F'(' '{ n[$1]++; if (/\/run\/warren/) on = 1; if (on && !/^exit/) print $1, n[$1] }' calls >points
like 'the system calls of an up are known' "$(wc -l <points)" '^[0-9]{3,}$'
leak_check 'down leaves nothing'

# killed at some of them; then finished by `up`, or removed by `down`
step=$(($(wc -l <points) / ${KILL_POINTS:-40} + 1))
bad=''
turn=0
while read -r call nth; do
	inject "$call:signal=KILL:when=$nth" "$WARREN" up half.yaml >/dev/null 2>&1
	turn=$((turn + 1))
	if [ $((turn % 2)) = 0 ]; then
		"$WARREN" up half.yaml >out 2>&1 || bad="$bad up-after-$call-$nth:$(head -1 out)"
		"$WARREN" status half.yaml >out 2>&1 || bad="$bad status-after-$call-$nth:$(head -1 out)"
		ip netns exec a ping -c3 -i0.3 -W2 -q 10.9.1.1 >/dev/null 2>&1 || bad="$bad ping-after-$call-$nth"
	fi
	"$WARREN" down half.yaml >out 2>&1 || bad="$bad down-after-$call-$nth:$(head -1 out)"
	[ -z "$(left)" ] || bad="$bad left-after-$call-$nth"
	[ -z "$bad" ] || break
done < <(awk -v step="$step" 'NR % step == 1 || step == 1' points)
is "killed at $turn system calls: finished or removed" "$bad" ''
like 'there were such calls' "$turn" '^[0-9]{2,}$'
leak_check 'nothing is left'

# a `down` that is killed is finished by the next one
bad=''
for n in 1 3 6; do
	"$WARREN" up half.yaml >/dev/null 2>&1
	inject "umount2:signal=KILL:when=$n" "$WARREN" down half.yaml >/dev/null 2>&1
	"$WARREN" down half.yaml >out 2>&1 || bad="$bad down-$n:$(head -1 out)"
	[ -z "$(left)" ] || bad="$bad left-$n"
done
is 'a killed down is finished by the next' "$bad" ''

# a `down` that is asked to stop says how it goes on
for sig in INT TERM; do
	"$WARREN" up half.yaml >/dev/null 2>&1
	run inject "umount2:signal=SIG$sig:when=2" "$WARREN" down half.yaml
	is "down with SIG$sig ends as of that signal" "$rc" $((128 + $(kill -l "$sig")))
	like 'and says how it goes on' "$err" "network 'half' is half down; 'warren down half' goes on"
	ok 'it does' warren down half
	nothing_left "after SIG$sig"
done

# a killed `up` of a changed file: the next command knows both
ok 'up' warren up half.yaml
sed 's/c\[1-3\]/d[1-4]/g' half.yaml >changed.yaml
inject unshare:signal=KILL:when=3 "$WARREN" up changed.yaml >/dev/null 2>&1
like 'some of the new is there' "$(names)" 'd1'
ok 'up of the old file takes it back' warren up half.yaml
is 'the old network is whole' "$(names)" 'a b c1 c2 c3'
exits 0 'without drift' warren status half.yaml
fails 'up of the changed file with a failure' inject move_mount:error=ENOSPC:when=2 "$WARREN" up changed.yaml
is 'leaves the old network' "$(names)" 'a b c1 c2 c3'
exits 0 'without drift' warren status half.yaml
ok 'and it works' ip netns exec a ping -c3 -i0.3 -W2 -q 10.9.1.1
ok 'down' warren down half.yaml

# two at once on one network
cp half.yaml both.yaml
flock_holder() { (
	exec 9>>/run/warren/lock/half
	flock 9
	echo 4711 >&9
	touch held
	exec sleep 1000
) & }
mkdir -p /run/warren/lock
flock_holder
holder=$!
wait_for test -e held
fails 'the second is refused' warren up half.yaml
like "with the first one's pid" "$err" "network 'half'.*pid 4711"
kill "$holder"
wait "$holder" 2>/dev/null
rm -rf /run/warren
"$WARREN" up half.yaml --wait >first.out 2>&1 &
"$WARREN" up half.yaml --wait >second.out 2>&1
rc=$?
wait $!
is 'two that wait both succeed' "$rc $?" '0 0'
like 'and one of them had nothing to do' "$(cat first.out second.out)" 'nothing to do'
ok 'down' warren down half
done_testing
