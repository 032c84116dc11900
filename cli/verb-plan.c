/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"
#include "out.h"

#include <errno.h>

static int plan_run(struct cli *c, const void *o, int argc, char **argv, struct warren_errs *errs)
{
	struct warren_topo *t = NULL;
	int r;

	(void)o;
	r = cli_topology(c, argc, argv, &t, errs);
	if (r)
		return r;
	r = cli_plan_up(c, t, argc > 0 ? argv[0] : CLI_DEFAULT_FILE, errs);
	warren_topo_free(t);
	return r;
}

const struct verb verb_plan = {
	.name = "plan",
	.arguments = "[FILE]",
	.summary = "show what up would do",
	.details =
		"Compares the topology file with the machine and prints a line for each thing that up "
		"would add (+), change (~) or delete (-), in that order of work. Nothing is changed. "
		"What is in the way is an error, as it is for up, and so is what this kernel lacks.",
	.max_args = 1,
	.flags = VERB_JSON | VERB_TOPOLOGY,
	.complete = COMPLETE_FILE,
	.run = plan_run,
};
