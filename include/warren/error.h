/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WARREN_ERROR_H
#define WARREN_ERROR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Errors. Every function of the library that can fail returns 0 or a negative
 * errno and takes a `struct warren_err *` last. The struct is the caller's, of
 * fixed size, so that failing never allocates; NULL is allowed. It is written
 * on failure only. The text is a sentence for the user: which object, why, and
 * what to do about it; no trailing newline or full stop.
 */
struct warren_err {
	int code;	/* negative errno; 0 while nothing failed */
	int line;	/* 1-based place in `file`; 0 where there is none */
	int column;	/* 1-based, counted in characters */
	char file[256]; /* the topology file, or "" */
	char text[1024];
};

/* clang-format off */
#define WARREN_ERR_INIT { 0, 0, 0, { 0 }, { 0 } }
/* clang-format on */

/**
 * Write an error.
 * @param err   filled; may be NULL
 * @param code  negative errno
 * @param fmt   printf format of the sentence
 * @return code, so that `return warren_fail(err, -EINVAL, …)` is one line
 */
int warren_fail(struct warren_err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * Write an error that stands at a place of a file.
 * @param err     filled; may be NULL
 * @param code    negative errno
 * @param file    file name; may be NULL
 * @param line    1-based line, 0 for none
 * @param column  1-based column, 0 for none
 * @param fmt     printf format of the sentence
 * @return code
 */
int warren_fail_at(struct warren_err *err, int code, const char *file, int line, int column,
		   const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/**
 * Put "prefix: " before the text of an error that is already there.
 * @param err  may be NULL; nothing happens where err->code is 0
 * @param fmt  printf format of the prefix
 */
void warren_err_prefix(struct warren_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * Format an error as one line, "FILE:LINE:COL: text" or "text".
 * @param err   an error
 * @param buf   written, always terminated
 * @param size  of buf, in bytes
 * @return buf
 */
char *warren_err_format(const struct warren_err *err, char *buf, size_t size);

/* A list of errors, for what can report several at once. Zero it to begin. */
struct warren_errs {
	size_t n;	      /* errors kept, at most WARREN_ERRS_KEPT */
	size_t total;	      /* errors seen */
	struct warren_err *v; /* owned by the list */
};

/* clang-format off */
#define WARREN_ERRS_INIT { 0, 0, NULL }
/* clang-format on */
#define WARREN_ERRS_KEPT 50

/**
 * Append a copy of an error.
 * @param errs  the list; may be NULL
 * @param err   copied
 * @return err->code, or -ENOMEM
 */
int warren_errs_add(struct warren_errs *errs, const struct warren_err *err);

/**
 * Release what the list owns and empty it.
 * @param errs  the list; may be NULL
 */
void warren_errs_fini(struct warren_errs *errs);

/**
 * The candidate most like a misspelt word, for "did you mean".
 * @param word  what was typed
 * @param at    gives candidate i, or NULL after the last
 * @param data  handed to `at`
 * @return a candidate that is near enough to be meant, or NULL
 */
const char *warren_nearest(const char *word, const char *(*at)(const void *data, size_t i),
			   const void *data);

#ifdef __cplusplus
}
#endif

#endif
