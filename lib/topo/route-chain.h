/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOPO_ROUTE_CHAIN_H
#define TOPO_ROUTE_CHAIN_H

#include "topo/route-table.h"

/*
 * The routes of routers in a row. Where a router has one way to its root and one
 * other neighbour, whose only way to the root leads through it, it reaches all
 * beyond that neighbour by it and everything else by its uplink. What it reaches
 * is then what its neighbour reaches, and a little more: the tables of a whole
 * row are made from its far end on, each from the one before, in a time that
 * grows with the number of routes. Each with a search of its own would take the
 * square of the row's length.
 */

/* Sets of hops after route_graph_hops() of a router in a row. */
enum { ROUTE_CHAIN_UPLINK = 0, ROUTE_CHAIN_BEYOND = 1 };

struct route_chain {
	struct route_chain_table {
		struct model_range choices;
		uint32_t n_known; /* prefixes beyond and its own; 0: it is not in a row */
	} * at;			  /* by namespace */
	VEC(struct route_choice) choices;
};

/**
 * Make the tables of all routers in rows. A table begins with the default route by the uplink.
 * @param uplink  as of route_graph_uplinks()
 * @return 0 or -ENOMEM; route_chain_fini() in both cases
 */
int route_chain_init(struct route_chain *c, struct route_graph *g,
		     const struct route_prefixes *prefixes, const uint32_t *uplink);
void route_chain_fini(struct route_chain *c);

#endif
