/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOPO_POOL_H
#define TOPO_POOL_H

#include "base/ip.h"
#include "base/vec.h"

/*
 * Subnets cut from a prefix one after the other, around what is in use. Each
 * cut continues where the last one ended, so n cuts around m networks cost
 * n + m steps. Of an IPv6 prefix the first 2^64 addresses are used. A pool that
 * begins elsewhere than at its beginning wraps around once.
 */
struct pool {
	struct ip prefix;
	uint64_t start;	  /* where it began; 0 once it has wrapped around */
	uint64_t end;	  /* where it ends; 0: with the prefix */
	uint64_t next;	  /* first address not handed out, counted from the prefix's own */
	size_t next_used; /* first row of `used` that may lie behind `next` */
};

/** A pool of a prefix whose first subnet lies `start` addresses behind the prefix's own. */
struct pool pool_begin(const struct ip *prefix, uint64_t start);

/**
 * Cut the next subnet.
 * @param p         the pool
 * @param used      networks in use, sorted by ip_cmp(), always the same
 * @param n_used    how many
 * @param plen      prefix length of the subnet
 * @param[out] ret  untouched on failure
 * @return 0 or -ENOSPC
 */
int pool_cut(struct pool *p, const struct ip *used, size_t n_used, unsigned plen, struct ip *ret);

#endif
