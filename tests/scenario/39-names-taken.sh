# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Between the look at a name and what is done to it somebody else may have given it to another
# namespace, or file: that one stays as it is.
. "$(dirname "$0")/lib.sh"
need ip strace

printf 'name: lab\nnamespaces: {a: , b: , c: }\nlinks:\n  - {endpoints: [a, b]}\n' >lab.yaml
printf 'name: lab\nnamespaces: {a: , b: }\nlinks:\n  - {endpoints: [a, b]}\n  - {endpoints: [a, b]}\n' >lab2.yaml

# stop_at CALL:N[:PATH] CMD...: starts it, and waits until it stands right after that call of it
stop_at() {
	local call n path
	IFS=: read -r call n path <<<"$1"
	shift
	rm -f trace
	# not by lib.sh's strace, as $! would be a shell
	env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" strace -o trace -e "trace=$call" \
		-e "inject=$call:signal=STOP:when=$n" ${path:+-P "$path"} "$@" >mine.out 2>mine.err &
	tracer=$!
	wait_for grep -q 'stopped by SIGSTOP' trace || fail "it comes to $call" "$(cat mine.out mine.err)"
}

# go_on: until it ends, $rc, $out, $err
go_on() {
	local child

	rc=0
	for child in $(cat "/proc/$tracer/task/$tracer/children" 2>/dev/null); do
		kill -CONT "$child"
	done
	wait "$tracer" || rc=$?
	out=$(cat mine.out)
	err=$(cat mine.err)
}

take() { # take NAME: somebody else deletes it, and makes another one with a bridge in it
	ip netns del "$1"
	ip netns add "$1"
	ip -n "$1" link add own type bridge
}

links_of() {
	ip -n "$1" -o link | awk -F': ' '{ print $2 }' | xargs
}

# files
for kind in file directory; do
	warren up -q lab.yaml
	stop_at umount2:1 "$WARREN" down lab
	rm /etc/netns/b
	case $kind in
	file) echo own >/etc/netns/b ;;
	directory) mkdir /etc/netns/b && echo own >/etc/netns/b/hosts ;;
	esac
	go_on
	is "down where a $kind came in the place of one of Warren's" "$rc" 0
	is 'it stays' "$(grep -rh . /etc/netns)" own
	like 'and is told' "$err" '/etc/netns/b.*it stays'
	is 'all else is gone' "$(names)" ''
	fails 'and the state' test -e /run/warren
	rm -rf /etc/netns
done

# netns add: the file in the directory of names is removed, and made by another one
rc=0
strace -qq -o /dev/null -e trace=mount,move_mount -e inject=mount,move_mount:delay_enter=2000000 -P /run/netns/n1 \
	"$WARREN" netns add n1 >mine.out 2>mine.err &
tracer=$!
sleep 0.8
ok 'netns delete of a name that is being made' warren netns delete n1
ok 'netns add' warren netns add n1
go_on
is 'the first one fails' "$rc" 1
like 'and says why' "$err" 'n1.*somebody else removed the file'
is 'there is one mount' "$(grep -c ' /run/netns/n1 ' /proc/self/mountinfo)" 1
ok 'netns delete' warren netns delete n1
is 'nothing is left' "$(names)" ''
# where the newer calls are refused
ok 'netns add by mount(2)' strace -qq -o /dev/null -e trace=open_tree -e inject=open_tree:error=ENOSYS \
	"$WARREN" netns add n1
ok 'netns delete' warren netns delete n1
ok 'up by mount(2)' strace -qq -o /dev/null -e trace=open_tree -e inject=open_tree:error=ENOSYS \
	"$WARREN" up lab.yaml
ok 'down' warren down lab
is 'nothing is left' "$(names)" ''
done_testing
