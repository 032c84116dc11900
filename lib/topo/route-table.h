/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOPO_ROUTE_TABLE_H
#define TOPO_ROUTE_TABLE_H

#include "topo/route-prefixes.h"

/*
 * The routes of one namespace and family: from what is known of each prefix to
 * the fewest routes that say the same.
 */

/*
 * What is known of a prefix: a set of first hops, or one of these. With NOTHING,
 * what is known of the prefix around it holds.
 */
enum {
	ROUTE_NOTHING = UINT32_MAX,
	ROUTE_CONNECTED = UINT32_MAX - 1,
	ROUTE_WRITTEN = UINT32_MAX - 2,
};

static inline bool route_is_hops(uint32_t known)
{
	return known < ROUTE_WRITTEN;
}

struct route_choice {
	uint32_t prefix, hops;
};

struct route_table {
	const struct route_prefixes *prefixes;
	uint32_t *known;  /* by prefix; ROUTE_NOTHING but for those that were learned */
	uint32_t *around; /* by prefix: what holds inside, of the routes chosen */
	uint64_t *fits;	  /* by prefix: the sets of hops that a route for it may have, as bits */
	VEC(struct route_choice) choices; /* the result, in the order of the prefixes */
	VEC(uint32_t) learned; /* prefixes; after choosing, those that contain them too, in order */
	uint32_t *mark, round; /* by prefix: in `learned` of this round */
	bool whole;	       /* all prefixes are in `learned` */
	VEC(uint32_t) times;   /* by set: prefixes that are reached by it */
	VEC(uint8_t) bits;     /* by set: its bit in `fits`, or 64: it has none */
	uint32_t sets[64];     /* by bit */
};

/** @return 0 or -ENOMEM; route_table_fini() in both cases */
int route_table_init(struct route_table *t, const struct route_prefixes *p);
void route_table_fini(struct route_table *t);

/**
 * Begin with the next namespace.
 * @param whole  most of the prefixes will be learned; else few
 * @return 0 or -ENOMEM
 */
int route_table_clear(struct route_table *t, bool whole);

/** Learn what is known of a prefix; again, if need be. @return 0 or -ENOMEM */
int route_table_learn(struct route_table *t, uint32_t prefix, uint32_t known);

/** A route for each prefix by hops. @return 0 or -ENOMEM */
int route_table_all(struct route_table *t);

/**
 * As few routes as say the same of every address of the network.
 * @param p         the sets of hops
 * @param defaults  a default route may have the hops of this set, or some of
 *                  them; ROUTE_NOTHING: there must be none
 * @param always    there must be one by just these: more is reached by it than was learned
 * @return 0 or -ENOMEM
 */
int route_table_fewest(struct route_table *t, const struct route_paths *p, uint32_t defaults,
		       bool always);

#endif
