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
	WARREN_NETNS_STALE, /* a plain file: its mount is gone, or another mount namespace has it; a link to nothing */
	WARREN_NETNS_ALIEN, /* something else: a directory, FIFO, link, or another kind of namespace */
};

struct warren_netns_entry {
	char *name;
	enum warren_netns_kind kind;
	int nsid;	     /* as seen from the calling namespace; -1 if none is assigned */
	uint64_t inode;	     /* of the namespace, 0 where kind is not LIVE */
};

struct warren_netns_list {
	size_t n;
	struct warren_netns_entry *v;
};

/**
 * Whether a name can be that of a namespace: not empty, no '/', not "." or "..", at most NAME_MAX bytes.
 * @param name  the name
 * @return true where it can
 */
bool warren_netns_name_ok(const char *name);

/**
 * Make a network namespace and give it a name. `lo` is down, as after `ip netns add`.
 * @param w     the context
 * @param name  not there yet
 * @param err   filled on failure
 * @return 0, -EEXIST, -EINVAL (name), -EPERM, -ENOSPC (user.max_net_namespaces)
 */
int warren_netns_add(struct warren *w, const char *name, struct warren_err *err);

/**
 * Give the namespace of a process a name.
 * @param w     the context
 * @param name  not there yet
 * @param pid   a process
 * @param err   filled on failure
 * @return 0, -EEXIST, -EINVAL, -ESRCH, -EPERM
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

#ifdef __cplusplus
}
#endif

#endif
