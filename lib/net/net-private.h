/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_PRIVATE_H
#define NET_PRIVATE_H

#include "net/attrs.h"
#include "net/net.h"

#define LO_INDEX 1 /* LOOPBACK_IFINDEX, in every namespace */

/* IP6_RT_PRIO_USER: what an IPv6 route gets that asks for no metric. */
#define IPV6_METRIC 1024

/** @return the ifindex of an interface of the model; 0 where it is not known */
static inline uint32_t net_ifindex(const struct model *m, uint32_t iface)
{
	const struct model_iface *i;

	if (iface == MODEL_NONE)
		return 0;
	i = &m->ifaces.v[iface];
	return i->kind == MODEL_IFACE_LOOPBACK ? LO_INDEX : i->index;
}

/** @return the hops of a route; NULL where it has none */
static inline const struct model_hop *net_hops(const struct model *m, const struct model_route *r)
{
	return r->hops.n ? m->hops.v + r->hops.first : NULL;
}

/** Put an address without its prefix length. */
static inline void net_put_ip(struct wire *w, uint16_t attr, const struct ip *ip)
{
	wire_put(w, attr, ip->b, ip_bytes(ip));
}

/* An interface of the namespace that is read. */
struct reader_iface {
	uint32_t index, iface; /* ifindex; index in the model */
};

/* What is read into; one namespace's. */
struct reader {
	struct model *m;
	uint32_t ns;
	bool kernel_routes;
	size_t ifaces, addrs, routes, hops, rules; /* how many of each the model had before */
	VEC(struct reader_iface) by_index;	   /* sorted */
	struct map hop_sets;			   /* bytes of a set of hops -> where in m->hops */
	VEC(struct model_hop) set;		   /* of the route that is read */
	int forward4, forward6;			   /* -1: not told */
};

/** Begin to read into the model's last namespace. */
void reader_init(struct reader *r, struct model *m);
void reader_fini(struct reader *r);

/** @return index in the model of the interface with an ifindex, or MODEL_NONE */
uint32_t reader_find(const struct reader *r, uint32_t index);

/* Told the messages of a dump (wire_dump_fn); data is a struct reader. */
int reader_link(void *data, const struct nlmsghdr *h);
int reader_addr(void *data, const struct nlmsghdr *h);
int reader_route(void *data, const struct nlmsghdr *h);
int reader_rule(void *data, const struct nlmsghdr *h);
int reader_conf(void *data, const struct nlmsghdr *h);

/** All links have been told: sort them, and turn ifindexes into indexes of the model. */
int reader_links_done(struct reader *r);

/** All has been told: set the namespace's ranges and settings. */
void reader_done(struct reader *r, unsigned what);

#endif
