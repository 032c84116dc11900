# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Processes in namespaces that go: they are ended before anything is removed; where that cannot be, nothing is removed.
. "$(dirname "$0")/lib.sh"
need ip strace prlimit

printf 'name: lab\nnamespaces: {a: , b: }\n' >lab.yaml

inside() { # inside SCRIPT: a shell with mounts of its own
	unshare -m --propagation private bash -c "$1"
}

start() { # start NODE [SCRIPT]: a process in a node, and its sleep, which are there both; $pid
	rm -f ready
	ip netns exec "$1" bash -c "${2:-}"' while :; do sleep 1000 & : >ready; wait $!; done' &
	pid=$!
	wait_for test -e ready
}

stubborn='trap "" TERM;'

reap() {
	# shellcheck disable=SC2046 # words
	kill -9 $(jobs -p) 2>/dev/null
	wait 2>/dev/null
}

up() {
	warren up -q lab.yaml
}

# one of many is stubborn, the last one
up
good=''
for node in a b a b a; do
	start $node
	good="$good $pid"
done
start b "$stubborn"
bad=$pid
ok 'down with processes' warren down lab
like 'it warns of the one that had to be killed' "$err" "process $bad did not end"
is 'of its sleep, too, perhaps, and of no other' "$(for p in $good; do grep "process $p " <<<"$err"; done)" ''
for p in $good $bad; do
	fails "process $p has ended" alive "$p"
done
reap
leak_check 'nothing is left'

# one that does not end at all: of 4 processes, each of which is sent TERM and CONT, the killing of those that stay is lost
up
start a
good=$pid
start a "$stubborn"
fails 'down where the kernel does not kill one' strace -f -qq -o /dev/null -e trace=pidfd_send_signal \
	-e inject=pidfd_send_signal:retval=0:when=9+ "$WARREN" down lab
like 'it is named' "$err" "process [0-9]+ in a namespace .* does not end, not even killed"
unlike 'and none that has ended' "$err" "process $good "
fails 'those have' alive "$good"
is 'nothing is removed' "$(names)" 'a b'
ok 'down' warren down lab
reap
leak_check 'nothing is left'

# a process that cannot be had hold of
for error in EPERM ENOSYS EMFILE; do
	up
	start a
	fails "down where pidfd_open fails with $error" strace -f -qq -o /dev/null -e trace=pidfd_open \
		-e inject=pidfd_open:error=$error "$WARREN" down lab
	like 'the process is named' "$err" "process $pid "
	is 'nothing is removed' "$(names)" 'a b'
	ok 'the process lives' alive "$pid"
	ok 'down' warren down lab
	reap
done

# more processes than descriptors
up
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	ip netns exec a sleep 1000 &
done
wait_for sh -c '[ "$(ip netns pids a | wc -l)" = 20 ]'
ok 'down with 20 processes and 16 descriptors' prlimit --nofile=16 "$WARREN" down lab
reap
leak_check 'nothing is left'

# one that makes another one when it is asked to end
up
start a 'trap "sleep 1000 & exit" TERM;'
ok 'down with a process that leaves another one' warren down lab
reap
leak_check 'nothing is left'

# asked to stop while it waits
up
start a "$stubborn"
run strace -f -qq -o /dev/null -e trace=pidfd_send_signal -e inject=pidfd_send_signal:signal=INT:when=1 "$WARREN" down lab
is 'down that is interrupted while it waits' "$rc" 130
like 'says so' "$err" 'interrupted'
ok 'and does not kill after that' alive "$pid"
is 'nothing is removed' "$(names)" 'a b'
ok 'down' warren down lab
reap
leak_check 'nothing is left'

# without /proc
for cover in 'mount -t tmpfs none /proc' 'umount -l /proc'; do
	up
	start a
	# another pid namespace's /proc may come to light, where the leak sanitizer does not find itself
	# shellcheck disable=SC2016 # for the other shell
	run without_leak_sanitizer inside "$cover"' || exit 99; "$WARREN" down lab'
	if [ "$rc" = 99 ]; then
		skip "$cover" 'it is refused here'
		warren down -q lab
		continue
	fi
	is "$cover: down" "$rc" 0
	fails 'the process is ended' alive "$pid"
	is 'all is removed' "$(ls /run/netns)" ''
	reap

	up
	start a
	# shellcheck disable=SC2016
	run inside "$cover"'; ASAN_OPTIONS=detect_leaks=0 strace -qq -o /dev/null -e trace=fsopen -e inject=fsopen:error=EPERM "$WARREN" down lab'
	is "$cover, and none can be had: down" "$rc" 1
	like 'says so, and what to do' "$err" 'processes.*mount -t proc proc /proc'
	is 'nothing is removed' "$(names)" 'a b'
	ok 'the process lives' alive "$pid"
	ok 'down' warren down lab
	reap
done

# /proc of another pid namespace, where numbers mean others
up
start a
# shellcheck disable=SC2016
run unshare -pf --kill-child bash -c 'ASAN_OPTIONS=detect_leaks=0 strace -qq -o /dev/null -e trace=fsopen -e inject=fsopen:error=EPERM "$WARREN" down lab'
is 'refused where only that can be had' "$rc" 1
like 'says so, and what to do' "$err" 'another pid namespace.*mount -t proc proc /proc'
ok 'the process lives' alive "$pid"
ok 'down' warren down lab
reap
done_testing
