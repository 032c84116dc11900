# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# host - near - far: what is missing at each step, by verbs; by one file with typed routes; by one with computed routes.
. "$(dirname "$0")/lib.sh"
need ip ping traceroute

reached() {
	ping -c3 -i0.3 -W1 -q 10.0.3.1
}

# by verbs, a step at a time
warren netns add near
warren netns add far
ip link add one type veth peer name two netns near
ip link add three netns near type veth peer name four netns far
ip addr add 10.0.1.1/24 dev one
ip -n near addr add 10.0.1.2/24 dev two
ip -n near addr add 10.0.2.1/24 dev three
ip -n far addr add 10.0.2.2/24 dev four
ip -n far addr add 10.0.3.1/32 dev lo
ip link set one up
ip -n near link set two up
ip -n near link set three up
ip -n far link set four up
ip -n far link set lo up
fails 'no route' reached
ip route add 10.0.2.0/24 via 10.0.1.2
ip route add 10.0.3.1/32 via 10.0.1.2
fails 'near does not forward, and knows no way' reached
ip netns exec near sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
ip -n near route add 10.0.3.1/32 via 10.0.2.2
fails 'no way back from far' reached
ip -n far route add default via 10.0.2.1
ok 'all there: it is reached' reached
warren netns delete near
warren netns delete far
wait_for sh -c '! ip link show one'
leak_check 'by verbs: nothing is left'

for file in chain chain-static; do
	cp "$top/examples/$file.yaml" .
	ok "$file: up" warren up $file.yaml
	ok "$file: the far end is reached" reached
	is "$file: through near" "$(traceroute -n -q1 -w2 10.0.3.1 | awk 'NR > 1 {print $2}' | xargs)" '10.0.1.2 10.0.3.1'
	ok "$file: what the file expects holds" warren test $file.yaml
	is "$file: near forwards" "$(ip netns exec near cat /proc/sys/net/ipv4/ip_forward)" 1
	exits 0 "$file: status shows no drift" warren status $file.yaml
	ok "$file: every pair answers" warren ping $file.yaml
	ok "$file: down" warren down $file.yaml
	leak_check "$file: nothing is left"
done

# IPv6 likewise
sed 's#10.0.3.1/32#fd00:3::1/128#; s#10.0.1.0/24#fd00:1::/64#; s#10.0.2.0/24#fd00:2::/64#; s#10.0.3.1#fd00:3::1#; s#10.0.1.1#fd00:1::1#' \
	"$top/examples/chain-static.yaml" >six.yaml
ok 'IPv6: up' warren up six.yaml
ok 'IPv6: the far end is reached, at once' ping -6 -c1 -W2 -q fd00:3::1
ok 'IPv6: what the file expects holds' warren test six.yaml
exits 0 'IPv6: status shows no drift' warren status six.yaml
ok 'IPv6: down' warren down six.yaml
leak_check 'IPv6: nothing is left'

# what is missing is named
sed 's/    gateway: 10.0.2.1//' "$top/examples/chain.yaml" >chain.yaml
ok 'up without a way back' warren up chain.yaml
exits 1 'the expectation fails' warren test chain.yaml
like 'with its place in the file' "$out$err" 'chain.yaml:[0-9]+:[0-9]+'
ok 'down' warren down chain.yaml
done_testing
