/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROCESS_NODE_H
#define PROCESS_NODE_H

#include <warren/warren.h>

#define NODE_HOST "host" /* what no namespace is called, but the one that warren runs in */

/** Say that there is no namespace of a name, with the most similar one. @return -ENOENT */
int node_missing(struct warren *w, const char *node, struct warren_err *err);

#endif
