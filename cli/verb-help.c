/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"
#include "usage.h"

struct help_options {
	bool manual;
};

static const struct option help_options[] = {
	{ "manual", 0, OPTION_FLAG, NULL, offsetof(struct help_options, manual),
	  "print all verbs as a part of a manual page, in scdoc" },
	{ NULL },
};

static int help_run(struct cli *c, const void *o, int argc, char **argv, struct warren_errs *errs)
{
	const struct help_options *opt = o;
	const struct verb *v;

	(void)c;
	(void)errs;
	if (opt->manual) {
		usage_manual(stdout);
		return EXIT_OK;
	}
	if (argc == 0) {
		usage_all(stdout);
		return EXIT_OK;
	}
	v = usage_find(argv[0]);
	if (!v) {
		usage_unknown(argv[0]);
		return EXIT_USAGE;
	}
	usage_verb(stdout, v);
	return EXIT_OK;
}

const struct verb verb_help = {
	.name = "help",
	.arguments = "[VERB]",
	.summary = "say what warren or one verb does",
	.options = help_options,
	.options_size = sizeof(struct help_options),
	.max_args = 1,
	.complete = COMPLETE_VERB,
	.run = help_run,
};
