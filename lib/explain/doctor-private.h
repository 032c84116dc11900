/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EXPLAIN_DOCTOR_PRIVATE_H
#define EXPLAIN_DOCTOR_PRIVATE_H

#include "base/arena.h"
#include "base/vec.h"

#include <warren/doctor.h>

/* What has been found so far. */
struct doctor {
	struct warren *w;
	VEC(struct warren_finding) found;
	struct arena arena;
	bool failed; /* without memory */
};

/**
 * Add a finding.
 * @param f    its texts are copied; NULL is ""
 */
void doctor_add(struct doctor *d, const struct warren_finding *f);

/** What the machine allows: namespaces, mounts, neighbours, memory, descriptors. In the caller's own namespace. */
void doctor_limits(struct doctor *d);

/** What the kernel has: kinds of links, protocols, queues, filters. In a namespace of its own. */
void doctor_kernel(struct doctor *d);

#endif
