/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_ROUTE_LAB_H
#define TESTS_ROUTE_LAB_H

#include "base/cleanup.h"
#include "topo/topo.h"

#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/*
 * Networks built by hand in a few lines, without a topology file; their
 * computed routes, and packets that are walked through them hop by hop.
 */

#define MAX 40
#define FAR 1000000

struct lab {
	struct warren_topo t;
	uint32_t segment[512]; /* of each interface */
};

static inline struct ip ip(const char *s)
{
	struct ip ret;

	assert_int_equal(ip_parse(s, &ret), 0);
	return ret;
}

static inline void lab_init(struct lab *l)
{
	memset(l, 0, sizeof(*l));
	assert_int_equal(vec_push(&l->t.model.ns, (struct model_ns){ .name = "host" }), 0);
}

static inline void lab_fini(struct lab *l)
{
	model_fini(&l->t.model);
	vec_fini(&l->t.segments);
	vec_fini(&l->t.ports);
}

static inline uint32_t iface(struct lab *l, uint32_t ns, enum model_iface_kind kind)
{
	/* model_index() moves interfaces; the mark tells which is which after it. */
	struct model_iface i = { .name = "",
				 .ns = ns,
				 .kind = kind,
				 .up = true,
				 .master = MODEL_NONE,
				 .peer = MODEL_NONE,
				 .mark = { (uint32_t)l->t.model.ifaces.n, 0 } };

	assert_int_equal(vec_push(&l->t.model.ifaces, i), 0);
	return i.mark.line;
}

static inline void addr(struct lab *l, uint32_t iface_index, struct ip a)
{
	assert_int_equal(vec_push(&l->t.model.addrs, (struct model_addr){ a, iface_index, { 0 } }),
			 0);
}

static inline uint32_t node(struct lab *l, bool forwards)
{
	struct model_ns n = { .name = "n",
			      .kind = MODEL_NS_NODE,
			      .forwarding = forwards ? MODEL_ON : MODEL_OFF };

	assert_int_equal(vec_push(&l->t.model.ns, n), 0);
	iface(l, (uint32_t)l->t.model.ns.n - 1, MODEL_IFACE_LOOPBACK);
	return (uint32_t)l->t.model.ns.n - 1;
}

static inline uint32_t lo(struct lab *l, uint32_t ns)
{
	vec_foreach(i, &l->t.model.ifaces)
		if (i->ns == ns && i->kind == MODEL_IFACE_LOOPBACK)
			return (uint32_t)(i - l->t.model.ifaces.v);
	return iface(l, ns, MODEL_IFACE_LOOPBACK);
}

static inline void loopback(struct lab *l, uint32_t ns, const char *a)
{
	addr(l, lo(l, ns), ip(a));
}

/* A segment of some nodes; addresses from `net` on, in order (NULL: none), a second family from
 * `net2`. */
static inline void segment(struct lab *l, const uint32_t *ns, uint32_t n, uint32_t cost,
			   const char *net, const char *net2)
{
	struct topo_segment s = { .label = "",
				  .is_switch = n > 2,
				  .bridge = MODEL_NONE,
				  .cost = cost,
				  .ports = { (uint32_t)l->t.ports.n, n } };

	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = iface(l, ns[i], MODEL_IFACE_VETH);
		struct ip a;

		assert_int_equal(vec_push(&l->t.ports, at), 0);
		if (net) {
			a = ip(net);
			addr(l, at, ip_add(&a, i));
		}
		if (net2) {
			a = ip(net2);
			addr(l, at, ip_add(&a, i));
		}
	}
	assert_int_equal(vec_push(&l->t.segments, s), 0);
}

static inline void cable(struct lab *l, uint32_t a, uint32_t b, uint32_t cost, const char *net)
{
	segment(l, (uint32_t[]){ a, b }, 2, cost, net, NULL);
}

