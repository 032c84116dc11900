/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOPO_PROBLEM_H
#define TOPO_PROBLEM_H

#include "model/model.h"

#include <warren/error.h>

/*
 * What is wrong with a topology file. Reading goes on after a problem, so that
 * several are reported at once; nothing is made of a file that has one.
 * Functions of this folder return 0 also where they found problems, and
 * -ENOMEM where there is no memory: then all stops.
 */
struct problems {
	const char *file;
	struct warren_errs *errs; /* may be NULL */
	size_t n;
	int code; /* of the first */
};

/** Record a problem at a place of the file; 0:0 for the whole file. */
void problem(struct problems *p, struct mark at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** The same with another code than -EINVAL. */
void problem_code(struct problems *p, struct mark at, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * "; did you mean 'X'?" for what is like a word, else "". Also "" once there are
 * more problems than are shown: a thousand wrong words times a thousand right
 * ones are a wait. buf is returned.
 */
struct hint {
	char text[160];
};
const char *hint_nearest(const struct problems *p, struct hint *buf, const char *word,
			 const char *(*at)(const void *data, size_t i), const void *data);

#endif
