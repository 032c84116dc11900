#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `warren netns` beside other tools, and many namespaces and processes. What it
# has in common with `ip netns` word by word is in 20-netns-diff.py.
. "$(dirname "$0")/lib.sh"
need ip nsenter unshare python3

# Each sees what the other made.
ok 'add' warren netns add red
is 'ip lists it' "$(ip netns list)" red
is 'its lo is down' "$(ip -n red -o link | grep -c 'lo: <LOOPBACK> ')" 1
is 'nsenter enters it' "$(nsenter --net=/run/netns/red ls /sys/class/net 2>&1 >/dev/null; nsenter --net=/run/netns/red ip -o link | wc -l)" 1
ok 'ip adds another' ip netns add blue
is 'warren lists both' "$(warren netns list | sort | tr '\n' ' ')" 'blue red '
ok 'ip deletes what warren made' ip netns delete red
ok 'warren deletes what ip made' warren netns delete blue
is 'nothing is left' "$(ls /run/netns)" ''

# A name in use goes; the process lives on.
warren netns add red
"$WARREN" netns exec red sleep 1000 &
sleeper=$!
wait_for grep -qx sleep /proc/$sleeper/comm
is 'pids' "$(warren netns pids red)" "$sleeper"
is 'identify' "$(warren netns identify $sleeper)" red
ok 'delete with a process in it' warren netns delete red
ok 'the process lives' kill -0 $sleeper
ok 'attach gives it a name again' warren netns attach again $sleeper
is 'identify finds that one' "$(warren netns identify $sleeper)" again
kill $sleeper
wait $sleeper 2>/dev/null
warren netns delete again

# Monitor tells at once, also into a file.
"$WARREN" netns monitor >events &
monitor=$!
wait_for sh -c "grep -q inotify /proc/$monitor/fdinfo/*"
warren netns add red
wait_for grep -qx 'add red' events
warren netns delete red
wait_for grep -qx 'delete red' events
is 'monitor tells of both' "$(cat events)" $'add red\ndelete red'
kill $monitor
wait $monitor
is 'monitor ends by the signal' $? 143

# More names than the kernel keeps events for, while monitor does not read: it catches up, and tells
# each name as often as it came and went, as far as it can be known. Plain files are names, too.
cat >follow.py <<'END'
"""Whether what is told leads from the names that were there to those that are, in possible steps."""
import os
import sys

names = set(sys.argv[1:])
for line in open('events', encoding='utf-8'):
    what, name = line.split()
    if (what == 'add') == (name in names):
        sys.exit(line + 'does not go with what was told before')
    (names.add if what == 'add' else names.remove)(name)
there = set(os.listdir('/run/netns'))
if names != there:
    sys.exit('not told: %s' % sorted(there ^ names)[:9])
END
many=$(($(cat /proc/sys/fs/inotify/max_queued_events) + 600))
if [ $many -lt 200000 ]; then
	touch /run/netns/old /run/netns/stays
	"$WARREN" netns monitor >events 2>warnings &
	monitor=$!
	wait_for sh -c "grep -q inotify /proc/$monitor/fdinfo/*"
	touch /run/netns/new
	wait_for grep -qx 'add new' events
	kill -STOP $monitor
	python3 -c 'import sys
for i in range(int(sys.argv[1])): open("/run/netns/n%d" % i, "w").close()' $many
	rm /run/netns/old /run/netns/new /run/netns/n1 /run/netns/n2
	kill -CONT $monitor
	ok 'monitor catches up with names that were not told' wait_for python3 follow.py old stays
	like 'which it says' "$(cat warnings)" 'came and went faster than they were read'
	touch /run/netns/late
	rm /run/netns/n3
	ok 'and goes on' wait_for python3 follow.py old stays
	kill -STOP $monitor
	(cd /run/netns && find . -type f -delete)
	rmdir /run/netns 2>/dev/null || umount /run/netns
	rmdir /run/netns
	mkdir /run/netns
	kill -CONT $monitor
	wait $monitor
	is 'a directory that went meanwhile is told of' "$?" 1
	like 'by name' "$(cat warnings)" '"/run/netns" was removed'
