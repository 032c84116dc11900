/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/addressing.h"

#include <stdio.h>
#include <string.h>

static bool is_kernel_own(const struct ip *ip)
{
	static const struct ip loop4 = { AF_INET, 8, { 127 } };
	static const struct ip link_local = { AF_INET6, 10, { 0xfe, 0x80 } };
	static const struct ip loop6 = { AF_INET6, 128, { [15] = 1 } };

	return ip_contains(&loop4, ip) || ip_contains(&link_local, ip) || ip_same_host(&loop6, ip);
}

/* The network's own address and the broadcast one are no host's (a /31, /127 and smaller have neither). */
static const char *host_part_wrong(const struct ip *ip)
{
	struct ip net = ip_network(ip), last;

	if (ip_size(ip) <= 2)
		return NULL;
	if (ip_same_host(&net, ip))
		return ip->family == AF_INET ? "is the network's own address"
					     : "is the network's anycast address";
	if (ip->family != AF_INET)
		return NULL;
	last = ip_add(&net, ip_size(&net) - 1);
	return ip_same_host(&last, ip) ? "is the network's broadcast address" : NULL;
}

static void duplicate(struct addressing *a, const struct model_addr *addr,
		      const struct model_addr *before)
{
	struct build *b = a->b;
	struct label one, other;
	char text[IP_TEXT];
	bool same = b->t->model.ifaces.v[addr->iface].peer == before->iface;

	ip_format_host(&addr->ip, text);
	if (same)
		problem(b->p, addr->mark,
			"both ends of the cable %s - %s have the address %s; give one of them another",
			build_label(b, before->iface, &one), build_label(b, addr->iface, &other),
			text);
	else
		problem(b->p, addr->mark,
			"%s: address %s is that of %s already, at %u:%u; an address stands on one interface",
			build_label(b, addr->iface, &one), text,
			build_label(b, before->iface, &other), before->mark.line,
			before->mark.column);
}

int addressing_add(struct addressing *a, struct ip ip, uint32_t iface, struct mark at)
{
	struct model_addr addr = { ip, iface, at };
	uint32_t before = MAP_NONE;
	struct ip *key;
	int failed = 0;

	if (ip.family == AF_INET6)
		a->b->ns.v[a->b->t->model.ifaces.v[iface].ns].v6 = true;
	if (!is_kernel_own(&ip)) {
		key = arena_alloc(a->b->scratch, sizeof(*key));
		if (!key)
			return -ENOMEM;
		*key = ip_host(&ip);
		before = map_put(&a->taken, key, sizeof(*key), (uint32_t)a->addrs.n, &failed);
	}
	if (before != MAP_NONE)
		duplicate(a, &addr, &a->addrs.v[before]);
	return failed ? -ENOMEM : vec_push(&a->addrs, addr);
}

static int add_net(struct addressing *a, struct ip net, uint32_t segment, struct mark at,
		   bool shared)
{
	const struct build_segment *s = segment < a->b->segments.n ? &a->b->segments.v[segment]
								   : NULL;
	struct net_use use = { .net = net, .segment = segment, .at = at, .shared = shared };

	if (s)
		use.row = s->link ? (const void *)s->link : s->sw;
	return vec_push(&a->nets, use);
}

/* An address that is written: wrong in itself? */
static bool check_written(struct addressing *a, uint32_t iface, const struct ip_at *w)
{
	const struct model_iface *i = &a->b->t->model.ifaces.v[iface];
	const struct spec_node *spec = a->b->ns.v[i->ns].spec;
	const char *why = host_part_wrong(&w->ip);
	char text[IP_TEXT];
	struct label label;

	if (why) {
		problem(a->b->p, w->at, "%s: %s %s; take one between",
			build_label(a->b, iface, &label), ip_format(&w->ip, text), why);
	} else if (i->kind != MODEL_IFACE_LOOPBACK && w->ip.family == AF_INET && w->ip.b[0] == 127) {
		problem(a->b->p, w->at, "%s: %s never leaves a machine; 127.0.0.0/8 is for lo",
			build_label(a->b, iface, &label), ip_format(&w->ip, text));
	} else if (w->ip.family == AF_INET6 && spec && spec->ipv6.given &&
		   spec->ipv6.v == SPEC_IPV6_OFF) {
		problem(a->b->p, w->at,
			"%s: %s, but '%s' has 'ipv6: off', at %u:%u; take one of them away",
			build_label(a->b, iface, &label), ip_format(&w->ip, text),
			a->b->t->model.ns.v[i->ns].name, spec->ipv6.at.line, spec->ipv6.at.column);
	} else if (w->ip.family != AF_INET6 || !build_mtu_too_small(a->b, iface)) {
		return true;
	}
	return false;
}

