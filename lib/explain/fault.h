/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EXPLAIN_FAULT_H
#define EXPLAIN_FAULT_H

#include "explain/sight.h"

/* Something that keeps packets from going on. Texts live in the sight's arena. */
struct fault {
	uint32_t ns;	    /* where */
	const char *cause;  /* a sentence without full stop */
	const char *remedy; /* a command, or what to do; "" where none is known */
	bool absent;	    /* it is that nobody has an address, as far as can be seen */
};

/** @return a fault without a remedy, or NULL without memory */
struct fault *fault_new(struct sight *s, uint32_t ns, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** An interface is down. @return likewise, with the command that sets it up */
struct fault *fault_down(struct sight *s, uint32_t ns, const struct sight_iface *i);

/** Give a fault a command that runs in its namespace: "ip", "sysctl -w", and the rest. @return f, or NULL without memory */
struct fault *fault_mend(struct sight *s, struct fault *f, const char *program, const char *fmt,
			 ...) __attribute__((format(printf, 4, 5)));

/**
 * A name as a word of a command that is typed into a shell: whoever named an interface shall not
 * run commands of whoever asks why.
 * @return it as it is, or in quotes; "?" without memory
 */
const char *fault_word(struct sight *s, const char *name);

/** A setting of an interface with its value, likewise: "net.ipv4.conf.eth0.rp_filter=2". */
const char *fault_setting(struct sight *s, int version, const char *iface, const char *key,
			  int value);

#endif
