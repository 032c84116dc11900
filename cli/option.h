/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_OPTION_H
#define CLI_OPTION_H

#include "verb.h"

/* The options that are not a verb's own. */
struct globals {
	bool json, dry_run, help, version;
	unsigned quiet, verbose;
	struct text_list sets;
};

/* Their table, ended by a NULL name. */
extern const struct option global_options[];

/** Whether a verb takes one of global_options; verb NULL is before the verb, where all go. */
bool option_is_for(const struct option *o, const struct verb *verb);

/** @return an option as help calls it, "-q, --quiet" or "--set NAME=VALUE", in buf */
char *option_label(const struct option *o, char *buf, size_t size);

/** What option_parse() needs to know, and gives. */
struct option_parse {
	const struct verb *verb; /* NULL: before the verb, up to the first argument that is no option */
	void *own;		 /* the verb's options struct, zeroed */
	struct globals *globals;
	int argc;    /* in: arguments to parse; out: those that are no options */
	char **argv; /* reordered: out, those that are no options come first */
};

/**
 * Parse options. "--" ends them; "-" is an argument.
 * @param p    see there
 * @param err  filled on failure
 * @return 0, or -EINVAL (a mistake of the user's) or -ENOMEM
 */
int option_parse(struct option_parse *p, struct warren_err *err);

/** Release the lists in an options struct. */
void option_fini(const struct option *options, void *o);

#endif
