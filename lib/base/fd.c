/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/fd.h"

#include "base/cleanup.h"
#include "base/context.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int fd_write_all(int fd, const void *p, size_t len)
{
	const char *s = p;

	while (len) {
		ssize_t n = write(fd, s, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		s += n;
		len -= (size_t)n;
	}
	return 0;
}

#define LOOK_MS 200 /* how often it is looked whether the caller wants to stop */

/* Signals end poll(2), except one that comes right before it; hence not for ever. */
static int await_input(const struct warren *w, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n = 0;

	while (n == 0) {
		if (context_cancelled(w))
			return -ECANCELED;
		n = poll(&p, 1, LOOK_MS);
	}
	return n > 0 ? 0 : errno == EINTR ? -ECANCELED : -errno;
}

/* @param w  where what is read may let wait for it, else NULL */
static int read_all(const struct warren *w, int fd, size_t max, char **ret, size_t *len)
{
	size_t n = 0, cap = 4096;
	auto_free char *buf = malloc(cap);
	char *bigger;
	ssize_t got;
	int r;

	if (!buf)
		return -ENOMEM;
	for (;;) {
		r = w ? await_input(w, fd) : 0;
		if (r < 0)
			return r;
		got = read(fd, buf + n, cap - n - 1);
		if (got < 0)
			return errno == EINTR ? -ECANCELED : -errno;
		if (got == 0)
			break;
		n += (size_t)got;
		if (n > max)
			return -EFBIG;
		if (cap - n > 1)
			continue;
		bigger = realloc(buf, cap * 2);
		if (!bigger)
			return -ENOMEM;
		buf = bigger;
		cap *= 2;
	}
	buf[n] = 0;
	if (len)
		*len = n;
	*ret = take_ptr(buf);
	return 0;
}

int fd_read_all(int fd, size_t max, char **ret, size_t *len)
{
	return read_all(NULL, fd, max, ret, len);
}

int fd_read_file(int dirfd, const char *path, size_t max, char **ret, size_t *len)
{
	auto_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd_read_all(fd, max, ret, len);
}

/* O_NONBLOCK: a FIFO without a writer is refused below instead of waited for. */
int fd_read_named(const struct warren *w, const char *path, size_t max, char **ret, size_t *len)
{
	bool standard_input = !strcmp(path, "-");
	auto_close int fd = standard_input
				    ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
				    : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!standard_input && !S_ISREG(st.st_mode))
		return -EINVAL;
	if (S_ISREG(st.st_mode) && st.st_size > 0 && (size_t)st.st_size > max)
		return -EFBIG; /* before it is all in memory */
	return read_all(standard_input ? w : NULL, fd, max, ret, len);
}

const char *fd_read_remedy(int code)
{
	static const struct {
		int code;
		const char *text;
	} remedies[] = {
		{ -EACCES,
		  "; its owner allows it with 'chmod a+r', and with 'chmod a+x' for a folder above it" },
		{ -ENOTDIR, "; what stands before a '/' in it is a file, not a folder" },
		{ -ELOOP, "; links lead in a circle, look at them with 'ls -l'" },
		{ -EMFILE, "; raise the limit of open files: ulimit -n" },
		{ -ENOMEM, "; memory is short, or limited: ulimit -v" },
	};

	for (size_t i = 0; i < sizeof(remedies) / sizeof(*remedies); i++)
		if (remedies[i].code == code)
			return remedies[i].text;
	return "";
}

int fd_replace_file(int dirfd, const char *path, const void *p, size_t len, mode_t mode)
{
	auto_free char *tmp = NULL;
	auto_close int fd = -1;
	int r;

	if (asprintf(&tmp, "%s.new", path) < 0)
		return -ENOMEM;
	fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return -errno;
	r = fd_write_all(fd, p, len);
	if (r == 0 && fchmod(fd, mode) < 0)
		r = -errno;
	if (r == 0 && renameat(dirfd, tmp, dirfd, path) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dirfd, tmp, 0);
	return r;
}

static int make_dir(const char *path)
{
	struct stat st;
	int why;

	if (mkdir(path, 0755) == 0)
		return chmod(path, 0755) < 0 ? -errno : 0; /* the umask does not count here */
	why = errno;
	/* EROFS and EACCES may come first also where it exists; who removes it in between makes it ENOENT */
	if (stat(path, &st) < 0)
		return why == EEXIST ? -errno : -why;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int fd_mkdir_all(const char *path)
{
	auto_free char *p = strdup(path);
	int r;

	if (!p)
		return -ENOMEM;
	for (char *s = p + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = 0;
		r = make_dir(p);
		*s = '/';
		if (r < 0)
			return r;
	}
	return make_dir(p);
}

#define CLOSE_RANGE 436 /* SYS_close_range, which glibc before 2.34 does not name */

int fd_close_range(unsigned first, unsigned last)
{
	return syscall(CLOSE_RANGE, first, last, 0u) < 0 ? -errno : 0;
}

DIR *fd_opendir(int dirfd, const char *path)
{
	auto_close int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (d)
		take_fd(&fd);
	return d;
}

#define CLOSERS 64

/* Every n-th of them. */
struct closing {
	const char *first;
	size_t stride, from, n, step;
};

static void *close_share(void *data)
{
	const struct closing *c = data;

	for (size_t i = c->from; i < c->n; i += c->step) {
		const int *fd = (const void *)(c->first + i * c->stride);

		if (*fd >= 0)
			close(*fd);
	}
	return NULL;
}

void fd_close_slow(const int *first, size_t n, size_t stride)
{
	const size_t step = n < CLOSERS ? n : CLOSERS;
	struct closing shares[CLOSERS];
	pthread_t threads[CLOSERS];
	bool started[CLOSERS] = { false };
	sigset_t all, before;

	/* Signals are the caller's to get. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (size_t i = 0; i < step; i++) {
		shares[i] = (struct closing){ (const char *)first, stride, i, n, step };
		started[i] = i > 0 &&
			     pthread_create(&threads[i], NULL, close_share, &shares[i]) == 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	for (size_t i = 0; i < step; i++)
		if (!started[i])
			close_share(&shares[i]);
	for (size_t i = 0; i < step; i++)
		if (started[i])
			pthread_join(threads[i], NULL);
}
