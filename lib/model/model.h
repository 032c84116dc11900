/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "base/arena.h"
#include "base/ip.h"
#include "base/map.h"
#include "base/vec.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The network as data. What a topology asks for and what the kernel has are
 * both a `struct model`, in the same terms, so that a plan is the difference
 * of two of them. Objects refer to each other by index; strings live in the
 * arena. Per namespace, the objects of one sort stand together: a namespace
 * has the range [first, first + n) of the model's array.
 *
 * Namespace 0 is the host: the namespace that warren runs in.
 */

#define MODEL_NONE UINT32_MAX
#define MODEL_HOST 0

/* Where the topology file asks for an object; 0:0 where it does not. */
struct mark {
	uint32_t line, column;
};

struct model_range {
	uint32_t first, n;
};

enum model_ns_kind {
	MODEL_NS_HOST,
	MODEL_NS_NODE,
	MODEL_NS_SWITCH, /* holds one bridge; nothing else happens in it */
};

/* Whether a setting is left as it is, off or on. */
enum model_tri { MODEL_KEEP, MODEL_OFF, MODEL_ON };

struct model_ns {
	const char *name; /* file name under /run/netns; "host" for the host */
	enum model_ns_kind kind;
	enum model_tri forwarding;  /* IPv4 and IPv6 (observed: IPv4); KEEP only for the host */
	enum model_tri forwarding6; /* observed: IPv6 */
	enum model_tri ipv6; /* OFF: no IPv6 on its interfaces, lo excepted; KEEP only for the host */
	const char *resolv; /* text of its resolv.conf, or NULL: that of the host is seen */
	const char *hosts;  /* text of its own /etc/hosts, or NULL: the network's common one */
	struct model_range ifaces, addrs, routes, rules, sysctls;
	const char *alias;	  /* observed: the alias of its lo, "" if none; NULL else */
	uint64_t id;		  /* observed: inode of the namespace; 0 else */
	bool knows_addr_protocol; /* observed: the kernel says who made an address (Linux 5.18) */
	bool owned;		  /* observed: carries this network's mark */
	bool missing;		  /* observed: is not there (or not a namespace) */
	struct mark mark;
};

/*
 * What warren makes has a number by its place in lib/link/meson.build: MODEL_IFACE_VETH is one end
 * of a cable (`peer` is the other), MODEL_IFACE_BRIDGE a switch; what code treats alike needs no name.
 */
enum model_iface_kind {
	MODEL_IFACE_LOOPBACK, /* every namespace's lo; not made, only configured */
	MODEL_IFACE_OTHER, /* observed only: a kind that warren does not make; `kind_name` tells */
#define KIND(name, NAME) MODEL_IFACE_##NAME,
#include "link/kinds.inc"
#undef KIND
};

struct model_iface {
	const char *name;    /* in the kernel, at most 15 bytes */
	const char *altname; /* the whole name where it was too long, else NULL */
	const char *altnames; /* observed: all alternative names, an empty one after the last; NULL: none */
	uint32_t ns;
	enum model_iface_kind kind;
	const char *kind_name; /* observed: as the kernel says it; NULL else */
	const char *alias;     /* observed: its alias; NULL where it has none */
	uint8_t mac[6];	       /* all zero: not asked for */
	uint32_t mtu;	       /* bytes; 0: not asked for */
	bool up;
	uint32_t master; /* interface index in this model, or MODEL_NONE */
	uint32_t peer;	 /* interface index in this model, or MODEL_NONE */
	uint32_t index;	 /* the kernel's ifindex; 0: not known */
	uint32_t peer_index; /* observed: ifindex that the other end of a veth has in its own namespace; 0 else */
	uint8_t ipv6, forwarding; /* observed: enum model_tri; forwarding is that of IPv4 */
	const void *values;	  /* fields of its kind (link/link-kind.h), or NULL */
	struct mark mark;
};

