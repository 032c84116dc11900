# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# warren graph: pictures of a topology file, for people and for programs.
. "$(dirname "$0")/lib.sh"

cat >lab.yaml <<'EOF'
name: lab
loopbacks: 10.255.0.0/24
links:
  - {endpoints: [host:to-a, a:eth0], subnet: 10.0.0.0/30}
  - {endpoints: [a, b], subnet: [10.0.1.0/30, 'fd00:1::/64'], cost: 7}
  - {endpoints: [a, b], subnet: 10.0.2.0/30}
switches:
  sw: {ports: [a, b, "h[1-2]"], subnet: 10.0.9.0/24}
namespaces:
  a:
  b:
  h[1-2]:
  alone:
EOF

tree='lab: 5 namespaces, 3 links, 1 switch

host
`- a          10.255.0.1          to-a 10.0.0.1/30 -- eth0 10.0.0.2/30
   |- b       10.255.0.2          eth1 10.0.1.1/30 fd00:1::1/64 -- eth0 10.0.1.2/30 fd00:1::2/64, cost 7
   |  `- (a)                      eth1 10.0.2.2/30 -- eth2 10.0.2.1/30
   `- sw      switch 10.0.9.0/24  eth3 10.0.9.1/24
      |- (b)                      eth2 10.0.9.2/24
      |- h1   10.255.0.3          eth0 10.0.9.3/24
      `- h2   10.255.0.4          eth0 10.0.9.4/24
alone         10.255.0.5'

ok 'a tree' warren graph lab.yaml
is 'the tree shows nodes, addresses, cables and the rings that they close' "$out" "$tree"
like 'a terminal that has UTF-8 gets lines' "$(LC_ALL=C.UTF-8 warren graph lab.yaml)" '└─ a'
is 'what a pipe gives is drawn too' "$(warren graph - <lab.yaml)" "$(warren graph lab.yaml)"
cp lab.yaml warren.yaml
is 'without a file it is warren.yaml' "$(warren graph)" "$(warren graph lab.yaml)"

ok 'JSON' warren graph --json lab.yaml
is 'JSON has the nodes, and the ends of each cable' "$(python3 -c 'import json, sys
g = json.load(sys.stdin)
print(*sorted(n["name"] for n in g["nodes"]))
print(sum(n["kind"] == "switch" for n in g["nodes"]), len(g["links"]),
      sorted(l["cost"] for l in g["links"])[-1],
      sorted(e["interface"] for l in g["links"] for e in l["ends"]
             if e["node"] == "h1"))' <<<"$out")" "a alone b h1 h2 host sw
1 7 7 ['eth0']"

ok 'DOT into a file' warren graph lab.yaml -o lab.dot
is 'the ending says the format' "$(cat lab.dot)" "$(warren graph -f dot lab.yaml)"
if command -v dot >/dev/null; then
	is 'Graphviz finds nothing wrong' "$(dot -Tplain lab.dot 2>&1 >plain)" ''
	is 'Graphviz sees every node and cable' "$(grep -c ^node plain) $(grep -c ^edge plain)" '7 7'
	ok 'SVG' warren graph -o lab.svg lab.yaml
	is 'the SVG is XML with the names in it' "$(python3 -c 'import xml.etree.ElementTree as E
t = ["".join(x.itertext()) for x in E.parse("lab.svg").iter("{http://www.w3.org/2000/svg}text")]
print(*(n in t for n in ("host", "a", "b", "h1", "h2", "alone", "sw")))')" \
		'True True True True True True True'
else
	skip 'SVG' 'no dot here'
fi
ok 'Mermaid into a file' warren graph lab.yaml -o lab.mmd
is 'that ending says the format, too' "$(cat lab.mmd)" "$(warren graph -f mermaid lab.yaml)"
is 'a line for each node and each cable' "$(grep -c ':::' lab.mmd) $(grep -c ' ---|"' lab.mmd)" '7 7'
is 'a cable has its ends, networks and cost' "$(grep -c -F \
	'v1 ---|"eth1 10.0.1.1 fd00:1::1<br/>eth0 10.0.1.2 fd00:1::2<br/>10.0.1.0/30<br/>fd00:1::/64<br/>cost 7"| v2' lab.mmd)" 1
is 'what is special in the language is written by its number' "$(warren graph -f mermaid - \
	<<<"{namespaces: {a: , end: }, links: [{endpoints: ['a:<b>', 'end:x;y'], subnet: 10.1.0.0/30}]}" | grep -c -F \
	'v1 ---|"#60;b#62; 10.1.0.1<br/>x#59;y 10.1.0.2<br/>10.1.0.0/30"| v2')" 1

exits 1 'a network that is not up is not drawn by its name' warren graph lab
like '... and the error says so' "$err" '^warren: lab: no such network is up and no such file is here'
printf 'name: pair\nnamespaces: {a: , b: }\nlinks: [{endpoints: [a, b], subnet: 10.1.0.0/30}]\n' >two.yaml
ok 'a network comes up' warren up two.yaml
drawn=$(warren graph two.yaml)
is 'it is drawn by its name' "$(warren graph pair)" "$drawn"
printf 'name: pair\nnamespaces: {a: , c: }\nlinks: [{endpoints: [a, c], subnet: 10.1.0.0/30}]\n' >two.yaml
is 'as it was last applied' "$(warren graph pair)" "$drawn"
like 'a file is drawn as it is now' "$(warren graph two.yaml)" '[- ] c '
unlike 'without what was there before' "$(warren graph two.yaml)" '[- ] b '
ok 'down' warren down pair

exits 1 'without Graphviz there is no SVG' env PATH=/nonexistent "$WARREN" graph -f svg lab.yaml
like '... and the error names the package' "$err" 'package graphviz'
mkdir bin
printf '#!/bin/sh\necho "Error: Layout type: \\"neato\\" not recognized. Use one of: dot" >&2\nexit 1\n' >bin/dot
chmod 0755 bin/dot
exits 1 'nor without its layouts' env PATH="$PWD/bin:$PATH" "$WARREN" graph -f svg lab.yaml
like '... and that names the package, too' "$err" '^warren: this Graphviz lacks a layout: .*libgvplugin-neato-layout'
exits 1 'a file that cannot be written is an error' warren graph lab.yaml -o /nonexistent/x.dot
exits 2 'an unknown format is a mistake in the command line' warren graph -f gif lab.yaml
like '... that says which there are' "$err" 'text, dot, svg, mermaid and json'
exits 1 'a topology with an error is not drawn' warren graph - <<<'links: [{endpoints: [a]}]'
like '... the error has its place' "$err" '^warren: .*1:[0-9]+: '
done_testing
