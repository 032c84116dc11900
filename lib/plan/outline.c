/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/outline.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "netns/netns.h"
#include "plan/state-private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OUTLINE "outline"
#define FORMAT	"warren outline 1\n"

/* A line "MOUNT INODE NAME" a namespace. */
static int encode(const struct model *m, const struct netns_id *ids, char **ret, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);
	int r = f ? 0 : -ENOMEM;

	if (r == 0)
		fputs(FORMAT, f);
	for (size_t i = MODEL_HOST + 1; r == 0 && i < m->ns.n; i++) {
		if (ids[i].mount)
			fprintf(f, "%" PRIu64 " %" PRIu64 " %s\n", ids[i].mount, ids[i].inode,
				m->ns.v[i].name);
		else
			r = -EOPNOTSUPP;
	}
	if (text_close(f, &text) < 0 || r < 0) {
		free(text);
		return r < 0 ? r : -ENOMEM;
	}
	*ret = text;
	return 0;
}

void outline_write(struct warren *w, const struct model *m, const struct netns_id *ids)
{
	auto_free char *path = state_path(w, m->name, OUTLINE), *text = NULL;
	uint64_t since = context_now();
	size_t len = 0;

	/* the host's part is in the topology only */
	if (path && !model_has_host_part(m) && encode(m, ids, &text, &len) == 0)
		fd_replace_file(AT_FDCWD, path, text, len, 0644);
	context_phase(w, WARREN_PHASE_JOURNAL, since);
}

int outline_drop(struct warren *w, const char *network)
{
	auto_free char *path = state_path(w, network, OUTLINE);

	if (!path)
		return -ENOMEM;
	return unlink(path) < 0 && errno != ENOENT && errno != ENOTDIR ? -errno : 0;
}

static bool take_number(char **at, uint64_t *ret)
{
	const char *from = *at;

	*ret = strtoull(from, at, 10);
	return *at != from && *(*at)++ == ' ';
}

static int add_line(struct outline *o, char *line, size_t at)
{
	struct model_ns ns = { .kind = MODEL_NS_NODE };
	struct outline_mount *m = &o->mounts[at];
	int failed = 0;

	if (!take_number(&line, &m->id) || !take_number(&line, &m->inode) ||
	    !warren_netns_name_ok(line))
		return -ENOENT;
	ns.name = line;
	map_put_str(&o->by_name, ns.name, (uint32_t)at, &failed);
	map_put(&o->by_mount, &m->id, sizeof(m->id), (uint32_t)at, &failed);
	return failed ? -ENOMEM : vec_push(&o->model.ns, ns);
}

struct look {
	struct outline *o;
	size_t left; /* how many mounts of others are looked at */
};

/* One of ours is found. One of others may be anywhere but on a name of ours, where it would be unmounted in our stead. */
static int look_at(void *data, uint64_t mount)
{
	struct look *l = data;
	uint32_t at = map_get(&l->o->by_mount, &mount, sizeof(mount));
	char name[NAME_MAX + 1];

	if (at != MAP_NONE) {
		l->o->mounts[at].found = true;
		return 0;
	}
	if (!l->left)
		return -E2BIG;
	l->left--;
	if (netns_mount_name(mount, name) < 0 || map_get_str(&l->o->by_name, name) != MAP_NONE)
		return -EEXIST;
	return 0;
}

/*
 * All mounts at once, which takes a twentieth of a look at each name. Where that
 * does not prove that each name has its mount and no other, each is looked at.
 */
static void look(struct outline *o)
{
	struct look l = { o, o->model.ns.n / 2 };

	o->looked = netns_mounts_each(o->dir, "", look_at, &l) == 0;
}

int outline_read(struct warren *w, const char *network, struct outline *ret)
{
	auto_free char *path = state_path(w, network, OUTLINE);
	const struct model_ns host = { .name = "host", .kind = MODEL_NS_HOST };
	size_t len = 0, lines = 1, at = 0;
	char *rest;
	int r = path ? state_read_file(path, &ret->text, &len) : -ENOMEM;

	ret->dir = -1;
	if (r < 0)
		return r == -ENOMEM ? r : -ENOENT;
	if (strncmp(ret->text, FORMAT, strlen(FORMAT)) != 0)
		return -ENOENT;
	for (const char *p = ret->text; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	ret->mounts = calloc(lines, sizeof(*ret->mounts));
	if (!ret->mounts || vec_push(&ret->model.ns, host) < 0)
		return -ENOMEM;
	rest = ret->text + strlen(FORMAT);
	for (char *line; r == 0 && *rest && (line = strsep(&rest, "\n")) != NULL;)
		r = add_line(ret, line, ++at);
	if (r == 0) {
		ret->dir = netns_dir_open(w);
		look(ret);
	}
	return r;
}

bool outline_proves(const struct outline *o, const char *name, struct netns_id *ret)
{
	const uint32_t at = map_get_str(&o->by_name, name);
	const struct outline_mount *m = &o->mounts[at == MAP_NONE ? 0 : at];
	uint64_t mount, inode;

	*ret = (struct netns_id){ .inode = m->inode, .mount = m->id };
	if (at == MAP_NONE || o->looked)
		return at != MAP_NONE && m->found;
	return netns_mount_id(o->dir, name, &mount, &inode) == 0 && mount == m->id &&
	       inode == m->inode;
}

void outline_fini(struct outline *o)
{
	model_fini(&o->model);
	map_fini(&o->by_name);
	map_fini(&o->by_mount);
	free(o->mounts);
	if (o->text && o->dir >= 0)
		close(o->dir);
	free(o->text);
	memset(o, 0, sizeof(*o));
}
