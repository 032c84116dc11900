# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Why it does not work where things are not as they mostly are: rules, several ways, translation, other traffic, strangers.
. "$(dirname "$0")/lib.sh"
. "$top/tests/scenario/explain.sh"
need ip ping nft python3 sysctl

# a - r - b, and r2 beside r
for n in a r b r2; do
	ip netns add $n
	ip -n $n link set lo up
done
cable() {
	ip link add "$2" netns "$1" type veth peer name "$5" netns "$4"
	ip -n "$1" addr add "$3" dev "$2"
	ip -n "$4" addr add "$6" dev "$5"
	ip -n "$1" link set "$2" up
	ip -n "$4" link set "$5" up
}
cable a e0 10.1.0.1/24 r ra 10.1.0.2/24
cable b e0 10.2.0.1/24 r rb 10.2.0.2/24
cable a e2 10.3.0.1/24 r2 ra 10.3.0.2/24
cable b e2 10.4.0.1/24 r2 rb 10.4.0.2/24
for n in r r2; do ip netns exec $n sysctl -qw net.ipv4.ip_forward=1; done
ip -n a route add default via 10.1.0.2
ip -n b route add default via 10.2.0.2
ip -n r2 route add 10.2.0.0/24 via 10.4.0.1
ip -n r2 route add 10.1.0.0/24 via 10.3.0.1
ok 'all is well' warren explain a b
like 'b is known by its first address' "$out" '^a -> b \(10.2.0.1\)'

# rules that refuse
ip -n r rule add iif ra blackhole prio 100
broken 'a rule: blackhole' 'a route or rule of r to 10.2.0.1 swallows it \(blackhole\)$' a b
is 'a rule: where to look' "$(remedy)" 'ip -n r rule show'
ip -n r rule del prio 100
ip -n r rule add to 10.2.0.1 unreachable prio 100
broken 'a rule: unreachable' 'a route or rule of r to 10.2.0.1 says that it is unreachable$' a b
is 'a rule: where to look' "$(remedy)" 'ip -n r rule show'
ip -n r rule del prio 100

# other traffic between the two is not taken for the probe
filter r forward 'tcp dport 80 drop;'
ip netns exec b python3 -m http.server --bind 0.0.0.0 8080 >/dev/null 2>&1 &
server=$!
wait_for sh -c 'ip netns exec b ss -ltn | grep -q ":8080 "'
ip netns exec a python3 -c '
import time, urllib.request
while True:
    urllib.request.urlopen("http://10.2.0.1:8080/").read()
    time.sleep(0.01)' &
client=$!
broken 'beside other traffic' 'what is sent comes in by ra of r and does not go out of rb: chain c of table inet f$' a b:80
kill "$client"
wait "$client" 2>/dev/null
unfilter r
filter r forward 'tcp dport 80 reject with tcp reset;'
broken 'a router refuses in the name of the target' 'r refuses it in the name of 10.2.0.1: chain c of table inet f$' a b:80
unfilter r

# a rule by source: TCP goes another way than ICMP
ip -n a rule add from 10.1.0.1 lookup 100
ip -n a route add default via 10.3.0.2 table 100
filter r2 forward 'drop;'
broken 'by source' 'what is sent comes in by ra of r2 and does not go out of rb: chain c of table inet f$' a b:8080
ok 'ICMP goes as it did' warren explain a b
unfilter r2
ok 'by source, reached' warren explain a b:8080
like 'over the other router' "$out" '^r2 +ra \* +rb \*'
ip -n a rule del from 10.1.0.1 lookup 100

# translation
ip -n b route del default
ip netns exec r nft -f - <<-EOT
	table ip n {
		chain p {
			type nat hook postrouting priority 100;
			oifname "rb" masquerade
		}
	}
EOT
ok 'translated: reached, though b knows no way back to a' warren explain a b
filter b input 'tcp dport 8080 drop;'
broken 'translated: nobody is blamed who is not known to be at fault' 'no answer \(no-answer\); the packet comes to r, which translates addresses \(chain p of table ip n\): from there on it cannot be followed$' a b:8080
unfilter b
ip netns exec r nft delete table ip n
ip -n b route add default via 10.2.0.2

