# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# What Warren did not make, it neither changes nor removes: it is an error before anything is done.
. "$(dirname "$0")/lib.sh"
need ip

cat >way.yaml <<'E1'
name: way
namespaces:
  red: {}
  blue: {}
links:
  - {endpoints: [red:eth0, blue:eth0], subnet: 10.8.1.0/24}
  - {endpoints: [red:eth1, "host:tored"], subnet: 10.8.2.0/24}
E1

refused() { # refused WHAT REGEX
	fails "$1: refused" warren up way.yaml
	like "$1: the error says what and where" "$err" "$2"
	is "$1: blue was not made" "$(ls /run/netns)" "$3"
}

ip netns add red
ip -n red link add mine type bridge
refused 'a namespace of that name' "way.yaml:3:[0-9]+: .*namespace 'red' exists" red
ok 'it is untouched' ip -n red link show mine
fails 'plan says so too' warren plan way.yaml
ip netns del red

touch /run/netns/red
refused 'a plain file' "namespace 'red'.*/run/netns/red is " red
rm /run/netns/red
mkdir /run/netns/red
refused 'a directory' "namespace 'red'.*/run/netns/red is a directory" red
rmdir /run/netns/red
mkfifo /run/netns/red
refused 'a FIFO' "namespace 'red'.*/run/netns/red is a FIFO" red
rm /run/netns/red
ln -s /proc/self/ns/net /run/netns/red
fails 'a link to another namespace: refused' timeout 20 "$WARREN" up way.yaml
is 'it is still there' "$(readlink /run/netns/red)" /proc/self/ns/net
rm /run/netns/red
ln -s /nowhere /run/netns/red
refused 'a link to nothing' "namespace 'red'.*/run/netns/red is a symbolic link to nothing" red
rm /run/netns/red

ip link add other type bridge
ip link property add dev other altname tored
refused 'an alternative name in the host' "way.yaml:7:[0-9]+: .*link 'other' of the host has the alternative name 'tored'" ''
ip link del other

# in whatever order several stand, and a long one as well
for names in 'tored aaa' 'aaa tored' 'aaa tored zzz'; do
	ip link add other type bridge
	for name in $names; do ip link property add dev other altname "$name"; done
	refused "one of the alternative names $names" "way.yaml:7:[0-9]+: .*link 'other' of the host has the alternative name 'tored'" ''
	fails 'plan says so too' warren plan way.yaml
	ip link del other
done
cp way.yaml short.yaml
sed -i 's/tored/this-is-a-long-name/' way.yaml
ip link add other type bridge
ip link property add dev other altname aaa altname this-is-a-long-name
refused 'an alternative name that ours would have' "way.yaml:7:[0-9]+: .*link 'other' of the host has the alternative name 'this-is-a-long-name'" ''
ip link property del dev other altname this-is-a-long-name
ok 'without it it comes up' warren up way.yaml
ip link property add dev this-is-a-long-name altname bbb
exits 0 'another alternative name of it is no difference' warren status way.yaml
ip link property del dev bbb altname this-is-a-long-name
exits 3 'without its own it is one' warren status way.yaml
ok 'up' warren up way.yaml
ok 'it has it again' ip link show this-is-a-long-name
ip -n red link add z0 type bridge
ip -n red link property add dev z0 altname bbb altname eth9
sed -i 's/red:eth1/red:eth9/' way.yaml
fails 'an alternative name in a node: refused' warren up way.yaml
like 'with the remedy' "$err" "way.yaml:7:[0-9]+: .*link 'z0' in 'red' has the alternative name 'eth9'.*ip -n red link property del dev z0 altname eth9"
ok 'the network is as it was' ip link show this-is-a-long-name
ok 'down' warren down way.yaml
ip link del other
mv short.yaml way.yaml

ip link add tored type bridge
refused 'a link in the host' "way.yaml:7:[0-9]+: .*link 'tored' exists in the host" ''
like 'it is untouched' "$(ip -d link show tored)" bridge
ip link del tored

ip link add other type bridge
ip addr add 10.8.2.2/24 dev other
refused 'an address of the host' "way.yaml:7:[0-9]+: .*address 10.8.2.2.* the host has it already, on 'other'" ''
like 'it is untouched' "$(ip addr show other)" 10.8.2.2/24
ip addr flush dev other
ip addr add 10.8.0.1/16 dev other
refused 'a network of the host' "way.yaml:7:[0-9]+: .*overlaps 10.8.0.0/16, which the host is connected to by 'other'" ''
ip link del other

mkdir -p /etc/netns/blue
echo 'nameserver 10.9.9.9' >/etc/netns/blue/resolv.conf
refused 'files of the administrator' 'way.yaml:4:[0-9]+: .*/etc/netns/blue exists' ''
is 'they are untouched' "$(cat /etc/netns/blue/resolv.conf)" 'nameserver 10.9.9.9'
rm -r /etc/netns

ok 'with nothing in the way it comes up' warren up way.yaml
ok 'the host reaches red' ping -c3 -i0.3 -W2 -q 10.8.2.1

