/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain/segment.h"
#include "explain/walk.h"

#include <errno.h>
#include <string.h>

/* Why a namespace has no route, and which one would do: through a neighbour that knows the way. */

struct search {
	struct sight *s;
	uint32_t ns;
	const struct walk_to *to;
	struct warren_err *err;
	struct ip via;	    /* of a neighbour that knows the way; family 0: none found */
	struct ip only;	    /* of the only neighbour there is */
	uint32_t neighbour; /* that one; SIGHT_NONE: none was seen yet */
	bool several;
};

/* The address of a neighbour's interface that is in one of the namespace's own networks there. */
static const struct ip *common_address(const struct search *x, const struct sight_ns *own,
				       uint32_t iface, const struct sight_ns *other,
				       uint32_t other_iface)
{
	vec_foreach(mine, &own->addrs) {
		const struct ip network = ip_network(&mine->ip);

		if (mine->iface != iface || mine->ip.family != x->to->to.family || !mine->global)
			continue;
		vec_foreach(a, &other->addrs) {
			const struct ip host = ip_host(&a->ip);

			if (a->iface == other_iface && a->global && ip_contains(&network, &host))
				return &a->ip;
		}
	}
	return NULL;
}

/* Whether a neighbour knows a way that does not lead back. */
static int try_neighbour(struct search *x, const struct sight_ns *own, const struct ip *address,
			 uint32_t neighbour)
{
	const struct sight_query q = { .to = x->to->to };
	struct sight_route route;
	int r;

	r = sight_route(x->s, neighbour, &q, &route, x->err);
	if (r < 0)
		return r;
	if (!route.error && route.via.family && sight_addr(own, &route.via))
		return 0; /* its way leads back */
	if (!route.error && (route.local || route.unicast))
		x->via = *address;
	if (x->neighbour == SIGHT_NONE)
		x->only = *address;
	x->several |= x->neighbour != SIGHT_NONE && x->neighbour != neighbour;
	x->neighbour = neighbour;
	return 0;
}

static int search_segment(struct search *x, const struct sight_ns *own, uint32_t iface)
{
	struct segment g;
	int r = segment_read(x->s, x->ns, iface, &g, x->err);

	for (size_t i = 0; r == 0 && !x->via.family && i < g.ends.n; i++) {
		const struct segment_end *end = &g.ends.v[i];
		const struct sight_ns *other;
		const struct ip *address;

		if (end->ns == x->ns)
			continue;
		r = sight_read(x->s, end->ns, &other, x->err);
		address = r < 0 ? NULL : common_address(x, own, iface, other, end->iface);
		if (address)
			r = try_neighbour(x, own, address, end->ns);
	}
	segment_fini(&g);
	return r;
}

/* An interface that is down and has the network of the address: the kernel has the route when it is up. */
static const struct sight_iface *down_iface(const struct sight_ns *n, const struct ip *to)
{
	vec_foreach(a, &n->addrs) {
		const struct sight_iface *i = sight_iface(n, a->iface);
		const struct ip network = ip_network(&a->ip);

		if (i && !i->up && ip_contains(&network, to))
			return i;
	}
	return NULL;
}

static bool has_address(const struct sight_ns *n, uint8_t family)
{
	vec_foreach(a, &n->addrs)
		if (a->ip.family == family && a->global)
			return true;
	return false;
}

static struct fault *no_address(struct sight *s, uint32_t ns, const struct sight_ns *n,
				uint8_t family)
{
	unsigned version = family == AF_INET ? 4 : 6;
	const struct sight_iface *found = NULL;

	vec_foreach(i, &n->ifaces)
		if (i->index != 1 && !i->master)
			found = found ? found : i;
	if (!found)
		return fault_new(s, ns, "%s has no interface besides lo", n->name);
	return fault_mend(s,
			  fault_new(s, ns, "%s has no IPv%u address on any interface besides lo",
				    n->name, version),
			  "ip", "address add ADDRESS/LENGTH dev %s", fault_word(s, found->name));
}

static struct fault *no_route(struct search *x, const struct sight_ns *n)
{
	const struct ip *via = x->via.family ? &x->via : x->several ? NULL : &x->only;
	char to[IP_TEXT], network[IP_TEXT], gateway[IP_TEXT];
	struct fault *f = fault_new(x->s, x->ns, "%s has no route%s to %s", n->name, x->to->who,
				    ip_format_host(&x->to->to, to));

	ip_format(x->to->known.family ? &x->to->known : &x->to->to, network);
	if (via && via->family)
		return fault_mend(x->s, f, "ip", "route add %s via %s", network,
				  ip_format_host(via, gateway));
	return fault_mend(x->s, f, "ip", "route add %s via GATEWAY", network);
}

int walk_no_route(struct sight *s, uint32_t ns, const struct walk_to *to, const struct fault **ret,
		  struct warren_err *err)
{
	struct search x = { .s = s, .ns = ns, .to = to, .err = err, .neighbour = SIGHT_NONE };
	const struct sight_iface *down;
	const struct sight_ns *n;
	struct fault *f;
	int r = sight_read(s, ns, &n, err);

	if (r < 0)
		return r;
	down = down_iface(n, &to->to);
	if (!down && has_address(n, to->to.family))
		for (size_t i = 0; r == 0 && !x.via.family && i < n->ifaces.n; i++)
			if (n->ifaces.v[i].index != 1 && n->ifaces.v[i].up)
				r = search_segment(&x, n, n->ifaces.v[i].index);
	if (r < 0)
		return r;
	if (down)
		f = fault_down(s, ns, down);
	else if (!has_address(n, to->to.family))
		f = no_address(s, ns, n, to->to.family);
	else
		f = no_route(&x, n);
	*ret = f;
	return f ? 0 : warren_fail(err, -ENOMEM, "out of memory");
}
