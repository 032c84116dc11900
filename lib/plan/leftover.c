/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/leftover.h"
#include "plan/state-private.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define MADE "made"

static int note(const char *file, const char *path)
{
	auto_free char *line = NULL;
	auto_close int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd < 0)
		return -errno;
	return asprintf(&line, "%s\n", path) < 0 ? -ENOMEM : fd_write_all(fd, line, strlen(line));
}

/* Noted before it is made: killed in between, there is nothing to remove. */
int leftover_make_dir(struct warren *w, const char *path, struct warren_err *err)
{
	auto_free char *file = state_common_path(w, MADE);
	struct state_lock lock;
	int r;

	if (!file)
		return state_no_memory(err);
	/* also where it is there: who removes it just now is waited for */
	r = state_lock_made(w, &lock, err);
	if (r < 0)
		return r;
	if (access(path, F_OK) < 0) {
		r = note(file, path);
		if (r < 0)
			state_fail(err, r, "write", file);
		else if ((r = fd_mkdir_all(path)) < 0)
			warren_fail(err, r, "cannot make '%s': %s", path, strerror(-r));
	}
	state_unlock(&lock);
	return r;
}

void leftover_remove_dirs(struct warren *w)
{
	auto_free char *file = state_common_path(w, MADE), *nets = state_common_path(w, "net");
	auto_free char *text = NULL;
	struct state_lock lock = { .fd = -1 };

	if (!file || !nets || access(file, F_OK) < 0)
		return;
	/* on a full disk there may be no lock, but no new network either */
	if (state_lock_made(w, &lock, NULL) == -ECANCELED)
		return;
	if (access(nets, F_OK) < 0 && state_read_file(file, &text, NULL) == 0) {
		for (char *p = strtok(text, "\n"); p; p = strtok(NULL, "\n"))
			rmdir(p);
		unlink(file);
	}
	state_unlock(&lock);
}

/* The network whose state a link leads into. @return whether there is one */
static bool network_of(struct warren *w, const char *target, char name[NAME_MAX + 1])
{
	const char *const parts[] = { warren_state_dir(w), "/net/" };
	size_t n;

	for (size_t i = 0; i < 2; i++) {
		if (strncmp(target, parts[i], strlen(parts[i])) != 0)
			return false;
		target += strlen(parts[i]);
	}
	n = strcspn(target, "/");
	snprintf(name, NAME_MAX + 1, "%.*s", (int)n, target);
	return n && n <= NAME_MAX && target[n];
}

static bool has_state(struct warren *w, const char *network)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/net/%s", warren_state_dir(w), network) >= PATH_MAX ||
	       access(path, F_OK) == 0 || errno != ENOENT;
}

bool leftover_is_stale(struct warren *w, const char *target)
{
	char name[NAME_MAX + 1];

	return network_of(w, target, name) && !has_state(w, name);
}

/* @param fn  called with the name of each link that leads into a state, and with that network's */
static int each_link(struct warren *w, int (*fn)(void *data, const char *node, const char *network),
		     void *data)
{
	auto_closedir DIR *d = opendir(warren_etc_dir(w));
	char target[PATH_MAX] = "", name[NAME_MAX + 1];
	uint64_t last = 0; /* a network's links have one inode */
	struct dirent *e;
	int r = 0;

	if (!d)
		return errno == ENOENT ? 0 : -errno;
	while (r == 0 && (errno = 0, e = readdir(d)) != NULL) {
		if (e->d_ino != last) {
			ssize_t n = readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);

			target[n < 0 ? 0 : n] = 0; /* no link is none of ours */
			last = e->d_ino;
		}
		if (network_of(w, target, name))
			r = fn(data, e->d_name, name);
	}
	return r ? r : -errno;
}

struct reading {
	const char *network;
	struct model *model;
};

static int add_node(void *data, const char *node, const char *network)
{
	struct reading *l = data;
	struct model_ns ns = { .kind = MODEL_NS_NODE };

	if (strcmp(network, l->network) != 0 || strcmp(node, "host") == 0)
		return 0;
	ns.name = arena_str(&l->model->arena, node);
	return ns.name ? vec_push(&l->model->ns, ns) : -ENOMEM;
}

int leftover_read(struct warren *w, const char *network, struct model *ret, struct warren_err *err)
{
	const struct model_ns host = { .name = "host", .kind = MODEL_NS_HOST };
	struct reading l = { network, ret };
	int r = vec_push(&ret->ns, host);

	if (r == 0)
		r = each_link(w, add_node, &l);
	return r < 0 ? warren_fail(err, r, "cannot read '%s': %s", warren_etc_dir(w), strerror(-r))
		     : 0;
}

struct listing {
	struct warren *w;
	int (*fn)(void *data, const char *network);
	void *data;
	char last[NAME_MAX + 1];
};

static int list_network(void *data, const char *node, const char *network)
{
	struct listing *l = data;

	(void)node;
	if (strcmp(network, l->last) == 0)
		return 0;
	snprintf(l->last, sizeof(l->last), "%s", network);
	return has_state(l->w, network) ? 0 : l->fn(l->data, network);
}

int leftover_networks(struct warren *w, int (*fn)(void *data, const char *network), void *data)
{
	struct listing l = { .w = w, .fn = fn, .data = data };

	return each_link(w, list_network, &l);
}
