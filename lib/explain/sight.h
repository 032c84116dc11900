/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EXPLAIN_SIGHT_H
#define EXPLAIN_SIGHT_H

#include "base/arena.h"
#include "base/context.h"
#include "base/ip.h"
#include "base/vec.h"

#include <warren/netns.h>

/*
 * What can be seen of the machine: its namespaces by name, each read when it is
 * first asked for. Namespaces are numbers here; 0 is the one that the calling
 * thread is in, the host. Nothing is kept open, so there may be more of them
 * than descriptors.
 */
#define SIGHT_HOST 0
#define SIGHT_NONE UINT32_MAX

struct sight_iface {
	const char *name;
	const char *kind; /* as the kernel says it; "" for hardware */
	uint32_t index, master;
	uint32_t peer;	/* ifindex of the other end of a cable; 0: it has none */
	int peer_nsid;	/* id of the namespace that `peer` is in; -1: its own */
	bool up;	/* as it was told to be (IFF_UP) */
	bool carrier;	/* IFF_LOWER_UP */
	bool forwards4; /* conf/IF/forwarding */
	uint16_t type;	/* ARPHRD_* */
	uint8_t rp_filter;
	uint8_t port_state; /* BR_STATE_*, where `master` is a bridge */
};

struct sight_addr {
	struct ip ip; /* with the prefix length */
	uint32_t iface;
	bool global; /* else for the link or the machine only */
};

struct sight_ns {
	const char *name;
	uint64_t inode;
	bool is_read;
	VEC(struct sight_iface) ifaces;
	VEC(struct sight_addr) addrs;
	bool forwards4;	   /* net.ipv4.conf.all.forwarding, which is ip_forward */
	bool forwards6;	   /* net.ipv6.conf.all.forwarding */
	uint8_t rp_filter; /* net.ipv4.conf.all.rp_filter */
	int *ids;	   /* that it has given, by namespace; -1: none. NULL: not read yet */
	const char *alias; /* of its lo, by which a network marks its own; "" if none */
};

struct sight {
	struct warren *w;
	int home; /* the host */
	struct warren_netns_list list;
	VEC(struct sight_ns) ns;
	struct arena arena;
};

/** List the namespaces. @return 0 or a negative errno; sight_fini() in any case */
int sight_init(struct sight *s, struct warren *w, struct warren_err *err);
void sight_fini(struct sight *s);

/** @return the namespace of a name, of several names for one the first; SIGHT_NONE where there is none */
uint32_t sight_find(const struct sight *s, const char *name);

/**
 * Read a namespace, unless it is read already.
 * @param[out] ret  valid as long as the sight
 */
int sight_read(struct sight *s, uint32_t ns, const struct sight_ns **ret, struct warren_err *err);

/** Call fn inside a namespace, and be back. @return what fn returned, or the error of entering */
int sight_inside(struct sight *s, uint32_t ns, int (*fn)(void *data), void *data,
		 struct warren_err *err);

/** @return an interface by number, or NULL */
const struct sight_iface *sight_iface(const struct sight_ns *n, uint32_t index);

/** @return an address of a namespace's: that one, or NULL */
const struct sight_addr *sight_addr(const struct sight_ns *n, const struct ip *ip);

/**
 * The namespace that the other end of a cable is in.
 * @param[out] ret  SIGHT_NONE where it has no name
 * @return 0 or a negative errno
 */
int sight_peer(struct sight *s, uint32_t ns, const struct sight_iface *i, uint32_t *ret,
	       struct warren_err *err);

/* The kernel's own answer to where a packet goes next. */
struct sight_route {
	int error;	   /* errno; 0: there is one */
	bool local;	   /* it is for the namespace itself */
	bool unicast;	   /* it goes to one next hop; else to several, or nowhere */
	uint32_t out;	   /* interface */
	struct ip via;	   /* family 0: to the address itself */
	struct ip source;  /* that the namespace takes for what it sends; family 0: not told */
	struct ip network; /* what the route is to; family 0: not told (before Linux 4.13) */
};

/* What is asked. */
struct sight_query {
	struct ip to, from; /* from: family 0 where it is not known */
	uint32_t in;	    /* interface that it comes in by; 0: it is the namespace's own */
	uint8_t protocol;   /* IPPROTO_*, ICMP for both versions; 0: any */
	uint16_t port;	    /* of `to` */
};

/** Ask a namespace for its route. @return 0, also where there is none, or a negative errno */
int sight_route(struct sight *s, uint32_t ns, const struct sight_query *q, struct sight_route *ret,
		struct warren_err *err);

/**
 * Whether a namespace asks who has an address, and has no answer yet, or none.
 * @return 0, 1 or a negative errno
 */
int sight_asks(struct sight *s, uint32_t ns, uint32_t iface, const struct ip *ip,
	       struct warren_err *err);

/** Whether a namespace has rules that refuse what they match. @return 0, 1 or a negative errno */
int sight_refuses(struct sight *s, uint32_t ns, uint8_t family, struct warren_err *err);

/** The same of chains that translate addresses (NAT), wherever they are. */
int sight_translators(struct sight *s, uint32_t ns, uint8_t family, const char **ret,
		      struct warren_err *err);

/**
 * The filters of a namespace that see packets of a family, for a sentence.
 * @param hooks     where: bits by NF_INET_* of <linux/netfilter.h>
 * @param[out] ret  "chain forward of table inet f (policy drop)", several parted by commas;
 *                  NULL where there is none, or this kernel has no nftables
 * @return 0 or -ENOMEM
 */
int sight_filters(struct sight *s, uint32_t ns, uint8_t family, unsigned hooks, const char **ret,
		  struct warren_err *err);

#endif
