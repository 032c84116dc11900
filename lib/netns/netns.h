/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETNS_NETNS_H
#define NETNS_NETNS_H

#include <limits.h>
#include <warren/netns.h>

/*
 * Network namespaces for the rest of the library. With process/ this folder is
 * the only caller of setns(2), unshare(2) and mount(2).
 */

/**
 * Make a network namespace and be in it (the calling thread). It has no name yet; it lives as long
 * as the descriptor, a process in it, or a name.
 * @param err  filled on failure; ENOSPC names user.max_net_namespaces
 * @return descriptor of the new namespace (close-on-exec), or a negative errno
 */
int netns_make(struct warren_err *err);

/**
 * The calling thread goes into a namespace.
 * @param fd  of the namespace
 */
int netns_enter(int fd, struct warren_err *err);

enum {
	NETNS_AS_ETC = WARREN_NETNS_ETC,
	NETNS_AS_SYS = WARREN_NETNS_SYS,
	NETNS_AS_UTS = WARREN_NETNS_UTS,
	NETNS_LEAN = WARREN_NETNS_LEAN,
	NETNS_GUARD = WARREN_NETNS_GUARD,
};

/**
 * The calling process goes into a namespace as `ip netns exec` does: with any
 * flag also into a mount namespace of its own, whose mounts follow the host's
 * (slaves) and never go back there. With no flag it is netns_enter().
 * What is only an amenity degrades to a warning in the log: a sysfs that may not
 * be mounted, a file in /etc that cannot be covered.
 *
 * A missing /etc/FILE is shown through a read-only union over /etc. A target
 * that is a symbolic link is covered both on what it leads to and on the link.
 * Nothing is written outside of the new mount namespace.
 *
 * @param nsfd   the network namespace; the caller's to close
 * @param name   whose files, and the host name
 * @param flags  NETNS_AS_*; NETNS_LEAN: lean_enter(); NETNS_GUARD: etc_bind()
 * @param err    filled on failure; the process may be half inside then and is good for exit only
 * @return 0, -EPERM, -EINVAL (not a network namespace), -ENOSPC
 */
int netns_enter_as(struct warren *w, int nsfd, const char *name, unsigned flags,
		   struct warren_err *err);

/** @return descriptor of the calling thread's network namespace, or a negative errno */
int netns_current(struct warren_err *err);

/** @return inode of the calling thread's network namespace, by which it is told from others; 0 where that fails */
uint64_t netns_current_id(void);

/**
 * Make the directory of names ready, as `ip netns` does: it exists and is a
 * mount of its own with shared propagation, so that a name given here is seen
 * in other mount namespaces, and one taken away is gone there too. Safe
 * against others that do so at the same time (flock on the directory).
 */
int netns_dir_prepare(struct warren *w, struct warren_err *err);

/** Open the directory of names for netns_mount_id(). @return to be closed, or a negative errno */
int netns_dir_open(const struct warren *w);

/**
 * The number of the mount that a name has, which no other mount ever gets, and
 * the inode of the namespace on it.
 * @param dir  of netns_dir_open(): a path is walked for each of many names
 * @return 0, -ENOENT, -EOPNOTSUPP (before Linux 6.8), -EINVAL (a mount of another kind, or none)
 */
int netns_mount_id(int dir, const char *name, uint64_t *mount, uint64_t *inode);

/**
 * The number of the mount that is on a directory.
 * @param dir   as for openat(2)
 * @param path  from there; "": dir itself
 * @return 0 or a negative errno; -EOPNOTSUPP (it is no mount, or before Linux 6.8)
 */
int netns_mount_on(int dir, const char *path, uint64_t *mount);

/** @return 0 to go on; else netns_mounts_each() returns it */
typedef int netns_mount_fn(void *data, uint64_t mount);

/**
 * Call fn with the number of each mount that is below a mounted directory, at
 * any depth. One call of the kernel for thousands.
 * @param dir   as for openat(2)
 * @param path  from there; "": dir itself
 * @return 0, what fn returned, or a negative errno as of netns_mount_on()
 */
int netns_mounts_each(int dir, const char *path, netns_mount_fn *fn, void *data);

/** The last part of the path that a mount is at. @return 0 or a negative errno */
int netns_mount_name(uint64_t mount, char ret[NAME_MAX + 1]);

/*
 * What tells a namespace under its name from any other that gets the name later.
 * While a descriptor of the namespace is open, no other has its inode, either.
 */
struct netns_id {
	uint64_t inode; /* of the namespace; 0: not known yet */
	uint64_t mount; /* that the name is, see netns_mount_id(); 0: not known (before Linux 6.8), or it is none */
	bool link; /* the name is a symbolic link to the namespace, and no mount */
};

/**
 * What a path is now.
 * @param dir, path, flags  as of statx(2)
 * @param[out] ret          inode and mount
 * @return 0 or a negative errno
 */
int netns_id_of(int dir, const char *path, int flags, struct netns_id *ret);

/** Whether a name is still that of a namespace; dir of netns_dir_open(). */
bool netns_has_name(int dir, const char *name, const struct netns_id *id);

/**
 * Open a namespace by its name. The descriptor is of the name's mount, too: netns_detach().
 * @param id  filled where its inode is 0; else it must be that one
 * @return descriptor, -ENOENT, -EINVAL (no network namespace), -ESTALE (it is another one), …
 */
int netns_open(struct warren *w, const char *name, struct netns_id *id, struct warren_err *err);

