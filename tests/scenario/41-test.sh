#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# warren test: expectations against real services, filters and paths.
# shellcheck source=tests/scenario/lib.sh
. "$(dirname "$0")/lib.sh"
need ip python3 nft curl strace

cat >lab.yaml <<'YAML'
name: lab
namespaces:
  a: {routes: [{to: default, via: 10.0.1.2}]}
  r1:
    forwarding: true
    routes: [{to: 10.0.3.0/24, via: 10.0.2.2}]
  r2:
    forwarding: true
    routes: [{to: 10.0.1.0/24, via: 10.0.2.1}]
  b: {routes: [{to: default, via: 10.0.3.1}]}
links:
  - {endpoints: [a, r1], subnet: 10.0.1.0/24}
  - {endpoints: [r1, r2], subnet: 10.0.2.0/24}
  - {endpoints: [r2, b], subnet: 10.0.3.0/24}
YAML

# with EXPECTATION...: lab.yaml and these, in with.yaml
with() {
	{
		cat lab.yaml
		echo expect:
		printf '  - "%s"\n' "$@"
	} >with.yaml
}

# holds EXPECTATION, breaks EXPECTATION REASON
holds() {
	with "$1"
	exits 0 "holds: $1" warren test -W 400 with.yaml
}
breaks() {
	with "$1"
	exits 1 "does not hold: $1" warren test -W 400 with.yaml
	like "... because: $2" "$out" "^# with\.yaml:[0-9]+:[0-9]+: .*$2"
}

with 'a -> b'
fails 'a network that is not up' warren test with.yaml
like 'is named' "$err" "network 'lab' is not up"
ok 'up' warren up lab.yaml

ip netns exec b python3 -m http.server 80 >/dev/null 2>&1 &
web=$!
# 53: answers everything; 54: never answers; 55, 56: the same, but filtered
ip netns exec b python3 -c '
import selectors, socket
sel = selectors.DefaultSelector()
for port in (53, 54, 55, 56):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", port))
    sel.register(s, selectors.EVENT_READ, port)
while True:
    for key, _ in sel.select():
        data, peer = key.fileobj.recvfrom(4096)
        if key.data == 53:
            key.fileobj.sendto(data, peer)' &
udp=$!
ip netns exec b nft -f - <<'NFT'
table inet f {
	chain i {
		type filter hook input priority 0
		udp dport 55 drop
		udp dport 56 reject with icmpx type admin-prohibited
		tcp dport 22 drop
		tcp dport 23 reject with icmpx type admin-prohibited
	}
}
NFT
wait_for ip netns exec a curl -s http://10.0.3.2/ || fail 'the web server runs'
wait_for eval '[ "$(ip netns exec b ss -Hlun | wc -l)" = 4 ]' || fail 'the UDP services run'

holds 'a -> b'
holds 'b -> a'
holds 'a -> 10.0.2.2'
holds 'r[1-2] -> b'
breaks 'a -x b' 'it is reached, but must not be'
breaks 'a -> 10.7.7.7' 'no route to it in r1'
holds 'a -x 10.7.7.7'

holds 'a -> b:80'
breaks 'a -x b:80' 'it is reached'
breaks 'a -> b:81' 'connection refused'
holds 'a -x b:81'
breaks 'a -> b:22' 'no answer'
holds 'a -x b:22'
breaks 'a -> b:23' 'b prohibits it'
holds 'a -x b:23'

holds 'a -> b:53/udp'
holds 'a -> b:54/udp'
breaks 'a -x b:54/udp' 'a service there gets what is sent'
breaks 'a -> b:55/udp' 'no answer'
holds 'a -x b:55/udp'
breaks 'a -> b:56/udp' 'prohibits it'
breaks 'a -> b:57/udp' 'nobody listens'
holds 'a -x b:57/udp'

holds 'a -> b via r1, r2'
holds 'b -> 10.0.1.1 via r2, r1'
holds 'a -> r2 via r1'
breaks 'a -> b via r1' 'the path goes on after r1'
breaks 'a -> b via r2, r1' 'hop 1 is not r2; the path is r1, r2, b'
breaks 'a -> b via r1, r2, b' 'the path has only 2 routers'
holds 'a -> b:80 via r1, r2'