struct model_addr {
	struct ip ip; /* with the prefix length */
	uint32_t iface;
	struct mark mark;
	uint8_t protocol; /* observed: who made it; 0: not known */
};

enum model_route_type {
	MODEL_ROUTE_UNICAST,
	MODEL_ROUTE_BLACKHOLE,
	MODEL_ROUTE_UNREACHABLE,
	MODEL_ROUTE_PROHIBIT,
};

/* One next hop; `via` of family 0 means on the link itself, iface MODEL_NONE lets the kernel find it. */
struct model_hop {
	struct ip via;
	uint32_t iface;
	uint32_t weight; /* 1 and up */
};

struct model_route {
	struct ip to;	  /* a network; 0.0.0.0/0 or ::/0 is the default route */
	uint8_t type;	  /* enum model_route_type */
	uint8_t protocol; /* observed: who made it, RTPROT_*; 0 else */
	bool onlink;
	bool computed; /* by `routing: static`, not written in the file */
	uint32_t ns;
	uint32_t table;		 /* 254 is main */
	uint32_t metric;	 /* 0: the kernel's default */
	struct model_range hops; /* in model->hops; routes share them */
	struct ip src;		 /* preferred source; family 0: none */
	struct mark mark;
};

struct model_rule {
	uint32_t ns;
	uint8_t family;	       /* AF_INET or AF_INET6 */
	struct ip from, to;    /* family 0: any */
	const char *iif, *oif; /* NULL: any */
	uint32_t fwmark, fwmask;
	uint32_t priority;
	uint32_t table;	  /* 0 with an action other than lookup */
	uint8_t action;	  /* FR_ACT_* of linux/fib_rules.h */
	uint8_t protocol; /* observed: who made it, RTPROT_*; 0 else */
	bool more;	  /* observed: selects by more than this, so that it is no rule of ours */
	struct mark mark;
};

struct model_sysctl {
	uint32_t ns;
	const char *key; /* with dots: net.ipv4.conf.all.rp_filter; a '/' stands for a dot in a name */
	const char *value;
	struct mark mark;
};

struct model {
	struct arena arena;
	const char *name;  /* of the network */
	const char *hosts; /* text of the /etc/hosts that all namespaces share */
	VEC(struct model_ns) ns;
	VEC(struct model_iface) ifaces;
	VEC(struct model_addr) addrs;
	VEC(struct model_route) routes;
	VEC(struct model_hop) hops;
	VEC(struct model_rule) rules;
	VEC(struct model_sysctl) sysctls;
};

/** Whether a network has anything in the host. */
bool model_has_host_part(const struct model *m);

/** Release all that a model owns. */
void model_fini(struct model *m);

/**
 * Sort every array by namespace (stable, so that the file's order stays within
 * one) and set the ranges of the namespaces; interface indexes in addresses,
 * hops, masters and peers follow.
 * @return 0 or -ENOMEM
 */
int model_index(struct model *m);

/** The same; moved[i] (m->ifaces.n of them) receives the new index of interface i. */
int model_index_moved(struct model *m, uint32_t *moved);

/**
 * The MAC address of an interface: locally administered, unicast, and the same
 * in every run, because a bridge or neighbour that sees it change forgets what
 * it learned.
 * @param network  salt: two networks with equal names inside do not collide
 * @param node     the namespace
 * @param iface    the interface's whole name
 * @param[out] ret written
 */
void model_mac(const char *network, const char *node, const char *iface, uint8_t ret[6]);

/**
 * A name for the kernel, at most IFNAMSIZ - 1 = 15 bytes: the name itself where
 * it fits, else its first 8 bytes, '-' and 6 characters of a hash of the whole.
 * @param name      whole name
 * @param[out] ret  written
 * @return true where the name was too long and ret differs from it
 */
bool model_ifname(const char *name, char ret[IFNAMSIZ]);

/** @return the name that people know an interface by: the whole one */
static inline const char *model_iface_label(const struct model_iface *i)
{
	return i->altname ? i->altname : i->name;
}

#endif
