/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WARREN_PROCESS_H
#define WARREN_PROCESS_H

#include <sys/types.h>
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

/** How a process keeps a namespace alive. */
enum warren_process_how {
	WARREN_PROCESS_RUNS,   /* it runs in it */
	WARREN_PROCESS_THREAD, /* a thread of it does, and not its first one */
	WARREN_PROCESS_FILE,   /* it has it open */
};

struct warren_process {
	const char *node;
	pid_t pid;    /* as the caller sees it */
	pid_t inside; /* as it sees itself, in its own pid namespace; the same where it has none */
	uid_t uid;    /* real user; (uid_t)-1 where it ended meanwhile */
	enum warren_process_how how;
	const char *what;    /* number of the thread or descriptor; "" for the process itself */
	const char *command; /* words with blanks between; "[name]" where it has no command line */
};

struct warren_process_list {
	size_t n;
	struct warren_process *v;
	void *owner; /* what the texts live in */
};

/**
 * Who is in namespaces: processes that the caller may look at, in one pass over them. One that
 * has a namespace open is listed for that as well.
 * @param w         the context, entered
 * @param nodes     names of namespaces, or "host"; NULL: all namespaces with names
 * @param n         how many
 * @param[out] ret  by node, then pid; release with warren_process_list_fini(); untouched on failure
 * @param err       filled on failure
 * @return 0, -ENOENT (no such namespace; err knows a similar name), …
 */
int warren_processes(struct warren *w, const char *const *nodes, size_t n,
		     struct warren_process_list *ret, struct warren_err *err);

/** @return "process", "thread" or "file" */
const char *warren_process_word(enum warren_process_how how);

/** Release a list. */
void warren_process_list_fini(struct warren_process_list *p);

#ifdef __cplusplus
}
#endif

#endif
