/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_VERB_H
#define CLI_VERB_H

#include <stdbool.h>
#include <stddef.h>
#include <warren/warren.h>

/*
 * A verb is one file, verb-NAME.c, that exports one struct verb, and one word
 * in cli/meson.build. Dispatch, --help, completion and the manual's synopsis
 * come from the struct.
 */

enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_DRIFT = 3, /* status: the machine differs from the file */
};

enum option_kind {
	OPTION_FLAG,   /* bool */
	OPTION_TEXT,   /* const char *; the last one given counts */
	OPTION_LIST,   /* struct text_list; may be given several times */
	OPTION_NUMBER, /* unsigned long, from 1; 0 where it is not given */
	OPTION_COUNT,  /* unsigned: how often it was given */
};

struct text_list {
	size_t n;
	const char **v;
};

/* What completion offers for an argument. */
enum complete {
	COMPLETE_NONE,
	COMPLETE_FILE,
	COMPLETE_NODE, /* a namespace, or host */
	COMPLETE_NAMESPACE,
	COMPLETE_NETWORK,	  /* one that is up, or a file */
	COMPLETE_NETWORK_OR_NODE, /* or one of these */
	COMPLETE_COMMAND,
	COMPLETE_VERB,
	COMPLETE_WORDS, /* those of `arguments`, parted by '|'; or the verb's commands */
};

/* What help calls an option's value where it is the name of a file, and is completed as one. */
#define OPTION_VALUE_FILE "FILE"

struct option {
	const char *name; /* without the dashes */
	char letter;	  /* 0 for none */
	enum option_kind kind;
	const char *value; /* what --help calls its value; NULL for a flag */
	size_t offset;	   /* of the member in the verb's options struct */
	const char *help;
};

/* For completion: a command of a verb that has some (netns), or an option before it, "-all". */
struct verb_command {
	const char *name;
	enum complete complete,
		complete_rest; /* its first argument, or the option's value; the others */
};

/* What every verb gets. */
struct cli {
	struct warren *warren;
	const char *program; /* argv[0] as typed */
	bool json;
	bool dry_run;
	int verbosity;	       /* -1 quiet, 0, 1 and up */
	bool entered;	       /* cli_enter() found or made where there are networks */
	struct text_list sets; /* --set NAME=VALUE, as typed */
};

struct verb {
	const char *name;
	const char *arguments;	      /* for the usage line: "[FILE]" */
	const char *summary;	      /* one line */
	const char *details;	      /* paragraphs for --help and the manual; may be NULL */
	const struct option *options; /* ended by a NULL name; may be NULL */
	size_t options_size;	      /* bytes of the verb's options struct, which is zeroed */
	int min_args, max_args;	      /* -1: any number */
	unsigned flags;		      /* VERB_* */
	enum complete complete, complete_rest; /* the first argument, and the others */
	const struct verb_command *commands;   /* ended by a NULL name; may be NULL */
	/**
	 * Do it.
	 * @param c     the program's context
	 * @param o     the verb's options struct, filled
	 * @param argc  arguments that are not options
	 * @param argv  they
	 * @param errs  filled on failure; main prints each once
	 * @return EXIT_*, or a negative errno (then errs says why)
	 */
	int (*run)(struct cli *c, const void *o, int argc, char **argv, struct warren_errs *errs);
};

enum {
	VERB_JSON = 1 << 0,    /* takes --json */
	VERB_DRY_RUN = 1 << 1, /* takes --dry-run */
	VERB_COMMAND = 1 << 2, /* options end at the first argument that is none: a command follows */
	VERB_RAW = 1 << 3,     /* gets all its arguments unparsed (netns) */
	VERB_TOPOLOGY = 1 << 4, /* takes --set; FILE, default warren.yaml, comes first */
	VERB_BECOMES =
		1 << 5, /* another program takes its place: signals, limits and terminal are left as they are */
};

/* All verbs, in the order of --help; ended by NULL. Made from cli/meson.build. */
extern const struct verb *const verbs[];

#endif
