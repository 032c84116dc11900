/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETNS_ETC_H
#define NETNS_ETC_H

#include <stdbool.h>
#include <warren/warren.h>

/**
 * Show the files of warren_etc_dir()/NAME in place of those in /etc, in the
 * calling process' mount namespace, which must be its own. Nothing happens
 * where the directory is missing. What cannot be shown is told to the log.
 * @param guard  of resolv.conf and hosts, the host's are read-only; where one is the
 *               namespace's own, names are not looked up in caches of the host
 */
void etc_bind(struct warren *w, const char *name, bool guard);

#endif
