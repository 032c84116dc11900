/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROCESS_END_H
#define PROCESS_END_H

#include <warren/warren.h>

/* A set of network namespaces, by inode: each must be kept open, or another one may get it. Zero it to begin. */
struct process_set {
	uint64_t *v;
	size_t n, cap;
};

/** @return 0 or -ENOMEM */
int process_set_add(struct process_set *s, uint64_t inode);
void process_set_fini(struct process_set *s);

/**
 * End all processes in some network namespaces: SIGTERM, and SIGKILL for what
 * is still there after a grace period of 2 seconds. The caller is spared. One
 * pass over all processes, whatever the number of namespaces, and one more as
 * long as any are found.
 * @param w    its log hears which processes had to be killed
 * @param s    the namespaces; is sorted
 * @param err  filled on failure: which process stays, and why
 * @return 0; -EBUSY where a process does not end, -ECANCELED; another negative
 * errno where it cannot be known which there are, or one cannot be ended
 */
int process_end(struct warren *w, struct process_set *s, struct warren_err *err);

#endif
