/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/net.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 256
#define LONGEST	  ((size_t)1 << 20) /* a list of every second port has 180 KiB */

/* Neither absolute nor upwards: every part is a name. */
static bool is_path_down(const char *path)
{
	for (size_t n;; path += n + 1) {
		n = strcspn(path, "/");
		if (n == 0 || (n == 1 && path[0] == '.') || (n == 2 && !strncmp(path, "..", 2)))
			return false;
		if (!path[n])
			return true;
	}
}

/* Dots part the names, and a '/' stands for a dot in one (sysctl(8)). */
static int path_of(const char *key, char path[PATH_SIZE], struct warren_err *err)
{
	size_t n = strlen(key);

	for (size_t i = 0; i <= n && i < PATH_SIZE; i++)
		path[i] = key[i] == '.' ? '/' : key[i] == '/' ? '.' : key[i];
	if (n >= PATH_SIZE || !is_path_down(path))
		return warren_fail(err, -EINVAL, "sysctl '%.64s': not a name of a setting", key);
	return 0;
}

static int fail(struct warren_err *err, int code, const char *key, const char *value)
{
	switch (-code) {
	case ENOENT:
		return warren_fail(err, code, "sysctl %s: this kernel has no such setting here",
				   key);
	case ENODATA:
		return warren_fail(err, code, "sysctl %s: it can only be written, not read", key);
	case EACCES:
	case EPERM:
	case EROFS:
		return warren_fail(err, code, "sysctl %s: not allowed to %s it: %s", key,
				   value ? "change" : "read", strerror(-code));
	case EINVAL:
	case ERANGE:
		return warren_fail(err, code, "sysctl %s: the kernel refuses the value '%s'", key,
				   value ? value : "");
	default:
		return warren_fail(err, code, "sysctl %s: %s", key, strerror(-code));
	}
}

/*
 * The kernel takes each write for a whole value, but for lists (bitmaps): of
 * these it takes as much as a page has room for, up to a comma, and what
 * follows adds to it. Of all else it would ignore what follows.
 */
static int write_whole(int fd, const char *value)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE),
		     longest = 16 /* "65535-65535,", and some */;
	size_t left = strlen(value);
	ssize_t n;

	if (left == 0)
		return write(fd, "\n", 1) < 0 ? -errno : 0;
	for (; left; value += n, left -= (size_t)n) {
		n = write(fd, value, left);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0) /* ENOENT: of a name that the kernel knows nothing by */
			return errno == ENOENT ? -EINVAL : -errno;
		else if ((size_t)n < left && (size_t)n + longest < page)
			return -EINVAL;
	}
	return 0;
}

