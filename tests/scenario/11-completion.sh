#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion scripts: made from the tables, and they complete.
. "$(dirname "$0")/lib.sh"

for shell in bash zsh fish; do
	exits 0 "completion $shell" warren completion "$shell"
	for verb in check up down status exec completion; do
		like "$shell knows $verb" "$out" "(^|[^a-z])$verb([^a-z]|$)"
	done
	if command -v "$shell" >/dev/null; then
		printf '%s\n' "$out" >"script.$shell"
		ok "$shell takes it" "$shell" -n "script.$shell"
	fi
done
exits 2 'a shell that is not known' warren completion csh

# complete WORD...: what bash offers for the last word
complete_words() {
	bash -c '
		. ./script.bash
		COMP_WORDS=(warren "$@") COMP_CWORD=$#
		_warren "$WARREN" 2>/dev/null
		printf "%s\n" "${COMPREPLY[@]}"' complete "$@" | sort | xargs
}

touch lab.yaml
is 'verbs' "$(complete_words 'sta')" 'status'
is 'options before the verb' "$(complete_words '--ver')" '--verbose --version'
is 'options of a verb' "$(complete_words status --na)" '--names'
is 'the verb is found behind options' "$(complete_words --set a=b -q status --na)" '--names'
is 'no options of other verbs' "$(complete_words check --names)" ''
is 'files' "$(complete_words up l)" 'lab.yaml'
is 'words' "$(complete_words completion '')" 'bash fish zsh'
is 'verbs for help' "$(complete_words help pla)" 'plan'
like 'programs behind a node' "$(complete_words exec h1 sle)" 'sleep'

done_testing
