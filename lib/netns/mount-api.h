/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETNS_MOUNT_API_H
#define NETNS_MOUNT_API_H

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The mount calls of Linux 5.2. Not by <sys/mount.h>: musl and glibc before
 * 2.36 lack them, and glibc's constants collide with <linux/mount.h>. The
 * numbers are the kernel's and the same on every architecture (alpha excepted).
 */

static inline int api_fsopen(const char *type)
{
	return (int)syscall(SYS_fsopen, type, 1u /* FSOPEN_CLOEXEC */);
}

static inline int api_fsconfig_create(int fs)
{
	return (int)syscall(SYS_fsconfig, fs, 6u /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0);
}

static inline int api_fsmount(int fs)
{
	return (int)syscall(SYS_fsmount, fs, 1u /* FSMOUNT_CLOEXEC */, 0u);
}

/* A detached copy of one mount; with AT_RECURSIVE in flags also of those below. */
static inline int api_open_tree(int dirfd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dirfd, path,
			    1u /* OPEN_TREE_CLONE */ | O_CLOEXEC | flags);
}

/* Attach a detached mount. A target that is a symbolic link is followed only with API_FOLLOW. */
#define API_FOLLOW 0x10u /* MOVE_MOUNT_T_SYMLINKS */

static inline int api_move_mount(int tree, const char *to, unsigned flags)
{
	return (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, to,
			    4u /* MOVE_MOUNT_F_EMPTY_PATH */ | flags);
}

/* Attach it to what a descriptor is of, wherever that is. */
static inline int api_move_mount_onto(int tree, int fd)
{
	return (int)syscall(SYS_move_mount, tree, "", fd, "",
			    4u /* MOVE_MOUNT_F_EMPTY_PATH */ | 0x40u /* MOVE_MOUNT_T_EMPTY_PATH */);
}

#define API_RDONLY 1u /* MOUNT_ATTR_RDONLY */

/* Set attributes (API_RDONLY, or 0) and propagation (MS_PRIVATE, …) of a detached mount and those below, Linux 5.12. */
static inline int api_tree_attr(int tree, uint64_t attributes, uint64_t propagation)
{
	struct {
		uint64_t set, clear, propagation, userns;
	} attr = { attributes, 0, propagation, 0 };

	/* SYS_mount_setattr; glibc's name for it is younger than the kernel's */
	return (int)syscall(442, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr));
}

/* statx(2), of which musl before 1.2.5 has nothing and that one not the mount. */
struct api_stat {
	uint32_t mask, block_size; /* mask: what of API_STAT_… is told */
	uint64_t attributes;
	uint32_t links_owner_mode[4];
	uint64_t inode;
	uint64_t size_times_devices[13];
	uint64_t mount;
	uint64_t later[13];
};
_Static_assert(sizeof(struct api_stat) == 256, "as the kernel has it");

#define API_STAT_INODE	      0x100u
#define API_STAT_MOUNT	      0x1000u /* STATX_MNT_ID, Linux 5.8: the number in mountinfo */
#define API_STAT_MOUNT_UNIQUE 0x4000u /* STATX_MNT_ID_UNIQUE, Linux 6.8 */
#define API_STAT_IS_MOUNT     0x2000u /* in attributes: STATX_ATTR_MOUNT_ROOT */

static inline int api_statx(int dirfd, const char *path, int flags, unsigned want,
			    struct api_stat *ret)
{
	return (int)syscall(SYS_statx, dirfd, path, flags | AT_NO_AUTOMOUNT, want, ret);
}

/* listmount(2) and statmount(2), Linux 6.8: the mounts below one mount, at any depth, by their unique numbers. */
struct api_mount_request {
	uint32_t size, spare;
	uint64_t id, param;
};

struct api_mount {
	uint32_t size, options;
	uint64_t mask;
	uint32_t device[2];
	uint64_t type; /* magic number of the file system: statfs(2) */
	uint32_t type_flags, type_text;
	uint64_t id, parent;
	uint32_t old_ids[2];
	uint64_t flags;	      /* MOUNT_ATTR_… */
	uint64_t propagation; /* MS_SHARED, … */
	uint64_t peers[3];
	uint32_t root;
	uint32_t point; /* offset in text */
	uint32_t more[100];
	char text[4096];
};
_Static_assert(offsetof(struct api_mount, text) == 512, "as the kernel has it");

/* @return how many, from the one after `after` on; -1 with errno */
static inline long api_listmount(uint64_t below, uint64_t after, uint64_t *ids, size_t n)
{
	const struct api_mount_request q = { sizeof(q), 0, below, after };

	return syscall(458, &q, ids, n, 0u);
}

#define API_ROOT UINT64_MAX /* LSMT_ROOT: below the root directory, its own mount included */

/* The youngest of all mounts, Linux 6.12: their numbers only grow. @return 1; -1 with errno */
static inline long api_newest_mount(uint64_t *id)
{
	const struct api_mount_request q = { sizeof(q), 0, API_ROOT, 0 };

	return syscall(458, &q, id, 1, 1u /* LISTMOUNT_REVERSE */);
}

static inline int api_statmount(uint64_t id, uint64_t want, struct api_mount *ret, size_t size)
{
	const struct api_mount_request q = { sizeof(q), 0, id, want };

	return (int)syscall(457, &q, ret, size, 0u);
}

/* Where it is mounted: ret->text + ret->point; empty where that is out of reach */
static inline int api_statmount_point(uint64_t id, struct api_mount *ret)
{
	ret->text[0] = 0;
	return api_statmount(id, 0x10u /* STATMOUNT_MNT_POINT */, ret, sizeof(*ret));
}

/* The numbers: ret->type to ret->propagation */
static inline int api_statmount_basic(uint64_t id, struct api_mount *ret)
{
	return api_statmount(id, 0x3u /* STATMOUNT_SB_BASIC, STATMOUNT_MNT_BASIC */, ret,
			     offsetof(struct api_mount, text));
}

/* NS_MNT_GET_INFO of <linux/nsfs.h>, Linux 6.12: of a mount namespace */
struct api_mounts_info {
	uint32_t size, mounts; /* mounts: how many there are */
	uint64_t id;
};
#define API_MOUNTS_INFO _IOR(0xb7, 10, struct api_mounts_info)

/*
 * The mount namespace of the calling process, Linux 6.11; a tenth of the time that it
 * takes to open /proc/self/ns/mnt. @return descriptor, close-on-exec; -1 with errno
 */
static inline int api_mounts_current(void)
{
	const int pid = (int)syscall(434, getpid(), 0u);	   /* pidfd_open(2) */
	const int ns = pid < 0 ? -1 : ioctl(pid, _IO(0xff, 3), 0); /* PIDFD_GET_MNT_NAMESPACE */

	if (pid >= 0)
		close(pid);
	return ns;
}

#endif
