/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process/run.h"

#include "base/cleanup.h"
#include "base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define OUTPUT_MAX (1u << 30) /* bytes */
#define READ_SIZE  65536

extern char **environ;

struct bytes {
	char *v;
	size_t n, cap;
};

/* A child and our ends of its standard input, output and error; -1 when done with. */
struct filter {
	pid_t pid;
	int fds[3];
	struct bytes from[3]; /* what came out of 1 and 2 */
	const char *input;
	size_t left;
};

static void close_all(int fds[3])
{
	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(take_fd(&fds[i]));
}

/* Input goes through a socket: writing to a child that is gone is then an error, not a SIGPIPE for our caller. */
static int open_ends(int ours[3], int theirs[3])
{
	for (int i = 0; i < 3; i++) {
		int pair[2];
		int r = i == 0 ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)
			       : pipe2(pair, O_CLOEXEC);

		if (r < 0)
			return -errno;
		ours[i] = pair[0];
		theirs[i] = pair[1];
	}
	return 0;
}

static int spawn(const char *const *argv, const int theirs[3], pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, pipe_only;
	int r = posix_spawn_file_actions_init(&actions);

	if (r)
		return -r;
	r = posix_spawnattr_init(&attr);
	if (r) {
		posix_spawn_file_actions_destroy(&actions);
		return -r;
	}
	sigemptyset(&none);
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &pipe_only);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	for (int i = 0; i < 3 && !r; i++)
		r = posix_spawn_file_actions_adddup2(&actions, theirs[i], i);
	if (!r)
		r = posix_spawnp(ret, argv[0], &actions, &attr, (char *const *)argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

static int give(struct filter *f)
{
	ssize_t n = send(f->fds[0], f->input, f->left, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	/* A program may end before it has read all; whether that is well, its exit status says. */
	if (n < 0)
		f->left = 0;
	else
		f->left -= (size_t)n;
	f->input += n > 0 ? n : 0;
	if (!f->left)
		close(take_fd(&f->fds[0]));
	return 0;
}

static int take(struct filter *f, int i)
{
	struct bytes *b = &f->from[i];
	ssize_t n;

	if (b->n >= OUTPUT_MAX)
		return -EFBIG;
	if (vec_reserve(b, READ_SIZE + 1))
		return -ENOMEM;
	n = read(f->fds[i], b->v + b->n, READ_SIZE);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n == 0)
		close(take_fd(&f->fds[i]));
	b->n += (size_t)n;
	b->v[b->n] = 0;
	return 0;
}

static int pump(struct filter *f)
{
	int r = 0;

	while (!r && (f->fds[1] >= 0 || f->fds[2] >= 0)) {
		struct pollfd p[3] = {
			{ f->fds[0], POLLOUT, 0 },
			{ f->fds[1], POLLIN, 0 },
			{ f->fds[2], POLLIN, 0 },
		};

		if (poll(p, 3, -1) < 0) {
			r = errno == EINTR ? 0 : -errno;
			continue;
		}
		if (p[0].revents)
			r = give(f);
		for (int i = 1; i < 3 && !r; i++)
			if (p[i].revents)
				r = take(f, i);
	}
	return r;
}

static int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	/* 127 is how a child that could not be executed ends where posix_spawnp() cannot tell in time. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return -ENOENT;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

static int run(struct filter *f, struct warren_err *err, const char *name)
{
	const char *said = "";
	int r, status;

	if (!f->left)
		close(take_fd(&f->fds[0]));
	r = pump(f);
	close_all(f->fds); /* a child that still writes ends now */
	status = reap(f->pid);
	if (r < 0)
		return warren_fail(err, r, "run '%s': %s", name, strerror(-r));
	if (status < 0) {
		if (f->from[2].v) {
			f->from[2].v[strcspn(f->from[2].v, "\n")] = 0;
			said = f->from[2].v;
		}
		return warren_fail(err, status, "'%s' failed%s%.400s", name, *said ? ": " : "",
				   said);
	}
	return 0;
}

int process_filter(const char *const *argv, const char *input, size_t len, char **ret, size_t *n,
		   struct warren_err *err)
{
	struct filter f = { .fds = { -1, -1, -1 }, .input = input, .left = len };
	int theirs[3] = { -1, -1, -1 };
	int r = open_ends(f.fds, theirs);

	if (!r)
		r = spawn(argv, theirs, &f.pid);
	close_all(theirs);
	if (r < 0) {
		close_all(f.fds);
		return warren_fail(err, r, "run '%s': %s", argv[0], strerror(-r));
	}
	r = run(&f, err, argv[0]);
	if (!r) {
		if (n)
			*n = f.from[1].n;
		*ret = take_ptr(f.from[1].v);
	}
	free(f.from[1].v);
	free(f.from[2].v);
	return r;
}
