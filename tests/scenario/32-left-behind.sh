# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# What a warren that was killed, or a machine that was switched off, left behind: it is listed, it is
# in nobody's way, and `down` removes it. And what two do at once with what all networks share.
. "$(dirname "$0")/lib.sh"
need ip strace python3 flock

for name in lab l1 l2 other; do
	printf 'name: %s\nnamespaces: {%s1: , %s2: }\nlinks: [{endpoints: [%s1, %s2]}]\n' \
		$name $name $name $name $name >$name.yaml
done
printf 'name: h1\nnamespaces: {a: }\nlinks: [{endpoints: [a, host], subnet: 10.77.0.0/24}]\n' >h1.yaml
chmod 644 ./*.yaml

inject() { # inject FAULT CMD...
	local fault=$1
	shift
	without_leak_sanitizer strace -f -qq -o /dev/null -e trace=all -e "inject=$fault" "$@"
}
delay() { # delay PATH CALL CMD...: 2.5 s before its first CALL on PATH
	local path=$1 call=$2
	shift 2
	strace -f -qq -o /dev/null -P "$path" -e "trace=$call" -e "inject=$call:delay_enter=2500000:when=1" "$@"
}
left() {
	find /run/netns /etc/netns /run/warren -mindepth 1 2>/dev/null
	find /etc/netns /run/warren -maxdepth 0 2>/dev/null
}
changed_by() {
	"$WARREN" status --json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["changed_by"])'
}

# ---- the first `up` is killed early
for point in flock:when=1 renameat:when=1 mount:when=1 move_mount:when=1; do
	run inject "${point%:*}:signal=KILL:${point#*:}" "$WARREN" up lab.yaml
	is "killed at $point" "$rc" 137
	if [ $point != flock:when=1 ]; then
		ok "$point: status" warren status
		like "$point: names it" "$out" '^lab +[0-9 ]+ +interrupted'
		fails "$point: its status" warren status lab
		like "$point: which says what to do" "$err" "'warren down lab' removes it"
	fi
	ok "$point: down by its name" warren down lab
	is "$point: nothing is left" "$(left)" ''
done

# ---- one is at work
hold /run/netns/lab1 move_mount "$WARREN" up lab.yaml
pid=$(changed_by)
ok 'its pid is told' test "$(cat "/proc/$pid/comm")" = warren
ok 'status' warren status
like 'says that it is being changed' "$out" "^lab +2 +0 +being changed by $pid +"
exits 3 'status of it' warren status lab.yaml
like 'says so, too' "$out" "^lab is being changed by another warren \(pid $pid\)"
is 'in JSON, too' "$(warren status --json lab.yaml | python3 -c \
	'import json, sys; d = json.load(sys.stdin); print(d["interrupted"], d["changed_by"])')" "False $pid"
let_go
is 'up ends well' "$rc" 0
is 'nobody changes it any more' "$(changed_by)" None
exits 0 'status' warren status lab
ok 'down' warren down lab

# ---- the host's lock
lock=/run/warren/lock/.host
flock_host() { (
	exec 9>>$lock
	flock 9
	echo 4711 >&9
	touch held
	exec sleep 1000
) & }
ok 'a network' warren up other.yaml
touch $lock
hold $lock flock "$WARREN" up l1.yaml
rm $lock
flock_host
holder=$!
wait_for test -e held
let_go
is 'who saw a lock that nobody had any more' "$rc" 0
ok 'does not remove the one that somebody has by now' test -e $lock
"$WARREN" up h1.yaml >second.out 2>second.err &
second=$!
wait_for grep -q 'until it has finished$' second.err
is 'who waits for it says for whom' "$(cat second.err)" "warren: warning: another warren (pid 4711) is at work on \
the host's links, addresses, routes and settings; waiting until it has finished"
ok 'and waits' alive $second
kill $holder
wait $second
is 'until it is free' "$?" 0
for name in h1 l1 other; do
	ok "down $name" warren down $name
done
is 'nothing is left' "$(left)" ''

# ---- the directory that all networks share
ok 'a network' warren up l1.yaml
delay /run/warren/made unlink "$WARREN" down l1 >first.out 2>&1 &
first=$!
wait_for eval '! test -e /etc/netns'
ok 'up of another, while the last one removes it' warren up l2.yaml
wait $first
is 'down ends well' "$?" 0
ok 'its files are there' test -e /etc/netns/l21/hosts
ok 'down' warren down l2
is 'nothing is left' "$(left)" ''
warren up l1.yaml >/dev/null
strace -f -qq -o calls -e trace=unlink,unlinkat,rmdir "$WARREN" down l1 >/dev/null 2>&1
bad='' turn=0
while read -r call n; do
	"$WARREN" up l1.yaml >/dev/null 2>&1
	inject "$call:signal=KILL:when=$n" "$WARREN" down l1 >/dev/null 2>&1
	[ $? = 137 ] || bad="$bad not-killed-at-$call-$n"
	turn=$((turn + 1))
	# where its lock is gone, too, nothing of it is left but empty directories
	[ ! -e /run/warren/lock/l1 ] || "$WARREN" down l1 >out 2>&1 || bad="$bad down-$call-$n:$(head -1 out)"
	[ -z "$(find /etc/netns /run/warren ! -type d 2>/dev/null)" ] || bad="$bad left-$call-$n:$(left)"
	"$WARREN" down l1.yaml >/dev/null 2>&1
	[ -z "$(left)" ] || bad="$bad left-after-$call-$n:$(left)"
done < <(awk '/(unlink|unlinkat|rmdir)\(/ { sub(/^[0-9]+ +/, ""); sub(/\(.*/, ""); print $1, ++n[$1] }' calls)
is "a down that was killed at any of $turn removals is finished by the next" "$bad" ''
like 'there were such' "$turn" '^[0-9]{2,}$'

