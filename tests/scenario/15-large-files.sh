# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Files larger than any network may be: refused early, with a place and a remedy, before they cost much memory or time.
. "$(dirname "$0")/lib.sh"
need python3

python3 - <<'E1'
def write(name, head, line, n, tail=""):
    with open(name, "w") as f:
        f.write(head)
        f.writelines(line.replace("@", str(i)) for i in range(n))
        f.write(tail)

write("nodes.yaml", "namespaces:\n", "  n@:\n", 1000000)
write("full-nodes.yaml", "namespaces:\n", "  n@: {gateway: 10.0.0.1, forwarding: true}\n", 1000000)
write("one-line.yaml", "namespaces: {", "n@: , ", 1000000, "}\n")
write("links.yaml", "namespaces: {a: , b: }\nlinks:\n", "  - {endpoints: [a, b], subnet: none}\n", 1000000)
write("expects.yaml", "namespaces: {a: , b: }\nexpect:\n", "  - a -> b\n", 1000000)
write("values.yaml", "namespaces: {a: , b: }\nlinks:\n", "  - {endpoints: [a, b], mtu: 1400, cost: 1, subnet: none}\n", 524000)
write("most.yaml", "namespaces:\n", "  n@:\n", 131072)
write("long.yaml", "name: lab\n", "# a comment of eighty characters, as people write it, and nothing else, line @\n", 900000)
E1

# limited KIB CMD...: with so much memory, and at most a minute. A sanitizer needs terabytes of addresses before it starts.
limited() {
	local kib=$1
	shift
	if (ulimit -v "$kib" && warren --version) >/dev/null 2>&1; then
		(ulimit -v "$kib" && exec timeout -s KILL 60 "$@")
	else
		timeout -s KILL 60 "$@"
	fi
}

# file -> memory in KiB, error
while IFS='|' read -r file kib error; do
	exits 1 "$file is refused" limited "$kib" "$WARREN" check "$file"
	like '... with the reason' "$err" "^warren: $error"
	is '... in one line' "$(wc -l <<<"$err")" 1
done <<'E1'
nodes.yaml|100000|nodes.yaml:262146:[0-9]+: too many entries in one list or mapping: .* use ranges such as h\[1-50\]
full-nodes.yaml|300000|full-nodes.yaml:262146:[0-9]+: too many entries .* use ranges
one-line.yaml|100000|one-line.yaml:1:[0-9]+: too many entries .* use ranges
links.yaml|400000|links.yaml:[0-9]+:[0-9]+: too many entries .*524288 cables
expects.yaml|200000|expects.yaml:[0-9]+:[0-9]+: too many entries .*1000000 expected pairs
values.yaml|600000|values.yaml:[0-9]+:[0-9]+: too long: more than 4 million values; use ranges
long.yaml|100000|long.yaml: is larger than 64 MiB; .* use ranges
E1

for verb in plan up down status test ping graph; do
	exits 1 "$verb of a million nodes" limited 100000 "$WARREN" "$verb" ./nodes.yaml
	like '... is refused the same way' "$err" '^warren: ./nodes.yaml:262146:[0-9]+: too many entries'
done
exits 0 'as many nodes as there may be' limited 300000 "$WARREN" check most.yaml
is '... all of them' "$out" 'most: 131072 namespaces, 0 links, 0 addresses, 0 routes'
if (ulimit -v 50000 && warren --version) >/dev/null 2>&1; then
	exits 1 'with less memory than it takes' limited 50000 "$WARREN" check most.yaml
	like '... the error says so' "$err" '^warren: .*memory'
fi
done_testing
