# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Links that a network has in the host stay its own, whatever becomes of their address and name.
. "$(dirname "$0")/lib.sh"
need ip jq strace

cat >e.yaml <<'E1'
name: e
namespaces: {red: , blue: }
links:
  - {endpoints: [red, blue], subnet: 10.7.0.0/24}
  - {endpoints: [red, "host:tored"], subnet: 10.7.1.0/24}
switches:
  sw: {ports: [red, blue], subnet: 10.7.2.0/24, address: 10.7.2.1/24}
E1

mac() { ip -j link show "$1" | jq -r '.[0].address'; }
host_links() { ip -j link | jq -r '[.[].ifname | select(. != "lo")] | sort | join(" ")'; }

ok 'up' warren up e.yaml
links=$(host_links)
is 'the host has its links' "$links" 'blue-eth1 red-eth2 sw tored'
like 'a link says whose it is' "$(ip link show tored)" 'alias warren:e:tored'

# somebody, or udev's MACAddressPolicy, changes an address
for link in sw tored; do
	was=$(mac $link)
	ip link set $link address 02:11:11:11:11:11
	exits 3 "$link with another MAC address is drift" warren status e
	like 'which is said' "$out" "^~ link $link in host: mac 02:11:11:11:11:11 -> $was"
	ok 'up puts it right' warren up e.yaml
	is 'it has its own again' "$(mac $link)" "$was"
	exits 0 'status is content' warren status e
done
for link in sw tored; do
	ip link set $link address 02:11:11:11:11:11
done
ok 'down' warren down e
is 'takes them all the same' "$(host_links) $err" ' '
leak_check 'nothing is left of it'

# or its name
ok 'up' warren up e.yaml
for link in sw tored blue-eth1; do
	ip link set $link down name other
	ip link set other address 02:11:11:11:11:12 up
	exits 3 "$link with another name is drift" warren status e
	like 'which is said' "$out" "^- link other in host"
	like 'which is said' "$out" "^[+] link .*$link"
	ok 'up makes it anew' warren up e.yaml
	is 'under its name' "$(host_links)" "$links"
	exits 0 'status is content' warren status e
	ok 'it works' ping -c1 -W2 -q 10.7.2.2
done
ip link set sw down name other
ip link set other address 02:11:11:11:11:12 up
ok 'down' warren down e
is 'takes it under that name' "$(host_links) $err" ' '
leak_check 'nothing is left of it'

# names that were swapped
ok 'up' warren up e.yaml
ip link set tored down name swap
ip link set blue-eth1 down name tored
ip link set swap name blue-eth1
ok 'up with two names swapped' warren up e.yaml
is 'the names are there' "$(host_links)" "$links"
exits 0 'status is content' warren status e
ok 'it works' ping -c1 -W2 -q 10.7.2.3
ok 'down' warren down e

# a link of the same name that somebody made anew is his
ok 'up' warren up e.yaml
ip link del sw
ip link add sw type bridge
fails 'up does not take it for its own' warren up e.yaml
like 'it says what is the matter, and the remedy' "$err" "e.yaml:7:[0-9]+: .*link 'sw' in the host does not carry the mark of network 'e'.*ip link del sw"
fails 'nor does status' warren status e
ok 'down neither' warren down e
like 'and says what stays' "$err" "link 'sw' in the host does not carry the mark of network 'e'.*ip link del sw"
is 'it is still there' "$(host_links)" sw
ip link del sw
ip link add sw type bridge
ip link set sw alias warren:e:sw
fails 'one that only pretends, where the network is not up' warren up e.yaml
like 'is in the way' "$err" "link 'sw' exists in the host"
ip link set sw name other
sed '/switches/,$d' e.yaml >less.yaml
ok 'up of a network that had none of that name' warren up less.yaml
ok 'down' warren down e
is 'it stays' "$(host_links)" other
ip link del other

# what lost its mark, but has its address, gets it anew
ok 'up' warren up e.yaml
ip link set sw alias 'somebody was here'
exits 3 'another alias is drift' warren status e
like 'which is said' "$out" '^~ link sw in host: mark$'
ok 'up' warren up e.yaml
like 'puts it right' "$(ip link show sw)" 'alias warren:e:sw'
ip link set sw alias ''
ok 'down without it' warren down e
is 'takes it by its address' "$(host_links) $err" ' '

# killed when its links were made, and nothing else was
strace -f -qq -o trace -e trace=sendmsg,sendto "$WARREN" up e.yaml >/dev/null 2>&1
n=$(grep -n -m1 'ifla.*tored\|IFLA_IFALIAS.*tored\|warren:e:tored' trace | cut -d: -f1)
ok 'down' warren down e
[ -n "$n" ] && pass 'the request that marks is seen' || fail 'the request that marks is seen' "$(tail -40 trace)"
strace -f -qq -o /dev/null -e trace=sendmsg,sendto -e "inject=sendmsg,sendto:signal=KILL:when=${n:-1}" "$WARREN" up e.yaml >/dev/null 2>&1
like 'killed before its links are marked' "$(host_links)" 'sw'
ok 'down' warren down e
is 'takes them' "$(host_links) $err" ' '
done_testing