# ---- after the machine was switched off
switch_off() {
	local name
	for name in /run/netns/* /run/warren/net/*/etc; do
		umount "$name" 2>/dev/null
	done
	umount -l /run/netns 2>/dev/null
	rm -rf /run/warren /run/netns
	mkdir /run/netns
}
cat >rb.yaml <<'E1'
name: rb
namespaces:
  red: {}
  blue: {dns: {servers: [10.9.0.53]}}
  green: {}
links: [{endpoints: [red, blue]}, {endpoints: [blue, green]}]
E1
sed 's/^name: rb/name: smaller/; /green/d; $a links: [{endpoints: [red, blue]}]' rb.yaml >smaller.yaml
sed 's/^name: smaller/name: rb/' smaller.yaml >rb-smaller.yaml
warren up rb.yaml >/dev/null
switch_off
is 'links are left' "$(names /etc/netns)" 'blue green red'
exits 0 'no network is up' warren status
is 'which status says' "$out" 'no network is up'
ok 'what down would do' warren down rb --dry-run
is 'is told' "$(grep -c '^- file' <<<"$out")" 3
ok 'down by its name' warren down rb
like 'says that it removed something' "$out" '^rb is down \(3 deleted\)'
is 'nothing is left but the directory, which may be the administrator'"'"'s' "$(left)" /etc/netns
exits 1 'down once more' warren down rb
like 'knows no such network' "$err" 'no such network'

warren up rb.yaml >/dev/null
switch_off
ok 'another network with such nodes comes up' warren up smaller.yaml
is 'its files are its own' "$(readlink /etc/netns/red /etc/netns/blue | xargs)" \
	'/run/warren/net/smaller/etc /run/warren/net/smaller/nodes/blue'
exits 0 'without drift' warren status smaller
is 'the rest is left' "$(readlink /etc/netns/green)" /run/warren/net/rb/etc
ok 'down of the first removes that' warren down rb
is 'and nothing else' "$(names /etc/netns)" 'blue red'
exits 0 'without drift' warren status smaller
warren up rb-smaller.yaml >/dev/null 2>&1
ok 'down' warren down smaller
is 'nothing is left but the directory' "$(left)" /etc/netns

warren up rb.yaml >/dev/null
switch_off
ok 'up of the same with less' warren up rb-smaller.yaml
is 'removes what it does not want any more' "$(names /etc/netns)" 'blue red'
ok 'no other is left' test ! -e /etc/netns/green
ln -s /run/warren/net/rb/etc /etc/netns/l11
ln -s /run/warren/elsewhere /etc/netns/l12
exits 1 'links of a network that is up are in the way' warren up l1.yaml
like 'names the one' "$err" '/etc/netns/l11 exists'
like 'and one that leads into no state' "$err" '/etc/netns/l12 exists'
rm /etc/netns/l1[12]
ok 'down' warren down rb
is 'nothing is left but the directory' "$(left)" /etc/netns
rmdir /etc/netns

# ---- the same as an ordinary user, where he may
if as_user unshare -Ur true 2>/dev/null; then
	cp ./*.yaml user/
	as_user warren netns add keep >/dev/null
	run without_leak_sanitizer as_user strace -f -qq -o /dev/null -e trace=all -e inject=renameat:signal=KILL:when=1 \
		warren up lab.yaml
	like 'a user sees what was killed' "$(as_user warren status)" '^lab +[0-9 ]+ +interrupted'
	ok 'and removes it' as_user warren down lab
	as_user warren netns delete keep >/dev/null
	as_user warren up lab.yaml >/dev/null
	run without_leak_sanitizer as_user strace -f -qq -o /dev/null -P "$tmp/user/run/warren/networks/made" \
		-e trace=unlink -e inject=unlink:signal=KILL:when=1 warren down lab
	is 'down is killed at the list of directories' "$rc" 137
	ok 'the next one' as_user warren down lab
	is 'leaves nothing' "$(find user/run -mindepth 1)" ''
fi
done_testing
