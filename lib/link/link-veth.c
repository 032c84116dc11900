/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link/link-kind.h"

#include "wire/wire.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <string.h>

/*
 * veth_newlink() (tried on Linux 6.18): the peer's ifindex counts only where
 * the first end asks for one too; IFF_UP here fails with ENOTCONN, as the two
 * do not know each other yet; IFLA_MASTER, IFLA_IFALIAS and IFLA_PROP_LIST are
 * ignored, IFLA_AF_SPEC is refused.
 */
static void put_peer(struct wire *w, const struct model *m, const struct model_iface *i,
		     int peer_ns_fd)
{
	static const uint8_t none[6];
	const struct model_iface *peer = &m->ifaces.v[i->peer];
	size_t nest = wire_nest(w, VETH_INFO_PEER);
	struct ifinfomsg *info = wire_room(w, sizeof(*info));

	info->ifi_index = (int)peer->index;
	wire_put_str(w, IFLA_IFNAME, peer->name);
	if (memcmp(peer->mac, none, sizeof(none)) != 0)
		wire_put(w, IFLA_ADDRESS, peer->mac, sizeof(peer->mac));
	if (peer->mtu)
		wire_put_u32(w, IFLA_MTU, peer->mtu);
	if (peer_ns_fd >= 0)
		wire_put_u32(w, IFLA_NET_NS_FD, (uint32_t)peer_ns_fd);
	wire_nest_end(w, nest);
}

const struct link_kind link_kind_veth = {
	.name = "veth",
	.config = "CONFIG_VETH",
	.help = "a cable between two namespaces",
	.put_extra = put_peer,
};
