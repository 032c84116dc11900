/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "option.h"

/*
 * Completion scripts, one file a shell. All do the same: find the verb, count the arguments
 * before the one that is typed (options and their values are none), and offer what the
 * verb's table says of it.
 */

void completion_bash(void);
void completion_zsh(void);
void completion_fish(void);

/** Calls fn for each option that a verb takes, its own first; v NULL: those before the verb. */
void completion_options(const struct verb *v,
			void (*fn)(const struct verb *v, const struct option *o));

/** Calls fn for each option of a verb's commands ("-all"), or for each command. */
void completion_commands(const struct verb *v, bool options,
			 void (*fn)(const struct verb_command *c));

/** How the scripts call what an argument can be. */
const char *completion_kind(enum complete what);

/** Print the words of a verb's argument ("bash|zsh|fish"), or its commands, parted by spaces. */
void completion_words(const struct verb *v);

/** Print all verbs, parted by spaces. */
void completion_verbs(void);

/** Print " --output -o". */
void completion_option(const struct verb *v, const struct option *o);

/** Print "--output|-o|" where the option takes a value; where it takes a file. */
void completion_takes(const struct verb *v, const struct option *o);
void completion_takes_file(const struct verb *v, const struct option *o);

/** The same for an option of a verb's commands; all of them that have a value take a namespace. */
void completion_command_takes(const struct verb_command *c);

/** Print text between single quotes; `escape` is what stands for a quote there. */
void completion_quoted(const char *text, const char *escape);

/* How bash and zsh write what both do. */
struct completion_shell {
	const char *words;	  /* name of the list of an argument's words */
	const char *open, *close; /* around a list */
	const char *given;	  /* test whether there is a first argument */
	const char *none;	  /* an empty list */
};

/** For each verb the case that sets `kinds`, `options` and the words. */
void completion_verb_cases(const struct completion_shell *s);

/** For each verb with commands what sets the same by its command. */
void completion_command_cases(const struct completion_shell *s);

#endif
