/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETNS_LEAN_H
#define NETNS_LEAN_H

#include <warren/warren.h>

/* What says in mountinfo that it is the links in place of names. */
#define LEAN_LINKS "warren-names"

/**
 * Go into a copy of the host's mounts that lacks those of the names, where
 * there are many names, so that the copy for a command, made next, is cheap
 * however many they are. Root directory and working directory stay. What can be
 * reached by a name is the same: symbolic links on a read-only file system, which
 * lead into the mounts of process 1, are in place of them.
 *
 * The copy is kept in STATE/mounts. It is made at the second call that finds
 * the same mounts, and anew where they changed. There is none with few names; where
 * process 1 has other mounts or another root directory; where something the host
 * unmounts would stay in it (under a mount without shared propagation); and
 * before Linux 6.12, which cannot tell cheaply whether mounts changed.
 *
 * @param err  filled on failure: the process is good for exit only
 * @return 1: in the copy, in which no mount is shared; 0: there is none; or a negative errno where there is no way back from a half-made one
 */
int lean_enter(struct warren *w, struct warren_err *err);

/** Remove the copy, if there is one: names go away. Commands that run keep theirs. */
void lean_remove(struct warren *w);

#endif