static int add_written(struct addressing *a)
{
	const struct ips *broken = NULL;
	struct build *b = a->b;
	int r = 0;

	for (uint32_t i = 0; i < b->ifaces.n; i++) {
		const struct ips *ips = b->ifaces.v[i].written;
		/* lo is a network of its own, numbered behind the segments */
		uint32_t segment = b->ifaces.v[i].segment == MODEL_NONE
					   ? (uint32_t)b->segments.n + i
					   : b->ifaces.v[i].segment;

		if (!ips || ips == broken)
			continue; /* a range's second: what was wrong was said */
		for (uint32_t k = 0; k < ips->n && r == 0; k++) {
			const struct ip_at *w = &ips->v[k];
			size_t before = b->p->n;

			if (check_written(a, i, w))
				r = addressing_add(a, w->ip, i, w->at);
			if (r == 0 && w->ip.plen < ip_bits(&w->ip) && !is_kernel_own(&w->ip) &&
			    b->p->n == before)
				r = add_net(a, ip_network(&w->ip), segment, w->at, false);
			if (b->p->n > before)
				broken = ips;
		}
	}
	return r;
}

static bool has_net(const struct build_segment *s, const struct ip *net)
{
	for (uint32_t i = 0; i < s->n_nets; i++)
		if (!ip_cmp(&s->net[i], net))
			return true;
	return false;
}

static bool is_part_of(const struct ips *nets, const struct ip *net)
{
	for (uint32_t i = 0; i < nets->n; i++)
		if (ip_contains(&nets->v[i].ip, net))
			return true;
	return false;
}

/*
 * What the written addresses of a segment lie in is what its other ports get
 * addresses of; of a subnet that is cut into several it is the part for this one.
 */
static void infer_nets(struct addressing *a)
{
	vec_foreach(use, &a->nets) {
		struct build_segment *s;

		if (use->segment >= a->b->segments.n)
			continue;
		s = &a->b->segments.v[use->segment];
		if (s->subnet->given && !(s->shares && is_part_of(s->subnet, &use->net)))
			continue;
		if (s->n_nets < SEGMENT_NETS_MOST && !has_net(s, &use->net))
			s->net[s->n_nets++] = use->net;
	}
}

/* Subnets as written. */
static int take_subnets(struct addressing *a)
{
	int r = 0;

	for (uint32_t i = 0; i < a->b->segments.n && r == 0; i++) {
		struct build_segment *s = &a->b->segments.v[i];
		bool first = !i || s[-1].subnet != s->subnet;

		if (s->subnet->n > SEGMENT_NETS_MOST && first)
			problem(a->b->p, s->subnet->at, "subnet: more than %d networks on one wire",
				SEGMENT_NETS_MOST);
		for (uint32_t k = 0; k < s->subnet->n && k < SEGMENT_NETS_MOST && r == 0; k++) {
			if (!s->shares)
				s->net[s->n_nets++] = s->subnet->v[k].ip;
			if (first || !s->shares)
				r = add_net(a, s->subnet->v[k].ip, i, s->subnet->v[k].at, s->shares);
		}
	}
	return r;
}

/* Their addresses are single ones, of nodes that may be anywhere: no wire has a network among them. */
static int take_loopbacks(struct addressing *a)
{
	const struct ips *loopbacks = &a->b->spec->loopbacks;
	int r = 0;

	for (uint32_t k = 0; k < loopbacks->n && r == 0; k++)
		r = add_net(a, loopbacks->v[k].ip, MODEL_NONE, loopbacks->v[k].at, true);
	return r;
}

/* Both ends of a cable are written: do they meet? */
static void check_ends(struct addressing *a, const struct topo_segment *s, const struct ips *one,
		       const struct ips *two)
{
	char text[2][IP_TEXT];
	bool meet = false, host = false;

	for (uint32_t i = 0; i < one->n; i++)
		for (uint32_t k = 0; k < two->n; k++) {
			const struct ip *x = &one->v[i].ip, *y = &two->v[k].ip;
			struct ip x_net = ip_network(x), y_net = ip_network(y), y_host = ip_host(y),
				  x_host = ip_host(x);

			meet = meet || ip_contains(&x_net, &y_host) || ip_contains(&y_net, &x_host);
			host = host || x->plen == ip_bits(x) || y->plen == ip_bits(y);
		}
	if (meet || host)
		return;
	problem(a->b->p, two->v[0].at,
		"link %s: %s and %s are %s; the ends of a cable need addresses of one network",
		s->label, ip_format(&one->v[0].ip, text[0]), ip_format(&two->v[0].ip, text[1]),
		one->v[0].ip.family == two->v[0].ip.family ? "in different networks"
							   : "of different families");
}

