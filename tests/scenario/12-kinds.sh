#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each kind of link has a topology tests/topo/kind-NAME.yaml: it comes up, is
# what the file says, is there again without work, and goes. Where the kernel
# lacks the kind, the error says so, and nothing is left.
. "$(dirname "$0")/lib.sh"
need ip jq ping strace

# whether the kernel has a kind; one that it has may still want more than a name
has_kind() {
	ip link add try0 type "$1" 2>why && ip link del try0
	! grep -q 'Unknown device type' why
}

# An interface of a kind of its own, as tests/topo/kind-dummy.yaml has it.
standalone() {
	local kind=$1 file=$2
	is 'its addresses' "$(ip -n a -j addr show d0 | jq -c '[.[0].addr_info[] | select(.scope == "global") |
		.local]')" '["10.99.1.1","fd00:99::1"]'
	is 'its MAC address and mtu' "$(ip -n a -j link show d0 | jq -r '.[0] | [.address, .mtu] | join(" ")')" \
		'02:00:00:00:00:07 9000'
	is 'the mtu is the usual one elsewhere' "$(ip -n b3 -j link show d0 | jq '.[0].mtu')" 1500
	like 'it is up' "$(ip -n a -o link show d0)" '[<,]UP[,>]'
	unlike 'but where the file says' "$(ip -n a -o link show a-name-that-is-longer-than-fifteen)" '[<,]UP[,>]'
	is 'in a range of nodes' "$(for n in 1 2 3; do ip -n b$n -d -j link show d0 | jq -r '.[0].linkinfo.info_kind'; done |
		sort -u)" "$kind"
	is 'in the host' "$(ip -d -j link show $kind-of-host | jq -r '.[0].linkinfo.info_kind')" "$kind"
	ok 'what it has is reached' warren test "$file"
	ok 'one that is removed from outside' ip -n b2 link del d0
	ok 'or changed' ip -n a link set d0 mtu 1400
	exits 3 'is drift' warren status "$file"
	like 'that is named' "$out" '^\+ link d0 in b2'
	like 'that is named' "$out" '^~ link d0 in a: mtu 1400 -> 9000'
	ok 'up puts it right' warren up "$file"
	sed "/^  a:/,/^  b/ { /d0/d }" "$file" >less.yaml
	sed -i '/expect/,$d' less.yaml
	run warren plan less.yaml
	like 'without it in the file it goes' "$out" '^- link d0 in a$'
	ok 'up' warren up less.yaml
	fails 'and is gone' ip -n a link show d0
	ok 'up with it again' warren up "$file"
	ip -n b1 link del d0
	ip -n b1 link add d0 type bridge
	run warren plan "$file"
	like 'another kind in its place goes' "$out" '^- link d0 in b1$'
	ok 'up' warren up "$file"
	is 'for one of the right kind' "$(ip -n b1 -d -j link show d0 | jq -r '.[0].linkinfo.info_kind')" "$kind"
}

for wrong in veth '' '[dummy]' '{a: dummy}'; do
	printf 'namespaces: {a: {interfaces: {x: {type: %s}}}}\n' "$wrong" >wrong.yaml
	exits 1 "type: $wrong" warren check wrong.yaml
	like 'is no kind' "$err" "^warren: wrong.yaml:1:[0-9]+: namespace a: interface x: type: .* is no kind of interface; there are: .*dummy"
done

calm() { ip -n sw -d -j link show type bridge | jq -e '.[0].linkinfo.info_data.topology_change == 0' >/dev/null; }

for file in "$top"/tests/topo/kind-*.yaml; do
	kind=$(basename "$file" .yaml)
	kind=${kind#kind-}
	ok "$kind: check" warren check "$file"
	if ! has_kind "$kind"; then
		line=$(grep -n -m 1 "type: $kind" "$file" | cut -d: -f1)
		for verb in plan 'up --dry-run'; do
			# shellcheck disable=SC2086 # words
			exits 1 "$kind: $verb, which this kernel cannot" warren $verb "$file"
			like "$kind: says so" "$err" "^warren: $file:$line:[0-9]+: .*kind '$kind'.*CONFIG_${kind^^}"
			is "$kind: once" "$(grep -c . <<<"$err")" 1
		done
		exits 1 "$kind: up, which this kernel cannot" strace -f -qq -o trace -e trace=unshare,mount,mkdir,openat \
			"$WARREN" up "$file"
		unlike "$kind: nothing was done" "$(cat trace)" '^[0-9]+ +(unshare|mount)|O_CREAT.*/(netns|net)/'
		like "$kind: the error has the place, the kind and the option of the kernel" "$err" \
			"^warren: $file:$line:[0-9]+: .*kind '$kind'.*CONFIG_${kind^^}"
		is "$kind: nothing is left of it" "$(ip netns list; ls -A /run/warren 2>/dev/null)" ''
		exits 3 "$kind: it is not up" warren status "$file"
		continue
	fi
	ok "$kind: up" warren up "$file"
	found=$(for ns in /run/netns/*; do
		ip -n "$(basename "$ns")" -d -j link show type "$kind" | jq -r '.[].linkinfo.info_kind'
	done | sort -u)
	is "$kind: the kernel has it" "$found" "$kind"
	ok "$kind: up again" warren up "$file"
	like "$kind: has nothing to do" "$out" 'nothing to do'
	exits 0 "$kind: no drift" warren status "$file"
	! grep -q "type: $kind" "$file" || standalone "$kind" "$file"
	if [ "$kind" = bridge ]; then
		is 'while the spanning tree changes, the kernel has another ageing time' \
			"$(ip -n sw -d -j link show type bridge | jq -c '.[0].linkinfo.info_data | [.topology_change, .ageing_time]')" '[1,400]'
		ok 'which ends' wait_for calm
		is 'fields of the bridge' "$(ip -n sw -d -j link show type bridge | jq -c '.[0].linkinfo.info_data |
			[.stp_state, .forward_delay, .priority, .ageing_time, .mcast_snooping]')" '[1,200,4096,6000,0]'
		ok 'a field changed from outside' ip -n sw link set sw type bridge ageing_time 10000
		exits 3 'is drift' warren status "$file"
		like 'that is named' "$out" 'link sw'
		ok 'up puts it right' warren up "$file"
		is 'as the kernel says' "$(ip -n sw -d -j link show type bridge |
			jq '.[0].linkinfo.info_data.ageing_time')" 6000
	fi
	if [ "$kind" = veth ]; then
		is 'addresses of a cable' "$(ip -n b -j addr show right | jq -c '[.[0].addr_info[] |
			select(.scope == "global") | .local]')" '["10.0.0.2","fd00::2"]'
		is 'its MAC address' "$(ip -n a -j link show left | jq -r '.[0].address')" 02:00:00:00:00:01
		is 'its mtu, on both ends' "$(ip -n a -j link show left | jq '.[0].mtu')$(ip -n b -j link show right |
			jq '.[0].mtu')" 14001400
		ok 'a long name is an alternative name' ip -n a link show a-name-that-is-longer-than-fifteen
	fi
	ok "$kind: down" warren down "$file"
done

done_testing
