# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# What routes of the host lead to (a VPN, the provider's network) is not taken by a network that comes to the host.
. "$(dirname "$0")/lib.sh"
need ip ping

cat >lab.yaml <<'E1'
name: lab
namespaces:
  red:
links:
  - {endpoints: [red:eth0, "host:tored"], subnet: 10.8.2.0/24}
  - {endpoints: [red:eth1, "host:tored6"], subnet: "fd00:8::/64"}
E1
ip link add vpn type bridge
ip addr add 192.0.2.1/24 dev vpn
ip addr add fd00:ffff::1/64 dev vpn nodad
ip link set vpn addrgenmode none
ip link set vpn up

refused() { # refused PLACE NETWORK ROUTE: what ip-route would add
	# shellcheck disable=SC2086 # words
	ip route add $3
	fails "$3: refused" warren up lab.yaml
	like 'the error says where, what and what to do' "$err" \
		"^warren: lab.yaml:$1:[0-9]+: address $2: .*overlaps .*the host has a route to already \\($3\\); choose another subnet"
	is 'it is one error' "$(wc -l <<<"$err")" 1
	is 'nothing was made' "$(ls /run/netns)" ''
	# shellcheck disable=SC2086
	ip route del $3
}

refused 5 10.8.2.2/24 '10.8.0.0/16 via 192.0.2.9 dev vpn'
refused 5 10.8.2.2/24 '10.8.2.0/24 dev vpn'
refused 5 10.8.2.2/24 '10.8.2.0/24 dev vpn metric 5'
refused 5 10.8.2.2/24 '10.8.2.64/26 via 192.0.2.9 dev vpn'
refused 5 10.8.2.2/24 '10.8.2.77 via 192.0.2.9 dev vpn'
refused 5 10.8.2.2/24 '10.0.0.0/8 via 192.0.2.9 dev vpn'
refused 5 10.8.2.2/24 'unreachable 10.8.2.0/24'
refused 5 10.8.2.2/24 'blackhole 10.8.2.0/28'
refused 6 fd00:8::2/64 'fd00:8::/32 via fd00:ffff::9 dev vpn'
refused 6 fd00:8::2/64 'fd00:8::7 via fd00:ffff::9 dev vpn'

# several in one another are one error an address
for net in 10.8.0.0/16 10.8.0.0/17 10.8.2.8/30 10.8.2.8 fd00:8::/48 fd00:8::/96; do
	ip route add $net dev vpn
done
fails 'many routes: refused' warren up lab.yaml
is 'each address is named once' "$(cut -d: -f3 <<<"$err" | xargs)" '5 6'
for net in 10.8.0.0/16 10.8.0.0/17 10.8.2.8/30 10.8.2.8 fd00:8::/48 fd00:8::/96; do
	ip route del $net
done

# what says nothing about where the network is
ip route add default via 192.0.2.9
ip route add 0.0.0.0/1 via 192.0.2.9
ip route add 8.0.0.0/7 via 192.0.2.9
ip route add 8.0.0.0/5 via 192.0.2.9
ip route add unreachable 10.0.0.0/8
ip route add 10.8.2.0/25 via 192.0.2.9 table 77
ip route add 10.9.0.0/16 via 192.0.2.9
ip route add ::/1 via fd00:ffff::9
ip route add 8000::/1 via fd00:ffff::9
ip route add fc00::/6 via fd00:ffff::9
save_state
ok 'with these it comes up' warren up lab.yaml
ok 'the host reaches red' ping -c3 -i0.3 -W2 -q 10.8.2.1

# a network that is up stays so, whatever comes later; what leads into it is no conflict
ip route add 10.8.0.0/16 via 192.0.2.9
ip route add 10.8.2.128/25 via 10.8.2.1
exits 0 'status sees no difference' warren status lab.yaml
ip -n red link del eth0
ok 'a lost cable is laid again' warren up lab.yaml
sed -i 's,subnet: 10.8.2.0/24,subnet: [10.8.2.0/24\, "fd00:9::/64"],' lab.yaml
ok 'another address of the same cable comes' warren up lab.yaml
sed -i 's,10.8.2.0/24,10.8.3.0/24,' lab.yaml
fails 'another network does not' warren up lab.yaml
like 'the error says why' "$err" 'lab.yaml:5:.*10.8.3.2/24.*10.8.0.0/16 via 192.0.2.9 dev vpn'
ip route del 10.8.0.0/16
ok 'but without the route it does' warren up lab.yaml
ok 'down' warren down lab
leak_check
ip link del vpn
save_state
done_testing
