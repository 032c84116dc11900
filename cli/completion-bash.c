/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "completion.h"

#include <stdio.h>

/* bash takes "=" for a word of its own: "--set a=b" is four. */
static const char find_verb[] =
	"# bash completion for warren, made by 'warren completion bash'\n"
	"_warren() {\n"
	"	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	"	local i n=0 at=0 verb='' first='' kind options='' words='' takes='|--set|' files='|' names='|'\n"
	"	local -a kinds=(verb none)\n"
	"	[[ $prev = = ]] && prev=${COMP_WORDS[COMP_CWORD-2]}\n"
	"	[[ $cur = = ]] && cur=''\n"
	"	for ((i = 1; i < COMP_CWORD; i++)); do\n"
	"		case ${COMP_WORDS[i]} in\n"
	"		--set) ((i++)); [[ ${COMP_WORDS[i]} = = ]] && ((i++)) ;;\n"
	"		=) ((i++)) ;;\n"
	"		-*) ;;\n"
	"		*) verb=${COMP_WORDS[i]} at=$i; break ;;\n"
	"		esac\n"
	"	done\n"
	"	COMPREPLY=()\n"
	"	case $verb in\n"
	"	'') options='";

static const char count_arguments[] =
	"	esac\n"
	"	for ((i = at + 1; i < COMP_CWORD; i++)); do\n"
	"		case ${COMP_WORDS[i]} in\n"
	"		=) ((i++)) ;;\n"
	"		-*)\n"
	"			if [[ $takes = *\"|${COMP_WORDS[i]}|\"* ]]; then\n"
	"				((i++)); [[ ${COMP_WORDS[i]} = = ]] && ((i++))\n"
	"			fi ;;\n"
	"		*) ((n++)) || first=${COMP_WORDS[i]} ;;\n"
	"		esac\n"
	"	done\n";

static const char offer[] =
	"	kind=${kinds[n > 0]}\n"
	"	[[ $kind = program && $n -gt 0 ]] && options='' takes='|'\n"
	"	if [[ $takes = *\"|$prev|\"* ]]; then\n"
	"		kind=none options=''\n"
	"		[[ $files = *\"|$prev|\"* ]] && kind=file\n"
	"		[[ $names = *\"|$prev|\"* ]] && kind=namespace\n"
	"	elif [[ $cur = -* ]]; then\n"
	"		mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
	"		return\n"
	"	fi\n"
	"	case $kind in\n"
	"	words) ;;\n"
	"	verb) words=$verbs ;;\n"
	"	namespace) words=$(\"$1\" netns list 2>/dev/null | awk '{ print $1 }') ;;\n"
	"	node) words=\"host $(\"$1\" netns list 2>/dev/null | awk '{ print $1 }')\" ;;\n"
	"	network_or_node) words=\"host $(\"$1\" netns list 2>/dev/null | awk '{ print $1 }'; "
	"\"$1\" status --names 2>/dev/null)\" ;;\n"
	"	network) words=$(\"$1\" status --names 2>/dev/null) ;;\n"
	"	*) words='' ;;\n"
	"	esac\n"
	"	mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	"	case $kind in\n"
	"	file | network | network_or_node) compopt -o filenames; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY "
	"< <(compgen -f -- \"$cur\") ;;\n"
	"	program) mapfile -t COMPREPLY < <(compgen -c -- \"$cur\"; compgen -f -- \"$cur\") ;;\n"
	"	esac\n"
	"}\n"
	"complete -F _warren warren\n";

void completion_bash(void)
{
	static const struct completion_shell bash = { "words", "'", "'", "$first", "''" };

	fputs(find_verb, stdout);
	completion_options(NULL, completion_option);
	fputs("' ;;\n", stdout);
	completion_verb_cases(&bash);
	fputs(count_arguments, stdout);
	completion_command_cases(&bash);
	fputs("	local verbs='", stdout);
	completion_verbs();
	fputs("'\n", stdout);
	fputs(offer, stdout);
}
