/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/fleet.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "model/model.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define SPARE_FDS 48 /* for everything else that the process has open */
#define FEWEST	  4

static size_t capacity(void)
{
	struct rlimit rl;
	size_t most;

	if (getrlimit(RLIMIT_NOFILE, &rl) < 0)
		return FEWEST;
	most = rl.rlim_cur > SPARE_FDS ? (rl.rlim_cur - SPARE_FDS) / 2 : 0;
	return most < FEWEST ? FEWEST : most;
}

int fleet_new(struct fleet **ret, struct warren *w, size_t n, struct warren_err *err)
{
	struct fleet *f = calloc(1, sizeof(*f));

	if (!f)
		return warren_fail(err, -ENOMEM, "out of memory");
	*ret = f;
	*f = (struct fleet){ .w = w,
			     .most = capacity(),
			     .newest = MODEL_NONE,
			     .oldest = MODEL_NONE,
			     .home = -1,
			     .here = -1 };
	f->members = calloc(n ? n : 1, sizeof(*f->members));
	if (!f->members)
		return warren_fail(err, -ENOMEM, "out of memory");
	f->n = n;
	for (size_t i = 0; i < n; i++)
		f->members[i] = (struct fleet_member){ .fd = -1,
						       .newer = MODEL_NONE,
						       .older = MODEL_NONE };
	f->home = netns_current(err);
	f->here = f->home;
	return f->home < 0 ? f->home : 0;
}

int fleet_go_home(struct fleet *f, struct warren_err *err)
{
	int r = 0;

	/* Once more where it fails: what comes next is meant for home. */
	if (f->here != f->home && netns_enter(f->home, NULL) < 0)
		r = netns_enter(f->home, err);
	if (r == 0)
		f->here = f->home;
	return r;
}

void fleet_free(struct fleet *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++) {
		wire_close(f->members[i].wire);
		if (f->members[i].fd >= 0)
			close(f->members[i].fd);
	}
	free(f->members);
	if (f->home >= 0)
		close(f->home);
	free(f);
}

void fleet_name(struct fleet *f, uint32_t i, const char *name)
{
	f->members[i].name = name;
}

static void unring(struct fleet *f, uint32_t i)
{
	struct fleet_member *m = &f->members[i];

	if (m->newer != MODEL_NONE)
		f->members[m->newer].older = m->older;
	else
		f->newest = m->older;
	if (m->older != MODEL_NONE)
		f->members[m->older].newer = m->newer;
	else
		f->oldest = m->newer;
	m->newer = m->older = MODEL_NONE;
}

static void ring(struct fleet *f, uint32_t i)
{
	struct fleet_member *m = &f->members[i];

	m->older = f->newest;
	m->newer = MODEL_NONE;
	if (f->newest != MODEL_NONE)
		f->members[f->newest].newer = i;
	f->newest = i;
	if (f->oldest == MODEL_NONE)
		f->oldest = i;
}

void fleet_hang_up(struct fleet *f, uint32_t i)
{
	struct fleet_member *m = &f->members[i];

	if (m->wire && f->busy == m->wire)
		f->busy = NULL;
	wire_close(m->wire);
	m->wire = NULL;
}

/* @return its descriptor, to be closed; -1: it is not open */
static int let_go(struct fleet *f, uint32_t i)
{
	struct fleet_member *m = &f->members[i];

	if (m->fd < 0)
		return -1;
	if (f->here == m->fd)
		f->here = -1; /* the thread stays in it; it must not be taken for another by number */
	fleet_hang_up(f, i);
	f->open--;
	unring(f, i);
	return take_fd(&m->fd);
}

/* Those that were opened one after the other are closed in one call. */
void fleet_close_all(struct fleet *f, const uint32_t *members, size_t n)
{
	size_t next;

	for (size_t k = 0; k < n; k = next) {
		const int first = let_go(f, members[k]);
		int last = first;

		for (next = k + 1; first >= 0 && next < n; next++, last++)
			if (f->members[members[next]].fd != last + 1)
				break;
			else
				let_go(f, members[next]);
		if (first >= 0 && fd_close_range((unsigned)first, (unsigned)last) < 0)
			for (int fd = first; fd <= last; fd++)
				close(fd);
	}
}

/* Make room for one more; not by closing `keep`. */
static int make_room(struct fleet *f, uint32_t keep, struct warren_err *err)
{
	while (f->open >= f->most) {
		uint32_t victim = f->oldest == keep ? f->members[keep].newer : f->oldest;
		int r = fleet_flush(f, err);

		if (r < 0)
			return r;
		if (victim == MODEL_NONE)
			return 0;
		fleet_close_all(f, &victim, 1);
	}
	return 0;
}

