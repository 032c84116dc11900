#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An ordinary user: networks in a user namespace of his own, which lives from the first up to the last down.
. "$(dirname "$0")/lib.sh"
need ip setpriv unshare curl python3 ping
as_user true 2>/dev/null || skip_all 'no second user here'
dir=$tmp/user/run/warren

cat >lab.yaml <<'END'
name: lab
namespaces:
  web: {gateway: 10.8.0.2, dns: {servers: [192.0.2.53]}}
  mid: {forwarding: true}
  red: {gateway: 10.9.0.1}
  blue: {gateway: 10.9.0.1}
  host: {routes: [{to: 10.8.0.0/30, via: 10.9.0.1}]}
links:
  - {endpoints: [web, mid], subnet: 10.8.0.0/30}
switches:
  lan: {ports: [mid, red, blue, host], subnet: 10.9.0.0/24}
END
printf 'name: two\nnamespaces: {solo: }\n' >two.yaml
chmod 644 lab.yaml two.yaml

holder() {
	cut -d' ' -f1 "$dir/holder.lock"
}
gone() {
	! alive "$1"
}

# Before.
exits 1 'nothing is up' as_user warren exec web true
like 'which exec says' "$err" 'no network is up'
ok 'down has nothing to do' as_user warren down lab.yaml
is 'and makes nothing' "$(ls -A "$tmp/user/run")" ''

# Up.
ok 'up' as_user warren up lab.yaml
ok 'a process holds it' alive "$(holder)"
is 'which has a name' "$(tr -d '\0' <"/proc/$(holder)/cmdline" | sed 's/ *$//')" 'warren: holder'
is 'and nothing open but its lock' "$(find "/proc/$(holder)/fd" -type l -printf '%l\n' | sort -u)" \
	"$(printf '/dev/null\n%s' "$dir/holder.lock")"
is 'the directory is his alone' "$(stat -c '%a %u' "$dir")" '700 65534'
like 'he is root inside' "$(as_user warren exec web id -u)" '^0$'
ok 'a ping over the switch and the router' as_user warren exec red ping -c1 -W5 web
ok 'from the host of his own' as_user warren exec host ping -c1 -W5 10.8.0.1
mkdir -m 755 site
echo 'hello from web' >site/index.html
chmod 644 site/index.html
as_user warren exec web python3 -m http.server --directory "$tmp/site" 80 >/dev/null 2>&1 &
server=$!
ok 'a web server inside is reached from inside' wait_for as_user warren exec blue curl -sf http://web/
is 'and serves' "$(as_user warren exec blue curl -s http://web/)" 'hello from web'
fails 'from the machine it is not' curl -sf --max-time 2 http://10.8.0.1/
is 'the machine has no link more' "$(ip -br link | wc -l)" 1
is 'the machine has no name more' "$(ls /run/netns)" ''
kill "$server"
wait "$server" 2>/dev/null
is 'resolv.conf of the node' "$(as_user warren exec web cat /etc/resolv.conf)" 'nameserver 192.0.2.53'
is 'its interfaces in /sys' "$(as_user warren exec web ls /sys/class/net | tr '\n' ' ')" 'eth0 lo '
is 'its host name' "$(as_user warren exec web hostname)" web
is 'ip netns works inside' "$(as_user warren exec host ip netns list | wc -l)" 5
is 'the working directory stays' "$(as_user warren exec web pwd)" "$tmp"
ok 'warren inside warren' as_user warren exec host warren exec web true
is 'and knows what is up' "$(as_user warren exec host warren status | grep -c '^lab ')" 1
run as_user warren up lab.yaml
like 'up again has nothing to do' "$out" 'nothing to do'
pid=$(holder)
ok 'a second network' as_user warren up two.yaml
is 'is held by the same process' "$(holder)" "$pid"
ok 'the first goes' as_user warren down lab
ok 'the process stays' alive "$pid"
ok 'the second goes' as_user warren down two
ok 'and with it the process' wait_for gone "$pid"
is 'nothing is left in his directory' "$(ls -A "$tmp/user/run")" ''

# By verbs, without a file.
ok 'netns add' as_user warren netns add n1
pid=$(holder)
ok 'another' as_user warren netns add n2
is 'netns list' "$(as_user warren netns list | sort | tr '\n' ' ')" 'n1 n2 '
is 'exec' "$(as_user warren exec n1 hostname)" n1
as_user warren exec n2 sh -c "echo \$\$ >$tmp/user/pid; exec sleep 1000" &
wait_for test -s "$tmp/user/pid"
ok 'netns delete' as_user warren netns delete n1
ok 'the process stays' alive "$pid"
ok 'netns delete, of one with a process in it' as_user warren netns delete n2
ok 'the process goes with the last' wait_for gone "$pid"
is 'without a trace' "$(ls -A "$tmp/user/run")" ''
ok 'who was in it lives on' alive "$(cat "$tmp/user/pid")"
kill "$(cat "$tmp/user/pid")"
wait

# Two at once make one holder.
for n in a b c d; do
	printf 'name: %s\nnamespaces: {%s1: }\n' $n $n >$n.yaml
	chmod 644 $n.yaml
	as_user warren up $n.yaml >$n.out 2>&1 &
