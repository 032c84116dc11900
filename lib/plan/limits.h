/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLAN_LIMITS_H
#define PLAN_LIMITS_H

#include "plan/plan.h"

#include <stdint.h>

/* What the machine allows; SIZE_MAX where that is not known. */
struct limits {
	size_t namespaces; /* user.max_net_namespaces */
	size_t mounts;	   /* fs.mount-max, of this mount namespace */
	size_t mounts_now;
	size_t neighbours[2]; /* gc_thresh3 of IPv4 and IPv6 */
	size_t memory_kib;    /* available now */
};

#define LIMITS_NONE                                                                                \
	(struct limits)                                                                            \
	{                                                                                          \
		.namespaces = SIZE_MAX, .mounts = SIZE_MAX, .neighbours = { SIZE_MAX, SIZE_MAX },  \
		.memory_kib = SIZE_MAX                                                             \
	}

/**
 * Read them.
 * @param namespaces  that are to be made; for few, only what can matter then is read
 */
void limits_read(struct limits *l, size_t namespaces);

/** @return how many namespaces find room in so much memory */
size_t limits_namespaces_in(size_t kib);

/**
 * Whether a plan fits. What makes it impossible is an error; what only may
 * hurt (memory, the neighbour table) a warning in the log.
 * @param need  namespaces that it makes
 * @return 0 or -ENOSPC
 */
int limits_check(const struct plan *p, const struct limits *l, size_t need, struct warren_err *err);

#endif