static void opened(struct fleet *f, uint32_t i, int fd)
{
	f->members[i].fd = fd;
	f->open++;
	ring(f, i);
}

int fleet_make(struct fleet *f, uint32_t i, struct warren_err *err)
{
	int fd, r = make_room(f, MODEL_NONE, err);

	/* From home: it may copy the settings of where it is made, see settings.h. */
	if (r == 0 && f->here != f->home)
		r = netns_enter(f->home, err);
	if (r < 0)
		return r;
	f->here = -1; /* if it fails, the thread may be in a namespace that nobody has */
	fd = netns_make(err);
	if (fd < 0)
		return fd;
	opened(f, i, fd);
	f->here = fd;
	return netns_id_of(fd, "", AT_EMPTY_PATH, &f->members[i].id);
}

int fleet_pin(struct fleet *f, uint32_t i, const struct netns_note *note, struct warren_err *err)
{
	struct fleet_member *m = &f->members[i];

	return netns_pin(f->w, m->fd, m->name, note, &m->id, err);
}

int fleet_open_seen(struct fleet *f, uint32_t i, int dir, const struct netns_id *seen)
{
	int fd, r = make_room(f, MODEL_NONE, NULL);

	if (r < 0)
		return r;
	fd = netns_open_seen(dir, f->members[i].name, seen);
	if (fd < 0)
		return fd;
	f->members[i].id = *seen;
	opened(f, i, fd);
	return 0;
}

int fleet_fd(struct fleet *f, uint32_t i, uint32_t keep, struct warren_err *err)
{
	struct fleet_member *m = &f->members[i];
	int fd, r;

	if (!m->name)
		return f->home;
	if (m->fd >= 0) {
		if (f->newest != i) {
			unring(f, i);
			ring(f, i);
		}
		return m->fd;
	}
	r = make_room(f, keep, err);
	if (r < 0)
		return r;
	fd = netns_open(f->w, m->name, &m->id, err);
	if (fd < 0)
		return fd;
	opened(f, i, fd);
	return fd;
}

const struct netns_id *fleet_id(const struct fleet *f, uint32_t i)
{
	return &f->members[i].id;
}

int fleet_check_names(const struct fleet *f, uint32_t n, struct warren_err *err)
{
	auto_close int dir = n > 1 ? netns_dir_open(f->w) : -1;

	for (uint32_t i = 1; i < n; i++)
		if (!netns_has_name(dir, f->members[i].name, &f->members[i].id))
			return warren_fail(err, -ESTALE,
					   "namespace '%s': somebody else took its name away, or "
					   "gave it to another one, just now",
					   f->members[i].name);
	return 0;
}

int fleet_enter(struct fleet *f, uint32_t i, struct warren_err *err)
{
	int fd = fleet_fd(f, i, MODEL_NONE, err), r;

	if (fd < 0)
		return fd;
	if (f->here == fd)
		return 0;
	r = netns_enter(fd, err);
	if (r == 0)
		f->here = fd;
	return r;
}

struct wire *fleet_wire(struct fleet *f, uint32_t i, struct warren_err *err)
{
	struct fleet_member *m = &f->members[i];

	if (!m->wire && (fleet_enter(f, i, err) < 0 || wire_open(&m->wire, err) < 0))
		return NULL;
	if (m->fd >= 0)
		fleet_fd(f, i, MODEL_NONE, NULL); /* now the newest */
	if (f->busy != m->wire && fleet_flush(f, err) < 0)
		return NULL;
	if (f->busy != m->wire) {
		f->busy_name = m->name ? m->name : "host";
		f->busy_from = wire_requests(m->wire);
	}
	f->busy = m->wire;
	return m->wire;
}

int fleet_flush(struct fleet *f, struct warren_err *err)
{
	struct wire *w = f->busy;
	uint64_t since;
	int r;

	f->busy = NULL;
	if (!w || !wire_pending(w) || !context_logs(f->w, WARREN_LOG_DEBUG))
		return w ? wire_flush(w, err) : 0;
	since = context_now();
	r = wire_flush(w, err);
	context_log(f->w, WARREN_LOG_DEBUG, "%s: %u requests, %" PRIu64 " us: %s", f->busy_name,
		    wire_requests(w) - f->busy_from, (context_now() - since) / 1000,
		    r < 0 ? strerror(-r) : "ok");
	return r;
}
