#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# warren ping: who reaches whom, compared with ping(8) in each namespace.
# shellcheck source=tests/scenario/lib.sh
. "$(dirname "$0")/lib.sh"
need ip ping python3 nft strace

cat >lab.yaml <<'YAML'
name: lab
namespaces:
  a:
    routes: [{to: default, via: 10.0.1.2}, {to: default, via: "fd01::2"}, {to: 10.9.1.0/24, type: prohibit}, {to: 10.9.2.0/24, type: blackhole}]
  r:
    forwarding: true
    routes: [{to: 10.8.0.0/16, via: 10.0.2.2}, {to: 10.0.3.0/24, via: 10.0.2.2}]
  b:
    forwarding: true
    routes: [{to: default, via: 10.0.2.1}, {to: default, via: "fd02::1"}]
  far: {}
  alone: {}
links:
  - {endpoints: [a, r], addresses: [[10.0.1.1/24, "fd01::1/64"], [10.0.1.2/24, "fd01::2/64"]]}
  - {endpoints: [r, b], addresses: [[10.0.2.1/24, "fd02::1/64"], [10.0.2.2/24, "fd02::2/64"]]}
  # far knows no way back to a.
  - {endpoints: [b, far], addresses: [10.0.3.1/24, 10.0.3.2/24]}
YAML

fails 'a network that is not up' warren ping ./lab.yaml
like 'is named, with the remedy' "$err" "network 'lab' is not up.*warren up"
ok 'up' warren up lab.yaml

