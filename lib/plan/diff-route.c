/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/diff.h"

#include "net/net.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

/* Routes and rules of one namespace. */

/* The metric that the kernel gives an IPv6 route without one (IP6_RT_PRIO_USER, include/net/ip6_route.h); read as 0. */
#define METRIC_IPV6 1024

/* What makes two routes the same entry of a table for the kernel. */
struct route_key {
	struct ip to;
	uint32_t table, metric;
};

static struct route_key route_key(const struct model_route *r)
{
	struct route_key k;

	memset(&k, 0, sizeof(k));
	k.to = r->to;
	k.table = r->table;
	k.metric = r->to.family == AF_INET6 && r->metric == METRIC_IPV6 ? 0 : r->metric;
	return k;
}

static bool same_hop(const struct model *a, const struct model_hop *x, const struct model *b,
		     const struct model_hop *y)
{
	if (!ip_same_host(&x->via, &y->via))
		return false;
	return x->iface == MODEL_NONE || y->iface == MODEL_NONE ||
	       !strcmp(diff_iface_name(a, x->iface), diff_iface_name(b, y->iface));
}

/* Whether a desired (or former) route says what a live one says; the order of hops does not count. */
static bool same_route(const struct model *a, const struct model_route *want, const struct model *b,
		       const struct model_route *live)
{
	if (want->type != live->type)
		return false;
	if (want->src.family && !ip_same_host(&want->src, &live->src))
		return false;
	if (want->type != MODEL_ROUTE_UNICAST)
		return true;
	if (want->hops.n != live->hops.n)
		return false;
	for (uint32_t i = 0; i < want->hops.n; i++) {
		const struct model_hop *h = &a->hops.v[want->hops.first + i];
		bool found = false;

		for (uint32_t j = 0; !found && j < live->hops.n; j++) {
			const struct model_hop *o = &b->hops.v[live->hops.first + j];

			found = same_hop(a, h, b, o) &&
				(want->hops.n == 1 || h->weight == o->weight);
		}
		if (!found)
			return false;
	}
	return true;
}

/*
 * A route goes with the links that it goes over. With some of several gone, an
 * IPv4 one goes too (fib_sync_down_dev(), net/ipv4/fib_semantics.c), and an
 * IPv6 one stays with the hops that are left (fib6_ifdown(), net/ipv6/route.c).
 */
enum remains { WHOLE, PERHAPS, GONE };

static enum remains remains_of(const struct plan *p, const struct model_route *r)
{
	uint32_t gone = 0;

	for (uint32_t i = 0; i < r->hops.n; i++)
		gone += diff_is_gone(p, p->live.hops.v[r->hops.first + i].iface);
	return !gone ? WHOLE : gone < r->hops.n ? PERHAPS : GONE;
}

struct route_table {
	struct route_key *keys;
	struct map map;
};

static int route_table_fill(struct route_table *t, const struct model *m, struct model_range range)
{
	int failed = 0;

	t->keys = malloc((range.n + 1) * sizeof(*t->keys));
	if (!t->keys)
		return -ENOMEM;
	for (uint32_t k = 0; !failed && k < range.n; k++) {
		t->keys[k] = route_key(&m->routes.v[range.first + k]);
		map_put(&t->map, &t->keys[k], sizeof(t->keys[k]), range.first + k, &failed);
	}
	return failed ? -ENOMEM : 0;
}

static void route_table_fini(struct route_table *t)
{
	map_fini(&t->map);
	free(t->keys);
}

static const struct model_route *route_table_get(const struct route_table *t, const struct model *m,
						 const struct model_route *r)
{
	struct route_key key = route_key(r);
	uint32_t at = map_get(&t->map, &key, sizeof(key));

	return at == MAP_NONE ? NULL : &m->routes.v[at];
}

/* The routes of one namespace: what it has, and what it had of ours. */
struct route_tables {
	struct route_table live, before[PLAN_BEFORE_MOST];
	bool know_before;
};

static int fill_before(struct diff_content *c, struct route_tables *t)
{
	const struct plan *p = c->p;
	int r = 0;

	for (size_t k = 0; r == 0 && k < p->n_before && !t->know_before; k++) {
		uint32_t b = p->ns.v[c->ns].before[k];

		if (b != MODEL_NONE)
			r = route_table_fill(&t->before[k], p->before[k],
					     p->before[k]->ns.v[b].routes);
	}
	t->know_before = true;
	return r;
}

static bool is_our_route(const struct diff_content *c, const struct route_tables *t,
			 const struct model_route *l)
{
	const struct plan *p = c->p;

	if (c->ns == MODEL_HOST && l->protocol != NET_PROTOCOL)
		return false;
	for (size_t k = 0; k < p->n_before; k++) {
		const struct model_route *b = route_table_get(&t->before[k], p->before[k], l);

		if (b && same_route(p->before[k], b, &p->live, l))
			return true;
	}
	return false;
}

static int want_route(struct diff_content *c, const struct route_tables *t, uint32_t d, bool *found)
{
	struct plan *p = c->p;
	const struct model_route *r = &p->desired.routes.v[d];
	const struct model_route *l = route_table_get(&t->live, &p->live, r);
	char route[NET_TEXT], theirs[NET_TEXT];

	if (l)
		found[l - p->live.routes.v - c->have->routes.first] = true;
	/* one that the kernel made for an address of ours comes and goes with that */
	if (!l || remains_of(p, l) == GONE ||
	    (l->protocol == RTPROT_KERNEL && diff_is_over_ours(p, l)))
		return diff_settle(c, PLAN_ROUTE_ADD, 0, d);
	if (c->ns == MODEL_HOST && !is_our_route(c, t, l)) {
		diff_conflict(p, c->errs, r->mark,
			      "route %s: the host has one to the same network already (%s), and network "
			      "'%s' did not make it; choose another network, or give the route a "
			      "metric of its own",
			      net_format_route(&p->desired, r, route),
			      net_format_route(&p->live, l, theirs), p->network);
		return 0;
	}
	if (remains_of(p, l) == WHOLE && same_route(&p->desired, r, &p->live, l))
		return 0;
	return diff_settle(c, PLAN_ROUTE_REPLACE, 0, d);
}

