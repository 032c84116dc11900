# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Many networks at once on one machine, as tests start them: none disturbs another, and the last takes the common directories with it.
. "$(dirname "$0")/lib.sh"
need ip

worker() { # worker N: up and down, again and again
	local i
	printf 'name: net%s\nnamespaces: {a%s: , b%s: }\nlinks: [{endpoints: [a%s, b%s]}, {endpoints: ["host:h%s", a%s], subnet: 10.33.%s.0/24}]\n' \
		"$1" "$1" "$1" "$1" "$1" "$1" "$1" "$1" >"net$1.yaml"
	for ((i = 0; i < ${ROUNDS:-15}; i++)); do
		"$WARREN" up "net$1.yaml" >"out$1" 2>&1 || return 1
		[ -e "/run/netns/a$1" ] || return 2
		"$WARREN" down "net$1.yaml" >"out$1" 2>&1 || return 3
		[ ! -e "/run/netns/a$1" ] || return 4
	done
	rm "out$1"
}

for n in 1 2 3 4 5 6; do
	worker $n &
	pids[n]=$!
done
bad=''
for n in 1 2 3 4 5 6; do
	wait "${pids[n]}" || bad="$bad $n:$? $(cat "out$n")"
done
is 'six workers, all the time up and down beside each other' "$bad" ''
is 'nothing of it is left' "$(find /run/netns /run/warren /etc/netns -mindepth 1 2>/dev/null)" ''
done_testing
