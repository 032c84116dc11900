/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EXPLAIN_SEGMENT_H
#define EXPLAIN_SEGMENT_H

#include "explain/fault.h"

/*
 * What an interface is joined to on layer 2: through its cable, and through
 * bridges and their ports.
 */
struct segment_end {
	uint32_t ns, iface;
	const struct fault *fault; /* what is wrong on the way there; NULL: nothing */
};

struct segment {
	VEC(struct segment_end) ends; /* the interface itself left out */
	const char *leaves; /* the interface by which it goes on to what cannot be seen, in words; NULL: none */
};

/** Follow an interface. @return 0 or a negative errno; segment_fini() in any case */
int segment_read(struct sight *s, uint32_t ns, uint32_t iface, struct segment *ret,
		 struct warren_err *err);
void segment_fini(struct segment *g);

#endif