done
wait
is 'four at once' "$(as_user warren exec host ip netns list | sort | tr '\n' ' ')" 'a1 b1 c1 d1 '
pid=$(holder)
for n in a b c d; do
	as_user warren down $n >$n.out 2>&1 &
done
wait
ok 'and all gone at once' wait_for gone "$pid"
is 'without a trace' "$(ls -A "$tmp/user/run")" ''

# The holder is killed: with it goes what was up.
as_user warren up lab.yaml >/dev/null
pid=$(holder)
kill -9 "$pid"
wait_for gone "$pid"
run as_user warren exec web true
unlike 'exec says no nonsense' "$rc" '^0$'
like 'a warning says what happened' "$err" 'is gone'
ok 'up builds it again' as_user warren up lab.yaml
ok 'and it works' as_user warren exec red ping -c1 -W5 web
pid=$(holder)
kill -9 "$pid"
wait_for gone "$pid"
ok 'down takes what is left' as_user warren down lab
is 'all of it' "$(ls -A "$tmp/user/run")" ''

# A stale lock whose pid is now somebody else's.
as_user sh -c 'mkdir -m 700 "$XDG_RUNTIME_DIR/warren"; echo "$$ 1" >"$XDG_RUNTIME_DIR/warren/holder.lock"'
ok 'a stale lock file is no obstacle' as_user warren up two.yaml
ok 'nor is it later' as_user warren down two

# Where his directory is.
mkdir -m 777 other
chmod 777 other
as_user sh -c 'XDG_RUNTIME_DIR='"$tmp"'/other exec warren up two.yaml' >/dev/null
is 'not where others can write' "$(ls -A other)" ''
as_user sh -c 'XDG_RUNTIME_DIR='"$tmp"'/other exec warren down two' >/dev/null
ln -s /etc "$tmp/user/run/warren"
exits 1 'a link in its place is not followed' as_user warren up two.yaml
like 'and is named' "$err" "$dir"
rm "$tmp/user/run/warren"

# More ids than his own.
if command -v newuidmap >/dev/null; then
	echo 'nobody:200000:1000' >/etc/subuid
	echo 'nobody:200000:1000' >/etc/subgid
	ok 'with /etc/subuid' as_user warren up two.yaml
	is 'its ids are there' "$(as_user warren exec solo cat /proc/self/uid_map | tr -s ' ')" \
		"$(printf ' 0 65534 1\n 1 200000 1000')"
	ok 'and can be used' as_user warren exec solo setpriv --reuid=33 --regid=33 --clear-groups \
		sh -c '[ "$(id -u)" = 33 ] && ls /run >/dev/null'
	ok 'and go' as_user warren down two
	echo 'nobody:0:1000' >/etc/subuid
	ok 'a range that is refused is done without' as_user warren up two.yaml
	ok 'which works' as_user warren exec solo true
	as_user warren down two >/dev/null
	rm -f /etc/subuid /etc/subgid
fi

# Odd surroundings.
for what in 'umask 077' 'ulimit -n 16' 'exec <&- 2>&-' 'trap "" CHLD HUP TERM'; do
	ok "up with $what" as_user bash -c "$what; exec warren up two.yaml"
	ok "exec with $what" as_user bash -c "$what; exec warren exec solo true"
	pid=$(holder)
	ok "down with $what" as_user bash -c "$what; exec warren down two"
	ok 'the process is gone' wait_for gone "$pid"
done
mkdir -m 777 gone
chmod 777 gone
ok 'a working directory that is gone' as_user bash -c "cd $tmp/gone && rmdir $tmp/gone; warren up $tmp/two.yaml" \
	2>/dev/null
ok 'there, exec' as_user bash -c "mkdir $tmp/user/g && cd $tmp/user/g && rmdir $tmp/user/g; warren exec solo true"
as_user warren down two >/dev/null

# Where it is forbidden. A limit can be set for a user namespace and what is below it.
for limit in user mnt net; do
	exits 1 "max_${limit}_namespaces is 0" as_user unshare -Ur \
		sh -c "echo 0 >/proc/sys/user/max_${limit}_namespaces; exec warren up two.yaml"
	like 'is named, with the remedy' "$err" "user.max_${limit}_namespaces is 0.*sysctl -w"
done
exits 1 'no /proc' as_user unshare -Urm setpriv --bounding-set=-net_admin --inh-caps=-net_admin \
	sh -c 'mount -t tmpfs none /proc; exec warren up two.yaml'
exits 1 'no process more' without_leak_sanitizer as_user bash -c 'ulimit -u 1; exec warren up two.yaml'
like 'is named' "$err" 'ulimit -u'
exits 1 'no descriptor more' as_user bash -c 'ulimit -n 6; exec warren up two.yaml'
is 'nothing is left of all this' "$(ls -A "$tmp/user/run")" ''
ok 'root without the capabilities is an ordinary user' \
	env XDG_RUNTIME_DIR="$tmp" setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin "$WARREN" up two.yaml
ok 'there, exec' env XDG_RUNTIME_DIR="$tmp" setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin \
	"$WARREN" exec solo true
ok 'there, down' env XDG_RUNTIME_DIR="$tmp" setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin \
	"$WARREN" down two

done_testing