# matrix 4|6: "from to yes|no" a line, by ping(8)
by_ping() {
	local a b addr
	for a in a r b far alone; do
		for b in a r b far alone; do
			[ "$a" != "$b" ] || continue
			addr=$(ip -n "$b" -j -"$1" addr show scope global | python3 -c '
import json, sys
found = [a["local"] for i in json.load(sys.stdin) for a in i.get("addr_info", []) if a]
print(found[0] if found else "")')
			if [ -n "$addr" ] && ip netns exec "$a" ping -n -c 1 -W 2 "$addr" >/dev/null 2>&1; then
				echo "$a $b yes"
			else
				echo "$a $b no"
			fi
		done
	done
}

by_warren() {
	warren ping "-$1" --json -W 2000 lab.yaml | python3 -c '
import json, sys
for p in json.load(sys.stdin)["pairs"]:
    print(p["from"], p["to"], "yes" if p["status"] == "ok" else "no")'
}

for v in 4 6; do
	is "IPv$v: the same pairs as ping(8)" "$(by_warren $v)" "$(by_ping $v)"
done

exits 1 'a matrix with failures' warren ping -W 400 lab.yaml
like 'has a row a source' "$out" '^alone +x +x +x +x +-$'
like 'says what a router said, and which' "$(warren ping lab.yaml a 10.7.7.7)" '^a -> 10.7.7.7: no route to it in r '
like 'says that the source has no route' "$out" 'alone -> a .*: no route to it in the source'
like 'says who has no address' "$(warren ping -6 lab.yaml a far)" '^a -> far: it has no address'
exits 0 'one pair' warren ping lab.yaml a b
like 'shows the round trip' "$out" '^a -> b \(10\.0\.2\.2\): [0-9]+\.[0-9]{3} ms$'
exits 0 'of a network by its name' warren ping lab a b
like 'it is the same' "$out" '^a -> b \(10\.0\.2\.2\)'
exits 1 'all pairs by its name' warren ping -W 400 lab
like 'are the same' "$out" '^alone +x +x +x +x +-$'
is 'in JSON, too' "$(warren ping --json lab a b | python3 -c 'import json, sys; print(json.load(sys.stdin)["network"])')" lab
exits 2 'with variables' warren ping --set a=b lab
like 'of a file' "$err" '--set goes with a file; lab is a network that is up'
exits 1 'neither a network nor a file' warren ping lbb
like 'the error has the nearest' "$err" 'lbb: no such network is up .*did you mean lab'
sed 's/^name: lab/name: here/; s/\<a\>/lab/g' lab.yaml >warren.yaml
exits 1 'a node that is called as a network means that' warren ping -W 400 lab
like 'which has its own nodes' "$out" '^alone +x +x +x +x +-$'
fails 'but with the file' warren ping warren.yaml lab
like 'it is that network' "$err" "network 'here' is not up"
is 'a node of that file' "$(warren ping --json -W 400 r | python3 -c 'import json, sys; print(json.load(sys.stdin)["network"])')" here
rm warren.yaml
exits 0 'to an address' warren ping lab.yaml a 10.0.2.1 fd02::2
exits 1 'an unknown node' warren ping lab.yaml nope
like 'is named' "$err" "no node 'nope'"
exits 2 '-4 and -6' warren ping -46 lab.yaml
like 'a route that prohibits' "$(warren ping lab.yaml a 10.9.1.1)" 'a route of its own prohibits it'
like 'a route that swallows' "$(warren ping lab.yaml a 10.9.2.1)" 'blackhole'
like 'a loop' "$(warren ping lab.yaml a 10.8.1.1)" 'time to live ran out at (r|b)'
like 'who does not come back is silent' "$(warren ping -W 200 lab.yaml a far)" ': no answer$'

ip netns exec b nft 'table ip f { chain i { type filter hook input priority 0; icmp type echo-request reject with icmp type admin-prohibited; }; }'
like 'a filter that says so' "$(warren ping lab.yaml a b)" ': b prohibits it$'
ip netns exec b nft flush ruleset
ip netns exec b nft 'table ip f { chain i { type filter hook input priority 0; icmp type echo-request drop; }; }'
like 'a filter that does not' "$(warren ping -W 200 lab.yaml a b)" ': no answer$'
ip netns exec b nft flush ruleset
ip netns exec a nft 'table ip f { chain o { type filter hook output priority 0; icmp type echo-request drop; }; }'
like 'a filter of the source' "$(warren ping lab.yaml a b)" 'a filter of its own'
ip netns exec a nft flush ruleset
exits 0 'and all is well again' warren ping lab.yaml a b r

# Ctrl-C: a long wait ends at once.
env --default-signal=INT "$WARREN" ping -q -W 3600000 lab.yaml &
pid=$!
sleep 0.5
kill -INT $pid
rc=0
wait $pid || rc=$?
is 'Ctrl-C ends it, by the signal' "$rc" 130

ok 'down' warren down lab

# One address stands for a node in all places: ping, the hosts file, expectations.
address_of_far() {
	printf 'name: known\nrouting: %s\nloopbacks: 10.9.0.0/24\nnamespaces: {near: , far: }\n' "$1" >known.yaml
	printf 'links: [{endpoints: [near, far], subnet: 10.8.0.0/24}]\nexpect: [near -> far]\n' >>known.yaml
	ok "two nodes with loopbacks, routing $1" warren up known.yaml
	exits 0 'ping finds the way' warren ping known.yaml
	is 'by the first address' "$(warren ping --json known.yaml near far | python3 -c '
import json, sys
print(json.load(sys.stdin)["pairs"][0]["address"])')" "$2"
	is 'which the hosts file has' "$(awk '$2 == "far" { print $1 }' /etc/netns/near/hosts)" "$2"
	is 'and expectations take' "$(warren test --json known.yaml | python3 -c '
import json, sys
print(json.load(sys.stdin)["expectations"][0]["address"])')" "$2"
	ok 'down' warren down known
}
address_of_far none 10.8.0.2
address_of_far static 10.9.0.2

# More pairs on one switch than the machine's neighbour table has room for.
cat >star.yaml <<'YAML'
name: star
namespaces: {"h[1-40]": {}}
switches:
  sw: {ports: ["h[1-40]"], subnet: 10.1.0.0/24}
YAML
ok 'a switch with 40 nodes' warren up star.yaml
ip -n h1 neigh add 10.1.0.200 lladdr 02:00:00:00:00:99 dev eth0
exits 0 'all pairs of 40 nodes' warren ping star.yaml
like 'are 1560' "$out" '^1560 of 1560 pairs answer'
like 'in rows of characters' "$out" '^h40 +\.{39}-$'
like 'what somebody wrote into a neighbour table stays' "$(ip -n h1 neigh show 10.1.0.200)" PERMANENT
exits 1 'a switch sends nothing' warren ping star.yaml sw
like 'and is called one' "$err" "'sw' is a switch"
strace -f -qq -o calls -e trace=clone,clone3,fork,vfork "$WARREN" ping -q star.yaml
is 'no pair takes a process or a thread' "$? $(cat calls)" '0 '
few() { (ulimit -n 48 && exec "$WARREN" ping "$@"); }
exits 0 'with few descriptors' few star.yaml
ip -n h7 link set eth0 down
exits 1 'a node whose link is down' warren ping -W 200 star.yaml
like 'costs its own pairs only' "$out" '^1482 of 1560 pairs answer'
like 'failures are listed, but not endlessly' "$out" '^\.\.\. and 58 more; -v lists all$'
ok 'down' warren down star

# A second for all pairs is common; a wait or a process for each would take minutes.
sed -i 's/40/100/g' star.yaml
ok 'a switch with 100 nodes' warren up star.yaml
exits 0 'all pairs of 100 nodes' timeout 60 "$WARREN" ping star.yaml
like 'are 9900' "$out" '^9900 of 9900 pairs answer'
ok 'down' warren down star

# More neighbours behind routers than the machine's table holds (gc_thresh3): theirs make room, too
{
	printf 'name: tree\nrouting: static\nnamespaces: {root: , "r[1-11]": , "h[1-11][01-99]": }\nswitches:\n'
	for i in {1..11}; do echo "  s$i: {ports: [r$i, 'h${i}[01-99]']}"; done
	printf 'links:\n- endpoints: [root, "r[1-11]"]\n'
} >tree.yaml
ok 'a tree of 1101 comes up' warren up -q tree.yaml
exits 0 'its root reaches all' timeout 120 "$WARREN" ping tree.yaml root
like 'each of them' "$out" '^1100 of 1100 pairs answer'
ok 'down' warren down -q tree.yaml
done_testing
