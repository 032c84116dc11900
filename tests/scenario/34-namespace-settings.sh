# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Settings of the namespaces made: the same on every machine; what the file says of them stays through changes of others.
. "$(dirname "$0")/lib.sh"
need ip sysctl

in_ns() { # in_ns NAMESPACE KEY...: the values, with what both ways of reading say
	local ns=$1
	shift
	ip netns exec "$ns" sysctl -n "${@/#/net.}" | xargs
}

lab() { # lab LINES: what the middle one has besides
	cat >lab.yaml <<E1
routing: static
namespaces:
  end: {}
  six: {}
  middle: {$1}
links:
  - {endpoints: [middle:eth0, end:eth0], subnet: 10.9.1.0/24}
  - {endpoints: [middle:eth1, six:eth0], subnet: [10.9.2.0/24${2:-}]}
E1
}

lab '' ', "fd00::/64"'
ok 'up' warren up lab.yaml
for at in end:eth0:0 middle:eth0:1 middle:eth1:1 six:eth0:0; do
	IFS=: read -r ns dev forwards <<<"$at"
	is "$ns: forwarding" "$(in_ns $ns ipv4.ip_forward ipv4.conf.default.forwarding ipv4.conf.$dev.forwarding)" \
		"$forwards $forwards $forwards"
	is "$ns: redirects are taken by who does not forward" "$(in_ns $ns ipv4.conf.all.accept_redirects)" $((1 - forwards))
	for conf in all default $dev; do
		is "$ns: no reverse path filter, of $conf" "$(in_ns $ns ipv4.conf.$conf.rp_filter)" 0
		is "$ns: redirects are sent, of $conf" "$(in_ns $ns ipv4.conf.$conf.send_redirects)" 1
	done
done
for at in middle:eth0:1 middle:eth1:1 six:eth0:0; do
	IFS=: read -r ns dev forwards <<<"$at"
	is "$ns: IPv6 forwarding" "$(in_ns $ns ipv6.conf.all.forwarding ipv6.conf.$dev.forwarding)" "$forwards $forwards"
	is "$ns: no detection of duplicates" "$(in_ns $ns ipv6.conf.{all,default,$dev}.accept_dad)" '0 0 0'
	is "$ns: no router advertisements" "$(in_ns $ns ipv6.conf.{default,$dev}.{accept_ra,autoconf})" '0 0 0 0'
done
ok 'down' warren down lab

# what a file no longer says is as Warren has it, not as a namespace of this machine is born
lab 'sysctls: {net.ipv4.conf.all.rp_filter: 2, net.ipv4.conf.eth0.rp_filter: 1, net.ipv4.conf.all.accept_redirects: 1,
    net.ipv4.ip_default_ttl: 77}'
ok 'up with settings of its own' warren up lab.yaml
is 'they are set' "$(in_ns middle ipv4.conf.{all,eth0}.rp_filter ipv4.conf.all.accept_redirects ipv4.ip_default_ttl)" '2 1 1 77'
exits 0 'status sees no difference' warren status lab.yaml
lab 'sysctls: {net.ipv4.tcp_rmem: 5000}'
ok 'up with the first of several numbers' warren up lab.yaml
like 'it is set' "$(in_ns middle ipv4.tcp_rmem)" '^5000[^0-9]+[0-9]+[^0-9]+[0-9]+$'
exits 0 'status sees no difference' warren status lab.yaml
ok 'up again' warren up lab.yaml
like 'has nothing to do' "$out" 'nothing'
lab ''
ok 'up without' warren up lab.yaml
is 'they are as at first' "$(in_ns middle ipv4.conf.{all,eth0}.rp_filter ipv4.conf.all.accept_redirects ipv4.ip_default_ttl)" '0 0 0 64'

# the kernel, and Warren, change some along with others
lab 'sysctls: {net.ipv4.conf.all.accept_redirects: 0}, forwarding: true'
ok 'up' warren up lab.yaml
lab 'sysctls: {net.ipv4.conf.all.accept_redirects: 0}, forwarding: false'
ok 'forwarding goes' warren up lab.yaml
is 'redirects stay refused' "$(in_ns middle ipv4.ip_forward ipv4.conf.all.accept_redirects)" '0 0'
lab 'sysctls: {net.ipv6.conf.default.accept_ra: 2, net.ipv6.conf.eth0.accept_ra: 2, net.ipv6.conf.all.hop_limit: 33}'
ok 'up of a namespace without IPv6 that has settings of it' warren up lab.yaml
lab 'sysctls: {net.ipv6.conf.default.accept_ra: 2, net.ipv6.conf.eth0.accept_ra: 2, net.ipv6.conf.all.hop_limit: 33}' \
	', "fd00::/64"'
ok 'IPv6 comes' warren up lab.yaml
is 'the settings stay' "$(in_ns middle ipv6.conf.{default,eth0}.accept_ra ipv6.conf.all.hop_limit)" '2 2 33'
is 'the others are as ever' "$(in_ns middle ipv6.conf.eth1.accept_ra ipv6.conf.{default,eth1}.accept_dad)" '0 0 0'
exits 0 'status sees no difference' warren status lab.yaml
ok 'down' warren down lab
done_testing
