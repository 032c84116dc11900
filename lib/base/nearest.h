/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/**
 * The candidate most like a misspelt word, for "did you mean".
 * @param word  what was typed
 * @param at    gives candidate i, or NULL after the last; data is handed through
 * @param data  for at
 * @return a candidate within a third of the word's length (at least 1, by
 *         Damerau-Levenshtein distance), or NULL where none is that near
 */
const char *nearest(const char *word, const char *(*at)(const void *data, size_t i),
		    const void *data);

#endif
