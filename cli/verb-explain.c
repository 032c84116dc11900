/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reach.h"

#include <warren/explain.h>

#include <errno.h>
#include <string.h>

struct explain_options {
	unsigned long timeout, count;
	bool only4, only6;
};

static const struct option explain_options[] = {
	REACH_OPTIONS(struct explain_options),
	{ "ipv4", '4', OPTION_FLAG, NULL, offsetof(struct explain_options, only4),
	  "IPv4 only; without, it is IPv4 where the target has it, else IPv6" },
	{ "ipv6", '6', OPTION_FLAG, NULL, offsetof(struct explain_options, only6), "IPv6 only" },
	{ NULL },
};

/* What was seen of the probe where it comes in or goes out; nothing where there is no such interface. */
static const char *mark(const char *iface, bool seen)
{
	return !*iface ? "" : seen ? " *" : "";
}

/* "10.0.3.0/24 via 10.0.1.2"; a network that it is in needs no via. */
static void print_route(struct out_table *t, const struct warren_explanation *x,
			const struct warren_hop *hop, bool back)
{
	const char *to = back ? x->source : x->address;

	if (!*hop->out)
		out_cell(t, "%s", "");
	else if (strcmp(hop->via, to) == 0)
		out_cell(t, "%s", hop->route);
	else
		out_cell(t, "%s%svia %s", hop->route, *hop->route ? " " : "", hop->via);
}

static void print_way(const struct warren_explanation *x, const struct warren_way *way, bool back)
{
	struct out_table t = OUT_TABLE(4);

	out_cell(&t, "%s", back ? "BACK" : "THERE");
	out_cell(&t, "IN");
	out_cell(&t, "OUT");
	out_cell(&t, "ROUTE");
	for (size_t i = 0; i < way->n; i++) {
		const struct warren_hop *hop = &way->v[i];

		out_cell(&t, "%s", hop->node);
		out_cell(&t, "%s%s", hop->in, mark(hop->in, hop->seen_in));
		out_cell(&t, "%s%s", hop->out, mark(hop->out, hop->seen_out));
		print_route(&t, x, hop, back);
	}
	out_table_print(&t, stdout);
	if (*way->beyond) {
		fputs("it goes on by ", stdout);
		out_safe(stdout, way->beyond);
		putchar('\n');
	}
}

static void print_verdict(const struct warren_explanation *x)
{
	if (x->reached) {
		printf("%sreached%s: ", out_colour(OUT_GREEN), out_colour(OUT_PLAIN));
		if (x->status == WARREN_REACH_DELIVERED)
			puts("it comes to a socket there, which says nothing");
		else
			printf("answered after %.3f ms\n", (double)x->rtt_ns / 1e6);
		return;
	}
	printf("%snot reached%s: ", out_colour(OUT_RED), out_colour(OUT_PLAIN));
	out_safe(stdout, x->cause);
	putchar('\n');
	if (*x->remedy) {
		fputs("remedy: ", stdout);
		out_safe(stdout, x->remedy);
		putchar('\n');
	}
	if (*x->file) {
		fputs("in the file: ", stdout);
		out_safe(stdout, x->file);
		printf(":%d:%d (%s)\n", x->line, x->column, x->node);
	}
}

static void print_text(const struct warren_explanation *x)
{
	printf("%s%s -> ", out_colour(OUT_BOLD), x->from);
	out_safe(stdout, x->to);
	fputs(out_colour(OUT_PLAIN), stdout);
	if (strcmp(x->address, x->to) != 0)
		printf(" (%s)", x->address);
	if (*x->source)
		printf(" from %s", x->source);
	printf(", %s\n", x->probe);
	print_way(x, &x->forth, false);
	if (x->back.n)
		print_way(x, &x->back, true);
	print_verdict(x);
}

