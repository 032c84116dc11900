/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLAN_STATE_PRIVATE_H
#define PLAN_STATE_PRIVATE_H

#include "plan/state.h"

/* A file of the state that is larger is none of ours. */
#define STATE_LARGEST ((size_t)80 << 20)

/* The common files of a network's nodes, a read-only mount. */
#define STATE_ETC "etc"

/* Path of a network's file ("" for its directory), to be freed; NULL without memory. */
char *state_path(struct warren *w, const char *network, const char *file);

/* Path of what all networks share. */
char *state_common_path(struct warren *w, const char *name);

/* All of a file of the state, to be freed; not through a link in its place. len may be NULL. */
int state_read_file(const char *path, char **ret, size_t *len);

/* "cannot WHAT 'PATH': why". @return code */
int state_fail(struct warren_err *err, int code, const char *what, const char *path);

/* The lock of the list of directories that were made elsewhere; the last to be taken. Waits. */
int state_lock_made(struct warren *w, struct state_lock *ret, struct warren_err *err);

/* @return -ENOMEM */
int state_no_memory(struct warren_err *err);

#endif