else
	skip 'monitor catches up' "fs.inotify.max_queued_events is $((many - 600))"
fi

# Concurrent first use, with ip among it: one mount each, none hidden below.
umount -R -l /run/netns 2>/dev/null
for i in 1 2 3 4 5; do
	warren netns add "w$i" &
	ip netns add "i$i" 2>/dev/null &
done
wait
is 'all ten are there' "$(warren netns list | wc -l)" 10
is 'each is mounted once' "$(grep -c ' /run/netns/' /proc/self/mountinfo)" 10
ok 'delete all' warren netns -all delete
is 'nothing is mounted' "$(grep -c ' /run/netns/' /proc/self/mountinfo)" 0

# A /run that is shared with other mount namespaces, as systemd has it.
umount -R -l /run/netns 2>/dev/null
mount --make-shared /run
unshare -m --propagation slave sleep 1000 &
other=$!
wait_for grep -qx sleep /proc/$other/comm
warren netns add red
is 'another mount namespace sees the name' "$(nsenter -m -t $other ip netns list)" red
ok 'and can use it' nsenter -m -t $other ip netns exec red true
is 'one mount, none hidden' "$(grep -c 'net:\[' /proc/self/mountinfo)" 1
warren netns delete red
is 'it is gone there, too' "$(grep -c 'net:\[' /proc/$other/mountinfo)" 0
kill $other
wait $other 2>/dev/null
umount -l /run/netns
mount --make-private /run

# Many: the answers are those of ip, in one pass.
for ((i = 0; i < 60; i++)); do
	ip netns add "n$i"
	(exec nsenter --net="/run/netns/n$i" sleep 1000) &
done
wait_for sh -c '[ "$(pgrep -c -x sleep)" = 60 ]'
ip netns set n7 12
is 'list' "$(warren netns list)" "$(ip netns list)"
is 'list-id' "$(warren netns list-id)" "$(ip netns list-id)"
got='' want=''
for ((i = 0; i < 60; i += 7)); do
	got+=$(warren netns pids "n$i")
	want+=$(ip netns pids "n$i")
done
is 'pids' "$got" "$want"
is 'pids of all' "$(warren netns -all pids)" "$(for n in $(ip netns list | cut -d' ' -f1); do
	printf '\nnetns: %s\n' "$n"
	ip netns pids "$n"
done)"
is 'exec everywhere' "$(warren netns -all exec true | grep -c '^netns: ')" 60
ok 'delete all' warren netns -all delete
is 'the processes live' "$(pgrep -c -x sleep)" 60
pkill -x sleep # of this sandbox: it has pids of its own
wait 2>/dev/null

# Files in /etc follow the namespace; what is written inside goes to them.
mkdir -p /etc/netns/red
echo 'nameserver 192.0.2.1' >/etc/netns/red/resolv.conf
echo '1.2.3.4 mytest' >/etc/netns/red/hosts
before=$(cat /etc/resolv.conf /etc/hosts 2>&1)
warren netns add red
like 'getent inside' "$(warren netns exec red getent hosts mytest)" '^1\.2\.3\.4 +mytest'
is 'resolv.conf inside' "$(warren netns exec red cat /etc/resolv.conf)" 'nameserver 192.0.2.1'
warren netns exec red sh -c 'echo "nameserver 192.0.2.2" >/etc/resolv.conf'
is 'written inside' "$(cat /etc/netns/red/resolv.conf)" 'nameserver 192.0.2.2'
is 'the files of the host stay' "$(cat /etc/resolv.conf /etc/hosts 2>&1)" "$before"
chmod 0600 /etc/netns/red/hosts
run warren netns exec red true
like 'a file that others cannot read is told of' "$err" 'red/hosts" has mode 0600'
rm -r /etc/netns
warren netns delete red

done_testing
