/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WARREN_VIEW_H
#define WARREN_VIEW_H

#include <warren/topo.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Pictures of a topology. */

enum warren_graph_format {
	WARREN_GRAPH_TEXT,    /* a tree for a terminal */
	WARREN_GRAPH_DOT,     /* for the programs of Graphviz */
	WARREN_GRAPH_SVG,     /* drawn by Graphviz, which must be installed */
	WARREN_GRAPH_JSON,    /* nodes and links for other programs */
	WARREN_GRAPH_MERMAID, /* a flowchart as Markdown may hold it */
};

enum {
	WARREN_GRAPH_ASCII = 1 << 0, /* text: no other characters than ASCII's */
};

/**
 * Name a format.
 * @param word      "text", "dot", "svg", "json", or "mermaid", which is also "mmd"
 * @param[out] ret  untouched on failure
 * @return 0 or -EINVAL
 */
int warren_graph_format(const char *word, enum warren_graph_format *ret);

/**
 * Draw a topology. WARREN_GRAPH_SVG runs `dot` and waits for it; the others are pure.
 * @param t         the topology
 * @param format    what to make
 * @param flags     WARREN_GRAPH_*
 * @param[out] ret  the picture, terminated, to be freed with free(); untouched on failure
 * @param[out] len  bytes of it; may be NULL
 * @param err       filled on failure
 * @return 0, -ENOENT (no Graphviz), -EIO (Graphviz failed), -ENOMEM
 */
int warren_graph(const struct warren_topo *t, enum warren_graph_format format, unsigned flags,
		 char **ret, size_t *len, struct warren_err *err);

#ifdef __cplusplus
}
#endif

#endif
