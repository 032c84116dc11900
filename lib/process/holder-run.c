/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process/holder.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define RUN    "/run"
#define SOURCE "warren"

/* What the new /run has of its own; "netns" is made by who needs it. */
static bool is_ours(const char *name)
{
	static const char *const ours[] = { ".", "..", "netns", "warren", NULL };
	const char *const *o = ours;

	while (*o && strcmp(*o, name) != 0)
		o++;
	return *o;
}

static void copy_link(const char *name, const char *to)
{
	char target[4096];
	ssize_t n = readlink(name, target, sizeof(target) - 1);

	if (n < 0)
		return;
	target[n] = 0;
	(void)!symlink(target, to);
}

/*
 * The current directory is the old /run, which the new one covers: a relative
 * source is looked up there. Recursive, as a bind mount without the mounts
 * below is refused in a user namespace (they are locked together).
 * What cannot be shown is left out: the user can do without, or finds it missing by name.
 */
static void copy_entry(const char *name)
{
	char to[sizeof(RUN "/") + NAME_MAX];
	auto_close int fd = -1;
	struct stat st;

	snprintf(to, sizeof(to), RUN "/%s", name);
	if (lstat(name, &st) < 0)
		return;
	if (S_ISLNK(st.st_mode)) {
		copy_link(name, to);
		return;
	}
	if (!S_ISDIR(st.st_mode))
		fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (S_ISDIR(st.st_mode) ? mkdir(to, 0755) < 0 : fd < 0)
		return;
	if (mount(name, to, NULL, MS_BIND | MS_REC, NULL) < 0)
		unlinkat(AT_FDCWD, to, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
}

/* Same directory under the same path as before? */
static int check_visible(const char *path, const struct stat *before)
{
	struct stat now;

	if (stat(path, &now) < 0)
		return -errno;
	return now.st_ino == before->st_ino && now.st_dev == before->st_dev ? 0 : -ENOTDIR;
}

bool holder_made_run(void)
{
	auto_free char *mounts = NULL;

	return fd_read_file(AT_FDCWD, "/proc/self/mountinfo", (size_t)64 << 20, &mounts, NULL) ==
		       0 &&
	       strstr(mounts, " - tmpfs " SOURCE " ");
}

int holder_make_run(const char *path)
{
	auto_closedir DIR *old = NULL;
	struct stat before;
	struct dirent *e;

	/* Mounts made outside later shall appear here, but never the other way round. */
	if (stat(path, &before) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return -errno;
	old = opendir(RUN);
	if (!old || fchdir(dirfd(old)) < 0 ||
	    mount(SOURCE, RUN, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") < 0)
		return -errno;
	while ((e = readdir(old)))
		if (!is_ours(e->d_name))
			copy_entry(e->d_name);
	/* By this link a warren that is started inside finds its way (rootless.c). */
	if (symlink(path, RUN "/warren") < 0 || chdir("/") < 0)
		return -errno;
	return check_visible(path, &before);
}
