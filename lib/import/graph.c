/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import/graph.h"

#include "base/cleanup.h"
#include "base/map.h"
#include "import/label.h"

#include <errno.h>
#include <string.h>

static const struct {
	enum graph_part part;
	enum graph_field field;
	const char *key;
} fields[] = {
	{ GRAPH_GRAPH, GRAPH_LABEL, "label" },	  { GRAPH_GRAPH, GRAPH_LABEL, "Network" },
	{ GRAPH_NODE, GRAPH_ID, "id" },		  { GRAPH_NODE, GRAPH_LABEL, "label" },
	{ GRAPH_NODE, GRAPH_LABEL, "name" },	  { GRAPH_EDGE, GRAPH_SOURCE, "source" },
	{ GRAPH_EDGE, GRAPH_TARGET, "target" },	  { GRAPH_EDGE, GRAPH_LABEL, "label" },
	{ GRAPH_EDGE, GRAPH_LABEL, "LinkLabel" },
};

enum graph_field graph_field(enum graph_part part, const char *key)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].part == part && !strcmp(fields[i].key, key))
			return fields[i].field;
	return GRAPH_NO_FIELD;
}

static int out_of_memory(struct warren_err *err)
{
	return warren_fail(err, -ENOMEM, "out of memory");
}

static int add_node(struct graph *g, const struct graph_item *item, const struct graph_source *s,
		    struct warren_err *err)
{
	struct graph_node node = { .item = *item, .root = (uint32_t)g->nodes.n };

	if (!item->field[GRAPH_ID])
		return warren_fail_at(err, -EINVAL, s->file, item->line, item->column,
				      "node without id: edges could not name it");
	if (g->nodes.n >= GRAPH_NODES_MAX)
		return warren_fail_at(err, -E2BIG, s->file, item->line, item->column,
				      "more than %d nodes, which is the most that a topology has",
				      GRAPH_NODES_MAX);
	return vec_push(&g->nodes, node) ? out_of_memory(err) : 0;
}

static int add_edge(struct graph *g, const struct graph_item *item, const struct graph_source *s,
		    struct warren_err *err)
{
	struct graph_edge edge = { .item = *item };

	for (int i = GRAPH_SOURCE; i <= GRAPH_TARGET; i++)
		if (!item->field[i])
			return warren_fail_at(err, -EINVAL, s->file, item->line, item->column,
					      "edge without %s: it needs a node at both ends",
					      i == GRAPH_SOURCE ? "source" : "target");
	if (g->edges.n >= GRAPH_EDGES_MAX)
		return warren_fail_at(err, -E2BIG, s->file, item->line, item->column,
				      "more than %d edges", GRAPH_EDGES_MAX);
	return vec_push(&g->edges, edge) ? out_of_memory(err) : 0;
}

int graph_add(struct graph *g, enum graph_part part, const struct graph_item *item,
	      const struct graph_source *s, struct warren_err *err)
{
	switch (part) {
	case GRAPH_GRAPH:
		if (g->self.line)
			return warren_fail_at(err, -EINVAL, s->file, item->line, item->column,
					      "a second graph (the first is at line %d): "
					      "keep one graph a file",
					      g->self.line);
		g->self = *item;
		return 0;
	case GRAPH_NODE:
		return add_node(g, item, s, err);
	case GRAPH_EDGE:
		return add_edge(g, item, s, err);
	case GRAPH_FILE:
	case GRAPH_OTHER:
		break;
	}
	return 0;
}

static uint32_t find_root(struct graph *g, uint32_t i)
{
	while (g->nodes.v[i].root != i) {
		g->nodes.v[i].root = g->nodes.v[g->nodes.v[i].root].root;
		i = g->nodes.v[i].root;
	}
	return i;
}

static void join_ends(struct graph *g, const struct graph_edge *e)
{
	uint32_t a = find_root(g, e->ends[0]), b = find_root(g, e->ends[1]);

	if (e->ends[0] == e->ends[1])
		g->loops++;
	if (a == b)
		return;
	g->nodes.v[a > b ? a : b].root = a > b ? b : a;
	g->components--;
}

/* An id as an error shows it: nothing in it reaches the terminal as a control sequence. */
static const char *shown(struct graph *g, const char *id)
{
	return label_clean(&g->arena, id, strlen(id), false) ?: "?";
}

static int resolve_ends(struct graph *g, struct graph_edge *e, const struct map *ids,
			const struct graph_source *s, struct warren_errs *errs)
{
	struct warren_err err = WARREN_ERR_INIT;

	for (int i = 0; i < 2; i++) {
		const char *id = e->item.field[GRAPH_SOURCE + i];

		e->ends[i] = map_get_str(ids, id);
		if (e->ends[i] != MAP_NONE)
			continue;
		warren_fail_at(&err, -EINVAL, s->file, e->item.line, e->item.column,
			       "edge %s '%.60s': no node has this id", i ? "to" : "from",
			       shown(g, id));
		return warren_errs_add(errs, &err);
	}
	join_ends(g, e);
	return 0;
}

