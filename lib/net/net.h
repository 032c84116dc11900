/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_NET_H
#define NET_NET_H

#include "link/link-kind.h"
#include "model/model.h"
#include "wire/wire.h"

/*
 * Kernel objects over the wire. net_put_*() append a request to the wire's
 * buffer (nothing is sent before it is full or flushed); what fails comes out
 * of wire_flush() with the tag. The wire must be one of the object's own
 * namespace. Links are addressed by ifindex where `index` is set, else by name;
 * addresses, routes and next hops need the `index` of their interface (lo has
 * its own, 1, without being told).
 */

/*
 * The protocol (RTA_PROTOCOL, FRA_PROTOCOL, IFA_PROTO) of what is made in the
 * host, by which it is told from what others made there; in /etc/iproute2/rt_protos
 * no one has this number. In namespaces of a network it is RTPROT_STATIC.
 */
#define NET_PROTOCOL 87

enum {
	NET_LINK_UP = 1 << 0, /* set it up */
	NET_LINK_DOWN = 1 << 1,
	NET_LINK_MTU = 1 << 2,
	NET_LINK_MAC = 1 << 3,
	NET_LINK_MASTER = 1 << 4, /* enslave to, or release from where master is MODEL_NONE */
	NET_LINK_FIELDS = 1 << 5, /* its kind's fields */
	NET_LINK_NO_LL =
		1 << 6, /* no IPv6 link-local address: addr_gen_mode none; -EAFNOSUPPORT without IPv6, all else done */
	NET_LINK_ALIAS = 1 << 7,   /* `alias` */
	NET_LINK_FORWARD = 1 << 8, /* forward IPv4 that comes in here (conf/IF/forwarding = 1) */
	NET_LINK_NO_RP =
		1 << 9, /* no reverse path filter (conf/IF/rp_filter = 0; conf/all still counts) */
};

/**
 * Make a link. Of a veth, both ends at once, each directly in its namespace:
 * `i` in the wire's own, its peer in that of peer_ns_fd. Name, MAC, MTU,
 * ifindex (a peer's only where both have one) and the kind's fields go with it;
 * so does the master of `i`, not that of its peer, where its ifindex is known.
 * The end in the wire's namespace is set up at once where i->up and `up` say
 * so; the peer is not, and neither gets its alternative name: the kernel
 * refuses the one and ignores the other.
 */
void net_put_link_add(struct wire *w, const struct model *m, const struct model_iface *i,
		      int peer_ns_fd, bool up, uint32_t tag);

/**
 * Whether the kernel has a kind of link, without making one: no link may have no
 * queues (rtnl_create_link(), net/core/rtnetlink.c), but the kind is looked for
 * before that. The kernel loads the module that has it, as for a link.
 * @return 0, also where it cannot be known; -EOPNOTSUPP where it does not
 */
int net_check_kind(struct wire *w, const struct link_kind *k, struct warren_err *err);

/** Change a link: what `what` (NET_LINK_*) says, to what `i` has. alias may be NULL. */
void net_put_link_set(struct wire *w, const struct model *m, const struct model_iface *i,
		      unsigned what, const char *alias, uint32_t tag);

/** Give a link its whole name (`altname`) as an alternative name (RTM_NEWLINKPROP, Linux 5.5). */
void net_put_altname(struct wire *w, const struct model_iface *i, uint32_t tag);

/** Bridge ports that are up, as is what is at their other end, and that do not forward yet. */
struct net_idle_ports {
	size_t unnoticed; /* by the bridge: linkwatch_event() in net/core tells it, a little later */
	size_t learning;  /* or listening, as the spanning tree protocol wants it */
};

/** Count those of a namespace: what they should forward is dropped. @return 0 or a negative errno */
int net_read_idle_ports(struct wire *w, struct net_idle_ports *ret, struct warren_err *err);

void net_put_link_del(struct wire *w, const struct model_iface *i, uint32_t tag);

/**
 * Remove several links at once: the kernel waits for all processors each time
 * it removes links, so put them into a group and remove that.
 * @param group  a number that no other link has
 */
void net_put_link_group(struct wire *w, const struct model_iface *i, uint32_t group, uint32_t tag);
void net_put_group_del(struct wire *w, uint32_t group, uint32_t tag);

/** Addresses: IPv6 ones with IFA_F_NODAD, as nobody else has an address that a file gives out. */
void net_put_addr_add(struct wire *w, const struct model *m, const struct model_addr *a,
		      uint32_t tag);
void net_put_addr_del(struct wire *w, const struct model *m, const struct model_addr *a,
		      uint32_t tag);

/** Routes, protocol static. nh_id: nexthop object or group to use instead of the hops; 0 for none. */
void net_put_route_add(struct wire *w, const struct model *m, const struct model_route *r,
		       uint32_t nh_id, uint32_t tag);