static inline void written(struct lab *l, uint32_t ns, const char *to, const char *via)
{
	struct model_route r = { .to = ip(to),
				 .type = MODEL_ROUTE_UNICAST,
				 .ns = ns,
				 .table = RT_TABLE_MAIN,
				 .hops = { (uint32_t)l->t.model.hops.n, 1 } };

	assert_int_equal(vec_push(&l->t.model.hops, (struct model_hop){ ip(via), MODEL_NONE, 1 }),
			 0);
	assert_int_equal(vec_push(&l->t.model.routes, r), 0);
}

static inline void ready(struct lab *l)
{
	struct model *m = &l->t.model;

	assert_int_equal(model_index(m), 0);
	vec_foreach(p, &l->t.ports)
		vec_foreach(i, &m->ifaces)
			if (i->mark.line == *p) {
				*p = (uint32_t)(i - m->ifaces.v);
				break;
			}
	assert_true(m->ifaces.n <= 512);
	memset(l->segment, 0xff, sizeof(l->segment));
	for (uint32_t s = 0; s < l->t.segments.n; s++)
		for (uint32_t i = 0; i < l->t.segments.v[s].ports.n; i++)
			l->segment[l->t.ports.v[l->t.segments.v[s].ports.first + i]] = s;
}

/* Routes of the lab, freshly computed; the written ones stay. */
static inline void compute(struct lab *l, bool aggregate)
{
	struct model *m = &l->t.model;
	struct warren_err err = WARREN_ERR_INIT;
	size_t n = 0;

	vec_foreach(r, &m->routes)
		if (!r->computed)
			m->routes.v[n++] = *r;
	m->routes.n = n;
	assert_int_equal(model_index(m), 0);
	l->t.no_aggregate = !aggregate;
	assert_int_equal(static_routes(NULL, &l->t, &err), 0);
	for (size_t i = 1; i < m->routes.n; i++)
		assert_true(m->routes.v[i - 1].ns <= m->routes.v[i].ns);
	assert_int_equal(model_index(m), 0);
}

static inline const struct model_route *route_to(const struct lab *l, uint32_t ns,
						 const struct ip *to)
{
	const struct model_range *r = &l->t.model.ns.v[ns].routes;

	for (uint32_t i = r->first; i < r->first + r->n; i++)
		if (!ip_cmp(&l->t.model.routes.v[i].to, to))
			return &l->t.model.routes.v[i];
	return NULL;
}

/* "10.0.0.2 10.0.1.2": the hops of a route in order, or "-" where there is none. */
static inline const char *hops_of(const struct lab *l, const struct model_route *r)
{
	static char buf[512];

	snprintf(buf, sizeof(buf), "%s", r ? "" : "-");
	for (uint32_t i = 0; r && i < r->hops.n; i++) {
		char text[IP_TEXT];
		size_t at = strlen(buf);

		snprintf(buf + at, sizeof(buf) - at, "%s%s", at ? " " : "",
			 ip_format_host(&l->t.model.hops.v[r->hops.first + i].via, text));
	}
	return buf;
}

/* Of the route to just this prefix. */
static inline const char *hops(const struct lab *l, uint32_t ns, const char *to)
{
	struct ip net = ip(to);

	return hops_of(l, route_to(l, ns, &net));
}

/* Of the route that is taken to an address. */
static inline const char *way(const struct lab *l, uint32_t ns, const char *to)
{
	const struct model_range *r = &l->t.model.ns.v[ns].routes;
	const struct model_route *best = NULL;
	struct ip dst = ip(to);

	for (uint32_t i = r->first; i < r->first + r->n; i++) {
		const struct model_route *route = &l->t.model.routes.v[i];

		if (ip_contains(&route->to, &dst) && (!best || best->to.plen < route->to.plen))
			best = route;
	}
	return hops_of(l, best);
}

static inline size_t n_computed(const struct lab *l, uint32_t ns)
{
	size_t n = 0;

	vec_foreach(r, &l->t.model.routes)
		n += r->computed && r->ns == ns;
	return n;
}

