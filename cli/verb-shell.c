/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"

#include <stdint.h>
#include <stdlib.h>
#include <warren/netns.h>

static int shell_run(struct cli *c, const void *o, int argc, char **argv, struct warren_errs *errs)
{
	const char *shell = getenv("SHELL");
	char *command[] = { (char *)(uintptr_t)(shell && *shell ? shell : "/bin/sh"), NULL };

	(void)o;
	(void)argc;
	return cli_command(c, argv[0], WARREN_NETNS_ALL, command, errs);
}

const struct verb verb_shell = {
	.name = "shell",
	.arguments = "NODE",
	.summary = "start a shell in a node",
	.details = "Starts $SHELL, or /bin/sh, as 'warren exec' would. WARREN_NODE in its "
		   "environment tells "
		   "where one is; in ~/.bashrc for instance:\n"
		   "\n"
		   "    PS1=\"${WARREN_NODE:+($WARREN_NODE) }$PS1\"\n"
		   "\n"
		   "A prompt with the host name shows it, too: inside it is the node's.",
	.min_args = 1,
	.max_args = 1,
	.flags = VERB_BECOMES,
	.complete = COMPLETE_NODE,
	.run = shell_run,
};
