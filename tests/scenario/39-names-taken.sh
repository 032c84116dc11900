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

# down: after the look, and half way
for point in fsopen:1 unlink:1:/run/netns/a; do
	warren up -q lab.yaml
	stop_at $point "$WARREN" down lab
	take b
	go_on
	is "down where a name was taken at $point" "$rc" 0
	is 'that one stays' "$(names)" b
	is 'as it is' "$(links_of b)" 'lo own'
	like 'and is told' "$err" 'b.*somebody else gave the name to another one just now; it stays'
	fails 'the state is gone' test -e /run/warren
	ip netns del b
done

# something else that is no namespace
warren up -q lab.yaml
echo own >file
stop_at umount2:1:/run/warren/net/lab/etc "$WARREN" down lab
umount -l /run/netns/b
mount --bind file /run/netns/b
go_on
is 'down where a file was mounted on a name' "$rc $(names)" '0 b'
is 'it stays' "$(cat /run/netns/b)" own
like 'and is told' "$err" 'b.*it stays'
umount /run/netns/b
rm -f /run/netns/b

# without /proc there is no way by the descriptor
warren up -q lab.yaml
# shellcheck disable=SC2016 # for the other shell
ok 'down without /proc' without_leak_sanitizer unshare -m --propagation private \
	bash -c 'mount -t tmpfs none /proc && exec "$WARREN" down lab'
is 'removes all' "$(names)" ''

# the same namespace twice on its name, and another one below
warren up -q lab.yaml
mount --bind /run/netns/b /run/netns/b
ok 'down where one is mounted twice' warren down lab
is 'takes both away' "$(names)" ''

# Inodes of namespaces are used again at once: none of one that is being removed may be
warren up -q lab.yaml
inode=$(stat -c %i /run/netns/b)
stop_at fsopen:1 "$WARREN" down lab
ip netns del b
for i in $(seq 40); do
	ip netns add "i$i"
	sleep 0.02
	[ "$(stat -c %i "/run/netns/i$i")" != "$inode" ] || break
done
ip netns exec "i$i" sleep 1000 &
innocent=$!
wait_for grep -qx sleep "/proc/$innocent/comm"
go_on
is 'down where a namespace went, and others came' "$rc" 0
ok 'a process in one of them lives' alive $innocent
kill $innocent
wait $innocent 2>/dev/null
for i in $(seq "$i"); do ip netns del "i$i"; done

# a process that comes in after the look for processes
warren up -q lab.yaml
stop_at umount2:1:/run/warren/net/lab/etc "$WARREN" down lab
ip netns exec b sleep 1000 &
late=$!
ok 'a process comes' wait_for sh -c "[ \$(stat -Lc %i /proc/$late/ns/net) = \$(stat -c %i /run/netns/b) ]"
go_on
is 'down where a process came late' "$rc" 0
fails 'it has ended' alive $late
kill $late 2>/dev/null
wait $late 2>/dev/null
is 'all names are gone' "$(names)" ''

# the same of one that is half way in: it has opened the namespace, and enters it when all is done
warren up -q lab.yaml
stop_at openat:1:/run/netns/b "$WARREN" exec --net-only b touch ran
ok 'down while a command is on its way' warren down lab
go_on
is 'it fails' "$rc" 1
like 'and tells why' "$err" 'namespace "b" was removed just now'
fails 'it has not run' test -e ran

# files
for kind in file directory; do
	warren up -q lab.yaml
	stop_at unlink:1:/run/netns/a "$WARREN" down lab
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

# up
warren up -q lab.yaml
stop_at fsopen:1 "$WARREN" up lab2.yaml
take b
go_on
is 'up where a name was taken' "$rc" 1
like 'says so' "$err" "namespace 'b': somebody else took its name away"
is 'that one stays as it is' "$(links_of b)" 'lo own'
run warren down lab
is 'down' "$rc" 0
is 'leaves it' "$(names) $(links_of b)" 'b lo own'
ip netns del b

# the one that makes the new text the applied one
stop_at rename:1 "$WARREN" up lab.yaml
take b
go_on
is 'up where a name was taken after all was done' "$rc" 0
ok 'down' warren down lab
is 'leaves it' "$(names) $(links_of b)" 'b lo own'
like 'and tells' "$err" "'b' does not carry the mark"
ip netns del b

# a placeholder that a killed `up` left
strace -qq -o /dev/null -e trace=move_mount -e inject=move_mount:signal=KILL:when=1 -P /run/netns/a \
	"$WARREN" up lab.yaml >/dev/null 2>&1
is 'a killed up leaves a placeholder' "$(cat /run/netns/a)" warren:lab
hold /run/netns/a unlink "$WARREN" up lab.yaml
take a
let_go
is 'up where somebody took its name' "$rc" 1
like 'says so' "$err" 'a.*somebody else gave the name to another one just now; it stays'
is 'that one stays as it is' "$(names) $(links_of a)" 'a lo own'
ip netns del a

# netns add: the file in the directory of names is removed, and made by another one
hold /run/netns/n1 mount,move_mount "$WARREN" netns add n1
ok 'netns delete of a name that is being made' warren netns delete n1
ok 'netns add' warren netns add n1
let_go
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
