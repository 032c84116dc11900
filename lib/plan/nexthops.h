/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLAN_NEXTHOPS_H
#define PLAN_NEXTHOPS_H

#include "base/map.h"
#include "model/model.h"
#include "wire/wire.h"

/*
 * Nexthop objects of one namespace at a time: made where a set of hops is met
 * first, named by all routes that share it. Half the cost of naming the hops in
 * every route, as the kernel looks a gateway up once, not once a route.
 */
struct nexthops {
	uint32_t ns;	 /* whose they are; MODEL_NONE at first */
	bool worth;	 /* there are enough routes */
	uint32_t last;	 /* id given last */
	struct map sets; /* from the first hop of a set to its id */
};

#define NEXTHOPS_INIT                                                                              \
	{                                                                                          \
		.ns = MODEL_NONE                                                                   \
	}

/** Go on to another namespace, which `routes` routes are coming for. */
void nexthops_begin(struct nexthops *nh, uint32_t ns, size_t routes);

/**
 * The object of a set of hops; the request for it goes before the route that names it.
 * @param w         wire of the namespace
 * @param hops      of m->hops
 * @param tag       of the requests
 * @param[out] ret  its id, or 0 where the route shall name its hops itself
 * @return 0 or -ENOMEM
 */
int nexthops_put(struct nexthops *nh, struct wire *w, const struct model *m,
		 const struct model_range *hops, uint32_t tag, uint32_t *ret,
		 struct warren_err *err);

void nexthops_fini(struct nexthops *nh);

#endif
