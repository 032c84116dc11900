/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/addressing.h"

#include <stdio.h>
#include <string.h>

#define NESTED_MOST 160 /* networks in one another: at most one a prefix length */

static int by_net(const void *x, const void *y)
{
	const struct net_use *a = x, *b = y;
	int d = ip_cmp(&a->net, &b->net);

	if (d)
		return d;
	if (a->segment != b->segment)
		return a->segment < b->segment ? -1 : 1;
	return a->at.line != b->at.line
		       ? (a->at.line < b->at.line ? -1 : 1)
		       : (a->at.column > b->at.column) - (a->at.column < b->at.column);
}

static const char *net_owner(const struct addressing *a, const struct net_use *use,
			     struct label *buf)
{
	const struct topo_segment *s;

	if (use->segment == MODEL_NONE)
		snprintf(buf->text, sizeof(buf->text), "'loopbacks'");
	else if (use->segment >= a->b->segments.n)
		build_label(a->b, use->segment - (uint32_t)a->b->segments.n, buf);
	else {
		s = &a->b->t->segments.v[use->segment];
		snprintf(buf->text, sizeof(buf->text), "%s %s", s->is_switch ? "switch" : "link",
			 s->label);
	}
	return buf->text;
}

static void overlap(struct addressing *a, struct net_use *outer, struct net_use *inner)
{
	struct net_use *first = outer, *second = inner;
	char one[IP_TEXT], two[IP_TEXT];
	struct label l1, l2;

	if (first->segment == second->segment && ip_cmp(&first->net, &second->net) == 0)
		return;
	if (outer->shared && outer->row == inner->row)
		return;
	/* The later one in the file is the one to complain of. */
	if (first->at.line > second->at.line ||
	    (first->at.line == second->at.line && first->at.column > second->at.column)) {
		first = inner;
		second = outer;
	}
	if (second->told)
		return;
	second->told = true;
	ip_format(&first->net, one);
	ip_format(&second->net, two);
	if (first->segment == second->segment)
		problem(a->b->p, second->at,
			"%s: %s and %s (at %u:%u) are one network in two lengths; make the prefix lengths equal",
			net_owner(a, second, &l2), two, one, first->at.line, first->at.column);
	else
		problem(a->b->p, second->at,
			"%s: network %s overlaps %s of %s, at %u:%u; each wire needs a network of its own",
			net_owner(a, second, &l2), two, one, net_owner(a, first, &l1),
			first->at.line, first->at.column);
}

