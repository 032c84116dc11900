/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/diff.h"

#include "net/net.h"

#include <stdlib.h>

/*
 * A network that comes to the host takes its addresses away from where a route
 * of the host sends them, or, where the route is to a part of it, does not get
 * that part. Either is found out late: by a VPN whose far side is gone.
 */

/*
 * A route to more than the largest private network is a way to everywhere, not
 * to a network: VPNs split the default route in two, or leave out parts of it.
 */
#define WIDEST_IPV4 8 /* 10.0.0.0/8 */
#define WIDEST_IPV6 7 /* fc00::/7 */

#define NESTED_MOST                                                                                \
	(2 * (128 + 1)) /* networks in one another: a route and an address each length */

struct claim {
	struct ip net;
	const struct model_addr *addr;	 /* wanted, or NULL */
	const struct model_route *route; /* of the host, or NULL */
};

static int rank(const struct claim *c)
{
	return c->addr ? 2 : c->route->type != MODEL_ROUTE_UNICAST;
}

static int by_net(const void *x, const void *y)
{
	int d = ip_cmp(&((const struct claim *)x)->net, &((const struct claim *)y)->net);

	return d ? d : rank(x) - rank(y);
}

static bool is_way_to_everywhere(const struct ip *to)
{
	return to->plen < (to->family == AF_INET ? WIDEST_IPV4 : WIDEST_IPV6);
}

bool diff_is_over_ours(const struct plan *p, const struct model_route *r)
{
	const struct model_range ifaces = p->desired.ns.v[MODEL_HOST].ifaces;

	for (uint32_t i = 0; i < r->hops.n; i++) {
		uint32_t live = p->live.hops.v[r->hops.first + i].iface;

		for (uint32_t k = 0; live != MODEL_NONE && k < ifaces.n; k++)
			if (p->match[ifaces.first + k] == live)
				return true;
	}
	return false;
}

static void conflict(struct diff_content *c, const struct model_addr *want,
		     const struct model_route *route)
{
	char ip[IP_TEXT], text[NET_TEXT];

	diff_conflict(c->p, c->errs, want->mark,
		      "address %s: its network overlaps one that the host has a route to already "
		      "(%s); choose another subnet or pool, or remove the route",
		      ip_format(&want->ip, ip), net_format_route(&c->p->live, route, text));
}

/* Which of two, one in the other, is wanted and in the way of the other; NULL for neither. */
static const struct claim *in_the_way(const struct diff_content *c, const struct claim *outer,
				      const struct claim *inner)
{
	const struct model_route *r = outer->route ? outer->route : inner->route;

	if (!outer->addr == !inner->addr)
		return NULL;
	/* that a wide network is nowhere leaves parts of it free to be somewhere */
	if (outer->route && r->type != MODEL_ROUTE_UNICAST && ip_cmp(&outer->net, &inner->net) != 0)
		return NULL;
	/* over a cable of the network's own it leads to where the network is */
	return diff_is_over_ours(c->p, r) ? NULL : outer->addr ? outer : inner;
}

/* One error an address, of the widest route that it lies in or the first that lies in its network. */
static void sweep(struct diff_content *c, const struct claim *claims, size_t n, bool *told)
{
	size_t nested[NESTED_MOST], depth = 0;

	for (size_t i = 0; i < n; i++) {
		const struct claim *inner = &claims[i], *outer = NULL, *who;

		while (depth && !ip_contains(&claims[nested[depth - 1]].net, &inner->net))
			depth--;
		for (size_t k = 0; k < depth; k++) {
			outer = &claims[nested[k]];
			who = in_the_way(c, outer, inner);
			if (!who || told[who - claims])
				continue;
			told[who - claims] = true;
			conflict(c, who->addr, outer->route ? outer->route : inner->route);
		}
		/* of equal ones the first stands for all */
		if (depth < NESTED_MOST &&
		    !(outer && !outer->addr == !inner->addr && !ip_cmp(&outer->net, &inner->net)))
			nested[depth++] = i;
	}
}

int diff_overlaps(struct diff_content *c, const struct model_route *const *routes, size_t n)
{
	struct claim *claims = calloc(c->new_addrs.n + n + 1, sizeof(*claims));
	bool *told = calloc(c->new_addrs.n + n + 1, sizeof(*told));
	size_t k = 0;

	if (claims && told) {
		vec_foreach(a, &c->new_addrs)
			claims[k++] = (struct claim){ .net = ip_network(&(*a)->ip), .addr = *a };
		for (size_t i = 0; i < n; i++)
			if (!is_way_to_everywhere(&routes[i]->to))
				claims[k++] = (struct claim){ .net = routes[i]->to,
							      .route = routes[i] };
		qsort(claims, k, sizeof(*claims), by_net);
		sweep(c, claims, k, told);
	}
	free(claims);
	free(told);
	return claims && told ? 0 : -ENOMEM;
}
