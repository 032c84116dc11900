/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns/lift.h"

#include "base/cleanup.h"
#include "netns/mount-api.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#define LISTED 256 /* mounts below /sys are a dozen or two; for more, mountinfo */

static int take(struct lifted *l, const char *dir, const char *path)
{
	size_t len = strlen(dir);
	struct lifted_mount m;

	if (strncmp(path, dir, len) != 0 || path[len] != '/')
		return 0;
	vec_foreach(have, &l->all) {
		len = strlen(have->path);
		if (strncmp(path, have->path, len) == 0 && (path[len] == '/' || !path[len]))
			return 0; /* came with it */
	}
	m.fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (m.fd < 0)
		return errno == ENOENT || errno == EACCES ? 0 : -errno; /* hidden by another */
	m.path = strdup(path);
	if (m.path && vec_push(&l->all, m) == 0)
		return 0;
	free(m.path);
	close(m.fd);
	return -ENOMEM;
}

/*
 * Without the kernel printing those of a thousand namespaces in mountinfo,
 * which would cost more than the rest of entering a namespace.
 * @return false where it cannot tell in this way
 */
static bool take_listed(struct lifted *l, const char *dir, int *r)
{
	struct api_mount a;
	uint64_t ids[LISTED];
	struct api_stat sx;
	long n;

	if (api_statx(AT_FDCWD, dir, 0, API_STAT_MOUNT_UNIQUE, &sx) < 0 ||
	    !(sx.mask & API_STAT_MOUNT_UNIQUE) || !(sx.attributes & API_STAT_IS_MOUNT))
		return false;
	n = api_listmount(sx.mount, 0, ids, LISTED);
	if (n < 0 || n == LISTED)
		return false;
	*r = 0;
	for (long i = 0; i < n && *r == 0; i++)
		if (api_statmount_point(ids[i], &a) == 0)
			*r = take(l, dir, a.text + a.point);
	return true;
}

/* mountinfo writes white space and backslashes as \ooo. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] && s[2] && s[3]) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = 0;
}

static int take_from_mountinfo(struct lifted *l, const char *dir)
{
	auto_fclose FILE *f = fopen("/proc/thread-self/mountinfo", "re");
	auto_free char *line = NULL;
	char *rest, *path;
	size_t size = 0;
	int r = 0;

	if (!f)
		return -errno;
	while (r == 0 && getline(&line, &size, f) > 0) {
		rest = line;
		path = NULL;
		for (int field = 0; field < 5; field++) /* id parent dev root PATH … */
			path = strsep(&rest, " ");
		if (!path)
			continue;
		unescape(path);
		r = take(l, dir, path);
	}
	return r;
}

int lifted_take(struct lifted *ret, const char *dir)
{
	int r;

	return take_listed(ret, dir, &r) ? r : take_from_mountinfo(ret, dir);
}

/* Moved, or where it came with our user namespace and is locked, a copy of it; with what is below. */
static int put_back(const struct lifted_mount *m)
{
	auto_close int tree = -1;

	if (api_move_mount(m->fd, m->path, 0) == 0)
		return 0;
	tree = api_open_tree(m->fd, "", AT_EMPTY_PATH | AT_RECURSIVE);
	return tree < 0 ? tree : api_move_mount(tree, m->path, 0);
}

size_t lifted_put_back(struct lifted *l)
{
	size_t lost = 0;

	vec_foreach(m, &l->all)
		lost += put_back(m) < 0;
	return lost;
}

void lifted_fini(struct lifted *l)
{
	vec_foreach(m, &l->all) {
		close(m->fd);
		free(m->path);
	}
	vec_fini(&l->all);
}