static int index_ids(struct graph *g, struct map *ids, const struct graph_source *s,
		     struct warren_errs *errs)
{
	struct warren_err err = WARREN_ERR_INIT;
	int failed = 0;

	vec_foreach(n, &g->nodes) {
		const char *id = n->item.field[GRAPH_ID];
		uint32_t other = map_put_str(ids, id, (uint32_t)(n - g->nodes.v), &failed);

		if (failed) {
			out_of_memory(&err);
			return warren_errs_add(errs, &err);
		}
		if (other == MAP_NONE)
			continue;
		warren_fail_at(&err, -EINVAL, s->file, n->item.line, n->item.column,
			       "node id '%.60s' is used twice (before at line %d)", shown(g, id),
			       g->nodes.v[other].item.line);
		warren_errs_add(errs, &err);
	}
	return err.code;
}

int graph_join(struct graph *g, const struct graph_source *s, struct warren_errs *errs)
{
	struct warren_err err = WARREN_ERR_INIT;
	auto_(map_fini) struct map ids = { 0 };
	int r = index_ids(g, &ids, s, errs);

	if (r == -ENOMEM)
		return r;
	if (!g->nodes.n) {
		r = warren_fail_at(&err, -EINVAL, s->file, g->self.line, g->self.column,
				   "no nodes: there is nothing to build");
		warren_errs_add(errs, &err);
		return r;
	}
	g->components = g->nodes.n;
	vec_foreach(e, &g->edges) {
		int bad = resolve_ends(g, e, &ids, s, errs);

		r = r ? r : bad;
	}
	vec_foreach(n, &g->nodes)
		n->root = find_root(g, (uint32_t)(n - g->nodes.v));
	return r;
}

/* What a node would like to be called. */
static const char *wish(struct graph *g, const struct graph_node *n)
{
	const char *label = n->item.field[GRAPH_LABEL];
	const char *slug = label_slug(&g->arena, label ? label : "");
	const char *id = n->item.field[GRAPH_ID];

	if (!slug || *slug)
		return slug;
	slug = label_slug(&g->arena, id);
	if (slug && *slug >= '0' && *slug <= '9')
		return arena_printf(&g->arena, "n%s", slug);
	if (!slug || *slug)
		return slug;
	return arena_printf(&g->arena, "n%zu", (size_t)(n - g->nodes.v));
}

/*
 * A suffix for a name that is taken. `next` remembers where the last search
 * ended, so that a thousand equal labels take a thousand steps.
 */
static int name_again(struct graph *g, struct map *taken, struct graph_node *n, uint32_t *next)
{
	const char *base = n->name;
	uint32_t self = (uint32_t)(n - g->nodes.v);
	int failed = 0;

	do {
		n->name = arena_printf(&g->arena, "%s-%u", base, (*next)++);
		if (!n->name)
			return -ENOMEM;
	} while (map_put_str(taken, n->name, self, &failed) != MAP_NONE && !failed);
	return failed ? -ENOMEM : 0;
}

int graph_name_nodes(struct graph *g)
{
	/* What a node cannot be called: the host, loopback, and what every hosts file gives to it. */
	static const char *const reserved[] = { "host", "lo", "localhost", "ip6-localhost",
						"ip6-loopback" };
	const uint32_t n_reserved = sizeof(reserved) / sizeof(reserved[0]);
	auto_(map_fini) struct map taken = { 0 };
	auto_free uint32_t *first = calloc(g->nodes.n + 1, sizeof(*first));
	auto_free uint32_t *next = calloc(g->nodes.n + n_reserved, sizeof(*next));
	int failed = 0;

	if (!first || !next)
		return -ENOMEM;
	for (uint32_t i = 0; i < n_reserved; i++)
		map_put_str(&taken, reserved[i], (uint32_t)g->nodes.n + i, &failed);
	for (uint32_t i = 0; i < g->nodes.n; i++) {
		g->nodes.v[i].name = wish(g, &g->nodes.v[i]);
		if (!g->nodes.v[i].name)
			return -ENOMEM;
		first[i] = map_put_str(&taken, g->nodes.v[i].name, i, &failed);
	}
	for (size_t i = 0; i < g->nodes.n + n_reserved; i++)
		next[i] = 2;
	for (uint32_t i = 0; i < g->nodes.n && !failed; i++)
		if (first[i] != MAP_NONE)
			failed = name_again(g, &taken, &g->nodes.v[i], &next[first[i]]) < 0;
	return failed ? -ENOMEM : 0;
}

void graph_fini(struct graph *g)
{
	vec_fini(&g->nodes);
	vec_fini(&g->edges);
	arena_fini(&g->arena);
	memset(g, 0, sizeof(*g));
}
