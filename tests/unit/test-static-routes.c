/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "topo/topo.h"

#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/*
 * Networks built by hand and at random; their routes are held against an
 * independent all-pairs computation, and packets are walked through them hop by
 * hop, with and without aggregation.
 */

#define MAX 40
#define FAR 1000000

struct lab {
	struct warren_topo t;
	uint32_t segment[512]; /* of each interface */
};

static struct ip ip(const char *s)
{
	struct ip ret;

	assert_int_equal(ip_parse(s, &ret), 0);
	return ret;
}

static void lab_init(struct lab *l)
{
	memset(l, 0, sizeof(*l));
	assert_int_equal(vec_push(&l->t.model.ns, (struct model_ns){ .name = "host" }), 0);
}

static void lab_fini(struct lab *l)
{
	model_fini(&l->t.model);
	vec_fini(&l->t.segments);
	vec_fini(&l->t.ports);
}

static uint32_t iface(struct lab *l, uint32_t ns, enum model_iface_kind kind)
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

static void addr(struct lab *l, uint32_t iface_index, struct ip a)
{
	assert_int_equal(vec_push(&l->t.model.addrs, (struct model_addr){ a, iface_index, { 0 } }),
			 0);
}

static uint32_t node(struct lab *l, bool forwards)
{
	struct model_ns n = { .name = "n",
			      .kind = MODEL_NS_NODE,
			      .forwarding = forwards ? MODEL_ON : MODEL_OFF };

	assert_int_equal(vec_push(&l->t.model.ns, n), 0);
	iface(l, (uint32_t)l->t.model.ns.n - 1, MODEL_IFACE_LOOPBACK);
	return (uint32_t)l->t.model.ns.n - 1;
}

static uint32_t lo(struct lab *l, uint32_t ns)
{
	vec_foreach(i, &l->t.model.ifaces)
		if (i->ns == ns && i->kind == MODEL_IFACE_LOOPBACK)
			return (uint32_t)(i - l->t.model.ifaces.v);
	return iface(l, ns, MODEL_IFACE_LOOPBACK);
}

static void loopback(struct lab *l, uint32_t ns, const char *a)
{
	addr(l, lo(l, ns), ip(a));
}

/* A segment of some nodes; addresses from `net` on, in order (NULL: none), a second family from
 * `net2`. */
static void segment(struct lab *l, const uint32_t *ns, uint32_t n, uint32_t cost, const char *net,
		    const char *net2)
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

static void cable(struct lab *l, uint32_t a, uint32_t b, uint32_t cost, const char *net)
{
	segment(l, (uint32_t[]){ a, b }, 2, cost, net, NULL);
}

static void written(struct lab *l, uint32_t ns, const char *to, const char *via)
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

static void ready(struct lab *l)
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
static void compute(struct lab *l, bool aggregate)
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
	assert_int_equal(static_routes(&l->t, &err), 0);
	for (size_t i = 1; i < m->routes.n; i++)
		assert_true(m->routes.v[i - 1].ns <= m->routes.v[i].ns);
	assert_int_equal(model_index(m), 0);
}

static const struct model_route *route_to(const struct lab *l, uint32_t ns, const struct ip *to)
{
	const struct model_range *r = &l->t.model.ns.v[ns].routes;

	for (uint32_t i = r->first; i < r->first + r->n; i++)
		if (!ip_cmp(&l->t.model.routes.v[i].to, to))
			return &l->t.model.routes.v[i];
	return NULL;
}

/* "10.0.0.2 10.0.1.2": the hops of a route in order, or "-" where there is none. */
static const char *hops_of(const struct lab *l, const struct model_route *r)
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
static const char *hops(const struct lab *l, uint32_t ns, const char *to)
{
	struct ip net = ip(to);

	return hops_of(l, route_to(l, ns, &net));
}

/* Of the route that is taken to an address. */
static const char *way(const struct lab *l, uint32_t ns, const char *to)
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

