# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Settings of the host: set by a network, noted with their old values, and given back, whoever else wants or changes them.
. "$(dirname "$0")/lib.sh"
need ip strace

now() { cat "/proc/sys/net/${1//.//}"; }
forward4=ipv4.ip_forward forward6=ipv6.conf.all.forwarding

lab() { # lab NAME NUMBER EXTRA: a network with a part in the host
	cat >"$1.yaml" <<E1
name: $1
namespaces:
  host: {$3}
  $1:
links:
  - {endpoints: [host:to$1, $1:eth0], subnet: [10.9.$2.0/24$4]}
E1
}

sysctl -qw net.$forward4=0 net.$forward6=0
lab one 1 'forwarding: true' ''
lab two 2 'forwarding: true' ', "fd00:2::/64"'

ok 'up of a network where the host forwards' warren up one.yaml
is 'it does' "$(now $forward4)" 1
is 'IPv6 is left alone where the network has none' "$(now $forward6)" 0
exits 0 'status sees no difference' warren status one.yaml
ok 'down' warren down one
is 'the host is as before' "$(now $forward4)" 0

for first in one two; do
	last=$([ $first = one ] && echo two || echo one)
	ok 'up of one network' warren up one.yaml
	run warren up two.yaml
	is 'up of a second that wants it too' "$rc" 0
	is 'IPv6 is forwarded where the network has it' "$(now $forward6)" 1
	ok "down of $first" warren down $first
	is 'the other one still has it' "$(now $forward4)" 1
	exits 0 'and is as its file says' warren status $last.yaml
	ok 'down of the other one' warren down $last
	is 'the host is as before' "$(now $forward4) $(now $forward6)" '0 0'
done

# somebody else has a hand in it
ok 'up again' warren up one.yaml
sysctl -qw net.$forward4=0
exits 3 'status sees that somebody else changed it' warren status one.yaml
ok 'another network wants it' warren up two.yaml
ok 'down of the first' warren down one
is 'the second one still has it' "$(now $forward4)" 1
ok 'down of the second' warren down two
is 'the host is as before' "$(now $forward4)" 0

ok 'up again' warren up one.yaml
sysctl -qw net.$forward4=0
ok 'up makes it good' warren up one.yaml
is 'the host forwards' "$(now $forward4)" 1
ok 'down' warren down one
is 'the host is as before' "$(now $forward4)" 0

ok 'up' warren up one.yaml
sysctl -qw net.$forward4=0
ok 'down of a network whose setting somebody else changed' warren down one
is 'it stays as he wants it' "$(now $forward4)" 0

sysctl -qw net.$forward4=1
ok 'up on a host that forwards already' warren up one.yaml
exits 0 'status sees no difference' warren status one.yaml
ok 'down' warren down one
is 'it still forwards' "$(now $forward4)" 1
lab one 1 'forwarding: false' ''
ok 'a file may switch it off' warren up one.yaml
is 'the host does not forward' "$(now $forward4)" 0
ok 'down' warren down one
is 'it forwards again' "$(now $forward4)" 1
sysctl -qw net.$forward4=0

# the kernel changes accept_redirects along with forwarding; that comes back, too, whatever it was
redirects=ipv4.conf.all.accept_redirects
for was in 0 1; do
	for last in one two; do
		first=$([ $last = one ] && echo two || echo one)
		lab one 1 'forwarding: true' ''
		lab two 2 'forwarding: true' ''
		sysctl -qw net.$forward4=0 net.$redirects=$was
		ok "up on a host where accept_redirects is $was" warren up one.yaml
		is 'who forwards takes none' "$(now $redirects)" 0
		ok 'up of another network' warren up two.yaml
		ok "down of $first" warren down $first
		is 'the host forwards still, and takes none' "$(now $forward4) $(now $redirects)" '1 0'
		exits 0 'the other one is as its file says' warren status $last.yaml
		ok "down of $last" warren down $last
		is 'the host is as before' "$(now $forward4) $(now $redirects)" "0 $was"
	done
done
sysctl -qw net.$redirects=0
ok 'up' warren up one.yaml
sysctl -qw net.$redirects=1
ok 'down after somebody else changed it' warren down one
is 'it stays as he wants it' "$(now $forward4) $(now $redirects)" '0 1'
sysctl -qw net.$forward4=1 net.$redirects=1
ok 'up on a host that forwards already' warren up one.yaml
ok 'down' warren down one
is 'the host is as before' "$(now $forward4) $(now $redirects)" '1 1'
sysctl -qw net.$forward4=0 net.$redirects=1

