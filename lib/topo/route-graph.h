/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOPO_ROUTE_GRAPH_H
#define TOPO_ROUTE_GRAPH_H

#include "topo/topo.h"

/*
 * Who can hand packets of one address family to whom, and the shortest paths
 * over that. Namespaces meet on subnets: a subnet is the set of a segment's
 * ports that have an address in the same network. Entering a subnet costs what
 * its segment costs; leaving it is free.
 *
 * First hops are kept as sets of adjacencies of the source, each distinct set
 * once, so that "the same next hops" is the comparison of two numbers.
 */

#define ROUTE_FAR UINT64_MAX
#define ROUTE_HOPS_MAX                                                                             \
	64 /* next hops of one route; more do not balance better and make long messages */

struct route_member {
	uint32_t ns, iface, subnet;
	struct ip ip;
};

struct route_subnet {
	uint32_t segment, cost;
	uint32_t part; /* subnets that routers join have the same number: that of one of them */
	struct model_range members; /* of route_graph.members; those that are worth reaching first */
	uint32_t n_useful;
};

struct route_set {
	uint32_t first, n; /* in route_paths.pool: ascending adjacency numbers */
	uint32_t chain;	   /* next set of the same hash, or MODEL_NONE */
	uint32_t hops;	   /* where the model has them: first of model.hops, or MODEL_NONE */
};

struct route_event {
	uint64_t dist;
	uint32_t ns;
};

/* What the last run found. */
struct route_paths {
	uint64_t *dist; /* of each namespace from the source; ROUTE_FAR where there is no path */
	uint32_t *set;	/* first hops towards it */
	VEC(uint32_t) reached;		/* namespaces, the source among them */
	VEC(struct model_hop) adjacent; /* the source's neighbours */
	VEC(struct route_set) sets;
	VEC(uint32_t) pool;
	uint32_t buckets[256];
	/* Working memory of the search. */
	uint64_t *entered;     /* of each subnet */
	VEC(uint32_t) subnets; /* entered ones */
	uint32_t *seen, stamp; /* of each namespace: neighbour found on this segment */
	VEC(struct route_event) queue, heap;
	size_t queue_head;
};

struct route_graph {
	const struct warren_topo *t;
	uint8_t family;
	VEC(struct route_subnet) subnets;
	VEC(struct route_member) members; /* by subnet */
	uint32_t *own;			  /* members, by namespace; one a subnet */
	struct model_range *at;		  /* of each namespace, in own */
	struct route_paths paths;
};

/** Whether packets may pass through a namespace. */
static inline bool route_forwards(const struct warren_topo *t, uint32_t ns)
{
	const struct model_ns *n = &t->model.ns.v[ns];

	return n->forwarding == MODEL_ON && n->kind != MODEL_NS_SWITCH;
}

/** Whether an address takes part in routing: its interface is up, its namespace is no switch. */
bool route_addr_counts(const struct warren_topo *t, const struct model_addr *a, uint8_t family);

/**
 * Find the subnets of a family and which of them routers join.
 * @return 0 or -ENOMEM; route_graph_fini() in both cases
 */
int route_graph_init(struct route_graph *g, const struct warren_topo *t, uint8_t family);
void route_graph_fini(struct route_graph *g);

/**
 * Say which namespaces a search shall look for, besides those that forward.
 * @param wanted  for each namespace
 * @return 0 or -ENOMEM
 */
int route_graph_want(struct route_graph *g, const bool *wanted);

/**
 * Shortest paths from a namespace to all that forward or are wanted.
 * @param uplink  a subnet to leave out, see route_graph_uplinks(): what is
 *                behind it is not reached; its only neighbour is then the first
 *                adjacency, alone in the first set. MODEL_NONE: none
 * @return 0 or -ENOMEM; the result is in g->paths
 */
int route_graph_search(struct route_graph *g, uint32_t source, uint32_t uplink);

/**
 * Only the first step of that: the adjacencies and their sets.
 * @return 0 or -ENOMEM
 */
int route_graph_hops(struct route_graph *g, uint32_t source, uint32_t uplink);

/** The neighbour that an uplink leads to. */
uint32_t route_graph_next(const struct route_graph *g, uint32_t ns, uint32_t uplink);

/**
 * Find the namespaces that reach their root in one way only: by a subnet that
 * nothing else joins with what is on their side, and one neighbour on it. All
 * that is not on their side has that neighbour as its only first hop.
 * @param roots        by part: a namespace that forwards, or MODEL_NONE
 * @param[out] uplink  by namespace: written where there is such a subnet
 * @return 0 or -ENOMEM
 */
int route_graph_uplinks(const struct route_graph *g, const uint32_t *roots, uint32_t *uplink);

/** Whether all hops of set `a` are in set `b`. */
bool route_set_within(const struct route_paths *p, uint32_t a, uint32_t b);

/**
 * The set of some adjacencies.
 * @param hops  ascending numbers of adjacencies
 * @return 0 or -ENOMEM
 */
int route_set_intern(struct route_paths *p, const uint32_t *hops, uint32_t n, uint32_t *ret);

/** The set of the hops of two sets. @return 0 or -ENOMEM */
int route_set_union(struct route_paths *p, uint32_t a, uint32_t b, uint32_t *ret);

#endif