int net_sysctl_write(int proc, const char *key, const char *value, struct warren_err *err)
{
	char path[PATH_SIZE];
	auto_close int fd = -1;
	int r = path_of(key, path, err);

	if (r < 0)
		return r;
	fd = openat(proc, path, O_WRONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : write_whole(fd, value);
	return r < 0 ? fail(err, r, key, value) : 0;
}

/* A setting that has no value, but does something when it is written, may not even be opened (EACCES). */
static int open_to_read(int proc, const char *path)
{
	int fd = openat(proc, path, O_RDONLY | O_CLOEXEC), r = -errno;
	struct stat st;

	if (fd >= 0)
		return fd;
	return r == -EACCES && fstatat(proc, path, &st, 0) == 0 && !(st.st_mode & 0444) ? -ENODATA
											: r;
}

/*
 * In one call: for many settings, lists among them, the kernel has nothing to
 * say from anywhere but the beginning, so what is cut stays cut.
 * @return length; -EOVERFLOW where there may be more
 */
static ssize_t read_whole(int fd, char *buf, size_t size)
{
	ssize_t n;

	do
		n = pread(fd, buf, size - 1, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n == size - 1 && buf[n - 1] != '\n')
		return -EOVERFLOW;
	buf[n] = 0;
	buf[strcspn(buf, "\n")] = 0;
	return n;
}

int net_sysctl_read(int proc, const char *key, char *buf, size_t size, struct warren_err *err)
{
	char path[PATH_SIZE];
	auto_close int fd = -1;
	ssize_t n;
	int r = path_of(key, path, err);

	if (r < 0)
		return r;
	fd = open_to_read(proc, path);
	n = fd < 0 ? fd : read_whole(fd, buf, size);
	return n < 0 ? fail(err, (int)n, key, NULL) : 0;
}

int net_sysctl_get(int proc, const char *key, char **ret, struct warren_err *err)
{
	char path[PATH_SIZE];
	auto_close int fd = -1;
	ssize_t n = -EOVERFLOW;
	int r = path_of(key, path, err);

	if (r < 0)
		return r;
	fd = open_to_read(proc, path);
	if (fd < 0)
		return fail(err, fd, key, NULL);
	for (size_t size = 512; n == -EOVERFLOW && size <= LONGEST; size *= 8) {
		auto_free char *buf = malloc(size);

		n = buf ? read_whole(fd, buf, size) : -ENOMEM;
		if (n >= 0)
			*ret = take_ptr(buf);
	}
	return n < 0 ? fail(err, (int)n, key, NULL) : 0;
}

/* ---- comparison ---- */

static bool number_of(const char *s, size_t n, long long *ret)
{
	char text[24], *end;

	if (n == 0 || n >= sizeof(text) || strspn(s, "-0123456789abcdefxABCDEFX") < n)
		return false;
	memcpy(text, s, n);
	text[n] = 0;
	errno = 0;
	*ret = strtoll(text, &end, 0);
	return !*end && end > text && !errno;
}

#define PORTS 65536

/* @return PORTS where there is none */
static unsigned take_port(const char **s)
{
	const char *from = *s;
	unsigned n = 0;

	for (; **s >= '0' && **s <= '9' && n < PORTS; (*s)++)
		n = n * 10 + (unsigned)(**s - '0');
	return *s == from || n > PORTS ? PORTS : n;
}

/* "1,5-9": a bit for each; false where it is no list. */
static bool list_of(const char *s, size_t n, uint8_t bits[PORTS / 8])
{
	const char *end = s + n;

	memset(bits, 0, PORTS / 8);
	for (;; s++) {
		unsigned first = take_port(&s), last = first;

		if (*s == '-') {
			s++;
			last = take_port(&s);
		}
		if (first > last || last == PORTS)
			return false;
		for (unsigned i = first; i <= last; i++)
			bits[i / 8] |= (uint8_t)(1 << i % 8);
		if (s == end)
			return true;
		if (*s != ',')
			return false;
	}
}

static bool same_word(const char *a, size_t n, const char *b, size_t m)
{
	uint8_t ports[2][PORTS / 8];
	long long x, y;

	if (n == m && !memcmp(a, b, n))
		return true;
	if (number_of(a, n, &x) && number_of(b, m, &y))
		return x == y;
	if (!memchr(a, ',', n) && !memchr(b, ',', m) && !memchr(a, '-', n) && !memchr(b, '-', m))
		return false;
	return list_of(a, n, ports[0]) && list_of(b, m, ports[1]) &&
	       !memcmp(ports[0], ports[1], sizeof(ports[0]));
}

/* @param more  b may go on where a ends */
static bool same_words(const char *a, const char *b, bool more)
{
	static const char blank[] = " \t\n";

	for (;;) {
		size_t n, m;

		a += strspn(a, blank);
		b += strspn(b, blank);
		n = strcspn(a, blank);
		m = strcspn(b, blank);
		if (n == 0 || m == 0)
			return n == m || (more && n == 0);
		if (!same_word(a, n, b, m))
			return false;
		a += n;
		b += m;
	}
}

bool net_sysctl_same(const char *a, const char *b)
{
	return same_words(a, b, false);
}

bool net_sysctl_holds(const char *now, const char *value)
{
	long long unused;
	size_t n = strcspn(value, " \t\n");

	return same_words(value, now, number_of(value, n, &unused));
}
