/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/net-private.h"

#include <linux/rtnetlink.h>
#include <string.h>

static const uint8_t kernel_types[] = {
	[MODEL_ROUTE_UNICAST] = RTN_UNICAST,
	[MODEL_ROUTE_BLACKHOLE] = RTN_BLACKHOLE,
	[MODEL_ROUTE_UNREACHABLE] = RTN_UNREACHABLE,
	[MODEL_ROUTE_PROHIBIT] = RTN_PROHIBIT,
};

static struct rtmsg *begin(struct wire *w, const struct model_route *r, uint16_t type,
			   uint16_t flags, uint32_t tag)
{
	struct rtmsg *t = wire_begin(w, type, flags, sizeof(*t), tag);

	t->rtm_family = r->to.family;
	t->rtm_dst_len = r->to.plen;
	/* one that was read is asked for as it is */
	t->rtm_protocol = r->protocol		? r->protocol
			  : r->ns == MODEL_HOST ? NET_PROTOCOL
						: RTPROT_STATIC;
	t->rtm_type = kernel_types[r->type];
	t->rtm_table = r->table < 256 ? (uint8_t)r->table : RT_TABLE_UNSPEC;
	return t;
}

static void put_identity(struct wire *w, const struct model_route *r, uint32_t metric)
{
	if (r->to.plen)
		net_put_ip(w, RTA_DST, &r->to);
	if (r->table > 255)
		wire_put_u32(w, RTA_TABLE, r->table);
	if (metric)
		wire_put_u32(w, RTA_PRIORITY, metric);
}

/* The gateway of a hop, which may be of the other family (RFC 5549, Linux 5.2). */
static void put_gateway(struct wire *w, const struct model_hop *h, uint8_t family)
{
	uint8_t via[sizeof(uint16_t) + sizeof(h->via.b)];
	uint16_t other = h->via.family;

	if (!other)
		return;
	if (other == family) {
		net_put_ip(w, RTA_GATEWAY, &h->via);
		return;
	}
	memcpy(via, &other, sizeof(other));
	memcpy(via + sizeof(other), h->via.b, ip_bytes(&h->via));
	wire_put(w, RTA_VIA, via, sizeof(other) + ip_bytes(&h->via));
}

static size_t gateway_size(const struct model_hop *h, uint8_t family)
{
	size_t len = ip_bytes(&h->via) + (h->via.family == family ? 0 : sizeof(uint16_t));

	return h->via.family ? RTA_SPACE(len) : 0;
}

static void put_multipath(struct wire *w, const struct model *m, const struct model_route *r,
			  const struct model_hop *hops)
{
	size_t nest = wire_nest(w, RTA_MULTIPATH);

	for (uint32_t i = 0; i < r->hops.n; i++) {
		struct rtnexthop *n = wire_room(w, sizeof(*n));

		n->rtnh_len = (uint16_t)(sizeof(*n) + gateway_size(&hops[i], r->to.family));
		n->rtnh_flags = r->onlink ? RTNH_F_ONLINK : 0;
		n->rtnh_hops = (uint8_t)(hops[i].weight ? hops[i].weight - 1 : 0);
		n->rtnh_ifindex = (int)net_ifindex(m, hops[i].iface);
		put_gateway(w, &hops[i], r->to.family);
	}
	wire_nest_end(w, nest);
}

static bool has_gateway(const struct model_route *r, const struct model_hop *hops)
{
	for (uint32_t i = 0; i < r->hops.n; i++)
		if (hops[i].via.family)
			return true;
	return false;
}

static void put_route(struct wire *w, const struct model *m, const struct model_route *r,
		      uint32_t nh_id, struct rtmsg *t)
{
	const struct model_hop *hops = net_hops(m, r);
	uint32_t oif;

	t->rtm_scope = RT_SCOPE_UNIVERSE;
	if (r->type == MODEL_ROUTE_UNICAST && !has_gateway(r, hops))
		t->rtm_scope = RT_SCOPE_LINK;
	if (r->onlink && r->hops.n == 1 && !nh_id)
		t->rtm_flags = RTNH_F_ONLINK;
	put_identity(w, r, r->metric);
	if (r->src.family)
		net_put_ip(w, RTA_PREFSRC, &r->src);
	if (nh_id) {
		wire_put_u32(w, RTA_NH_ID, nh_id);
	} else if (r->hops.n > 1) {
		put_multipath(w, m, r, hops);
	} else if (r->hops.n == 1) {
		put_gateway(w, hops, r->to.family);
		oif = net_ifindex(m, hops->iface);
		if (oif)
			wire_put_u32(w, RTA_OIF, oif);
	}
	wire_end(w);
}

