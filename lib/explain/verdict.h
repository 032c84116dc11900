/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EXPLAIN_VERDICT_H
#define EXPLAIN_VERDICT_H

#include "explain/target.h"
#include "explain/watch.h"
#include "probe/probe.h"

/* What became of the probe. */
struct evidence {
	struct sight *s;
	const struct target *target;
	const struct walk *forth,
		*back; /* forth without a fault, but that nobody seems to have an address */
	const struct watch *watch;
	const struct probe_result *result;
};

/**
 * Say what kept the probe from being answered, where the namespaces themselves show no fault.
 * @param[out] ret  not NULL on success
 * @return 0 or a negative errno
 */
int verdict(const struct evidence *e, const struct fault **ret, struct warren_err *err);

#endif
