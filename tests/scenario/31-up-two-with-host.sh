# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Networks that know nothing of each other reach the host together, with no subnet written in any of them.
. "$(dirname "$0")/lib.sh"
need ip ping

lab() { # lab NAME: a router between the host, two nodes and a switch; the host has routes to all of it
	cat >"$1.yaml" <<E1
name: $1
routing: static
namespaces:
  host:
  $1-core: {interfaces: {eth0: {}}}
  $1-n[1-2]:
links:
  - {endpoints: [host, $1-core]}
  - {endpoints: [$1-core, "$1-n[1-2]"]}
switches:
  $1-lan: {ports: [$1-core, "$1-n[1-2]"]}
expect:
  - host -> $1-n1
  - $1-n2 -> host
E1
}

for name in one two three; do
	lab $name
	ok "up of $name" warren up $name.yaml
done
for name in one two three; do
	ok "$name works" warren test $name.yaml
	exits 0 "$name is as its file says" warren status $name.yaml
	like "$name has addresses of the pool" "$(ip -n $name-n1 -4 -o addr show eth0)" 'inet 198\.1[89]\.'
done
was=$(ip -n one-n1 -4 -o addr show)
ok 'down' warren down one
ok 'and up' warren up one.yaml
is 'addresses are the same in every run' "$(ip -n one-n1 -4 -o addr show)" "$was"
sed -i 's/n\[1-2\]/n[1-3]/' one.yaml
was=$(ip -n one-core -4 -o addr show eth0)
ok 'the network grows' warren up one.yaml
is 'what was there keeps its addresses' "$(ip -n one-core -4 -o addr show eth0)" "$was"
ok 'it works' warren test one.yaml
for name in one two three; do
	ok "down of $name" warren down $name
done
done_testing
