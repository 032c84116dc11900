/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETNS_PIN_H
#define NETNS_PIN_H

#include "netns/netns.h"

#include <limits.h>

/* What the files of this folder share about names. */

/**
 * The path of a name.
 * @return 0, -EINVAL (not a name), -ENAMETOOLONG
 */
int netns_path(const struct warren *w, const char *name, char ret[PATH_MAX], struct warren_err *err);

/**
 * Open what is at a path if it is a network namespace (symbolic links are
 * followed). Anything else is not even opened: a FIFO would hang or wake its
 * writer, a device could act.
 * @param[out] link  whether it is a symbolic link
 * @return descriptor, -EINVAL (something else), or the errno of open(2)
 */
int netns_open_path(const char *path, bool *link);

/** What netns_pin() would refuse, or what nobody would see, and changes nothing. @return 0, -EEXIST, -EROFS, -EXDEV … */
int netns_pin_check(struct warren *w, const char *name, struct warren_err *err);

/** What netns_unpin() would refuse, and changes nothing. @return 0, -ENOENT, -EINVAL, -EROFS … */
int netns_unpin_check(struct warren *w, const char *name, struct warren_err *err);

/** What is at a path. @return its kind; `text` (may be NULL) is set to what to call it */
enum warren_netns_kind netns_classify(const char *path, const char **text);

/**
 * Make a directory a mount of its own, if it is none.
 * @param propagation  that it shall have: MS_SHARED, MS_PRIVATE
 * @return 0 or a negative errno
 */
int netns_mount_itself(const char *dir, unsigned long propagation);

/**
 * Lock a directory until the descriptor is closed. Whoever may read it may also
 * lock it, for ever; so the wait ends after a second, and who is ready for that goes on
 * without the lock.
 */
void netns_lock(int fd);

#endif
