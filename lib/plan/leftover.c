/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/leftover.h"
#include "plan/state-private.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define MADE "made"

static int note(const char *file, const char *path)
{
	auto_free char *line = NULL;
	auto_close int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd < 0)
		return -errno;
	return asprintf(&line, "%s\n", path) < 0 ? -ENOMEM : fd_write_all(fd, line, strlen(line));
}

/* Noted before it is made: killed in between, there is nothing to remove. */
int leftover_make_dir(struct warren *w, const char *path, struct warren_err *err)
{
	auto_free char *file = state_common_path(w, MADE);
	struct state_lock lock;
	int r;

	if (!file)
		return state_no_memory(err);
	/* also where it is there: who removes it just now is waited for */
	r = state_lock_made(w, &lock, err);
	if (r < 0)
		return r;
	if (access(path, F_OK) < 0) {
		r = note(file, path);
		if (r < 0)
			state_fail(err, r, "write", file);
		else if ((r = fd_mkdir_all(path)) < 0)
			warren_fail(err, r, "cannot make '%s': %s", path, strerror(-r));
	}
	state_unlock(&lock);
	return r;
}

void leftover_remove_dirs(struct warren *w)
{
	auto_free char *file = state_common_path(w, MADE), *nets = state_common_path(w, "net");
	auto_free char *text = NULL;
	struct state_lock lock = { .fd = -1 };

	if (!file || !nets || access(file, F_OK) < 0)
		return;
	/* on a full disk there may be no lock, but no new network either */
	if (state_lock_made(w, &lock, NULL) == -ECANCELED)
		return;
	if (access(nets, F_OK) < 0 && state_read_file(file, &text, NULL) == 0) {
		for (char *p = strtok(text, "\n"); p; p = strtok(NULL, "\n"))
			rmdir(p);
		unlink(file);
	}
	state_unlock(&lock);
}
