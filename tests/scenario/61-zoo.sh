# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Networks of the Topology Zoo come up, reach exactly what their graph joins (tests/scenario/zoo.py
# computes that on its own), show no drift, and go without a trace: all of tests/data/zoo, of 4 to
# 197 nodes. With WARREN_TEST_FULL=1 also all of the folder $WARREN_ZOO.
. "$(dirname "$0")/lib.sh"
need python3

# All namespaces of a machine share one table of neighbours; others may have filled it for a while.
table_has_room() {
	"$WARREN" ping --json "$file" >"$tmp/ping.json"
	! grep -q neighbour-table-full "$tmp/ping.json"
}

one() {
	local graph=$1 file=$tmp/net.yaml name

	set -- "${graph##*/}"
	name=${1%.*}
	name=${name,,}
	ok "$1 is imported" warren import "$graph" -o "$file"
	ok "$1 is valid" warren check "$file"
	ok "$1 comes up" warren up "$file"
	wait_for table_has_room
	ok "$1: who reaches whom is what the graph says" \
		python3 -B "$top/tests/scenario/zoo.py" "$graph" "$file" "$tmp/ping.json"
	ok "$1 shows no drift" warren status "$file"
	like "$1: up again has nothing to do" "$(warren up "$file")" "nothing to do"
	ok "$1 goes" warren down "$name"
	leak_check "$1 leaves nothing"
}

for graph in "$top"/tests/data/zoo/*.g*ml ${WARREN_TEST_FULL:+${WARREN_ZOO:+"$WARREN_ZOO"/*.g*ml}}; do
	one "$graph"
done
done_testing
