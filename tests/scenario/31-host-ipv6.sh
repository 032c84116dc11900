# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# IPv6 on a network's links in the host: also where the host has it off for new ones; and where it has none.
. "$(dirname "$0")/lib.sh"
need ip ping strace sysctl
[ -e /proc/sys/net/ipv6 ] || skip_all 'no IPv6 here'

cat >six.yaml <<'E1'
name: six
namespaces:
  host: {routes: [{to: "fd09::/64", via: "fd07::2"}, {to: "fd0a::/64", dev: tored}]}
  red: {interfaces: {lo: {addresses: ["fd09::1/128"]}}}
  blue:
links:
  - {endpoints: ["host:tored", red], subnet: 10.7.1.0/24}
  - {endpoints: [host, red], subnet: [10.7.0.0/24, "fd07::/64"]}
  - {endpoints: ["host:a.dot", blue], subnet: "fd06::/64"}
switches:
  sw: {ports: [red, blue], subnet: [10.7.2.0/24, "fd08::/64"], address: [10.7.2.1/24, "fd08::1/64"]}
E1

off() { cat "/proc/sys/net/ipv6/conf/$1/disable_ipv6"; }
all_off() { for i in /proc/sys/net/ipv6/conf/*; do echo "$(basename "$i") $(off "$(basename "$i")")"; done | sort | xargs; }

works() {
	ok "$1: up" warren up six.yaml
	for address in fd07::2 fd06::2 fd08::2 fd08::3 fd09::1; do
		ok "$address answers" ping -6 -c1 -W2 -q $address
	done
	exits 0 'status is content' warren status six.yaml
	run warren up six.yaml
	like 'up has nothing to do' "$out" 'nothing to do'
}

before=$(all_off)
works 'with IPv6'
ok 'down' warren down six

# the host has it off for what is new, or for all
for which in default all; do
	sysctl -qw net.ipv6.conf.$which.disable_ipv6=1
	was=$(all_off)
	ok 'plan' warren plan six.yaml
	works "$which.disable_ipv6"
	is 'what is not of the network stays' "$(for i in all default lo; do off $i; done | xargs)" \
		"$(for i in all default lo; do grep -o "\b$i [01]" <<<"$was" | cut -d' ' -f2; done | xargs)"
	is 'what needs none has none' "$(off blue-eth1)" 1

	# somebody switches it off
	sysctl -qw net.ipv6.conf.sw.disable_ipv6=1
	exits 3 'without it, it differs' warren status six.yaml
	like 'which is said' "$out" '^~ link sw in host: IPv6 on'
	works 'up again'
	ok 'down' warren down six
	is 'the host is as it was' "$(all_off)" "$was"
	sysctl -qw net.ipv6.conf.$which.disable_ipv6=0
done
sysctl -qw net.ipv6.conf.lo.disable_ipv6=0
is 'the host is as before' "$(all_off)" "$before"

# a network without is none of that
sysctl -qw net.ipv6.conf.default.disable_ipv6=1
printf 'name: four\nnamespaces: {red: }\nlinks: [{endpoints: [host, red], subnet: 10.7.0.0/24}]\n' >four.yaml
ok 'up without IPv6' warren up four.yaml
is 'its link has none' "$(off red-eth0)" 1
exits 0 'status is content' warren status four.yaml
ok 'down' warren down four
sysctl -qw net.ipv6.conf.default.disable_ipv6=0

# there is none at all: ipv6.disable=1
strace -f -qq -o trace -e trace=socket "$WARREN" plan six.yaml >/dev/null 2>&1
n=$(grep -n -m1 AF_INET6 trace | cut -d: -f1)
is 'whether there is any is asked once' "$(grep -c AF_INET6 trace)" 1
for verb in plan 'up --dry-run' up; do
	# shellcheck disable=SC2086 # words
	fails "$verb without IPv6" strace -f -qq -o trace -e trace=socket -e "inject=socket:error=EAFNOSUPPORT:when=${n:-1}" \
		"$WARREN" $verb six.yaml
	like 'the error says what to do' "$err" "six.yaml:[0-9]+:[0-9]+: .*there is no IPv6 here; .*ipv6.disable=1"
	is 'nothing was done' "$(names; ls /run/warren/net 2>/dev/null)" ''
done
done_testing
