/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns/netns.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "netns/hint.h"
#include "netns/mount-api.h"
#include "netns/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct hint hints[] = {
	{ EACCES, "root's rights are needed" },
	{ EPERM, "CAP_SYS_ADMIN is needed" },
	{ EROFS, "mount it for writing, or, from within 'exec' or 'shell', do it outside" },
	{ EBUSY, "something else holds the mount" },
	{ ENOTDIR, "the place of all named namespaces, /run/netns, is no directory" },
	{ 0 },
};

static int fail_taken(const char *name, struct warren_err *err)
{
	return warren_fail(err, -ESTALE,
			   "namespace \"%s\": somebody else gave the name to another one just "
			   "now; it stays",
			   name);
}

int netns_id_of(int dir, const char *path, int flags, struct netns_id *ret)
{
	struct api_stat sx;
	struct stat st;

	ret->mount = 0;
	if (api_statx(dir, path, flags, API_STAT_INODE | API_STAT_MOUNT_UNIQUE, &sx) == 0) {
		ret->inode = sx.inode;
		if (sx.mask & API_STAT_MOUNT_UNIQUE)
			ret->mount = sx.mount;
		return 0;
	}
	/* forbidden to us, as sandboxes do with what they do not know */
	if (errno != ENOSYS && errno != EPERM)
		return -errno;
	if (fstatat(dir, path, &st, flags) < 0)
		return -errno;
	ret->inode = st.st_ino;
	return 0;
}

static bool same(const struct netns_id *a, const struct netns_id *b)
{
	return a->inode == b->inode && (!a->mount || !b->mount || a->mount == b->mount);
}

bool netns_has_name(int dir, const char *name, const struct netns_id *id)
{
	struct netns_id now = { 0 };

	if (netns_id_of(dir, name, id->link ? 0 : AT_SYMLINK_NOFOLLOW, &now) < 0)
		return false;
	if (id->link)
		now.mount = 0;
	return same(id, &now);
}

/* @return descriptor or a negative errno; *ret: what it is of */
static int open_as_it_is(const char *path, struct netns_id *ret)
{
	auto_close int fd = netns_open_path(path, &ret->link);
	int r = fd < 0 ? fd : netns_id_of(fd, "", AT_EMPTY_PATH, ret);

	return r < 0 ? r : take_fd(&fd);
}

int netns_open(struct warren *w, const char *name, struct netns_id *id, struct warren_err *err)
{
	struct netns_id now = { 0 };
	auto_close int fd = -1;
	char path[PATH_MAX];
	int r = netns_path(w, name, path, err);

	if (r < 0)
		return r;
	fd = open_as_it_is(path, &now);
	r = fd < 0 ? fd : 0;
	if (now.link)
		now.mount = 0; /* what it leads to is not the name's */
	if (r == 0 && id->inode && !same(id, &now))
		return fail_taken(name, err);
	if (r == -EINVAL)
		return warren_fail(err, r, "cannot open network namespace \"%s\": \"%s\" is %s",
				   name, path, netns_describe(w, name));
	if (r < 0)
		return hint_fail(err, r, hints, "open network namespace \"%s\"", name);
	*id = now;
	return take_fd(&fd);
}

int netns_open_seen(int dir, const char *name, const struct netns_id *id)
{
	struct netns_id now = { 0 };
	auto_close int fd = -1;
	int r;

	if (!warren_netns_name_ok(name))
		return -EINVAL;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	r = fd < 0 ? -errno : netns_id_of(fd, "", AT_EMPTY_PATH, &now);
	if (r == 0 && (!id->mount || id->mount != now.mount || id->inode != now.inode))
		r = -ESTALE;
	return r < 0 ? r : take_fd(&fd);
}

/* Just this mount, whatever has its name by now. @return 0, -EINVAL (it is none any more, or locked), … */
static int unmount(int fd, int spare, const char *path, const struct netns_id *id)
{
	/* One number for all: /proc makes an inode for each that it is asked for. */
	const int number = spare >= 0 ? dup3(fd, spare, O_CLOEXEC) : -1;
	char self[40];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", number < 0 ? fd : number);
	if (umount2(self, MNT_DETACH) == 0)
		return 0;
	if (errno != ENOENT)
		return -errno;
	/* There is no /proc */
	if (!netns_has_name(AT_FDCWD, path, id))
		return -EINVAL;
	return umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 ? -errno : 0;
}

int netns_detach(struct warren *w, const char *name, int fd, int spare, const struct netns_id *id,
		 struct warren_err *err)
{
	char path[PATH_MAX];
	int r = netns_path(w, name, path, err);

	if (r == 0 && !id->link)
		r = unmount(fd, spare, path, id);
	/* EINVAL: it is no mount any more; what has the name, netns_unpin_detached() sees */
	if (r == -EINVAL)
		return 0;
	return r < 0 ? hint_fail(err, r, hints, "unmount \"%s\"", path) : 0;
}

/* Take away one more mount of the same namespace. @return 0, -ESTALE (it is of another one), -EAGAIN (of none, now), -EBUSY, … */
static int unmount_another(const char *path, const struct netns_id *id)
{
	struct netns_id now = { 0 };
	auto_close int fd = open_as_it_is(path, &now);
	int r = fd < 0 ? fd : 0;

	if (r == 0 && now.inode != id->inode)
		return -ESTALE;
	if (r == -EINVAL || r == -ENOENT)
		return -EAGAIN;
	if (r == 0)
		r = unmount(fd, -1, path, &now);
	/* it went meanwhile; or it came with our user namespace and is locked */
	return r == -EINVAL ? -EBUSY : r;
}

int netns_unpin_detached(struct warren *w, const char *name, const struct netns_id *id,
			 struct warren_err *err)
{
	char path[PATH_MAX];
	int r = netns_path(w, name, path, err);

	if (r < 0)
		return r;
	for (long ms = 1; unlink(path) < 0;) {
		r = errno == EBUSY ? unmount_another(path, id) : -errno;
		if (r == -ENOENT)
			return 0;
		if (r == -ESTALE || (r == -EAGAIN && ms > 128))
			return fail_taken(name, err);
		if (r < 0 && ((r != -EBUSY && r != -EAGAIN) || ms > 128))
			return hint_fail(err, r, hints, "remove namespace file \"%s\"", path);
		if (r < 0) {
			nanosleep(&(struct timespec){ 0, ms * 1000000 }, NULL);
			ms *= 2;
		}
	}
	return 0;
}

int netns_remove_placeholder(struct warren *w, const char *name, const char *note,
			     struct warren_err *err)
{
	auto_close int fd = -1;
	auto_free char *text = NULL;
	char path[PATH_MAX];
	int r = netns_path(w, name, path, err);

	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return 0;
	/* what is mounted on it by now is no text */
	if (fd < 0 || fd_read_all(fd, strlen(note), &text, NULL) < 0 || strcmp(text, note) != 0)
		return fail_taken(name, err);
	if (unlink(path) == 0 || errno == ENOENT)
		return 0;
	return errno == EBUSY ? fail_taken(name, err)
			      : hint_fail(err, -errno, hints, "remove namespace file \"%s\"", path);
}
