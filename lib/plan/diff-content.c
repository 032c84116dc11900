/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/diff.h"

#include "net/net.h"

#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The metric that the kernel gives an IPv6 route without one (IP6_RT_PRIO_USER, include/net/ip6_route.h); read as 0. */
#define METRIC_IPV6 1024

/* One namespace while it is compared. */
struct content {
	struct plan *p;
	uint32_t ns;
	const struct model_ns *want; /* NULL: only removes */
	const struct model_ns *have; /* no objects where the namespace is made anew */
	struct warren_errs *errs;
};

static bool is_gone(const struct plan *p, uint32_t live_iface)
{
	return live_iface != MODEL_NONE && p->gone[live_iface];
}

static int settle(struct content *c, enum plan_kind kind, unsigned what, uint32_t object)
{
	bool routes = kind == PLAN_ROUTE_ADD || kind == PLAN_ROUTE_REPLACE || kind == PLAN_RULE_ADD;

	return diff_emit(c->p, routes ? PLAN_PHASE_ROUTE : PLAN_PHASE_SETTLE,
			 (struct plan_op){ (uint8_t)kind, PLAN_DESIRED, (uint16_t)what, c->ns,
					   object });
}

static int clear(struct content *c, enum plan_kind kind, uint32_t live)
{
	return diff_emit(c->p, PLAN_PHASE_CLEAR,
			 (struct plan_op){ (uint8_t)kind, PLAN_LIVE, 0, c->ns, live });
}

/* ---- settings of the namespace ---- */

/* A device of an MTU below IPv6's least has no IPv6 at all (RFC 8200, section 5). */
#define MTU_IPV6 1280

/* What new interfaces get is seen at none that is there; it is as it was made. */
static bool ipv6_differs(const struct content *c)
{
	const struct plan *p = c->p;

	for (size_t k = 0; k < p->n_before; k++) {
		uint32_t b = p->ns.v[c->ns].before[k];

		if (b != MODEL_NONE && p->before[k]->ns.v[b].ipv6 != c->want->ipv6)
			return true;
	}
	for (uint32_t k = 0; k < c->have->ifaces.n; k++) {
		const struct model_iface *l = &p->live.ifaces.v[c->have->ifaces.first + k];

		/* lo has IPv6 in any case; but is not seen to in a namespace that has no use for it */
		if (l->kind == MODEL_IFACE_LOOPBACK && c->want->ipv6 == MODEL_OFF)
			continue;
		if (l->mtu >= MTU_IPV6 && !is_gone(p, c->have->ifaces.first + k) &&
		    l->ipv6 != c->want->ipv6)
			return true;
	}
	return false;
}

static int diff_settings(struct content *c)
{
	unsigned what = 0;

	/* of a namespace made here they are set when it is made */
	if (!c->want || c->ns == MODEL_HOST || c->p->ns.v[c->ns].add)
		return 0;
	if (c->want->forwarding != c->have->forwarding ||
	    (c->want->ipv6 != MODEL_OFF && c->want->forwarding != c->have->forwarding6))
		what |= PLAN_SET_FORWARDING;
	if (ipv6_differs(c))
		what |= PLAN_SET_IPV6;
	/* links that come are made by the new settings */
	return !what ? 0 :
		       diff_emit(c->p, PLAN_PHASE_CREATE,
				 (struct plan_op){ PLAN_NS_SET, PLAN_DESIRED, (uint16_t)what, c->ns,
						   c->ns });
}

/* ---- links ---- */

/* What of a link that was just made its making did not set. */
static unsigned new_link_needs(const struct plan *p, uint32_t d)
{
	const struct model_iface *i = &p->desired.ifaces.v[d];
	unsigned what = 0;

	if (i->master != MODEL_NONE) {
		what |= NET_LINK_MASTER;
		/* a port of a bridge has no use for an address of its own */
		if (p->desired.ns.v[i->ns].kind == MODEL_NS_HOST)
			what |= NET_LINK_NO_LL;
	}
	if (i->up && !diff_asks(p, d))
		what |= NET_LINK_UP; /* the kernel sets up only the end that asked */
	return what;
}

static unsigned link_changes(const struct plan *p, uint32_t d)
{
	const struct model_iface *i = &p->desired.ifaces.v[d];
	const struct model_iface *l = &p->live.ifaces.v[p->match[d]];
	static const uint8_t none[6];
	uint32_t master = i->master == MODEL_NONE ? MODEL_NONE : p->match[i->master];
	unsigned what = 0;

	if (i->mtu && i->mtu != l->mtu)
		what |= NET_LINK_MTU;
	if (memcmp(i->mac, none, 6) && memcmp(i->mac, l->mac, 6))
		what |= NET_LINK_MAC;
	if (i->kind != MODEL_IFACE_LOOPBACK &&
	    (master != l->master || (i->master != MODEL_NONE && is_gone(p, l->master)) ||
	     (i->master != MODEL_NONE && p->end[i->master] == END_NEW)))
		what |= NET_LINK_MASTER;
	if (i->up != l->up)
		what |= i->up ? NET_LINK_UP : NET_LINK_DOWN;
	if (diff_link_fields(i, l) & DIFF_LIVE)
		what |= NET_LINK_FIELDS;
	return what;
}

