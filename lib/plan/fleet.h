/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLAN_FLEET_H
#define PLAN_FLEET_H

#include "base/context.h"
#include "netns/netns.h"
#include "wire/wire.h"

/*
 * The namespaces of a plan, from the look at them on, so that what is done is done to
 * what was looked at, whatever has its name by then. They are kept open as long as the
 * descriptor limit allows; the longest unused one is closed to make room. When it is
 * opened again, it must be the same (-ESTALE). One wire at a time has requests in its buffer: asking
 * for another namespace than its own may close what those requests refer to,
 * so the fleet flushes it first where it must.
 */
struct fleet_member {
	const char *name;   /* NULL: the namespace that the fleet began in */
	struct netns_id id; /* inode 0: not known yet */
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
 * @param n         namespaces; member 0 is the one that the thread is in
 * @param[out] ret  fleet_free() in any case; NULL before
 * @return 0 or a negative errno
 */
int fleet_new(struct fleet **ret, struct warren *w, size_t n, struct warren_err *err);

/** Close all; may be NULL. */
void fleet_free(struct fleet *f);

/** The thread goes back to where it was at the beginning. @return 0 or a negative errno */
int fleet_go_home(struct fleet *f, struct warren_err *err);

/** Member i has this name; borrowed. */
void fleet_name(struct fleet *f, uint32_t i, const char *name);

/** Make member i: a new namespace, which the thread is in afterwards; it has no name yet. */
int fleet_make(struct fleet *f, uint32_t i, struct warren_err *err);

/** Give it its name, once it was made: netns_pin(). */
int fleet_pin(struct fleet *f, uint32_t i, const struct netns_note *note, struct warren_err *err);

/** Open member i, of which it was just seen what it is: netns_open_seen(). @return 0 or a negative errno */
int fleet_open_seen(struct fleet *f, uint32_t i, int dir, const struct netns_id *seen);

/** @return what member i is; of what was never opened or made, nothing is known */
const struct netns_id *fleet_id(const struct fleet *f, uint32_t i);

/** Whether members 1 to n - 1 still have their names. @return 0 or -ESTALE */
int fleet_check_names(const struct fleet *f, uint32_t n, struct warren_err *err);

/** @return descriptor of member i, borrowed until the next call for another member but `keep` */
int fleet_fd(struct fleet *f, uint32_t i, uint32_t keep, struct warren_err *err);

/** @return wire of member i, borrowed likewise, or NULL; it becomes the busy one */
struct wire *fleet_wire(struct fleet *f, uint32_t i, struct warren_err *err);

/** The thread goes into member i. */
int fleet_enter(struct fleet *f, uint32_t i, struct warren_err *err);

/** Flush the busy wire. */
int fleet_flush(struct fleet *f, struct warren_err *err);

/** Close the wire of member i, where it has one; what stands in its buffer is forgotten. */
void fleet_hang_up(struct fleet *f, uint32_t i);

/** Close these members, where they are open. */
void fleet_close_all(struct fleet *f, const uint32_t *members, size_t n);

#endif
