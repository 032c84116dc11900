/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETNS_READONLY_H
#define NETNS_READONLY_H

/**
 * Show a file or a directory at a path, read-only.
 * @param follow  API_FOLLOW: a target that is a symbolic link stands for what it leads to; else 0
 * @return 0 or a negative errno
 */
int readonly_bind(const char *source, const char *target, unsigned follow);

#endif