# routes and rules of the host, also when the network is up already
like 'red can be reached' "$(ip route get 10.8.2.1)" 'dev tored'
cp way.yaml before.yaml
sed -i 's/^namespaces:/&\n  host:\n    routes: [{to: 10.8.9.0\/24, via: 10.8.2.1}]\n    rules: [{from: 10.8.9.0\/24, table: 77}]/' way.yaml
for theirs in 'via 10.8.2.1 dev tored' 'dev tored'; do
	# shellcheck disable=SC2086 # words
	ip route add 10.8.9.0/24 $theirs
	fails "a route of the host ($theirs): refused" warren up way.yaml
	like 'the error says which' "$err" 'way.yaml:4:[0-9]+: .*route 10.8.9.0/24 .*the host has one'
	like 'it is untouched' "$(ip route show 10.8.9.0/24)" "^10.8.9.0/24 $theirs"
	exits 0 'the network is as it was' warren status before.yaml
	ip route del 10.8.9.0/24
done
# one that the kernel made for an address of others
ip link add other type bridge
ip link add port type veth peer name back
ip link set port master other up
ip link set back up
ip link set other up
ip addr add 10.8.9.1/24 dev other
for verb in plan 'up --dry-run' up; do
	# shellcheck disable=SC2086 # words
	fails "a network that the host is connected to: refused by $verb" warren $verb way.yaml
	like 'the error says which' "$err" 'way.yaml:4:[0-9]+: .*route 10.8.9.0/24 .*the host has one .*10.8.9.0/24 dev other'
	exits 0 'the network is as it was' warren status before.yaml
done
ip link del other
ip link del port
sed 's/subnet: 10.8.2.0.24/subnet: 10.8.3.0\/24/; s/10.8.9.0/10.8.2.0/; s/via: 10.8.2.1/via: 10.8.3.1/; s/, rules:.*//; /rules:/d' way.yaml >moved.yaml
ok 'a route to the network that an address of ours went with' warren up moved.yaml
like 'is there' "$(ip route show 10.8.2.0/24)" 'via 10.8.3.1 dev tored'
exits 0 'and is no difference' warren status moved.yaml
ok 'and back' warren up before.yaml
ip rule add from 10.8.9.0/24 table 77 priority 10000
fails 'a rule of the host: refused' warren up way.yaml
like 'the error says which' "$err" 'way.yaml:5:[0-9]+: .*rule .*10.8.9.0/24 .*the host has it already'
ip rule del from 10.8.9.0/24 table 77
ok 'without them it comes up' warren up way.yaml
like 'with its route' "$(ip route show 10.8.9.0/24)" 'via 10.8.2.1 dev tored'
ok 'and back' warren up before.yaml
is 'the route is gone' "$(ip route show 10.8.9.0/24; ip rule show priority 10000)" ''
cp before.yaml way.yaml

# what others put in the place of what Warren made is theirs
sed -i 's/^namespaces:/&\n  host:\n    interfaces: {lo: {addresses: [10.8.9.1\/32]}}\n    routes: [{to: 10.8.9.0\/24, via: 10.8.2.1}]\n    rules: [{from: 10.8.9.0\/24, table: 77}]/' way.yaml
ok 'up, with routes, rules and addresses of the host' warren up way.yaml
like 'they can be told from others' "$(ip route show 10.8.9.0/24; ip rule show priority 10000)" 'proto 87'
ip route replace 10.8.9.0/24 via 10.8.2.1 dev tored
ip rule del priority 10000
ip rule add from 10.8.9.0/24 table 77 priority 10000
ip rule add from 10.8.9.0/24 table 77 priority 10001 dport 53
ip addr del 10.8.9.1/32 dev lo
ip addr add 10.8.9.1/32 dev lo
ok 'back' warren up before.yaml
like 'the route stays' "$(ip route show 10.8.9.0/24)" 'via 10.8.2.1 dev tored'
is 'the rules stay' "$(ip rule show | grep -c 10.8.9.0/24)" 2
like 'the address stays' "$(ip -o addr show dev lo)" '10.8.9.1/32'
ip route del 10.8.9.0/24
ip rule del priority 10000
ip rule del priority 10001
ip addr del 10.8.9.1/32 dev lo
cp before.yaml way.yaml

# another network may not have the same names
sed 's/^name: way/name: other/' way.yaml >other.yaml
fails 'a second network with the same nodes: refused' warren up other.yaml
like 'the error names them' "$err" "namespace 'red' exists"
exits 0 'the first one is unharmed' warren status way.yaml

# somebody takes our name for his own namespace
ip netns del red
ip netns add red
ip -n red link add mine type bridge
fails 'up does not take it for ours' warren up way.yaml
ok 'down neither' warren down way.yaml
like 'and says what stays' "$err" "namespace 'red' does not carry the mark of network 'way'.*warren netns delete red"
ok 'it is still there' ip -n red link show mine
ip netns del red
done_testing
