/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns/pin.h"

#include "base/cleanup.h"
#include "base/context.h"
#include "base/vec.h"
#include "netns/hint.h"
#include "netns/ids.h"
#include "netns/lean.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct hint open_hints[] = {
	{ EACCES, "root's rights are needed" },
	{ ENOTDIR, "the place of all named namespaces, /run/netns, is no directory" },
	{ 0 },
};

int warren_netns_add(struct warren *w, const char *name, struct warren_err *err)
{
	auto_close int home = -1, fd = -1;
	struct netns_id id;
	int r, back;

	/* A name that is taken is told before a namespace is made for it; netns_pin() decides. */
	r = netns_pin_check(w, name, err);
	if (r < 0)
		return r;
	r = netns_dir_prepare(w, err);
	if (r < 0)
		return r;
	home = netns_current(err);
	if (home < 0)
		return home;
	fd = netns_make(err);
	r = fd < 0 ? fd : netns_pin(w, fd, name, NULL, &id, err);
	back = netns_enter(home, r < 0 ? NULL : err);
	return r < 0 ? r : back;
}

/* @return descriptor, or a negative errno */
static int open_of_process(pid_t pid, struct warren_err *err)
{
	static const struct hint hints[] = {
		{ ENOENT, "there is no such process" },
		{ ESRCH, "there is no such process" },
		{ EACCES, "the process is somebody else's" },
		{ 0 },
	};
	char path[40];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return hint_fail(err, errno == ENOENT ? -ESRCH : -errno, hints,
				 "open the network namespace of process %d", (int)pid);
	return fd;
}

int warren_netns_attach(struct warren *w, const char *name, pid_t pid, struct warren_err *err)
{
	auto_close int fd = -1;
	struct netns_id id;
	int r;

	r = netns_pin_check(w, name, err);
	if (r < 0)
		return r;
	fd = open_of_process(pid, err);
	if (fd < 0)
		return fd;
	r = netns_dir_prepare(w, err);
	if (r < 0)
		return r;
	return netns_pin(w, fd, name, NULL, &id, err);
}

int warren_netns_delete(struct warren *w, const char *name, struct warren_err *err)
{
	int r = netns_unpin(w, name, err);

	if (r == 0)
		lean_remove(w);
	return r;
}

int warren_netns_try(struct warren *w, enum warren_netns_change change, const char *name,
		     int number, struct warren_err *err)
{
	auto_close int fd = -1;
	int r;

	switch (change) {
	case WARREN_NETNS_ADD:
		return netns_pin_check(w, name, err);
	case WARREN_NETNS_ATTACH:
		r = netns_pin_check(w, name, err);
		if (r < 0)
			return r;
		fd = open_of_process(number, err);
		return fd < 0 ? fd : 0;
	case WARREN_NETNS_SET_ID:
		return ids_check(w, name, number, err);
	case WARREN_NETNS_DELETE:
		return netns_unpin_check(w, name, err);
	}
	return -EINVAL;
}

int warren_netns_open(struct warren *w, const char *name, struct warren_err *err)
{
	return netns_open(w, name, &(struct netns_id){ 0 }, err);
}

struct found {
	VEC(struct warren_netns_entry) all;
};

static int found_add(struct found *f, struct warren *w, const char *name)
{
	struct warren_netns_entry e = { NULL, WARREN_NETNS_ALIEN, -1, 0 };
	char path[PATH_MAX];
	struct stat st;
	int r = vec_reserve(&f->all, 1);

	if (r < 0 || netns_path(w, name, path, NULL) < 0)
		return r;
	e.kind = netns_classify(path, NULL);
	e.inode = e.kind == WARREN_NETNS_LIVE && stat(path, &st) == 0 ? st.st_ino : 0;
	e.name = strdup(name);
	if (!e.name)
		return -ENOMEM;
	f->all.v[f->all.n++] = e;
	return 0;
}

static int read_names(struct warren *w, struct warren_netns_list *list)
{
	auto_closedir DIR *d = opendir(w->netns_dir);
	struct found found = { 0 };
	struct dirent *f;
	int r = 0;

	if (!d)
		return errno == ENOENT ? 0 : -errno;
	while (r == 0 && (errno = 0, f = readdir(d)) != NULL)
		if (warren_netns_name_ok(f->d_name)) /* not "." and ".." */
			r = found_add(&found, w, f->d_name);
	if (r == 0)
		r = -errno;
	list->n = found.all.n;
	list->v = found.all.v;
	return r;
}

int warren_netns_list(struct warren *w, struct warren_netns_list *ret, struct warren_err *err)
{
	struct warren_netns_list list = { 0 };
	int r = read_names(w, &list);

	if (r < 0)
		hint_fail(err, r, open_hints, "read the directory \"%s\"", w->netns_dir);
	else if (list.n > 0)
		r = ids_fill(w, &list, err);
	if (r < 0)
		warren_netns_list_fini(&list);
	else
		*ret = list;
	return r;
}

void warren_netns_list_fini(struct warren_netns_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i].name);
	free(list->v);
	list->v = NULL;
	list->n = 0;
}
