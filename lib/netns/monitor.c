/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/context.h"
#include "base/fd.h"
#include "base/vec.h"
#include "netns/hint.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <warren/netns.h>

#define EVENTS (IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

static const struct hint hints[] = {
	{ EMFILE, "raise the limit of open files (ulimit -n) or the sysctl "
		  "fs.inotify.max_user_instances" },
	{ ENOSPC, "raise the sysctl fs.inotify.max_user_watches" },
	{ EACCES, "root's rights are needed" },
	{ 0 },
};

/* In the order of strcmp(3). */
struct names {
	VEC(char *) list;
};

struct monitor {
	struct warren *w;
	warren_netns_monitor_fn fn;
	void *data;
	int fd, watch;
	struct names known; /* in the directory, as far as is told */
	bool reread;	    /* events that wait may be of what was seen in the directory already */
};

static void names_fini(struct names *n)
{
	vec_foreach(p, &n->list)
		free(*p);
	vec_fini(&n->list);
}

/* @return index of the first that is not before it */
static size_t names_find(const struct names *n, const char *name, bool *there)
{
	size_t low = 0, high = n->list.n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (strcmp(n->list.v[middle], name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*there = low < n->list.n && strcmp(n->list.v[low], name) == 0;
	return low;
}

static int names_push(struct names *n, const char *name)
{
	char *copy = strdup(name);
	int r = copy ? vec_push(&n->list, copy) : -ENOMEM;

	if (r < 0)
		free(copy);
	return r;
}

/* @return 1, 0 where it is there already, -ENOMEM */
static int names_add(struct names *n, const char *name)
{
	bool there;
	const size_t i = names_find(n, name, &there);
	char *copy;

	if (there)
		return 0;
	if (names_push(n, name) < 0)
		return -ENOMEM;
	copy = n->list.v[n->list.n - 1];
	memmove(n->list.v + i + 1, n->list.v + i, (n->list.n - 1 - i) * sizeof(*n->list.v));
	n->list.v[i] = copy;
	return 1;
}

/* @return 1, or 0 where it is not there */
static int names_remove(struct names *n, const char *name)
{
	bool there;
	const size_t i = names_find(n, name, &there);

	if (!there)
		return 0;
	free(n->list.v[i]);
	n->list.n--;
	memmove(n->list.v + i, n->list.v + i + 1, (n->list.n - i) * sizeof(*n->list.v));
	return 1;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int names_read(const char *path, struct names *ret, struct warren_err *err)
{
	auto_closedir DIR *d = opendir(path);
	struct dirent *e;
	int r = 0;

	while (d && r == 0 && (errno = 0, e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			r = names_push(ret, e->d_name);
	if (r == 0)
		r = -errno;
	if (r < 0)
		return hint_fail(err, r, hints, "read the directory \"%s\"", path);
	if (ret->list.n)
		qsort(ret->list.v, ret->list.n, sizeof(*ret->list.v), by_name);
	return 0;
}

static int removed(const struct monitor *m, struct warren_err *err)
{
	return warren_fail(err, -ENOENT, "the directory \"%s\" was removed", m->w->netns_dir);
}

/* Tell of those in `a` that are not in `b`. */
static int tell_missing(const struct monitor *m, bool added, const struct names *a,
			const struct names *b)
{
	bool there;
	int r = 0;

	for (size_t i = 0; r == 0 && i < a->list.n; i++) {
		names_find(b, a->list.v[i], &there);
		if (!there)
			r = m->fn(m->data, added, a->list.v[i]);
	}
	return r;
}

/*
 * The kernel keeps fs.inotify.max_queued_events and drops what comes then, the end of the
 * directory among it: hence the look whether it still is the one that is watched.
 */
static int catch_up(struct monitor *m, struct warren_err *err)
{
	auto_(names_fini) struct names now = { 0 };
	struct names before;
	int r;

	context_log(m->w, WARREN_LOG_WARNING,
		    "names came and went faster than they were read; the directory is read again, "
		    "but what came and went in between is not told");
	if (inotify_add_watch(m->fd, m->w->netns_dir, EVENTS) != m->watch)
		return removed(m, err);
	r = names_read(m->w->netns_dir, &now, err);
	if (r == 0)
		r = tell_missing(m, false, &m->known, &now);
	if (r == 0)
		r = tell_missing(m, true, &now, &m->known);
	before = m->known;
	m->known = now;
	now = before;
	m->reread = true;
	return r;
}

static int on_event(struct monitor *m, const struct inotify_event *e, struct warren_err *err)
{
	int news;

	if (e->mask & IN_Q_OVERFLOW)
		return catch_up(m, err);
	if (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED))
		return removed(m, err);
	if (!(e->mask & (IN_CREATE | IN_DELETE)) || !e->len)
		return 0;
	news = e->mask & IN_CREATE ? names_add(&m->known, e->name)
				   : names_remove(&m->known, e->name);
	if (news < 0)
		return warren_fail(err, news, "out of memory");
	return news || !m->reread ? m->fn(m->data, e->mask & IN_CREATE, e->name) : 0;
}

/* Signals end poll(2), except one that comes right before it; hence the second. */
static int wait_for_events(struct monitor *m, struct warren_err *err)
{
	struct pollfd p = { .fd = m->fd, .events = POLLIN };

	for (int timeout = 0;; timeout = 1000) {
		if (context_cancelled(m->w))
			return warren_fail(err, -ECANCELED, "cancelled");
		if (poll(&p, 1, timeout) > 0)
			return 0;
		m->reread = false;
	}
}

static int watch(struct monitor *m, struct warren_err *err)
{
	int r = fd_mkdir_all(m->w->netns_dir);

	if (r < 0)
		return hint_fail(err, r, hints, "make the directory \"%s\"", m->w->netns_dir);
	m->watch = inotify_add_watch(m->fd, m->w->netns_dir, EVENTS);
	if (m->watch < 0)
		return hint_fail(err, -errno, hints, "watch the directory \"%s\"", m->w->netns_dir);
	return names_read(m->w->netns_dir, &m->known, err);
}

static int follow(struct monitor *m, struct warren_err *err)
{
	char buf[64 * 1024] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *e;
	int r = 0;
	ssize_t n;

	while (r == 0) {
		r = wait_for_events(m, err);
		n = r == 0 ? read(m->fd, buf, sizeof(buf)) : 0;
		for (char *p = buf; r == 0 && p < buf + n; p += sizeof(*e) + e->len) {
			e = (const struct inotify_event *)p;
			r = on_event(m, e, err);
		}
	}
	return r;
}

int warren_netns_monitor(struct warren *w, warren_netns_monitor_fn fn, void *data,
			 struct warren_err *err)
{
	auto_close int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	struct monitor m = { .w = w, .fn = fn, .data = data, .fd = fd };
	int r;

	if (fd < 0)
		return hint_fail(err, -errno, hints, "watch a directory");
	r = watch(&m, err);
	if (r == 0)
		r = follow(&m, err);
	names_fini(&m.known);
	return r;
}
