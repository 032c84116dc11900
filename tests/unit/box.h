/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_BOX_H
#define TESTS_BOX_H

#include "base/cleanup.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>

/* Be root in a user namespace of one's own, unless root already. */
static inline void box_root(void)
{
	auto_close int uids = -1, groups = -1, gids = -1;
	unsigned uid = geteuid(), gid = getegid();

	if (uid == 0 || unshare(CLONE_NEWUSER) < 0)
		return;
	uids = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	groups = open("/proc/self/setgroups", O_WRONLY | O_CLOEXEC);
	gids = open("/proc/self/gid_map", O_WRONLY | O_CLOEXEC);
	dprintf(uids, "0 %u 1", uid);
	dprintf(groups, "deny");
	dprintf(gids, "0 %u 1", gid);
}

/* Go into a new network namespace. @return its descriptor, or -1 where that is refused */
static inline int box_network(void)
{
	if (unshare(CLONE_NEWNET) < 0)
		return -1;
	return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

#endif
