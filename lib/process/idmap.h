/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROCESS_IDMAP_H
#define PROCESS_IDMAP_H

#include <stdbool.h>
#include <sys/types.h>

struct id_range {
	unsigned long first, n;
};

/**
 * The first range that a file in the form of subuid(5) gives a user: a line "USER:FIRST:COUNT".
 * @param file      its path
 * @param name      of the user, or NULL
 * @param uid       the same as a number; a line may have either
 * @param[out] ret  set where there is one
 * @return true where there is one
 */
bool idmap_find_range(const char *file, const char *name, uid_t uid, struct id_range *ret);

/**
 * From outside: map user and group ids of a new user namespace with newuidmap(1)
 * and newgidmap(1), so that there are others than root in it. Does nothing
 * where these are missing, or /etc/subuid and /etc/subgid give the user no ids.
 * @param pid  a process in the namespace
 */
void idmap_ranges(pid_t pid);

/**
 * From inside: map what is not mapped yet, one user and one group.
 * @param inside      what the user is in the namespace, 0 for root
 * @param uid         the user, as seen outside
 * @param inside_gid  what his group is in the namespace
 * @param gid         his group, as seen outside
 * @return 0 or a negative errno
 */
int idmap_one(uid_t inside, uid_t uid, gid_t inside_gid, gid_t gid);

#endif