static int diff_iface(struct content *c, uint32_t d)
{
	struct plan *p = c->p;
	const struct model_iface *i = &p->desired.ifaces.v[d];
	bool fresh_lo = i->kind == MODEL_IFACE_LOOPBACK && p->ns.v[c->ns].add;
	unsigned what = 0;
	int r = 0;

	if (i->kind == MODEL_IFACE_LOOPBACK && c->ns == MODEL_HOST)
		return 0; /* the host's lo is the host's business */
	if (p->end[d] == END_NEW)
		what = new_link_needs(p, d);
	else if (p->match[d] != MODEL_NONE)
		what = link_changes(p, d);
	else if (fresh_lo)
		what = i->up ? 0 : NET_LINK_DOWN; /* it is set up when the namespace is made */
	if (what & NET_LINK_DOWN)
		p->again = true;
	if (what)
		r = settle(c, PLAN_LINK_SET, what, d);
	if (r == 0 && i->altname &&
	    (p->end[d] == END_NEW || !p->live.ifaces.v[p->match[d]].altname))
		r = settle(c, PLAN_ALTNAME_ADD, 0, d);
	return r;
}

/* ---- addresses ---- */

static const char *iface_name(const struct model *m, uint32_t i)
{
	return i == MODEL_NONE ? "" : m->ifaces.v[i].name;
}

static bool before_has_addr(const struct content *c, const struct model_addr *a)
{
	const struct plan *p = c->p;
	const char *name = iface_name(&p->live, a->iface);

	for (size_t k = 0; k < p->n_before; k++) {
		uint32_t b = p->ns.v[c->ns].before[k];
		const struct model *m = p->before[k];

		for (uint32_t j = 0; b != MODEL_NONE && j < m->ns.v[b].addrs.n; j++) {
			const struct model_addr *o = &m->addrs.v[m->ns.v[b].addrs.first + j];

			if (!ip_cmp(&o->ip, &a->ip) && !strcmp(iface_name(m, o->iface), name))
				return true;
		}
	}
	return false;
}

/*
 * In the host, an address that the file hands out must not be one that the host
 * has already, nor its network overlap one that the host is connected to: part
 * of that would not be reached any more.
 */
static void address_in_the_way(struct content *c, const struct model_addr *want)
{
	const struct plan *p = c->p;
	struct ip net = ip_network(&want->ip);
	char ip[IP_TEXT], other[IP_TEXT];

	for (uint32_t k = 0; c->ns == MODEL_HOST && k < c->have->addrs.n; k++) {
		const struct model_addr *l = &p->live.addrs.v[c->have->addrs.first + k];
		struct ip taken = ip_network(&l->ip);

		if (is_gone(p, l->iface) || !ip_overlaps(&net, &taken) || before_has_addr(c, l))
			continue;
		if (ip_same_host(&l->ip, &want->ip))
			diff_conflict(c->p, c->errs, want->mark,
				      "address %s: the host has it already, on '%s'; choose another "
				      "one",
				      ip_format(&l->ip, ip), iface_name(&p->live, l->iface));
		else if (net.plen < ip_bits(&net) && taken.plen < ip_bits(&taken))
			diff_conflict(c->p, c->errs, want->mark,
				      "address %s: its network overlaps %s, which the host is "
				      "connected to by '%s'; choose another one",
				      ip_format(&want->ip, ip), ip_format(&taken, other),
				      iface_name(&p->live, l->iface));
	}
}

static bool same_addr(const struct content *c, const struct model_addr *want,
		      const struct model_addr *live)
{
	uint32_t match = c->p->match[want->iface];

	return match == live->iface && !ip_cmp(&want->ip, &live->ip);
}

/* Few addresses an interface, so a namespace's lists are compared by hash of address and live interface. */
struct addr_key {
	struct ip ip;
	uint32_t iface;
};

static struct addr_key addr_key(const struct ip *ip, uint32_t live_iface)
{
	struct addr_key k;

	memset(&k, 0, sizeof(k)); /* hashed as bytes */
	k.ip = *ip;
	k.iface = live_iface;
	return k;
}

