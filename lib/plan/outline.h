/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLAN_OUTLINE_H
#define PLAN_OUTLINE_H

#include "base/context.h"
#include "base/map.h"
#include "model/model.h"
#include "netns/netns.h"

/*
 * What a network that is up consists of, in few words: the names of its
 * namespaces, and the mount that each has. `down` needs no more, where the
 * host has no part in the network: a number of a mount is never given to
 * another one (statx(2), STATX_MNT_ID_UNIQUE, Linux 6.8), so that what has it
 * is known to be the network's own without asking inside. It is written when
 * all is done, and removed before anything is changed; without it, all is
 * found as it was before there were outlines.
 */
struct outline {
	char *text;
	struct model model; /* the host without anything, and the namespaces by name */
	struct outline_mount {
		uint64_t id, inode;
		bool found; /* it is there, at its name; where `looked` */
	} * mounts;	    /* of each namespace */
	struct map by_name, by_mount;
	bool looked;
	int dir; /* of names; there where `text` is */
};

/**
 * Write the outline of a network that has just been brought up; where that fails there is none.
 * @param ids  what this run made, or found to be the network's; by the model's indexes
 */
void outline_write(struct warren *w, const struct model *m, const struct netns_id *ids);

/** Remove it. @return 0 or a negative errno */
int outline_drop(struct warren *w, const char *network);

/**
 * Read it.
 * @param[out] ret  outline_fini() in any case
 * @return 0, -ENOENT (there is none that can be used), -ENOMEM
 */
int outline_read(struct warren *w, const char *network, struct outline *ret);

/** @return whether the namespace that has a name is the one that the outline knows; what that is to `ret` */
bool outline_proves(const struct outline *o, const char *name, struct netns_id *ret);

void outline_fini(struct outline *o);

#endif
