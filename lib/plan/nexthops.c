/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/nexthops.h"

#include "net/net.h"

#include <errno.h>

/* Routes computed for one namespace share few sets of hops: from this many routes on, objects pay. */
#define WORTH_FROM  32
#define LARGEST_SET 64

void nexthops_begin(struct nexthops *nh, uint32_t ns, size_t routes)
{
	map_fini(&nh->sets);
	*nh = (struct nexthops){ .ns = ns, .worth = routes >= WORTH_FROM };
}

void nexthops_fini(struct nexthops *nh)
{
	map_fini(&nh->sets);
}

int nexthops_put(struct nexthops *nh, struct wire *w, const struct model *m,
		 const struct model_range *hops, uint32_t tag, uint32_t *ret, struct warren_err *err)
{
	uint32_t members[LARGEST_SET], weights[LARGEST_SET], id;
	int failed = 0;

	*ret = 0;
	if (!nh->worth || hops->n > LARGEST_SET)
		return 0;
	id = map_put(&nh->sets, &hops->first, sizeof(hops->first),
		     nh->last + (hops->n > 1 ? hops->n : 0) + 1, &failed);
	if (failed)
		return warren_fail(err, -ENOMEM, "out of memory");
	if (id != MAP_NONE) {
		*ret = id;
		return 0;
	}
	for (uint32_t k = 0; k < hops->n; k++) {
		const struct model_hop *h = &m->hops.v[hops->first + k];

		members[k] = ++nh->last;
		weights[k] = h->weight;
		net_put_nexthop_add(w, m, h, nh->last, tag);
	}
	if (hops->n > 1)
		net_put_nexthop_group(w, ++nh->last, members, weights, hops->n, tag);
	*ret = nh->last;
	return 0;
}
