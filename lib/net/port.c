/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/net-private.h"

#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

static int count_port(void *data, const struct nlmsghdr *h)
{
	const unsigned up = IFF_UP | IFF_LOWER_UP;
	const struct nlattr *tb[IFLA_PROTINFO + 1], *port[IFLA_BRPORT_STATE + 1];
	const struct ifinfomsg *i;
	uint8_t state;
	struct net_idle_ports *n = data;

	if (!h) {
		*n = (struct net_idle_ports){ 0 };
		return 0;
	}
	if (h->nlmsg_type != RTM_NEWLINK || wire_payload_len(h) < sizeof(*i))
		return 0;
	i = wire_payload(h);
	net_attrs(h, sizeof(*i), tb, IFLA_PROTINFO + 1);
	net_nested(tb[IFLA_PROTINFO], 0, port, IFLA_BRPORT_STATE + 1);
	if ((i->ifi_flags & up) != up)
		return 0;
	state = net_get_u8(port[IFLA_BRPORT_STATE], BR_STATE_FORWARDING);
	n->unnoticed += state == BR_STATE_DISABLED;
	n->learning += state == BR_STATE_LISTENING || state == BR_STATE_LEARNING;
	return 0;
}

int net_read_idle_ports(struct wire *w, struct net_idle_ports *ret, struct warren_err *err)
{
	struct ifinfomsg *i = wire_begin(w, RTM_GETLINK, 0, sizeof(*i), 0);

	i->ifi_family = AF_BRIDGE;
	wire_end(w);
	*ret = (struct net_idle_ports){ 0 };
	return wire_dump(w, count_port, ret, err);
}