static bool family_meets(const struct ips *written, const struct ips *nets, uint8_t family)
{
	for (uint32_t i = 0; i < written->n; i++) {
		const struct ip *ip = &written->v[i].ip;

		/* a host's address is reached by a route over the link, if at all */
		if (ip->family == family && (ip->plen == ip_bits(ip) || is_part_of(nets, ip)))
			return true;
	}
	return false;
}

/* One end is written, the other gets an address of the subnet: do they meet? */
static void check_end(struct addressing *a, const struct topo_segment *s, const struct ips *written,
		      const struct ips *nets)
{
	const struct ip_at *missed = NULL, *net = &nets->v[0];
	char text[2][IP_TEXT];
	bool meet = false;

	for (uint32_t k = 0; k < nets->n && !missed; k++) {
		uint8_t family = nets->v[k].ip.family;

		if (family_meets(written, nets, family)) {
			meet = true;
			continue;
		}
		for (uint32_t i = 0; i < written->n && !missed; i++)
			if (written->v[i].ip.family == family)
				missed = &written->v[i];
		net = &nets->v[k];
	}
	if (!missed && meet)
		return;
	missed = missed ? missed : &written->v[0];
	problem(a->b->p, missed->at,
		"link %s: %s is not in the link's subnet %s, at %u:%u, which the other end gets an address of; take one of it too, or leave 'subnet' out",
		s->label, ip_format(&missed->ip, text[0]), ip_format(&net->ip, text[1]),
		net->at.line, net->at.column);
}

static void check_cable(struct addressing *a, const struct topo_segment *s,
			const struct spec_link *link)
{
	const uint32_t *ports = a->b->t->ports.v + s->ports.first;
	const struct ips *one = a->b->ifaces.v[ports[0]].written,
			 *two = a->b->ifaces.v[ports[1]].written;

	if (one && two && one->n && two->n)
		check_ends(a, s, one, two);
	else if (link->subnet.n && one && one->n && !two)
		check_end(a, s, one, &link->subnet);
	else if (link->subnet.n && two && two->n && !one)
		check_end(a, s, two, &link->subnet);
}

static void check_cables(struct addressing *a)
{
	const struct spec_link *broken = NULL;

	for (uint32_t i = 0; i < a->b->segments.n; i++) {
		const struct spec_link *link = a->b->segments.v[i].link;
		size_t before = a->b->p->n;

		if (!link || link == broken)
			continue;
		if (link->addresses.given && link->subnet.given)
			problem(a->b->p, link->subnet.at,
				"link: 'subnet' and 'addresses' say the same thing; keep one of them");
		else
			check_cable(a, &a->b->t->segments.v[i], link);
		if (a->b->p->n > before)
			broken = link;
	}
}

/* In the order of the interfaces, so that a node's first address is that of its first interface. */
static int store(struct addressing *a)
{
	struct model *m = &a->b->t->model;
	uint32_t *at = arena_alloc(a->b->scratch, (m->ifaces.n + 1) * sizeof(*at));

	if (!at || vec_reserve(&m->addrs, a->addrs.n) < 0)
		return -ENOMEM;
	vec_foreach(addr, &a->addrs)
		at[addr->iface + 1]++;
	for (size_t i = 1; i <= m->ifaces.n; i++)
		at[i] += at[i - 1];
	vec_foreach(addr, &a->addrs)
		m->addrs.v[at[addr->iface]++] = *addr;
	m->addrs.n = a->addrs.n;
	vec_foreach(use, &a->nets)
		if (!use->shared && vec_push(&a->b->t->subnets, use->net) < 0)
			return -ENOMEM;
	return model_index(m);
}

int build_addresses(struct build *b)
{
	struct addressing a = { .b = b };
	int r = add_written(&a);

	if (r == 0) {
		infer_nets(&a);
		r = take_subnets(&a);
	}
	if (r == 0)
		r = take_loopbacks(&a);
	if (r == 0) {
		check_cables(&a);
		r = addressing_reserve(&a);
	}
	/* What is missing decides what is handed out. */
	if (r == 0 && !b->p->n)
		r = addressing_hand_out(&a);
	if (r == 0)
		r = store(&a);
	vec_fini(&a.addrs);
	vec_fini(&a.nets);
	vec_fini(&a.used);
	vec_fini(&a.used_unshared);
	map_fini(&a.taken);
	return r;
}