/** The same where it was just seen that the name is this mount: in half the time; dir of netns_dir_open(). @return descriptor or a negative errno */
int netns_open_seen(int dir, const char *name, const struct netns_id *id);

/** Whether names can be removed: to be asked before netns_detach(), as a mount that is gone cannot be put back. @return 0 or a negative errno */
int netns_dir_writable(const struct warren *w, struct warren_err *err);

/**
 * Unmount a name; the file stays, for netns_unpin_detached(). Whoever has the name by
 * now keeps it. For many in a row, close the descriptors after the last one: once the
 * kernel has begun to take namespaces apart, each unmounting waits for that
 * (namespace_unlock() waits for a grace period of RCU).
 * @param fd     of netns_open(), with this id
 * @param spare  a descriptor that this may put to another use, the same for all names; or -1
 * @return 0, also where it is no mount any more, or a negative errno
 */
int netns_detach(struct warren *w, const char *name, int fd, int spare, const struct netns_id *id,
		 struct warren_err *err);

/**
 * Remove the file of a name after netns_detach().
 * @return 0, also where it is gone, -ESTALE (somebody else's namespace has the name), …
 */
int netns_unpin_detached(struct warren *w, const char *name, const struct netns_id *id,
			 struct warren_err *err);

/**
 * Remove a placeholder whose mount is gone.
 * @param note  that it has
 * @return 0, also where it is gone, -ESTALE (it is another one, or has a mount), …
 */
int netns_remove_placeholder(struct warren *w, const char *name, const char *note,
			     struct warren_err *err);

/**
 * Refuse to give names where they are seen by this process and its children only: in
 * mounts that follow the host's but not the reverse, as `ip netns exec`,
 * `warren exec` and a systemd unit with PrivateMounts= have them. Such names
 * are gone with the last process in these mounts.
 * @param whose  begins the error: whose names they are
 * @return 0, also where that cannot be known, or -EXDEV
 */
int netns_dir_is_seen(const struct warren *w, const char *whose, struct warren_err *err);

/**
 * Make a directory a mount of its own that is read-only: what it has is the same for many,
 * and no one's to change.
 * @return 0, also where it is so already, or a negative errno
 */
int netns_dir_protect(const char *dir);

bool netns_dir_is_protected(const char *dir);

/** Take that away. @return 0, also where it is not so, or a negative errno */
int netns_dir_unprotect(const char *dir);

/**
 * Open a directory to write into it, below the mount that protects it; where the kernel
 * cannot do that, it is protected no more.
 * @return descriptor or a negative errno
 */
int netns_dir_open_protected(const char *dir);

/* How a note begins: a file with other content is not ours to remove. */
#define NETNS_NOTE "warren:"

/*
 * What placeholders say: a file without a name, in the directory of names, for
 * netns_pin(). It gets its names with its content, so that there is no moment
 * at which a placeholder cannot be told from what others made.
 */
struct netns_note {
	int fd;		/* -1 where the file system cannot do that */
	uint64_t inode; /* of fd */
	char text[160];
};
#define NETNS_NOTE_INIT                                                                            \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/**
 * @param text      begins with NETNS_NOTE
 * @param[out] ret  begun with NETNS_NOTE_INIT; netns_note_close() in any case
 * @return 0 or a negative errno
 */
int netns_note_open(struct warren *w, const char *text, struct netns_note *ret,
		    struct warren_err *err);
void netns_note_close(struct netns_note *note);

/**
 * Give a namespace a name: a placeholder file, which must not be there yet, the namespace mounted
 * over it.
 * @param fd       of the namespace
 * @param name     checked with warren_netns_name_ok() before
 * @param note     becomes the placeholder, to be found if its mount goes; NULL for an empty file
 * @param[out] id  what the name is now
 * @return 0, -EEXIST, -ENOENT (somebody took the file away), …; on failure no file stays
 */
int netns_pin(struct warren *w, int fd, const char *name, const struct netns_note *note,
	      struct netns_id *id, struct warren_err *err);

/**
 * Take a name away (all mounts stacked on it, then the file); see warren_netns_delete().
 */
int netns_unpin(struct warren *w, const char *name, struct warren_err *err);

/**
 * A directory descriptor of a fresh procfs instance's sys/ whose sysctls are
 * those of the namespace that the calling thread is in at each openat().
 * Why fresh: all network namespaces share one dentry hash chain per sysctl
 * name, so opening under one /proc is quadratic in the number of namespaces
 * (proc_sys_compare in fs/proc/proc_sysctl.c); a new superblock starts with
 * empty chains. The handle renews itself every 64 namespaces. Falls back to
 * /proc/sys where fsopen(2) is refused.
 */
struct netns_proc {
	int fd;	       /* of sys/, or -1 */
	unsigned uses; /* namespaces seen with this instance */
};
#define NETNS_PROC_INIT                                                                            \
	{                                                                                          \
		-1, 0                                                                              \
	}

/**
 * Count one more namespace and renew the instance where it is due.
 * @return descriptor of sys/ (borrowed), or a negative errno
 */
int netns_proc_next(struct netns_proc *p, struct warren_err *err);
void netns_proc_close(struct netns_proc *p);

/**
 * The processes that this one can name by number: an instance of procfs of its
 * own, whatever is mounted or covered; where fsopen(2) is refused /proc, if that
 * is the one of this pid namespace.
 * @return descriptor of its root to read, or a negative errno
 */
int netns_proc_root(struct warren_err *err);

/** @return what names the kind of file a name is, for errors: "a directory", "a FIFO", … */
const char *netns_describe(struct warren *w, const char *name);

#endif
