/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"
#include "out.h"

#include <errno.h>
#include <stdlib.h>

struct check_options {
	bool schema, reference;
};

static const struct option check_options[] = {
	{ "schema", 0, OPTION_FLAG, NULL, offsetof(struct check_options, schema),
	  "print the JSON schema of the topology file instead" },
	{ "reference", 0, OPTION_FLAG, NULL, offsetof(struct check_options, reference),
	  "print the reference of the topology file instead, in scdoc" },
	{ NULL },
};

static int print_text(char *text, struct warren_errs *errs)
{
	if (!text)
		return cli_fail(errs, -ENOMEM, "out of memory");
	fputs(text, stdout);
	free(text);
	return EXIT_OK;
}

static const struct {
	const char *one, *many;
	size_t offset;
	bool always; /* also where there is none */
} nouns[] = {
	{ "namespace", "namespaces", offsetof(struct warren_topo_counts, namespaces), true },
	{ "switch", "switches", offsetof(struct warren_topo_counts, switches), false },
	{ "link", "links", offsetof(struct warren_topo_counts, links), true },
	{ "address", "addresses", offsetof(struct warren_topo_counts, addresses), true },
	{ "route", "routes", offsetof(struct warren_topo_counts, routes), true },
	{ "expectation", "expectations", offsetof(struct warren_topo_counts, expectations), false },
};

static size_t count_of(const struct warren_topo_counts *counts, size_t i)
{
	return *(const size_t *)((const char *)counts + nouns[i].offset);
}

#define N_NOUNS (sizeof(nouns) / sizeof(nouns[0]))

static void print_counts(const char *name, const struct warren_topo_counts *counts)
{
	const char *comma = ": ";

	out_safe(stdout, name);
	for (size_t i = 0; i < N_NOUNS; i++) {
		size_t n = count_of(counts, i);

		if (n == 0 && !nouns[i].always)
			continue;
		printf("%s%zu %s", comma, n, n == 1 ? nouns[i].one : nouns[i].many);
		comma = ", ";
	}
	putchar('\n');
}

static int check_run(struct cli *c, const void *o, int argc, char **argv, struct warren_errs *errs)
{
	const struct check_options *opt = o;
	struct out_json j = OUT_JSON(stdout);
	struct warren_topo_counts counts;
	struct warren_topo *t = NULL;
	int r;

	if (opt->schema)
		return print_text(warren_topo_schema(), errs);
	if (opt->reference)
		return print_text(warren_topo_reference(), errs);
	r = cli_topology(c, argc, argv, &t, errs);
	if (r)
		return r;
	warren_topo_count(t, &counts);
	if (c->json) {
		out_object(&j, NULL);
		out_text(&j, "name", warren_topo_name(t));
		for (size_t i = 0; i < N_NOUNS; i++)
			out_uint(&j, nouns[i].many, count_of(&counts, i));
		out_end(&j);
	} else if (c->verbosity >= 0) {
		print_counts(warren_topo_name(t), &counts);
	}
	warren_topo_free(t);
	return EXIT_OK;
}

const struct verb verb_check = {
	.name = "check",
	.arguments = "[FILE]",
	.summary = "read a topology file and report every mistake in it",
	.details = "Nothing of the machine is looked at or changed. Every mistake is reported with its "
		   "line and column. FILE is warren.yaml if none is given; - is standard input.\n"
		   "\n"
		   "An editor that knows JSON schemas completes and checks topology files with what "
		   "--schema prints.",
	.options = check_options,
	.options_size = sizeof(struct check_options),
	.max_args = 1,
	.flags = VERB_JSON | VERB_TOPOLOGY,
	.complete = COMPLETE_FILE,
	.run = check_run,
};
