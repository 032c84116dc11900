/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns/lift.h"

#include "base/cleanup.h"
#include "netns/mount-api.h"
#include "netns/netns.h"

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

struct listed {
	struct lifted *l;
	const char *dir;
	size_t n;
	int r; /* of take() */
};

static int take_one(void *data, uint64_t mount)
{
	struct listed *x = data;
	struct api_mount a;

	if (x->n++ == LISTED)
		return -E2BIG;
	if (api_statmount_point(mount, &a) == 0)
		x->r = take(x->l, x->dir, a.text + a.point);
	return x->r;
}

/*
 * Without the kernel printing those of a thousand namespaces in mountinfo,
 * which would cost more than the rest of entering a namespace.
 * @return false where it cannot tell in this way
 */
static bool take_listed(struct lifted *l, const char *dir, int *r)
{
	struct listed x = { l, dir, 0, 0 };
	const bool told = netns_mounts_each(AT_FDCWD, dir, take_one, &x) == 0;

	*r = x.r;
	return told || x.r < 0;
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
