/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reach.h"

#include <stdlib.h>
#include <string.h>

/* Up to so many nodes, the matrix is a table with names; up to so many, all rows are shown. */
#define WIDE 20
#define TALL 200

/* Failures listed unless -v is given. */
#define LISTED 20

struct ping_options {
	unsigned long timeout, count;
	bool only4, only6;
};

static const struct option ping_options[] = {
	REACH_OPTIONS(struct ping_options),
	{ "ipv4", '4', OPTION_FLAG, NULL, offsetof(struct ping_options, only4),
	  "IPv4 only; without, it is IPv4 for who has it, else IPv6" },
	{ "ipv6", '6', OPTION_FLAG, NULL, offsetof(struct ping_options, only6), "IPv6 only" },
	{ NULL },
};

static const struct warren_reach *cell(const struct warren_ping *p, size_t i, size_t j)
{
	return &p->v[i * p->n_to + j];
}

static bool is_tried(const struct warren_reach *r)
{
	return r->from != NULL;
}

/* Rows and columns know their names only by what stands in them. */
static const char *row_name(const struct warren_ping *p, size_t i)
{
	for (size_t j = 0; j < p->n_to; j++)
		if (is_tried(cell(p, i, j)))
			return cell(p, i, j)->from;
	return "";
}

static const char *column_name(const struct warren_ping *p, size_t j)
{
	for (size_t i = 0; i < p->n_from; i++)
		if (is_tried(cell(p, i, j)))
			return cell(p, i, j)->to;
	return "";
}

static void print_wide(const struct warren_ping *p)
{
	struct out_table t = OUT_TABLE((unsigned)p->n_to + 1);

	out_cell(&t, "ms");
	for (size_t j = 0; j < p->n_to; j++)
		out_cell(&t, "%s", column_name(p, j));
	for (size_t i = 0; i < p->n_from; i++) {
		out_cell(&t, "%s", row_name(p, i));
		for (size_t j = 0; j < p->n_to; j++) {
			const struct warren_reach *r = cell(p, i, j);

			if (!is_tried(r))
				out_cell(&t, "-");
			else if (warren_reach_ok(r->status))
				out_cell(&t, "%.3f", (double)r->rtt_ns / 1e6);
			else
				out_cell(&t, "x");
		}
	}
	out_table_print(&t, stdout);
}

static bool row_failed(const struct warren_ping *p, size_t i)
{
	for (size_t j = 0; j < p->n_to; j++)
		if (is_tried(cell(p, i, j)) && !warren_reach_ok(cell(p, i, j)->status))
			return true;
	return false;
}

/* A row a source, a character a target. */
static void print_compact(const struct warren_ping *p, bool all)
{
	struct out_table t = OUT_TABLE(2);
	char *row = malloc(p->n_to + 1);

	for (size_t i = 0; row && i < p->n_from; i++) {
		if (!all && !row_failed(p, i))
			continue;
		for (size_t j = 0; j < p->n_to; j++) {
			const struct warren_reach *r = cell(p, i, j);

			row[j] = !is_tried(r) ? '-' : warren_reach_ok(r->status) ? '.' : 'x';
		}
		row[p->n_to] = 0;
		out_cell(&t, "%s", row_name(p, i));
		out_cell(&t, "%s", row);
	}
	free(row);
	out_table_print(&t, stdout);
}

static void print_line(const struct warren_reach *r)
{
	bool ok = warren_reach_ok(r->status);

	printf("%s -> ", r->from);
	out_safe(stdout, r->to);
	if (*r->address && strcmp(r->address, r->to) != 0)
		printf(" (%s)", r->address);
	if (ok)
		printf(": %.3f ms\n", (double)r->rtt_ns / 1e6);
	else
		printf(": %s%s%s\n", out_colour(OUT_RED), r->reason, out_colour(OUT_PLAIN));
}

static void print_failures(const struct cli *c, const struct warren_ping *p)
{
	size_t listed = 0;

	for (size_t i = 0; i < p->n_from * p->n_to; i++) {
		const struct warren_reach *r = &p->v[i];

		if (!is_tried(r) || warren_reach_ok(r->status))
			continue;
		if (listed == LISTED && c->verbosity <= 0) {
			printf("... and %zu more; -v lists all\n", p->failed - listed);
			return;
		}
		print_line(r);
		listed++;
	}
}

