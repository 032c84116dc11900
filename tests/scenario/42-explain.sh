# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Why it does not work: each thing that can be missing is named at its step, and the remedy, typed as it stands, mends it.
. "$(dirname "$0")/lib.sh"
. "$top/tests/scenario/explain.sh"
need ip ping nft python3 sysctl

# host - near - far, by hand
warren netns add near
warren netns add far
broken 'nothing there' 'host has no interface besides lo$' host 10.0.3.1
ip link add one type veth peer name two netns near
ip link add three netns near type veth peer name four netns far
broken 'no address' 'host has no IPv4 address on any interface besides lo$' host 10.0.3.1
is 'no address: the remedy' "$(remedy)" 'ip address add ADDRESS/LENGTH dev one'
ip addr add 10.0.1.1/24 dev one
broken 'interface down' 'one of host is down$' host 10.0.1.2
mend 'interface down' 'ip link set one up'
broken 'far end down' 'two of near is down$' host 10.0.1.2
mend 'far end down' 'ip -n near link set two up'
broken 'far end never set up' 'two of near, at the other end of one of host, does not have the address 10.0.1.2$' host 10.0.1.2
mend 'far end never set up' 'ip -n near address add 10.0.1.2/24 dev two'
ok 'the cable works' warren explain host near
like 'it says so' "$out" '^reached: answered after [0-9.]+ ms$'
like 'each interface has seen it' "$out" '^near +two \* *$'
ip -n near addr add 10.0.2.1/24 dev three
ip -n far addr add 10.0.2.2/24 dev four
ip -n far addr add 10.0.3.1/32 dev lo
ip -n near link set three up
ip -n far link set four up
ip -n far link set lo up
broken 'no route' 'host has no route to 10.0.3.1$' host 10.0.3.1
mend 'no route' 'ip route add 10.0.3.1/32 via 10.0.1.2'
broken 'forwarding off' 'near does not forward IPv4: net.ipv4.conf.two.forwarding is 0$' host 10.0.3.1
mend 'forwarding off' 'ip netns exec near sysctl -w net.ipv4.ip_forward=1'
broken 'no route on the second hop' 'near has no route to 10.0.3.1$' host 10.0.3.1
mend 'no route on the second hop' 'ip -n near route add 10.0.3.1/32 via 10.0.2.2'
broken 'no way back' 'far has no route back to 10.0.1.1$' host 10.0.3.1
mend 'no way back' 'ip -n far route add 10.0.1.0/24 via 10.0.2.1'
ok 'all there: it is reached' warren explain host 10.0.3.1
is 'the way there' "$(printf '%s\n' "$out" | awk '/^THERE/ {on = 1; next} /^BACK/ {on = 0} on {print $1}' | xargs)" 'host near far'
is 'the way back' "$(printf '%s\n' "$out" | awk '/^BACK/ {on = 1; next} /^reached/ {on = 0} on {print $1}' | xargs)" 'far near host'
like 'with the routes' "$out" '^near +two \* +three \* +10.0.3.1/32 via 10.0.2.2$'
like 'ping agrees' "$(ping -c1 -W2 10.0.3.1)" ' 0% packet loss'
ok 'a name is known by what it has on a wire' warren explain near far
like 'which is 10.0.2.2' "$out" '^near -> far \(10.0.2.2\) from 10.0.2.1, icmp$'
broken 'lo down' 'lo of near is down$' near near
mend 'lo down' 'ip -n near link set lo up'
ok 'to itself' warren explain near near
broken 'to the host' 'host has no route back to 10.0.2.2$' far host
mend 'to the host' 'ip route add 10.0.2.0/24 via 10.0.1.2'
ok 'to the host' warren explain far host
like 'by its address' "$out" '^far -> host \(10.0.1.1\) from 10.0.2.2'