/* ---- Walking packets ---- */

enum { DELIVERED = 1, LOST = 2, LOOPED = 4 };

/* What becomes of packets to one address, by namespace: -1 not known yet, LOOPED while it is looked
 * at. */
struct fate {
	int of[MAX];
};

static inline bool is_local(const struct lab *l, uint32_t ns, const struct ip *dst)
{
	const struct model *m = &l->t.model;
	const struct model_range *r = &m->ns.v[ns].addrs;

	for (uint32_t i = r->first; i < r->first + r->n; i++) {
		const struct model_addr *a = &m->addrs.v[i];

		if (ip_same_host(&a->ip, dst) ||
		    (m->ifaces.v[a->iface].kind == MODEL_IFACE_LOOPBACK && ip_contains(&a->ip, dst)))
			return true;
	}
	return false;
}

/* Who answers to an address on the segment of an interface. */
static inline uint32_t neighbour(const struct lab *l, uint32_t port, const struct ip *dst)
{
	const struct model *m = &l->t.model;
	uint32_t s = l->segment[port];

	vec_foreach(a, &m->addrs)
		if (ip_same_host(&a->ip, dst) && s != MODEL_NONE && l->segment[a->iface] == s)
			return m->ifaces.v[a->iface].ns;
	return MODEL_NONE;
}

static inline int walk_on(const struct lab *l, uint32_t ns, const struct ip *dst, struct fate *f);

static inline int hand_over(const struct lab *l, uint32_t port, const struct ip *via,
			    const struct ip *dst, struct fate *f)
{
	uint32_t next = neighbour(l, port, via);

	if (next == MODEL_NONE)
		return LOST;
	if (is_local(l, next, dst))
		return DELIVERED;
	return l->t.model.ns.v[next].forwarding == MODEL_ON ? walk_on(l, next, dst, f) : LOST;
}

/* The connected network or the route that is longest for an address, all its hops. */
static inline int walk_on(const struct lab *l, uint32_t ns, const struct ip *dst, struct fate *f)
{
	const struct model *m = &l->t.model;
	const struct model_range *addrs = &m->ns.v[ns].addrs, *routes = &m->ns.v[ns].routes;
	const struct model_route *best = NULL;
	uint32_t port = MODEL_NONE;
	int plen = -1, ret = 0;

	if (is_local(l, ns, dst))
		return DELIVERED;
	if (f->of[ns] >= 0)
		return f->of[ns];
	f->of[ns] = LOOPED;
	for (uint32_t i = addrs->first; i < addrs->first + addrs->n; i++)
		if (ip_contains(&m->addrs.v[i].ip, dst) && m->addrs.v[i].ip.plen > plen) {
			plen = m->addrs.v[i].ip.plen;
			port = m->addrs.v[i].iface;
		}
	for (uint32_t i = routes->first; i < routes->first + routes->n; i++)
		if (ip_contains(&m->routes.v[i].to, dst) && m->routes.v[i].to.plen > plen) {
			plen = m->routes.v[i].to.plen;
			best = &m->routes.v[i];
		}
	if (!best)
		ret = port == MODEL_NONE ? LOST : hand_over(l, port, dst, dst, f);
	for (uint32_t i = 0; best && i < best->hops.n; i++) {
		const struct model_hop *h = &m->hops.v[best->hops.first + i];
		uint32_t by = h->iface;

		for (uint32_t k = addrs->first; by == MODEL_NONE && k < addrs->first + addrs->n; k++)
			if (ip_contains(&m->addrs.v[k].ip, &h->via))
				by = m->addrs.v[k].iface;
		ret |= by == MODEL_NONE ? LOST : hand_over(l, by, &h->via, dst, f);
	}
	f->of[ns] = ret;
	return ret;
}

static inline int walk(const struct lab *l, uint32_t ns, const struct ip *dst)
{
	struct fate f;

	memset(&f, 0xff, sizeof(f));
	return walk_on(l, ns, dst, &f);
}

#endif