static int remove_stale_routes(struct diff_content *c, const struct route_tables *t,
			       const bool *found)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < c->have->routes.n; i++) {
		const struct model_route *l = &c->p->live.routes.v[c->have->routes.first + i];

		if (found[i] || remains_of(c->p, l) == GONE)
			continue;
		r = is_our_route(c, t, l)
			    ? diff_clear(c, PLAN_ROUTE_DEL, c->have->routes.first + i)
			    : diff_extra(c->p, PLAN_ROUTE_ADD, c->ns, c->have->routes.first + i);
	}
	return r;
}

/* What somebody else has the host send elsewhere. */
static int routes_in_the_way(struct diff_content *c, const struct route_tables *t)
{
	VEC(const struct model_route *) others = { 0 };
	int r = 0;

	for (uint32_t k = 0; r == 0 && c->new_addrs.n && k < c->have->routes.n; k++) {
		const struct model_route *l = &c->p->live.routes.v[c->have->routes.first + k];

		/* networks that the host is connected to are seen by their addresses */
		if (l->table == RT_TABLE_MAIN && l->protocol != RTPROT_KERNEL &&
		    remains_of(c->p, l) != GONE && !is_our_route(c, t, l))
			r = vec_push(&others, l);
	}
	if (r == 0 && others.n)
		r = diff_overlaps(c, others.v, others.n);
	vec_fini(&others);
	return r;
}

int diff_routes(struct diff_content *c)
{
	uint32_t n = c->have->routes.n, wanted = c->want ? c->want->routes.n : 0;
	struct route_tables t = { 0 };
	bool *found = calloc(n + 1, sizeof(*found)), any = false;
	int r = found ? 0 : -ENOMEM;

	if (r == 0 && n)
		r = route_table_fill(&t.live, &c->p->live, c->have->routes);
	if (r == 0 && n && c->ns == MODEL_HOST)
		r = fill_before(c, &t);
	if (r == 0 && c->ns == MODEL_HOST)
		r = routes_in_the_way(c, &t);
	for (uint32_t k = 0; r == 0 && k < wanted; k++)
		r = want_route(c, &t, c->want->routes.first + k, found);
	for (uint32_t k = 0; r == 0 && k < n; k++)
		any = any || !found[k];
	if (r == 0 && any)
		r = fill_before(c, &t);
	if (r == 0 && any)
		r = remove_stale_routes(c, &t, found);
	route_table_fini(&t.live);
	for (size_t k = 0; k < PLAN_BEFORE_MOST; k++)
		route_table_fini(&t.before[k]);
	free(found);
	return r;
}

/* ---- rules ---- */

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static bool same_rule(const struct model_rule *a, const struct model_rule *b)
{
	return !a->more && !b->more && a->family == b->family && !ip_cmp(&a->from, &b->from) &&
	       !ip_cmp(&a->to, &b->to) && same_text(a->iif, b->iif) && same_text(a->oif, b->oif) &&
	       a->fwmark == b->fwmark && a->fwmask == b->fwmask && a->priority == b->priority &&
	       a->table == b->table && a->action == b->action;
}

static const struct model_rule *find_rule(const struct model *m, struct model_range range,
					  const struct model_rule *r)
{
	for (uint32_t i = 0; i < range.n; i++)
		if (same_rule(&m->rules.v[range.first + i], r))
			return &m->rules.v[range.first + i];
	return NULL;
}

static bool is_our_rule(const struct diff_content *c, const struct model_rule *l)
{
	const struct plan *p = c->p;

	if (c->ns == MODEL_HOST && l->protocol != NET_PROTOCOL)
		return false;
	for (size_t k = 0; k < p->n_before; k++) {
		uint32_t b = p->ns.v[c->ns].before[k];

		if (b != MODEL_NONE && find_rule(p->before[k], p->before[k]->ns.v[b].rules, l))
			return true;
	}
	return false;
}

int diff_rules(struct diff_content *c)
{
	struct plan *p = c->p;
	char text[NET_TEXT];
	int r = 0;

	for (uint32_t i = 0; r == 0 && c->want && i < c->want->rules.n; i++) {
		uint32_t d = c->want->rules.first + i;
		const struct model_rule *rule = &p->desired.rules.v[d];
		const struct model_rule *there = find_rule(&p->live, c->have->rules, rule);

		if (!there)
			r = diff_settle(c, PLAN_RULE_ADD, 0, d);
		else if (c->ns == MODEL_HOST && !is_our_rule(c, there))
			diff_conflict(p, c->errs, rule->mark,
				      "rule %s: the host has it already, and network '%s' did not "
				      "make it; leave it out, or give it another priority",
				      net_format_rule(rule, text), p->network);
	}
	for (uint32_t i = 0; r == 0 && i < c->have->rules.n; i++) {
		const struct model_rule *l = &p->live.rules.v[c->have->rules.first + i];

		if (c->want && find_rule(&p->desired, c->want->rules, l))
			continue;
		r = is_our_rule(c, l)
			    ? diff_clear(c, PLAN_RULE_DEL, c->have->rules.first + i)
			    : diff_extra(p, PLAN_RULE_ADD, c->ns, c->have->rules.first + i);
	}
	return r;
}