int addressing_reserve(struct addressing *a)
{
	struct net_use *nested[NESTED_MOST];
	size_t depth = 0;

	if (a->nets.n)
		qsort(a->nets.v, a->nets.n, sizeof(*a->nets.v), by_net);
	vec_foreach(use, &a->nets) {
		while (depth && !ip_contains(&nested[depth - 1]->net, &use->net))
			depth--;
		if (depth)
			overlap(a, nested[depth - 1], use);
		if (depth && !ip_cmp(&nested[depth - 1]->net, &use->net))
			depth--;
		if (depth < NESTED_MOST)
			nested[depth++] = use;
		if (vec_push(&a->used, use->net) < 0)
			return -ENOMEM;
		if (!use->shared && vec_push(&a->used_unshared, use->net) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* First and last address that hosts can have, counted from the network's own. */
static void host_span(const struct ip *net, uint64_t *first, uint64_t *last)
{
	uint64_t size = ip_size(net);

	*first = size <= 2 ? 0 : 1;
	*last = size <= 2 || net->family == AF_INET6 ? size - 1 : size - 2;
}

/* Whether a port gets addresses of a family handed out. */
static bool wants(const struct addressing *a, uint32_t iface, uint8_t family)
{
	const struct spec_node *spec = a->b->ns.v[a->b->t->model.ifaces.v[iface].ns].spec;

	if (a->b->ifaces.v[iface].written)
		return false;
	return family == AF_INET || !spec || !spec->ipv6.given || spec->ipv6.v != SPEC_IPV6_OFF;
}

static uint32_t count_wanting(const struct addressing *a, const struct topo_segment *s,
			      uint8_t family)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < s->ports.n; k++)
		n += wants(a, a->b->t->ports.v[s->ports.first + k], family);
	return n;
}

static struct mark subnet_mark(const struct build_segment *s, const struct topo_segment *t)
{
	return s->subnet->given ? s->subnet->at : t->mark;
}

/* Addresses of one network to all ports of a segment that have none written. */
static int fill(struct addressing *a, uint32_t segment, const struct ip *net)
{
	const struct topo_segment *s = &a->b->t->segments.v[segment];
	const struct build_segment *extra = &a->b->segments.v[segment];
	uint64_t at, last;
	char text[IP_TEXT];
	int r = 0;

	host_span(net, &at, &last);
	if (net->plen == ip_bits(net))
		at = last + 1;
	for (uint32_t k = 0; k < s->ports.n && r == 0; k++) {
		uint32_t iface = a->b->t->ports.v[s->ports.first + k];
		struct ip ip, host;

		if (!wants(a, iface, net->family))
			continue;
		for (; at <= last; at++) {
			ip = ip_add(net, at);
			host = ip_host(&ip);
			if (map_get(&a->taken, &host, sizeof(host)) == MAP_NONE)
				break;
		}
		if (at > last) {
			problem(a->b->p, subnet_mark(extra, s),
				"%s %s: %s has no room for the addresses of %u ports; take a larger subnet",
				s->is_switch ? "switch" : "link", s->label, ip_format(net, text),
				s->ports.n);
			return 0;
		}
		if (net->family == AF_INET6 && build_mtu_too_small(a->b, iface))
			return 0;
		r = addressing_add(a, ip, iface, a->b->t->model.ifaces.v[iface].mark);
	}
	return r;
}

/* The smallest subnet with room for n hosts; a cable's two fit a /31. */
static unsigned plen_for(uint8_t family, uint64_t n, bool is_switch)
{
	unsigned bits = family == AF_INET ? 32 : 128, host = 1;

	if (!is_switch)
		return bits - 1;
	while (((uint64_t)1 << host) - (family == AF_INET ? 2 : 1) < n)
		host++;
	return bits - host;
}

/* Cut the subnet of one segment out of a pool and hand it out. */
static int cut(struct addressing *a, struct pool *pool, uint32_t segment)
{
	const struct topo_segment *s = &a->b->t->segments.v[segment];
	const struct build_segment *extra = &a->b->segments.v[segment];
	bool shared = extra->subnet->given;
	uint32_t n = count_wanting(a, s, pool->prefix.family);
	unsigned plen = plen_for(pool->prefix.family, n, s->is_switch);
	struct net_use use = { .segment = segment, .at = s->mark };
	char text[IP_TEXT];
	int r;

	if (!n)
		return 0;
	r = shared ? pool_cut(pool, a->used_unshared.v, a->used_unshared.n, plen, &use.net)
		   : pool_cut(pool, a->used.v, a->used.n, plen, &use.net);
	if (r < 0) {
		problem(a->b->p, subnet_mark(extra, s),
			"%s %s: %s %s has no /%u left; give a larger one",
			s->is_switch ? "switch" : "link", s->label, shared ? "subnet" : "pool",
			ip_format(&pool->prefix, text), plen);
		return 1;
	}
	if (vec_push(&a->b->t->subnets, use.net) < 0)
		return -ENOMEM;
	return fill(a, segment, &use.net);
}

struct pools {
	struct pool v[SEGMENT_NETS_MOST];
	uint32_t n;
	const struct ips *of;
};

static struct pools pools_of(const struct ips *ips)
{
	struct pools pools = { .n = ips->n < SEGMENT_NETS_MOST ? ips->n : SEGMENT_NETS_MOST,
			       .of = ips };

	for (uint32_t i = 0; i < pools.n; i++)
		pools.v[i] = pool_begin(&ips->v[i].ip, 0);
	return pools;
}

/* The prefixes of 'pool' or 'loopbacks': one a family. */
static struct pools read_pools(struct addressing *a, const struct ips *ips, const char *key)
{
	struct pools pools = pools_of(ips);

	for (uint32_t i = 1; i < ips->n; i++)
		if (i > 1 || ips->v[0].ip.family == ips->v[i].ip.family)
			problem(a->b->p, ips->v[i].at,
				"%s: one IPv4 and one IPv6 network at most belong here", key);
	return pools;
}

static int hand_out_segments(struct addressing *a, struct pools *pool)
{
	struct pools share = { 0 };
	int r = 0;

	for (uint32_t i = 0; i < a->b->segments.n && r == 0; i++) {
		const struct build_segment *s = &a->b->segments.v[i];
		struct pools *from = pool;

		for (uint32_t k = 0; k < s->n_nets && r == 0; k++)
			r = fill(a, i, &s->net[k]);
		if (s->n_nets || s->subnet->none)
			continue;
		if (s->subnet->given) {
			if (share.of != s->subnet)
				share = pools_of(s->subnet);
			from = &share;
		}
		for (uint32_t k = 0; k < from->n && r == 0; k++)
			r = cut(a, &from->v[k], i);
	}
	return r < 0 ? r : 0;
}

/* One address of each prefix of 'loopbacks' to each node's lo. */
static int hand_out_loopbacks(struct addressing *a, struct pools *from)
{
	struct model *m = &a->b->t->model;
	char text[IP_TEXT];
	int r = 0;

	for (uint32_t ns = 0; ns < m->ns.n; ns++) {
		uint32_t lo = build_find_iface(a->b, ns, "lo");

		if (m->ns.v[ns].kind != MODEL_NS_NODE)
			continue;
		for (uint32_t k = 0; k < from->n && r == 0; k++) {
			struct pool *p = &from->v[k];
			struct ip ip;

			if (!wants(a, lo, p->prefix.family))
				continue;
			p->next += !p->next &&
				   ip_size(&p->prefix) >
					   2; /* the network's own address is no host's */
			do
				r = pool_cut(p, NULL, 0, ip_bits(&p->prefix), &ip);
			while (r == 0 && map_get(&a->taken, &ip, sizeof(ip)) != MAP_NONE);
			if (r < 0) {
				problem(a->b->p, a->b->spec->loopbacks.v[k].at,
					"loopbacks: %s has fewer addresses than there are nodes; take a larger one",
					ip_format(&p->prefix, text));
				return 0;
			}
			r = addressing_add(a, ip, lo, a->b->spec->loopbacks.v[k].at);
		}
	}
	return r;
}

/*
 * Where a network begins in the pool that all have who write none. Networks of
 * other names begin elsewhere, so that several can reach the host: that has an
 * address in each, and with static routes also routes to all other subnets.
 * Only the name decides, as addresses must not move when a network grows; but
 * one of thousands of ports may need the pool whole.
 */
#define SLOT	   32
#define MANY_PORTS 8192

static uint64_t preset_start(const struct addressing *a, const struct ip *prefix)
{
	if (a->b->t->ports.n > MANY_PORTS)
		return 0;
	return hash_str(a->b->t->model.name, 0) % (ip_size(prefix) / SLOT) * SLOT;
}

static struct pools preset_pools(const struct addressing *a)
{
	static const struct ip prefix = { AF_INET, 15, { 198, 18 } };

	return (struct pools){ .v = { pool_begin(&prefix, preset_start(a, &prefix)) }, .n = 1 };
}

int addressing_hand_out(struct addressing *a)
{
	const struct spec *spec = a->b->spec;
	struct pools pool = spec->pool.given ? read_pools(a, &spec->pool, "pool") : preset_pools(a);
	struct pools loopbacks = read_pools(a, &spec->loopbacks, "loopbacks");
	int r;

	if (a->b->p->n)
		return 0;
	r = hand_out_segments(a, &pool);
	return r < 0 ? r : hand_out_loopbacks(a, &loopbacks);
}
