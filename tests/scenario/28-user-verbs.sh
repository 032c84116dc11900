# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# An ordinary user types it by hand, verb by verb: files of his own in a namespace, a bridge that
# his host joins, a network behind a node, a way over a router. Nothing of it is the machine's.
. "$(dirname "$0")/lib.sh"
need ip ping socat ss getent setpriv

as_user true 2>/dev/null || skip_all 'no second user here'
as_user unshare -Ur true 2>/dev/null || skip_all 'the kernel does not let users make user namespaces'
save_state
dir=$tmp/user/run/warren

w() {
	as_user warren "$@"
}

# on NODE CMD...: by the words of ip netns; on host: in the top namespace of his own
on() {
	if [ "$1" = host ]; then
		shift
		w exec host "$@"
	else
		w netns exec "$@"
	fi
}

add() {
	local name
	for name; do
		w netns add "$name" || fail "netns add $name"
	done
}

# The last that is deleted ends the process that holds them.
delete_all() {
	ok "$1: all are deleted" w netns -all delete
	leak_check "$1: nothing is left, the holder neither"
}

# Files: they may be there before the namespace, and stay after it.
before=$(cat /etc/hosts /etc/resolv.conf 2>/dev/null | cksum)
as_user mkdir -p -m 700 "$dir" "$dir/etc/office"
as_user sh -c 'echo "1.2.3.4 mytest" >"$1/hosts"; echo "nameserver 10.0.0.53" >"$1/resolv.conf"' sh "$dir/etc/office"
add office home
is 'files: getent sees the one of the node' "$(on office getent hosts mytest | awk '{print $1}')" 1.2.3.4
is 'resolv.conf is its own' "$(on office cat /etc/resolv.conf)" 'nameserver 10.0.0.53'
is 'warren exec sees the same' "$(w exec office getent hosts mytest | awk '{print $1}')" 1.2.3.4
fails 'another node does not' on home getent hosts mytest
fails 'nor does his host' on host getent hosts mytest
on office sh -c 'echo "nameserver 10.0.0.54" >/etc/resolv.conf'
is 'what is written inside is written into his file' "$(cat "$dir/etc/office/resolv.conf")" 'nameserver 10.0.0.54'
is "the machine's files are untouched" "$(cat /etc/hosts /etc/resolv.conf 2>/dev/null | cksum)" "$before"
ok 'all are deleted' w netns -all delete
is 'his files stay, and only they' "$(cd "$dir" && find . -type f | sort | xargs)" './etc/office/hosts ./etc/office/resolv.conf'
add office
is 'and serve the next of that name' "$(on office getent hosts mytest | awk '{print $1}')" 1.2.3.4
as_user rm -r "$dir/etc/office"
delete_all files

# A bridge in his host, and nodes on it.
add red blue h1 h2 h3
on host ip link add v-net-0 type bridge
on host ip link set v-net-0 up
i=0
for n in red blue h1 h2 h3; do
	i=$((i + 1))
	on host ip link add "veth-$n-br" master v-net-0 up type veth peer name eth0 netns $n
	on $n ip addr add 192.168.15.$i/24 dev eth0
	on $n ip link set eth0 up
done
ok 'bridge: red reaches blue' on red ping -c3 -i0.3 -W2 -q 192.168.15.2
ok 'and the last of them' on red ping -c3 -i0.3 -W2 -q 192.168.15.5
like 'red has a neighbour' "$(on red ip neigh)" '^192.168.15.2 dev eth0 lladdr'
like 'so has blue' "$(on blue ip neigh)" '^192.168.15.1 dev eth0 lladdr'
is 'his host has none' "$(on host ip neigh show dev v-net-0 | grep 192)" ''
fails 'his host does not reach them' on host ping -c1 -W1 -q 192.168.15.1
on host ip addr add 192.168.15.50/24 dev v-net-0
ok 'with an address on the bridge it does' on host ping -c3 -i0.3 -W2 -q 192.168.15.1
fails 'the machine does not' ping -c1 -W1 -q 192.168.15.1
is 'and has no link of it' "$(ip -o link | grep -cv ' lo:')" 0
delete_all bridge

# A second network on a node's loopback.
add near far
on host ip link add eth0 netns near type veth peer name eth0 netns far
for n in near far; do
	on $n ip link set lo up
	on $n ip link set eth0 up
done
on near ip addr add 10.0.1.1/24 dev eth0
on far ip addr add 10.0.1.2/24 dev eth0
on far ip addr add 10.0.2.1/24 dev lo
fails 'loopback: without a route it is not reached' on near ping -c1 -W1 -q 10.0.2.1
on near ip route add 10.0.2.0/24 via 10.0.1.2
ok 'with the route it is' on near ping -c3 -i0.3 -W2 -q 10.0.2.1
as_user warren netns exec far socat TCP-LISTEN:7000,bind=10.0.2.1,reuseaddr EXEC:cat &
server=$!
wait_for eval 'on far ss -Hltn | grep -q 10.0.2.1:7000'
is 'what near says comes back' "$(printf 'one\ntwo\n' | on near socat -t2 - TCP:10.0.2.1:7000,connect-timeout=3)" 'one
two'
kill $server 2>/dev/null
wait $server 2>/dev/null
delete_all loopback

# host - near - far, a step at a time.
reached() {
	on host ping -c3 -i0.3 -W1 -q 10.0.3.1
}
add near far
on host ip link add one type veth peer name two netns near
on host ip link add three netns near type veth peer name four netns far
on host ip addr add 10.0.1.1/24 dev one
on near ip addr add 10.0.1.2/24 dev two
on near ip addr add 10.0.2.1/24 dev three
on far ip addr add 10.0.2.2/24 dev four
on far ip addr add 10.0.3.1/32 dev lo
on host ip link set one up
on near ip link set two up
on near ip link set three up
on far ip link set four up
on far ip link set lo up
fails 'chain: no route' reached
on host ip route add 10.0.2.0/24 via 10.0.1.2
on host ip route add 10.0.3.1/32 via 10.0.1.2
fails 'near does not forward, and knows no way' reached
on near sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
fails 'near knows no way' reached
on near ip route add 10.0.3.1/32 via 10.0.2.2
fails 'no way back from far' reached
on far ip route add default via 10.0.2.1
ok 'all there: it is reached' reached
is 'the machine forwards as before' "$(cat /proc/sys/net/ipv4/ip_forward)" "$(awk '/^== settings/ { getline; print }' "$tmp/.before")"
delete_all chain
done_testing