static int diff_addrs(struct content *c)
{
	struct plan *p = c->p;
	uint32_t n = c->have->addrs.n, wanted = c->want ? c->want->addrs.n : 0;
	struct addr_key *keys = calloc(n + 1, sizeof(*keys));
	bool *found = calloc(n + 1, sizeof(*found));
	struct map map = { 0 };
	int failed = !keys || !found, r = 0;

	for (uint32_t k = 0; !failed && k < n; k++) {
		const struct model_addr *l = &p->live.addrs.v[c->have->addrs.first + k];

		keys[k] = addr_key(&l->ip, l->iface);
		if (!is_gone(p, l->iface))
			map_put(&map, &keys[k], sizeof(keys[k]), k, &failed);
	}
	for (uint32_t k = 0; !failed && r == 0 && k < wanted; k++) {
		uint32_t d = c->want->addrs.first + k;
		const struct model_addr *a = &p->desired.addrs.v[d];
		struct addr_key key = addr_key(&a->ip, p->match[a->iface]);
		uint32_t at = map_get(&map, &key, sizeof(key));

		if (at != MAP_NONE && same_addr(c, a, &p->live.addrs.v[c->have->addrs.first + at])) {
			found[at] = true;
			continue;
		}
		address_in_the_way(c, a);
		r = settle(c, PLAN_ADDR_ADD, 0, d);
	}
	for (uint32_t k = 0; !failed && r == 0 && k < n; k++) {
		const struct model_addr *l = &p->live.addrs.v[c->have->addrs.first + k];

		if (found[k] || is_gone(p, l->iface) || !before_has_addr(c, l))
			continue;
		p->again = true;
		r = clear(c, PLAN_ADDR_DEL, c->have->addrs.first + k);
	}
	map_fini(&map);
	free(keys);
	free(found);
	return failed ? -ENOMEM : r;
}

/* ---- routes ---- */

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
	       !strcmp(iface_name(a, x->iface), iface_name(b, y->iface));
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

			found = same_hop(a, h, b, o) && (want->hops.n == 1 || h->weight == o->weight);
		}
		if (!found)
			return false;
	}
	return true;
}

