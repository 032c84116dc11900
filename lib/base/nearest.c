/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/nearest.h"

#include <stdint.h>
#include <string.h>
#include <warren/error.h>

#define LONGEST 64

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Optimal string alignment: insert, delete, replace, swap of neighbours. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t d[3][LONGEST + 1];
	size_t *two = d[0], *one = d[1], *now = d[2], *spare;

	for (size_t j = 0; j <= nb; j++)
		one[j] = j;
	for (size_t i = 1; i <= na; i++) {
		now[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			now[j] = min3(one[j] + 1, now[j - 1] + 1,
				      one[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    two[j - 2] + 1 < now[j])
				now[j] = two[j - 2] + 1;
		}
		spare = two;
		two = one;
		one = now;
		now = spare;
	}
	return one[nb];
}

const char *nearest(const char *word, const char *(*at)(const void *data, size_t i),
		    const void *data)
{
	size_t n = strlen(word), best = n / 3 ? n / 3 + 1 : 2;
	const char *found = NULL, *c;

	if (n > LONGEST)
		return NULL;
	for (size_t i = 0; (c = at(data, i)) != NULL; i++) {
		size_t len = strlen(c), d;

		if (len > LONGEST)
			continue;
		d = distance(word, n, c, len);
		if (d < best) {
			best = d;
			found = c;
		}
	}
	return found;
}

const char *warren_nearest(const char *word, const char *(*at)(const void *data, size_t i),
			   const void *data)
{
	return nearest(word, at, data);
}
