# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# A second network on a node's loopback: unreachable until a route says so; then a session works in both directions.
. "$(dirname "$0")/lib.sh"
need ip ping socat

session() { # an echo session from near to 10.0.2.1 in far
	"$WARREN" netns exec far socat TCP-LISTEN:7000,bind=10.0.2.1,reuseaddr EXEC:cat &
	local server=$!
	wait_for sh -c "ip netns exec far ss -Hltn | grep -q 10.0.2.1:7000"
	is "$1: what near says comes back" "$(printf 'one\ntwo\n' | warren netns exec near socat -t2 - TCP:10.0.2.1:7000,connect-timeout=3)" 'one
two'
	kill "$server" 2>/dev/null
	wait "$server" 2>/dev/null
}

# by verbs
warren netns add near
warren netns add far
ip link add eth0 netns near type veth peer name eth0 netns far
for n in near far; do
	ip -n $n link set lo up
	ip -n $n link set eth0 up
done
ip -n near addr add 10.0.1.1/24 dev eth0
ip -n far addr add 10.0.1.2/24 dev eth0
ip -n far addr add 10.0.2.1/24 dev lo
fails 'by verbs: without a route it is not reached' warren netns exec near ping -c1 -W1 -q 10.0.2.1
ip -n near route add 10.0.2.0/24 via 10.0.1.2
ok 'with the route it is' warren netns exec near ping -c3 -i0.3 -W2 -q 10.0.2.1
session 'by verbs'
warren netns delete near
warren netns delete far
leak_check 'by verbs: nothing is left'

# by file, first without the route
sed '/routes:/d; s/  near:/  near: {}/' "$top/examples/loopback-network.yaml" >net.yaml
ok 'up without the route' warren up net.yaml
exits 1 'what the file expects does not hold' warren test net.yaml
like 'and the reason is that there is no route' "$out$err" 'no route|unreachable'
cp "$top/examples/loopback-network.yaml" net.yaml
ok 'up with the route' warren up net.yaml
ok 'what the file expects holds' warren test net.yaml
session 'by file'
ok 'down' warren down net.yaml
done_testing
