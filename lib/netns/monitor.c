/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/context.h"
#include "base/fd.h"
#include "netns/hint.h"

#include <errno.h>
#include <poll.h>
#include <sys/inotify.h>
#include <warren/netns.h>

static const struct hint hints[] = {
	{ EMFILE, "raise the limit of open files (ulimit -n) or the sysctl "
		  "fs.inotify.max_user_instances" },
	{ ENOSPC, "raise the sysctl fs.inotify.max_user_watches" },
	{ EACCES, "root's rights are needed" },
	{ 0 },
};

struct monitor {
	struct warren *w;
	warren_netns_monitor_fn fn;
	void *data;
};

static int on_event(const struct monitor *m, const struct inotify_event *e, struct warren_err *err)
{
	if (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED))
		return warren_fail(err, -ENOENT, "the directory \"%s\" was removed",
				   m->w->netns_dir);
	if (e->mask & IN_Q_OVERFLOW)
		context_log(m->w, WARREN_LOG_WARNING,
			    "names came and went faster than they were read: some are not told");
	if (!(e->mask & (IN_CREATE | IN_DELETE)) || !e->len)
		return 0;
	return m->fn(m->data, e->mask & IN_CREATE, e->name);
}

/* Signals end poll(2), except one that comes right before it; hence the second. */
static int wait_for_events(const struct monitor *m, int fd, struct warren_err *err)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		if (context_cancelled(m->w))
			return warren_fail(err, -ECANCELED, "cancelled");
		if (poll(&p, 1, 1000) > 0)
			return 0;
	}
}

int warren_netns_monitor(struct warren *w, warren_netns_monitor_fn fn, void *data,
			 struct warren_err *err)
{
	char buf[64 * 1024] __attribute__((aligned(__alignof__(struct inotify_event))));
	auto_close int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	const struct monitor m = { w, fn, data };
	const struct inotify_event *e;
	int r = 0;
	ssize_t n;

	if (fd < 0)
		return hint_fail(err, -errno, hints, "watch a directory");
	r = fd_mkdir_all(w->netns_dir);
	if (r < 0)
		return hint_fail(err, r, hints, "make the directory \"%s\"", w->netns_dir);
	if (inotify_add_watch(fd, w->netns_dir,
			      IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) <
	    0)
		return hint_fail(err, -errno, hints, "watch the directory \"%s\"", w->netns_dir);
	while (r == 0) {
		r = wait_for_events(&m, fd, err);
		n = r == 0 ? read(fd, buf, sizeof(buf)) : 0;
		for (char *p = buf; r == 0 && p < buf + n; p += sizeof(*e) + e->len) {
			e = (const struct inotify_event *)p;
			r = on_event(&m, e, err);
		}
	}
	return r;
}