/* A route over a link that this plan removes goes with it. */
static bool route_is_gone(const struct plan *p, const struct model_route *r)
{
	for (uint32_t i = 0; i < r->hops.n; i++)
		if (is_gone(p, p->live.hops.v[r->hops.first + i].iface))
			return true;
	return false;
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

static int want_route(struct content *c, const struct route_table *live, uint32_t d, bool *found)
{
	struct plan *p = c->p;
	const struct model_route *r = &p->desired.routes.v[d], *l;
	char route[NET_TEXT];

	l = live ? route_table_get(live, &p->live, r) : NULL;
	if (l)
		found[l - p->live.routes.v - c->have->routes.first] = true;
	if (!l || route_is_gone(p, l))
		return settle(c, PLAN_ROUTE_ADD, 0, d);
	if (same_route(&p->desired, r, &p->live, l))
		return 0;
	if (c->ns == MODEL_HOST && p->n_before == 0) {
		diff_conflict(p, c->errs, r->mark,
			      "route %s: the host has another one to the same network; choose "
			      "another network, or give the route a metric of its own",
			      net_format_route(&p->desired, r, route));
		return 0;
	}
	return settle(c, PLAN_ROUTE_REPLACE, 0, d);
}

static int remove_stale_routes(struct content *c, const bool *found)
{
	struct plan *p = c->p;
	struct route_table before[PLAN_BEFORE_MOST] = { 0 };
	int r = 0;

	for (size_t k = 0; r == 0 && k < p->n_before; k++)
		if (p->ns.v[c->ns].before[k] != MODEL_NONE)
			r = route_table_fill(&before[k], p->before[k],
					     p->before[k]->ns.v[p->ns.v[c->ns].before[k]].routes);
	for (uint32_t i = 0; r == 0 && i < c->have->routes.n; i++) {
		const struct model_route *l = &p->live.routes.v[c->have->routes.first + i];
		bool ours = false;

		if (found[i] || route_is_gone(p, l))
			continue;
		for (size_t k = 0; !ours && k < p->n_before; k++) {
			const struct model_route *b = route_table_get(&before[k], p->before[k], l);

			ours = b && same_route(p->before[k], b, &p->live, l);
		}
		if (ours)
			r = clear(c, PLAN_ROUTE_DEL, c->have->routes.first + i);
	}
	for (size_t k = 0; k < PLAN_BEFORE_MOST; k++)
		route_table_fini(&before[k]);
	return r;
}

static int diff_routes(struct content *c)
{
	uint32_t n = c->have->routes.n, wanted = c->want ? c->want->routes.n : 0;
	struct route_table live = { 0 };
	bool *found = calloc(n + 1, sizeof(*found)), any = false;
	int r = found ? 0 : -ENOMEM;

	if (r == 0 && n)
		r = route_table_fill(&live, &c->p->live, c->have->routes);
	for (uint32_t k = 0; r == 0 && k < wanted; k++)
		r = want_route(c, n ? &live : NULL, c->want->routes.first + k, found);
	for (uint32_t k = 0; k < n; k++)
		any = any || !found[k];
	if (r == 0 && any)
		r = remove_stale_routes(c, found);
	route_table_fini(&live);
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
	return a->family == b->family && !ip_cmp(&a->from, &b->from) && !ip_cmp(&a->to, &b->to) &&
	       same_text(a->iif, b->iif) && same_text(a->oif, b->oif) && a->fwmark == b->fwmark &&
	       a->fwmask == b->fwmask && a->priority == b->priority && a->table == b->table &&
	       a->action == b->action;
}

static bool has_rule(const struct model *m, struct model_range range, const struct model_rule *r)
{
	for (uint32_t i = 0; i < range.n; i++)
		if (same_rule(&m->rules.v[range.first + i], r))
			return true;
	return false;
}

static int diff_rules(struct content *c)
{
	struct plan *p = c->p;
	int r = 0;

	for (uint32_t i = 0; r == 0 && c->want && i < c->want->rules.n; i++) {
		uint32_t d = c->want->rules.first + i;

		if (!has_rule(&p->live, c->have->rules, &p->desired.rules.v[d]))
			r = settle(c, PLAN_RULE_ADD, 0, d);
	}
	for (uint32_t i = 0; r == 0 && i < c->have->rules.n; i++) {
		const struct model_rule *l = &p->live.rules.v[c->have->rules.first + i];
		bool ours = false;

		if (c->want && has_rule(&p->desired, c->want->rules, l))
			continue;
		for (size_t k = 0; !ours && k < p->n_before; k++) {
			uint32_t b = p->ns.v[c->ns].before[k];

			ours = b != MODEL_NONE &&
			       has_rule(p->before[k], p->before[k]->ns.v[b].rules, l);
		}
		if (ours)
			r = clear(c, PLAN_RULE_DEL, c->have->rules.first + i);
	}
	return r;
}

/* ---- sysctls ---- */

static const struct model_sysctl *find_sysctl(const struct model *m, struct model_range range,
					      const char *key)
{
	for (uint32_t i = 0; i < range.n; i++)
		if (!strcmp(m->sysctls.v[range.first + i].key, key))
			return &m->sysctls.v[range.first + i];
	return NULL;
}

static int diff_sysctls(struct content *c)
{
	struct plan *p = c->p;
	int r = 0;

	for (uint32_t i = 0; r == 0 && c->want && i < c->want->sysctls.n; i++) {
		uint32_t d = c->want->sysctls.first + i;
		const struct model_sysctl *s = &p->desired.sysctls.v[d];
		const struct model_sysctl *l = find_sysctl(&p->live, c->have->sysctls, s->key);

		if (!l || !net_sysctl_same(l->value, s->value))
			r = settle(c, PLAN_SYSCTL_SET, 0, d);
	}
	for (size_t k = 0; r == 0 && k < p->n_before && !p->ns.v[c->ns].add; k++) {
		uint32_t b = p->ns.v[c->ns].before[k];
		const struct model *m = p->before[k];

		for (uint32_t i = 0; r == 0 && b != MODEL_NONE && i < m->ns.v[b].sysctls.n; i++) {
			uint32_t o = m->ns.v[b].sysctls.first + i;

			if (c->want && find_sysctl(&p->desired, c->want->sysctls, m->sysctls.v[o].key))
				continue;
			r = diff_emit(p, PLAN_PHASE_CLEAR,
				      (struct plan_op){ PLAN_SYSCTL_RESET,
							(uint8_t)(PLAN_BEFORE + k), 0, c->ns, o });
		}
	}
	return r;
}

int diff_content(struct plan *p, struct warren_errs *errs, uint32_t ns)
{
	struct content c = { .p = p, .ns = ns, .have = &p->live.ns.v[ns], .errs = errs };
	int r;

	if (p->ns.v[ns].desired)
		c.want = &p->desired.ns.v[ns];
	else if (ns != MODEL_HOST)
		return 0; /* goes as a whole, or is somebody else's */
	r = diff_settings(&c);
	for (uint32_t k = 0; r == 0 && c.want && k < c.want->ifaces.n; k++)
		r = diff_iface(&c, c.want->ifaces.first + k);
	if (r == 0)
		r = diff_addrs(&c);
	if (r == 0)
		r = diff_sysctls(&c);
	if (r == 0)
		r = diff_routes(&c);
	if (r == 0)
		r = diff_rules(&c);
	if (r == 0 && c.want && ns != MODEL_HOST && p->ns.v[ns].files != PLAN_FILES_RIGHT)
		r = diff_emit(p, PLAN_PHASE_FILES,
			      (struct plan_op){ PLAN_FILES_SET, PLAN_DESIRED, 0, ns, ns });
	return r;
}
