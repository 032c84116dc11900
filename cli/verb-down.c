/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"
#include "out.h"

#include <errno.h>
#include <stdlib.h>

struct down_options {
	bool wait, timings;
};

static const struct option down_options[] = {
	{ "wait", 'w', OPTION_FLAG, NULL, offsetof(struct down_options, wait),
	  "wait for another warren that works on this network" },
	{ "timings", 0, OPTION_FLAG, NULL, offsetof(struct down_options, timings),
	  "say where the time went" },
	{ NULL },
};

static void print_json(const struct cli *c, const struct down_options *opt, const char *name,
		       const struct warren_result *res)
{
	struct out_json j = OUT_JSON(stdout);

	out_object(&j, NULL);
	out_text(&j, "network", name);
	cli_result_json(res, &j);
	if (opt->timings)
		cli_timings(c, &j);
	out_end(&j);
}

static void print_text(const char *name, const struct warren_result *res)
{
	char took[32];

	out_safe(stdout, name);
	if (res->added + res->changed + res->deleted == 0) {
		puts(": nothing to do");
		return;
	}
	printf(" is down (");
	cli_result_text(res);
	printf(") in %s\n", cli_duration(cli_elapsed(), took));
}

static int dry_run(struct cli *c, const char *name, struct warren_errs *errs)
{
	struct warren_steps steps = { 0 };
	int r = c->entered ? warren_plan(c->warren, NULL, name, &steps, errs) : 0;

	if (r < 0)
		return r;
	cli_plan_print(c, name, NULL, &steps);
	warren_steps_fini(&steps);
	return EXIT_OK;
}

static int down(struct cli *c, const struct down_options *opt, const char *name,
		struct warren_errs *errs)
{
	struct warren_result res = { 0 };
	int r = 0;

	/* an ordinary user who has nothing up has nothing to enter */
	if (c->entered)
		r = warren_down(c->warren, name, opt->wait ? WARREN_PLAN_WAIT : 0, &res, errs);
	if (r < 0)
		return r;
	if (c->json)
		print_json(c, opt, name, &res);
	else if (c->verbosity >= 0)
		print_text(name, &res);
	if (opt->timings && !c->json)
		cli_timings(c, NULL);
	return EXIT_OK;
}

static int down_run(struct cli *c, const void *o, int argc, char **argv, struct warren_errs *errs)
{
	char *name = NULL;
	int r = cli_enter(c, 0, errs);

	if (r == 0 || r == -ENOENT)
		r = cli_network(c, argc > 0 ? argv[0] : NULL, &name, errs);
	if (r == 0)
		r = c->dry_run ? dry_run(c, name, errs) : down(c, o, name, errs);
	free(name);
	return r;
}

const struct verb verb_down = {
	.name = "down",
	.arguments = "[FILE|NAME]",
	.summary = "remove all that up made for a network",
	.details =
		"Takes the name of a network that is up, or its topology file (warren.yaml if none is "
		"given), which may have changed or be gone since. What Warren did not make stays, "
		"but what was put into its namespaces goes with them: --dry-run names such interfaces. "
		"A namespace or file that somebody else gives one of its names to meanwhile stays, too. "
		"Processes inside the namespaces are asked to end, and killed two seconds later. "
		"A process elsewhere that has one open keeps it alive without a name; 'warren ps' names such "
		"processes before.",
	.options = down_options,
	.options_size = sizeof(struct down_options),
	.max_args = 1,
	.flags = VERB_JSON | VERB_DRY_RUN | VERB_TOPOLOGY,
	.complete = COMPLETE_NETWORK,
	.run = down_run,
};
