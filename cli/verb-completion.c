/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"
#include "option.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Calls fn for each option that a verb takes, its own first; v NULL: those before the verb. */
static void each_option(const struct verb *v,
			void (*fn)(const struct verb *v, const struct option *o))
{
	for (const struct option *o = v ? v->options : NULL; o && o->name; o++)
		fn(v, o);
	for (const struct option *o = global_options; o->name; o++)
		if (!(v && v->flags & VERB_RAW) && option_is_for(o, v))
			fn(v, o);
}

/* Text between single quotes; `escape` is what stands for a quote there. */
static void quoted(const char *text, const char *escape)
{
	putchar('\'');
	for (; *text; text++) {
		if (*text == '\'')
			fputs(escape, stdout);
		else
			putchar(*text);
	}
	putchar('\'');
}

/* The words of "bash|zsh|fish". */
static void print_words(const char *arguments)
{
	for (; *arguments; arguments++)
		putchar(*arguments == '|' ? ' ' : *arguments);
}

/* How the scripts call what an argument can be. */
static const char *const kind_words[] = {
	[COMPLETE_NONE] = "none",	[COMPLETE_FILE] = "file",	[COMPLETE_NODE] = "node",
	[COMPLETE_NETWORK] = "network", [COMPLETE_COMMAND] = "command", [COMPLETE_VERB] = "verb",
	[COMPLETE_WORDS] = "words",
};

static const char *kind_of(const struct verb *v)
{
	return v->flags & VERB_COMMAND ? "command" : kind_words[v->complete];
}

static void print_verbs(void)
{
	for (size_t i = 0; verbs[i]; i++)
		printf("%s%s", i ? " " : "", verbs[i]->name);
}

static void bash_option(const struct verb *v, const struct option *o)
{
	(void)v;
	printf(" --%s", o->name);
	if (o->letter)
		printf(" -%c", o->letter);
}

static void bash_value(const struct verb *v, const struct option *o)
{
	(void)v;
	if (o->value)
		printf("--%s|", o->name);
	if (o->value && o->letter)
		printf("-%c|", o->letter);
}

static void print_bash(void)
{
	fputs("# bash completion for warren, made by 'warren completion bash'\n"
	      "_warren() {\n"
	      "	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "	local i verb='' at=0 options='' kind=none words='' values='|'\n"
	      "	for ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "		case ${COMP_WORDS[i]} in\n"
	      "		--set) ((i++)) ;;\n"
	      "		-*) ;;\n"
	      "		*) verb=${COMP_WORDS[i]} at=$i; break ;;\n"
	      "		esac\n"
	      "	done\n"
	      "	COMPREPLY=()\n"
	      "	case $verb in\n"
	      "	'') kind=verb values='|--set|' options='",
	      stdout);
	each_option(NULL, bash_option);
	fputs("' ;;\n", stdout);
	for (size_t i = 0; verbs[i]; i++) {
		printf("	%s) kind=%s values='|", verbs[i]->name, kind_of(verbs[i]));
		each_option(verbs[i], bash_value);
		fputs("' options='", stdout);
		each_option(verbs[i], bash_option);
		fputs("' words='", stdout);
		if (verbs[i]->complete == COMPLETE_WORDS)
			print_words(verbs[i]->arguments);
		fputs("' ;;\n", stdout);
	}
	fputs("	esac\n"
	      "	if [[ $kind = command ]]; then\n"
	      "		if ((COMP_CWORD == at + 1)); then kind=node; else kind=program options=''; fi\n"
	      "	fi\n"
	      "	[[ $values = *\"|$prev|\"* ]] && return\n"
	      "	if [[ $cur = -* ]]; then\n"
	      "		mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
	      "		return\n"
	      "	fi\n"
	      "	case $kind in\n"
	      "	verb) words='",
	      stdout);
	print_verbs();
	fputs("' ;;\n"
	      "	node) words=$(\"$1\" netns list 2>/dev/null | awk '{ print $1 }') ;;\n"
	      "	network) words=$(\"$1\" status --names 2>/dev/null) ;;\n"
	      "	esac\n"
	      "	mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	      "	case $kind in\n"
	      "	file | network) compopt -o filenames; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY "
	      "< <(compgen -f -- \"$cur\") ;;\n"
	      "	program) mapfile -t COMPREPLY < <(compgen -c -- \"$cur\"; compgen -f -- \"$cur\") ;;\n"
	      "	esac\n"
	      "}\n"
	      "complete -F _warren warren\n",
	      stdout);
}

static void zsh_option(const struct verb *v, const struct option *o)
{
	(void)v;
	printf(" --%s", o->name);
	if (o->letter)
		printf(" -%c", o->letter);
}

