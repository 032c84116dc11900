/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process/end.h"

#include "base/cleanup.h"
#include "base/context.h"
#include "base/vec.h"

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

/* A process by a descriptor, so that a number used again is not taken for it. */
struct victim {
	pid_t pid;
	int fd;
};
struct victims {
	struct victim *v;
	size_t n, cap;
};

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

static int find(struct process_set *s, struct victims *found)
{
	auto_closedir DIR *d = opendir("/proc");
	struct dirent *e;

	if (!d)
		return errno == ENOENT ? 0 : -errno;
	qsort(s->v, s->n, sizeof(*s->v), by_value);
	while ((e = readdir(d)) != NULL) {
		struct victim one = { .pid = (pid_t)strtol(e->d_name, NULL, 10) };

		if (one.pid <= 0 || one.pid == getpid() || !is_in(s, dirfd(d), e->d_name))
			continue;
		one.fd = (int)syscall(SYS_pidfd_open, one.pid, 0);
		if (one.fd < 0)
			continue; /* it ended just now */
		/* between the two looks the number may have gone to another process */
		if (!is_in(s, dirfd(d), e->d_name)) {
			close(one.fd);
			continue;
		}
		if (vec_push(found, one) < 0) {
			close(one.fd);
			return -ENOMEM;
		}
	}
	return 0;
}

static int send(const struct victim *v, int sig)
{
	return syscall(SYS_pidfd_send_signal, v->fd, sig, NULL, 0) < 0 && errno != ESRCH ? -errno
											 : 0;
}

/* Wait until they have ended, at most so long; those that have are dropped from the list. */
static void await(struct victims *all, uint64_t ms)
{
	uint64_t end = context_now() + ms * 1000000u;

	while (all->n) {
		struct pollfd p = { .fd = all->v[all->n - 1].fd, .events = POLLIN };
		uint64_t now = context_now();

		if (now >= end || poll(&p, 1, (int)((end - now) / 1000000u) + 1) == 0)
			break;
		if (p.revents & POLLIN)
			close(all->v[--all->n].fd);
	}
}

static int finish(struct warren *w, struct victims *all, struct warren_err *err)
{
	int r = 0;

	for (size_t i = 0; i < all->n; i++) {
		context_log(w, WARREN_LOG_WARNING, "process %d did not end when asked to; killed",
			    (int)all->v[i].pid);
		send(&all->v[i], SIGKILL);
	}
	await(all, KILL_MS);
	if (all->n)
		r = warren_fail(err, -EBUSY,
				"process %d in a namespace of the network does not end, not even "
				"killed; see 'ps -o stat,wchan -p %d'",
				(int)all->v[0].pid, (int)all->v[0].pid);
	return r;
}

int process_end(struct warren *w, struct process_set *s, struct warren_err *err)
{
	struct victims all = { 0 };
	uint64_t since = context_now();
	int r = find(s, &all);

	if (r < 0)
		warren_fail(err, r, "cannot look for processes in the network's namespaces: %s",
			    strerror(-r));
	for (size_t i = 0; r == 0 && i < all.n; i++) {
		r = send(&all.v[i], SIGTERM);
		/* a stopped process hears of it once it goes on */
		if (r == 0)
			send(&all.v[i], SIGCONT);
		else
			warren_fail(err, r, "cannot end process %d: %s", (int)all.v[i].pid,
				    strerror(-r));
	}
	if (r == 0 && all.n) {
		await(&all, GRACE_MS);
		r = finish(w, &all, err);
		context_phase(w, WARREN_PHASE_WAIT, since);
	}
	for (size_t i = 0; i < all.n; i++)
		close(all.v[i].fd);
	vec_fini(&all);
	return r;
}
