/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/picture.h"

#include "base/cleanup.h"

#include <errno.h>

/* A larger picture has no room for text along the edges; a pointer over an edge shows it in SVG. */
#define LABELS_MAX 60

/* How the picture is laid out; what to run says the picture itself. */
static const char *const layouts[] = {
	[false] = "layout=neato, mode=KK, pack=true, overlap=scalexy, splines=true",
	[true] = "layout=dot, rankdir=LR, nodesep=0.35, ranksep=1.9",
};
static const char large_layout[] = "layout=sfdp, overlap=prism, splines=false";

static const char *const lines[2] = { "<br/>", "<br/>" };
static const char *const small[2] = { "<font point-size=\"9\"><br/>", "<br/>" };
static const char *const middle[2] = { "", "<br/>" };
static const char *const spaces[2] = { " ", " " };

static const char *const vertex_looks[] = {
	[VERTEX_HOST] = "shape=box, style=\"rounded,filled,bold\", fillcolor=\"#fdebc8\", "
			"color=\"#b9770e\"",
	[VERTEX_NODE] = "shape=box, style=\"rounded,filled\", fillcolor=\"#e6f0fa\", "
			"color=\"#3b6ea5\"",
	[VERTEX_SWITCH] = "shape=box, style=\"filled\", fillcolor=\"#e4f3e4\", "
			  "color=\"#3f7f3f\"",
};

/* In HTML labels, which all of ours are. Names come from a file and may hold anything. */
static void put_html(FILE *f, const char *s)
{
	static const struct {
		char c;
		const char *as;
	} special[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" } };

	for (; *s; s++) {
		const char *as = NULL;

		for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
			if (*s == special[i].c)
				as = special[i].as;
		if (as)
			fputs(as, f);
		else
			fputc(*s, f);
	}
}

/* In DOT strings only the quote is special, and the backslash where one is drawn. */
static void put_quoted(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', f);
		fputc(*s, f);
	}
	fputc('"', f);
}

/* Node names have no spaces, so a switch cannot be taken for a namespace of the same name. */
static void put_id(FILE *f, const struct vertex *v)
{
	if (v->kind != VERTEX_SWITCH) {
		put_quoted(f, v->name);
		return;
	}
	fputs("\"switch ", f);
	for (const char *s = v->name; *s; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', f);
		fputc(*s, f);
	}
	fputc('"', f);
}

static void put_vertex(const struct picture *p, FILE *f, const struct vertex *v)
{
	size_t n;

	fputc('\t', f);
	put_id(f, v);
	fprintf(f, " [%s, label=<<b>", vertex_looks[v->kind]);
	put_html(f, v->name);
	fputs("</b>", f);
	if (v->kind == VERTEX_SWITCH)
		n = picture_put_subnets(p, f, v->segment, small);
	else
		n = picture_put_addrs(p, f, picture_loopback(p, v->ns), small);
	fputs(n ? "</font>>]\n" : ">]\n", f); /* an empty <font> is a syntax error there */
}

/* What stands at an end of an edge: the interface and its addresses; their prefix is that of the subnet. */
static void put_end(const struct picture *p, FILE *f, const struct edge *e, int end,
		    const char *attribute)
{
	if (e->ifaces[end] == MODEL_NONE)
		return;
	fprintf(f, ", %s=<", attribute);
	put_html(f, model_iface_label(&p->topo->model.ifaces.v[e->ifaces[end]]));
	picture_put_hosts(p, f, e->ifaces[end], lines);
	fputc('>', f);
}

/* What stands in the middle of an edge: the subnet of a link, and what the edge costs. */
static void put_middle(const struct picture *p, FILE *f, const struct edge *e)
{
	bool link = p->vertices.v[e->ends[0]].kind != VERTEX_SWITCH;
	uint32_t cost = p->topo->segments.v[e->segment].cost;
	size_t n = 0;

	if (!link && cost <= 1)
		return;
	fputs(", label=<", f);
	if (link)
		n = picture_put_subnets(p, f, e->segment, middle);
	if (cost > 1)
		fprintf(f, "%scost %u", n ? "<br/>" : "", cost);
	else if (!n)
		fputs(" ", f);
	fputc('>', f);
}

