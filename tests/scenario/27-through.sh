# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# A bridge in the host, foo on it, bar behind foo over a /30. What cannot work is refused with its place.
. "$(dirname "$0")/lib.sh"
need ip ping traceroute

hops() {
	traceroute -n -q1 -w2 10.9.9.10 | awk 'NR > 1 {print $2}' | xargs
}

# by verbs
warren netns add foo
warren netns add bar
ip link add br-out type bridge
ip link add foo-eth0 master br-out up type veth peer name eth0 netns foo
ip link add eth1 netns foo type veth peer name eth0 netns bar
ip link set br-out up
ip addr add 10.9.1.1/24 dev br-out
ip -n foo addr add 10.9.1.2/24 dev eth0
ip -n foo addr add 10.9.9.9/30 dev eth1
ip -n bar addr add 10.9.9.10/30 dev eth0
for l in 'foo eth0' 'foo eth1' 'bar eth0'; do
	ip -n ${l% *} link set "${l#* }" up
done
ip netns exec foo sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
ip -n bar route add default via 10.9.9.9
ip route add 10.9.9.8/30 via 10.9.1.2
is 'by verbs: the path is foo, then bar' "$(hops)" '10.9.1.2 10.9.9.10'
warren netns delete foo
warren netns delete bar
ip link del br-out
leak_check 'by verbs: nothing is left'

# by file
cp "$top/examples/through.yaml" .
ok 'up' warren up through.yaml
is 'by file: the path is foo, then bar' "$(hops)" '10.9.1.2 10.9.9.10'
ok 'what the file expects holds' warren test through.yaml
like 'the route is there' "$(ip route)" '^10.9.9.8/30 via 10.9.1.2 dev br-out'
ok 'down' warren down through.yaml
leak_check 'by file: nothing is left'

# what cannot work
line=$(grep -n 10.9.9.10 through.yaml | head -2 | tail -1 | cut -d: -f1)
sed 's#10.9.9.10/30\]#10.9.9.9/30]#' through.yaml >same.yaml
fails 'the same address on both ends of a cable' warren up same.yaml
like 'is refused with its place' "$err" "same.yaml:$line:[0-9]+: .*both ends"
line=$(grep -n gateway through.yaml | cut -d: -f1)
sed 's#gateway: 10.9.9.9#gateway: 10.9.8.1#' through.yaml >gateway.yaml
fails 'a gateway that no connected network contains' warren up gateway.yaml
like 'is refused with its place' "$err" "gateway.yaml:$line:[0-9]+: .*no connected network"
is 'nothing was made' "$(ip netns list)" ''
done_testing
