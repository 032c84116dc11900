# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# What the kernel does by itself does not show: no link appears in the host on its way to elsewhere, a bridge keeps its
# MAC address, and IPv6 is silent where the file has none of it.
. "$(dirname "$0")/lib.sh"
need ip ping

# no link in the host, not even for a moment: udev and network managers would take hold of it
heard() { grep -c "$1" events; }
watch() { # watch: a monitor that is seen to listen, by a link that comes and goes
	ip monitor link >events &
	monitor=$!
	for ((i = 0; i < 600; i++)); do
		ip link add sign type bridge
		ip link del sign
		heard 'Deleted.*sign' >/dev/null && return
		sleep 0.05
	done
	fail 'the monitor listens'
}
unwatch() {
	ip link add end type bridge
	ip link del end
	wait_for heard 'Deleted.*end'
	kill $monitor
	wait $monitor 2>/dev/null
	is "$1" "$(grep -v -E '[ :](sign|end)[:@]|link/ether|^ ' events)" "${2:-}"
}

watch
ok 'up of a cable' warren up "$top/examples/cable.yaml"
unwatch 'no link showed in the host'
watch
ok 'down' warren down cable
unwatch 'nor when it went'

watch
ip link add red type veth peer name blue
ip link del red
is 'a link that was made here would have shown' "$(wait_for heard 'Deleted.*red' && heard 'Deleted.*red')" 1
kill $monitor
wait $monitor 2>/dev/null

# a bridge has the MAC address of its lowest port, unless it was given one: neighbours would forget it with the port
lab() { # lab PORTS
	cat >lab.yaml <<E1
name: lab
namespaces: {"h[1-4]": }
switches:
  apart: {ports: [$1], subnet: 10.9.1.0/24}
  here: {ports: [$1], subnet: 10.9.2.0/24, address: 10.9.2.200/24}
E1
}
mac() { ip -n apart link show apart | awk '/link\/ether/ { print $2 }'; ip link show here | awk '/link\/ether/ { print $2 }'; }

lab 'h1, h2'
ok 'up of two switches' warren up lab.yaml
was=$(mac)
is 'both have one' "$(wc -w <<<"$was")" 2
for ports in h1 '"h[1-4]"' 'h3, h4' ''; do
	lab "$ports"
	ok "ports: ${ports:-none}" warren up lab.yaml
	is 'the bridges keep their MAC addresses' "$(mac)" "$was"
done
lab 'h1, h2'
ok 'ports: h1, h2 again' warren up lab.yaml
for at in '-n apart' ''; do
	# shellcheck disable=SC2086 # words
	ip $at link add lowest address 00:00:00:00:00:02 type veth peer name other
	# shellcheck disable=SC2086
	ip $at link set lowest up master "$([ "$at" ] && echo apart || echo here)"
done
is 'a lower one that is plugged in by hand makes no difference' "$(mac)" "$was"
ip -n apart link del lowest
ip link del lowest
ip -n h1 link del eth1
is 'nor does a port that is lost' "$(mac)" "$was"
ok 'the lost port comes back' warren up lab.yaml
is 'the bridges keep their MAC addresses' "$(mac)" "$was"

# no address of IPv6 where the file has none: each would have the kernel send reports and solicitations
six() { ip "$@" -6 -o addr show | awk '$2 != "lo" { print $2, $4 }'; }
for ns in h1 h2 apart; do
	is "$ns: no IPv6 but on lo" "$(six -n $ns)" ''
done
# the bridge in the host is the host's own, and gets one; so ports would have had theirs
wait_for sh -c 'ip -6 addr show dev here | grep -q fe80'
for port in $(ip -o link show master here | awk -F'[ :@]+' '{ print $2 }'); do
	is "port $port in the host: none" "$(ip -6 -o addr show dev "$port")" ''
done
sed -i 's,subnet: 10.9.1.0/24,subnet: [10.9.1.0/24\, "fd00:8::/64"],; s,subnet: 10.9.2.0/24,subnet: [10.9.2.0/24\, "fd00:9::/64"],; s,address: 10.9.2.200/24,address: [10.9.2.200/24\, "fd00:9::200/64"],' lab.yaml
ok 'IPv6 comes' warren up lab.yaml
like 'a node has an address of the link then' "$(six -n h1)" '^eth1 fe80::'
ok 'and reaches its neighbour' ip netns exec h1 ping -c3 -i0.3 -W2 -q fd00:8::2
ok 'and the host' ip netns exec h1 ping -c3 -i0.3 -W2 -q fd00:9::200
for port in $(ip -o link show master here | awk -F'[ :@]+' '{ print $2 }'); do
	is "port $port in the host: still none" "$(ip -6 -o addr show dev "$port")" ''
done
is 'nor a port or bridge apart' "$(six -n apart)" ''
ok 'down' warren down lab

# one that has no IPv6 at all cannot be told to have no address of it, which is no harm
sed -i 's/address: \[.*\]/address: 10.9.2.200\/24, mtu: 1000/; s/subnet: \[10.9.2.*"\]/subnet: 10.9.2.0\/24/' lab.yaml
ok 'up of a switch in the host whose MTU is too small for IPv6' warren up lab.yaml
ok 'it works' ip netns exec h1 ping -c3 -i0.3 -W2 -q 10.9.2.200
exits 0 'status sees no difference' warren status lab.yaml
ok 'down' warren down lab
done_testing