void net_put_route_add(struct wire *w, const struct model *m, const struct model_route *r,
		       uint32_t nh_id, uint32_t tag)
{
	put_route(w, m, r, nh_id, begin(w, r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, tag));
}

void net_put_route_replace(struct wire *w, const struct model *m, const struct model_route *r,
			   uint32_t tag)
{
	put_route(w, m, r, 0, begin(w, r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, tag));
}

/*
 * The hops are not named: the kernel would compare them, and never find a route
 * by its gateway that was made with a nexthop object (fib_nh_match()). Without
 * them all hops of an IPv6 route go at once. A metric must be named for IPv6,
 * where none means any.
 */
void net_put_route_del(struct wire *w, const struct model *m, const struct model_route *r,
		       uint32_t tag)
{
	struct rtmsg *t = begin(w, r, RTM_DELROUTE, 0, tag);
	bool v6 = r->to.family == AF_INET6;

	(void)m;
	t->rtm_scope = RT_SCOPE_NOWHERE; /* any */
	put_identity(w, r, v6 && !r->metric ? IPV6_METRIC : r->metric);
	wire_end(w);
}

static struct ip read_gateway(const struct nlattr *gateway, const struct nlattr *via, uint8_t family)
{
	struct ip ip = net_get_ip(gateway, family, family == AF_INET ? 32 : 128);
	uint16_t other;

	if (ip.family || !via || attr_len(via) < sizeof(other))
		return ip;
	memcpy(&other, attr_data(via), sizeof(other));
	ip.family = (uint8_t)(other == AF_INET || other == AF_INET6 ? other : 0);
	if (!ip.family || attr_len(via) != sizeof(other) + ip_bytes(&ip))
		return (struct ip){ 0 };
	ip.plen = (uint8_t)ip_bits(&ip);
	memcpy(ip.b, (const char *)attr_data(via) + sizeof(other), ip_bytes(&ip));
	return ip;
}

/* Hops are hashed as bytes, so that the padding counts. */
static int push_hop(struct reader *r, const struct ip *via, uint32_t index, uint32_t weight)
{
	struct model_hop h;

	memset(&h, 0, sizeof(h));
	memcpy(&h.via, via, sizeof(h.via));
	h.iface = reader_find(r, index);
	h.weight = weight;
	if (vec_reserve(&r->set, 1) < 0)
		return -ENOMEM;
	memcpy(&r->set.v[r->set.n++], &h, sizeof(h));
	return 0;
}

static int read_multipath(struct reader *r, const struct nlattr *a, struct model_route *route)
{
	size_t left = attr_len(a), skip = sizeof(struct rtnexthop);
	const char *p = attr_data(a);
	const struct nlattr *tb[RTA_VIA + 1];
	struct rtnexthop n;

	for (;;) {
		const struct nlattr *sub;
		struct ip via;
		size_t step;

		if (left < sizeof(n))
			return 0;
		memcpy(&n, p, sizeof(n));
		if (n.rtnh_len < skip || n.rtnh_len > left)
			return 0;
		memset(tb, 0, sizeof(tb));
		attr_foreach_in(sub, p + skip, n.rtnh_len - skip) {
			if (attr_type(sub) <= RTA_VIA)
				tb[attr_type(sub)] = sub;
		}
		via = read_gateway(tb[RTA_GATEWAY], tb[RTA_VIA], route->to.family);
		if (n.rtnh_flags & RTNH_F_ONLINK)
			route->onlink = true;
		if (push_hop(r, &via, (uint32_t)n.rtnh_ifindex, n.rtnh_hops + 1u) < 0)
			return -ENOMEM;
		step = RTNH_ALIGN((size_t)n.rtnh_len);
		if (step >= left)
			return 0;
		left -= step;
		p += step;
	}
}

