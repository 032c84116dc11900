/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"

#include <stdlib.h>
#include <string.h>
#include <warren/import.h>

struct import_options {
	const char *output, *format, *name;
};

static const struct option import_options[] = {
	{ "output", 'o', OPTION_TEXT, OPTION_VALUE_FILE, offsetof(struct import_options, output),
	  "write the topology to FILE, not to standard output" },
	{ "format", 0, OPTION_TEXT, "FORMAT", offsetof(struct import_options, format),
	  "gml or graphml; without it, what the text looks like" },
	{ "name", 0, OPTION_TEXT, "NAME", offsetof(struct import_options, name),
	  "name of the network; without it, made of the file's" },
	{ NULL },
};

static int import_run(struct cli *c, const void *o, int argc, char **argv, struct warren_errs *errs)
{
	const struct import_options *opt = o;
	struct warren_import_options how = { .file = argv[0], .network = opt->name };
	char *text = NULL;
	int r;

	(void)argc;
	if (opt->format && warren_import_format(opt->format, &how.format) < 0)
		return cli_usage(errs, "format '%s': gml and graphml are what it takes",
				 opt->format);
	r = warren_import_load(c->warren, &how, &text, errs);
	if (!r)
		r = cli_write(c, opt->output, text, strlen(text), errs);
	free(text);
	return r;
}

const struct verb verb_import = {
	.name = "import",
	.arguments = "FILE",
	.summary = "make a topology file of a graph in GML or GraphML",
	.details =
		"Each node of the graph becomes a namespace and each edge a link, with an address "
		"on each node's lo, and routes along shortest paths. Names are made of the labels "
		"and numbered where they repeat; a comment keeps the label. Parallel edges become "
		"parallel links; an edge from a node to itself is left out, with a warning.\n"
		"\n"
		"FILE \"-\" is standard input. With --dry-run the file of --output is named, not written.\n"
		"\n"
		"  warren import Abilene.gml -o abilene.yaml\n"
		"  warren up abilene.yaml\n",
	.options = import_options,
	.options_size = sizeof(struct import_options),
	.min_args = 1,
	.max_args = 1,
	.flags = VERB_DRY_RUN,
	.complete = COMPLETE_FILE,
	.run = import_run,
};
