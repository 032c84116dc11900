/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System calls that fail; the linker redirects the library's calls to here (--wrap). */
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fails(void)
{
	if (!fault_hits(FAULT_CALLS))
		return false;
	errno = EIO;
	return true;
}

#define WRAP(type, name, parameters, arguments)                                                    \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		return fails() ? (type)-1 : __real_##name arguments;                               \
	}

/* What takes the mode of a new file as a third or fourth argument. */
#define WRAP_OPEN(name, parameters, arguments)                                                     \
	int __real_##name parameters;                                                              \
	int __wrap_##name parameters;                                                              \
	int __wrap_##name parameters                                                               \
	{                                                                                          \
		mode_t mode = 0;                                                                   \
		va_list ap;                                                                        \
                                                                                                   \
		va_start(ap, flags);                                                               \
		if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE)                           \
			mode = va_arg(ap, mode_t);                                                 \
		va_end(ap);                                                                        \
		return fails() ? -1 : __real_##name arguments;                                     \
	}

WRAP_OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(openat, (int at, const char *path, int flags, ...), (at, path, flags, mode))
#ifdef __GLIBC__ /* what the two above become with -D_FILE_OFFSET_BITS=64 */
WRAP_OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(openat64, (int at, const char *path, int flags, ...), (at, path, flags, mode))
#endif
WRAP(ssize_t, read, (int fd, void *buf, size_t n), (fd, buf, n))
WRAP(ssize_t, write, (int fd, const void *buf, size_t n), (fd, buf, n))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, renameat, (int at, const char *from, int there, const char *to), (at, from, there, to))
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(int, mkdirat, (int at, const char *path, mode_t mode), (at, path, mode))
WRAP(int, symlink, (const char *to, const char *path), (to, path))
WRAP(int, mount, (const char *a, const char *b, const char *c, unsigned long d, const void *e),
     (a, b, c, d, e))
WRAP(int, unshare, (int kinds), (kinds))
WRAP(int, setns, (int fd, int kind), (fd, kind))
WRAP(int, socket, (int family, int type, int protocol), (family, type, protocol))
WRAP(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags))
WRAP(ssize_t, recvmsg, (int fd, struct msghdr *m, int flags), (fd, m, flags))
