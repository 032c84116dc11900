/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROCESS_USER_DIR_H
#define PROCESS_USER_DIR_H

#include <stdbool.h>
#include <warren/error.h>

/*
 * The user's own directory: $XDG_RUNTIME_DIR/warren, else /run/user/UID/warren,
 * else /tmp/warren-UID. In it:
 *   holder.lock   locked by the holder while it lives; "PID STARTTIME\n"
 *   inside.lock   locked shared by who is inside, exclusively by who ends the holder
 *   networks/     state of networks (the context's state_dir)
 *   etc/          files of namespaces (the context's etc_dir)
 */

/**
 * Open it, and see that nobody else can have put it there or write to it.
 * @param make       make it where it is not there
 * @param[out] path  its absolute path, to be freed; untouched on failure
 * @param err        filled on failure
 * @return descriptor, or -ENOENT (not there and not asked to make it), -EPERM (not ours), …
 */
int user_dir_open(bool make, char **path, struct warren_err *err);

#endif
