/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"
#include "out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct status_options {
	bool names;
};

static const struct option status_options[] = {
	{ "names", 0, OPTION_FLAG, NULL, offsetof(struct status_options, names),
	  "print the names of the networks only, one a line" },
	{ NULL },
};

static void changed_by_json(int pid, struct out_json *j)
{
	if (pid)
		out_int(j, "changed_by", pid);
	else
		out_text(j, "changed_by", NULL);
}

static void list_json(const struct warren_networks *nets)
{
	struct out_json j = OUT_JSON(stdout);

	out_array(&j, NULL);
	for (size_t i = 0; i < nets->n; i++) {
		out_object(&j, NULL);
		out_text(&j, "network", nets->v[i].name);
		out_text(&j, "file", nets->v[i].file);
		out_uint(&j, "namespaces", nets->v[i].namespaces);
		out_uint(&j, "switches", nets->v[i].switches);
		out_uint(&j, "missing", nets->v[i].missing);
		out_bool(&j, "interrupted", nets->v[i].interrupted);
		changed_by_json(nets->v[i].changed_by, &j);
		out_end(&j);
	}
	out_end(&j);
}

static void list_text(const struct warren_networks *nets)
{
	struct out_table t = OUT_TABLE(5);

	if (nets->n == 0) {
		puts("no network is up");
		return;
	}
	out_cell(&t, "NETWORK");
	out_cell(&t, "NAMESPACES");
	out_cell(&t, "SWITCHES");
	out_cell(&t, "STATE");
	out_cell(&t, "FILE");
	for (size_t i = 0; i < nets->n; i++) {
		out_cell(&t, "%s", nets->v[i].name);
		out_cell(&t, "%zu", nets->v[i].namespaces);
		out_cell(&t, "%zu", nets->v[i].switches);
		if (nets->v[i].changed_by)
			out_cell(&t, "being changed by %d", nets->v[i].changed_by);
		else if (nets->v[i].missing)
			out_cell(&t, "up, %zu missing", nets->v[i].missing);
		else
			out_cell(&t, "%s", nets->v[i].interrupted ? "interrupted" : "up");
		out_cell(&t, "%s", nets->v[i].file ? nets->v[i].file : "-");
	}
	out_table_print(&t, stdout);
}

static int list(struct cli *c, const struct status_options *opt, bool entered,
		struct warren_errs *errs)
{
	struct warren_networks nets = { 0 };
	struct warren_err err = WARREN_ERR_INIT;

	if (entered && warren_networks(c->warren, WARREN_NETWORKS_COUNT, &nets, &err) < 0)
		return warren_errs_add(errs, &err);
	if (c->json)
		list_json(&nets);
	else if (!opt->names && c->verbosity >= 0)
		list_text(&nets);
	for (size_t i = 0; !c->json && opt->names && i < nets.n; i++)
		puts(nets.v[i].name);
	warren_networks_fini(&nets);
	return EXIT_OK;
}

/* What status says of one network. */
struct report {
	const char *name, *file;
	bool up, interrupted;
	int changed_by;
	struct warren_steps drift, also;
};

static void report_json(const struct report *rep)
{
	struct out_json j = OUT_JSON(stdout);

	out_object(&j, NULL);
	out_text(&j, "network", rep->name);
	out_bool(&j, "up", rep->up);
	out_bool(&j, "interrupted", rep->interrupted);
	changed_by_json(rep->changed_by, &j);
	cli_steps(&rep->drift, rep->file, "drift", &j);
	cli_steps(&rep->also, NULL, "also", &j);
	out_end(&j);
}

static void report_text(const struct report *rep)
{
	out_safe(stdout, rep->name);
	if (!rep->up) {
		puts(" is not up");
		return;
	}
	if (rep->changed_by)
		printf(" is being changed by another warren (pid %d)\n", rep->changed_by);
	else if (rep->interrupted)
		puts(" was interrupted half way; 'warren up' finishes it, 'warren down' removes it");
	else if (rep->drift.n == 0)
		puts(" is up, as its file says");
	else
		printf(" is up, but differs from its file; 'warren up' would:\n");
	cli_steps(&rep->drift, rep->file, NULL, NULL);
	if (rep->also.n)
		puts("also there, neither in the file nor made by warren:");
	cli_steps(&rep->also, NULL, NULL, NULL);
}

/* Whether a network is up; sets what the list of networks knows of it. */
static int look_up(struct cli *c, struct report *rep, struct warren_errs *errs)
{
	struct warren_networks nets = { 0 };
	struct warren_err err = WARREN_ERR_INIT;

	if (warren_networks(c->warren, 0, &nets, &err) < 0)
		return warren_errs_add(errs, &err);
	for (size_t i = 0; i < nets.n; i++) {
		if (strcmp(nets.v[i].name, rep->name) != 0)
			continue;
		rep->up = true;
		rep->interrupted = nets.v[i].interrupted;
		rep->changed_by = nets.v[i].changed_by;
	}
	warren_networks_fini(&nets);
	return 0;
}

static int report(struct cli *c, const struct warren_topo *t, const char *file, bool entered,
		  struct warren_errs *errs)
{
	struct report rep = { .name = warren_topo_name(t), .file = file };
	int r = entered ? look_up(c, &rep, errs) : 0;

	if (r == 0 && rep.up)
		r = warren_status(c->warren, t, &rep.drift, &rep.also, errs);
	if (r < 0)
		return r;
	if (c->json)
		report_json(&rep);
	else if (c->verbosity >= 0)
		report_text(&rep);
	r = rep.up && !rep.interrupted && !rep.changed_by && rep.drift.n == 0 ? EXIT_OK : EXIT_DRIFT;
	warren_steps_fini(&rep.drift);
	warren_steps_fini(&rep.also);
	return r;
}

static int status_run(struct cli *c, const void *o, int argc, char **argv, struct warren_errs *errs)
{
	struct warren_topo *t = NULL;
	const char *file = argc > 0 && cli_means_file(argv[0]) ? argv[0] : NULL;
	int r = cli_enter(c, 0, errs);
	bool entered = r == 0;

	if (r < 0 && r != -ENOENT)
		return r;
	if (argc == 0)
		return list(c, o, entered, errs);
	r = cli_topology_of(c, argv[0], &t, errs);
	if (r == 0)
		r = report(c, t, file, entered, errs);
	warren_topo_free(t);
	return r;
}

const struct verb verb_status = {
	.name = "status",
	.arguments = "[FILE|NAME]",
	.summary = "say which networks are up, and whether the machine still matches",
	.details =
		"Without an argument, lists the networks: up, with how many of its namespaces and switches "
		"are missing where somebody deleted some, interrupted (its up or down was killed half "
		"way), or being changed by a warren that is at work just now, whose pid is told. With a topology file, compares the machine with "
		"what the file says now; with a network's name, with what was last applied. Each "
		"difference is a line, as plan prints it, and the exit code is then 3, as it is for a "
		"network that is not up. What somebody else put into the network's namespaces is listed "
		"too, but is no difference.",
	.options = status_options,
	.options_size = sizeof(struct status_options),
	.max_args = 1,
	.flags = VERB_JSON | VERB_TOPOLOGY,
	.complete = COMPLETE_NETWORK,
	.run = status_run,
};
