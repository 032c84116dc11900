/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WARREN_NETNS_H
#define WARREN_NETNS_H

#include <sys/types.h>
#include <warren/warren.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Named network namespaces, as ip-netns(8) knows them: a file of the nsfs
 * mounted at /run/netns/NAME. All of these work on the directory of the
 * context and need no topology.
 */

enum warren_netns_kind {
	WARREN_NETNS_LIVE,  /* a network namespace, or a link that leads to one */
	WARREN_NETNS_STALE, /* a plain file: its mount is gone, or another mount namespace has it; a
			       link to nothing */
	WARREN_NETNS_ALIEN, /* something else: a directory, FIFO, link, or another kind of namespace
			     */
};

struct warren_netns_entry {
	char *name;
	enum warren_netns_kind kind;
	int nsid;	/* as seen from the calling namespace; -1 if none is assigned */
	uint64_t inode; /* of the namespace, 0 where kind is not LIVE */
};

struct warren_netns_list {
	size_t n;
	struct warren_netns_entry *v;
};

/**
 * Whether a name can be that of a namespace: not empty, no '/', not "." or "..", at most NAME_MAX
 * bytes.
 * @param name  the name
 * @return true where it can
 */
bool warren_netns_name_ok(const char *name);

/**
 * Make a network namespace and give it a name. `lo` is down, as after `ip netns add`.
 * @param w     the context
 * @param name  not there yet
 * @param err   filled on failure
 * @return 0, -EEXIST, -EINVAL (name), -EPERM, -ENOSPC (user.max_net_namespaces), -EXDEV (the mounts
 * follow others', where the name would not be seen)
 */
int warren_netns_add(struct warren *w, const char *name, struct warren_err *err);

/**
 * Give the namespace of a process a name.
 * @param w     the context
 * @param name  not there yet
 * @param pid   a process
 * @param err   filled on failure
 * @return 0, -EEXIST, -EINVAL, -ESRCH, -EPERM, -EXDEV
 */
int warren_netns_attach(struct warren *w, const char *name, pid_t pid, struct warren_err *err);

/**
 * Take a name away: all mounts stacked on it and its file. Processes in the
 * namespace live on. Copes with a stale file; refuses what is neither a
 * namespace nor an empty plain file.
 * @param w     the context
 * @param name  the name
 * @param err   filled on failure
 * @return 0, -ENOENT, -EINVAL, -EBUSY
 */
int warren_netns_delete(struct warren *w, const char *name, struct warren_err *err);

enum warren_netns_change {
	WARREN_NETNS_ADD,
	WARREN_NETNS_ATTACH,
	WARREN_NETNS_SET_ID,
	WARREN_NETNS_DELETE,
};

/**
 * What warren_netns_add(), _attach(), _set_id() or _delete() would fail with, as far as it can be
 * told without trying; changes nothing.
 * @param w       the context
 * @param change  which of them
 * @param name    its name
 * @param number  ATTACH: the process; SET_ID: the id; else unused
 * @param err     filled on failure
 * @return 0, or a negative errno as the change itself has it
 */
int warren_netns_try(struct warren *w, enum warren_netns_change change, const char *name,
		     int number, struct warren_err *err);

/**
 * Open a named namespace.
 * @param w     the context
 * @param name  the name
 * @param err   filled on failure
 * @return descriptor (close-on-exec), or -ENOENT, -EINVAL (not a network namespace), -EMFILE
 */
int warren_netns_open(struct warren *w, const char *name, struct warren_err *err);

/**
 * List the names in directory order.
 * @param w         the context
 * @param[out] ret  release with warren_netns_list_fini(); untouched on failure
 * @param err       filled on failure
 * @return 0 (also where the directory is missing), or a negative errno
 */
int warren_netns_list(struct warren *w, struct warren_netns_list *ret, struct warren_err *err);

/**
 * Release a list.
 * @param list  may be empty
 */
void warren_netns_list_fini(struct warren_netns_list *list);

enum {
	WARREN_NETNS_ETC = 1 << 0, /* files of warren_etc_dir()/NAME in place of those in /etc */
	WARREN_NETNS_SYS = 1 << 1, /* a /sys that shows the namespace's interfaces */
	WARREN_NETNS_UTS = 1 << 2, /* the name as host name */
	/*
	 * With ETC: of resolv.conf and hosts, what the namespace does not have is the host's, read-only;
	 * where it has one, name service caches of the host are out of reach (nscd, systemd-resolved).
	 */
	WARREN_NETNS_GUARD = 1 << 4,
	WARREN_NETNS_ALL = WARREN_NETNS_ETC | WARREN_NETNS_SYS | WARREN_NETNS_UTS |
			   WARREN_NETNS_GUARD,
	/*
	 * In addition, for what is brief: where there are many names, do not copy their mounts. In
	 * place of them are links, those that there are now; names cannot be made or removed there.
	 */
	WARREN_NETNS_LEAN = 1 << 3,
};

