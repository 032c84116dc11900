/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLAN_REMOVE_H
#define PLAN_REMOVE_H

#include "plan/plan.h"
#include "process/end.h"

/*
 * How namespaces go: the processes in them are ended, each loses its name, what came in
 * between is ended, too, and then they are closed. Until then the kernel keeps them, so
 * that neither their inodes nor their mounts can become another's meanwhile.
 */
struct removal {
	struct plan *p;
	struct process_set going; /* have no name any more, and are open */
	VEC(uint32_t) members;	  /* the same by index */
	size_t unpinned;	  /* so many of them have no file any more, either */
	int spare;		  /* of netns_detach(); -1: none yet */
};

#define REMOVAL_INIT(plan)                                                                         \
	{                                                                                          \
		.p = (plan), .spare = -1                                                           \
	}

/**
 * End the processes in the namespaces that go.
 * @return 0, or a negative errno where one stays or that cannot be known: nothing may be removed then
 */
int remove_processes(struct plan *p, struct warren_err *err);

/**
 * Take away the names of all that go; each stays, warned of, where somebody else has it by now.
 * All are unmounted first: what the kernel does after each removed file makes the next unmounting wait.
 * @param ops          of PLAN_PHASE_REMOVE; others than PLAN_NS_DEL are passed over
 * @param[out] failed  the operation that an error is of
 * @return 0 or a negative errno
 */
int remove_names(struct removal *r, const struct plan_op *ops, size_t n,
		 const struct plan_op **failed, struct warren_err *err);

/** Remove the file of a name whose mount is gone; of others nothing. @return as remove_names() */
int remove_placeholder(struct plan *p, const struct plan_op *op, struct warren_err *err);

/** End what came into those without a name meanwhile, and let them go. @return 0 or a negative errno */
int remove_finish(struct removal *r, struct warren_err *err);

void removal_fini(struct removal *r);

#endif
