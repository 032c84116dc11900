/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOPO_ROUTE_PREFIXES_H
#define TOPO_ROUTE_PREFIXES_H

#include "topo/route-graph.h"

/*
 * Every prefix of one family that a route of any namespace can be for, as a
 * tree by containment: the networks of all addresses, what routes are written
 * for, and what can stand for two halves that are both the network's own.
 */

struct route_prefix {
	struct ip ip;
	uint32_t parent; /* the smallest that contains it, or MODEL_NONE */
	uint32_t left;	 /* its halves where all of it is the network's own, or MODEL_NONE */
	uint32_t right;
	uint32_t instead;  /* only where this prefix has no route: see add_strays() in the .c; or
			      MODEL_NONE */
	uint32_t n_owners; /* namespaces with an address in just this network */
	bool own;	   /* a network of some address, or all made of such */
	bool nests;	   /* a network of some address inside of which is another such one */
};

/* A namespace that a prefix is reached through. */
struct route_target {
	uint32_t ns, prefix;
};

struct route_prefixes {
	VEC(struct route_prefix) v; /* in the order of ip_cmp(); the first is the default route's */
	struct map by_ip;
	VEC(struct route_target) targets;
	struct model_range *at; /* of each namespace, in targets */
};

/** Whether who is at a prefix, or beyond it, may have to reach some of its addresses by another way. */
static inline bool route_prefix_is_special(const struct route_prefix *p)
{
	return p->nests || p->instead != MODEL_NONE;
}

/** The prefix an address is in that routing knows of, or MODEL_NONE: not that of loopback and
 * link-local ones. */
uint32_t route_prefix_of(const struct route_prefixes *p, const struct ip *addr);

/** @return 0 or -ENOMEM; route_prefixes_fini() in both cases */
int route_prefixes_init(struct route_prefixes *p, const struct route_graph *g);
void route_prefixes_fini(struct route_prefixes *p);

#endif
