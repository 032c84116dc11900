/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IMPORT_GRAPH_H
#define IMPORT_GRAPH_H

#include "base/arena.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <warren/error.h>

/* A graph as a foreign file has it, whatever its format. Zero it to begin. */

#define GRAPH_NODES_MAX 131072 /* as many as a topology may have */
#define GRAPH_EDGES_MAX 524288
#define GRAPH_DEPTH_MAX 64 /* lists in lists, elements in elements */

/* What a piece of a file describes. */
enum graph_part { GRAPH_FILE, GRAPH_GRAPH, GRAPH_NODE, GRAPH_EDGE, GRAPH_OTHER };

/* What of it matters. */
enum graph_field { GRAPH_ID, GRAPH_LABEL, GRAPH_SOURCE, GRAPH_TARGET };
#define GRAPH_FIELD_N  4
#define GRAPH_NO_FIELD GRAPH_FIELD_N

/* The graph itself, a node or an edge; strings live in the graph's arena, NULL where the file has none. */
struct graph_item {
	const char *field[GRAPH_FIELD_N];
	int line, column;
};

struct graph_node {
	struct graph_item item;
	const char *name; /* in the topology; set by graph_name_nodes() */
	uint32_t root;	  /* a node of the same component */
};

struct graph_edge {
	struct graph_item item;
	uint32_t ends[2]; /* indexes of nodes; the same for a self-loop */
};

struct graph {
	struct arena arena;
	struct graph_item self;
	VEC(struct graph_node) nodes;
	VEC(struct graph_edge) edges;
	size_t loops;	   /* edges from a node to itself */
	size_t components; /* parts that no edge joins */
};

/* A file that is read, with what the readers of all formats need. */
struct graph_source {
	const char *file; /* how errors name it */
	const char *text;
	size_t len;
};

/** @return the field that an attribute of this name is, or GRAPH_NO_FIELD */
enum graph_field graph_field(enum graph_part part, const char *key);

/**
 * Take an item in.
 * @param g     the graph
 * @param part  GRAPH_GRAPH, GRAPH_NODE or GRAPH_EDGE; others are ignored
 * @param item  copied; its strings must live in g->arena
 * @param s     for the place of errors
 * @param err   filled on failure
 * @return 0, -EINVAL (a node without id, an edge without ends, a second graph), -E2BIG, -ENOMEM
 */
int graph_add(struct graph *g, enum graph_part part, const struct graph_item *item,
	      const struct graph_source *s, struct warren_err *err);

/**
 * Once all is read: find the nodes that edges join, count components.
 * @return 0, -ENOMEM, or -EINVAL: no nodes, an id used twice, an edge to no node
 */
int graph_join(struct graph *g, const struct graph_source *s, struct warren_errs *errs);

/**
 * Give each node a name of its own: made of its label, else of its id. A label
 * that occurs once is never changed by others that occur often.
 * @return 0 or -ENOMEM
 */
int graph_name_nodes(struct graph *g);

/** Release. */
void graph_fini(struct graph *g);

/** Read GML. @return 0, -EINVAL with the place, -E2BIG, -ENOMEM */
int gml_parse(const struct graph_source *s, struct graph *ret, struct warren_err *err);

/** Read GraphML. @return 0, -EINVAL with the place, -E2BIG, -ENOMEM */
int graphml_parse(const struct graph_source *s, struct graph *ret, struct warren_err *err);

#endif
