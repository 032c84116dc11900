/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain/sight.h"

#include "net/attrs.h"
#include "wire/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/fib_rules.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>

/* Questions to the kernel that are asked inside a namespace: its routes, its filters. */

struct asking {
	const struct sight_query *q;
	struct sight_route *ret;
	struct warren_err *err;
};

static struct ip address(const struct nlattr *a, uint8_t family)
{
	return net_get_ip(a, family, (uint8_t)ip_bits(&(struct ip){ .family = family }));
}

/* RTA_VIA: a gateway of another family than the route's. */
static struct ip via_of(const struct nlattr *a)
{
	const struct rtvia *v = attr_data(a);
	struct ip ip = { 0 };

	if (attr_len(a) < sizeof(*v))
		return ip;
	ip.family = (uint8_t)v->rtvia_family;
	if (attr_len(a) - sizeof(*v) != ip_bytes(&ip))
		return (struct ip){ 0 };
	ip.plen = (uint8_t)ip_bits(&ip);
	memcpy(ip.b, v->rtvia_addr, ip_bytes(&ip));
	return ip;
}

/* IPv6 has routes that refuse; of IPv4 the question fails (fib_props[] in net/ipv4/fib_semantics.c). */
static int error_of(uint8_t type)
{
	switch (type) {
	case RTN_UNREACHABLE:
		return EHOSTUNREACH;
	case RTN_PROHIBIT:
		return EACCES;
	case RTN_BLACKHOLE:
		return EINVAL;
	default:
		return 0;
	}
}

static int on_route(void *data, const struct nlmsghdr *h)
{
	struct sight_route *ret = data;
	const struct rtmsg *m;
	const struct nlattr *a;

	if (!h || h->nlmsg_type != RTM_NEWROUTE || wire_payload_len(h) < sizeof(*m))
		return 0;
	m = wire_payload(h);
	ret->local = m->rtm_type == RTN_LOCAL;
	ret->unicast = m->rtm_type == RTN_UNICAST;
	ret->error = error_of(m->rtm_type);
	attr_foreach(a, h, sizeof(*m)) {
		switch (attr_type(a)) {
		case RTA_OIF:
			ret->out = net_get_u32(a, 0);
			break;
		case RTA_GATEWAY:
			ret->via = address(a, m->rtm_family);
			break;
		case RTA_VIA:
			ret->via = via_of(a);
			break;
		case RTA_PREFSRC:
			ret->source = address(a, m->rtm_family);
			break;
		default:
			break;
		}
	}
	return 0;
}

/* The route itself, and not what it says of this one packet. */
static int on_match(void *data, const struct nlmsghdr *h)
{
	struct ip *ret = data;
	const struct rtmsg *m;
	const struct nlattr *a;

	if (!h || h->nlmsg_type != RTM_NEWROUTE || wire_payload_len(h) < sizeof(*m))
		return 0;
	m = wire_payload(h);
	*ret = (struct ip){ .family = m->rtm_family }; /* a default route has no RTA_DST */
	attr_foreach(a, h, sizeof(*m))
		if (attr_type(a) == RTA_DST)
			*ret = address(a, m->rtm_family);
	ret->plen = m->rtm_dst_len;
	return 0;
}

static void put_query(struct wire *wire, const struct sight_query *q, unsigned flags)
{
	const uint8_t bits = (uint8_t)ip_bits(&q->to);
	const uint16_t port = htons(q->port);
	const uint8_t protocol = q->protocol == IPPROTO_ICMP && q->to.family == AF_INET6
					 ? IPPROTO_ICMPV6
					 : q->protocol;
	struct rtmsg *m = wire_begin(wire, RTM_GETROUTE, 0, sizeof(*m), 0);

	m->rtm_family = q->to.family;
	m->rtm_dst_len = bits;
	m->rtm_src_len = q->from.family ? bits : 0;
	m->rtm_flags = flags;
	wire_put(wire, RTA_DST, q->to.b, ip_bytes(&q->to));
	if (q->from.family)
		wire_put(wire, RTA_SRC, q->from.b, ip_bytes(&q->from));
	if (q->in)
		wire_put_u32(wire, RTA_IIF, q->in);
	if (protocol)
		wire_put_u8(wire, RTA_IP_PROTO, protocol);
	if (protocol && q->port)
		wire_put(wire, RTA_DPORT, &port, sizeof(port));
	wire_end(wire);
}

