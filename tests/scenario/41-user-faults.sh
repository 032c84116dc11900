# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# An ordinary user's holder where calls fail: the reason is named, and it never ends while a network is up.
. "$(dirname "$0")/lib.sh"
need ip setpriv unshare strace
as_user true 2>/dev/null || skip_all 'no second user here'
as_user unshare -Ur true 2>/dev/null || skip_all 'the kernel does not let users make user namespaces'
dir=$tmp/user/run/warren

for name in one two; do
	printf 'name: %s\nnamespaces: {%s1: }\n' $name $name >$name.yaml
	chmod 644 $name.yaml
done

inject() { # inject TRACE FAULT CMD...: as the user, with a fault
	local trace=$1 fault=$2
	shift 2
	as_user env ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o /dev/null -e "trace=$trace" -e "inject=$fault" "$@"
}

# no process more, for the second fork
# shellcheck disable=SC2016 # for the other shell
run without_leak_sanitizer as_user unshare -U bash -c 'ulimit -u 2; exec warren up one.yaml'
is 'up where the holder cannot be forked' "$rc" 1
like 'why is named' "$err" 'ulimit -u'
is 'nothing is left' "$(ls -A "$tmp/user/run")" ''

# a signal while the holder ends
ok 'up' as_user warren up one.yaml
pid=$(cut -d' ' -f1 "$dir/holder.lock")
ok 'down, where a signal comes while it waits for the holder' inject poll poll:error=EINTR:when=1 warren down one
fails 'the holder is gone' alive "$pid"
is 'nothing is left' "$(ls -A "$tmp/user/run")" ''

# the one that is found is gone when it is to be had hold of, and another one is there a moment later
ok 'up' as_user warren up one.yaml
for error in ESRCH EINVAL; do
	ok "exec beside a holder that comes and goes ($error)" inject pidfd_open "pidfd_open:error=$error:when=1" \
		warren exec one1 true
done
ok 'down' as_user warren down one

# whether anything is up cannot be seen
for error in ENOMEM EIO; do
	ok 'up of one' as_user warren up one.yaml
	ok 'and of another' as_user warren up two.yaml
	pid=$(cut -d' ' -f1 "$dir/holder.lock")
	run inject getdents64 "getdents64:error=$error" warren plan one.yaml
	ok "the holder stays where directories cannot be read ($error)" alive "$pid"
	for n in $(seq 1 40); do
		run inject openat,open "openat,open:error=$error:when=$n+" warren plan one.yaml
		alive "$pid" || break
	done
	ok "nor opened, from which on ever ($error)" alive "$pid"
	ok 'and what is up works' as_user warren exec two1 true
	ok 'down' as_user warren down one
	ok 'down' as_user warren down two
	fails 'the holder is gone' alive "$pid"
	is 'nothing is left' "$(ls -A "$tmp/user/run")" ''
done

# what a dead holder left cannot be seen
ok 'up' as_user warren up one.yaml
pid=$(cut -d' ' -f1 "$dir/holder.lock")
kill -9 "$pid"
wait_for sh -c "! kill -0 $pid 2>/dev/null"
fails 'exec where that directory cannot be read' inject getdents64 getdents64:error=EIO warren exec one1 true
like 'it is named' "$err" "$dir/networks.*(Input/output|I/O) error"
is 'and stays' "$(ls "$dir/networks/net")" one
ok 'up' as_user warren up one.yaml
ok 'down' as_user warren down one
is 'nothing is left' "$(ls -A "$tmp/user/run")" ''
done_testing
