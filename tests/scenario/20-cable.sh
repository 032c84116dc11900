# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Two namespaces, one cable, a real web server in one; the host has no way in. By verbs, then by file.
. "$(dirname "$0")/lib.sh"
need ip curl python3

mkdir site && echo 'the page' >site/page.txt

web_server_works() { # web_server_works ADDRESS: in blue, asked from red
	(cd site && exec "$WARREN" netns exec blue python3 -m http.server 80 >/dev/null 2>&1) &
	local server=$!
	wait_for warren netns exec red curl -sf "http://$1/"
	like "curl from red gets blue's listing" "$(warren netns exec red curl -s "http://$1/")" 'page.txt'
	is 'and the file' "$(warren netns exec red curl -s "http://$1/page.txt")" 'the page'
	fails 'the host has no way in' curl -s --max-time 2 "http://$1/"
	kill "$server"
	wait "$server" 2>/dev/null
}

# by verbs, one after the other
ok 'netns add red' warren netns add red
ok 'netns add blue' warren netns add blue
is 'a new namespace shows only lo' "$(ip -n red -j link | python3 -c 'import json,sys; print([l["ifname"] for l in json.load(sys.stdin)])')" "['lo']"
like 'which is down' "$(ip -n red link show lo)" 'state DOWN'
ip link add eth0 netns red type veth peer name eth0 netns blue
ip -n red addr add 10.0.0.1/24 dev eth0
ip -n blue addr add 10.0.0.2/24 dev eth0
ip -n red link set eth0 up
ip -n blue link set eth0 up
web_server_works 10.0.0.2
ok 'netns delete' warren netns delete red
ok 'netns delete' warren netns delete blue
leak_check 'by verbs: nothing is left'

# by file
cp "$top/examples/cable.yaml" .
ok 'up' warren up cable.yaml
is 'both ends are up, with their addresses' \
	"$(ip -n red -4 -br addr show eth0 | awk '{print $2, $3}') $(ip -n blue -4 -br addr show eth0 | awk '{print $2, $3}')" \
	'UP 10.0.0.1/24 UP 10.0.0.2/24'
mac=$(ip -n red -br link show eth0 | awk '{print $3}')
web_server_works 10.0.0.2
ok 'what the file expects holds' warren test cable.yaml
ok 'down' warren down cable.yaml
leak_check 'by file: nothing is left'
ok 'up once more' warren up cable.yaml
is 'the MAC address is the same in every run' "$(ip -n red -br link show eth0 | awk '{print $3}')" "$mac"
ok 'down' warren down cable.yaml
done_testing