static int ask_route(void *data)
{
	struct asking *a = data;
	struct wire *wire = NULL;
	int r = wire_open(&wire, a->err);

	if (r < 0)
		return r;
	put_query(wire, a->q, 0);
	r = wire_call(wire, on_route, a->ret, NULL);
	if (r < 0)
		a->ret->error = -r;
	if (r == 0) {
		put_query(wire, a->q, RTM_F_FIB_MATCH);
		(void)wire_call(wire, on_match, &a->ret->network, NULL);
	}
	wire_close(wire);
	return r == -ENOMEM ? warren_fail(a->err, r, "out of memory") : 0;
}

int sight_route(struct sight *s, uint32_t ns, const struct sight_query *q, struct sight_route *ret,
		struct warren_err *err)
{
	struct asking a = { q, ret, err };

	*ret = (struct sight_route){ 0 };
	return sight_inside(s, ns, ask_route, &a, err);
}

/* A neighbour that is looked for. */
struct looking {
	uint32_t iface;
	const struct ip *ip;
	struct warren_err *err;
	uint16_t state; /* NUD_* */
};

static int on_neighbour(void *data, const struct nlmsghdr *h)
{
	const struct ndmsg *m = h ? wire_payload(h) : NULL;
	struct looking *l = data;

	if (m && h->nlmsg_type == RTM_NEWNEIGH && wire_payload_len(h) >= sizeof(*m))
		l->state = m->ndm_state;
	return 0;
}

static int ask_neighbour(void *data)
{
	struct looking *l = data;
	struct wire *wire = NULL;
	int r = wire_open(&wire, l->err);
	struct ndmsg *m;

	if (r < 0)
		return r;
	m = wire_begin(wire, RTM_GETNEIGH, 0, sizeof(*m), 0);
	m->ndm_family = l->ip->family;
	m->ndm_ifindex = (int)l->iface;
	wire_put(wire, NDA_DST, l->ip->b, ip_bytes(l->ip));
	wire_end(wire);
	(void)wire_call(wire, on_neighbour, l, NULL); /* mostly there is none */
	wire_close(wire);
	return 0;
}

int sight_asks(struct sight *s, uint32_t ns, uint32_t iface, const struct ip *ip,
	       struct warren_err *err)
{
	struct looking l = { .iface = iface, .ip = ip, .err = err };
	int r = sight_inside(s, ns, ask_neighbour, &l, err);

	return r < 0 ? r : (l.state & (NUD_INCOMPLETE | NUD_FAILED)) != 0;
}

/* Rules of a family. */
struct refusing {
	uint8_t family;
	bool any;
	struct warren_err *err;
};

static int on_rule(void *data, const struct nlmsghdr *h)
{
	const struct fib_rule_hdr *m = h ? wire_payload(h) : NULL;
	struct refusing *x = data;

	if (m && h->nlmsg_type == RTM_NEWRULE && wire_payload_len(h) >= sizeof(*m))
		x->any |= m->action == FR_ACT_BLACKHOLE || m->action == FR_ACT_UNREACHABLE ||
			  m->action == FR_ACT_PROHIBIT;
	return 0;
}

static int ask_rules(void *data)
{
	struct refusing *x = data;
	struct wire *wire = NULL;
	int r = wire_open(&wire, x->err);
	struct fib_rule_hdr *m;

	if (r < 0)
		return r;
	m = wire_begin(wire, RTM_GETRULE, 0, sizeof(*m), 0);
	m->family = x->family;
	wire_end(wire);
	(void)wire_dump(wire, on_rule, x, NULL); /* a kernel without rules has none that refuse */
	wire_close(wire);
	return x->any;
}

int sight_refuses(struct sight *s, uint32_t ns, uint8_t family, struct warren_err *err)
{
	struct refusing x = { .family = family, .err = err };

	return sight_inside(s, ns, ask_rules, &x, err);
}

struct filters {
	struct sight *s;
	uint8_t family;
	unsigned hooks;
	const char *type; /* of the chains: "filter" or "nat" */
	const char *text; /* NULL as long as there is none */
	struct warren_err *err;
};

static const char *family_name(uint8_t family)
{
	switch (family) {
	case NFPROTO_INET:
		return "inet";
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_BRIDGE:
		return "bridge";
	case NFPROTO_NETDEV:
		return "netdev";
	default:
		return NULL;
	}
}

