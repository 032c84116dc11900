#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion scripts: made from the tables, and they complete, in each shell that is here.
. "$(dirname "$0")/lib.sh"
need ip awk

mkdir bin
ln -s "$WARREN" bin/warren
PATH=$tmp/bin:$PATH
for shell in bash zsh fish; do
	exits 0 "completion $shell" warren completion "$shell"
	for verb in check up down status exec completion; do
		like "$shell knows $verb" "$out" "(^|[^a-z])$verb([^a-z]|$)"
	done
	printf '%s\n' "$out" >"script.$shell"
	if command -v "$shell" >/dev/null; then
		ok "$shell takes it" "$shell" -n "script.$shell"
	fi
done
exits 2 'a shell that is not known' warren completion csh

# in_SHELL WORD...: what the shell offers for the last word
in_bash() {
	bash -c '
		. ./script.bash
		COMP_WORDS=(warren "$@") COMP_CWORD=$#
		_warren warren 2>/dev/null
		printf "%s\n" "${COMPREPLY[@]}"' complete "$@"
}

# The script without zsh's own completion system: what it calls is told by words of ours.
in_zsh() {
	sed '$d' script.zsh >plain.zsh
	zsh -fc '
		_describe() { printf "%s\n" ${${(P)2}%%:*} }
		compadd() { [[ $1 = -- ]] && shift; print -l -- "$@" }
		_files() { print -l -- *(N) }
		_command_names() { print -l -- sleep }
		. ./plain.zsh
		words=(warren "$@") CURRENT=$(($# + 1)) PREFIX=$@[-1]
		_warren' complete "$@" | grep -- "^${!#}"
}

in_fish() {
	fish --no-config -c '
		source script.fish
		complete -C "$argv"' "warren $*" | cut -f1
}

touch lab.yaml lab.gml
ip netns add blue
ip netns add red
nets=$(printf 'name: lnet\nnamespaces: {lone: }\n' | warren up - 2>&1)
like 'a network is up' "$nets" '^lnet is up'
for shell in bash zsh fish; do
	command -v "$shell" >/dev/null || continue
	while IFS='|' read -r what words want; do
		args=()
		read -ra args <<<"$words"
		[[ $words != *' ' ]] || args+=('')
		is "$shell: $what" "$("in_$shell" "${args[@]}" | sort -u | xargs)" "$want"
	done <<'E1'
verbs|sta|status
options before the verb|--ver|--verbose --version
options of a verb|status --na|--names
the verb is found behind options|--set a=b -q status --na|--names
no options of other verbs|check --names|
files|up l|lab.gml lab.yaml
one file only|up lab.yaml l|
networks and files|down l|lab.gml lab.yaml lnet
words|completion |bash fish zsh
verbs for help|help pla|plan
nodes|exec |blue host lone red
a node behind options|exec -q r|red
one node|shell bl|blue
no more than one|shell blue r|
ping: a file, a network or a node|ping l|lab.gml lab.yaml lnet lone
ping: nodes, no file|ping lab.yaml l|lone
ping: nodes behind nodes and options|ping blue -W 100 r|red
files behind -o|graph lab.yaml -o l|lab.gml lab.yaml
files behind --output|import --output l|lab.gml lab.yaml
files behind --junit|test --junit l|lab.gml lab.yaml
nothing behind --timeout|test --timeout l|
nothing behind --set|up --set l|
arguments go on behind a value|graph -o x l|lab.gml lab.yaml lnet
commands of netns|netns |add attach delete exec help identify list list-id monitor pids set
commands of netns, begun|netns li|list list-id
netns: options before the command|netns -al|-all
netns delete: names|netns delete |blue lone red
netns delete: one name|netns delete blue r|
netns, cut to its beginning|netns d r|red
netns set: a name|netns set b|blue
netns set: no name for the id|netns set blue r|
netns pids: a name|netns pids r|red
netns exec: a name|netns exec r|red
netns add: a name that is not there yet|netns add |
netns: a name behind -n|netns -n r|red
netns: the command behind options|netns -json -n red li|list list-id
E1
	like "$shell: programs behind a node" "$("in_$shell" exec blue sle)" '^sleep'
	like "$shell: programs behind a name of netns" "$("in_$shell" netns exec blue sle)" '^sleep'
	like "$shell: programs for run" "$("in_$shell" run sle)" '^sleep'
	unlike "$shell: the program's options are not warren's" "$("in_$shell" exec blue sleep --q)" 'quiet'
done

# bash takes an equals sign for a word
is 'bash: --output=FILE' "$(in_bash graph --output = l | sort | xargs)" 'lab.gml lab.yaml'
is 'bash: --output=' "$(in_bash graph --output = | sort | grep -c lab)" 2
is 'bash: behind --set=a=b' "$(in_bash --set = a = b status --na)" '--names'
is 'bash: behind --set a=b' "$(in_bash status --set a = b --na)" '--names'
is 'bash: a file behind --set a=b' "$(in_bash up --set a = b l | sort | xargs)" 'lab.gml lab.yaml'
ok 'the network goes' warren down lnet
ip netns del blue
ip netns del red

done_testing