static void print_zsh(void)
{
	fputs("#compdef warren\n"
	      "# zsh completion for warren, made by 'warren completion zsh'\n"
	      "_warren() {\n"
	      "	local verb='' kind=verb i at=0\n"
	      "	local -a options words_ verbs\n"
	      "	for ((i = 2; i < CURRENT; i++)); do\n"
	      "		case $words[i] in\n"
	      "		--set) ((i++)) ;;\n"
	      "		-*) ;;\n"
	      "		*) verb=$words[i] at=$i; break ;;\n"
	      "		esac\n"
	      "	done\n"
	      "	verbs=(\n",
	      stdout);
	for (size_t i = 0; verbs[i]; i++) {
		fputs("		", stdout);
		printf("%s:", verbs[i]->name);
		quoted(verbs[i]->summary, "'\\''");
		putchar('\n');
	}
	fputs("	)\n	case $verb in\n	'') options=(", stdout);
	each_option(NULL, zsh_option);
	fputs(" ) ;;\n", stdout);
	for (size_t i = 0; verbs[i]; i++) {
		printf("	%s) kind=%s options=(", verbs[i]->name, kind_of(verbs[i]));
		each_option(verbs[i], zsh_option);
		fputs(" )", stdout);
		if (verbs[i]->complete == COMPLETE_WORDS) {
			fputs(" words_=(", stdout);
			print_words(verbs[i]->arguments);
			putchar(')');
		}
		fputs(" ;;\n", stdout);
	}
	fputs("	esac\n"
	      "	if [[ $kind = command ]]; then\n"
	      "		((CURRENT == at + 1)) && kind=node || kind=program\n"
	      "	fi\n"
	      "	if [[ $PREFIX = -* && $kind != program ]]; then\n"
	      "		compadd -- $options\n"
	      "		return\n"
	      "	fi\n"
	      "	case $kind in\n"
	      "	verb) _describe verb verbs ;;\n"
	      "	words) compadd -- $words_ ;;\n"
	      "	node) compadd -- ${(f)\"$($words[1] netns list 2>/dev/null | awk '{ print $1 }')\"} ;;\n"
	      "	network) compadd -- ${(f)\"$($words[1] status --names 2>/dev/null)\"}; _files ;;\n"
	      "	file) _files ;;\n"
	      "	program) _command_names -e; _files ;;\n"
	      "	esac\n"
	      "}\n"
	      "_warren \"$@\"\n",
	      stdout);
}

static void fish_option(const struct verb *v, const struct option *o)
{
	fputs("complete -c warren -n ", stdout);
	if (v)
		printf("'__fish_seen_subcommand_from %s'", v->name);
	else
		fputs("__fish_use_subcommand", stdout);
	if (o->letter)
		printf(" -s %c", o->letter);
	printf(" -l %s%s -d ", o->name, o->value ? " -x" : "");
	quoted(o->help, "\\'");
	putchar('\n');
}

/* What an argument can be, as fish's option -a takes it. */
static const char *const fish_arguments[] = {
	[COMPLETE_NONE] = NULL,
	[COMPLETE_FILE] = "-F",
	[COMPLETE_NODE] = "-a '(warren netns list 2>/dev/null | string split -f1 \" \")'",
	[COMPLETE_NETWORK] = "-F -a '(warren status --names 2>/dev/null)'",
	[COMPLETE_COMMAND] = "-F",
	[COMPLETE_VERB] = NULL,
	[COMPLETE_WORDS] = NULL,
};

static void print_fish(void)
{
	fputs("# fish completion for warren, made by 'warren completion fish'\n"
	      "complete -c warren -f\n",
	      stdout);
	each_option(NULL, fish_option);
	for (size_t i = 0; verbs[i]; i++) {
		const struct verb *v = verbs[i];
		const char *seen = "complete -c warren -n '__fish_seen_subcommand_from";

		printf("complete -c warren -n __fish_use_subcommand -a %s -d ", v->name);
		quoted(v->summary, "\\'");
		putchar('\n');
		if (fish_arguments[v->complete])
			printf("%s %s' %s\n", seen, v->name, fish_arguments[v->complete]);
		if (v->complete == COMPLETE_VERB || v->complete == COMPLETE_WORDS) {
			printf("%s %s' -a '", seen, v->name);
			if (v->complete == COMPLETE_VERB)
				print_verbs();
			else
				print_words(v->arguments);
			fputs("'\n", stdout);
		}
		each_option(v, fish_option);
	}
}

static int completion_run(struct cli *c, const void *o, int argc, char **argv,
			  struct warren_errs *errs)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} shells[] = { { "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish } };

	(void)c;
	(void)o;
	(void)argc;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(shells[i].name, argv[0]) != 0)
			continue;
		shells[i].print();
		return EXIT_OK;
	}
	return cli_usage(errs, "completion: there is none for '%s'; bash, zsh and fish are known",
			 argv[0]);
}

const struct verb verb_completion = {
	.name = "completion",
	.arguments = "bash|zsh|fish",
	.summary = "print a shell's completion script",
	.details = "The installed program has these where the shells look for them. Without installing:\n"
		   "\n"
		   "    . <(warren completion bash)",
	.min_args = 1,
	.max_args = 1,
	.complete = COMPLETE_WORDS,
	.run = completion_run,
};
