/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/route-prefixes.h"

#include "base/cleanup.h"

#include <linux/rtnetlink.h>
#include <string.h>

#define LEVELS 129

struct ips {
	VEC(struct ip) v;
};

/* While prefixes are gathered: those of each length. */
struct levels {
	struct ips of[LEVELS];
};

static void levels_fini(struct levels *l)
{
	for (size_t i = 0; i < LEVELS; i++)
		vec_fini(&l->of[i].v);
}

static bool is_local(const struct ip *ip)
{
	if (ip->family == AF_INET)
		return ip->b[0] == 127 || (ip->b[0] == 169 && ip->b[1] == 254);
	if (ip->b[0] == 0xfe && (ip->b[1] & 0xc0) == 0x80)
		return true;
	return ip->b[15] == 1 && !memcmp(ip->b, (const uint8_t[15]){ 0 }, 15);
}

static uint32_t find(const struct route_prefixes *p, const struct ip *ip)
{
	return map_get(&p->by_ip, ip, sizeof(*ip));
}

uint32_t route_prefix_of(const struct route_prefixes *p, const struct ip *addr)
{
	struct ip net = ip_network(addr);

	return is_local(addr) ? MODEL_NONE : find(p, &net);
}

static int cmp(const void *a, const void *b)
{
	return ip_cmp(a, b);
}

static void sort_unique(struct ips *l)
{
	size_t n = 0;

	if (!l->v.n)
		return;
	qsort(l->v.v, l->v.n, sizeof(*l->v.v), cmp);
	for (size_t i = 0; i < l->v.n; i++)
		if (!n || ip_cmp(&l->v.v[n - 1], &l->v.v[i]))
			l->v.v[n++] = l->v.v[i];
	l->v.n = n;
}

static int gather_own(struct levels *l, const struct route_graph *g)
{
	vec_foreach(a, &g->t->model.addrs)
		if (route_addr_counts(g->t, a, g->family) && !is_local(&a->ip) &&
		    vec_push(&l->of[a->ip.plen].v, ip_network(&a->ip)))
			return -ENOMEM;
	return 0;
}

static bool halves(const struct ip *a, const struct ip *b)
{
	struct ip up = *a;

	up.plen--;
	return ip_contains(&up, b);
}

/* From the longest on: two halves of one network make that network. Never the default route. */
static int gather_unions(struct levels *l, unsigned bits)
{
	for (unsigned len = bits; len > 0; len--) {
		struct ips *at = &l->of[len];

		sort_unique(at);
		for (size_t i = 1; len > 1 && i < at->v.n; i++) {
			struct ip up = at->v.v[i];

			if (!halves(&at->v.v[i - 1], &up))
				continue;
			up.plen--;
			if (vec_push(&l->of[len - 1].v, ip_network(&up)))
				return -ENOMEM;
		}
	}
	return 0;
}

/* The own networks are complete in `l`; to these come what is no network of an address. */
static int gather_others(struct ips *all, const struct route_graph *g)
{
	const struct model *m = &g->t->model;
	int r = vec_push(&all->v, (struct ip){ .family = g->family });

	vec_foreach(route, &m->routes)
		if (r == 0 && route->to.family == g->family && route->table == RT_TABLE_MAIN)
			r = vec_push(&all->v, route->to);
	/* Hosts with legs in several parts of the network: see add_strays(). */
	vec_foreach(a, &m->addrs) {
		uint32_t ns = m->ifaces.v[a->iface].ns;

		if (r == 0 && g->at[ns].n > 1 && !route_forwards(g->t, ns) &&
		    route_addr_counts(g->t, a, g->family) && !is_local(&a->ip))
			r = vec_push(&all->v, ip_host(&a->ip));
	}
	return r;
}

static int make_tree(struct route_prefixes *p, const struct ips *all)
{
	uint32_t up = MODEL_NONE;
	int failed = 0;

	if (vec_reserve(&p->v, all->v.n))
		return -ENOMEM;
	for (uint32_t i = 0; i < all->v.n; i++) {
		struct ip ip = all->v.v[i];

		while (up != MODEL_NONE && !ip_contains(&p->v.v[up].ip, &ip))
			up = p->v.v[up].parent;
		p->v.v[p->v.n++] = (struct route_prefix){ ip,	      up, MODEL_NONE, MODEL_NONE,
							  MODEL_NONE, 0,  false,      false };
		up = i;
		map_put(&p->by_ip, &p->v.v[i].ip, sizeof(ip), i, &failed);
	}
	return failed ? -ENOMEM : 0;
}

static void mark_own(struct route_prefixes *p, const struct levels *l, unsigned bits)
{
	for (unsigned len = 1; len <= bits; len++)
		vec_foreach(ip, &l->of[len].v)
			p->v.v[find(p, ip)].own = true;
	vec_foreach(x, &p->v) {
		struct ip left = x->ip, right;

		if (!x->own || x->ip.plen == bits)
			continue;
		left.plen = right.plen = (uint8_t)(x->ip.plen + 1);
		right = left;
		right.b[x->ip.plen / 8] |= (uint8_t)(0x80 >> x->ip.plen % 8);
		x->left = find(p, &left);
		x->right = find(p, &right);
		if (x->left == MODEL_NONE || x->right == MODEL_NONE || !p->v.v[x->left].own ||
		    !p->v.v[x->right].own)
			x->left = x->right = MODEL_NONE;
	}
}

