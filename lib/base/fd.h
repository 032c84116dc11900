/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <dirent.h>
#include <stddef.h>
#include <sys/types.h>

struct warren;

/**
 * Write all of it, through short writes and EINTR.
 * @return 0 or a negative errno
 */
int fd_write_all(int fd, const void *p, size_t len);

/**
 * Read all there is, up to a limit.
 * @param dirfd     as for openat(2)
 * @param path      relative to dirfd
 * @param max       more bytes than this is -EFBIG
 * @param[out] ret  terminated, to be freed; untouched on failure
 * @param[out] len  bytes without the terminator; may be NULL
 * @return 0 or a negative errno
 */
int fd_read_file(int dirfd, const char *path, size_t max, char **ret, size_t *len);

/** The same from a descriptor; -ECANCELED where a signal that somebody handles comes in between. */
int fd_read_all(int fd, size_t max, char **ret, size_t *len);

/**
 * The same of a file that a user names: "-" is standard input, and all else
 * must be a regular file, as what is none may never end.
 * @param w  is asked whether to stop while standard input is waited for
 * @return 0, -EISDIR, -EINVAL (no regular file), -EFBIG, -ECANCELED, …
 */
int fd_read_named(const struct warren *w, const char *path, size_t max, char **ret, size_t *len);

/** What can be done where fd_read_named() failed: "; …", or "" where its name tells. */
const char *fd_read_remedy(int code);

/**
 * Write a file whole or not at all: a temporary file beside it, then rename(2).
 * @return 0 or a negative errno
 */
int fd_replace_file(int dirfd, const char *path, const void *p, size_t len, mode_t mode);

/** Open a directory to read its entries. @return to be closed, or NULL with errno */
DIR *fd_opendir(int dirfd, const char *path);

/**
 * Close all descriptors from one to another in one call.
 * @return 0, or a negative errno (-ENOSYS before Linux 5.9): none is closed
 */
int fd_close_range(unsigned first, unsigned last);

/**
 * Close descriptors of which each takes long, as that of a packet socket does: for every one
 * packet_release() in net/packet/af_packet.c waits until all processors have come by, 12 ms
 * mostly. Many threads wait for that at the same time; they are gone on return.
 * @param first   the first; those below 0 are left out
 * @param n       how many
 * @param stride  bytes from one to the next, as they may be members of structs
 */
void fd_close_slow(const int *first, size_t n, size_t stride);

/** Make a directory and its parents, mode 0755 whatever the umask. @return 0 or a negative errno */
int fd_mkdir_all(const char *path);

#endif
