# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# --json: what each verb prints is one JSON value, in which a program finds what people read.
. "$(dirname "$0")/lib.sh"
need ip ping python3

cp "$top/examples/chain.yaml" .
name=$(printf 'a"\\\n\tb\xff')

# json CODE EXPRESSION WANT ARG...: `warren ARG...` ends with CODE and prints JSON, of which (as d) EXPRESSION is WANT
json() {
	local code=$1 expression=$2 want=$3
	shift 3
	exits "$code" "warren $*" warren "$@"
	cp "$tmp/.out" printed
	is '... says nothing on standard error' "$err" ''
	ok '... prints JSON' python3 -m json.tool printed
	is "... in which $expression" "$(value "$expression" <printed)" "$want"
}
value() {
	python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"
}

json 0 "d['name'], d['namespaces'], d['links'], d['switches'], d['routes'], d['expectations']" \
	"chain 2 2 0 4 2" check --json chain.yaml
json 0 "d['network'], len(d['steps']), d['steps'][0]" "chain 13 {'do': 'add', 'object': 'namespace', \
'node': 'near', 'name': 'near', 'line': 8, 'column': 3}" plan chain.yaml --json
json 0 "d['network'], len(d['steps'])" 'chain 13' up --dry-run --json chain.yaml
json 0 "d" '[]' status --json
json 3 "d['network'], d['up'], d['interrupted']" 'chain False False' status --json chain.yaml
json 0 "d['network'], d['steps']" 'chain []' down chain.yaml --dry-run --json
json 0 "sorted(d), [n['name'] for n in d['nodes']], d['links'][0]['ends'][0]" "['links', 'name', 'nodes'] \
['host', 'near', 'far'] {'node': 'host', 'interface': 'one', 'addresses': ['10.0.1.1/24']}" graph --json chain.yaml

exits 0 'up --json' warren up chain.yaml --json --timings
is 'counts what it made, and says where the time went' "$(value "d['network'], d['namespaces'], \
d['switches'], d['links'], d['added'], d['deleted'], 0 < d['timings']['total'] < 60, \
all(v >= 0 for v in d['timings'].values())" <<<"$out")" 'chain 2 0 2 13 0 True True'
json 0 "d['added'], d['changed'], d['deleted']" '0 0 0' up chain.yaml --json
json 0 "d['steps']" '[]' plan --json chain.yaml
json 0 "[(n['network'], n['file'], n['namespaces'], n['switches'], n['interrupted']) for n in d]" \
	"[('chain', '$tmp/chain.yaml', 2, 0, False)]" status --json
json 0 "d['up'], d['drift'], d['also']" 'True [] []' status chain --json
json 0 "d['passed'], d['failed'], [(e['text'], e['line'], e['passed']) for e in d['expectations']]" \
	"2 0 [('host -> 10.0.3.1 via near', 19, True), ('far -> 10.0.1.1 via near', 20, True)]" test --json chain.yaml
json 0 "d['ok'], d['failed'], [(p['from'], p['to'], p['status'], p['tries']) for p in d['pairs']][:2]" \
	"6 0 [('host', 'near', 'ok', 1), ('host', 'far', 'ok', 1)]" ping --json ./chain.yaml
json 0 "d['pairs'][0]['address'], d['pairs'][0]['rtt_ms'] > 0" '10.0.3.1 True' ping --json ./chain.yaml near 10.0.3.1
json 1 "d['ok'], d['failed'], d['pairs'][0]['status'] != 'ok', 'rtt_ms' in d['pairs'][0]" '0 1 True False' \
	ping --json -W 100 ./chain.yaml near 10.0.2.99

ip -n far addr del 10.0.3.1/32 dev lo
json 3 "d['up'], [(s['do'], s['object'], s['node'], s['name']) for s in d['drift']]" \
	"True [('add', 'address', 'far', '10.0.3.1/32 dev lo')]" status --json chain.yaml
json 1 "d['failed'], d['expectations'][0]['passed'], d['expectations'][0]['reason'] != ''" '1 False True' \
	test --json -W 100 chain.yaml
json 0 "[s['name'] for s in d['steps']]" "['one', 'near', 'far']" down chain --dry-run --json
exits 0 'down --json' warren down chain --json
is 'counts what it removed' "$(value "d['network'], d['added'], d['changed'], d['deleted'] >= 3" <<<"$out")" 'chain 0 0 True'

# netns: as ip prints it, plain and pretty, whatever bytes a name is made of
warren netns add red
warren netns set red 3
for options in -j --json '-j -p'; do
	# shellcheck disable=SC2086 # words
	json 0 'd' "[{'name': 'red', 'id': 3}]" netns $options list
	# shellcheck disable=SC2086 # words
	is '... as ip prints it' "$(cat printed)" "$(ip $options netns list)"
done
json 0 'd' "[{'name': 'red', 'id': 3}]" --json netns list
json 0 'd' "[{'nsid': 3, 'name': 'red'}]" netns -j list-id
warren netns delete red
warren netns add "$name"
json 0 "ascii(d[0]['name'])" "'a\"\\\\\\n\\tb\\ufffd'" netns -j list
warren netns delete "$name"
json 0 'd' '[]' netns -j list

# What prints nothing for programs takes no --json.
for verb in exec shell run import completion help; do
	exits 2 "$verb takes no --json" warren --json $verb x
	like 'and says so' "$err" "$verb takes no --json"
	is 'and prints nothing' "$out" ''
done
done_testing
