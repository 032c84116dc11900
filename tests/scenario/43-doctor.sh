# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# What the machine can do: what doctor says of it is what ip and tc find; as root, as an ordinary user, and where it is forbidden.
. "$(dirname "$0")/lib.sh"
need ip tc nft python3 unshare

# state WHAT: of the last report
state() {
	printf '%s\n' "$out" | awk -v what="$1" '{ state = $1; $1 = ""; if (index($0, " " what " ") == 1) print state }'
}

ok 'root: nothing that is needed is missing' warren doctor
is 'namespaces' "$(state network)" ok
# each kind, tried from outside
for kind in veth bridge dummy ifb vxlan macvlan ipvlan vlan wireguard vrf; do
	case $kind in
	veth) try='ip link add x0 type veth peer name x1' ;;
	vxlan) try='ip link add x0 type vxlan id 1 dstport 4789' ;;
	macvlan | ipvlan) try="ip link add b0 type bridge && ip link add x0 link b0 type $kind" ;;
	vlan) try='ip link add b0 type bridge && ip link add x0 link b0 type vlan id 2' ;;
	vrf) try='ip link add x0 type vrf table 9' ;;
	*) try="ip link add x0 type $kind" ;;
	esac
	want=missing
	unshare -n sh -c "$try" 2>/dev/null && want=ok
	is "$kind, as ip finds it" "$(state "$kind")" "$want"
done
want=missing
unshare -n tc qdisc add dev lo root netem delay 1ms 2>/dev/null && want=ok
is 'netem, as tc finds it' "$(state netem)" "$want"
want=missing
unshare -n nft list tables 2>/dev/null && want=ok
is 'nftables, as nft finds it' "$(state nftables)" "$want"
run warren doctor
missing=$(printf '%s\n' "$out" | grep -c '^missing')
is 'each that is missing is said why' "$(printf '%s\n' "$out" | grep '^missing' | grep -c ': .')" "$missing"
like 'a number that the kernel has' "$out" "number of mounts .* $(cat /proc/sys/fs/mount-max), of which"

run warren doctor --json
is 'JSON: the same' "$rc $(printf '%s\n' "$out" | python3 -c '
import json, sys
d = json.load(sys.stdin)
by = {f["what"]: f for f in d["findings"]}
print(d["missing"], by["veth"]["state"], by["veth"]["needed"], by["netem"]["needed"], "detail" in by["veth"],
      sum(f["state"] == "missing" for f in d["findings"]))')" "0 0 ok True False False $missing"
ok 'quiet' warren doctor -q
is 'says nothing where nothing is needed' "$out" ''
exits 2 'it takes no argument' warren doctor lab

# what is missing for another reason than the kernel has another remedy
mkdir -p empty path/dot
ok 'no device node' unshare -m sh -c 'mount --bind empty /dev/net 2>/dev/null || mount -t tmpfs none /dev; exec "$0" doctor' "$WARREN"
like 'is not the kernel' "$out" '^missing +tun .*: No such file or directory$'
like 'and can be made' "$out" '^remedy for tun: mkdir -p /dev/net && mknod'
run env PATH="$PWD/path" "$WARREN" doctor
is 'a folder is no program' "$(state dot)" missing

# where it is forbidden
cat >forbid.sh <<-'EOT'
	echo 0 >/proc/sys/user/max_net_namespaces && exec "$@"
EOT
exits 1 'no namespaces are allowed' unshare -Ur sh forbid.sh "$WARREN" doctor
is 'it is missing' "$(state network)" missing
like 'with the reason' "$out" 'network namespaces .*max_net_namespaces'
exits 1 'quiet, too' unshare -Ur sh forbid.sh "$WARREN" doctor -q
is 'only what is needed' "$(printf '%s\n' "$out" | cut -d' ' -f1 | sort -u)" missing

if as_user unshare -Ur true 2>/dev/null; then
	ok 'an ordinary user' as_user warren doctor
	like 'in a user namespace' "$out" 'network namespaces +everything: as an ordinary user, in a user namespace'
	is 'veth' "$(state veth)" ok
	is 'nothing of his is left' "$(ls -A "$tmp/user/run")" ''
fi
done_testing
