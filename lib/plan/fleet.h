/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLAN_FLEET_H
#define PLAN_FLEET_H

#include "base/context.h"
#include "wire/wire.h"

/*
 * The namespaces that a plan works in, opened when they are needed and kept
 * open as long as the descriptor limit allows; the longest unused one is
 * closed to make room. One wire at a time has requests in its buffer: asking
 * for another namespace than its own may close what those requests refer to,
 * so the fleet flushes it first where it must.
 */
struct fleet_member {
	const char *name; /* NULL: the namespace that the fleet began in */
	int fd;
	struct wire *wire;
	uint32_t newer, older; /* ring of the open ones */
};

struct fleet {
	struct warren *w;
	struct fleet_member *members;
	size_t n, open, most;
	uint32_t newest, oldest;
	int home;	   /* where the thread was */
	int here;	   /* descriptor of where the thread is, borrowed; -1 unknown */
	struct wire *busy; /* with requests in its buffer */
	const char *busy_name;
	uint32_t busy_from; /* what wire_requests() was when it became the busy one */
};

/**
 * Begin.
 * @param n  namespaces; member 0 is the one that the thread is in
 * @return 0 or a negative errno; fleet_fini() in any case
 */
int fleet_init(struct fleet *f, struct warren *w, size_t n, struct warren_err *err);

/** Close all and go back to where the thread was. @return 0, or a negative errno where that fails */
int fleet_fini(struct fleet *f, struct warren_err *err);

/** Member i has this name; borrowed. */
void fleet_name(struct fleet *f, uint32_t i, const char *name);

/** Make member i: a new namespace, which the thread is in afterwards; it has no name yet. */
int fleet_make(struct fleet *f, uint32_t i, struct warren_err *err);

/** @return descriptor of member i, borrowed until the next call for another member but `keep` */
int fleet_fd(struct fleet *f, uint32_t i, uint32_t keep, struct warren_err *err);

/** @return wire of member i, borrowed likewise, or NULL; it becomes the busy one */
struct wire *fleet_wire(struct fleet *f, uint32_t i, struct warren_err *err);

/** The thread goes into member i. */
int fleet_enter(struct fleet *f, uint32_t i, struct warren_err *err);

/** Flush the busy wire. */
int fleet_flush(struct fleet *f, struct warren_err *err);

/** Close member i, where it is open (before its name is taken away). */
void fleet_close(struct fleet *f, uint32_t i);

#endif