/** The same where there is a route to replace: in one step, no packet is without one. */
void net_put_route_replace(struct wire *w, const struct model *m, const struct model_route *r,
			   uint32_t tag);
/* Found by table, prefix, metric and type, whatever its hops are. */
void net_put_route_del(struct wire *w, const struct model *m, const struct model_route *r,
		       uint32_t tag);

/**
 * Nexthop objects: one hop, or a group of ids for several. The interface must
 * have a carrier (-ENETDOWN else): of a cable, both ends are up before.
 */
void net_put_nexthop_add(struct wire *w, const struct model *m, const struct model_hop *h,
			 uint32_t id, uint32_t tag);
void net_put_nexthop_group(struct wire *w, uint32_t id, const uint32_t *ids,
			   const uint32_t *weights, size_t n, uint32_t tag);
void net_put_nexthop_del(struct wire *w, uint32_t id, uint32_t tag);

void net_put_rule_add(struct wire *w, const struct model_rule *r, uint32_t tag);
void net_put_rule_del(struct wire *w, const struct model_rule *r, uint32_t tag);

/*
 * What the kernel has. net_read() appends the objects of one namespace to a
 * model whose last namespace is the one that is read, and sets its ranges;
 * interfaces get their ifindex, hops refer to interfaces of the model and are
 * shared between routes. Without NET_READ_LINKS the interfaces are those that
 * the namespace has in the model already. Left out: what the kernel makes by
 * itself (local and broadcast routes, routes of protocol kernel, the standing
 * rules, 127.0.0.1 and ::1 of lo, link-local addresses and their routes).
 *
 * The namespace gets its alias (with NET_READ_LINKS); its `ipv6` is ON or OFF
 * where it is that on all interfaces but lo, else KEEP; its `forwarding` and
 * `forwarding6` (with NET_READ_CONF) are ON or OFF for IPv4 and IPv6.
 * An IPv6 metric of 1024 is the kernel's default and read as 0. On failure
 * nothing is appended.
 */
enum {
	NET_READ_LINKS = 1 << 0,
	NET_READ_ADDRS = 1 << 1,
	NET_READ_ROUTES = 1 << 2,
	NET_READ_RULES = 1 << 3,
	NET_READ_CONF = 1 << 4, /* forwarding */
	NET_READ_ALL = 31,
	NET_READ_KERNEL = 1 << 5, /* with the routes: those to networks that the kernel made, too */
};
int net_read(struct wire *w, struct model *m, unsigned what, struct warren_err *err);

/** The alias of `lo` in the wire's namespace, by which a network marks its own; "" if none. */
int net_read_mark(struct wire *w, char *buf, size_t size, struct warren_err *err);

/**
 * The settings of `lo` for IPv4, as IPV4_DEVCONF_… of <linux/ip.h> number them from 1 on.
 * @param[out] ret  room for `most`, the first is number 1
 * @return how many the kernel has of these, or a negative errno
 */
int net_read_lo_conf(struct wire *w, uint32_t *ret, size_t most, struct warren_err *err);

/**
 * Read and write sysctls below `proc`, a descriptor of a /proc/sys. Keys as in
 * struct model_sysctl. Reading ends the value at its newline.
 * @return 0; -ENOENT: there is no such setting here; -EINVAL: no key, or the
 * kernel refuses the value, which it may have taken in part; -ENODATA: it can
 * only be written; …
 */
int net_sysctl_write(int proc, const char *key, const char *value, struct warren_err *err);

/** @param[out] ret  to be freed */
int net_sysctl_get(int proc, const char *key, char **ret, struct warren_err *err);

/** The same into a buffer; -EOVERFLOW where it is too small. */
int net_sysctl_read(int proc, const char *key, char *buf, size_t size, struct warren_err *err);

/**
 * Whether two values of a sysctl are the same, word by word, however they are
 * written: 0x10 is 16, and 1,2,3 is 1-3 (a list of ports).
 */
bool net_sysctl_same(const char *a, const char *b);

/**
 * Whether a sysctl that reads `now` needs no write of `value`: they are the same,
 * or `value` has the first ones of its numbers, as the kernel leaves those that
 * are not written (proc_dointvec() in kernel/sysctl.c).
 */
bool net_sysctl_holds(const char *now, const char *value);

/* As iproute2 would write them, for plans and errors. @return buf */
#define NET_TEXT 512
char *net_format_route(const struct model *m, const struct model_route *r, char buf[NET_TEXT]);
char *net_format_rule(const struct model_rule *r, char buf[NET_TEXT]);
char *net_format_mac(const uint8_t mac[6], char buf[18]);

#endif
