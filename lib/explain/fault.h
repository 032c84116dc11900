/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EXPLAIN_FAULT_H
#define EXPLAIN_FAULT_H

#include "explain/sight.h"

/* Something that keeps packets from going on. Texts live in the sight's arena. */
struct fault {
	uint32_t ns;	    /* where */
	const char *cause;  /* a sentence without full stop */
	const char *remedy; /* a command, or what to do; "" where none is known */
};

/** @return a fault without a remedy, or NULL without memory */
struct fault *fault_new(struct sight *s, uint32_t ns, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** Give a fault a command that runs in its namespace: "ip", "sysctl -w", and the rest. @return f, or NULL without memory */
struct fault *fault_mend(struct sight *s, struct fault *f, const char *program, const char *fmt,
			 ...) __attribute__((format(printf, 4, 5)));

#endif
