# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# `up` makes the machine match the file, changes only the difference, repairs drift, and `down` removes it all.
. "$(dirname "$0")/lib.sh"
need ip ping

net() { # net NAME: what follows on stdin is its file
	{ echo "name: changes"; cat; } >changes.yaml
}

net <<'E1'
namespaces:
  red: {}
  blue: {}
  green: {}
links:
  - {endpoints: [red:eth0, blue:eth0], subnet: 10.7.1.0/24}
  - {endpoints: [blue:eth1, green:eth0], subnet: 10.7.2.0/24}
E1
ok 'up' warren up changes.yaml
is 'three namespaces' "$(ip netns list | awk '{print $1}' | sort | xargs)" 'blue green red'
is 'red has its address' "$(ip -n red -4 -br addr show eth0 | awk '{print $3}')" 10.7.1.1/24
is 'nothing else is in red' "$(ip -n red -o link | awk -F'[ @:]+' '{print $2}' | xargs)" 'lo eth0'
ok 'red reaches blue' ip netns exec red ping -c3 -i0.3 -W2 -q 10.7.1.2
ok 'red knows blue by name' ip netns exec red ping -c3 -i0.3 -W2 -q blue
exits 0 'the host has no way in: no link of its own' sh -c '! ip route get 10.7.1.1 2>/dev/null | grep -q eth0'
index=$(ip -n red -o link show eth0 | cut -d: -f1)
inode=$(stat -Lc %i /run/netns/red)

run warren up changes.yaml
is 'up again succeeds' "$rc" 0
like 'and says that there is nothing to do' "$out$err" 'nothing to do'

# a ping that runs through what stays loses nothing while the rest changes
ip netns exec red ping -i 0.01 -c 150 -q 10.7.1.2 >ping.out 2>&1 &
pinger=$!
net <<'E2'
namespaces:
  red: {}
  blue: {forwarding: true}
  yellow: {}
links:
  - {endpoints: [red:eth0, blue:eth0], subnet: 10.7.1.0/24}
  - {endpoints: [blue:eth1, yellow:eth0], subnet: 10.7.3.0/24, mtu: 1400}
E2
ok 'up with a changed file' warren up -v changes.yaml
is 'the cable that leads elsewhere now is made anew once' "$(grep -c 'remove blue: link eth1' <<<"$err")" 1
wait "$pinger"
like 'no packet was lost on the unchanged part' "$(cat ping.out)" ' 0% packet loss'
is 'red is the same namespace' "$(stat -Lc %i /run/netns/red)" "$inode"
is 'its link is the same link' "$(ip -n red -o link show eth0 | cut -d: -f1)" "$index"
is 'green is gone, yellow is there' "$(ip netns list | awk '{print $1}' | sort | xargs)" 'blue red yellow'
is 'blue forwards' "$(ip netns exec blue cat /proc/sys/net/ipv4/ip_forward)" 1
is 'the new cable has its MTU at both ends' \
	"$(ip -n blue -o link show eth1 | grep -o 'mtu [0-9]*') $(ip -n yellow -o link show eth0 | grep -o 'mtu [0-9]*')" \
	'mtu 1400 mtu 1400'
ok 'yellow answers' ip netns exec blue ping -c3 -i0.3 -W2 -q 10.7.3.2

# addresses, routes and settings change in place
net <<'E3'
namespaces:
  red: {routes: [{to: 10.7.3.0/24, via: 10.7.1.9}]}
  blue: {forwarding: true}
  yellow: {gateway: 10.7.3.1, sysctls: {net.ipv4.ip_default_ttl: 99}}
links:
  - {endpoints: [red:eth0, blue:eth0], addresses: [10.7.1.1/24, 10.7.1.9/24]}
  - {endpoints: [blue:eth1, yellow:eth0], subnet: 10.7.3.0/24, mtu: 1300}
