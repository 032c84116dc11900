/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/*
 * A growable array. `struct vec(struct thing)` may stand in a struct or a
 * typedef-free declaration: VEC(struct thing) things = { 0 };
 * vec_push() is 0 or -ENOMEM and leaves the array as it was on failure.
 */
#define VEC(type)                                                                                  \
	struct {                                                                                   \
		type *v;                                                                           \
		size_t n, cap;                                                                     \
	}

int vec_grow(void *v, size_t *cap, size_t need, size_t size);

/* Room for `more` further elements. */
#define vec_reserve(vec, more)                                                                     \
	((vec)->n + (more) <= (vec)->cap                                                           \
		 ? 0                                                                               \
		 : vec_grow(&(vec)->v, &(vec)->cap, (vec)->n + (more), sizeof(*(vec)->v)))

#define vec_push(vec, ...)                                                                         \
	({                                                                                         \
		int pushed_ = vec_reserve(vec, 1);                                                 \
		if (pushed_ == 0)                                                                  \
			(vec)->v[(vec)->n++] = (__VA_ARGS__);                                      \
		pushed_;                                                                           \
	})

/* p's type by what it points to: the pointer of a const array is const itself, p is not. */
#define vec_foreach(p, vec)                                                                        \
	for (__typeof__(*(vec)->v) *p = (vec)->v; p && p < (vec)->v + (vec)->n; p++)

#define vec_fini(vec)                                                                              \
	do {                                                                                       \
		free((vec)->v);                                                                    \
		(vec)->v = NULL;                                                                   \
		(vec)->n = (vec)->cap = 0;                                                         \
	} while (0)

#endif
