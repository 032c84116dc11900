/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process/end.h"

#include "base/cleanup.h"
#include "base/context.h"
#include "base/vec.h"
#include "netns/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define GRACE_MS 2000 /* between TERM and KILL */
#define KILL_MS	 2000 /* what a killed process may take to go */
#define LOOK_MS	 100  /* how often it is looked whether the caller wants to stop */

/* A pass ends what the one before left: what was started meanwhile, and what there were no descriptors for. */
#define PASSES 10

/* Processes, each by a descriptor, so that a number used again is not taken for it. */
struct victims {
	VEC(pid_t) pids;
	VEC(struct pollfd) fds;
	bool more; /* there may be others: descriptors ran out */
};

static void victims_fini(struct victims *all)
{
	for (size_t i = 0; i < all->fds.n; i++)
		close(all->fds.v[i].fd);
	vec_fini(&all->fds);
	vec_fini(&all->pids);
}

int process_set_add(struct process_set *s, uint64_t inode)
{
	return vec_push(s, inode);
}

void process_set_fini(struct process_set *s)
{
	vec_fini(s);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool is_in(const struct process_set *s, int proc, const char *pid)
{
	char path[64];
	struct stat st;
	uint64_t inode;

	snprintf(path, sizeof(path), "%.20s/ns/net", pid);
	if (fstatat(proc, path, &st, 0) < 0)
		return false;
	inode = st.st_ino;
	return bsearch(&inode, s->v, s->n, sizeof(*s->v), by_value) != NULL;
}

static int no_memory(struct warren_err *err)
{
	return warren_fail(err, -ENOMEM, "out of memory");
}

static int fail_to_look(int code, const char *why, struct warren_err *err)
{
	return warren_fail(err, code, "cannot look for processes in the network's namespaces: %s",
			   why);
}

/* @return 0, also where the process is none of ours any more */
static int take(struct victims *found, const struct process_set *s, int proc, const char *name,
		struct warren_err *err)
{
	const pid_t pid = (pid_t)strtol(name, NULL, 10);
	auto_close int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	const int code = fd < 0 ? errno : 0;

	/* between the two looks the number may have gone to another process */
	if (code == ESRCH || !is_in(s, proc, name))
		return 0;
	if (found->fds.n && (code == EMFILE || code == ENFILE)) {
		found->more = true;
		return 0;
	}
	if (code)
		return warren_fail(err, -code,
				   "process %d is in a namespace of the network and cannot be ended: "
				   "%s%s",
				   (int)pid, strerror(code),
				   code == ENOSYS ? "; end it, or use Linux 5.3 or newer" : "");
	if (vec_push(&found->pids, pid) < 0)
		return no_memory(err);
	if (vec_push(&found->fds, (struct pollfd){ .fd = fd, .events = POLLIN }) < 0)
		return no_memory(err);
	take_fd(&fd);
	return 0;
}

static int find(const struct process_set *s, DIR *proc, struct victims *found,
		struct warren_err *err)
{
	struct dirent *e;
	int r = 0;

	rewinddir(proc);
	while (r == 0 && !found->more && (errno = 0, e = readdir(proc)) != NULL) {
		const long pid = strtol(e->d_name, NULL, 10);

		if (pid > 0 && pid != getpid() && is_in(s, dirfd(proc), e->d_name))
			r = take(found, s, dirfd(proc), e->d_name, err);
		errno = 0;
	}
	return r == 0 && errno ? fail_to_look(-errno, strerror(errno), err) : r;
}

static int send(const struct victims *all, size_t i, int sig)
{
	return syscall(SYS_pidfd_send_signal, all->fds.v[i].fd, sig, NULL, 0) < 0 && errno != ESRCH
		       ? -errno
		       : 0;
}

static void drop_ended(struct victims *all)
{
	for (size_t i = 0; i < all->fds.n;) {
		if (!all->fds.v[i].revents) {
			i++;
			continue;
		}
		close(all->fds.v[i].fd);
		all->fds.v[i] = all->fds.v[--all->fds.n];
		all->pids.v[i] = all->pids.v[--all->pids.n];
	}
}

/* Wait until they have ended, at most so long; those that have are dropped. */
static int await(struct warren *w, struct victims *all, size_t total, uint64_t ms,
		 struct warren_err *err)
{
	const uint64_t end = context_now() + ms * 1000000u;

	for (uint64_t now = context_now();; now = context_now()) {
		uint64_t left = now < end ? (end - now) / 1000000u + 1 : 0;
		int n;

		context_progress(w, "processes", total - all->fds.n, total);
		if (!all->fds.n || !left)
			return 0;
		if (context_cancelled(w))
			return warren_fail(err, -ECANCELED, "interrupted");
		n = poll(all->fds.v, all->fds.n, (int)(left < LOOK_MS ? left : LOOK_MS));
		if (n < 0 && errno != EINTR)
			return warren_fail(err, -errno, "cannot wait for processes to end: %s",
					   strerror(errno));
		if (n > 0)
			drop_ended(all);
	}
}

static int ask(const struct victims *all, struct warren_err *err)
{
	for (size_t i = 0; i < all->fds.n; i++) {
		int r = send(all, i, SIGTERM);

		if (r < 0)
			return warren_fail(err, r, "cannot end process %d: %s", (int)all->pids.v[i],
					   strerror(-r));
		/* a stopped process hears of it once it goes on */
		send(all, i, SIGCONT);
	}
	return 0;
}

static int end_all(struct warren *w, struct victims *all, struct warren_err *err)
{
	const size_t total = all->fds.n;
	int r = ask(all, err);

	if (r == 0)
		r = await(w, all, total, GRACE_MS, err);
	for (size_t i = 0; r == 0 && i < all->fds.n; i++) {
		context_log(w, WARREN_LOG_WARNING, "process %d did not end when asked to; killed",
			    (int)all->pids.v[i]);
		send(all, i, SIGKILL);
	}
	if (r == 0)
		r = await(w, all, total, KILL_MS, err);
	if (r == 0 && all->fds.n)
		r = warren_fail(err, -EBUSY,
				"process %d in a namespace of the network does not end, not even "
				"killed; see 'ps -o stat,wchan -p %d'",
				(int)all->pids.v[0], (int)all->pids.v[0]);
	return r;
}

/* @return 1 where there may be more of them, 0, or a negative errno */
static int pass(struct warren *w, const struct process_set *s, DIR *proc, bool last,
		struct warren_err *err)
{
	auto_(victims_fini) struct victims all = { 0 };
	uint64_t since = context_now();
	int r = find(s, proc, &all, err);

	if (r < 0 || !all.fds.n)
		return r;
	if (last && !all.more)
		return warren_fail(err, -EBUSY,
				   "processes are started in the network's namespaces as fast as they "
				   "are ended; process %d is one: end what starts them",
				   (int)all.pids.v[0]);
	r = end_all(w, &all, err);
	context_phase(w, WARREN_PHASE_WAIT, since);
	return r < 0 ? r : 1;
}

int process_end(struct warren *w, struct process_set *s, struct warren_err *err)
{
	struct warren_err why = WARREN_ERR_INIT;
	auto_close int fd = netns_proc_root(&why);
	auto_closedir DIR *proc = fd < 0 ? NULL : fdopendir(fd);
	int r = 1;

	if (fd < 0)
		return fail_to_look(fd, why.text, err);
	if (!proc)
		return fail_to_look(-errno, strerror(errno), err);
	take_fd(&fd);
	qsort(s->v, s->n, sizeof(*s->v), by_value);
	for (int i = 1; r == 1; i++)
		r = pass(w, s, proc, i > PASSES, err);
	return r;
}
