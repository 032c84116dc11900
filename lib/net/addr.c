/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/net-private.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* Since Linux 5.18 (linux/if_addr.h); older headers lack them. */
#define ADDR_PROTO    11 /* IFA_PROTO */
#define ADDR_PROTO_LO 1	 /* IFAPROT_KERNEL_LO */
#define ADDR_PROTO_LL 3	 /* IFAPROT_KERNEL_LL */

static void begin(struct wire *w, const struct model *m, const struct model_addr *a, uint16_t type,
		  uint16_t flags, uint32_t tag)
{
	struct ifaddrmsg *i = wire_begin(w, type, flags, sizeof(*i), tag);

	i->ifa_family = a->ip.family;
	i->ifa_prefixlen = a->ip.plen;
	i->ifa_index = net_ifindex(m, a->iface);
	if (type == RTM_NEWADDR && a->ip.family == AF_INET6)
		i->ifa_flags = IFA_F_NODAD;
	if (a->ip.family == AF_INET && a->ip.b[0] == 127)
		i->ifa_scope = RT_SCOPE_HOST;
	net_put_ip(w, IFA_LOCAL, &a->ip);
	net_put_ip(w, IFA_ADDRESS, &a->ip);
}

void net_put_addr_add(struct wire *w, const struct model *m, const struct model_addr *a,
		      uint32_t tag)
{
	begin(w, m, a, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, tag);
	if (m->ifaces.v[a->iface].ns == MODEL_HOST)
		wire_put_u8(w, ADDR_PROTO, NET_PROTOCOL);
	wire_end(w);
}

void net_put_addr_del(struct wire *w, const struct model *m, const struct model_addr *a,
		      uint32_t tag)
{
	begin(w, m, a, RTM_DELADDR, 0, tag);
	wire_end(w);
}

/* fe80::/64 with the interface identifier that RFC 4291 makes of the MAC address. */
static bool is_eui64(const struct ip *ip, const uint8_t mac[6])
{
	const uint8_t want[16] = {
		0xfe,	0x80,	0,    0,    0,	    0,	    0,	   0, (uint8_t)(mac[0] ^ 2),
		mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]
	};

	return ip->family == AF_INET6 && !memcmp(ip->b, want, sizeof(want));
}

static bool is_kernels(const struct model_iface *i, const struct ip *ip, uint8_t proto)
{
	static const uint8_t v4[4] = { 127, 0, 0, 1 };
	static const uint8_t v6[16] = { [15] = 1 };

	if (proto == ADDR_PROTO_LO || proto == ADDR_PROTO_LL)
		return true;
	if (i->kind == MODEL_IFACE_LOOPBACK)
		return ip->family == AF_INET ? ip->plen == 8 && !memcmp(ip->b, v4, sizeof(v4))
					     : ip->plen == 128 && !memcmp(ip->b, v6, sizeof(v6));
	return is_eui64(ip, i->mac);
}

int reader_addr(void *data, const struct nlmsghdr *h)
{
	struct reader *r = data;
	const struct nlattr *tb[ADDR_PROTO + 1];
	const struct ifaddrmsg *i;
	struct model_addr a = { 0 };

	if (!h) {
		r->m->addrs.n = r->addrs;
		return 0;
	}
	if (h->nlmsg_type != RTM_NEWADDR || wire_payload_len(h) < sizeof(*i))
		return 0;
	i = wire_payload(h);
	net_attrs(h, sizeof(*i), tb, ADDR_PROTO + 1);
	/* IFA_ADDRESS is the other end's of a point-to-point interface, if IFA_LOCAL is there. */
	a.ip = net_get_ip(tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS], i->ifa_family,
			  i->ifa_prefixlen);
	a.iface = reader_find(r, i->ifa_index);
	a.protocol = net_get_u8(tb[ADDR_PROTO], 0);
	if (a.protocol)
		r->m->ns.v[r->ns].knows_addr_protocol = true;
	if (!a.ip.family || a.iface == MODEL_NONE ||
	    is_kernels(&r->m->ifaces.v[a.iface], &a.ip, a.protocol))
		return 0;
	return vec_push(&r->m->addrs, a);
}
