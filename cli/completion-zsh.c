/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "completion.h"

#include <stdio.h>

static const char find_verb[] =
	"#compdef warren\n"
	"# zsh completion for warren, made by 'warren completion zsh'\n"
	"_warren() {\n"
	"	local i n=0 at=1 verb='' first='' kind takes='|--set|' files='|' names='|' prev=$words[CURRENT-1]\n"
	"	local -a kinds options words_ names_ verbs\n"
	"	kinds=(verb none)\n"
	"	for ((i = 2; i < CURRENT; i++)); do\n"
	"		case $words[i] in\n"
	"		--set) ((i++)) ;;\n"
	"		-*) ;;\n"
	"		*) verb=$words[i] at=$i; break ;;\n"
	"		esac\n"
	"	done\n"
	"	verbs=(\n";

static const char count_arguments[] =
	"	esac\n"
	"	for ((i = at + 1; i < CURRENT; i++)); do\n"
	"		case $words[i] in\n"
	"		-*) [[ $takes = *\"|$words[i]|\"* ]] && ((i++)) ;;\n"
	"		*) ((n++)) || first=$words[i] ;;\n"
	"		esac\n"
	"	done\n";

static const char offer[] =
	"	kind=$kinds[$((n > 0 ? 2 : 1))]\n"
	"	[[ $kind = program && $n -gt 0 ]] && options=() takes='|'\n"
	"	if [[ $takes = *\"|$prev|\"* ]]; then\n"
	"		kind=none\n"
	"		[[ $files = *\"|$prev|\"* ]] && kind=file\n"
	"		[[ $names = *\"|$prev|\"* ]] && kind=namespace\n"
	"	elif [[ $PREFIX = -* ]]; then\n"
	"		compadd -- $options\n"
	"		return\n"
	"	fi\n"
	"	case $kind in\n"
	"	namespace | node | network_or_node) names_=(${(f)\"$($words[1] netns list 2>/dev/null | awk '{ print $1 }')\"}) ;;\n"
	"	esac\n"
	"	case $kind in\n"
	"	verb) _describe verb verbs ;;\n"
	"	words) compadd -- $words_ ;;\n"
	"	namespace) compadd -- $names_ ;;\n"
	"	node) compadd -- host $names_ ;;\n"
	"	network_or_node) compadd -- host $names_ ${(f)\"$($words[1] status --names 2>/dev/null)\"}; _files ;;\n"
	"	network) compadd -- ${(f)\"$($words[1] status --names 2>/dev/null)\"}; _files ;;\n"
	"	file) _files ;;\n"
	"	program) _command_names -e; _files ;;\n"
	"	esac\n"
	"}\n"
	"_warren \"$@\"\n";

void completion_zsh(void)
{
	static const struct completion_shell zsh = { "words_", "(", ")", "-n $first", "()" };

	fputs(find_verb, stdout);
	for (size_t i = 0; verbs[i]; i++) {
		printf("		%s:", verbs[i]->name);
		completion_quoted(verbs[i]->summary, "'\\''");
		putchar('\n');
	}
	fputs("	)\n	case $verb in\n	'') options=(", stdout);
	completion_options(NULL, completion_option);
	fputs(" ) ;;\n", stdout);
	completion_verb_cases(&zsh);
	fputs(count_arguments, stdout);
	completion_command_cases(&zsh);
	fputs(offer, stdout);
}
