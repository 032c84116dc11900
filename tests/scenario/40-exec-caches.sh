#!/bin/bash
# shellcheck disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# exec and shell: a node with files of its own asks no name service cache of the host, which would look up in the host's network.
. "$(dirname "$0")/lib.sh"
need ip getent python3 strace
export RES_OPTIONS='timeout:1 attempts:1'

cat >listen.py <<'E1'
import selectors, socket, sys
s = selectors.DefaultSelector()
for path in sys.argv[1:]:
    l = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    l.bind(path)
    l.listen()
    s.register(l, selectors.EVENT_READ)
open("listening", "w").close()
while True:
    for key, _ in s.select():
        c = key.fileobj.accept()[0]
        c.settimeout(1)
        try:
            with open("asked", "ab") as f:
                f.write(c.recv(1000) + b"\n")
        except OSError:
            pass
        c.close()
E1
cat >ask.py <<'E1'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
try:
    s.connect(sys.argv[1])
except ConnectionRefusedError:
    print("refused")
E1

ip netns add bare
cat >lab.yaml <<'E1'
namespaces: {office: {dns: {servers: [10.0.0.53]}}, home: }
links: [{endpoints: [office, home], subnet: 10.0.0.0/24}]
E1
ok 'up' warren up lab.yaml
ok 'a node without sockets to hide' warren exec office getent hosts home
is 'has nothing mounted there' "$(warren exec office grep -c ' /run/' /proc/self/mountinfo)" "$(grep -c ' /run/' /proc/self/mountinfo)"

nscd=/run/nscd/socket resolved=/run/systemd/resolve/io.systemd.Resolve
mkdir -p ${nscd%/*} ${resolved%/*}
python3 listen.py $nscd $resolved &
listener=$!
wait_for test -e listening
run getent hosts secret.example
like 'the host asks its cache' "$(tr -d '\0' <asked)" 'secret.example'
rm asked
for node in office home; do
	run timeout 60 "$WARREN" exec $node getent hosts secret.example
	fails "$node does not" test -e asked
	is 'the cache seems not to run' "$(warren exec $node python3 ask.py $nscd)" refused
	is 'nor does systemd-resolved' "$(warren exec $node python3 ask.py $resolved)" refused
	is 'in a shell neither' "$(echo "python3 ask.py $nscd" | SHELL=/bin/sh warren shell $node)" refused
	is 'names of its own are found' "$(warren exec $node getent hosts home | awk '{ print $1 }')" 10.0.0.2
	is 'with an older kernel, too' "$(strace -qq -o /dev/null -e trace=open_tree -e inject=open_tree:error=ENOSYS "$WARREN" exec $node \
		python3 ask.py $nscd)" refused
	fails 'nobody was asked' test -s asked
	rm -f asked
done
run warren exec bare getent hosts secret.example
like 'one without files asks as the host does' "$(tr -d '\0' <asked)" 'secret.example'
is 'netns exec is as ip netns exec' "$(warren netns exec office python3 ask.py $nscd)" ''
kill $listener
wait $listener 2>/dev/null
rm -r ${nscd%/*} /run/systemd
ok 'down' warren down lab
ip netns del bare
done_testing