/* Whoever sees that it fails wants to know why. */
static void print_hint(const struct warren_ping *p)
{
	for (size_t i = 0; i < p->n_from * p->n_to; i++) {
		const struct warren_reach *r = &p->v[i];

		if (!is_tried(r) || warren_reach_ok(r->status))
			continue;
		printf("'warren explain %s ", r->from);
		out_safe(stdout, r->to);
		puts("' says what is wrong");
		return;
	}
}

static void print_text(const struct cli *c, const struct warren_ping *p, uint64_t ns)
{
	char buf[32];

	if (p->n_from == 1) {
		for (size_t j = 0; j < p->n_to; j++)
			if (is_tried(&p->v[j]))
				print_line(&p->v[j]);
	} else {
		if (p->n_from <= WIDE && p->n_to <= WIDE)
			print_wide(p);
		else
			print_compact(p, p->n_from <= TALL || c->verbosity > 0);
		print_failures(c, p);
	}
	printf("%zu of %zu pairs answer (%s)\n", p->ok, p->ok + p->failed, cli_duration(ns, buf));
	print_hint(p);
	if (p->note)
		fprintf(stderr, "note: %s\n", p->note);
}

static void print_json(const char *network, const struct warren_ping *p, uint64_t ns)
{
	struct out_json j = OUT_JSON(stdout);

	out_object(&j, NULL);
	out_text(&j, "network", network);
	out_uint(&j, "ok", p->ok);
	out_uint(&j, "failed", p->failed);
	out_real(&j, "seconds", (double)ns / 1e9);
	out_text(&j, "note", p->note);
	out_array(&j, "pairs");
	for (size_t i = 0; i < p->n_from * p->n_to; i++) {
		if (!is_tried(&p->v[i]))
			continue;
		out_object(&j, NULL);
		reach_json(&j, &p->v[i]);
		out_end(&j);
	}
	out_end(&j);
	out_end(&j);
}

static int ping(struct cli *c, const struct warren_topo *t, const struct warren_ping_options *o,
		struct warren_errs *errs)
{
	struct warren_ping result = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	uint64_t start = cli_elapsed();
	int r = warren_ping(c->warren, t, o, &result, &err);

	if (r < 0)
		return warren_errs_add(errs, &err);
	start = cli_elapsed() - start;
	if (c->json)
		print_json(warren_topo_name(t), &result, start);
	else if (c->verbosity >= 0)
		print_text(c, &result, start);
	r = result.failed ? EXIT_FAILED : EXIT_OK;
	warren_ping_fini(&result);
	return r;
}

static int ping_run(struct cli *c, const void *opts, int argc, char **argv, struct warren_errs *errs)
{
	const struct ping_options *opt = opts;
	struct warren_ping_options o = { 0 };
	struct warren_topo *t = NULL;
	bool node = false;
	int r = reach_options(opt->timeout, opt->count, &o.probe, errs);

	if (r == 0)
		r = reach_family(opt->only4, opt->only6, &o.family, errs);
	if (r)
		return r;
	r = reach_topology(c, argc > 0 ? argv[0] : NULL, &node, &t, errs);
	if (r)
		return r;
	if (argc > 0 && !node) {
		argc--;
		argv++;
	}
	o.from = argc > 0 ? (const char *const *)argv : NULL;
	o.n_from = argc > 0;
	o.to = argc > 1 ? (const char *const *)argv + 1 : NULL;
	o.n_to = argc > 1 ? (size_t)argc - 1 : 0;
	r = ping(c, t, &o, errs);
	warren_topo_free(t);
	return r;
}

const struct verb verb_ping = {
	.name = "ping",
	.arguments = "[FILE|NAME] [NODE [TARGET]...]",
	.summary = "try who reaches whom",
	.details =
		"Sends ICMP echo requests from inside the nodes, all at once: of all to all, or of NODE to all, "
		"or of NODE to each TARGET, which is a node or an address. The first argument is "
		"a topology file if it has a '/' or the ending of one, or the name of a network that is up; "
		"otherwise it is a NODE of warren.yaml. For a node that has the name of a network, give the file, too.\n\n"
		"Prints a matrix, a row a node that sends: round trips in milliseconds, or for "
		"more than 20 nodes '.' for an answer; 'x' for none; and why. The exit code is 1 where a pair fails.",
	.options = ping_options,
	.options_size = sizeof(struct ping_options),
	.max_args = -1,
	.flags = VERB_JSON | VERB_TOPOLOGY,
	.complete = COMPLETE_NETWORK_OR_NODE,
	.complete_rest = COMPLETE_NODE,
	.run = ping_run,
};