# a port
broken 'nobody listens' 'far is reached, but nobody listens on its tcp port 80$' host 10.0.3.1:80
is 'nobody listens: where to look' "$(remedy)" 'ip netns exec far ss -ltnp'
broken 'nor on UDP' 'far is reached, but nobody listens on its udp port 80$' host far:80/udp
ip netns exec far python3 -m http.server --bind 0.0.0.0 80 >/dev/null 2>&1 &
server=$!
wait_for sh -c 'ip netns exec far ss -ltn | grep -q ":80 "'
ok 'a service' warren explain host 10.0.3.1:80
like 'that is TCP' "$out" 'from 10.0.1.1, tcp port 80$'

# filters, at each place: the packet is followed to where it is lost
filter near forward 'tcp dport 80 drop;'
broken 'a filter on the way' 'what is sent comes in by two of near and does not go out of three: chain c of table inet f$' host 10.0.3.1:80
is 'a filter on the way: where to look' "$(remedy)" 'ip netns exec near nft list ruleset'
ok 'which lets echoes pass' warren explain host 10.0.3.1
for n in 8 9 10 11 12; do
	run bash -c "ulimit -n $n; \"$WARREN\" explain -W 100 -c 1 host 10.0.3.1:80"
	is "with $n descriptors, there is an answer or an error" "$rc" 1
	like "and it is about them, or right" "$out$err" 'where it is lost cannot be seen: .*too few descriptors|Too many open files|no descriptor left|does not go out of three'
done
unfilter near
filter near forward 'policy drop; ip daddr 10.0.3.1 accept;'
broken 'a filter for the answer' 'the answer comes in by three of near and does not go out of two: chain c of table inet f \(policy drop\)$' host 10.0.3.1:80
unfilter near
filter far input 'tcp dport 80 drop;'
broken 'a filter of the target' 'far gets it by four and does not answer: chain c of table inet f$' host 10.0.3.1:80
unfilter far
filter far output 'policy drop;'
broken 'one that keeps the answer in' 'far gets it by four and does not answer: chain c of table inet f \(policy drop\)$' host 10.0.3.1
unfilter far
filter near forward 'reject with icmp type admin-prohibited;'
broken 'one that says so' 'near rejects it \(prohibited\): chain c of table inet f$' host 10.0.3.1
unfilter near
nft -f - <<-EOT
	table inet f {
		chain c {
			type filter hook output priority 0; ip daddr 10.0.3.1 drop
		}
	}
EOT
broken 'a filter of the source' 'host does not send what is sent out of one: chain c of table inet f$' host 10.0.3.1
nft delete table inet f
nft -f - <<-EOT
	table inet f {
		chain c {
			type filter hook input priority 0; ip saddr 10.0.3.1 drop
		}
	}
EOT
broken 'one that drops the answer' 'the answer comes back to host, which does not take it \(no-answer\): chain c of table inet f$' host 10.0.3.1
nft delete table inet f
ip netns exec far sysctl -qw net.ipv4.icmp_echo_ignore_all=1
broken 'no filter at all' 'far gets it by four and does not answer: nftables has no filter there' host 10.0.3.1
ip netns exec far sysctl -qw net.ipv4.icmp_echo_ignore_all=0

