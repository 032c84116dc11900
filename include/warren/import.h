/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WARREN_IMPORT_H
#define WARREN_IMPORT_H

#include <warren/warren.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Graphs that others drew, as topology files. Each node becomes a namespace
 * that routes, each edge a cable (parallel edges parallel cables; direction is
 * ignored), so that what the graph joins can reach each other. Pure: text in,
 * text out, the same for the same input.
 */

enum warren_import_format {
	WARREN_IMPORT_GUESS, /* by the first character that is no white space: '<' is GraphML */
	WARREN_IMPORT_GML,
	WARREN_IMPORT_GRAPHML,
};

struct warren_import_options {
	const char *file; /* how errors and the comment at the top name the text; may be a path */
	enum warren_import_format format;
	const char *network; /* name of the network; NULL: made of `file`, else of the graph's label */
};

/**
 * Name a format.
 * @param word      "gml" or "graphml"
 * @param[out] ret  untouched on failure
 * @return 0 or -EINVAL
 */
int warren_import_format(const char *word, enum warren_import_format *ret);

/**
 * Make a topology file of a graph.
 * An edge from a node to itself is left out, with a warning to the log.
 * @param w         the context (log); may be NULL
 * @param text      need not be terminated
 * @param len       bytes of text
 * @param o         options
 * @param[out] ret  the topology file, to be freed with free(); untouched on failure
 * @param errs      errors with their places; may be NULL
 * @return 0, -EINVAL (the text is not a graph), -E2BIG, -ENOMEM
 */
int warren_import(struct warren *w, const char *text, size_t len,
		  const struct warren_import_options *o, char **ret, struct warren_errs *errs);

/**
 * The same for the file that o->file names; "-" is standard input.
 * @param w         the context (log); may be NULL
 * @param o         options
 * @param[out] ret  as of warren_import()
 * @param errs      errors with their places; may be NULL
 * @return as warren_import(), or what reading the file failed with
 */
int warren_import_load(struct warren *w, const struct warren_import_options *o, char **ret,
		       struct warren_errs *errs);

#ifdef __cplusplus
}
#endif

#endif
