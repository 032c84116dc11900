/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"
#include "completion.h"

#include <string.h>

static int completion_run(struct cli *c, const void *o, int argc, char **argv,
			  struct warren_errs *errs)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} shells[] = { { "bash", completion_bash },
		       { "zsh", completion_zsh },
		       { "fish", completion_fish } };

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
