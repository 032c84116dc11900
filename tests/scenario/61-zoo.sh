# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Networks of the Topology Zoo come up, reach exactly what their graph joins (tests/scenario/zoo.py
# computes that on its own), show no drift, and go without a trace. Small ones; all of tests/data/zoo
# with WARREN_TEST_FULL=1, also those of up to 197 nodes; all of another folder with
# WARREN_TEST_ZOO=FOLDER.
. "$(dirname "$0")/lib.sh"
need python3

zoo=${WARREN_TEST_ZOO:-$top/tests/data/zoo}
small='Arpanet196912.gml Abilene.graphml Nsfcnet.gml Padi.gml JanetExternal.gml Hibernia.gml'
large='Abilene.gml Arpanet19723.gml Ntt.gml Pern.gml Interoute.gml DialtelecomCz.gml Cogentco.gml'

# All namespaces of a machine share one table of neighbours; others may have filled it for a while.
table_has_room() {
	"$WARREN" ping --json "$file" >"$tmp/ping.json"
	! grep -q neighbour-table-full "$tmp/ping.json"
}

one() {
	local graph=$zoo/$1 file=$tmp/net.yaml name

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

if [ -n "${WARREN_TEST_ZOO:-}" ]; then
	for graph in "$zoo"/*.gml "$zoo"/*.graphml; do
		[ ! -e "$graph" ] || one "${graph##*/}"
	done
else
	for graph in $small ${WARREN_TEST_FULL:+$large}; do
		one "$graph"
	done
fi
done_testing