static void put_tooltip(const struct picture *p, FILE *f, const struct edge *e)
{
	const char *sep = "";

	fputs(", edgetooltip=\"", f);
	for (int i = 0; i < 2; i++) {
		const struct vertex *v = &p->vertices.v[e->ends[i]];

		fprintf(f, "%s%s", sep, v->name);
		sep = " - ";
		if (e->ifaces[i] == MODEL_NONE)
			continue;
		fprintf(f, ":%s", model_iface_label(&p->topo->model.ifaces.v[e->ifaces[i]]));
		picture_put_addrs(p, f, e->ifaces[i], spaces);
	}
	fputc('"', f);
}

/* How many edges before this one join the same two: their labels would stand on each other. */
static unsigned parallels_before(const struct picture *p, const struct edge *e)
{
	unsigned n = 0;

	for (const struct edge *o = p->edges.v; o < e; o++)
		n += (o->ends[0] == e->ends[0] && o->ends[1] == e->ends[1]) ||
		     (o->ends[0] == e->ends[1] && o->ends[1] == e->ends[0]);
	return n;
}

static void put_labels(const struct picture *p, FILE *f, const struct edge *e)
{
	unsigned n = parallels_before(p, e);

	put_end(p, f, e, 0, "taillabel");
	put_end(p, f, e, 1, "headlabel");
	put_middle(p, f, e);
	if (n)
		fprintf(f, ", labeldistance=%.1f", 2.2 + 2.2 * n);
}

static void put_edge(const struct picture *p, FILE *f, const struct edge *e, bool labels)
{
	fputc('\t', f);
	put_id(f, &p->vertices.v[e->ends[0]]);
	fputs(" -- ", f);
	put_id(f, &p->vertices.v[e->ends[1]]);
	fputs(" [penwidth=1.5", f);
	if (labels)
		put_labels(p, f, e);
	put_tooltip(p, f, e);
	fputs("]\n", f);
}

/* Whether no cable closes a ring. @return 0 or 1, or -ENOMEM */
static int is_forest(const struct picture *p)
{
	auto_free uint32_t *root = calloc(p->vertices.n + 1, sizeof(*root));

	if (!root)
		return -ENOMEM;
	for (uint32_t i = 0; i < p->vertices.n; i++)
		root[i] = i;
	vec_foreach(e, &p->edges) {
		uint32_t a = e->ends[0], b = e->ends[1];

		while (root[a] != a)
			a = root[a] = root[root[a]];
		while (root[b] != b)
			b = root[b] = root[root[b]];
		if (a == b)
			return 0;
		root[a] = b;
	}
	return 1;
}

int graph_dot(const struct picture *p, FILE *f)
{
	bool labels = p->edges.n <= LABELS_MAX;
	int forest = is_forest(p);

	if (forest < 0)
		return forest;
	fputs("graph ", f);
	put_quoted(f, p->topo->model.name);
	fprintf(f,
		" {\n\tgraph [%s, pad=0.3, fontname=\"Helvetica\", fontsize=16, labelloc=t, label=",
		labels ? layouts[forest] : large_layout);
	put_quoted(f, p->topo->model.name);
	fputs("]\n\tnode [fontname=\"Helvetica\", fontsize=12, margin=\"0.15,0.07\"]\n"
	      "\tedge [fontname=\"Helvetica\", fontsize=8, color=\"#6b7785\", "
	      "fontcolor=\"#8791a0\", labelfontcolor=\"#2f3b47\", labeldistance=2.2",
	      f);
	fputs(labels && !forest ? ", len=3]\n" : "]\n", f);
	vec_foreach(v, &p->vertices)
		if (v->kind != VERTEX_HOST || v->degree)
			put_vertex(p, f, v);
	vec_foreach(e, &p->edges)
		put_edge(p, f, e, labels);
	fputs("}\n", f);
	return 0;
}
