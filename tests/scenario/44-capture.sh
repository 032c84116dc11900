# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Packets of several namespaces in one file: read by tcpdump, and block by block.
. "$(dirname "$0")/lib.sh"
need ip ping tcpdump python3 script

cat >lab.yaml <<-EOT
	namespaces: {red: , blue: , router: }
	links:
	  - {endpoints: [red, router], subnet: 10.0.1.0/24}
	  - {endpoints: [blue, router], subnet: 10.0.2.0/24}
	routing: static
EOT
# A reader of its own: interfaces, and packets by interface, direction and length.
cat >blocks.py <<-'EOT'
	import struct, sys
	data, at, faces, seen, stats, last = open(sys.argv[1], "rb").read(), 0, [], {}, {}, 0
	def options(body):
	    found = {}
	    while len(body) >= 4:
	        code, size = struct.unpack_from("HH", body)
	        if code == 0:
	            break
	        found[code] = body[4:4 + size]
	        body = body[4 + (size + 3) // 4 * 4:]
	    return found
	while at < len(data):
	    kind, size = struct.unpack_from("II", data, at)
	    assert size % 4 == 0 and struct.unpack_from("I", data, at + size - 4)[0] == size
	    body = data[at + 8:at + size - 4]
	    if at == 0:
	        assert kind == 0x0A0D0D0A and struct.unpack_from("I", body)[0] == 0x1A2B3C4D
	    elif kind == 1:
	        o = options(body[8:])
	        assert o[9] == b"\x09"
	        faces.append((o[2].decode(), struct.unpack_from("H", body)[0]))
	    elif kind == 6:
	        face, high, low, kept, length = struct.unpack_from("IIIII", body)
	        flags = struct.unpack("I", options(body[20 + (kept + 3) // 4 * 4:])[2])[0]
	        key = (faces[face][0], {1: "in", 2: "out"}[flags])
	        seen.setdefault(key, []).append((kept, length, body[20:20 + kept]))
	        last = high << 32 | low
	    elif kind == 5:
	        o = options(body[12:])
	        stats[faces[struct.unpack_from("I", body)[0]][0]] = struct.unpack("Q", o[4])[0]
	    at += size
	exec(sys.argv[2])
EOT
blocks() {
	python3 blocks.py "$1" "$2"
}
# begin FILE ARG...: a capture that has begun
begin() {
	local file=$1
	shift
	rm -f "$file"
	env --default-signal=INT "$WARREN" capture -w "$file" "$@" 2>said &
	capture=$!
	wait_for test -s "$file"
}
quietly() {
	ip netns exec red ping -c1 -W2 -q "$1" >/dev/null
}

ok 'up' warren up lab.yaml
quietly 10.0.2.1 # who is who is known now
begin all.pcapng -c 12
quietly 10.0.2.1
wait "$capture"
is 'so many packets, and it ends well' "$?" 0
like 'it says so' "$(cat said)" '^12 packets of 4 interfaces$'
is 'the interfaces' "$(blocks all.pcapng 'print(*sorted(n for n, link in faces if link == 1))')" 'blue:eth0 red:eth0 router:eth0 router:eth1'
blocks all.pcapng 'print(*sorted((n, d) for n, d in seen), sep="\n")' >pairs
is 'in and out, on each' "$(wc -l <pairs)" 8
is 'the clock is that of the machine' "$(blocks all.pcapng 'import time; print(abs(time.time() - last / 1e9) < 60)')" True
run tcpdump -n -r all.pcapng icmp
is 'tcpdump reads it' "$rc" 0
is 'the echo, on both ends of both cables' "$(printf '%s\n' "$out" | grep -c 'echo request')" 4

begin some.pcapng router:eth1 blue
quietly 10.0.2.1
wait_for sh -c '[ "$(tcpdump -n -r some.pcapng icmp 2>/dev/null | wc -l)" -ge 4 ]'
kill -INT "$capture"
wait "$capture"
is 'Ctrl-C ends it well' "$?" 0
is 'only what was named' "$(blocks some.pcapng 'print(*[n for n, _ in faces])')" 'router:eth1 blue:eth0'
is 'the end says how many there were' "$(blocks some.pcapng 'print(all(s == sum(len(v) for (n, d), v in seen.items() if n == f) for f, s in stats.items()), len(stats))')" 'True 2'

begin short.pcapng -s 40 -c 2 red:eth0
ip netns exec red ping -c1 -W2 -q -s 1000 10.0.2.1 >/dev/null
wait "$capture"
is 'a part of each packet, and how long it was' "$(blocks short.pcapng 'print(*sorted((k, l) for v in seen.values() for k, l, _ in v))')" '(40, 1042) (40, 1042)'

begin time.pcapng -t 1
wait "$capture"
is 'for so long' "$?" 0

# to a reader
"$WARREN" capture -q red >pipe.pcapng &
capture=$!
wait_for test -s pipe.pcapng
quietly 10.0.1.2
wait_for sh -c '[ "$(tcpdump -n -r pipe.pcapng icmp 2>/dev/null | wc -l)" -ge 2 ]'
kill -TERM "$capture"
wait "$capture"
is 'standard output, until TERM' "$?" 0
quietly 10.0.1.2 &
"$WARREN" capture red 2>/dev/null | head -c 10 >/dev/null &
reader=$!
for _ in 1 2 3 4 5; do quietly 10.0.1.2; done
wait_for sh -c "! kill -0 $reader 2>/dev/null"
pass 'it ends when nobody reads any more'
wait

# a VLAN's tag, which the kernel takes out as the frame comes in, is in its place
begin vlan.pcapng -c 1 router:eth0
ip netns exec red python3 - <<-'EOT'
	import socket
	s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
	s.bind(("eth0", 0))
	s.send(b"\xff" * 6 + b"\x02\0\0\0\0\1" + b"\x81\0\0\7" + b"\x88\xb5" + b"x" * 46)
EOT
wait "$capture"
is 'the tag of a VLAN' "$(blocks vlan.pcapng 'print([(p[12:18].hex(), k, l) for v in seen.values() for k, l, p in v])')" "[('8100000788b5', 64, 64)]"

begin vlan.pcapng -s 40 -c 2 router:eth0
for _ in 1 2; do
	ip netns exec red python3 - <<-'EOT'
		import socket
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("eth0", 0))
		s.send(b"\xff" * 6 + b"\x02\0\0\0\0\1" + b"\x81\0\0\7" + b"\x88\xb5" + b"x" * 132)
	EOT
done
wait "$capture"
is 'a part of it' "$(blocks vlan.pcapng 'print([(p[12:18].hex(), k, l) for v in seen.values() for k, l, p in v])')" "[('8100000788b5', 40, 150), ('8100000788b5', 40, 150)]"
is 'which tcpdump reads' "$(tcpdump -n -e -r vlan.pcapng 2>/dev/null | grep -c 'vlan 7')" 2

# a reader that is slow, or goes without a packet that would tell
flood() {
	ip netns exec red python3 - <<-'EOT'
		import socket
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("eth0", 0))
		for _ in range(400):
		    s.send(b"\xff" * 6 + b"\x02\0\0\0\0\1" + b"\x88\xb5" + b"x" * 1400)
	EOT
}
mkfifo slow
sleep 60 <>slow & # has it open, and does not read
sleeper=$!
for signal in INT TERM; do
	env --default-signal=INT "$WARREN" capture -q -w slow red &
	capture=$!
	wait_for sh -c "ls -l /proc/$capture/fd | grep -q /slow"
	flood
	kill "-$signal" "$capture"
	wait "$capture"
	is "$signal ends it though nobody reads" "$?" 0
done
ok 'so does the end of its time' timeout 20 "$WARREN" capture -q -t 1 -w slow red
kill "$sleeper"
wait "$sleeper" 2>/dev/null
"$WARREN" capture -q red | head -c 10 >/dev/null
pass 'it ends when the reader does, on a quiet network'

# what has come before the end is not lost
begin late.pcapng red
kill -STOP "$capture"
flood
kill -TERM "$capture"
kill -CONT "$capture"
wait "$capture"
is 'what waits at the end is written' "$(blocks late.pcapng 'print(sum(len(v) for v in seen.values()))')" 400

# wrong words
echo keep >old.pcapng
exits 1 'no such namespace' warren capture -w old.pcapng rde
like 'has a similar one' "$err" "there is no namespace 'rde'; did you mean 'red'"
is 'and the file of another capture stays' "$(cat old.pcapng)" keep
exits 1 'into a new file, likewise' warren capture -w new.pcapng rde
is 'there is none' "$(ls new.pcapng 2>/dev/null)" ''
touch /run/netns/stale
exits 1 'a name without a namespace' warren capture -w old.pcapng stale
like 'is named so' "$err" "'stale' is a name without a namespace; 'warren netns delete stale' removes it"
ok 'which it does' warren netns delete stale
exits 1 'a full disk' warren capture -w /dev/full red
like 'has its name, and what to do' "$err" '/dev/full: cannot write the packets: No space left on device; make room'
exits 2 'no name' warren capture -w '' red
exits 0 'a long time is no short one' timeout --preserve-status -s INT 1 "$WARREN" capture -q -t 18446744074 -w x.pcapng red
exits 1 'no such interface' warren capture -w x.pcapng red:eth7
like 'is told' "$err" "red has no interface 'eth7'; warren exec red ip link shows those that it has"
exits 1 'no such folder' warren capture -w none/x.pcapng red
like 'is told, too' "$err" 'none/x.pcapng: cannot be written: No such file or directory'
exits 1 'a terminal' script -qec "$WARREN capture red" /dev/null
like 'is no place for packets' "$out" 'packets are nothing for a terminal'
exits 1 'few descriptors' bash -c "ulimit -n 8; \"$WARREN\" capture -t 2 -w x.pcapng"
like 'are named' "$err" 'no descriptor left for .*ulimit -n'
ok 'down' warren down lab.yaml
exits 1 'nothing to capture from' warren capture -w x.pcapng
like 'which it says' "$err" 'no namespace with a name has an interface besides lo'

if as_user unshare -Ur true 2>/dev/null; then
	chmod 755 .
	chmod 644 lab.yaml
	exits 1 'an ordinary user: nothing is up' as_user warren capture -t 1
	ok 'up' as_user warren up lab.yaml
	as_user sh -c 'warren capture -q -c 8 red blue' >user.pcapng &
	capture=$!
	wait_for test -s user.pcapng
	as_user warren exec red ping -c1 -W2 -q 10.0.2.1 >/dev/null
	wait "$capture"
	is 'it ends well' "$?" 0
	is 'with packets of both' "$(blocks user.pcapng 'print(*sorted({n for n, _ in seen}))')" 'blue:eth0 red:eth0'
	ok 'his down' as_user warren down lab.yaml
fi
done_testing
