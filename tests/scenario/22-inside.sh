# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Several commands in one shell inside a node see that node only; other tools work on what Warren made.
. "$(dirname "$0")/lib.sh"
need ip nsenter ss arp python3

cp "$top/examples/workbench.yaml" .
ip link add outside type bridge
save_state
ok 'up' warren up workbench.yaml
cat >commands <<'E1'
ls /sys/class/net | xargs
awk -F'[: ]+' 'NR > 2 {print $2}' /proc/net/dev | sort | xargs
ip -o -4 addr show dev eth0 | awk '{print $4}'
ip route
ping -c3 -i0.3 -W2 -q 10.1.2.1 >/dev/null; ip neigh | awk '{print $1, $3}'
arp -n | awk 'NR > 1 {print $1, $NF}'
python3 -m http.server 8080 >/dev/null 2>&1 & server=$!
for i in $(seq 100); do ss -Hltn | grep -q 8080 && break; sleep 0.1; done
ss -Hltn | awk '{print $4}'
kill $server
hostname
exit 7
E1
SHELL=/bin/sh "$WARREN" shell bench <commands >seen 2>shell.err
is "the shell's exit code comes back" $? 7
is 'what the commands in one shell saw is bench, and nothing else' "$(cat seen)" 'eth0 lo
eth0 lo
10.1.2.2/24
default via 10.1.2.1 dev eth0 proto static 
10.1.2.0/24 dev eth0 proto kernel scope link src 10.1.2.2 
10.1.2.1 eth0
10.1.2.1 eth0
0.0.0.0:8080
bench'
is 'exec gives the exit code too' "$(warren exec bench sh -c 'exit 42'; echo $?)" 42
is 'ip -n works on it' "$(ip -n bench -br link show eth0 | cut -d@ -f1)" eth0
is 'nsenter does' "$(nsenter --net=/run/netns/bench ip -o link | awk -F'[ @:]+' '{print $2}' | xargs)" 'lo eth0'
is 'nsenter on the real path too' "$(nsenter --net="$(realpath /run/netns/bench)" ip -br link show eth0 | awk '{print $3}')" \
	"$(ip -n bench -br link show eth0 | awk '{print $3}')"
is 'the file is what systemd takes for a network namespace (NS_GET_NSTYPE)' "$(python3 -c '
import fcntl
with open("/run/netns/bench") as f:
    print(hex(fcntl.ioctl(f, 0xb703)))')" 0x40000000

# A systemd of the test's own, with pids, mounts, a /run and a control group of its own, for one unit.
cat >probe.service <<END
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
NetworkNamespacePath=/run/netns/bench
ExecStart=/bin/sh -c 'ip -br link >$tmp/unit.new; mv $tmp/unit.new $tmp/unit'
END
cat >start.sh <<'END'
set -e
mount -t proc proc /proc
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount --rbind /run/netns /mnt
mount -t tmpfs tmpfs /run
mkdir -p /run/netns /run/systemd/system
mount --rbind /mnt /run/netns
cp probe.service /run/systemd/system/
[ ! -e /dev/console ] || mount --bind /dev/null /dev/console
container=warren exec /lib/systemd/systemd --system --unit=probe.service --log-target=console --show-status=no
END
systemd_runs_a_unit() { # systemd_runs_a_unit CGROUP
	sh -c 'echo $$ >"$1/cgroup.procs" && exec unshare --pid --fork --kill-child --mount --cgroup \
		--propagation private sh start.sh' sh "$1" </dev/null >systemd.log 2>&1 &
	ok 'systemd runs a unit with NetworkNamespacePath= in it' wait_for test -e unit
	kill -9 $!
	wait $! 2>/dev/null
	is 'which sees its links' "$(awk '{print $1}' unit | cut -d@ -f1 | xargs)" 'lo eth0'
	wait_for sh -c '! cat "$1"/cgroup.procs "$1"/*/cgroup.procs | grep -q .' sh "$1"
}
mkdir cgroup
if [ -x /lib/systemd/systemd ] && mount -t cgroup2 cgroup2 cgroup 2>/dev/null; then
	group=cgroup/warren-test.$(readlink /proc/self/ns/net | tr -dc 0-9)
	mkdir "$group" 2>/dev/null && sh -c 'echo $$ >"$1/cgroup.procs"' sh "$group" 2>/dev/null &&
		systemd_runs_a_unit "$tmp/$group"
	[ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} \;
	umount cgroup
fi
fails 'a node that is not there' warren exec bnech true
like 'the error asks whether another one was meant' "$err" "bnech.*did you mean 'bench'"
exits 127 'a program that is not there' warren exec bench no-such-program
ok 'down' warren down workbench.yaml
done_testing
