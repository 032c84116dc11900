/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/net.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define PATH_SIZE 256

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

int net_sysctl_write(int proc, const char *key, const char *value, struct warren_err *err)
{
	size_t len = strlen(value);
	char path[PATH_SIZE];
	auto_close int fd = -1;
	ssize_t n;
	int r = path_of(key, path, err);

	if (r < 0)
		return r;
	fd = openat(proc, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(err, -errno, key, value);
	/* In one call: the kernel takes each write for a whole value. */
	do
		n = write(fd, len ? value : "\n", len ? len : 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail(err, -errno, key, value);
	return (size_t)n < len ? fail(err, -EINVAL, key, value) : 0;
}

int net_sysctl_read(int proc, const char *key, char *buf, size_t size, struct warren_err *err)
{
	char path[PATH_SIZE];
	auto_close int fd = -1;
	size_t n = 0;
	ssize_t got;
	int r = path_of(key, path, err);

	if (r < 0)
		return r;
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(err, -errno, key, NULL);
	do {
		got = read(fd, buf + n, size - 1 - n);
		if (got < 0 && errno != EINTR)
			return fail(err, -errno, key, NULL);
		n += got > 0 ? (size_t)got : 0;
	} while (got != 0 && n < size - 1);
	buf[n] = 0;
	buf[strcspn(buf, "\n")] = 0;
	return 0;
}

bool net_sysctl_same(const char *a, const char *b)
{
	static const char blank[] = " \t\n";

	for (;;) {
		size_t n, m;

		a += strspn(a, blank);
		b += strspn(b, blank);
		n = strcspn(a, blank);
		m = strcspn(b, blank);
		if (n != m || memcmp(a, b, n) != 0)
			return false;
		if (n == 0)
			return true;
		a += n;
		b += n;
	}
}
