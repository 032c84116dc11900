/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLAN_LEFTOVER_H
#define PLAN_LEFTOVER_H

#include "base/context.h"

/*
 * What is outside the state directory, and does not go with it where a machine
 * is switched off: directories that were made for the network's files.
 */

/**
 * Make a directory, and note that, so that it goes with the last network.
 * @return 0 or a negative errno
 */
int leftover_make_dir(struct warren *w, const char *path, struct warren_err *err);

/** Remove the directories that are noted, unless there is a network again. What is not empty is in use by others, and stays. */
void leftover_remove_dirs(struct warren *w);

#endif
