/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "completion.h"

#include <stdio.h>
#include <string.h>

void completion_options(const struct verb *v,
			void (*fn)(const struct verb *v, const struct option *o))
{
	for (const struct option *o = v ? v->options : NULL; o && o->name; o++)
		fn(v, o);
	for (const struct option *o = global_options; o->name; o++)
		if (!(v && v->flags & VERB_RAW) && option_is_for(o, v))
			fn(v, o);
}

void completion_commands(const struct verb *v, bool options,
			 void (*fn)(const struct verb_command *c))
{
	for (const struct verb_command *c = v->commands; c && c->name; c++)
		if ((c->name[0] == '-') == options)
			fn(c);
}

static const char *const kinds[] = {
	[COMPLETE_NONE] = "none",
	[COMPLETE_FILE] = "file",
	[COMPLETE_NODE] = "node",
	[COMPLETE_NAMESPACE] = "namespace",
	[COMPLETE_NETWORK_OR_NODE] = "network_or_node",
	[COMPLETE_NETWORK] = "network",
	[COMPLETE_COMMAND] = "program",
	[COMPLETE_VERB] = "verb",
	[COMPLETE_WORDS] = "words",
};

const char *completion_kind(enum complete what)
{
	return kinds[what];
}

static void print_name(const struct verb_command *c)
{
	printf("%s ", c->name);
}

void completion_words(const struct verb *v)
{
	completion_commands(v, false, print_name);
	for (const char *s = v->complete == COMPLETE_WORDS && !v->commands ? v->arguments : ""; *s;
	     s++)
		putchar(*s == '|' ? ' ' : *s);
}

void completion_verbs(void)
{
	for (size_t i = 0; verbs[i]; i++)
		printf("%s%s", i ? " " : "", verbs[i]->name);
}

void completion_option(const struct verb *v, const struct option *o)
{
	(void)v;
	printf(" --%s", o->name);
	if (o->letter)
		printf(" -%c", o->letter);
}

void completion_takes(const struct verb *v, const struct option *o)
{
	(void)v;
	if (o->value)
		printf("--%s|", o->name);
	if (o->value && o->letter)
		printf("-%c|", o->letter);
}

void completion_takes_file(const struct verb *v, const struct option *o)
{
	if (o->value && strcmp(o->value, OPTION_VALUE_FILE) == 0)
		completion_takes(v, o);
}

void completion_command_takes(const struct verb_command *c)
{
	if (c->complete != COMPLETE_NONE)
		printf("%s|-%s|%.2s|", c->name, c->name, c->name);
}

void completion_quoted(const char *text, const char *escape)
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

static void completion_command_option(const struct verb_command *c)
{
	printf(" %s", c->name);
}

static void completion_command_kinds(const struct verb_command *c)
{
	if (c->complete != COMPLETE_NONE)
		printf("		%s) kinds=(%s %s) ;;\n", c->name,
		       completion_kind(c->complete), completion_kind(c->complete_rest));
}

static void completion_kinds(const struct verb *v)
{
	printf("	%s) kinds=(%s %s) takes='|", v->name, completion_kind(v->complete),
	       completion_kind(v->complete_rest));
	completion_options(v, completion_takes);
	completion_commands(v, true, completion_command_takes);
	fputs("' files='|", stdout);
	completion_options(v, completion_takes_file);
	fputs("' names='|", stdout);
	completion_commands(v, true, completion_command_takes);
}

void completion_verb_cases(const struct completion_shell *s)
{
	for (size_t i = 0; verbs[i]; i++) {
		completion_kinds(verbs[i]);
		printf("' options=%s", s->open);
		completion_options(verbs[i], completion_option);
		completion_commands(verbs[i], true, completion_command_option);
		printf("%s %s=%s", s->close, s->words, s->open);
		completion_words(verbs[i]);
		printf("%s ;;\n", s->close);
	}
}

/* A command may be cut to its beginning; its arguments come after it. */
void completion_command_cases(const struct completion_shell *s)
{
	for (size_t i = 0; verbs[i]; i++) {
		if (!verbs[i]->commands)
			continue;
		printf("	if [[ $verb = %s && %s ]]; then\n"
		       "		for i in $%s; do [[ $i = \"$first\"* ]] && break; done\n"
		       "		kinds=(none none) options=%s takes='|'\n"
		       "		((n--))\n"
		       "		case $i in\n",
		       verbs[i]->name, s->given, s->words, s->none);
		completion_commands(verbs[i], false, completion_command_kinds);
		fputs("		esac\n"
		      "	fi\n",
		      stdout);
	}
}
