/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETNS_LIFT_H
#define NETNS_LIFT_H

#include "base/vec.h"

/*
 * What is mounted below a directory, remembered while something else is mounted
 * there, and put back on top of that.
 */
struct lifted_mount {
	char *path;
	int fd; /* where it leads */
};

struct lifted {
	VEC(struct lifted_mount) all;
};

/**
 * Remember the mounts below a directory (not the one on it).
 * @param dir       absolute, without links
 * @param[out] ret  zeroed before; release with lifted_fini(), also after a failure
 * @return 0 or a negative errno
 */
int lifted_take(struct lifted *ret, const char *dir);

/**
 * Mount them where they were.
 * @return how many could not be, as their directory is gone
 */
size_t lifted_put_back(struct lifted *l);

void lifted_fini(struct lifted *l);

#endif
