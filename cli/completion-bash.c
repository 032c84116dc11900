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
	"	node | file_or_node) words=\"host $(\"$1\" netns list 2>/dev/null | awk '{ print $1 }')\" ;;\n"
	"	network) words=$(\"$1\" status --names 2>/dev/null) ;;\n"
	"	*) words='' ;;\n"
	"	esac\n"
	"	mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	"	case $kind in\n"
	"	file | network | file_or_node) compopt -o filenames; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY "
	"< <(compgen -f -- \"$cur\") ;;\n"
	"	program) mapfile -t COMPREPLY < <(compgen -c -- \"$cur\"; compgen -f -- \"$cur\") ;;\n"
	"	esac\n"
	"}\n"
	"complete -F _warren warren\n";

static void print_verb(const struct verb *v)
{
	completion_kinds(v);
	fputs("' options='", stdout);
	completion_options(v, completion_option);
	completion_commands(v, true, completion_command_option);
	fputs("' words='", stdout);
	completion_words(v);
	fputs("' ;;\n", stdout);
}

/* A command may be cut to its beginning; its arguments come after it. */
static void print_commands(const struct verb *v)
{
	printf("	if [[ $verb = %s && $first ]]; then\n"
	       "		for i in $words; do [[ $i = \"$first\"* ]] && break; done\n"
	       "		kinds=(none none) options='' takes='|'\n"
	       "		((n--))\n"
	       "		case $i in\n",
	       v->name);
	completion_commands(v, false, completion_command_kinds);
	fputs("		esac\n"
	      "	fi\n",
	      stdout);
}

void completion_bash(void)
{
	fputs(find_verb, stdout);
	completion_options(NULL, completion_option);
	fputs("' ;;\n", stdout);
	for (size_t i = 0; verbs[i]; i++)
		print_verb(verbs[i]);
	fputs(count_arguments, stdout);
	for (size_t i = 0; verbs[i]; i++)
		if (verbs[i]->commands)
			print_commands(verbs[i]);
	fputs("	local verbs='", stdout);
	completion_verbs();
	fputs("'\n", stdout);
	fputs(offer, stdout);
}
