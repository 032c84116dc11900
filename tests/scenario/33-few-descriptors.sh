# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# A network of more namespaces than files may be open; and where even the first cannot be, it is said and all taken back.
. "$(dirname "$0")/lib.sh"
need ip ping strace

cat >tree.yaml <<'EOF'
name: tree
routing: static
namespaces: {root: , 'r[1-2]': , 'a[1-40]': , 'b[1-40]': }
switches:
  s1: {ports: [r1, 'a[1-40]']}
  s2: {ports: [r2, 'b[1-40]']}
links:
- endpoints: [root, 'r[1-2]']
EOF

# both limits, as warren raises the soft one to the hard one
few() {
	local n=$1
	shift
	# shellcheck disable=SC2016 # for the other shell
	sh -c 'ulimit -n $0; exec "$@"' "$n" "$WARREN" "$@"
}

ok '85 namespaces with 20 descriptors' few 20 up tree.yaml
like 'nothing to do' "$(few 20 up tree.yaml)" 'nothing to do'
ok 'no drift' few 20 status tree.yaml
ok 'one end reaches the other' ip netns exec a40 ping -c1 -W2 -q "$(ip -n b40 -4 -br addr show eth0 | awk '{sub("/.*", "", $3); print $3}')"
for i in $(seq 40); do ip netns exec "a$i" sleep 1000 & done
inside() { [ "$(for i in $(seq 40); do ip netns pids "a$i"; done | wc -l)" = 40 ]; }
wait_for inside
ok 'down, with processes in many of them' few 20 down tree
is 'which have ended' "$(for pid in $(jobs -p); do alive "$pid" && echo "$pid"; done)" ''
leak_check 'nothing is left'

# before Linux 5.9 there is no call that closes many
ok 'up' warren up tree.yaml
# shellcheck disable=SC2016 # for the other shell
ok 'down, where they are closed one by one' env ASAN_OPTIONS=detect_leaks=0 sh -c 'ulimit -n 20; exec "$@"' sh \
	strace -qq -o trace -e trace=close_range,umount2 -e inject=close_range:error=ENOSYS "$WARREN" down tree
ok 'as it came to that' grep -q 'close_range.*ENOSYS.*INJECTED' trace
leak_check 'nothing is left'

fails 'with 8 it is refused' few 8 up tree.yaml
like 'and said' "$err" '(Too many open files|No file descriptors available)'
leak_check 'and nothing is left'
done_testing