# forwarding of one interface
ip netns exec r sysctl -qw net.ipv4.conf.ra.forwarding=0
broken 'forwarding of one interface' 'r does not forward IPv4: net.ipv4.conf.ra.forwarding is 0$' a b
is 'forwarding of one interface: the remedy' "$(remedy)" 'ip netns exec r sysctl -w net.ipv4.conf.ra.forwarding=1'
ok 'forwarding of one interface: the remedy works' bash -c "$(remedy)"
ok 'reached' warren explain a b

# nobody is told to send it back to where it came from
ip -n r route add 10.9.0.0/24 via 10.2.0.1
ip -n r route del 10.9.0.0/24
broken 'no way on' 'r has no route to 10.9.0.1$' a 10.9.0.1
unlike 'no way on: not back' "$(remedy)" 'via 10.1.0.1|via 10.2.0.1'

# a wrong hardware address; a filter at a device
ip -n r neigh replace 10.2.0.1 lladdr 02:00:00:00:00:99 dev rb nud permanent
broken 'a wrong neighbour entry' 'what is sent goes out of rb of r and does not come in by e0 of b' a b
ip -n r neigh del 10.2.0.1 dev rb
if ip netns exec r nft 'add table netdev n; add chain netdev n p { type filter hook ingress device ra priority 0; policy drop; }' 2>/dev/null; then
	broken 'a filter at a device' '.*: chain p of table netdev n \(policy drop\)$' a b
	ip netns exec r nft delete table netdev n
fi
ok 'reached' warren explain a b

# routers whose addresses are on lo only
ip netns add u1
ip netns add u2
ip link add x netns u1 type veth peer name x netns u2
for n in u1 u2; do
	ip -n $n link set lo up
	ip netns exec $n sysctl -qw net.ipv6.conf.x.disable_ipv6=0
	ip -n $n link set x up
done
ip -n u1 addr add 10.5.0.1/32 dev lo
ip -n u2 addr add 10.5.0.2/32 dev lo
broken 'unnumbered' 'u1 has no route to 10.5.0.2$' u1 u2

# an answer that leaves by what cannot be seen, and is lost there
ip netns add hidden
cable b e9 10.6.0.1/24 hidden hb 10.6.0.2/24
cable a e9 10.7.0.1/24 hidden ha 10.7.0.2/24
ip netns exec hidden sysctl -qw net.ipv4.ip_forward=1
ip netns exec hidden sysctl -qw net.ipv4.conf.all.rp_filter=0
ip netns exec hidden sleep 100 &
sleeper=$!
wait_for sh -c "[ \"\$(readlink /proc/$sleeper/ns/net)\" != \"\$(readlink /proc/self/ns/net)\" ]"
ip -n hidden route add 10.1.0.0/24 via 10.7.0.1
filter hidden forward 'drop;'
ip netns del hidden
ip -n b route add 10.1.0.1/32 via 10.6.0.2
broken 'the answer is lost where nobody sees' 'the answer leaves by e9 of b, whose other end is in a namespace without a name, and no answer comes back' a b
kill "$sleeper"
wait "$sleeper" 2>/dev/null

# somebody answers for an address that nobody has
ip netns exec r sysctl -qw net.ipv4.conf.ra.proxy_arp=1
ip netns exec r sysctl -qw net.ipv4.neigh.ra.proxy_delay=0
ip -n r route add 10.1.0.77/32 via 10.2.0.1
broken 'proxy' 'ra of r, at the other end of e0 of a, does not have the address 10.1.0.77; it goes out all the same, to whoever answers for 10.1.0.77 there or did before, and no answer comes back \(no-answer\)$' a 10.1.0.77
is 'proxy: nobody is told to take the address' "$(remedy)" 'ip -n a neighbour show to 10.1.0.77'

kill "$server"
wait "$server" 2>/dev/null
ip -all netns delete
done_testing
