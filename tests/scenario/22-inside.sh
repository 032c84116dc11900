# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Several commands in one shell inside a node see that node only; other tools work on what Warren made.
. "$(dirname "$0")/lib.sh"
need ip nsenter ss

cp "$top/examples/cable.yaml" .
ip link add outside type bridge
save_state
ok 'up' warren up cable.yaml
cat >commands <<'E1'
ls /sys/class/net | xargs
awk -F'[: ]+' 'NR > 2 {print $2}' /proc/net/dev | sort | xargs
ip -o -4 addr show dev eth0 | awk '{print $4}'
ip route
ping -c3 -i0.3 -W2 -q 10.0.0.2 >/dev/null; ip neigh | awk '{print $1, $3}'
python3 -m http.server 8080 >/dev/null 2>&1 & server=$!
for i in $(seq 100); do ss -Hltn | grep -q 8080 && break; sleep 0.1; done
ss -Hltn | awk '{print $4}'
kill $server
hostname
exit 7
E1
SHELL=/bin/sh "$WARREN" shell red <commands >seen 2>shell.err
is "the shell's exit code comes back" $? 7
is 'what the commands in one shell saw is red, and nothing else' "$(cat seen)" 'eth0 lo
eth0 lo
10.0.0.1/24
10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1 
10.0.0.2 eth0
0.0.0.0:8080
red'
is 'exec gives the exit code too' "$(warren exec red sh -c 'exit 42'; echo $?)" 42
is 'ip -n works on it' "$(ip -n red -br link show eth0 | cut -d@ -f1)" eth0
is 'nsenter does' "$(nsenter --net=/run/netns/red ip -o link | awk -F'[ @:]+' '{print $2}' | xargs)" 'lo eth0'
is "and so does a path as systemd's NetworkNamespacePath= takes it" \
	"$(nsenter --net="$(realpath /run/netns/blue)" cat /sys/class/net/eth0/address 2>/dev/null ||
		nsenter --net=/run/netns/blue ip -br link show eth0 | awk '{print $3}')" \
	"$(ip -n blue -br link show eth0 | awk '{print $3}')"
fails 'a node that is not there' warren exec rde true
like 'the error asks whether another one was meant' "$err" "rde.*did you mean 'red'"
exits 127 'a program that is not there' warren exec red no-such-program
ok 'down' warren down cable.yaml
done_testing
