/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which networks are up, and where they came from. */
#include "plan/leftover.h"
#include "plan/state-private.h"
#include "plan/state.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "netns/netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static bool is_half_way(struct warren *w, const char *name)
{
	return state_has(w, name, STATE_NEXT) || !state_has(w, name, STATE_APPLIED);
}

static bool is_gone(struct warren *w, const char *name)
{
	auto_free char *dir = state_path(w, name, "");

	return dir && access(dir, F_OK) < 0 && errno == ENOENT;
}

int warren_applied(struct warren *w, const char *name, struct warren_topo **ret,
		   struct warren_errs *errs)
{
	struct warren_err err;
	int r = state_read(w, name, STATE_APPLIED, 0, ret, errs);

	if (r != -ENOENT)
		return r;
	if (is_gone(w, name))
		warren_fail(&err, r,
			    "network '%s' is not up; 'warren status' lists the ones that are", name);
	else
		warren_fail(&err, r,
			    "network '%s' is not up yet: its first 'warren up' is at work, or was "
			    "interrupted; that of its file finishes it, 'warren down %s' removes it",
			    name, name);
	return warren_errs_add(errs, &err);
}

char *warren_topo_path(const char *file)
{
	auto_free char *folder = strdup(file), *real = NULL;
	char *slash = folder ? strrchr(folder, '/') : NULL, *ret = NULL;
	const char *base = slash ? file + (slash - folder) + 1 : file;

	if (file[0] == '<')
		return strdup(file); /* "<stdin>" */
	if (!folder)
		return NULL;
	if (slash)
		slash[slash == folder] = 0;
	/* not a link in the file's own place: the network's name may come from that */
	real = realpath(slash ? folder : ".", NULL);
	if (!real)
		return strdup(file);
	return asprintf(&ret, "%s/%s", strcmp(real, "/") ? real : "", base) < 0 ? NULL : ret;
}

int warren_check_origin(struct warren *w, const struct warren_topo *t, struct warren_err *err)
{
	const char *name = t->model.name;
	auto_free char *mine = NULL;

	if (t->named)
		return 0;
	mine = warren_topo_path(t->file);
	if (!mine)
		return warren_fail(err, -ENOMEM, "out of memory");
	for (int which = STATE_APPLIED; which <= STATE_NEXT; which++) {
		auto_free char *other = NULL;
		int r = state_file(w, name, (enum state_text)which, &other);

		if (r == -ENOMEM)
			return warren_fail(err, r, "out of memory");
		if (r == 0 && strcmp(mine, other) && access(other, F_OK) == 0)
			return warren_fail_at(err, -EEXIST, t->file, 0, 0,
					      "network '%s' is up already, from %s; write 'name: …' "
					      "in one of the two files, as a file without has its own "
					      "name, or 'warren down %s' before",
					      name, other, name);
	}
	return 0;
}

/* @return pid where a line of proc_locks(5) is of a file that is locked, or 0 */
static int locker_of(const char *line, const struct stat *st, int named)
{
	unsigned dev_major, dev_minor;
	uint64_t inode;
	int pid;

	if (sscanf(line, "%*d: FLOCK %*s WRITE %d %x:%x:%" SCNu64, &pid, &dev_major, &dev_minor,
		   &inode) != 4 ||
	    inode != st->st_ino)
		return 0;
	/* of btrfs the number of the device is another one there */
	return pid == named || makedev(dev_major, dev_minor) == st->st_dev ? pid : 0;
}

/*
 * Looks only: who took the lock to try it could make an `up` fail.
 * @return pid of the warren that works on a network; 0 where none does, or it cannot be seen
 */
static int worker_on(struct warren *w, const char *network)
{
	auto_free char *dir = state_common_path(w, "lock"), *path = NULL;
	auto_free char *named = NULL, *locks = NULL;
	struct stat st;
	int pid = 0;

	if (!dir || asprintf(&path, "%s/%s", dir, network) < 0 ||
	    state_read_file(path, &named, NULL) < 0 || stat(path, &st) < 0 ||
	    fd_read_file(AT_FDCWD, "/proc/locks", STATE_LARGEST, &locks, NULL) < 0)
		return 0;
	for (char *line, *rest = locks; pid == 0 && (line = strsep(&rest, "\n")) != NULL;)
		pid = locker_of(line, &st, (int)strtol(named, NULL, 10));
	return pid;
}

