# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# `down` proves by their mounts that names are the network's own: all at once, or, where somebody
# else mounted something on one, each by itself.
. "$(dirname "$0")/lib.sh"
need ip strace

printf 'name: many\nnamespaces:\n  "n[1-20]": {}\n' >many.yaml
printf 'name: other\nnamespaces: {b1: {}, b2: {}}\n' >other.yaml
calls() { grep -c "$1" calls; }
down() { strace -qq -o calls "$WARREN" down "$@"; }

ok 'another network' warren up other.yaml
ip netns add x
ok 'up' warren up many.yaml
ok 'down' down many
is 'others stay' "$(names)" 'b1 b2 x'
if grep -qE '^(listmount|syscall_0x1ca).*ENOSYS' calls; then # a strace may not know its name
	skip 'one look at all' 'this kernel has no listmount(2)'
else
	like 'listed' "$(calls '^listmount\|^syscall_0x1ca')" '^1$'
	like 'one look at all' "$(calls '^statx(.*"n[0-9]*"')" '^0$'
fi

ok 'up' warren up many.yaml
mount --bind /run/netns/x /run/netns/n7
ok 'down, where something else is mounted on a name' down many
like 'each is looked at' "$(calls '^statx(.*"n[0-9]*"')" '^20$'
is 'that name stays' "$(names)" 'b1 b2 n7 x'
like 'and is told' "$err" "'n7' does not carry the mark"
ok 'it is what was mounted' test "$(stat -c %i /run/netns/n7)" = "$(stat -c %i /run/netns/x)"
umount /run/netns/n7
ok 'what was below it can be removed' warren netns delete n7

ok 'up' warren up many.yaml
umount /run/netns/n3
ok 'down, where a mount is gone' down many
is 'others stay' "$(names)" 'b1 b2 x'

ok 'up' warren up many.yaml
for i in $(seq 30); do ip netns add "y$i"; done
ok 'down beside many of others' down many
is 'they stay' "$(names | wc -w)" 33
for i in $(seq 30); do ip netns delete "y$i"; done
ip netns delete x
ok 'down of the other network' warren down other
done_testing
