# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests of explain share; behind lib.sh.

# remedy: what the last explanation says
remedy() {
	printf '%s\n' "$out" | sed -n 's/^remedy: //p'
}

# broken WHAT REGEX NODE TARGET: it is not reached, and the cause is this one
broken() {
	local what=$1 cause=$2
	shift 2
	exits 1 "$what: is not reached" warren explain -W 200 -c 2 "$@"
	like "$what: the cause" "$(printf '%s\n' "$out" | sed -n 's/^not reached: //p')" "^$cause"
}

# mend WHAT REMEDY: that is what it says, and it works
mend() {
	is "$1: the remedy" "$(remedy)" "$2"
	ok "$1: the remedy works" bash -c "$(remedy)"
}

# filter NS HOOK RULES, unfilter NS: a chain c of table inet f
filter() {
	ip netns exec "$1" nft -f - <<-EOT
		table inet f {
			chain c {
				type filter hook $2 priority 0; $3
			}
		}
	EOT
}
unfilter() {
	ip netns exec "$1" nft delete table inet f
}
