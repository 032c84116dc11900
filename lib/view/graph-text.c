/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/picture.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <string.h>
#include <warren/view.h>

/*
 * The text picture: of each component a tree of shortest paths from the host,
 * or from the vertex with most edges. A row is a vertex with the cable that
 * leads to it; a cable that closes a ring is a row too, with the name of the
 * vertex that is already there in parentheses.
 */

#define DEPTH_MAX 24 /* levels until a tree goes on further down, so that rows stay readable */

struct art {
	const char *tee, *end, *bar, *blank, *wire;
};

static const struct art art_utf8 = { "├─ ", "└─ ", "│  ", "   ", " ── " };
static const struct art art_ascii = { "|- ", "`- ", "|  ", "   ", " -- " };

/* A row: three columns, kept until all are there and their widths known. */
struct row {
	char *name, *about, *cable; /* in the arena */
	uint32_t width;		    /* of name, in characters */
};

struct tree {
	const struct picture *p;
	struct arena arena;
	const struct art *art;
	VEC(struct row) rows;
	VEC(uint32_t) queue; /* of the search; later the roots that wait */
	uint32_t *parent; /* by vertex: half-edge that leads to it from its parent, or MODEL_NONE */
	uint8_t *state;	  /* by vertex: UNSEEN, FOUND or DRAWN */
	uint8_t *drawn;	  /* by edge */
	char prefix[DEPTH_MAX * 8];
};

enum { UNSEEN, FOUND, DRAWN };

static const char *const spaces[2] = { " ", " " };

static uint32_t width(const char *s)
{
	uint32_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* The cable of a half-edge, near end first. At a switch there is one end to name. */
static void put_cable(const struct tree *t, FILE *f, uint32_t half)
{
	const struct picture *p = t->p;
	const struct edge *e = picture_edge(p, half);
	const struct topo_segment *s = &p->topo->segments.v[e->segment];
	bool first = true;

	for (int i = 0; i < 2; i++) {
		uint32_t iface = e->ifaces[(half + (uint32_t)i) & 1];

		if (iface == MODEL_NONE)
			continue;
		if (!first)
			fputs(t->art->wire, f);
		first = false;
		fputs(model_iface_label(&p->topo->model.ifaces.v[iface]), f);
		picture_put_addrs(p, f, iface, spaces);
	}
	if (s->cost > 1)
		fprintf(f, ", cost %u", s->cost);
}

static void put_about(const struct tree *t, FILE *f, const struct vertex *v)
{
	if (v->kind != VERTEX_SWITCH) {
		picture_put_addrs(t->p, f, picture_loopback(t->p, v->ns), spaces);
		return;
	}
	fputs(" switch", f);
	picture_put_subnets(t->p, f, v->segment, spaces);
}

/* Finish a stream. @return its text, in the arena, or NULL without memory */
static char *keep(struct tree *t, char **text, FILE *f)
{
	char *copy = text_close(f, text) ? NULL : arena_str(&t->arena, *text);

	free(*text);
	*text = NULL;
	return copy;
}

static int add_row(struct tree *t, const char *art, const char *name, const struct vertex *about,
		   uint32_t half)
{
	char *text = NULL;
	size_t len;
	struct row row = { .name = arena_printf(&t->arena, "%s%s%s", t->prefix, art, name) };
	FILE *f = open_memstream(&text, &len);

	if (f && about)
		put_about(t, f, about);
	row.about = keep(t, &text, f);
	f = open_memstream(&text, &len);
	if (f && half != MODEL_NONE)
		put_cable(t, f, half);
	row.cable = keep(t, &text, f);
	if (!row.name || !row.about || !row.cable)
		return -ENOMEM;
	row.width = width(row.name);
	return vec_push(&t->rows, row);
}

/* Find the component of a vertex, with the shortest way to each from it. */
static int search(struct tree *t, uint32_t from)
{
	const struct picture *p = t->p;

	t->queue.n = 0;
	t->state[from] = FOUND;
	t->parent[from] = MODEL_NONE;
	if (vec_push(&t->queue, from))
		return -ENOMEM;
	for (size_t i = 0; i < t->queue.n; i++) {
		const struct vertex *v = &p->vertices.v[t->queue.v[i]];

		for (uint32_t k = 0; k < v->degree; k++) {
			uint32_t half = p->half[v->first + k], far = picture_far(p, half);

			if (t->state[far] != UNSEEN)
				continue;
			t->state[far] = FOUND;
			t->parent[far] = half;
			if (vec_push(&t->queue, far))
				return -ENOMEM;
		}
	}
	return 0;
}

/* What a half-edge of a vertex is to its tree, when the vertex is drawn. */
enum below {
	NOTHING, /* drawn at its other end, before or later */
	CHILD,
	RING, /* leads to what is already there */
};

static enum below below(const struct tree *t, uint32_t half)
{
	uint32_t far = picture_far(t->p, half);

	if (t->parent[far] == half)
		return CHILD;
	return !t->drawn[half / 2] && t->state[far] == DRAWN ? RING : NOTHING;
}

static int draw_below(struct tree *t, uint32_t vertex, unsigned depth);

static int draw_branch(struct tree *t, uint32_t half, bool last, unsigned depth)
{
	uint32_t far = picture_far(t->p, half);
	const struct vertex *v = &t->p->vertices.v[far];
	bool ring = below(t, half) == RING;
	char *name = arena_printf(&t->arena, ring ? "(%s)" : "%s", v->name);
	size_t len = strlen(t->prefix);
	int r;

	if (!name)
		return -ENOMEM;
	t->drawn[half / 2] = 1;
	r = add_row(t, last ? t->art->end : t->art->tee, name, ring ? NULL : v, half);
	if (r || ring)
		return r;
	snprintf(t->prefix + len, sizeof(t->prefix) - len, "%s", last ? t->art->blank : t->art->bar);
	r = draw_below(t, far, depth + 1);
	t->prefix[len] = 0;
	return r;
}

static int draw_below(struct tree *t, uint32_t vertex, unsigned depth)
{
	static const enum below passes[] = { RING, CHILD };
	const struct vertex *v = &t->p->vertices.v[vertex];
	const uint32_t *half = t->p->half + v->first;
	uint32_t left = 0;
	int r = 0;

	t->state[vertex] = DRAWN;
	for (uint32_t k = 0; k < v->degree; k++)
		/* both ends of a cable may be here: it is one row */
		left += below(t, half[k]) != NOTHING &&
			!(half[k] & 1 && picture_far(t->p, half[k]) == vertex);
	if (left && depth >= DEPTH_MAX) {
		t->state[vertex] = FOUND;
		r = add_row(t, t->art->end, "... (goes on below)", NULL, MODEL_NONE);
		return r ? r : vec_push(&t->queue, vertex);
	}
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t k = 0; k < v->degree && !r; k++)
			if (below(t, half[k]) == passes[pass])
				r = draw_branch(t, half[k], --left == 0, depth);
	return r;
}