# the kernel changes all interfaces along with it; one that was not as the others comes back, too
ip link add keeps.1 type veth peer name keeps
each() { cat /proc/sys/net/ipv{4,6}/conf/{keeps.1,keeps}/forwarding | xargs; }
for was in 0 1; do
	apart=$((1 - was))
	for last in one two; do
		first=$([ $last = one ] && echo two || echo one)
		lab one 1 "forwarding: $([ $was = 0 ] && echo true || echo false)" ', "fd00:1::/64"'
		lab two 2 "forwarding: $([ $was = 0 ] && echo true || echo false)" ', "fd00:2::/64"'
		sysctl -qw net.$forward4=$was net.$forward6=$was
		for v in 4 6; do echo $apart >/proc/sys/net/ipv$v/conf/keeps.1/forwarding; done
		is 'an interface apart' "$(each)" "$apart $was $apart $was"
		ok 'up on a host that has it apart' warren up one.yaml
		ok 'up of another network' warren up two.yaml
		is 'all forward alike' "$(each)" "$apart $apart $apart $apart"
		ok "down of $first" warren down $first
		is 'they do still' "$(each)" "$apart $apart $apart $apart"
		ok "down of $last" warren down $last
		is 'it is apart again' "$(each) $(now $forward4) $(now $forward6)" "$apart $was $apart $was $was $was"
	done
done

# also where a down is killed while it gives them back, wherever that is, and goes on
all_of_it() { echo "$(each) $(now $forward4) $(now $forward6) $(now $redirects) $(now ipv4.conf.all.rp_filter)"; }
lab one 1 'forwarding: true, sysctls: {net.ipv4.conf.all.rp_filter: 2}' ', "fd00:1::/64"'
lab two 2 'forwarding: true' ', "fd00:2::/64"'
for redirect in 0 1; do
	sysctl -qw net.$forward4=0 net.$forward6=0 net.$redirects=$redirect net.ipv4.conf.all.rp_filter=0
	for v in 4 6; do echo 1 >/proc/sys/net/ipv$v/conf/keeps.1/forwarding; done
	was=$(all_of_it)
	for call in write renameat unlink; do
		for ((n = 1; n <= 40; n++)); do
			warren up -q one.yaml || fail 'up'
			strace -f -qq -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$n "$WARREN" down one >killed 2>&1 &&
				break
			case $((n % 3)) in
			1) warren up -q one.yaml || fail 'up after the kill' ;;
			2) warren up -q two.yaml || fail 'up of another network' ;;
			esac
			run warren down one.yaml
			warren down -q two.yaml || fail 'down of the other network'
			is "down, killed at $call $n, goes on, and the host is as before" "$rc $(all_of_it)" "0 $was"
		done
		is "$call: down ends at last, and the host is as before" "$(all_of_it)" "$was"
		[ "$n" -le 40 ] || fail "$call: down is killed always"
	done
done
ip link del keeps
sysctl -qw net.$forward4=0 net.$forward6=0 net.$redirects=1

# any other setting, changed in the file
ttl=$(now ipv4.ip_default_ttl)
ecn=$(now ipv4.tcp_ecn)
lab one 1 'sysctls: {net.ipv4.ip_default_ttl: 99, net.ipv4.tcp_ecn: 1}' ''
ok 'up with settings of the host' warren up one.yaml
is 'they are set' "$(now ipv4.ip_default_ttl) $(now ipv4.tcp_ecn)" '99 1'
lab one 1 'sysctls: {net.ipv4.ip_default_ttl: 98}' ''
ok 'one changes, one goes' warren up one.yaml
is 'so they do' "$(now ipv4.ip_default_ttl) $(now ipv4.tcp_ecn)" "98 $ecn"
lab two 2 'sysctls: {net.ipv4.ip_default_ttl: 97}' ''
ok 'a second network wants another value' warren up two.yaml
exits 3 'which the first one sees' warren status one.yaml
ok 'down of the first' warren down one
is 'the second one has its value' "$(now ipv4.ip_default_ttl)" 97
ok 'down of the second' warren down two
is 'the host has its own' "$(now ipv4.ip_default_ttl)" "$ttl"

# a failed up gives back what it set
lab one 1 'forwarding: true, sysctls: {net.ipv4.ip_default_ttl: 99, net.ipv4.no_such_setting: 1}' ''
fails 'up with a setting that this kernel does not have' warren up one.yaml
like 'the error names it, with its place' "$err" 'one.yaml:3:[0-9]+: .*net.ipv4.no_such_setting'
is 'the host is as before' "$(now $forward4) $(now ipv4.ip_default_ttl)" "0 $ttl"

# a killed up is finished or taken back
lab one 1 'forwarding: true, sysctls: {net.ipv4.ip_default_ttl: 99}' ''
if command -v strace >/dev/null; then
	for n in 1 2 3; do
		strace -f -o /dev/null -e trace=rename,renameat,renameat2 \
			-e inject=rename,renameat,renameat2:signal=KILL:when=$n "$WARREN" up one.yaml >/dev/null 2>&1
		ok "down after up was killed at its rename $n" warren down one.yaml
		is 'the host is as before' "$(now $forward4) $(now ipv4.ip_default_ttl)" "0 $ttl"
	done
fi
lab one 1 'ipv6: off' ''
fails 'the IPv6 of the host is none of the file' warren check one.yaml
like 'the error says so' "$err" "one.yaml:3:[0-9]+: .*host.*'ipv6'"
lab one 1 'dns: {servers: [10.9.9.9]}' ''
fails 'nor are its name servers' warren check one.yaml
like 'the error says so' "$err" "one.yaml:3:[0-9]+: .*host.*'dns'"
done_testing
