#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each kind of link has a topology tests/topo/kind-NAME.yaml: it comes up, is
# what the file says, is there again without work, and goes.
. "$(dirname "$0")/lib.sh"
need ip jq

for file in "$top"/tests/topo/kind-*.yaml; do
	kind=$(basename "$file" .yaml)
	kind=${kind#kind-}
	ok "$kind: check" warren check "$file"
	ok "$kind: up" warren up "$file"
	found=$(for ns in /run/netns/*; do
		ip -n "$(basename "$ns")" -d -j link show type "$kind" | jq -r '.[].linkinfo.info_kind'
	done | sort -u)
	is "$kind: the kernel has it" "$found" "$kind"
	ok "$kind: up again" warren up "$file"
	like "$kind: has nothing to do" "$out" 'nothing to do'
	exits 0 "$kind: no drift" warren status "$file"
	if [ "$kind" = bridge ]; then
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
