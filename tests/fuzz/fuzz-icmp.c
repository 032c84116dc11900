/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever comes in on a raw ICMP socket: read as version 4 and 6. */
#include "probe/icmp.h"
#include "probe/probe.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct icmp_seen *s, uint8_t family)
{
	uint8_t status = probe_status_of_icmp(family, s->type, s->code);

	assert(s->kind <= ICMP_ERROR);
	assert(s->kind != ICMP_ERROR || s->to.family == family);
	assert(!s->stamped || s->kind != ICMP_OTHER);
	assert(status < WARREN_REACH_STATUS_N && !warren_reach_ok(status));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct icmp_seen seen;

	icmp_parse4(data, size, &seen);
	check(&seen, AF_INET);
	icmp_parse6(data, size, &seen);
	check(&seen, AF_INET6);
	return 0;
}
