/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WARREN_PROCESS_H
#define WARREN_PROCESS_H

#include <warren/warren.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Programs in nodes. A program does not need to know of namespaces: the calling
 * process goes in and becomes it.
 *
 *   if (warren_enter(w, 0, &err) == 0 &&
 *       warren_node_enter(w, "h1", WARREN_NETNS_ALL, &err) == 0)
 *           warren_exec(argv, &err);
 */

/**
 * The calling process goes into a node as a program of that node shall be: its
 * network namespace, and in a mount namespace of the process's own the files of
 * warren_etc_dir()/NODE over those of /etc, a /sys that shows the node's
 * interfaces, and the node's name as host name. It must have one thread.
 * @param w      the context, entered
 * @param node   name of a namespace, or "host": then nothing changes
 * @param flags  WARREN_NETNS_* of warren/netns.h, which of these; 0: the network namespace only
 * @param err    filled on failure; the process may be half inside then and is good for exit only
 * @return 0, -ENOENT (no such namespace; err knows a similar name), -EINVAL (no namespace), -EPERM,
 * …
 */
int warren_node_enter(struct warren *w, const char *node, unsigned flags, struct warren_err *err);

/**
 * The calling process goes into a network namespace of its own in which there
 * is only `lo`, up. It has no name and goes with its last process. An ordinary
 * user stays who he is, in a user namespace around it. It must have one thread.
 * @param err  filled on failure; names the kernel setting that forbids it
 * @return 0, -EPERM, -ENOSPC (a limit of namespaces), …
 */
int warren_sandbox(struct warren_err *err);

/**
 * The calling process becomes a program, looked for in PATH. Returns only on failure.
 * @param argv  program and arguments, ended by NULL
 * @param err   filled; says whether the program or what it needs is missing
 * @return -ENOENT (not found), -EACCES, …
 */
int warren_exec(char *const argv[], struct warren_err *err);

#ifdef __cplusplus
}
#endif

#endif