static size_t n_computed(const struct lab *l, uint32_t ns)
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

static bool is_local(const struct lab *l, uint32_t ns, const struct ip *dst)
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
static uint32_t neighbour(const struct lab *l, uint32_t port, const struct ip *dst)
{
	const struct model *m = &l->t.model;
	uint32_t s = l->segment[port];

	vec_foreach(a, &m->addrs)
		if (ip_same_host(&a->ip, dst) && s != MODEL_NONE && l->segment[a->iface] == s)
			return m->ifaces.v[a->iface].ns;
	return MODEL_NONE;
}

static int walk_on(const struct lab *l, uint32_t ns, const struct ip *dst, struct fate *f);

static int hand_over(const struct lab *l, uint32_t port, const struct ip *via, const struct ip *dst,
		     struct fate *f)
{
	uint32_t next = neighbour(l, port, via);

	if (next == MODEL_NONE)
		return LOST;
	if (is_local(l, next, dst))
		return DELIVERED;
	return l->t.model.ns.v[next].forwarding == MODEL_ON ? walk_on(l, next, dst, f) : LOST;
}

/* The connected network or the route that is longest for an address, all its hops. */
static int walk_on(const struct lab *l, uint32_t ns, const struct ip *dst, struct fate *f)
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

static int walk(const struct lab *l, uint32_t ns, const struct ip *dst)
{
	struct fate f;

	memset(&f, 0xff, sizeof(f));
	return walk_on(l, ns, dst, &f);
}

/* ---- The independent computation ---- */

#define MAX_SEGMENTS 100

struct oracle {
	uint32_t d[MAX][MAX];
	bool meet[MAX_SEGMENTS][MAX][MAX]; /* two nodes have addresses of one network on a segment */
};

static void find_meetings(const struct lab *l, uint8_t family, struct oracle *o)
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
static void ask_oracle(const struct lab *l, uint8_t family, struct oracle *o)
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

static bool routable(const struct ip *a)
{
	return a->family == AF_INET || a->b[0] != 0xfe;
}

/* A route to another node's own /32 or /128 has exactly the neighbours on shortest paths as hops.
 */
