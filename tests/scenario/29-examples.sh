# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Each example comes up, does what it expects, is as its file says, and goes without a trace, for root and
# for an ordinary user; and what examples/README.md says to try works.
. "$(dirname "$0")/lib.sh"
need ip ping nsenter ss getent traceroute python3

mkdir bin
ln -s "$WARREN" bin/warren
cp -r "$top/examples" .
chmod -R a+rX examples

# what README.md says to try with a file, a command a line
tries() {
	sed -n "s/^| \[$1\.yaml\](.*) |.* | \(.*\) |$/\1/p" examples/README.md | sed 's/<br>/\n/g' | tr -d '`'
}

# walk WHO...: through the life of $file, each warren by WHO
walk() {
	local who=$1
	shift
	ok "$who: $name: up" "$@" warren up "$file"
	ok "$who: $name: what it expects holds" "$@" warren test "$file"
	like "$who: $name: as TAP" "$out" '^1\.\.'
	unlike "$who: $name: nothing failed" "$out" '^not ok'
	ok "$who: $name: up again" "$@" warren up "$file"
	is "$who: $name: has nothing to do" "$out" "$name: nothing to do"
	exits 0 "$who: $name: status shows no drift" "$@" warren status "$file"
}

for file in examples/*.yaml; do
	name=$(basename "$file" .yaml)
	ok "$name: check" warren check "$file"
	walk root env PATH="$tmp/bin:$PATH"
	like "$name: there is something to try" "$(tries "$name" | wc -l)" '^[23]$'
	while read -r command; do
		# a server runs until it is stopped
		run env PATH="$tmp/bin:$PATH" bash -c "${command/timeout 5/timeout 1}" </dev/null
		like "$name: $command" "$rc" "$([[ $command = *timeout* ]] && echo '^124$' || echo '^0$')"
	done < <(tries "$name")
	ok "root: $name: down" warren down "$file"
	leak_check "root: $name: nothing is left"
done

as_user true
if as_user unshare -Ur true 2>/dev/null; then
	save_state
	for file in examples/*.yaml; do
		name=$(basename "$file" .yaml)
		walk user as_user
		ok "user: $name: down" as_user warren down "$file"
		is "user: $name: no file is left" "$(ls -A "$tmp/user/run")" ''
		leak_check "user: $name: nothing is left"
	done
else
	skip 'as an ordinary user' 'the kernel does not let users make user namespaces'
fi
done_testing