E3
ok 'up with other addresses, routes and settings' warren up changes.yaml
is 'blue has only its new address' "$(ip -n blue -4 -o addr show eth0 | awk '{print $4}')" 10.7.1.9/24
like 'red has its route' "$(ip -n red route)" '10.7.3.0/24 via 10.7.1.9 dev eth0'
like 'yellow has its gateway' "$(ip -n yellow route)" 'default via 10.7.3.1 dev eth0'
ok 'red reaches yellow through blue' ip netns exec red ping -c3 -i0.3 -W2 -q 10.7.3.2
is 'the cable has its new MTU' "$(ip -n yellow -o link show eth0 | grep -o 'mtu [0-9]*')" 'mtu 1300'
is 'the setting is set' "$(ip netns exec yellow cat /proc/sys/net/ipv4/ip_default_ttl)" 99
run warren up changes.yaml
like 'and then there is nothing to do' "$out$err" 'nothing to do'

sed -i 's/, sysctls: {[^}]*}//' changes.yaml
ok 'up without the setting' warren up changes.yaml
is 'it is as in any new namespace' "$(ip netns exec yellow cat /proc/sys/net/ipv4/ip_default_ttl)" 64

# drift
ip -n red addr del 10.7.1.1/24 dev eth0
ip -n yellow link set eth0 down
ip -n blue link add extra type bridge
exits 3 'status sees the drift' warren status changes.yaml
ok 'up repairs it' warren up changes.yaml
exits 0 'status sees none' warren status changes.yaml
is 'the address is back' "$(ip -n red -4 -o addr show eth0 | awk '{print $4}')" 10.7.1.1/24
like 'with the route over it' "$(ip -n red route)" '10.7.3.0/24 via 10.7.1.9'
ok 'red reaches yellow again' ip netns exec red ping -c3 -i0.3 -W2 -q 10.7.3.2
ok 'what somebody else made in blue is still there' ip -n blue link show extra

ip -n red link del eth0
ok 'up lays a lost cable again' warren up changes.yaml
ok 'and it works' ip netns exec red ping -c3 -i0.3 -W2 -q 10.7.3.2
ip netns del yellow
ok 'up makes a lost namespace again' warren up changes.yaml
ok 'and it works' ip netns exec red ping -c3 -i0.3 -W2 -q 10.7.3.2

# the far end of a cable goes elsewhere
net <<'E4'
namespaces: {red: {}, blue: {}, yellow: {}}
links:
  - {endpoints: [red:eth0, yellow:eth0], subnet: 10.7.1.0/24}
  - {endpoints: [blue:eth1, yellow:eth1], subnet: 10.7.3.0/24}
E4
ok 'up with a cable plugged elsewhere' warren up changes.yaml
ok 'red reaches yellow directly' ip netns exec red ping -c3 -i0.3 -W2 -q -t1 10.7.1.2
exits 0 'status sees no drift' warren status changes.yaml

ok 'down' warren down changes.yaml
is 'no namespace is left' "$(ip netns list)" ''
ok 'down again does nothing' warren down changes.yaml

# a network without a name is called as its file, by the name that the user gave it
printf 'namespaces: {h1: , h2: }\nlinks: [{endpoints: [h1, h2]}]\n' >real.yaml
ln -s real.yaml lab.yaml
ok 'up by a link to a file' warren up lab.yaml
run warren up lab.yaml
like 'it is the same network the second time' "$out" '^lab: nothing to do'
is 'status lists it' "$(warren status | awk 'NR == 2 {print $1, $NF}')" "lab $PWD/lab.yaml"
ok 'down' warren down lab
ok 'up from standard input' sh -c "$WARREN up - <real.yaml"
ok 'up from standard input again' sh -c "$WARREN up - <real.yaml"
ok 'down of it' warren down "$(warren status | awk 'NR == 2 {print $1}')"
# a switch in the host whose links are too small for IPv6
net <<'E9'
namespaces: {red: {}}
switches: {lan: {ports: [red], subnet: 10.7.9.0/24, address: 10.7.9.9/24, mtu: 1000}}
E9
ok 'up' warren up changes.yaml
ok 'the host reaches it' ping -c3 -i0.3 -W2 -q 10.7.9.1
exits 0 'without drift' warren status changes.yaml
ok 'down' warren down changes
done_testing
