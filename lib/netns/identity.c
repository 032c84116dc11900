/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns/netns.h"

#include "base/cleanup.h"
#include "netns/hint.h"
#include "netns/mount-api.h"
#include "netns/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct hint hints[] = {
	{ EACCES, "root's rights are needed" },
	{ EPERM, "CAP_SYS_ADMIN is needed" },
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

int netns_open(struct warren *w, const char *name, struct netns_id *id, struct warren_err *err)
{
	struct netns_id now = { 0 };
	auto_close int fd = -1;
	char path[PATH_MAX];
	int r = netns_path(w, name, path, err);

	if (r < 0)
		return r;
	fd = netns_open_path(path, &now.link);
	r = fd < 0 ? fd : netns_id_of(fd, "", AT_EMPTY_PATH, &now);
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

int netns_open_seen(struct warren *w, const char *name, const struct netns_id *id)
{
	struct netns_id now = { 0 };
	auto_close int fd = -1;
	char path[PATH_MAX];
	int r = netns_path(w, name, path, NULL);

	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	r = fd < 0 ? -errno : netns_id_of(fd, "", AT_EMPTY_PATH, &now);
	if (r == 0 && (!id->mount || id->mount != now.mount || id->inode != now.inode))
		r = -ESTALE;
	return r < 0 ? r : take_fd(&fd);
}
