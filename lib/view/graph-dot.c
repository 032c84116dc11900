/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/picture.h"

#include <string.h>

/* A larger picture has no room for text along the edges; a pointer over an edge shows it in SVG. */
#define LABELS_MAX 60

/* From so many vertices on, the layout is that for large graphs. */
#define LARGE 150

struct look {
	const char *layout; /* attributes of the graph */
	bool labels;
};

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
	fputc('\t', f);
	put_id(f, v);
	fprintf(f, " [%s, label=<<b>", vertex_looks[v->kind]);
	put_html(f, v->name);
	fputs("</b><font point-size=\"9\">", f);
	if (v->kind == VERTEX_SWITCH)
		picture_put_subnets(p, f, v->segment, "<br/>");
	else
		picture_put_addrs(p, f, picture_loopback(p, v->ns), "<br/>");
	fputs("</font>>]\n", f);
}

/* What stands at an end of an edge: the interface and its addresses. */
static void put_end(const struct picture *p, FILE *f, const struct edge *e, int end,
		    const char *attribute)
{
	if (e->ifaces[end] == MODEL_NONE)
		return;
	fprintf(f, ", %s=<", attribute);
	put_html(f, model_iface_label(&p->topo->model.ifaces.v[e->ifaces[end]]));
	picture_put_addrs(p, f, e->ifaces[end], "<br/>");
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
		picture_put_addrs(p, f, e->ifaces[i], " ");
	}
	fputc('"', f);
}

static void put_edge(const struct picture *p, FILE *f, const struct edge *e, bool labels)
{
	const struct topo_segment *s = &p->topo->segments.v[e->segment];
	bool is_switch = p->vertices.v[e->ends[0]].kind == VERTEX_SWITCH;

	fputc('\t', f);
	put_id(f, &p->vertices.v[e->ends[0]]);
	fputs(" -- ", f);
	put_id(f, &p->vertices.v[e->ends[1]]);
	fputs(" [penwidth=1.5", f);
	if (labels) {
		put_end(p, f, e, 0, "taillabel");
		put_end(p, f, e, 1, "headlabel");
		fputs(", label=<", f);
		if (!is_switch)
			picture_put_subnets(p, f, e->segment, "");
		if (s->cost > 1)
			fprintf(f, "<br/>cost %u", s->cost);
		fputs(" >", f);
	}
	put_tooltip(p, f, e);
	fputs("]\n", f);
}

int graph_dot(const struct picture *p, FILE *f)
{
	bool large = p->vertices.n > LARGE, forest = p->edges.n < p->vertices.n;
	bool labels = p->edges.n <= LABELS_MAX;

	fputs("graph ", f);
	put_quoted(f, p->topo->model.name);
	fputs(" {\n\tgraph [", f);
	if (forest && !large)
		fputs("layout=dot, rankdir=LR, nodesep=0.35, ranksep=1.9", f);
	else if (!large)
		fputs("layout=neato, overlap=false, splines=true, sep=\"+18\", len=2.4", f);
	else
		fputs("layout=sfdp, overlap=prism, splines=false", f);
	fputs(", pad=0.3, fontname=\"Helvetica\", fontsize=16, labelloc=t, label=", f);
	put_quoted(f, p->topo->model.name);
	fputs("]\n\tnode [fontname=\"Helvetica\", fontsize=12, margin=\"0.15,0.07\"]\n"
	      "\tedge [fontname=\"Helvetica\", fontsize=8, color=\"#6b7785\", "
	      "fontcolor=\"#47525e\", labeldistance=2.2",
	      f);
	fputs(!forest && !large ? ", len=2.6]\n" : "]\n", f);
	vec_foreach(v, &p->vertices)
		if (v->kind != VERTEX_HOST || v->degree)
			put_vertex(p, f, v);
	vec_foreach(e, &p->edges)
		put_edge(p, f, e, labels);
	fputs("}\n", f);
	return 0;
}