# routes that say no, a loop, a strict filter of sources
ip route add prohibit 10.9.0.0/16
broken 'prohibit' 'a route or rule of host to 10.9.1.1 prohibits it$' host 10.9.1.1
ip route del prohibit 10.9.0.0/16
ip -n near route add blackhole 10.9.0.0/16
ip route add 10.9.0.0/16 via 10.0.1.2
broken 'blackhole' 'a route or rule of near to 10.9.1.1 swallows it \(blackhole\)$' host 10.9.1.1
ip -n near route replace unreachable 10.9.0.0/16
broken 'unreachable' 'a route or rule of near to 10.9.1.1 says that it is unreachable$' host 10.9.1.1
ip -n near route del unreachable 10.9.0.0/16
ip -n near route add 10.9.0.0/16 via 10.0.2.2
ip netns exec far sysctl -qw net.ipv4.ip_forward=1
ip -n far route add 10.9.0.0/16 via 10.0.2.1
broken 'a loop' 'a routing loop: what is for 10.9.1.1 goes round in a circle, far, near, far, ...$' host 10.9.1.1
ip netns exec near sysctl -qw net.ipv4.conf.two.rp_filter=1
ip -n near route add 10.0.1.1/32 via 10.0.2.2
broken 'reverse path' 'near drops what comes in by two from 10.0.1.1: the reverse path filter is strict' host 10.0.3.1
is 'reverse path: the remedy' "$(remedy)" 'ip netns exec near sysctl -w net.ipv4.conf.two.rp_filter=2'
ip -n near route del 10.0.1.1/32 via 10.0.2.2
ok 'all is well again' warren explain host 10.0.3.1

# IPv6
ip addr add fd00:1::1/64 dev one nodad
ip -n near addr add fd00:1::2/64 dev two nodad
ip -n near addr add fd00:2::1/64 dev three nodad
ip -n far addr add fd00:2::2/64 dev four nodad
broken 'IPv6: no route' 'host has no route to fd00:2::2$' host fd00:2::2
mend 'IPv6: no route' 'ip route add fd00:2::2/128 via fd00:1::2'
broken 'IPv6: forwarding off' 'near does not forward IPv6: net.ipv6.conf.all.forwarding is 0$' host fd00:2::2
mend 'IPv6: forwarding off' 'ip netns exec near sysctl -w net.ipv6.conf.all.forwarding=1'
broken 'IPv6: no way back' 'far has no route back to fd00:1::1$' -6 host far
mend 'IPv6: no way back' 'ip -n far route add fd00:1::/64 via fd00:2::1'
ok 'IPv6: reached' warren explain -6 host far
ok 'IPv6: an address as it stands' warren explain host fd00:2::2
broken 'IPv6: a port' 'far is reached, but nobody listens on its tcp port 80$' host '[fd00:2::2]:80'
kill "$server"
wait "$server" 2>/dev/null

# JSON
run warren explain --json -W 200 -c 1 host 10.0.3.1:81
is 'JSON: exit code' "$rc" 1
is 'JSON: what it has' "$(printf '%s\n' "$out" | python3 -c '
import json, sys
x = json.load(sys.stdin)
print(x["reached"], x["status"], x["node"], [h["node"] for h in x["there"]], x["there"][1]["in"], x["there"][1]["seen_out"], len(x["back"]))')" \
	"False refused far ['host', 'near', 'far'] two True 3"

# wrong words
exits 1 'no such namespace' warren explain nera far
like 'is told what is there' "$err" "there is no namespace 'nera'; did you mean 'near'\?"
exits 1 'no such target' warren explain host fra
like 'likewise' "$err" "no namespace 'fra'; did you mean 'far'\?"
exits 1 'no such port' warren explain host far:http
like 'has its reason' "$err" "target 'far:http': a port is a number from 1 to 65535"
exits 1 'no such protocol' warren explain host far:80/sctp
like 'has its reason, too' "$err" "behind the port is '/tcp', '/udp' or nothing"
exits 1 'a network' warren explain host 10.0.3.0/24
like 'is no address' "$err" 'an address is wanted, not a network'
exits 2 'one word is missing' warren explain host
exits 2 '-4 and -6' warren explain -4 -6 host far
ip netns add bare
exits 1 'a namespace without an address' warren explain host bare
like 'cannot be reached' "$err" 'bare has no address that another namespace could reach'
ip netns del bare

