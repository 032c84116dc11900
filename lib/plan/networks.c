/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which networks are up, and where they came from. */
#include "plan/state.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int warren_applied(struct warren *w, const char *name, struct warren_topo **ret,
		   struct warren_errs *errs)
{
	struct warren_err err;
	int r = state_read(w, name, STATE_APPLIED, 0, ret, errs);

	if (r != -ENOENT)
		return r;
	warren_fail(&err, r, "network '%s' is not up; 'warren status' lists the ones that are",
		    name);
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

static int add_network(struct warren *w, const char *name, unsigned flags,
		       struct warren_networks *ret)
{
	struct warren_topo *t = NULL;
	struct warren_topo_counts counts = { 0 };
	struct warren_network n = { .interrupted = state_has(w, name, STATE_NEXT) };
	struct warren_network *v = realloc(ret->v, (ret->n + 1) * sizeof(*v));
	int r = v ? 0 : -ENOMEM;

	if (v)
		ret->v = v;
	for (int which = STATE_APPLIED; r == 0 && !n.file && which <= STATE_NEXT; which++) {
		if (state_file(w, name, (enum state_text)which, &n.file) == -ENOMEM)
			r = -ENOMEM;
		else if (n.file && flags & WARREN_NETWORKS_COUNT)
			r = state_read(w, name, (enum state_text)which, TOPO_OUTLINE, &t, NULL);
		r = r == -ENOMEM ? r : 0; /* what cannot be read is listed all the same */
	}
	if (t)
		warren_topo_count(t, &counts);
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

int warren_networks(struct warren *w, unsigned flags, struct warren_networks *ret,
		    struct warren_err *err)
{
	struct warren_networks list = { 0 };
	auto_closedir DIR *d = NULL;
	auto_free char *path = NULL;
	struct dirent *e;
	int r = 0;

	if (asprintf(&path, "%s/net", warren_state_dir(w)) < 0)
		return warren_fail(err, -ENOMEM, "out of memory");
	d = opendir(path);
	if (!d && errno != ENOENT)
		return warren_fail(err, -errno, "cannot read '%s': %s", path, strerror(errno));
	while (r == 0 && d && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' &&
		    (state_has(w, e->d_name, STATE_APPLIED) || state_has(w, e->d_name, STATE_NEXT)))
			r = add_network(w, e->d_name, flags, &list);
	if (r < 0) {
		warren_networks_fini(&list);
		return warren_fail(err, r, "out of memory");
	}
	if (list.n)
		qsort(list.v, list.n, sizeof(*list.v), by_name);
	*ret = list;
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
