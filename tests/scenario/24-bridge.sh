# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# A bridge with red, blue and fifty more: neighbours on both sides and none on the host; the host
# joins by an address on it. By verbs, then by file; and a switch that the host has no part in.
. "$(dirname "$0")/lib.sh"
need bridge jq ip ping

# by verbs
ip link add v-net-0 type bridge
ip link set v-net-0 up
for n in red blue; do
	warren netns add $n
	ip link add "veth-$n-br" master v-net-0 up type veth peer name eth0 netns $n
	ip -n $n link set eth0 up
done
ip -n red addr add 192.168.15.1/24 dev eth0
ip -n blue addr add 192.168.15.2/24 dev eth0
ok 'by verbs: red reaches blue' warren netns exec red ping -c3 -i0.3 -W2 -q 192.168.15.2
like 'red has a neighbour' "$(ip -n red neigh)" '^192.168.15.2 dev eth0 lladdr'
like 'so has blue' "$(ip -n blue neigh)" '^192.168.15.1 dev eth0 lladdr'
is 'the host has none' "$(ip neigh show dev v-net-0 | grep 192)" ''
fails 'the host does not reach them' ping -c1 -W1 -q 192.168.15.1
ip addr add 192.168.15.5/24 dev v-net-0
ok 'with an address on the bridge it does' ping -c3 -i0.3 -W2 -q 192.168.15.1
warren netns delete red
warren netns delete blue
ip link del v-net-0
leak_check 'by verbs: nothing is left'

# by file
cp "$top/examples/rooms.yaml" .
ok 'up' warren up rooms.yaml
is 'fifty-two namespaces' "$(ip netns list | wc -l)" 52
is 'fifty-two ports on the bridge in the host' "$(ip -o link show master v-net-0 | wc -l)" 52
ok 'red reaches blue' warren exec red ping -c3 -i0.3 -W2 -q 192.168.15.2
ok 'h50 reaches h1 by name' warren exec h50 ping -c3 -i0.3 -W2 -q h1
like 'red has a neighbour' "$(ip -n red neigh)" '^192.168.15.2 dev eth0 lladdr'
like 'so has blue' "$(ip -n blue neigh)" '^192.168.15.1 dev eth0 lladdr'
is 'the host has none of them' "$(ip neigh show dev v-net-0 | grep -E '192.168.15.[12] ')" ''
ok 'the host joins by its address on the bridge' ping -c3 -i0.3 -W2 -q 192.168.15.2
ok 'what the file expects holds' warren test rooms.yaml
ok 'every pair answers' warren ping rooms.yaml
ok 'another net by a variable: only the difference' warren up rooms.yaml --set net=192.168.16
is 'red has its new address' "$(ip -n red -4 -o addr show eth0 | awk '{print $4}')" 192.168.16.1/24
ok 'the host reaches it there' ping -c3 -i0.3 -W2 -q 192.168.16.2
ok 'down' warren down rooms.yaml
leak_check 'by file: nothing is left'

# without the host: the bridge is out of reach of the host's filters, in a namespace of its own
sed '/address:/d; /host ->/d' "$top/examples/rooms.yaml" >rooms.yaml
ok 'up without the host' warren up rooms.yaml
is 'no link in the host' "$(ip -o link | grep -cv ' lo:')" 0
is 'the bridge is in its own namespace, with its ports' "$(ip -n v-net-0 -o link show master v-net-0 | wc -l)" 52
ok 'every pair answers' warren ping rooms.yaml
ok 'down' warren down rooms.yaml

# A port listens and learns before it forwards, where the spanning tree protocol is asked for: up waits for that.
cat >tree.yaml <<'E1'
namespaces: {a: , b: }
switches: {sw: {ports: [a, b], stp: true, forward_delay: 2, subnet: 10.8.0.0/24}}
E1
states() { bridge -n sw -j link show | jq -r '.[].state' | sort -u; }
ok 'up with a spanning tree' warren up tree.yaml
is 'all ports forward' "$(states)" forwarding
ok 'so the first packet comes through' ip netns exec a ping -c1 -W10 -q 10.8.0.2
ok 'down' warren down tree.yaml
sed -i 's/forward_delay: 2/forward_delay: 30/' tree.yaml
"$WARREN" up tree.yaml 2>interrupted &
pid=$!
listens() { states | grep -qx listening; }
ok 'one that waits' wait_for listens
kill -TERM "$pid"
wait "$pid"
is 'can be interrupted' "$? $(cat interrupted)" '143 warren: interrupted'
is 'and leaves nothing' "$(names)" ''
done_testing