# where nothing can be seen
ip link add out0 type veth peer name in0
ip netns add gone
ip link set in0 netns gone
ip netns exec gone sleep 60 &
sleeper=$!
wait_for sh -c "[ \"\$(readlink /proc/$sleeper/ns/net)\" != \"\$(readlink /proc/self/ns/net)\" ]"
ip netns del gone
ip addr add 10.7.0.1/24 dev out0
ip link set out0 up
nsenter -t "$sleeper" -n ip link set in0 up
broken 'a namespace without a name' 'host asks out of out0 who has 10.7.0.2 and gets no answer: nobody has it there' host 10.7.0.2
nsenter -t "$sleeper" -n ip addr add 10.7.0.2/24 dev in0
ok 'is reached, where it answers' warren explain host 10.7.0.2
like 'though not seen' "$out" '^it goes on by out0 of host, whose other end is in a namespace without a name$'
kill "$sleeper"
wait "$sleeper" 2>/dev/null
wait_for sh -c '! ip link show out0 2>/dev/null'
warren netns delete near
warren netns delete far
wait_for sh -c '! ip link show one 2>/dev/null'
leak_check 'by hand: nothing is left'

# a switch with the spanning tree protocol: a port that does not forward yet
cat >rooms.yaml <<-EOT
	namespaces: {red: , blue: , green: }
	switches:
	  sw: {ports: [red, blue, green], subnet: 192.168.15.0/24}
EOT
ok 'switch: up' warren up rooms.yaml
ok 'switch: reached' warren explain red blue
ip -n sw link set sw type bridge stp_state 1 forward_delay 1500
ip -n sw link set sw down
ip -n sw link set sw up
broken 'switch: a port that listens' 'the bridge port red-eth0 of sw does not forward yet: the spanning tree protocol is listening$' red blue
like 'switch: wait' "$(remedy)" '^wait: '
ip -n sw link set sw type bridge stp_state 0
ip -n sw link set sw down
broken 'switch: down' 'sw of sw is down$' red blue
mend 'switch: down' 'ip -n sw link set sw up'
wait_for warren explain -W 200 red blue
ip -n blue link set eth0 down
broken 'switch: the other end down' 'eth0 of blue is down$' red blue
like 'switch: in the file' "$out" '^in the file: .*rooms.yaml:1:[0-9]+ \(blue\)$'
mend 'switch: the other end down' 'ip -n blue link set eth0 up'
ip -n sw link set blue-eth0 nomaster
broken 'switch: not plugged in' 'of the [0-9] interfaces that eth0 of red is joined to, none has the address 192.168.15.2; it is on eth0 of blue, which is not joined to that(; it goes out all the same, to whoever answers .*)?$' red blue
ip -n sw link set blue-eth0 master sw
ip -n blue addr flush dev eth0
broken 'switch: an address that is gone' 'eth0 of blue, which is joined to eth0 of red, does not have the address 192.168.15.2$' red blue
mend 'switch: an address that is gone' 'ip -n blue address add 192.168.15.2/24 dev eth0'
wait_for warren explain -W 200 red blue
nsenter --net=/run/netns/sw nft -f - <<-EOT
	table bridge f {
		chain c {
			type filter hook forward priority 0; ether type ip drop
		}
	}
EOT
broken 'switch: a filter of the bridge' 'what is sent goes out of eth0 of red and does not come in by eth0 of blue: what is in between drops it' red blue
nsenter --net=/run/netns/sw nft delete table bridge f
ok 'switch: down' warren down rooms.yaml
leak_check 'switch: nothing is left'

# the address by which a network knows its nodes; the place in its file
sed 's/    gateway: 10.0.2.1//' "$top/examples/chain.yaml" >chain.yaml
ok 'chain: up without a way back' warren up chain.yaml
broken 'chain: the target by name' 'far has no route back to 10.0.1.1$' host far
like 'chain: in the file' "$out" "^in the file: .*chain.yaml:11:[0-9]+ \\(far\\)$"
ok 'chain: down' warren down chain.yaml