/* How many of a network's namespaces are not there under their names. */
static size_t count_missing(struct warren *w, const struct model *m)
{
	size_t n = 0;

	vec_foreach(ns, &m->ns) {
		struct netns_id id = { 0 };
		struct warren_err err;
		auto_close int fd = -1;

		if (ns->kind == MODEL_NS_HOST)
			continue;
		fd = netns_open(w, ns->name, &id, &err);
		n += fd == -ENOENT || fd == -EINVAL;
	}
	return n;
}

static int add_network(struct warren *w, const char *name, unsigned flags,
		       struct warren_networks *ret)
{
	struct warren_topo *t = NULL;
	struct warren_topo_counts counts = { 0 };
	struct warren_network n = { .interrupted = is_half_way(w, name) };
	struct warren_network *v = realloc(ret->v, (ret->n + 1) * sizeof(*v));
	int r = v ? 0 : -ENOMEM;

	if (v)
		ret->v = v;
	if (n.interrupted)
		n.changed_by = worker_on(w, name);
	/* who is not at work any more may have finished just now */
	n.interrupted = n.interrupted && !n.changed_by && is_half_way(w, name);
	if (r == 0 && n.interrupted && !(flags & WARREN_NETWORKS_LEFT) && is_gone(w, name))
		return 0;
	for (int which = STATE_APPLIED; r == 0 && !n.file && which <= STATE_NEXT; which++) {
		if (state_file(w, name, (enum state_text)which, &n.file) == -ENOMEM)
			r = -ENOMEM;
		else if (n.file && flags & WARREN_NETWORKS_COUNT)
			r = state_read(w, name, (enum state_text)which, TOPO_OUTLINE, &t, NULL);
		r = r == -ENOMEM ? r : 0; /* what cannot be read is listed all the same */
	}
	if (t)
		warren_topo_count(t, &counts);
	if (t && !n.interrupted && !n.changed_by)
		n.missing = count_missing(w, &t->model);
	warren_topo_free(t);
	n.namespaces = counts.namespaces;
	n.switches = counts.switches;
	n.name = r == 0 ? strdup(name) : NULL;
	if (n.name && !n.file)
		n.file = strdup("");
	if (!n.name || !n.file) {
		free(n.name);
		free(n.file);
		return -ENOMEM;
	}
	ret->v[ret->n++] = n;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct warren_network *)a)->name,
		      ((const struct warren_network *)b)->name);
}

struct listing {
	struct warren *w;
	unsigned flags;
	struct warren_networks list;
};

static int add_once(void *data, const char *name)
{
	struct listing *l = data;

	for (size_t i = 0; i < l->list.n; i++)
		if (strcmp(l->list.v[i].name, name) == 0)
			return 0;
	return add_network(l->w, name, l->flags, &l->list);
}

/* Each entry of a directory of the state that is of a type. */
static int add_entries(struct listing *l, const char *dir, mode_t type, struct warren_err *err)
{
	auto_free char *path = state_common_path(l->w, dir);
	auto_closedir DIR *d = path ? opendir(path) : NULL;
	struct dirent *e;
	struct stat st;
	int r = 0;

	if (!path)
		return state_no_memory(err);
	if (!d)
		return errno == ENOENT ? 0 : state_fail(err, -errno, "read", path);
	while (r == 0 && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' &&
		    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    (st.st_mode & S_IFMT) == type)
			r = add_once(l, e->d_name);
	return r < 0 ? state_no_memory(err) : 0;
}

int warren_networks(struct warren *w, unsigned flags, struct warren_networks *ret,
		    struct warren_err *err)
{
	struct listing l = { w, flags, { 0 } };
	int r = add_entries(&l, "net", S_IFDIR, err);

	if (r == 0 && flags & WARREN_NETWORKS_LEFT)
		r = add_entries(&l, "lock", S_IFREG, err);
	if (r == 0 && flags & WARREN_NETWORKS_LEFT) {
		r = leftover_networks(w, add_once, &l);
		if (r < 0)
			state_fail(err, r, "read", warren_etc_dir(w));
	}
	if (r < 0) {
		warren_networks_fini(&l.list);
		return r;
	}
	if (l.list.n)
		qsort(l.list.v, l.list.n, sizeof(*l.list.v), by_name);
	*ret = l.list;
	return 0;
}

void warren_networks_fini(struct warren_networks *n)
{
	for (size_t i = 0; i < n->n; i++) {
		free(n->v[i].name);
		free(n->v[i].file);
	}
	free(n->v);
	memset(n, 0, sizeof(*n));
}
