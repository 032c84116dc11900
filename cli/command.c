/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <warren/process.h>

/* As shells, env(1) and nohup(1) have it: other codes are the command's own. */
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND	    127

/* Nothing of the user's own is up. He may mean what root made. */
static int nothing_up(const char *node, struct warren_errs *errs)
{
	char path[300];

	snprintf(path, sizeof(path), "/run/netns/%s", node);
	if (access(path, F_OK) == 0)
		return cli_fail(errs, -ENOENT,
				"namespace '%s' is root's: run this as root; no network of your own "
				"is up",
				node);
	return cli_fail(errs, -ENOENT,
			"there is no namespace '%s': no network is up; 'warren up' makes that of "
			"a topology file",
			node);
}

int cli_become(char *const argv[], struct warren_errs *errs)
{
	struct warren_err err = WARREN_ERR_INIT;
	int r = warren_exec(argv, &err);

	warren_errs_add(errs, &err);
	return r == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

int cli_command(struct cli *c, const char *node, unsigned flags, char *const argv[],
		struct warren_errs *errs)
{
	struct warren_err err = WARREN_ERR_INIT;
	int r = cli_enter(c, 0, errs);

	if (r == -ENOENT)
		return nothing_up(node, errs);
	if (r < 0)
		return r;
	if (warren_node_enter(c->warren, node, flags, &err) < 0)
		return warren_errs_add(errs, &err);
	setenv("WARREN_NODE", node, 1);
	return cli_become(argv, errs);
}
