/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process/user-dir.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Whether a directory can hold ours: the user's own, and nobody else writes to it. */
static bool usable_base(const char *path)
{
	struct stat st;

	return path && path[0] == '/' && stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

static char *choose_path(void)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");
	char run[64];
	char *path = NULL;
	int n;

	snprintf(run, sizeof(run), "/run/user/%u", (unsigned)geteuid());
	if (usable_base(xdg))
		n = asprintf(&path, "%s/warren", xdg);
	else if (usable_base(run))
		n = asprintf(&path, "%s/warren", run);
	else
		n = asprintf(&path, "/tmp/warren-%u", (unsigned)geteuid());
	return n < 0 ? NULL : path;
}

int user_dir_open(bool make, char **path, struct warren_err *err)
{
	auto_free char *chosen = choose_path();
	auto_close int fd = -1;
	struct stat st;

	if (!chosen)
		return warren_fail(err, -ENOMEM, "out of memory");
	if (make && mkdir(chosen, 0700) < 0 && errno != EEXIST)
		return warren_fail(err, -errno,
				   "cannot make the directory '%s': %s; set XDG_RUNTIME_DIR to one "
				   "that you can write to",
				   chosen, strerror(errno));
	fd = open(chosen, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		warren_fail(err, -ENOENT, "no network is up: '%s' is not there", chosen);
		*path = take_ptr(chosen);
		return -ENOENT;
	}
	if (fd < 0)
		return warren_fail(err, -errno,
				   "cannot open '%s' as a directory: %s; it is where the state of "
				   "your networks belongs, so take away what is there",
				   chosen, strerror(errno));
	if (fstat(fd, &st) < 0)
		return warren_fail(err, -errno, "cannot stat '%s': %s", chosen, strerror(errno));
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return warren_fail(err, -EPERM,
				   "'%s' belongs to user %u with mode %03o, so others could change "
				   "your state in it; set XDG_RUNTIME_DIR to a directory of your own",
				   chosen, (unsigned)st.st_uid, (unsigned)st.st_mode & 0777);
	*path = take_ptr(chosen);
	return take_fd(&fd);
}
