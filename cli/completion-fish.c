/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "completion.h"

#include <stdio.h>
#include <string.h>

static const char head[] = "# fish completion for warren, made by 'warren completion fish'\n"
			   "complete -c warren -f\n"
			   "\n"
			   "# The verb and its arguments so far, without options and their values.\n"
			   "function __warren_arguments\n"
			   "	set -l words (commandline -opc)\n"
			   "	set -l skip 0\n"
			   "	set -e words[1]\n"
			   "	for word in $words\n"
			   "		if test $skip = 1\n"
			   "			set skip 0\n"
			   "		else if string match -q -- \"*|$word|*\" '|";

static const char functions[] =
	"'\n"
	"			set skip 1\n"
	"		else if not string match -q -- '-*' $word\n"
	"			echo $word\n"
	"		end\n"
	"	end\n"
	"end\n"
	"\n"
	"# Whether an argument of a verb is typed: FIRST for the first, REST for another, and what stood before it.\n"
	"function __warren_at -a verb which command\n"
	"	set -l words (__warren_arguments)\n"
	"	test \"$words[1]\" = $verb; or return\n"
	"	set -e words[1]\n"
	"	if test -n \"$command\"\n"
	"		test -n \"$words[1]\"; and string match -q -- \"$words[1]*\" $command; or return\n"
	"		set -e words[1]\n"
	"	end\n"
	"	if test $which = FIRST\n"
	"		test (count $words) = 0\n"
	"	else\n"
	"		test (count $words) != 0\n"
	"	end\n"
	"end\n"
	"\n"
	"function __warren_names\n"
	"	warren netns list 2>/dev/null | string split -f1 ' '\n"
	"end\n"
	"\n";

/* What fish's `complete` takes for each kind. */
static const char *const arguments[] = {
	[COMPLETE_NONE] = NULL,
	[COMPLETE_FILE] = "-F",
	[COMPLETE_NODE] = "-a '(__warren_names) host'",
	[COMPLETE_NAMESPACE] = "-a '(__warren_names)'",
	[COMPLETE_NETWORK_OR_NODE] =
		"-F -a '(__warren_names; warren status --names 2>/dev/null) host'",
	[COMPLETE_NETWORK] = "-F -a '(warren status --names 2>/dev/null)'",
	[COMPLETE_COMMAND] = "-F -a '(__fish_complete_command)'",
	[COMPLETE_VERB] = NULL, /* words, as are those of WORDS */
	[COMPLETE_WORDS] = NULL,
};

static void print_option(const struct verb *v, const struct option *o)
{
	const char *value = !o->value				       ? ""
			    : strcmp(o->value, OPTION_VALUE_FILE) == 0 ? " -r -F"
								       : " -x";

	fputs("complete -c warren -n ", stdout);
	if (v && v->flags & VERB_COMMAND)
		printf("'__warren_at %s FIRST'", v->name);
	else if (v)
		printf("'__fish_seen_subcommand_from %s'", v->name);
	else
		fputs("__fish_use_subcommand", stdout);
	if (o->letter)
		printf(" -s %c", o->letter);
	printf(" -l %s%s -d ", o->name, value);
	completion_quoted(o->help, "\\'");
	putchar('\n');
}

static void print_argument(const char *verb, const char *which, const char *command,
			   enum complete what)
{
	if (arguments[what])
		printf("complete -c warren -n '__warren_at %s %s%s%s' %s\n", verb, which,
		       command ? " " : "", command ? command : "", arguments[what]);
}

static void print_words(const struct verb *v)
{
	printf("complete -c warren -n '__warren_at %s FIRST' -a '", v->name);
	if (v->complete == COMPLETE_VERB)
		completion_verbs();
	else
		completion_words(v);
	fputs("'\n", stdout);
}

/* Options that stand before a command have fish's old style: one dash, many letters. */
static void print_command(const struct verb *v, const struct verb_command *c)
{
	if (c->name[0] != '-') {
		print_argument(v->name, "FIRST", c->name, c->complete);
		print_argument(v->name, "REST", c->name, c->complete_rest);
		return;
	}
	printf("complete -c warren -n '__warren_at %s FIRST' -o %s", v->name, c->name + 1);
	if (c->complete != COMPLETE_NONE)
		printf(" -s %c -x %s", c->name[1], arguments[c->complete]);
	putchar('\n');
}

static void print_verb(const struct verb *v)
{
	printf("complete -c warren -n __fish_use_subcommand -a %s -d ", v->name);
	completion_quoted(v->summary, "\\'");
	putchar('\n');
	print_argument(v->name, "FIRST", NULL, v->complete);
	print_argument(v->name, "REST", NULL, v->complete_rest);
	if (v->complete == COMPLETE_VERB || v->complete == COMPLETE_WORDS)
		print_words(v);
	for (const struct verb_command *c = v->commands; c && c->name; c++)
		print_command(v, c);
	completion_options(v, print_option);
}

void completion_fish(void)
{
	fputs(head, stdout);
	completion_options(NULL, completion_takes);
	for (size_t i = 0; verbs[i]; i++) {
		for (const struct option *o = verbs[i]->options; o && o->name; o++)
			completion_takes(verbs[i], o);
		completion_commands(verbs[i], true, completion_command_takes);
	}
	fputs(functions, stdout);
	completion_options(NULL, print_option);
	for (size_t i = 0; verbs[i]; i++)
		print_verb(verbs[i]);
}
