/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"

#include <string.h>
#include <warren/process.h>

static int run_run(struct cli *c, const void *o, int argc, char **argv, struct warren_errs *errs)
{
	struct warren_err err = WARREN_ERR_INIT;

	(void)c;
	(void)o;
	if (argc > 0 && strcmp(argv[0], "--") == 0)
		argv++;
	if (!argv[0])
		return cli_usage(errs, "run: what shall run in the sandbox?");
	if (warren_sandbox(&err) < 0)
		return warren_errs_add(errs, &err);
	return cli_become(argv, errs);
}

const struct verb verb_run = {
	.name = "run",
	.arguments = "[--] COMMAND [ARGUMENT]...",
	.summary = "run a command without any network",
	.details = "The command gets a network namespace of its own in which there is only lo, and "
		   "takes warren's place: signals, the terminal and the exit code are its own. The "
		   "namespace has no name and goes with the last process in it. Without root the "
		   "command stays the user's, in a user namespace around it.\n"
		   "\n"
		   "Exit codes of warren itself: 1 no sandbox could be made, 126 the command cannot "
		   "be run, 127 it is not found.",
	.min_args = 1,
	.max_args = -1,
	.flags = VERB_COMMAND | VERB_BECOMES,
	.complete = COMPLETE_COMMAND,
	.complete_rest = COMPLETE_COMMAND,
	.run = run_run,
};
