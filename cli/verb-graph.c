/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <warren/view.h>

struct graph_options {
	const char *output, *format;
};

static const struct option graph_options[] = {
	{ "format", 'f', OPTION_TEXT, "FORMAT", offsetof(struct graph_options, format),
	  "text, dot, svg, mermaid or json; without it, as the name of --output ends, else text" },
	{ "output", 'o', OPTION_TEXT, OPTION_VALUE_FILE, offsetof(struct graph_options, output),
	  "write to FILE, not to standard output" },
	{ NULL },
};

/*
 * Whether the terminal shows UTF-8, by the name of the locale: a program without
 * shared libraries does not find the locale itself on every system.
 */
static bool is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "UTF-8") || strcasestr(value, "UTF8");
	}
	return false;
}

static int choose_format(struct cli *c, const struct graph_options *opt,
			 enum warren_graph_format *ret, struct warren_errs *errs)
{
	const char *dot = opt->output ? strrchr(opt->output, '.') : NULL;

	if (c->json && opt->format && strcmp(opt->format, "json") != 0)
		return cli_usage(errs, "--json and --format %s: only one of them", opt->format);
	*ret = c->json ? WARREN_GRAPH_JSON : WARREN_GRAPH_TEXT;
	if (!opt->format) {
		if (dot && !c->json)
			warren_graph_format(dot + 1, ret);
		return 0;
	}
	if (warren_graph_format(opt->format, ret) < 0)
		return cli_usage(errs,
				 "format '%s': text, dot, svg, mermaid and json are what it takes",
				 opt->format);
	return 0;
}

/* A file is only read, whatever is up; a name is that of a network, else of a file without an ending. */
static int find(struct cli *c, int argc, char **argv, struct warren_topo **ret,
		struct warren_errs *errs)
{
	int r;

	if (argc == 0 || cli_means_file(argv[0]))
		return cli_topology(c, argc, argv, ret, errs);
	r = cli_enter(c, 0, errs);
	return r < 0 && r != -ENOENT ? r : cli_topology_of(c, argv[0], ret, errs);
}

static int graph_run(struct cli *c, const void *o, int argc, char **argv, struct warren_errs *errs)
{
	const struct graph_options *opt = o;
	struct warren_err err = WARREN_ERR_INIT;
	enum warren_graph_format format = WARREN_GRAPH_TEXT;
	struct warren_topo *t = NULL;
	char *text = NULL;
	size_t len;
	int r = choose_format(c, opt, &format, errs);

	if (!r)
		r = find(c, argc, argv, &t, errs);
	if (r)
		return r;
	r = warren_graph(t, format, is_utf8() ? 0 : WARREN_GRAPH_ASCII, &text, &len, &err);
	if (r < 0)
		warren_errs_add(errs, &err);
	else
		r = cli_write(c, opt->output, text, len, errs);
	free(text);
	warren_topo_free(t);
	return r;
}

const struct verb verb_graph = {
	.name = "graph",
	.arguments = "[FILE|NAME]",
	.summary = "draw a network: as a text tree, DOT, SVG, Mermaid or JSON",
	.details =
		"Draws a topology file, or by its name a network that is up, as it was last applied. "
		"The text tree shows each component from the host, or from its best connected node: "
		"a row names a node, the addresses on its lo, and the cable that leads to it, "
		"interface and address of the near end first. A name in parentheses stands where a "
		"cable closes a ring: that node has its own row elsewhere. SVG is drawn by Graphviz, "
		"which must be installed. Mermaid is a flowchart in text, which Markdown may hold and many "
		"sites draw; they refuse more than 500 cables unless told otherwise. With --dry-run a file is named, not written.\n"
		"\n"
		"  warren graph lab.yaml\n"
		"  warren graph lab.yaml -o lab.svg\n"
		"  warren graph lab -o lab.mmd\n",
	.options = graph_options,
	.options_size = sizeof(struct graph_options),
	.max_args = 1,
	.flags = VERB_JSON | VERB_DRY_RUN | VERB_TOPOLOGY,
	.complete = COMPLETE_NETWORK,
	.run = graph_run,
};