static void check_hops(const struct lab *l, const struct oracle *o, uint32_t ns, uint32_t to,
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
static void check_reach(const struct lab *l, bool exact)
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

static void check_both(struct lab *l)
{
	size_t all;

	compute(l, false);
	check_reach(l, true);
	all = l->t.model.routes.n;
	compute(l, true);
	check_reach(l, false);
	assert_true(l->t.model.routes.n <= all);
}

/* ---- Random networks ---- */

static uint32_t seed;

static uint32_t dice(uint32_t n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

static void random_segment(struct lab *l, uint32_t n_ns, uint32_t at, uint32_t max_cost)
{
	char net[IP_TEXT], net6[IP_TEXT];
	uint32_t ports[6], n = dice(4) ? 2 : 2 + dice(n_ns < 6 ? n_ns - 1 : 4), families = dice(5);

	for (uint32_t i = 0; i < n; i++) {
		bool again;

		do { /* a cable may end twice in one node; a switch has each once */
			again = false;
			ports[i] = dice(n_ns);
			for (uint32_t k = 0; n > 2 && k < i; k++)
				again |= ports[k] == ports[i];
		} while (again);
	}
	/* Neighbouring subnets are the halves of larger ones, so that there is what to merge. */
	snprintf(net, sizeof(net), "10.0.%u.%u/%u", at / 32, at % 32 * 8 + (n > 2), n > 2 ? 29 : 31);
	snprintf(net6, sizeof(net6), families == 3 ? "fe80::1/64" : "fd00:0:0:%x::1/64", at);
	segment(l, ports, n, 1 + dice(max_cost), families == 4 ? NULL : net,
		families > 1 ? net6 : NULL);
}

static void random_lab(struct lab *l, uint32_t s)
{
	uint32_t n_ns, n_segments, max_cost, share;
	char text[IP_TEXT];

	seed = s * 7919 + 1;
	n_ns = 3 + dice(12);
	n_segments = 1 + dice(2 * n_ns);
	max_cost = dice(2) ? 1 : 4;
	share = 1 + dice(10);
	lab_init(l);
	for (uint32_t i = 1; i < n_ns; i++) {
		node(l, dice(share) > 0 || dice(2));
		snprintf(text, sizeof(text), "10.1.0.%u", i);
		if (dice(3))
			loopback(l, i, text);
		snprintf(text, sizeof(text), "fd01::%u", i);
		if (!dice(3))
			loopback(l, i, text);
		snprintf(text, sizeof(text), "10.2.%u.1/24", i);
		if (!dice(20))
			loopback(l, i, text);
	}
	for (uint32_t i = 0; i < n_segments; i++)
		random_segment(l, n_ns, i, max_cost);
}

static void random_networks(void **state)
{
	(void)state;
	for (uint32_t s = 0; s < 1500; s++) {
		struct lab l;

		random_lab(&l, s);
		ready(&l);
		check_both(&l);
		lab_fini(&l);
	}
}

/* What is written stays, and aggregation changes nothing with it either: nor for addresses outside.
 */
static void random_networks_with_written_routes(void **state)
{
	(void)state;
	for (uint32_t s = 0; s < 500; s++) {
		struct lab l;
		uint8_t before[MAX][256];
		struct ip dst[256];
		uint32_t n = 0, n_addrs;

		random_lab(&l, s + 5000);
		n_addrs = (uint32_t)l.t.model.addrs.n;
		for (uint32_t i = 0; i < 4; i++) {
			static const char *const to[] = { "0.0.0.0/0", "10.0.0.0/26", "10.1.0.0/24",
							  "10.1.0.3",  "10.0.0.8/29", "::/0" };
			const char *net = to[dice(6)];
			const struct model_addr *via = &l.t.model.addrs.v[dice(n_addrs)];
			char text[IP_TEXT];

			if (via->ip.family == ip(net).family)
				written(&l, 1 + dice((uint32_t)l.t.model.ns.n - 1), net,
					ip_format_host(&via->ip, text));
		}
		ready(&l);
		compute(&l, false);
		dst[n++] = ip("192.0.2.1");
		dst[n++] = ip("10.0.0.255");
		dst[n++] = ip("2001:db8::1");
		vec_foreach(a, &l.t.model.addrs)
			if (n < 256 && routable(&a->ip))
				dst[n++] = ip_host(&a->ip);
		for (uint32_t ns = 0; ns < l.t.model.ns.n; ns++)
			for (uint32_t i = 0; i < n; i++)
				before[ns][i] = (uint8_t)walk(&l, ns, &dst[i]);
		compute(&l, true);
		for (uint32_t ns = 0; ns < l.t.model.ns.n; ns++)
			for (uint32_t i = 0; i < n; i++)
				assert_int_equal(walk(&l, ns, &dst[i]), before[ns][i]);
		lab_fini(&l);
	}
}

/* ---- By hand ---- */

static void a_stub_needs_one_route(void **state)
{
	struct lab l;
	uint32_t r, h[3];

	(void)state;
	lab_init(&l);
	r = node(&l, true);
	for (uint32_t i = 0; i < 3; i++) {
		char net[IP_TEXT];

		h[i] = node(&l, false);
		snprintf(net, sizeof(net), "10.0.%u.0/31", i * 2);
		cable(&l, r, h[i], 1, net);
	}
	ready(&l);
	check_both(&l);
	assert_string_equal(hops(&l, h[0], "0.0.0.0/0"), "10.0.0.0");
	assert_int_equal(n_computed(&l, h[0]), 1);
	assert_int_equal(n_computed(&l, r), 0);
	compute(&l, false);
	assert_int_equal(n_computed(&l, h[0]), 2);
	lab_fini(&l);
}

static void one_route_alone_stays_specific(void **state)
{
	struct lab l;
	uint32_t a, b;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	b = node(&l, true);
	cable(&l, a, b, 1, "10.0.0.0/31");
	loopback(&l, a, "10.1.0.1");
	loopback(&l, b, "10.1.0.2");
	ready(&l);
	check_both(&l);
	assert_string_equal(hops(&l, a, "10.1.0.2"), "10.0.0.1");
	assert_string_equal(hops(&l, b, "10.1.0.1"), "10.0.0.0");
	assert_int_equal(l.t.model.routes.n, 2);
	lab_fini(&l);
}

static void equal_costs_give_several_hops(void **state)
{
	struct lab l;
	uint32_t a, b, c, d;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	b = node(&l, true);
	c = node(&l, true);
	d = node(&l, true);
	cable(&l, a, b, 1, "10.0.0.0/31");
	cable(&l, a, c, 1, "10.0.0.2/31");
	cable(&l, b, d, 1, "10.0.0.4/31");
	cable(&l, c, d, 1, "10.0.0.6/31");
	loopback(&l, d, "10.1.0.4");
	ready(&l);
	check_both(&l);
	assert_string_equal(hops(&l, a, "10.1.0.4"), "10.0.0.1 10.0.0.3");
	assert_string_equal(hops(&l, b, "10.1.0.4"), "10.0.0.5");
	lab_fini(&l);
}

static void parallel_links_share_unless_one_costs_more(void **state)
{
	struct lab l;
	uint32_t a, b;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	b = node(&l, true);
	cable(&l, a, b, 2, "10.0.0.0/31");
	cable(&l, a, b, 2, "10.0.0.2/31");
	cable(&l, a, b, 3, "10.0.0.4/31");
	cable(&l, a, a, 1, "10.0.0.6/31");
	loopback(&l, b, "10.1.0.2");
	ready(&l);
	check_both(&l);
	assert_string_equal(hops(&l, a, "10.1.0.2"), "10.0.0.1 10.0.0.3");
	assert_string_equal(hops(&l, b, "10.0.0.6/31"), "10.0.0.0 10.0.0.2");
	lab_fini(&l);
}

static void the_long_way_is_taken_where_it_costs_less(void **state)
{
	struct lab l;
	uint32_t a, b, c;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	b = node(&l, true);
	c = node(&l, true);
	cable(&l, a, c, 10, "10.0.0.0/31");
	cable(&l, a, b, 4, "10.0.0.2/31");
	cable(&l, b, c, 5, "10.0.0.4/31");
	loopback(&l, c, "10.1.0.3");
	ready(&l);
	check_both(&l);
	compute(&l, false);
	assert_string_equal(hops(&l, a, "10.1.0.3"), "10.0.0.3");
	lab_fini(&l);
}

static void who_does_not_forward_is_an_end_only(void **state)
{
	struct lab l;
	uint32_t a, h, b, r;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	h = node(&l, false);
	b = node(&l, true);
	r = node(&l, true);
	cable(&l, a, h, 1, "10.0.0.0/31");
	cable(&l, h, b, 1, "10.0.0.2/31");
	loopback(&l, a, "10.1.0.1");
	loopback(&l, h, "10.1.0.2");
	loopback(&l, b, "10.1.0.3");
	cable(&l, r, a, 1, "10.0.0.4/31");
	ready(&l);
	check_both(&l);
	compute(&l, false);
	assert_string_equal(hops(&l, a, "10.1.0.2"), "10.0.0.1");
	assert_string_equal(hops(&l, a, "10.1.0.3"), "-");
	assert_string_equal(hops(&l, a, "10.0.0.2/31"), "-");
	assert_string_equal(hops(&l, a, "10.0.0.2"), "10.0.0.1");
	assert_string_equal(hops(&l, h, "10.1.0.3"), "10.0.0.3");
	lab_fini(&l);
}

static void a_switch_is_entered_through_its_nearest_router(void **state)
{
	struct lab l;
	uint32_t ports[5], far;

	(void)state;
	lab_init(&l);
	for (uint32_t i = 0; i < 5; i++)
		ports[i] = node(&l, i < 2);
	far = node(&l, false);
	segment(&l, ports, 5, 1, "10.0.0.1/24", "fd00::1/64");
	segment(&l, (uint32_t[]){ far, ports[1] }, 2, 1, "10.9.0.0/31", "fd09::/127");
	loopback(&l, ports[4], "10.1.0.5");
	ready(&l);
	check_both(&l);
	compute(&l, false);
	assert_string_equal(hops(&l, far, "10.0.0.0/24"), "10.9.0.1");
	assert_string_equal(hops(&l, far, "fd00::/64"), "fd09::1");
	assert_string_equal(hops(&l, ports[2], "10.9.0.0/31"), "10.0.0.2");
	assert_string_equal(hops(&l, ports[2], "fd09::/127"), "fd00::2");
	assert_string_equal(hops(&l, ports[2], "10.1.0.5"), "10.0.0.5");
	lab_fini(&l);
}

static void families_go_their_own_ways(void **state)
{
	struct lab l;
	uint32_t a, b, c;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	b = node(&l, true);
	c = node(&l, true);
	segment(&l, (uint32_t[]){ a, c }, 2, 1, "10.0.0.0/31", NULL);
	segment(&l, (uint32_t[]){ a, b }, 2, 1, "10.0.0.2/31", "fd00::/127");
	segment(&l, (uint32_t[]){ b, c }, 2, 1, "10.0.0.4/31", "fd00::2/127");
	loopback(&l, c, "10.1.0.3");
	loopback(&l, c, "fd01::3");
	ready(&l);
	check_both(&l);
	compute(&l, false);
	assert_string_equal(hops(&l, a, "10.1.0.3"), "10.0.0.1");
	assert_string_equal(hops(&l, a, "fd01::3"), "fd00::1");
	lab_fini(&l);
}

static void parts_apart_stay_apart(void **state)
{
	struct lab l;
	uint32_t n[8];

	(void)state;
	lab_init(&l);
	for (uint32_t i = 0; i < 8; i++)
		n[i] = node(&l, true);
	for (uint32_t i = 0; i < 8; i++) {
		char net[IP_TEXT];

		snprintf(net, sizeof(net), "10.0.0.%u/31", i * 2);
		if (i % 4 < 3)
			cable(&l, n[i], n[i + 1], 1, net);
		snprintf(net, sizeof(net), "10.1.0.%u", i);
		loopback(&l, n[i], net);
	}
	ready(&l);
	check_both(&l);
	assert_int_not_equal(n_computed(&l, n[0]), 0);
	lab_fini(&l);
}

static void written_routes_win(void **state)
{
	struct lab l;
	uint32_t a, b, c, h;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	b = node(&l, true);
	c = node(&l, true);
	h = node(&l, false);
	cable(&l, a, b, 1, "10.0.0.0/31");
	cable(&l, b, c, 1, "10.0.0.2/31");
	cable(&l, a, c, 1, "10.0.0.4/31");
	cable(&l, a, h, 1, "10.0.0.6/31");
	loopback(&l, b, "10.1.0.2");
	loopback(&l, c, "10.1.0.3");
	written(&l, a, "10.1.0.3", "10.0.0.1");
	written(&l, c, "0.0.0.0/0", "10.0.0.2");
	written(&l, h, "0.0.0.0/0", "10.0.0.6");
	ready(&l);
	compute(&l, true);
	assert_string_equal(hops(&l, a, "10.1.0.3"), "10.0.0.1");
	assert_false(route_to(&l, a, &(struct ip){ .family = AF_INET }) != NULL);
	assert_string_equal(hops(&l, c, "0.0.0.0/0"), "10.0.0.2");
	assert_string_equal(way(&l, c, "10.0.0.6"), "10.0.0.4");
	assert_int_equal(n_computed(&l, h), 0); /* its gateway is the way to all */
	check_reach(&l, false);
	lab_fini(&l);
}

static void the_host_has_no_computed_default(void **state)
{
	struct lab l;
	uint32_t a, b;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	b = node(&l, true);
	cable(&l, MODEL_HOST, a, 1, "10.0.0.0/31");
	cable(&l, a, b, 1, "10.0.0.4/31");
	loopback(&l, a, "10.1.0.1");
	loopback(&l, b, "10.1.0.8");
	ready(&l);
	check_both(&l);
	assert_string_equal(hops(&l, MODEL_HOST, "0.0.0.0/0"), "-");
	assert_string_equal(hops(&l, MODEL_HOST, "10.1.0.8"), "10.0.0.1");
	lab_fini(&l);
}

static void halves_become_one(void **state)
{
	struct lab l;
	uint32_t n[10];

	(void)state;
	lab_init(&l);
	for (uint32_t i = 0; i < 10; i++) {
		char net[IP_TEXT];

		n[i] = node(&l, true);
		snprintf(net, sizeof(net), "10.0.0.%u/31", i * 2 - 2);
		if (i)
			cable(&l, n[i - 1], n[i], 1, net);
	}
	/* Enough that the chain's middle is elsewhere. */
	for (uint32_t i = 0; i < 10; i++) {
		uint32_t more = node(&l, true);
		char net[IP_TEXT];

		snprintf(net, sizeof(net), "10.9.%u.0/31", i);
		cable(&l, i ? more - 1 : n[0], more, 1, net);
	}
	ready(&l);
	check_both(&l);
	/* Seven subnets are behind n[2]; six of them and the two that n[1] is in make a /28. */
	assert_string_equal(way(&l, n[1], "10.0.0.9"), "10.0.0.3");
	assert_string_equal(hops(&l, n[1], "10.0.0.0/28"), "10.0.0.3");
	assert_string_equal(hops(&l, n[1], "10.0.0.16/31"), "10.0.0.3");
	assert_string_equal(hops(&l, n[1], "0.0.0.0/0"), "10.0.0.0");
	assert_int_equal(n_computed(&l, n[1]), 3);
	lab_fini(&l);
}

static void hops_are_capped(void **state)
{
	struct lab l;
	uint32_t a, b;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	b = node(&l, true);
	for (uint32_t i = 0; i < 100; i++) {
		char net[IP_TEXT];

		snprintf(net, sizeof(net), "10.0.0.%u/31", i * 2);
		cable(&l, a, b, 1, net);
	}
	loopback(&l, b, "10.1.0.2");
	ready(&l);
	compute(&l, true);
	assert_int_equal(route_to(&l, a, &(struct ip){ AF_INET, 32, { 10, 1, 0, 2 } })->hops.n, 64);
	lab_fini(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stub_needs_one_route),
		cmocka_unit_test(one_route_alone_stays_specific),
		cmocka_unit_test(equal_costs_give_several_hops),
		cmocka_unit_test(parallel_links_share_unless_one_costs_more),
		cmocka_unit_test(the_long_way_is_taken_where_it_costs_less),
		cmocka_unit_test(who_does_not_forward_is_an_end_only),
		cmocka_unit_test(a_switch_is_entered_through_its_nearest_router),
		cmocka_unit_test(families_go_their_own_ways),
		cmocka_unit_test(parts_apart_stay_apart),
		cmocka_unit_test(written_routes_win),
		cmocka_unit_test(the_host_has_no_computed_default),
		cmocka_unit_test(halves_become_one),
		cmocka_unit_test(hops_are_capped),
		cmocka_unit_test(random_networks),
		cmocka_unit_test(random_networks_with_written_routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
