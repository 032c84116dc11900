/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/picture.h"

#include <string.h>

/*
 * A flowchart as Markdown of code hosts and wikis draws it. Vertices are v0, v1,
 * … as a name may be a word of the language ("end").
 */

static const char *const lines[2] = { "<br/>", "<br/>" };
static const char *const spaces[2] = { " ", " " };

static const char *const vertex_class[] = {
	[VERTEX_HOST] = "host",
	[VERTEX_NODE] = "node",
	[VERTEX_SWITCH] = "switch",
};

/* Whatever is special in a label, in HTML, or in Markdown is written by its number, as the language has it. */
static void put_text(FILE *f, const char *s)
{
	for (; *s; s++)
		if (strchr("\"#&<>`;*_\\|", *s))
			fprintf(f, "#%d;", *s);
		else
			fputc(*s, f);
}

static void put_vertex(const struct picture *p, FILE *f, const struct vertex *v)
{
	fprintf(f, "\tv%zu%s\"<b>", (size_t)(v - p->vertices.v),
		v->kind == VERTEX_SWITCH ? "[" : "(");
	put_text(f, v->name);
	fputs("</b>", f);
	if (v->kind == VERTEX_SWITCH)
		picture_put_subnets(p, f, v->segment, lines);
	else
		picture_put_addrs(p, f, picture_loopback(p, v->ns), lines);
	fprintf(f, "\"%s:::%s\n", v->kind == VERTEX_SWITCH ? "]" : ")", vertex_class[v->kind]);
}

/* An interface and its addresses; their prefix is that of the subnet, which stands beside. */
static void put_end(const struct picture *p, FILE *f, uint32_t iface)
{
	put_text(f, model_iface_label(&p->topo->model.ifaces.v[iface]));
	picture_put_hosts(p, f, iface, spaces);
}

static void put_edge(const struct picture *p, FILE *f, const struct edge *e)
{
	uint32_t cost = p->topo->segments.v[e->segment].cost;
	const char *sep = "";

	fprintf(f, "\tv%u ---|\"", e->ends[0]);
	for (int i = 0; i < 2; i++) {
		if (e->ifaces[i] == MODEL_NONE)
			continue;
		fputs(sep, f);
		put_end(p, f, e->ifaces[i]);
		sep = "<br/>";
	}
	if (p->vertices.v[e->ends[0]].kind != VERTEX_SWITCH)
		picture_put_subnets(p, f, e->segment, lines);
	if (cost > 1)
		fprintf(f, "<br/>cost %u", cost);
	fprintf(f, "\"| v%u\n", e->ends[1]);
}

int graph_mermaid(const struct picture *p, FILE *f)
{
	fputs("graph LR\n", f);
	vec_foreach(v, &p->vertices)
		if (v->kind != VERTEX_HOST || v->degree)
			put_vertex(p, f, v);
	vec_foreach(e, &p->edges)
		put_edge(p, f, e);
	fputs("\tclassDef host fill:#fdebc8,stroke:#b9770e,color:#1c2833\n"
	      "\tclassDef node fill:#e6f0fa,stroke:#3b6ea5,color:#1c2833\n"
	      "\tclassDef switch fill:#e4f3e4,stroke:#3f7f3f,color:#1c2833\n",
	      f);
	return 0;
}
