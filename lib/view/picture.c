/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/picture.h"

#include "base/cleanup.h"

#include <string.h>

static int add_vertex(struct picture *p, enum vertex_kind kind, const char *name, uint32_t ns,
		      uint32_t segment)
{
	return vec_push(&p->vertices,
			(struct vertex){ .kind = kind, .name = name, .ns = ns, .segment = segment });
}

/* A namespace that only holds a bridge is not drawn: its switch is. */
static int add_nodes(struct picture *p, uint32_t *of_ns)
{
	const struct model *m = &p->topo->model;

	for (uint32_t i = 0; i < m->ns.n; i++) {
		of_ns[i] = (uint32_t)p->vertices.n;
		if (m->ns.v[i].kind == MODEL_NS_SWITCH)
			continue;
		if (add_vertex(p, m->ns.v[i].kind == MODEL_NS_HOST ? VERTEX_HOST : VERTEX_NODE,
			       m->ns.v[i].name, i, MODEL_NONE))
			return -ENOMEM;
	}
	return 0;
}

static int add_switch(struct picture *p, const struct topo_segment *s, uint32_t segment,
		      const uint32_t *of_ns)
{
	uint32_t self = (uint32_t)p->vertices.n;

	if (add_vertex(p, VERTEX_SWITCH, s->label, MODEL_NONE, segment))
		return -ENOMEM;
	for (uint32_t i = 0; i < s->ports.n; i++) {
		uint32_t iface = p->topo->ports.v[s->ports.first + i];
		struct edge e = {
			{ self, of_ns[p->topo->model.ifaces.v[iface].ns] },
			{ MODEL_NONE, iface },
			segment,
		};

		if (vec_push(&p->edges, e))
			return -ENOMEM;
	}
	return 0;
}

static int add_segments(struct picture *p, const uint32_t *of_ns)
{
	const struct warren_topo *t = p->topo;

	for (uint32_t i = 0; i < t->segments.n; i++) {
		const struct topo_segment *s = &t->segments.v[i];
		const uint32_t *port = t->ports.v + s->ports.first;
		struct edge e = { .segment = i };

		if (s->is_switch || s->ports.n != 2) {
			if (add_switch(p, s, i, of_ns))
				return -ENOMEM;
			continue;
		}
		for (int k = 0; k < 2; k++) {
			e.ends[k] = of_ns[t->model.ifaces.v[port[k]].ns];
			e.ifaces[k] = port[k];
		}
		if (vec_push(&p->edges, e))
			return -ENOMEM;
	}
	return 0;
}

/* Sort half-edges by vertex, in the order of the edges. */
static int index_edges(struct picture *p)
{
	auto_free uint32_t *at = calloc(p->vertices.n + 1, sizeof(*at));
	uint32_t sum = 0;

	p->half = calloc(p->edges.n * 2 + 1, sizeof(*p->half));
	if (!p->half || !at)
		return -ENOMEM;
	vec_foreach(e, &p->edges)
		for (int k = 0; k < 2; k++)
			p->vertices.v[e->ends[k]].degree++;
	for (size_t i = 0; i < p->vertices.n; i++) {
		p->vertices.v[i].first = at[i] = sum;
		sum += p->vertices.v[i].degree;
	}
	for (uint32_t i = 0; i < p->edges.n * 2; i++)
		p->half[at[p->edges.v[i / 2].ends[i & 1]]++] = i;
	return 0;
}

static int index_addrs(struct picture *p)
{
	const struct model *m = &p->topo->model;

	p->addr_first = malloc((m->ifaces.n + 1) * sizeof(*p->addr_first));
	p->addr_next = malloc((m->addrs.n + 1) * sizeof(*p->addr_next));
	if (!p->addr_first || !p->addr_next)
		return -ENOMEM;
	for (size_t i = 0; i < m->ifaces.n; i++)
		p->addr_first[i] = MODEL_NONE;
	for (uint32_t i = (uint32_t)m->addrs.n; i-- > 0;) {
		uint32_t *first = &p->addr_first[m->addrs.v[i].iface];

		p->addr_next[i] = *first;
		*first = i;
	}
	return 0;
}

int picture_init(struct picture *p, const struct warren_topo *t)
{
	auto_free uint32_t *of_ns = calloc(t->model.ns.n + 1, sizeof(*of_ns));

	memset(p, 0, sizeof(*p));
	p->topo = t;
	if (!of_ns || add_nodes(p, of_ns) || add_segments(p, of_ns) || index_edges(p) ||
	    index_addrs(p))
		return -ENOMEM;
	return 0;
}

void picture_fini(struct picture *p)
{
	vec_fini(&p->vertices);
	vec_fini(&p->edges);
	free(p->half);
	free(p->addr_first);
	free(p->addr_next);
	arena_fini(&p->arena);
}

static size_t put_addrs(const struct picture *p, FILE *f, uint32_t iface, const char *const sep[2],
			bool plen)
{
	uint32_t i = iface == MODEL_NONE ? MODEL_NONE : p->addr_first[iface];
	char buf[IP_TEXT];
	size_t n = 0;

	for (; i != MODEL_NONE; i = p->addr_next[i]) {
		const struct ip *ip = &p->topo->model.addrs.v[i].ip;

		fprintf(f, "%s%s", sep[n++ > 0],
			plen && ip->plen < ip_bits(ip) ? ip_format(ip, buf)
						       : ip_format_host(ip, buf));
	}
	return n;
}

size_t picture_put_addrs(const struct picture *p, FILE *f, uint32_t iface, const char *const sep[2])
{
	return put_addrs(p, f, iface, sep, true);
}

size_t picture_put_hosts(const struct picture *p, FILE *f, uint32_t iface, const char *const sep[2])
{
	return put_addrs(p, f, iface, sep, false);
}

size_t picture_subnets(const struct picture *p, uint32_t segment, struct ip ret[PICTURE_SUBNETS])
{
	const struct topo_segment *s = &p->topo->segments.v[segment];
	size_t n = 0;

	for (uint32_t k = 0; k < s->ports.n; k++) {
		uint32_t i = p->addr_first[p->topo->ports.v[s->ports.first + k]];

		for (; i != MODEL_NONE && n < PICTURE_SUBNETS; i = p->addr_next[i]) {
			struct ip net = ip_network(&p->topo->model.addrs.v[i].ip);
			size_t known = 0;

			while (known < n && ip_cmp(&ret[known], &net))
				known++;
			if (known == n)
				ret[n++] = net;
		}
	}
	return n;
}

size_t picture_put_subnets(const struct picture *p, FILE *f, uint32_t segment,
			   const char *const sep[2])
{
	struct ip nets[PICTURE_SUBNETS];
	size_t n = picture_subnets(p, segment, nets);
	char buf[IP_TEXT];

	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s%s", sep[i > 0], ip_format(&nets[i], buf));
	return n;
}

uint32_t picture_loopback(const struct picture *p, uint32_t ns)
{
	const struct model *m = &p->topo->model;
	const struct model_range *r = ns == MODEL_NONE ? NULL : &m->ns.v[ns].ifaces;

	for (uint32_t i = 0; r && i < r->n; i++)
		if (m->ifaces.v[r->first + i].kind == MODEL_IFACE_LOOPBACK)
			return r->first + i;
	return MODEL_NONE;
}
