# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Who is in a namespace: by its number here and there, by a thread, by a descriptor; asserted with /proc.
. "$(dirname "$0")/lib.sh"
need ip python3 unshare

cat >lab.yaml <<-EOT
	namespaces: {web: , db: , n2: , n10: }
	links: [{endpoints: [web, db]}]
EOT
ok 'nothing is up' warren ps
is 'and nobody is listed' "$out" ''
ok 'up' warren up lab.yaml
ok 'nobody is in it' warren ps
is 'and nobody is listed' "$out" ''

started=()
start() {
	"$@" >/dev/null 2>&1 &
	started+=($!)
}
# row NODE WORD: the line of that node with that word in its command
row() {
	printf '%s\n' "$out" | awk -v node="$1" -v word="$2" '$1 == node && index($0, word)'
}

start "$WARREN" exec web sleep 1001
start "$WARREN" exec web unshare --pid --fork --kill-child --mount-proc sleep 1002
start ip netns exec n10 sleep 1003
start ip netns exec n2 setpriv --reuid=65534 sleep 1004
start bash -c 'exec 9</run/netns/db; exec sleep 1005'
cat >thread.py <<-'EOT'
	import ctypes, os, threading, time
	def go():
	    ctypes.CDLL(None, use_errno=True).setns(os.open("/run/netns/db", os.O_RDONLY), 0)
	    time.sleep(1006)
	threading.Thread(target=go, daemon=True).start()
	time.sleep(1006)
EOT
start python3 thread.py
wait_for sh -c "pgrep -f 'sleep 1002' | grep -q . && ls -l /proc/${started[5]}/task/*/ns/net | awk '{print \$NF}' | sort -u | wc -l | grep -q 2"
wait_for sh -c "[ \$(pgrep -fc '^sleep 100') = 5 ]"

ok 'ps' warren ps
like 'a process' "$(row web 'sleep 1001')" "^web +${started[0]} +${started[0]} +root +process +sleep 1001$"
inner=$(pgrep -f '^sleep 1002$')
like 'one in a pid namespace of its own, by both numbers' "$(row web 'sleep 1002' | grep -v unshare)" "^web +$inner +1 +root +process +sleep 1002$"
is 'as ps inside says' "$(nsenter -t "$inner" -p -m ps -o pid= -C sleep | xargs)" 1
like "somebody else's" "$(row n2 'sleep 1004')" "^n2 +${started[3]} +${started[3]} +$(id -un 65534) +process +sleep 1004$"
like 'who only has it open' "$(row db 'sleep 1005')" "^db +${started[4]} +${started[4]} +root +file 9 +sleep 1005$"
thread=$(for t in /proc/"${started[5]}"/task/*; do
	[ "$(stat -Lc %i "$t/ns/net")" != "$(stat -Lc %i /run/netns/db)" ] || echo "${t##*/}"
done)
like 'a thread that went there' "$(row db 'thread.py' | grep thread\ )" "^db +${started[5]} +${started[5]} +root +thread $thread +[^ ]*python3 thread.py$"
is 'in the order of their names' "$(printf '%s\n' "$out" | awk 'NR > 1 {print $1}' | uniq | xargs)" 'db n2 n10 web'
is 'the same as ip netns pids' "$(printf '%s\n' "$out" | awk '$1 == "web" {print $2}' | sort | xargs)" "$(ip netns pids web | sort | xargs)"
ok 'some of them' warren ps n10 n2
is 'are only these' "$(printf '%s\n' "$out" | awk 'NR > 1 {print $1}' | xargs)" 'n2 n10'
ok 'one of them twice' warren ps n2 n2
is 'is once' "$(printf '%s\n' "$out" | grep -c '^n2')" 1
ok 'the host' warren ps host
like 'has this shell' "$out" "^host +$$ "
unlike 'and nothing of web' "$out" 'sleep 1001'

run warren ps --json web
is 'JSON' "$rc $(printf '%s\n' "$out" | python3 -c '
import json, sys
print(sorted((p["node"], p["inside"] == 1, p["user"], p["by"], p["command"]) for p in json.load(sys.stdin) if p["command"].startswith("sleep")))')" \
	"0 [('web', False, 'root', 'process', 'sleep 1001'), ('web', True, 'root', 'process', 'sleep 1002')]"
run warren ps --json db
is 'JSON: by what' "$(printf '%s\n' "$out" | python3 -c '
import json, sys
print(sorted((p["by"], "file" in p, "thread" in p) for p in json.load(sys.stdin)))')" \
	"[('file', True, False), ('file', True, False), ('thread', False, True)]"
exits 1 'no such namespace' warren ps wbe
like 'is told what is there' "$err" "there is no namespace 'wbe'; did you mean 'web'"

# a command that would steer the terminal
start ip netns exec n2 bash -c 'exec -a "$(printf "evil\033[31m\nweb 1 1 root process x")" sleep 1007'
wait_for sh -c "pgrep -f 'evil' | grep -q ."
ok 'control characters' warren ps n2
is 'are shown, and obeyed by nobody' "$(printf '%s\n' "$out" | grep -c '^web')" 0
like 'as hexadecimal' "$out" 'evil\\x1b\[31m\\x0aweb'

# a command line that is longer than anybody reads
start ip netns exec n10 sh -c 'exec python3 -c "import time; time.sleep(1009)" $(seq 1 20000)'
wait_for sh -c "pgrep -f '^[^ ]*python3 -c import time; time.sleep.1009' | grep -q ."
ok 'a long command' warren ps n10
like 'begins as it does' "$out" 'python3 -c import time; time.sleep\(1009\) 1 2 3 '
# processes that end as they are looked at are no rows without a command
ip netns exec n10 sh -c 'i=0; while [ $i -lt 1500 ]; do /bin/true; i=$((i + 1)); done' &
forker=$!
for _ in $(seq 40); do warren ps n10; done >rows
wait "$forker"
is 'each row has a user and a command' "$(awk '$4 == "?" || NF < 6' rows | wc -l)" 0

kill "${started[@]}"
kill -KILL "$inner" # the first of its pid namespace, for which unshare waits
wait "${started[@]}" 2>/dev/null
ok 'down' warren down lab.yaml

if as_user unshare -Ur true 2>/dev/null; then
	chmod 755 .
	chmod 644 lab.yaml
	ok 'an ordinary user: nothing is up' as_user warren ps
	exits 1 'so there is no web' as_user warren ps web
	ok 'up' as_user warren up lab.yaml
	as_user warren exec web sleep 1008 &
	pid=$!
	wait_for sh -c "pgrep -f '^sleep 1008' | grep -q ."
	ok 'ps' as_user warren ps
	like 'his process' "$out" "^web +[0-9]+ +[0-9]+ +$(id -un 65534) +process +sleep 1008$"
	pkill -f '^sleep 1008'
	wait "$pid" 2>/dev/null
	ok 'his down' as_user warren down lab.yaml
fi
done_testing
