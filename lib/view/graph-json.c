/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/picture.h"

#include <errno.h>
#include <jansson.h>

/*
 * {"name", "nodes": [{"name", "kind", "addresses"}], "links": [{"label", "cost",
 * "subnets", "ends": [{"node", "interface", "addresses"}]}]}: a switch is a
 * node, and each of its ports a link whose end at the switch has no interface.
 */

/* @return the list, or NULL where something of it could not be made: whoever packs that fails, too */
static json_t *whole(json_t *list, int failed)
{
	if (!failed)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *json_addrs(const struct picture *p, uint32_t iface)
{
	json_t *list = json_array();
	uint32_t i = iface == MODEL_NONE ? MODEL_NONE : p->addr_first[iface];
	char buf[IP_TEXT];
	int failed = 0;

	for (; i != MODEL_NONE && !failed; i = p->addr_next[i])
		failed = json_array_append_new(list,
					       json_string(ip_format(&p->topo->model.addrs.v[i].ip,
								     buf)));
	return whole(list, failed);
}

static json_t *json_subnets(const struct picture *p, uint32_t segment)
{
	struct ip nets[PICTURE_SUBNETS];
	size_t n = picture_subnets(p, segment, nets);
	json_t *list = json_array();
	char buf[IP_TEXT];
	int failed = 0;

	for (size_t i = 0; i < n && !failed; i++)
		failed = json_array_append_new(list, json_string(ip_format(&nets[i], buf)));
	return whole(list, failed);
}

static json_t *json_vertex(const struct picture *p, const struct vertex *v)
{
	static const char *const kinds[] = {
		[VERTEX_HOST] = "host",
		[VERTEX_NODE] = "namespace",
		[VERTEX_SWITCH] = "switch",
	};

	return json_pack("{s:s, s:s, s:o}", "name", v->name, "kind", kinds[v->kind], "addresses",
			 json_addrs(p, picture_loopback(p, v->ns)));
}

static json_t *json_end(const struct picture *p, const struct edge *e, int end)
{
	uint32_t i = e->ifaces[end];
	const char *name = i == MODEL_NONE ? NULL : model_iface_label(&p->topo->model.ifaces.v[i]);

	return json_pack("{s:s, s:s?, s:o}", "node", p->vertices.v[e->ends[end]].name, "interface",
			 name, "addresses", json_addrs(p, i));
}

static json_t *json_edge(const struct picture *p, const struct edge *e)
{
	const struct topo_segment *s = &p->topo->segments.v[e->segment];

	return json_pack("{s:s, s:I, s:o, s:[o,o]}", "label", s->label, "cost", (json_int_t)s->cost,
			 "subnets", json_subnets(p, e->segment), "ends", json_end(p, e, 0),
			 json_end(p, e, 1));
}

int graph_json(const struct picture *p, FILE *f)
{
	json_t *nodes = json_array(), *links = json_array();
	json_t *all = json_pack("{s:s, s:o, s:o}", "name", p->topo->model.name, "nodes", nodes,
				"links", links);
	int failed = !all;

	/* Appending NULL fails, so that a part that could not be made is seen here. */
	for (size_t i = 0; i < p->vertices.n && !failed; i++)
		if (p->vertices.v[i].kind != VERTEX_HOST || p->vertices.v[i].degree)
			failed = json_array_append_new(nodes, json_vertex(p, &p->vertices.v[i]));
	for (size_t i = 0; i < p->edges.n && !failed; i++)
		failed = json_array_append_new(links, json_edge(p, &p->edges.v[i]));
	if (!failed)
		failed = json_dumpf(all, f, JSON_COMPACT);
	json_decref(all);
	if (failed)
		return -ENOMEM;
	fputc('\n', f);
	return 0;
}
