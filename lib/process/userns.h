/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROCESS_USERNS_H
#define PROCESS_USERNS_H

#include <stdbool.h>
#include <warren/error.h>

/** Whether the calling process may work with namespaces and mounts where it is. */
bool userns_direct(void);

/**
 * Say why the kernel refuses a user namespace of one's own: the setting that forbids it, and how to
 * change it.
 * @param code  negative errno that it gave
 * @param what  what was tried: "make a user namespace"
 * @param err   filled
 * @return code
 */
int userns_refused(int code, const char *what, struct warren_err *err);

#endif
