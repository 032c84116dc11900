/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROCESS_HOLDER_H
#define PROCESS_HOLDER_H

#include <stdbool.h>
#include <warren/error.h>

/*
 * The holder: a process that does nothing but keep a user, a mount and a
 * network namespace alive for one user. It holds a lock on `holder.lock` in
 * the user's directory as long as it lives, so that no stale pid is taken for it.
 * The lock can go without it (a cleaner of /tmp, a file system that is unmounted);
 * then it is found among the processes.
 */

/**
 * Find it.
 * @param dir        of the user
 * @param[out] lock  where there is none: the lock, taken, which a holder to be made needs; else
 * untouched
 * @return pidfd, or -ENOENT (there is none), -EAGAIN (it is being made, or ending), or another
 * negative errno
 */
int holder_find(int dir, int *lock);

/**
 * Find one that lives though nobody holds the lock.
 * @param path  of the user's directory that it was made with; NULL: the one whose user namespace
 *              the calling process is in
 * @return pidfd, or -ENOENT
 */
int holder_find_lost(const char *path);

/** Whether the one that was found was killed, and has not left its namespaces yet: what is in them goes with it. */
bool holder_is_dying(int dir);

/** Whether the calling process is in the user namespace of the holder that has the lock. */
bool holder_is_ours(int dir);

/** Whether the calling process sees the /run of a holder, which may be gone since. */
bool holder_made_run(void);

/**
 * Make it; returns when it is ready.
 * @param path  of the user's directory
 * @param lock  as holder_find() gave it; the holder inherits it
 * @param err   filled on failure; names the kernel setting that forbids it
 * @return 0 or a negative errno
 */
int holder_make(const char *path, int lock, struct warren_err *err);

/**
 * End it and wait until it is gone.
 * @param pidfd  of it
 * @return 0 or a negative errno
 */
int holder_end(int pidfd);

/** Inside the new namespaces: /run is a file system of our own that shows what the old one had. */
int holder_make_run(const char *path);

/** Set `lo` up in the calling process's network namespace. @return 0 or a negative errno */
int holder_set_lo_up(void);

#endif