static int make_prefixes(struct route_prefixes *p, const struct route_graph *g)
{
	unsigned bits = g->family == AF_INET ? 32 : 128;
	auto_(levels_fini) struct levels l = { 0 };
	struct ips all = { 0 };
	int r = gather_own(&l, g);

	r = r ? r : gather_unions(&l, bits);
	for (unsigned len = 1; len <= bits; len++)
		vec_foreach(ip, &l.of[len].v)
			r = r ? r : vec_push(&all.v, *ip);
	r = r ? r : gather_others(&all, g);
	sort_unique(&all);
	r = r ? r : make_tree(p, &all);
	if (r == 0)
		mark_own(p, &l, bits);
	vec_fini(&all.v);
	return r;
}

static void mark_nests(struct route_prefixes *p)
{
	vec_foreach(x, &p->v)
		for (uint32_t up = x->n_owners ? x->parent : MODEL_NONE; up != MODEL_NONE;
		     up = p->v.v[up].parent)
			p->v.v[up].nests = p->v.v[up].n_owners > 0;
}

static int count_owners(struct route_prefixes *p, const struct route_graph *g)
{
	const struct model *m = &g->t->model;
	auto_free uint32_t *last = malloc((p->v.n + 1) * sizeof(*last));

	if (!last)
		return -ENOMEM;
	memset(last, 0xff, p->v.n * sizeof(*last));
	vec_foreach(a, &m->addrs) {
		uint32_t ns = m->ifaces.v[a->iface].ns, at = route_prefix_of(p, &a->ip);

		if (!route_addr_counts(g->t, a, g->family) || at == MODEL_NONE || last[at] == ns)
			continue;
		last[at] = ns;
		p->v.v[at].n_owners++;
	}
	mark_nests(p);
	return 0;
}

/*
 * A subnet that several namespaces share is entered through one that forwards.
 * What is a namespace's alone (its only network, an address on lo) is entered
 * through it whether it forwards or not.
 */
static bool is_target(const struct route_graph *g, const struct route_prefix *x,
		      const struct model_addr *a)
{
	const struct model_iface *i = &g->t->model.ifaces.v[a->iface];

	return x->n_owners == 1 || x->ip.plen == ip_bits(&x->ip) ||
	       i->kind == MODEL_IFACE_LOOPBACK || route_forwards(g->t, i->ns);
}

/* Whether a namespace has legs in parts of the network that no router joins. */
static bool joins_parts(const struct route_graph *g, uint32_t ns)
{
	const uint32_t *own = g->own + g->at[ns].first;

	for (uint32_t i = 1; i < g->at[ns].n; i++)
		if (g->subnets.v[g->members.v[own[i]].subnet].part !=
		    g->subnets.v[g->members.v[own[0]].subnet].part)
			return true;
	return false;
}

/*
 * A namespace that does not forward but has legs in several parts is reached
 * from each of them, at all its addresses. The subnets of its other legs are
 * not reached through it; so its addresses there have routes of their own where
 * the subnet has none.
 */
static int add_stray(struct route_prefixes *p, const struct model_addr *a, uint32_t ns)
{
	struct ip host = ip_host(&a->ip);
	uint32_t at = find(p, &host), of = route_prefix_of(p, &a->ip);

	if (of == MODEL_NONE || at == of || p->v.v[of].n_owners < 2 || p->v.v[at].own)
		return 0;
	p->v.v[at].instead = of;
	return vec_push(&p->targets, (struct route_target){ ns, at });
}

static int find_targets(struct route_prefixes *p, const struct route_graph *g)
{
	const struct model *m = &g->t->model;
	int r = 0;

	for (uint32_t ns = 0; ns < m->ns.n; ns++) {
		const struct model_range *addrs = &m->ns.v[ns].addrs;
		bool joins = !route_forwards(g->t, ns) && joins_parts(g, ns);

		p->at[ns].first = (uint32_t)p->targets.n;
		for (uint32_t i = addrs->first; r == 0 && i < addrs->first + addrs->n; i++) {
			const struct model_addr *a = &m->addrs.v[i];
			uint32_t at = route_prefix_of(p, &a->ip);

			if (!route_addr_counts(g->t, a, g->family) || at == MODEL_NONE)
				continue;
			if (is_target(g, &p->v.v[at], a))
				r = vec_push(&p->targets, (struct route_target){ ns, at });
			else if (joins)
				r = add_stray(p, a, ns);
		}
		p->at[ns].n = (uint32_t)p->targets.n - p->at[ns].first;
	}
	return r;
}

int route_prefixes_init(struct route_prefixes *p, const struct route_graph *g)
{
	int r;

	memset(p, 0, sizeof(*p));
	p->at = calloc(g->t->model.ns.n + 1, sizeof(*p->at));
	r = p->at ? make_prefixes(p, g) : -ENOMEM;
	r = r ? r : count_owners(p, g);
	return r ? r : find_targets(p, g);
}

void route_prefixes_fini(struct route_prefixes *p)
{
	vec_fini(&p->v);
	vec_fini(&p->targets);
	map_fini(&p->by_ip);
	free(p->at);
}
