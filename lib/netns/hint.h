/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETNS_HINT_H
#define NETNS_HINT_H

#include <warren/error.h>

/* What to do about an errno, where its name does not tell; ended by a zero code. */
struct hint {
	int code; /* positive errno */
	const char *text;
};

/**
 * Write "cannot DO: STRERROR; HINT".
 * @param code   negative errno
 * @param hints  what else to say; may be NULL
 * @param fmt    printf format of what was tried: "make a network namespace"
 * @return code
 */
int hint_fail(struct warren_err *err, int code, const struct hint *hints, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