/* Where the model has this set of hops; put there where it has not. */
static int share_hops(struct reader *r, struct model_range *ret)
{
	size_t bytes = r->set.n * sizeof(*r->set.v);
	struct model *m = r->m;
	int failed = 0;
	uint32_t at;
	char *key;

	if (!r->set.n)
		return 0;
	at = map_get(&r->hop_sets, r->set.v, bytes);
	if (at == MAP_NONE) {
		at = (uint32_t)m->hops.n;
		key = arena_dup(&m->arena, (const char *)r->set.v, bytes);
		if (!key || vec_reserve(&m->hops, r->set.n) < 0)
			return -ENOMEM;
		map_put(&r->hop_sets, key, bytes, at, &failed);
		if (failed)
			return -ENOMEM;
		memcpy(m->hops.v + at, r->set.v, bytes);
		m->hops.n += r->set.n;
	}
	*ret = (struct model_range){ at, (uint32_t)r->set.n };
	return 0;
}

static int read_hops(struct reader *r, const struct nlattr **tb, struct model_route *route)
{
	struct ip via;
	int code;

	r->set.n = 0;
	if (route->type != MODEL_ROUTE_UNICAST)
		return 0; /* IPv6 hangs those on lo */
	if (tb[RTA_MULTIPATH]) {
		code = read_multipath(r, tb[RTA_MULTIPATH], route);
	} else {
		via = read_gateway(tb[RTA_GATEWAY], tb[RTA_VIA], route->to.family);
		code = push_hop(r, &via, net_get_u32(tb[RTA_OIF], 0), 1);
	}
	return code < 0 ? code : share_hops(r, &route->hops);
}

/* @return the model's type; -1 for what the model does not know */
static int model_type(uint8_t type)
{
	for (size_t i = 0; i < sizeof(kernel_types); i++)
		if (kernel_types[i] == type)
			return (int)i;
	return -1;
}

static struct ip read_to(const struct nlattr *a, const struct rtmsg *t)
{
	struct ip any = { .family = t->rtm_family };

	return t->rtm_dst_len ? net_get_ip(a, t->rtm_family, t->rtm_dst_len) : any;
}

/* Routes by nexthop objects come with their hops, too (unless net.ipv4.nexthop_compat_mode is 0). */
int reader_route(void *data, const struct nlmsghdr *h)
{
	struct reader *r = data;
	struct model_route route = { .ns = r->ns };
	const struct nlattr *tb[RTA_VIA + 1];
	const struct rtmsg *t;
	int type, code;

	if (!h) {
		r->m->routes.n = r->routes;
		return 0;
	}
	if (h->nlmsg_type != RTM_NEWROUTE || wire_payload_len(h) < sizeof(*t))
		return 0;
	t = wire_payload(h);
	type = model_type(t->rtm_type);
	if (type < 0 || (t->rtm_protocol == RTPROT_KERNEL && !r->kernel_routes) ||
	    t->rtm_table == RT_TABLE_LOCAL || t->rtm_flags & RTM_F_CLONED ||
	    (t->rtm_family != AF_INET && t->rtm_family != AF_INET6))
		return 0;
	net_attrs(h, sizeof(*t), tb, RTA_VIA + 1);
	route.to = read_to(tb[RTA_DST], t);
	if (!route.to.family)
		return 0;
	route.type = (uint8_t)type;
	route.protocol = t->rtm_protocol;
	route.onlink = t->rtm_flags & RTNH_F_ONLINK;
	route.table = net_get_u32(tb[RTA_TABLE], t->rtm_table);
	route.metric = net_get_u32(tb[RTA_PRIORITY], 0);
	if (t->rtm_family == AF_INET6 && route.metric == IPV6_METRIC)
		route.metric = 0;
	route.src = net_get_ip(tb[RTA_PREFSRC], t->rtm_family, t->rtm_family == AF_INET ? 32 : 128);
	code = read_hops(r, tb, &route);
	return code < 0 ? code : vec_push(&r->m->routes, route);
}
