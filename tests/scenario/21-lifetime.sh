# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# A namespace is listed, entered, deleted; deleted while a process is in it, the process lives on;
# `down` ends the processes of its network, those that do not listen too.
. "$(dirname "$0")/lib.sh"
need ip nsenter

ok 'netns add' warren netns add room
is 'it is listed' "$(warren netns list)" room
is 'ip lists it too' "$(ip netns list)" room
is 'it is entered' "$(warren netns exec room readlink /proc/self/ns/net)" "net:[$(stat -Lc %i /run/netns/room)]"
"$WARREN" netns exec room sleep 300 &
sleeper=$!
wait_for sh -c "warren_pids=\$(ip netns pids room); [ -n \"\$warren_pids\" ]"
is 'its process is known' "$(warren netns pids room)" "$sleeper"
is 'and of which namespace it is' "$(warren netns identify "$sleeper")" room
ok 'it is deleted while the process is in it' warren netns delete room
is 'the name is gone' "$(ip netns list)" ''
ok 'the process lives on' kill -0 "$sleeper"
kill "$sleeper"
wait "$sleeper" 2>/dev/null

# one without a name dies with its process
is 'a sandbox has only lo, up' "$(warren run -- sh -c 'ls /proc/sys/net/ipv4/conf | grep -vE "all|default"; ping -c3 -i0.3 -W2 -q 127.0.0.1 >/dev/null && echo up' | xargs)" 'lo up'
fails 'and no way out' warren run ping -c1 -W1 -q 192.0.2.1
exits 42 'its exit code is the command'"'"'s' warren run sh -c 'exit 42'
exits 127 'a program that is not there' warren run no-such-program
"$WARREN" run sleep 300 &
sleeper=$!
wait_for sh -c "[ \"\$(readlink /proc/$sleeper/ns/net)\" != \"\$(readlink /proc/self/ns/net)\" ]"
is 'it has no name' "$(warren netns identify "$sleeper")" ''
kill "$sleeper"
wait "$sleeper" 2>/dev/null
is 'a user stays who he is in it' "$(as_user warren run sh -c 'id -u; ip -o link | wc -l' | xargs)" '65534 1'

cp "$top/examples/cable.yaml" .
ok 'up' warren up cable.yaml
"$WARREN" exec red sleep 300 &
polite=$!
"$WARREN" exec blue sh -c 'trap "" TERM; echo ready >stubborn; while :; do sleep 1; done' &
stubborn=$!
wait_for grep -qx sleep "/proc/$polite/comm"
wait_for test -s stubborn
ok 'down, with processes inside' warren down cable.yaml
wait "$polite" 2>/dev/null
is 'one was asked to end' $? 143
wait "$stubborn" 2>/dev/null
is 'the one that does not listen was killed' $? 137
is 'no namespace is left' "$(ip netns list)" ''
done_testing
