/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_ROUTE_ORACLE_H
#define TESTS_ROUTE_ORACLE_H

#include "route-lab.h"

/*
 * An independent computation of all shortest paths, against which the routes
 * of a lab are held, with and without aggregation.
 */

#define MAX_SEGMENTS 100

struct oracle {
	uint32_t d[MAX][MAX];
	bool meet[MAX_SEGMENTS][MAX][MAX]; /* two nodes have addresses of one network on a segment */
};

static inline void find_meetings(const struct lab *l, uint8_t family, struct oracle *o)
{
	const struct model *m = &l->t.model;

	assert_true(l->t.segments.n <= MAX_SEGMENTS && m->ns.n <= MAX);
	memset(o, 0, sizeof(*o));
	vec_foreach(x, &m->addrs)
		vec_foreach(y, &m->addrs) {
			uint32_t s = l->segment[x->iface];
			struct ip nx = ip_network(&x->ip), ny = ip_network(&y->ip);

			if (x->ip.family == family && s != MODEL_NONE &&
			    s == l->segment[y->iface] && !ip_cmp(&nx, &ny))
				o->meet[s][m->ifaces.v[x->iface].ns][m->ifaces.v[y->iface].ns] = true;
		}
}

/* Floyd and Warshall, through nodes that forward only. */
static inline void ask_oracle(const struct lab *l, uint8_t family, struct oracle *o)
{
	uint32_t n = (uint32_t)l->t.model.ns.n;

	find_meetings(l, family, o);
	for (uint32_t a = 0; a < n; a++)
		for (uint32_t b = 0; b < n; b++) {
			o->d[a][b] = a == b ? 0 : FAR;
			for (uint32_t s = 0; s < l->t.segments.n; s++)
				if (l->t.segments.v[s].cost < o->d[a][b] && o->meet[s][a][b])
					o->d[a][b] = l->t.segments.v[s].cost;
		}
	for (uint32_t k = 0; k < n; k++)
		for (uint32_t a = 0; l->t.model.ns.v[k].forwarding == MODEL_ON && a < n; a++)
			for (uint32_t b = 0; b < n; b++)
				if (o->d[a][k] + o->d[k][b] < o->d[a][b])
					o->d[a][b] = o->d[a][k] + o->d[k][b];
}

static inline bool routable(const struct ip *a)
{
	return a->family == AF_INET || a->b[0] != 0xfe;
}

/* A route to another node's own /32 or /128 has exactly the neighbours on shortest paths as hops.
 */
static inline void check_hops(const struct lab *l, const struct oracle *o, uint32_t ns, uint32_t to,
			      const struct model_route *r)
{
	const struct model *m = &l->t.model;
	uint32_t expected = 0;

	for (uint32_t s = 0; s < l->t.segments.n; s++)
		for (uint32_t v = 0; v < m->ns.n; v++) {
			uint32_t cost = l->t.segments.v[s].cost;
			bool on = v != ns && o->meet[s][ns][v] &&
				  cost + o->d[v][to] == o->d[ns][to] &&
				  (v == to || m->ns.v[v].forwarding == MODEL_ON);
			bool found = false;

			for (uint32_t i = 0; i < r->hops.n; i++) {
				const struct model_hop *h = &m->hops.v[r->hops.first + i];

				found |= l->segment[h->iface] == s &&
					 m->ifaces.v[h->iface].ns == ns &&
					 neighbour(l, h->iface, &h->via) == v;
			}
			assert_int_equal(found, on);
			expected += on;
		}
	assert_int_equal(r->hops.n, expected);
}

/* Every address is reached from exactly where the oracle says, by shortest paths; aggregated or
 * not. */
static inline void check_reach(const struct lab *l, bool exact)
{
	const struct model *m = &l->t.model;
	static const char *const outside[] = { "192.0.2.1", "10.255.0.1", "2001:db8::1" };
	static struct oracle o[2];

	ask_oracle(l, AF_INET, &o[0]);
	ask_oracle(l, AF_INET6, &o[1]);
	for (uint32_t ns = 0; ns < m->ns.n; ns++) {
		vec_foreach(a, &m->addrs) {
			uint32_t to = m->ifaces.v[a->iface].ns;
			struct oracle *by = &o[a->ip.family == AF_INET6];
			const struct model_route *r = route_to(l, ns, &a->ip);
			struct ip dst = ip_host(&a->ip);

			if (!routable(&a->ip))
				continue;
			assert_int_equal(walk(l, ns, &dst), by->d[ns][to] < FAR ? DELIVERED : LOST);
			if (exact && a->ip.plen == ip_bits(&a->ip) && to != ns) {
				assert_int_equal(!!r, by->d[ns][to] < FAR);
				if (r)
					check_hops(l, by, ns, to, r);
			}
		}
		for (size_t i = 0; i < 3; i++) {
			struct ip dst = ip(outside[i]);

			assert_int_equal(walk(l, ns, &dst), LOST);
		}
	}
}

static inline void check_both(struct lab *l)
{
	size_t all;

	compute(l, false);
	check_reach(l, true);
	all = l->t.model.routes.n;
	compute(l, true);
	check_reach(l, false);
	assert_true(l->t.model.routes.n <= all);
}

#endif
