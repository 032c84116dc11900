/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

/*
 * An arena: many small pieces that live and die together. Zero it to begin.
 * Pieces are zeroed and aligned for any type.
 */
struct arena_block;
struct arena {
	struct arena_block *last;
	size_t bytes; /* handed out so far */
};

/** @return n zeroed bytes that live as long as the arena, or NULL without memory */
void *arena_alloc(struct arena *a, size_t n);

/** @return a terminated copy of len bytes, or NULL without memory */
char *arena_dup(struct arena *a, const char *s, size_t len);

/** @return a copy of a string, or NULL without memory (or where s is NULL) */
char *arena_str(struct arena *a, const char *s);

/** @return a formatted string, or NULL without memory */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Release all pieces. */
void arena_fini(struct arena *a);

#endif
