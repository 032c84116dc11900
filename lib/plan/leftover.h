/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLAN_LEFTOVER_H
#define PLAN_LEFTOVER_H

#include "base/context.h"
#include "model/model.h"

#include <warren/plan.h>

/*
 * What is outside the state directory, and does not go with it where a machine
 * is switched off: directories that were made for the network's files, and the
 * links ETC/NODE. Whose such a link is, where it leads to tells.
 */

/**
 * Make a directory, and note that, so that it goes with the last network.
 * @return 0 or a negative errno
 */
int leftover_make_dir(struct warren *w, const char *path, struct warren_err *err);

/** Remove the directories that are noted, unless there is a network again. What is not empty is in use by others, and stays. */
void leftover_remove_dirs(struct warren *w);

/** Whether a link of ETC leads into the state of a network that has none. */
bool leftover_is_stale(struct warren *w, const char *target);

/**
 * The nodes whose links lead into the state of a network.
 * @param[out] ret  the host without anything, and these; model_fini() in any case
 * @return 0 or a negative errno
 */
int leftover_read(struct warren *w, const char *network, struct model *ret, struct warren_err *err);

/**
 * Networks that nothing is left of but such links.
 * @param fn  called with each name, perhaps several times; a negative errno ends it
 * @return 0, a negative errno, or what fn returned
 */
int leftover_networks(struct warren *w, int (*fn)(void *data, const char *network), void *data);

#endif