static void way_json(struct out_json *j, const char *key, const struct warren_way *way)
{
	out_array(j, key);
	for (size_t i = 0; i < way->n; i++) {
		const struct warren_hop *hop = &way->v[i];

		out_object(j, NULL);
		out_text(j, "node", hop->node);
		out_text(j, "in", *hop->in ? hop->in : NULL);
		out_text(j, "out", *hop->out ? hop->out : NULL);
		out_text(j, "via", *hop->via ? hop->via : NULL);
		out_text(j, "route", *hop->route ? hop->route : NULL);
		out_bool(j, "seen_in", hop->seen_in);
		out_bool(j, "seen_out", hop->seen_out);
		out_end(j);
	}
	out_end(j);
}

static void print_json(const struct warren_explanation *x)
{
	struct out_json j = OUT_JSON(stdout);

	out_object(&j, NULL);
	out_text(&j, "from", x->from);
	out_text(&j, "to", x->to);
	out_text(&j, "address", x->address);
	out_text(&j, "source", *x->source ? x->source : NULL);
	out_text(&j, "probe", x->probe);
	out_bool(&j, "reached", x->reached);
	out_text(&j, "status", warren_reach_name(x->status));
	if (x->reached)
		out_real(&j, "rtt_ms", (double)x->rtt_ns / 1e6);
	else
		out_text(&j, "cause", x->cause);
	if (*x->node)
		out_text(&j, "node", x->node);
	if (*x->remedy)
		out_text(&j, "remedy", x->remedy);
	if (*x->file) {
		out_text(&j, "file", x->file);
		out_int(&j, "line", x->line);
		out_int(&j, "column", x->column);
	}
	way_json(&j, "there", &x->forth);
	way_json(&j, "back", &x->back);
	if (*x->forth.beyond)
		out_text(&j, "beyond", x->forth.beyond);
	if (*x->back.beyond)
		out_text(&j, "beyond_back", x->back.beyond);
	out_end(&j);
}

static int explain_run(struct cli *c, const void *opts, int argc, char **argv,
		       struct warren_errs *errs)
{
	const struct explain_options *opt = opts;
	struct warren_explain_options o = { 0 };
	struct warren_explanation x = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	int r = reach_options(opt->timeout, opt->count, &o.probe, errs);

	(void)argc;
	if (r == 0)
		r = reach_family(opt->only4, opt->only6, &o.family, errs);
	if (r)
		return r;
	r = cli_enter_up(c, errs);
	if (r < 0)
		return r;
	r = warren_explain(c->warren, argv[0], argv[1], &o, &x, &err);
	if (r < 0)
		return warren_errs_add(errs, &err);
	if (c->json)
		print_json(&x);
	else if (c->verbosity >= 0)
		print_text(&x);
	r = x.reached ? EXIT_OK : EXIT_FAILED;
	warren_explanation_fini(&x);
	return r;
}

const struct verb verb_explain = {
	.name = "explain",
	.arguments = "NODE TARGET",
	.summary = "why does a node not reach another?",
	.details =
		"Walks the way from NODE to TARGET and back by what the namespaces on it say (routes, "
		"forwarding, cables, bridge ports), then sends a real packet and watches the interfaces on "
		"the way. Names the first thing that is broken, where it is, and what mends it.\n\n"
		"NODE is 'host' or any namespace with a name, whoever made it. TARGET is one, too, or an address; with "
		"':PORT' behind it a TCP connection is tried instead of ICMP echo, with ':PORT/udp' a datagram "
		"is sent. An IPv6 address with a port stands in brackets.\n\n"
		"Prints a line for each namespace on the way: the interfaces that the packet comes in and "
		"goes out by, a '*' behind those at which it was seen, and the route that it takes. The exit "
		"code is 1 where the target is not reached.",
	.options = explain_options,
	.options_size = sizeof(struct explain_options),
	.min_args = 2,
	.max_args = 2,
	.flags = VERB_JSON,
	.complete = COMPLETE_NODE,
	.complete_rest = COMPLETE_NODE,
	.run = explain_run,
};
