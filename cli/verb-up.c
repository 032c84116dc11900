/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"
#include "out.h"

#include <errno.h>

struct up_options {
	bool wait, timings;
};

static const struct option up_options[] = {
	{ "wait", 'w', OPTION_FLAG, NULL, offsetof(struct up_options, wait),
	  "wait for another warren that works on this network" },
	{ "timings", 0, OPTION_FLAG, NULL, offsetof(struct up_options, timings),
	  "say where the time went" },
	{ NULL },
};

static void print_json(const struct cli *c, const struct up_options *opt,
		       const struct warren_topo *t, const struct warren_result *res)
{
	struct out_json j = OUT_JSON(stdout);
	struct warren_topo_counts n;

	warren_topo_count(t, &n);
	out_object(&j, NULL);
	out_text(&j, "network", warren_topo_name(t));
	out_uint(&j, "namespaces", n.namespaces);
	out_uint(&j, "switches", n.switches);
	out_uint(&j, "links", n.links);
	cli_result_json(res, &j);
	if (opt->timings)
		cli_timings(c, &j);
	out_end(&j);
}

static void print_text(const struct warren_topo *t, const struct warren_result *res)
{
	struct warren_topo_counts n;
	char took[32];

	warren_topo_count(t, &n);
	out_safe(stdout, warren_topo_name(t));
	if (res->added + res->changed + res->deleted == 0) {
		puts(": nothing to do");
		return;
	}
	printf(" is up: %zu namespace%s", n.namespaces, n.namespaces == 1 ? "" : "s");
	if (n.switches)
		printf(", %zu switch%s", n.switches, n.switches == 1 ? "" : "es");
	if (n.links)
		printf(", %zu link%s", n.links, n.links == 1 ? "" : "s");
	printf(" (");
	cli_result_text(res);
	printf(") in %s\n", cli_duration(cli_elapsed(), took));
}

static int up(struct cli *c, const struct up_options *opt, const struct warren_topo *t,
	      struct warren_errs *errs)
{
	struct warren_result res = { 0 };
	int r = cli_enter(c, WARREN_ENTER_MAKE, errs);

	if (r < 0)
		return r;
	r = warren_up(c->warren, t, opt->wait ? WARREN_PLAN_WAIT : 0, &res, errs);
	if (r < 0)
		return r;
	if (c->json)
		print_json(c, opt, t, &res);
	else if (c->verbosity >= 0)
		print_text(t, &res);
	if (opt->timings && !c->json)
		cli_timings(c, NULL);
	return EXIT_OK;
}

static int up_run(struct cli *c, const void *o, int argc, char **argv, struct warren_errs *errs)
{
	struct warren_topo *t = NULL;
	int r = cli_topology(c, argc, argv, &t, errs);

	if (r)
		return r;
	if (c->dry_run)
		r = cli_plan_up(c, t, argc > 0 ? argv[0] : CLI_DEFAULT_FILE, errs);
	else
		r = up(c, o, t, errs);
	warren_topo_free(t);
	return r;
}

const struct verb verb_up = {
	.name = "up",
	.arguments = "[FILE]",
	.summary = "make the machine match a topology file",
	.details =
		"All or nothing: the whole file is checked and everything in the way is looked for before "
		"the first change; an error, SIGINT or SIGTERM half way takes back what was done; and "
		"after a kill at any point the next up finishes or down removes. On a network that is "
		"up only the difference is done: what stays is not touched.\n"
		"\n"
		"FILE is warren.yaml if none is given; - is standard input. An ordinary user gets user and "
		"network namespaces of his own, which live until his last network is down.",
	.options = up_options,
	.options_size = sizeof(struct up_options),
	.max_args = 1,
	.flags = VERB_JSON | VERB_DRY_RUN | VERB_TOPOLOGY,
	.complete = COMPLETE_FILE,
	.run = up_run,
};
