/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns/etc.h"

#include "base/cleanup.h"
#include "base/context.h"
#include "base/vec.h"
#include "netns/lift.h"
#include "netns/mount-api.h"
#include "netns/readonly.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* What names are looked up with. */
static const char *const resolver_files[] = { "resolv.conf", "hosts" };
#define RESOLVER_FILES 2

struct etc {
	struct warren *w;
	DIR *dir;
	const char *path;	  /* of dir */
	VEC(char *) lacking;	  /* names that /etc has not */
	bool covered;		  /* with something that has them */
	bool own[RESOLVER_FILES]; /* of resolver_files: the namespace's is seen */
};

static void etc_fini(struct etc *e)
{
	vec_foreach(name, &e->lacking)
		free(*name);
	vec_fini(&e->lacking);
	if (e->dir)
		closedir(e->dir);
}

/* @return the next name, or NULL */
static const char *next_name(const struct etc *e)
{
	struct dirent *f;

	do
		f = readdir(e->dir);
	while (f && (strcmp(f->d_name, ".") == 0 || strcmp(f->d_name, "..") == 0));
	return f ? f->d_name : NULL;
}

/* Something to mount on, for each name that /etc lacks. */
static int make_placeholders(const struct etc *e, int at)
{
	struct stat st;
	int fd, r = 0;

	for (size_t i = 0; i < e->lacking.n && r == 0; i++) {
		const char *name = e->lacking.v[i];

		if (fstatat(dirfd(e->dir), name, &st, 0) < 0)
			continue;
		if (S_ISDIR(st.st_mode)) {
			r = mkdirat(at, name, 0755) < 0 ? -errno : 0;
			continue;
		}
		fd = openat(at, name, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
		r = fd < 0 ? -errno : 0;
		if (fd >= 0)
			close(fd);
	}
	return r;
}

static int union_with(const struct etc *e, int placeholders)
{
	char layers[64];
	int r = make_placeholders(e, placeholders);

	if (r < 0)
		return r;
	snprintf(layers, sizeof(layers), "lowerdir=/proc/self/fd/%d:/etc", placeholders);
	return mount("warren", "/etc", "overlay", MS_RDONLY, layers) < 0 ? -errno : 0;
}

/*
 * A mount needs something to be mounted on, and the host's /etc is not ours to
 * write to: so /etc becomes a union with a small tmpfs. It is read-only, because
 * what is written into a union would be lost at the end without a word. The
 * files themselves cannot be a layer: a layer within another is refused (ELOOP).
 */
static int cover_etc(const struct etc *e)
{
	struct lifted below auto_(lifted_fini) = { 0 };
	auto_close int fd = -1;
	char self[40];
	int r = lifted_take(&below, "/etc");

	if (r < 0)
		return r;
	/* On the files' directory, which is open already, for as long as it takes. */
	if (mount("warren", e->path, "tmpfs", 0, "mode=0755,size=64k") < 0)
		return -errno;
	fd = open(e->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = union_with(e, fd);
	if (r == 0)
		lifted_put_back(&below);
	/* Not by its path: that leads into the union now. */
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	umount2(self, MNT_DETACH);
	return r;
}

static int bind_at(const struct etc *e, const char *name, const char *target, unsigned follow)
{
	auto_close int tree = api_open_tree(dirfd(e->dir), name, 0);
	char source[PATH_MAX];

	if (tree >= 0)
		return api_move_mount(tree, target, follow) < 0 ? -errno : 0;
	if (errno != ENOSYS && errno != EPERM)
		return -errno;
	if (snprintf(source, sizeof(source), "%s/%s", e->path, name) >= PATH_MAX)
		return -ENAMETOOLONG;
	return mount(source, target, "none", MS_BIND, NULL) < 0 ? -errno : 0;
}

/*
 * Where the target is a link (to systemd-resolved's file, say) the file is
 * mounted on what it leads to, and on the link itself, too: the service replaces
 * its file by rename(2), which takes the mount on it away in all namespaces.
 */
static int bind_over(const struct etc *e, const char *name, const char *target, mode_t mode)
{
	struct stat st;
	int r = 0;

	if (S_ISLNK(mode) && stat(target, &st) == 0)
		r = bind_at(e, name, target, API_FOLLOW);
	return r < 0 ? r : bind_at(e, name, target, 0);
}

/* A file made under a strict umask leaves programs of other users without a resolver. */
static void warn_unreadable(const struct etc *e, const char *name)
{
	struct stat st;

	if (fstatat(dirfd(e->dir), name, &st, 0) < 0 || (st.st_mode & S_IROTH))
		return;
	context_log(e->w, WARREN_LOG_WARNING,
		    "\"%s/%s\" has mode %04o: programs of other users cannot read it", e->path,
		    name, (unsigned)(st.st_mode & 07777));
}

static void is_seen(struct etc *e, const char *name)
{
	for (size_t i = 0; i < RESOLVER_FILES; i++) {
		if (strcmp(name, resolver_files[i]) != 0)
			continue;
		e->own[i] = true;
		warn_unreadable(e, name);
	}
}

/* @return whether it waits for a target to be made */
static bool put_off(struct etc *e, const char *name)
{
	char *copy = e->covered ? NULL : strdup(name);

	if (copy && vec_push(&e->lacking, copy) == 0)
		return true;
	free(copy);
	return false;
}

static void show(struct etc *e, const char *name)
{
	char target[PATH_MAX];
	struct stat st;
	int r = -ENAMETOOLONG;

	if (snprintf(target, sizeof(target), "/etc/%s", name) < PATH_MAX)
		r = lstat(target, &st) < 0 ? -errno : 0;
	if (r == -ENOENT && put_off(e, name))
		return;
	if (r == 0)
		r = bind_over(e, name, target, st.st_mode);
	if (r < 0)
		context_log(e->w, WARREN_LOG_WARNING, "Bind %s/%s -> /etc/%s failed: %s", e->path,
			    name, name, strerror(-r));
	else
		is_seen(e, name);
}

static void show_all(struct etc *e)
{
	const char *name;
	int r = 0;

	e->dir = opendir(e->path);
	if (!e->dir && errno != ENOENT)
		context_log(e->w, WARREN_LOG_WARNING, "cannot read \"%s\": %s", e->path,
			    strerror(errno));
	if (!e->dir)
		return;
	while ((name = next_name(e)) != NULL)
		show(e, name);
	if (e->lacking.n > 0)
		r = cover_etc(e);
	if (r < 0)
		context_log(e->w, WARREN_LOG_INFO, "no union with /etc: %s", strerror(-r));
	e->covered = true;
	vec_foreach(lacking, &e->lacking)
		show(e, *lacking);
}

/* Both the file and a link to it, as in bind_over(). */
static int make_readonly(const char *path)
{
	struct stat st;
	int r = lstat(path, &st) < 0 ? -errno : 0;

	if (r == 0 && S_ISLNK(st.st_mode))
		r = readonly_bind(path, path, API_FOLLOW);
	return r < 0 ? r : readonly_bind(path, path, 0);
}

/* In place of a socket: who connects is refused, as if nobody listened. */
static int hide(const char *path)
{
	auto_close int tree = api_open_tree(AT_FDCWD, "/dev/null", 0);

	if (tree >= 0)
		return api_move_mount(tree, path, 0) < 0 ? -errno : 0;
	if (errno != ENOSYS && errno != EPERM)
		return -errno;
	return mount("/dev/null", path, "none", MS_BIND, NULL) < 0 ? -errno : 0;
}

/* The host's programs that look names up for others do so with the host's files, in the host's network. */
static void hide_caches(struct warren *w)
{
	static const char *const caches[] = {
		"/run/nscd/socket",
		"/var/run/nscd/socket", /* mostly the same, and no socket any more */
		"/run/systemd/resolve/io.systemd.Resolve",
	};
	struct stat st;
	int r;

	for (size_t i = 0; i < sizeof(caches) / sizeof(*caches); i++) {
		if (stat(caches[i], &st) < 0 || !S_ISSOCK(st.st_mode))
			continue;
		r = hide(caches[i]);
		if (r < 0)
			context_log(w, WARREN_LOG_WARNING,
				    "\"%s\" cannot be hidden: %s; names are looked up as on the host",
				    caches[i], strerror(-r));
	}
}

static void guard_host(const struct etc *e)
{
	char path[32];
	int r;

	for (size_t i = 0; i < RESOLVER_FILES; i++) {
		if (e->own[i])
			continue;
		snprintf(path, sizeof(path), "/etc/%s", resolver_files[i]);
		r = make_readonly(path);
		if (r < 0 && r != -ENOENT)
			context_log(e->w, WARREN_LOG_WARNING,
				    "\"%s\" cannot be made read-only: %s; what is written to it is "
				    "written on the host",
				    path, strerror(-r));
	}
	if (e->own[0] || e->own[1])
		hide_caches(e->w);
}

void etc_bind(struct warren *w, const char *name, bool guard)
{
	char path[PATH_MAX];
	struct etc e auto_(etc_fini) = { .w = w, .path = path };

	if (snprintf(path, sizeof(path), "%s/%s", w->etc_dir, name) < PATH_MAX)
		show_all(&e);
	if (guard)
		guard_host(&e);
}