/* The root of a component: the host, else what has most edges. */
static uint32_t choose_root(const struct tree *t)
{
	uint32_t best = t->queue.v[0];

	vec_foreach(v, &t->queue) {
		const struct vertex *a = &t->p->vertices.v[*v], *b = &t->p->vertices.v[best];

		if (a->kind == VERTEX_HOST)
			return *v;
		if (a->degree > b->degree)
			best = *v;
	}
	return best;
}

static int draw_component(struct tree *t, uint32_t member)
{
	int r = search(t, member);
	uint32_t root;

	if (r)
		return r;
	root = choose_root(t);
	vec_foreach(v, &t->queue)
		t->state[*v] = UNSEEN;
	r = search(t, root);
	t->queue.n = 0;
	if (!r)
		r = vec_push(&t->queue, root);
	for (size_t i = 0; i < t->queue.n && !r; i++) {
		const struct vertex *v = &t->p->vertices.v[t->queue.v[i]];
		char *name = arena_printf(&t->arena, i ? "%s (continued)" : "%s", v->name);

		if (!name)
			return -ENOMEM;
		r = add_row(t, "", name, v, MODEL_NONE);
		if (!r)
			r = draw_below(t, t->queue.v[i], 0);
	}
	return r;
}

/* All components, the host's first; the host where nothing is plugged into it is no news. */
static int draw_all(struct tree *t)
{
	const struct picture *p = t->p;
	int r = 0;

	for (uint32_t i = 0; i < p->vertices.n && !r; i++)
		if (t->state[i] == UNSEEN &&
		    (p->vertices.v[i].kind != VERTEX_HOST || p->vertices.v[i].degree))
			r = draw_component(t, i);
	return r;
}

static void print_rows(const struct tree *t, FILE *f)
{
	uint32_t widest = 0, about_widest = 0;

	vec_foreach(r, &t->rows) {
		uint32_t about = width(r->about);

		widest = r->width > widest && (*r->about || *r->cable) ? r->width : widest;
		about_widest = about > about_widest && *r->cable ? about : about_widest;
	}
	vec_foreach(r, &t->rows) {
		fputs(r->name, f);
		if (*r->about || *r->cable)
			fprintf(f, "%*s%s", (int)(widest - r->width), "", about_widest ? " " : "");
		fputs(r->about, f);
		if (*r->cable)
			fprintf(f, "%*s  %s", (int)(about_widest - width(r->about)), "", r->cable);
		fputc('\n', f);
	}
}

static void print_head(const struct picture *p, FILE *f)
{
	size_t of_kind[] = { [VERTEX_HOST] = 0, [VERTEX_NODE] = 0, [VERTEX_SWITCH] = 0 };
	size_t links = 0, nodes, switches;

	vec_foreach(v, &p->vertices)
		of_kind[v->kind]++;
	vec_foreach(e, &p->edges)
		links += p->vertices.v[e->ends[0]].kind != VERTEX_SWITCH;
	nodes = of_kind[VERTEX_NODE];
	switches = of_kind[VERTEX_SWITCH];
	fprintf(f, "%s: %zu namespace%s, %zu link%s", p->topo->model.name, nodes,
		nodes == 1 ? "" : "s", links, links == 1 ? "" : "s");
	if (switches)
		fprintf(f, ", %zu switch%s", switches, switches == 1 ? "" : "es");
	fputs("\n\n", f);
}

int graph_text(const struct picture *p, unsigned flags, FILE *f)
{
	struct tree t = {
		.p = p,
		.art = flags & WARREN_GRAPH_ASCII ? &art_ascii : &art_utf8,
		.parent = calloc(p->vertices.n + 1, sizeof(*t.parent)),
		.state = calloc(p->vertices.n + 1, sizeof(*t.state)),
		.drawn = calloc(p->edges.n + 1, sizeof(*t.drawn)),
	};
	int r = t.parent && t.state && t.drawn ? draw_all(&t) : -ENOMEM;

	if (!r) {
		print_head(p, f);
		print_rows(&t, f);
	}
	free(t.parent);
	free(t.state);
	free(t.drawn);
	vec_fini(&t.rows);
	vec_fini(&t.queue);
	arena_fini(&t.arena);
	return r;
}
