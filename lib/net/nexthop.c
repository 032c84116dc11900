/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/net-private.h"

#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

static void begin(struct wire *w, uint8_t family, uint32_t id, uint32_t tag)
{
	struct nhmsg *n = wire_begin(w, RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_EXCL, sizeof(*n), tag);

	n->nh_family = family;
	n->nh_protocol = RTPROT_STATIC;
	wire_put_u32(w, NHA_ID, id);
}

void net_put_nexthop_add(struct wire *w, const struct model *m, const struct model_hop *h,
			 uint32_t id, uint32_t tag)
{
	begin(w, h->via.family ? h->via.family : AF_INET, id, tag);
	wire_put_u32(w, NHA_OIF, net_ifindex(m, h->iface));
	if (h->via.family)
		net_put_ip(w, NHA_GATEWAY, &h->via);
	wire_end(w);
}

void net_put_nexthop_group(struct wire *w, uint32_t id, const uint32_t *ids,
			   const uint32_t *weights, size_t n, uint32_t tag)
{
	size_t nest;

	begin(w, AF_UNSPEC, id, tag); /* a group has no family of its own (nh_valid_get_group()) */
	nest = wire_nest(w, NHA_GROUP);
	for (size_t i = 0; i < n; i++) {
		struct nexthop_grp *g = wire_room(w, sizeof(*g));

		g->id = ids[i];
		g->weight = (uint8_t)(weights[i] - 1);
	}
	wire_nest_end(w, nest);
	wire_end(w);
}

void net_put_nexthop_del(struct wire *w, uint32_t id, uint32_t tag)
{
	wire_begin(w, RTM_DELNEXTHOP, 0, sizeof(struct nhmsg), tag);
	wire_put_u32(w, NHA_ID, id);
	wire_end(w);
}
