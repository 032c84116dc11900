/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns/netns.h"

#include "base/context.h"
#include "netns/mount-api.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define AT_ONCE 512

int netns_dir_open(const struct warren *w)
{
	const int fd = open(w->netns_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int netns_mount_id(int dir, const char *name, uint64_t *mount, uint64_t *inode)
{
	const unsigned want = API_STAT_INODE | API_STAT_MOUNT_UNIQUE;
	struct api_stat sx;

	if (!warren_netns_name_ok(name))
		return -EINVAL;
	if (api_statx(dir, name, AT_SYMLINK_NOFOLLOW, want, &sx) < 0)
		return -errno;
	if (~sx.mask & want)
		return -EOPNOTSUPP;
	if (!(sx.attributes & API_STAT_IS_MOUNT))
		return -EINVAL;
	*mount = sx.mount;
	*inode = sx.inode;
	return 0;
}

int netns_mount_name(uint64_t mount, char ret[NAME_MAX + 1])
{
	struct api_mount a;
	const char *slash;
	size_t len;

	if (api_statmount_point(mount, &a) < 0)
		return -errno;
	slash = strrchr(a.text + a.point, '/');
	len = slash ? strlen(slash + 1) : 0;
	if (!slash || len > NAME_MAX)
		return -EINVAL;
	memcpy(ret, slash + 1, len + 1);
	return 0;
}

int netns_mount_on(int dir, const char *path, uint64_t *mount)
{
	struct api_stat sx;

	if (api_statx(dir, path, AT_EMPTY_PATH, API_STAT_MOUNT_UNIQUE, &sx) < 0)
		return -errno;
	if (!(sx.mask & API_STAT_MOUNT_UNIQUE) || !(sx.attributes & API_STAT_IS_MOUNT))
		return -EOPNOTSUPP;
	*mount = sx.mount;
	return 0;
}

int netns_mounts_each(int dir, const char *path, netns_mount_fn *fn, void *data)
{
	uint64_t ids[AT_ONCE], after = 0, mount;
	long n = AT_ONCE;
	int r = netns_mount_on(dir, path, &mount);

	while (r == 0 && n == AT_ONCE) {
		n = api_listmount(mount, after, ids, AT_ONCE);
		if (n < 0)
			return -errno;
		for (long i = 0; r == 0 && i < n; i++)
			r = fn(data, after = ids[i]);
	}
	return r;
}
