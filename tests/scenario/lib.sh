# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What scenario tests share. A test is a bash script NN-what.sh in this folder:
#
#	. "$(dirname "$0")/lib.sh"
#	need curl
#	ok 'the network comes up' warren up lab.yaml
#	is 'h1 has its address' "$(ip -n h1 -br -4 a show eth0)" "…"
#	done_testing
#
# Sourcing this runs the test in a sandbox of its own (tools/sandbox), so that
# it may use any name and address. The test prints TAP. done_testing also
# compares the sandbox with what it was before: links, addresses, routes,
# mounts, files, processes, nft tables.
#
#	warren ARG...		the program under test
#	ok WHAT CMD...		CMD succeeds
#	fails WHAT CMD...	CMD fails, but does not die of a signal
#	exits N WHAT CMD...	CMD ends with N
#	is WHAT GOT WANT	two texts are the same
#	like WHAT GOT REGEX	a text matches (grep -E)
#	unlike WHAT GOT REGEX	it does not
#	pass WHAT, fail WHAT	said outright
#	skip WHAT WHY		one test that cannot run here; CI takes it as failed
#	skip_all WHY		the same for the whole script
#	need CMD...		skip_all where a program is missing
#	run CMD...		sets $rc, $out and $err
#	wait_for CMD...		repeats CMD until it succeeds; fails after 30 s
#	hold PATH CALL CMD...	starts CMD, and waits until it stands before its first CALL on PATH
#	let_go			lets that go on, until it ends; sets $rc, $out and $err
#	alive PID		it runs; one that ended and was not asked for does not
#	as_user CMD...		runs CMD as an ordinary user, who has his own `warren` in PATH
#	without_leak_sanitizer CMD...	where it cannot work: no thread more
#	leak_check [WHAT]	compares with the state before; done_testing does it too, unless $no_leak_check
#	names [FOLDER]		what is in a folder, else /run/netns: in one line, sorted
#	save_state		makes now the state to compare with
#	$top, $tmp		the source tree; a folder of the test's own, which is the working directory
set -u

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export LC_ALL=C
WARREN=${WARREN:-$top/build/warren}
export WARREN

rc=0 out='' err=''
tests_run=0
tests_failed=0

if [ -z "${SCENARIO_INSIDE:-}" ]; then
	if ! "$top/tools/sandbox" true 2>/dev/null; then
		echo "1..0 # SKIP no sandbox can be made here: $("$top/tools/sandbox" true 2>&1 | tail -1)"
		[ -z "${CI:-}" ] || exit 1
		exit 0
	fi
	SCENARIO_INSIDE=1 exec "$top/tools/sandbox" bash "$0" "$@"
fi
unset SCENARIO_INSIDE

warren() {
	"$WARREN" "$@"
}

# The leak sanitizer starts a thread; it cannot where none more may be, nor in a process that
# is traced. Memory errors are found all the same. (Without /proc: tests/sanitize-options.c.)
without_leak_sanitizer() {
	ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" "$@"
}

strace() {
	without_leak_sanitizer command strace "$@"
}

pass() {
	tests_run=$((tests_run + 1))
	echo "ok $tests_run - $1"
}

# fail WHAT [DETAIL]
fail() {
	tests_run=$((tests_run + 1))
	tests_failed=$((tests_failed + 1))
	echo "not ok $tests_run - $1"
	[ -z "${2:-}" ] || printf '%s\n' "$2" | sed 's/^/# /'
}

run() {
	rc=0
	"$@" >"$tmp/.out" 2>"$tmp/.err" || rc=$?
	out=$(cat "$tmp/.out")
	err=$(cat "$tmp/.err")
}

exits() {
	local want=$1 what=$2
	shift 2
	run "$@"
	if [ "$rc" = "$want" ]; then
		pass "$what"
	else
		fail "$what" "exit code $rc, not $want: $*
$out
$err"
	fi
}

ok() {
	local what=$1
	shift
	exits 0 "$what" "$@"
}

fails() {
	local what=$1
	shift
	run "$@"
	if [ "$rc" != 0 ] && [ "$rc" -lt 128 ]; then
		pass "$what"
	else
		fail "$what" "exit code $rc, not a failure: $*
$out
$err"
	fi
}

is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "got:
$2
want:
$3"
	fi
}

like() {
	if printf '%s\n' "$2" | grep -Eq -- "$3"; then
		pass "$1"
	else
		fail "$1" "got:
$2
that matches:
$3"
	fi
}

unlike() {
	if printf '%s\n' "$2" | grep -Eq -- "$3"; then
		fail "$1" "got:
$2
that does not match:
$3"
	else
		pass "$1"
	fi
}

