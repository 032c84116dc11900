/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/vec.h"

/* `v` is a pointer to the array's pointer, whatever its element type. */
int vec_grow(void *v, size_t *cap, size_t need, size_t size)
{
	void **array = v;
	size_t n = *cap ? *cap : 8;
	void *p;

	while (n < need) {
		if (n > SIZE_MAX / 2 / size)
			return -ENOMEM;
		n *= 2;
	}
	p = realloc(*array, n * size);
	if (!p)
		return -ENOMEM;
	*array = p;
	*cap = n;
	return 0;
}