/* Whether chains of a family of tables see packets of a family of addresses. */
static bool sees(uint8_t table, uint8_t family)
{
	return table == NFPROTO_INET || table == NFPROTO_BRIDGE || table == NFPROTO_NETDEV ||
	       table == (family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6);
}

static uint32_t big_endian(const struct nlattr *a)
{
	return attr_len(a) == sizeof(uint32_t) ? ntohl(attr_u32(a)) : UINT32_MAX;
}

static uint32_t hook_of(const struct nlattr *nest)
{
	const struct nlattr *a;

	attr_foreach_nested(a, nest)
		if (attr_type(a) == NFTA_HOOK_HOOKNUM)
			return big_endian(a);
	return UINT32_MAX;
}

/* Chains at a device see what comes in as hook 0, and what goes out as hook 1; those of inet what comes in as NF_INET_INGRESS. */
static unsigned hooks_of(const struct filters *f, uint8_t table)
{
	const unsigned in = 1 << NF_INET_PRE_ROUTING, out = 1 << NF_INET_POST_ROUTING;

	if (table == NFPROTO_NETDEV)
		return (f->hooks & in ? 1u << NF_NETDEV_INGRESS : 0) |
		       (f->hooks & out ? 1u << NF_NETDEV_EGRESS : 0);
	return f->hooks | (f->hooks & in ? 1u << NF_INET_INGRESS : 0);
}

static int on_chain(void *data, const struct nlmsghdr *h)
{
	const char *table = NULL, *name = NULL, *type = "";
	uint32_t hook = UINT32_MAX, policy = NF_ACCEPT;
	const struct nlattr *a;
	const struct nfgenmsg *m;
	struct filters *f = data;

	if (!h) {
		f->text = NULL;
		return 0;
	}
	if (h->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWCHAIN) ||
	    wire_payload_len(h) < sizeof(*m))
		return 0;
	m = wire_payload(h);
	attr_foreach(a, h, sizeof(*m)) {
		switch (attr_type(a)) {
		case NFTA_CHAIN_TABLE:
			table = attr_str(a);
			break;
		case NFTA_CHAIN_NAME:
			name = attr_str(a);
			break;
		case NFTA_CHAIN_TYPE:
			type = attr_str(a);
			break;
		case NFTA_CHAIN_POLICY:
			policy = big_endian(a);
			break;
		case NFTA_CHAIN_HOOK:
			hook = hook_of(a);
			break;
		default:
			break;
		}
	}
	if (hook > NF_INET_INGRESS || !(hooks_of(f, m->nfgen_family) >> hook & 1) || !table ||
	    !name || !type || strcmp(type, f->type) != 0 || !family_name(m->nfgen_family) ||
	    !sees(m->nfgen_family, f->family))
		return 0;
	f->text = arena_printf(&f->s->arena, "%s%schain %s of table %s %s%s", f->text ? f->text : "",
			       f->text ? ", " : "", name, family_name(m->nfgen_family), table,
			       policy == NF_DROP ? " (policy drop)" : "");
	return f->text ? 0 : -ENOMEM;
}

static int ask_filters(void *data)
{
	struct filters *f = data;
	struct wire *wire = NULL;
	int r = wire_open_family(NETLINK_NETFILTER, &wire, NULL);

	if (r == 0) {
		wire_begin(wire, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN, 0,
			   sizeof(struct nfgenmsg), 0);
		wire_end(wire);
		r = wire_dump(wire, on_chain, f, NULL);
		wire_close(wire);
	}
	return r == -ENOMEM ? warren_fail(f->err, r, "out of memory") : 0;
}

int sight_filters(struct sight *s, uint32_t ns, uint8_t family, unsigned hooks, const char **ret,
		  struct warren_err *err)
{
	struct filters f = { .s = s, .family = family, .hooks = hooks, .type = "filter", .err = err };
	int r = sight_inside(s, ns, ask_filters, &f, err);

	*ret = f.text;
	return r;
}

int sight_translators(struct sight *s, uint32_t ns, uint8_t family, const char **ret,
		      struct warren_err *err)
{
	struct filters f = { .s = s, .family = family, .hooks = ~0u, .type = "nat", .err = err };
	int r = sight_inside(s, ns, ask_filters, &f, err);

	*ret = f.text;
	return r;
}