/**
 * The calling process goes into a namespace; with any flag also into a mount
 * namespace of its own, as `ip netns exec` does (ETC and SYS). It must have one thread then.
 * @param w      the context
 * @param name   the name
 * @param flags  WARREN_NETNS_*; 0: the network only
 * @param err    filled on failure; the process may be half inside then and is good for exit only
 * @return 0, -ENOENT, -EINVAL (not a network namespace), -ESTALE (its name was taken away just now), -EPERM
 */
int warren_netns_enter(struct warren *w, const char *name, unsigned flags, struct warren_err *err);

/**
 * Give a namespace an id, by which the calling namespace's netlink messages refer to it.
 * @param w     the context
 * @param name  the name
 * @param nsid  0 and up, or -1 for any that is free
 * @param err   filled on failure
 * @return 0, -EEXIST (it has one, or another has this one), -ENOENT, -EINVAL, -EPERM
 */
int warren_netns_set_id(struct warren *w, const char *name, int nsid, struct warren_err *err);

struct warren_netns_id {
	int nsid;    /* as the asked namespace sees it; -1: it has none there */
	int current; /* as the calling namespace sees it; -1: none; the same as nsid where no other
			was asked */
	char *name;  /* first in the directory that the calling namespace knows by this id; NULL:
			none */
};

struct warren_netns_ids {
	size_t n;
	struct warren_netns_id *v;
};

/**
 * List the namespaces that have an id in the calling namespace or in another one.
 * @param w         the context
 * @param target    id of the namespace to ask, or -1 for the calling one
 * @param nsid      list this one only (an id of the calling namespace), or -1 for all
 * @param[out] ret  by ascending id; release with warren_netns_ids_fini(); untouched on failure
 * @param err       filled on failure
 * @return 0, or -EINVAL, -ENOENT (no such id)
 */
int warren_netns_ids(struct warren *w, int target, int nsid, struct warren_netns_ids *ret,
		     struct warren_err *err);

/** Release a list of ids. */
void warren_netns_ids_fini(struct warren_netns_ids *ids);

/** A process and the inode number of the network namespace that its main thread is in. */
struct warren_netns_process {
	pid_t pid;
	uint64_t inode;
};

struct warren_netns_processes {
	size_t n;
	struct warren_netns_process *v;
};

/**
 * All processes that the caller may look at, in one pass over /proc.
 * @param w         the context
 * @param[out] ret  by ascending pid; release with warren_netns_processes_fini(); untouched on
 * failure
 * @param err       filled on failure
 * @return 0, -ENOENT (/proc is not mounted), …
 */
int warren_netns_processes(struct warren *w, struct warren_netns_processes *ret,
			   struct warren_err *err);

/** Release a list of processes. */
void warren_netns_processes_fini(struct warren_netns_processes *p);

/**
 * The name of the namespace that a process is in; where it has several, the last in the directory.
 * @param w         the context
 * @param pid       a process, or 0 for the calling one
 * @param[out] ret  to be freed with free(); NULL where it has no name; untouched on failure
 * @param err       filled on failure
 * @return 0, -ESRCH, -EACCES
 */
int warren_netns_identify(struct warren *w, pid_t pid, char **ret, struct warren_err *err);

/** Told that a name came (added) or went. @return 0 to go on, anything else to stop */
typedef int (*warren_netns_monitor_fn)(void *data, bool added, const char *name);

/**
 * Tell of names that come and go. Asks the context's cancel function after each signal and about
 * once a second. Where names come faster than fn takes them, so that the kernel drops some, the
 * directory is read again: what is there or gone by then is told, and a warning logged.
 * @param w     the context
 * @param fn    told of each
 * @param data  handed to fn
 * @param err   filled on failure
 * @return what fn returned, -ECANCELED, -ENOENT (the directory was removed), …
 */
int warren_netns_monitor(struct warren *w, warren_netns_monitor_fn fn, void *data,
			 struct warren_err *err);

#ifdef __cplusplus
}
#endif

#endif
