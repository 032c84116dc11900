/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETNS_IDS_H
#define NETNS_IDS_H

#include <warren/netns.h>

/**
 * Fill in the ids of a list's namespaces, as the calling namespace sees them.
 * Where it has given none, which is mostly so, that is one question in all.
 * @return 0 or a negative errno
 */
int ids_fill(struct warren *w, struct warren_netns_list *list, struct warren_err *err);

struct wire;

/**
 * The id that the wire's namespace has given to an open one.
 * @param fd        of the namespace
 * @param[out] ret  -1 where it has none, or it cannot be told
 * @return 0 or -ENOMEM
 */
int ids_of(struct wire *wire, int fd, int *ret, struct warren_err *err);

/** What warren_netns_set_id() would fail with; changes nothing. @return 0, -EEXIST, -ENOENT … */
int ids_check(struct warren *w, const char *name, int nsid, struct warren_err *err);

#endif
