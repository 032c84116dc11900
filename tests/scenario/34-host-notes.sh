# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# What a network notes of the host's settings: it holds also where the kernel refuses a value, writes it in its own way, or
# has a long one; where it cannot be given back; and where several networks are at work at once.
. "$(dirname "$0")/lib.sh"
need ip strace

now() { cat "/proc/sys/net/${1//.//}"; }

lab() { # lab NAME NUMBER SYSCTLS: a network with settings of the host
	cat >"$1.yaml" <<E1
name: $1
namespaces:
  host: {sysctls: {$3}}
  $1:
links:
  - {endpoints: [host:to$1, $1:eth0], subnet: 10.9.$2.0/24}
E1
}

node() { # node SYSCTLS: a network with settings of a node
	printf 'name: node\nnamespaces:\n  n: {sysctls: {%s}}\n' "$1" >node.yaml
}

digest() { printf '%s' "$1" | md5sum; }

slow() { # slow PATH CALL CMD...: with each such call on the path held up for two seconds
	local path=$1 call=$2
	shift 2
	strace -f -qq -o /dev/null -P "$path" -e "trace=$call" -e "inject=$call:delay_enter=2000000" "$@"
}

# a value that the kernel refuses
before=$(now core.somaxconn)
lab one 1 'net.core.somaxconn: 1000'
ok 'up' warren up one.yaml
lab one 1 'net.core.somaxconn: bogus'
fails 'up with a value that the kernel refuses' warren up one.yaml
like 'the error names it, with its place' "$err" "one.yaml:3:[0-9]+: .*net.core.somaxconn.*refuses.*bogus"
is 'the host has what it had' "$(now core.somaxconn)" 1000
ok 'down' warren down one
is 'gives back what was before' "$(now core.somaxconn)" "$before"
fails 'up of nothing but that' warren up one.yaml
is 'leaves the host as it is' "$(now core.somaxconn)" "$before"
leak_check 'nothing is left of it'

# a value that the kernel takes in part
lab one 1 'net.ipv4.tcp_rmem: 5000 nonsense'
rmem=$(now ipv4.tcp_rmem)
fails 'up with a value that is half wrong' warren up one.yaml
is 'leaves the host as it is' "$(now ipv4.tcp_rmem)" "$rmem"
lab one 1 'net.core.somaxconn: "1\n2"'
fails 'up with a value of two lines' warren up one.yaml
is 'leaves the host as it is' "$(now core.somaxconn)" "$before"

# killed between note and write, and between write and note
lab one 1 'net.core.somaxconn: 1000'
lab two 1 'net.core.somaxconn: 2000'
sed -i 's/two/one/' two.yaml
for call in openat:when=1 write:when=1; do
	ok 'up' warren up one.yaml
	strace -f -qq -o /dev/null -P net/core/somaxconn -e trace=openat,write \
		-e "inject=$call:signal=KILL" "$WARREN" up two.yaml >/dev/null 2>&1
	ok "down after up was killed at $call" warren down one
	is 'gives back what was before' "$(now core.somaxconn)" "$before"
done
for n in 1 2 3 4 5 6; do
	strace -f -qq -o /dev/null -P /run/warren/net/one/host-sysctls -e trace=renameat \
		-e "inject=renameat:signal=KILL:when=$n" "$WARREN" up one.yaml >/dev/null 2>&1
	ok "down after up was killed at its note $n" warren down one
	is 'gives back what was before' "$(now core.somaxconn)" "$before"
done
leak_check 'nothing is left of it'

# a value that the kernel writes in another way
fastopen=$(now ipv4.tcp_fastopen)
rmem=$(now ipv4.tcp_rmem)
lab one 1 'net.ipv4.tcp_fastopen: 0x403, net.ipv4.tcp_rmem: 5000, net.ipv4.ip_local_reserved_ports: "3,1,2,9-10,10-12"'
ok 'up with values that the kernel prints otherwise' warren up one.yaml
is 'it has them' "$(now ipv4.tcp_fastopen) $(now ipv4.ip_local_reserved_ports)" '1027 1-3,9-12'
exits 0 'status sees no difference' warren status one.yaml
run warren up one.yaml
like 'up has nothing to do' "$out" 'nothing to do'
lab one 1 'net.ipv4.tcp_fastopen: 0x403, net.ipv4.tcp_rmem: 5001, net.ipv4.ip_local_reserved_ports: 1-3'
exits 3 'status sees what the file changed' warren status one.yaml
like 'one of them' "$out" tcp_rmem
like 'the other' "$out" ip_local_reserved_ports
unlike 'nothing else' "$out" tcp_fastopen
ok 'down' warren down one
is 'gives back what was before' "$(now ipv4.tcp_fastopen) $(now ipv4.tcp_rmem) $(now ipv4.ip_local_reserved_ports)" \
	"$fastopen $rmem "
node 'net.ipv4.tcp_fastopen: 0x403, net.ipv4.ip_local_reserved_ports: "3,1,2"'
ok 'up of a node with such values' warren up node.yaml
exits 0 'status sees no difference' warren status node.yaml
ok 'down' warren down node.yaml

# a long one: longer than a line, than a page
for n in 100 2000; do
	ports=$(seq -s, 1 2 $((2 * n)))
	printf '%s\n' "$ports" >/proc/sys/net/ipv4/ip_local_reserved_ports 2>/dev/null ||
		sysctl -qw "net.ipv4.ip_local_reserved_ports=$ports"
	was=$(now ipv4.ip_local_reserved_ports)
	lab one 1 'net.ipv4.ip_local_reserved_ports: 7'
	ok "up where the host has a value of ${#was} bytes" warren up one.yaml
	is 'it is set' "$(now ipv4.ip_local_reserved_ports)" 7
	lab one 1 "net.ipv4.ip_local_reserved_ports: \"$(seq -s, 2 2 500)\""
	ok 'up with a long value' warren up one.yaml
	is 'it is set' "$(digest "$(now ipv4.ip_local_reserved_ports)")" "$(digest "$(seq -s, 2 2 500)")"
	exits 0 'status sees no difference' warren status one.yaml
	ok 'down' warren down one
	is 'gives back all of what was before' "$(digest "$(now ipv4.ip_local_reserved_ports)")" "$(digest "$was")"
