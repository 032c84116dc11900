/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns/readonly.h"

#include "base/cleanup.h"
#include "netns/mount-api.h"
#include "netns/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

/* Before Linux 5.12, or where sandboxes refuse the newer calls; it can be written to for a moment. */
static int bind_in_two_steps(const char *source, const char *target)
{
	unsigned long keep;
	struct statvfs st;
	int r = 0;

	if (mount(source, target, "none", MS_BIND, NULL) < 0)
		return -errno;
	if (statvfs(target, &st) < 0)
		r = -errno;
	/* what came with a user namespace is locked; the numbers are those of mount(2) */
	keep = r < 0 ? 0 : st.f_flag & (ST_NOSUID | ST_NODEV | ST_NOEXEC);
	if (r == 0 && mount("", target, "none", MS_REMOUNT | MS_BIND | MS_RDONLY | keep, NULL) < 0)
		r = -errno;
	if (r < 0)
		umount2(target, MNT_DETACH);
	return r;
}

int readonly_bind(const char *source, const char *target, unsigned follow)
{
	auto_close int tree = api_open_tree(AT_FDCWD, source, 0);

	if (tree >= 0 && api_tree_attr(tree, API_RDONLY, MS_PRIVATE) == 0)
		return api_move_mount(tree, target, follow) < 0 ? -errno : 0;
	if (errno != ENOSYS && errno != EPERM)
		return -errno;
	return bind_in_two_steps(source, target);
}

bool netns_dir_is_protected(const char *dir)
{
	struct statvfs st;

	return statvfs(dir, &st) == 0 && (st.f_flag & ST_RDONLY);
}

int netns_dir_protect(const char *dir)
{
	return netns_dir_is_protected(dir) ? 0 : readonly_bind(dir, dir, 0);
}

int netns_dir_unprotect(const char *dir)
{
	while (umount2(dir, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		continue;
	return errno == EINVAL || errno == ENOENT ? 0 : -errno;
}

/* A copy of the mount that is below has nothing mounted on it. */
static int open_below(const char *dir)
{
	const char *name = strrchr(dir, '/');
	auto_close int tree = -1;
	char parent[PATH_MAX];
	int fd;

	if (!name || snprintf(parent, sizeof(parent), "%.*s", (int)(name - dir), dir) >= PATH_MAX)
		return -ENAMETOOLONG;
	tree = api_open_tree(AT_FDCWD, parent, 0);
	if (tree < 0)
		return -errno;
	fd = openat(tree, name + 1, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int netns_dir_open_protected(const char *dir)
{
	int fd, r;

	if (netns_dir_is_protected(dir)) {
		r = open_below(dir);
		if (r != -ENOSYS && r != -EPERM)
			return r;
		r = netns_dir_unprotect(dir);
		if (r < 0)
			return r;
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
