/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IMPORT_LABEL_H
#define IMPORT_LABEL_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Labels as foreign files have them: with entities, in UTF-8 or Latin-1, of
 * any length, with line breaks and control characters.
 */

/* Bytes of a label kept for a comment; a longer one ends in "...". */
#define LABEL_BYTES_MAX 200
/* Bytes of a name made of a label: leaves room for "-2" within the 64 that a node's name may have. */
#define LABEL_SLUG_MAX 52

/**
 * Make a label fit for one line of YAML comment: UTF-8, printable, white space
 * collapsed.
 * @param a         owns the result
 * @param s         bytes; what is not UTF-8 as a whole is taken for Latin-1
 * @param len       how many
 * @param entities  replace &amp; &#233; &eacute; by what they stand for; an unknown one stays
 * @return the label, or NULL without memory
 */
char *label_clean(struct arena *a, const char *s, size_t len, bool entities);

/**
 * Make a name of a label: lower case ASCII letters and digits, with single
 * '-', '_' or '.' between them. Accents are dropped from letters that have them.
 * @param a      owns the result
 * @param label  as label_clean() gives it
 * @return the name, "" where nothing of the label can be in one, or NULL without memory
 */
char *label_slug(struct arena *a, const char *label);

#endif
