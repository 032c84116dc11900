/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOPO_RANGE_H
#define TOPO_RANGE_H

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Names with ranges in them: h[1-3], h[01-10], h[1,3,7-9]; several in one name
 * give all combinations, the last one counting fastest. Nothing is expanded
 * before it is asked for, so that a range of millions costs nothing.
 */
#define RANGE_PARTS_MOST 8
#define RANGE_SPANS_MOST 64
#define RANGE_NAME_MOST	 192 /* bytes of a name with its terminator */

struct range_span {
	uint32_t first, last;
	uint8_t width; /* zeros to this width; 0: none */
};

struct range_part {
	const char *text; /* before the brackets, or the rest of the name */
	size_t len;
	const struct range_span *spans;
	uint32_t n_spans; /* 0 in the last part where a text ends the name */
	uint64_t n;	  /* numbers in all spans */
};

struct range {
	struct range_part part[RANGE_PARTS_MOST];
	uint32_t n_parts;
	uint64_t n; /* names; saturates */
};

/**
 * Read a name with ranges; one without is a range of one.
 * @param a         what the spans live in
 * @param text      borrowed by the range
 * @param[out] ret  untouched where it cannot be read
 * @param[out] why  what is wrong, a half sentence; NULL where nothing is
 * @return 0 or -ENOMEM
 */
int range_parse(struct arena *a, const char *text, struct range *ret, const char **why);

/** Write name i of a range. @return buf, or NULL where it does not fit */
char *range_name(const struct range *r, uint64_t i, char buf[RANGE_NAME_MOST]);

#endif
