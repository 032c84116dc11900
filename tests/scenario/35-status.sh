# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# status: drift, and what somebody typed by hand into the network's namespaces, which is no drift.
. "$(dirname "$0")/lib.sh"
need ip python3

cat >lab.yaml <<'E1'
name: lab
namespaces: {red: , blue: }
links:
  - {endpoints: [red:eth0, blue:eth0], subnet: 10.3.1.0/24}
switches:
  sw: {ports: [red], subnet: 10.3.2.0/24}
E1
field() { # field EXPRESSION: of what status --json says, as d
	warren status lab --json | python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"
}

ok 'up' warren up lab.yaml
like 'up counts' "$out" '^lab is up: 2 namespaces, 1 switch, '
is 'status counts the same' "$(warren status | awk '{ print $1, $2, $3, $4 }' | tr '\n' /)" \
	'NETWORK NAMESPACES SWITCHES STATE/lab 2 1 up/'
exits 0 'status of what is as it shall be' warren status lab
is 'one line says so' "$out" 'lab is up, as its file says'
is 'in JSON too' "$(field "d['up'], d['drift'], d['also']")" 'True [] []'

ip -n red link add extra0 type bridge
ip -n red addr add 10.9.9.9/24 dev eth0
ip -n red addr add fd09::9/64 dev lo 2>/dev/null
ip -n blue route add 10.9.8.0/24 via 10.3.1.1
ip -n blue rule add from 10.9.8.0/24 table 99 priority 99
ip -n sw link add extra1 type bridge
ip link add hostextra type bridge
exits 0 'what is there besides is no drift' warren status lab
like 'the first line says that all is as it shall be' "$out" '^lab is up, as its file says'
like 'and then what is also there' "$out" '^also there'
for what in 'link extra0 in red' 'address 10.9.9.9/24 dev eth0 in red' 'address fd09::9/64 dev lo in red' \
	'route 10.9.8.0/24 via 10.3.1.1 dev eth0 in blue' 'rule .*from 10.9.8.0/24.* in blue' \
	'link extra1 in sw'; do
	like "$what" "$out" "$what"
done
unlike 'what is in the host is the host'\''s' "$out" hostextra
is 'nothing else' "$(field "len(d['drift']), len(d['also'])")" '0 6'
is 'its parts are apart in JSON' \
	"$(field "[(a['object'], a['name']) for a in d['also'] if a['node'] == 'blue'][0]")" \
	"('route', '10.9.8.0/24 via 10.3.1.1 dev eth0')"
exits 0 'quiet says nothing' warren status -q lab
is 'at all' "$out$err" ''

ip -n red addr del 10.3.1.1/24 dev eth0
exits 3 'with drift beside it there is drift' warren status lab
like 'that is what up would do' "$out" '^\+ address 10.3.1.1/24 dev eth0 in red'
is 'drift and the rest are apart' "$(field "len(d['drift']), len(d['also'])")" '1 6'
ok 'up repairs it' warren up lab.yaml
ok 'and leaves what others made' ip -n red link show extra0
exits 0 'no drift is left' warren status lab.yaml
like 'a file says the same' "$out" 'link extra0 in red'
run warren plan lab.yaml
unlike 'plan has nothing to do with it' "$out" extra0
ok 'what a down would do' warren down --dry-run lab
is 'names what goes with its namespace' "$(grep 'not made by Warren' <<<"$out" | cut -d: -f1 | sort)" \
	"$(printf -- '- link extra%s\n' '0 in red' '1 in sw')"
printf 'name: lab\nnamespaces: {blue: }\nswitches: {sw: {ports: [blue], subnet: 10.3.2.0/24}}\n' >without.yaml
run warren plan without.yaml
is 'so does a plan without the node' "$rc $(grep 'not made by Warren' <<<"$out" | cut -d: -f1)" '0 - link extra0 in red'
is 'it is a step in JSON' "$(warren --json plan without.yaml |
	python3 -c "import json, sys; print([s['do'] for s in json.load(sys.stdin)['steps'] if s['name'] == 'extra0'])")" "['delete']"

ok 'another program deletes a namespace' ip netns del blue
missing() { warren status --json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["missing"])'; }
like 'the list says that it is missing' "$(warren status)" '^lab +2 +1 +up, 1 missing +'
is 'in JSON too' "$(missing)" 1
ok 'a file without a namespace has its name' touch /run/netns/blue
is 'it is missing all the same' "$(missing)" 1
ok 'nothing stands in its way any more' rm /run/netns/blue
ok 'up makes it again' warren up lab.yaml
is 'nothing is missing' "$(missing)" 0
ok 'all of them are deleted' ip -all netns del
is 'all are missing' "$(missing)" 3
exits 3 'of which status speaks at length' warren status lab
ok 'down' warren down lab
ip link del hostextra
exits 3 'a network that is not up' warren status lab.yaml
like 'says so' "$out" 'lab is not up'
done_testing