# A router that says nothing of its own may be where the path goes on; a target may filter echo.
ip netns exec r2 nft 'table ip f { chain o { type filter hook output priority 0; icmp type time-exceeded drop; }; }'
breaks 'a -> b via r1' 'hop 2, which should be b, does not answer; the path may go on: r1, \?$'
breaks 'a -> 10.0.3.2 via r1' 'hop 2, which should be 10\.0\.3\.2, does not answer; the path may go on: r1, \?$'
breaks 'a -> b via r1, r2' 'hop 2, which should be r2, does not answer; the path is r1, \?, b$'
holds 'a -> r2 via r1'
ip netns exec r2 nft flush ruleset
ip netns exec b nft add rule inet f i icmp type echo-request drop
holds 'a -> b:80 via r1, r2'
ip netns exec b nft delete rule inet f i handle "$(ip netns exec b nft -a list chain inet f i | sed -n 's/.*echo-request.*handle //p')"

# A router allows six "time exceeded" to one destination, then one a second: patience.
many=()
for _ in 1 2 3 4 5 6 7 8 9; do many+=('a -> b via r1, r2'); done
with "${many[@]}"
exits 0 'many paths through one router' warren test -W 400 with.yaml

with 'a -> b' 'a -> b:81' 'a -x b:22' 'a -> b via r2, r1'
exits 1 'JSON' warren test -W 400 --json --junit out.xml with.yaml
is 'has what holds and what not' "$(printf '%s' "$out" | python3 -c '
import json, sys
d = json.load(sys.stdin)
print(d["passed"], d["failed"], [e["passed"] for e in d["expectations"]], d["expectations"][1]["status"])')" \
	'2 2 [True, False, True, False] refused'
is 'JUnit has the same' "$(python3 -c '
import xml.etree.ElementTree as e
r = e.parse("out.xml").getroot()
print(r.get("tests"), r.get("failures"), [len(c) for c in r])')" '4 2 [0, 1, 0, 1]'
run warren test -W 400 with.yaml
is 'TAP has a plan and a line each' "$(printf '%s\n' "$out" | grep -cE '^(1\.\.4|(not )?ok [1-4] - .*)$')" 5

# Whatever the file and its name have in them, TAP is lines and JUnit is XML.
odd=$(printf 'od\377d\033[31m<&\357\277\276.yaml')
long=$(printf 'r1, r2, %.0s' {1..100})
{
	cat lab.yaml
	printf 'expect:\n  - |\n    a\t->\n      b:81\n  - a -> b via %sr1\n' "$long"
} >"$odd"
exits 1 'an expectation over lines, a long one, a file with an odd name' warren test -W 400 --junit out.xml "./$odd"
is 'TAP: a line each, white space once' "$(printf '%s\n' "$out" | sed 's/, r.*r1$/, .../')" "1..2
not ok 1 - a -> b:81
# ./od\\xffd\\x1b[31m<&$(printf '\357\277\276').yaml:16:5: connection refused
not ok 2 - a -> b via r1, ...
# ./od\\xffd\\x1b[31m<&$(printf '\357\277\276').yaml:19:5: the path has only 2 routers: r1, r2, b
# 2 of 2 failed"
is 'TAP: the long one is whole' "$(printf '%s\n' "$out" | sed -n 's/^not ok 2 - //p')" "a -> b via ${long}r1"
is 'JUnit: all of it, nothing that XML has no place for' "$(python3 -c '
import xml.etree.ElementTree as e
for c in e.parse("out.xml").getroot():
    print(c.get("name"), c.get("file"), c[0].get("message"))')" "a -> b:81 ./od\\xffd\\x1b[31m<&?.yaml connection refused
a -> b via ${long}r1 ./od\\xffd\\x1b[31m<&?.yaml the path has only 2 routers: r1, r2, b"
exits 1 'quiet' warren test -q -W 400 with.yaml
is 'says nothing' "$out$err" ''
with 'r[1-2] -> b' 'a -> b' 'a -> b:80' 'a -x b:22' 'a -> b:53/udp' 'a -x b:57/udp' 'a -> b via r1, r2'
strace -f -qq -o calls -e trace=clone,clone3,fork,vfork "$WARREN" test -q -W 400 with.yaml
is 'no expectation takes a process or a thread' "$? $(cat calls)" '0 '
ok 'no expectations' warren test lab.yaml
like 'are said to be none' "$out" '^1\.\.0 # SKIP'

kill $web $udp
wait $web $udp 2>/dev/null
ok 'down' warren down lab
done_testing
