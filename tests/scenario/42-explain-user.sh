# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# An ordinary user asks why: the same answers, and remedies that he can type.
. "$(dirname "$0")/lib.sh"
need ip ping setpriv sysctl

as_user true 2>/dev/null || skip_all 'no second user here'
as_user unshare -Ur true 2>/dev/null || skip_all 'the kernel does not let users make user namespaces'
save_state
chmod 755 .
sed 's/    gateway: 10.0.2.1//' "$top/examples/chain.yaml" >chain.yaml
chmod 644 chain.yaml

exits 1 'nothing is up' as_user warren explain host far
like 'which it says' "$err" 'nothing is up; bring a network up'
ok 'up' as_user warren up chain.yaml
exits 1 'no way back' as_user warren explain -W 200 -c 2 host far
like 'that is the cause' "$out" '^not reached: far has no route back to 10.0.1.1$'
remedy=$(printf '%s\n' "$out" | sed -n 's/^remedy: //p')
is 'the remedy is for him' "$remedy" 'warren exec far ip route add 10.0.1.0/24 via 10.0.2.1'
ok 'and works' as_user bash -c "$remedy"
ok 'reached' as_user warren explain host far
like 'each interface has seen it' "$out" '^near +two \* +three \* '
as_user warren exec near sysctl -qw net.ipv4.conf.all.forwarding=0
exits 1 'forwarding off' as_user warren explain -W 200 -c 2 host far
remedy=$(printf '%s\n' "$out" | sed -n 's/^remedy: //p')
is 'the remedy is a sysctl of his' "$remedy" 'warren exec near sysctl -w net.ipv4.ip_forward=1'
ok 'which works' as_user bash -c "$remedy"
ok 'reached again' as_user warren explain far host
ok 'down' as_user warren down chain.yaml
done_testing