skip() {
	if [ -n "${CI:-}" ]; then
		fail "$1" "cannot run here, which CI does not allow: $2"
	else
		tests_run=$((tests_run + 1))
		echo "ok $tests_run - $1 # SKIP $2"
	fi
}

skip_all() {
	if [ -n "${CI:-}" ]; then
		fail "can run here" "CI does not allow to skip: $1"
		echo "1..$tests_run"
		exit 1
	fi
	echo "1..0 # SKIP $1"
	exit 0
}

need() {
	local program
	for program; do
		command -v "$program" >/dev/null || skip_all "no $program here"
	done
}

wait_for() {
	local i
	for ((i = 0; i < 600; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	return 1
}

# While its tracer is stopped, what it traces stays where it is; the delay is for that only.
hold() {
	local path=$1 call=$2
	shift 2
	rm -f "$tmp/.calls"
	# not by strace() above, as $! would be a shell
	env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" strace -f -qq -o "$tmp/.calls" -P "$path" \
		-e "trace=$call" -e "inject=$call:delay_enter=2000000:when=1" "$@" \
		>"$tmp/.held.out" 2>"$tmp/.held.err" &
	held=$!
	wait_for grep -qE "(${call//,/|})\\(" "$tmp/.calls" && kill -STOP "$held" ||
		fail "it comes to $call on $path" "$(cat "$tmp/.held.out" "$tmp/.held.err")"
}

let_go() {
	rc=0
	kill -CONT "$held"
	wait "$held" || rc=$?
	out=$(cat "$tmp/.held.out")
	err=$(cat "$tmp/.held.err")
}

# A process may end, and be gone, between two looks at it. Its name may have spaces, hence not
# the third word of its stat.
alive() {
	case $(awk '/^State:/ { print $2 }' "/proc/$1/status" 2>/dev/null) in
	'' | [ZX]) return 1 ;;
	esac
}

as_user() {
	if [ ! -d "$tmp/user" ]; then
		# The source tree may be in a folder that others cannot enter.
		mkdir -p "$tmp/user/bin" "$tmp/user/run"
		cp "$WARREN" "$tmp/user/bin/warren"
		chmod 0700 "$tmp/user/run"
		chown -R 65534:65534 "$tmp/user"
	fi
	setpriv --reuid=65534 --regid=65534 --clear-groups env -u WARREN HOME="$tmp/user" \
		XDG_RUNTIME_DIR="$tmp/user/run" PATH="$tmp/user/bin:$PATH" "$@"
}

# Everything that a test could leave behind, as text. iproute2 and others make /run/netns a
# mount of itself at its first use and leave it so; that is not counted.
machine_state() {
	local p comm comms
	echo "== links, addresses, routes, rules"
	ip -o link | sed -E 's/ (qlen|state|mode|group|qdisc) [^ ]*//g; s/^[0-9]+: //'
	ip -o addr | sed -E 's/^[0-9]+: //; s/ (valid|preferred)_lft [^ ]*//g; s/ tentative//'
	ip route show table all
	# those come with their address, above, once the kernel has seen that no other has it
	ip -6 route show table all | grep -vE '^(local|anycast) fe80:.* proto kernel '
	ip rule
	ip -6 rule
	echo "== mounts"
	awk '$5 != "/run/netns" { print $4, $5 }' /proc/self/mountinfo | sort
	echo "== files"
	find /run /etc/netns -mindepth 1 2>/dev/null | sort
	echo "== settings"
	cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding
	echo "== processes"
	# no pipe: sort would be among them, or not yet
	comms=$(for p in /proc/[0-9]*; do
		read -r comm 2>/dev/null <"$p/comm" && echo "$comm"
	done)
	sort <<<"$comms"
	echo "== nft"
	nft list ruleset 2>/dev/null
}

save_state() {
	machine_state >"$tmp/.before" 2>/dev/null
}

same_state() {
	machine_state >"$tmp/.after" 2>/dev/null
	cmp -s "$tmp/.before" "$tmp/.after"
}

names() {
	find "${1:-/run/netns}" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | xargs
}

# The kernel lets go of links and processes a moment later; so wait a little.
# shellcheck disable=SC2120 # tests have arguments
leak_check() {
	if wait_for same_state; then
		pass "${1:-nothing is left behind}"
	else
		fail "${1:-nothing is left behind}" "$(diff "$tmp/.before" "$tmp/.after")"
	fi
}

done_testing() {
	[ -n "${no_leak_check:-}" ] || leak_check
	echo "1..$tests_run"
	[ "$tests_failed" = 0 ]
	exit
}

tmp=$(mktemp -d)
chmod 0755 "$tmp"
trap 'cd /; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
save_state