done
printf '\n' >/proc/sys/net/ipv4/ip_local_reserved_ports
node "net.ipv4.ip_local_reserved_ports: \"$(seq -s, 1 2 500)\""
ok 'up of a node with a long value' warren up node.yaml
exits 0 'status sees no difference' warren status node.yaml
ok 'down' warren down node.yaml

# what cannot be given back does not hold up the rest
lab one 1 'net.core.somaxconn: 1000, net.ipv4.tcp_congestion_control: reno, net.ipv4.ip_default_ttl: 99'
cc=$(now ipv4.tcp_congestion_control)
ttl=$(now ipv4.ip_default_ttl)
ok 'up' warren up one.yaml
# as if the module of that name were gone by now
sed -i "s/^net.ipv4.tcp_congestion_control=.*/net.ipv4.tcp_congestion_control=vanished/" /run/warren/net/one/host-sysctls
[ "$cc" = reno ] || is 'it is set' "$(now ipv4.tcp_congestion_control)" reno
ok 'down where an old value is not possible any more' warren down one
like 'it warns: which, its value' "$err" "net.ipv4.tcp_congestion_control.*'vanished'"
like 'why, and what to do' "$err" "refuses.*sysctl -w"
is 'it warns of that alone' "$(grep -c 'sysctl -w' <<<"$err")" 1
is 'all else is as before' "$(now core.somaxconn) $(now ipv4.ip_default_ttl)" "$before $ttl"
sysctl -qw "net.ipv4.tcp_congestion_control=$cc"
leak_check 'nothing is left of it'

# what cannot be read is not taken to be gone
node 'net.ipv4.ip_default_ttl: 99'
ok 'up' warren up node.yaml
printf 'name: node\nnamespaces: {n: }\n' >node.yaml
fails 'up without the setting, where it cannot be read' strace -f -qq -o /dev/null -P net/ipv4/ip_default_ttl -e trace=openat \
	-e inject=openat:error=EIO "$WARREN" up node.yaml
like 'it is named' "$err" 'net.ipv4.ip_default_ttl.*(Input/output|I/O) error'
ok 'up where it can' warren up node.yaml
is 'the node has what others have' "$(ip netns exec n cat /proc/sys/net/ipv4/ip_default_ttl)" 64
ok 'down' warren down node

# several networks at once: what one notes is not lost by another
lab one 1 'net.core.somaxconn: 1000'
lab two 2 'net.core.somaxconn: 1000'
ok 'up of one' warren up one.yaml
ok 'and of another' warren up two.yaml
lab two 2 'net.core.somaxconn: 1000, net.ipv4.ip_default_ttl: 99'
slow /run/warren/net/two/host-sysctls renameat "$WARREN" down one >one.out 2>&1 &
wait_for test -e /run/warren/net/two/host-sysctls.new
ok 'up of a setting more, while the other one goes' warren up two.yaml
wait $!
is 'the other one is gone' "$? $(grep -c . one.out)" '0 1'
is 'both settings are there' "$(now core.somaxconn) $(now ipv4.ip_default_ttl)" '1000 99'
ok 'down' warren down two
is 'both are given back' "$(now core.somaxconn) $(now ipv4.ip_default_ttl)" "$before $ttl"

lab two 2 'net.core.somaxconn: 1000'
ok 'up of one' warren up one.yaml
ok 'and of another' warren up two.yaml
slow /run/warren/net/two/host-sysctls openat "$WARREN" down one >one.out 2>&1 &
ok 'down of the other one at the same time' warren down two
wait $!
is 'both are down' "$? $(now core.somaxconn)" "0 $before"
leak_check 'nothing is left of it'

# a network whose value changes while another one came upon it
lab two 2 'net.core.somaxconn: 2000'
ok 'up of one' warren up one.yaml
ok 'another one wants another value' warren up two.yaml
lab one 1 'net.core.somaxconn: 3000'
ok 'the first one changes its own' warren up one.yaml
ok 'and goes' warren down one
ok 'then the other one' warren up two.yaml
ok 'goes, too' warren down two
is 'the host is as before' "$(now core.somaxconn)" "$before"

# strangers among the networks, and another host's network
lab one 1 'net.core.somaxconn: 1000'
ok 'up' warren up one.yaml
echo stray >/run/warren/net/stray
ln -s /nowhere /run/warren/net/dangling
ok 'down' warren down one
is 'the host is as before' "$(now core.somaxconn)" "$before"
rm /run/warren/net/stray /run/warren/net/dangling
rmdir -p --ignore-fail-on-non-empty /run/warren/net

lab one 1 'net.ipv4.ip_default_ttl: 99'
lab two 2 'net.ipv4.ip_default_ttl: 99'
mkdir -p away
ok 'up of a network' warren up one.yaml
ok 'up of one in another network namespace' unshare -n sh -c '"$WARREN" up -q two.yaml && { sleep 1000 & echo $! >away/pid; }'
ok 'down of the first' warren down one
is 'the host is as before: that one is not on it' "$(now ipv4.ip_default_ttl)" "$ttl"
ok 'down of the other one' nsenter -n -t "$(cat away/pid)" "$WARREN" down two
kill "$(cat away/pid)"
done_testing