# names that are no words of a shell
ip netns add 'n;>made'
ip link add 'e;>made2' type veth peer name "p'e.1" netns 'n;>made'
ip addr add 10.6.0.1/24 dev 'e;>made2'
broken 'names: here' 'e;>made2 of host is down$' host 10.6.0.2
mend 'names: here' "ip link set 'e;>made2' up"
broken 'names: there' "p'e.1 of n;>made is down$" host 10.6.0.2
mend 'names: there' "ip -n 'n;>made' link set 'p'\\''e.1' up"
ip -n 'n;>made' addr add 10.6.0.2/24 dev "p'e.1"
ip -n 'n;>made' route flush table main
ip -n 'n;>made' route add 10.6.0.1 dev lo
ip netns exec 'n;>made' sh -c 'echo 1 >"/proc/sys/net/ipv4/conf/p'"'"'e.1/rp_filter"'
broken 'names: a setting' "n;>made drops what comes in by p'e.1 from 10.6.0.1: the reverse path filter is strict" host 10.6.0.2
is 'names: a setting: the remedy' "$(remedy)" "ip netns exec 'n;>made' sysctl -w 'net/ipv4/conf/p'\\''e.1/rp_filter=2'"
ok 'names: a setting: the remedy works' bash -c "$(remedy)"
is 'names: it is set' "$(ip netns exec 'n;>made' cat "/proc/sys/net/ipv4/conf/p'e.1/rp_filter")" 2
is 'names: none of them ran' "$(ls made made2 2>/dev/null)" ''
ip link del 'e;>made2'
ip netns del 'n;>made'

# more hops than a packet makes, there and back
cat >long.yaml <<-EOT
	namespaces: {"r[1-70]": }
	pool: [198.18.0.0/15, fd00:5::/48]
	links: [{endpoints: ["r[1-69]", "r[2-70]"]}]
	routing: static
EOT
ok 'long: up' warren up long.yaml
broken 'long: there' 'the time to live of what is sent is over in r65, after 64 hops$' r1 r70
mend 'long: there' 'ip netns exec r1 sysctl -w net.ipv4.ip_default_ttl=255'
broken 'long: back' 'the time to live of the answer is over in r6, after 64 hops$' r1 r70
mend 'long: back' 'ip netns exec r70 sysctl -w net.ipv4.ip_default_ttl=255'
ok 'long: reached' warren explain r1 r70
broken 'long: there, IPv6' 'the time to live of what is sent is over in r65, after 64 hops$' -6 r1 r70
mend 'long: there, IPv6' 'ip netns exec r1 sysctl -w net.ipv6.conf.eth0.hop_limit=255'
broken 'long: back, IPv6' 'the time to live of the answer is over in r6, after 64 hops$' -6 r1 r70
mend 'long: back, IPv6' 'ip netns exec r70 sysctl -w net.ipv6.conf.eth0.hop_limit=255'
ok 'long: reached, IPv6' warren explain -6 r1 r70
ok 'long: down' warren down long.yaml

# the same address twice: who answers is another one than was meant
cat >twice.yaml <<-EOT
	namespaces: {a: , b: , c: }
	links:
	  - {endpoints: [a, b], addresses: [10.0.1.1/24, 10.0.1.2/24]}
	  - {endpoints: [a, c], addresses: [10.0.2.1/24, 10.0.2.2/24]}
EOT
ok 'twice: up' warren up twice.yaml
ip -n b addr add 10.0.2.2/32 dev lo
ip -n a route add 10.0.2.2/32 via 10.0.1.2
broken 'twice' 'what is sent to 10.0.2.2 of c comes to b, which has that address, too$' a c
ip -n b addr del 10.0.2.2/32 dev lo
ip -n a route replace 10.0.2.2/32 dev eth0
broken 'a wrong cable' 'eth0 of b, at the other end of eth0 of a, does not have the address 10.0.2.2; it is on eth0 of c, which is not joined to that$' a c
is 'a wrong cable: nothing that could be typed' "$(remedy)" ''
ok 'twice: down' warren down twice.yaml
done_testing
