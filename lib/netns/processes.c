/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/context.h"
#include "base/vec.h"
#include "netns/hint.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <warren/netns.h>

static const struct hint proc_hints[] = {
	{ ENOENT, "/proc is not mounted, or there is no such process" },
	{ EACCES, "it is somebody else's" },
	{ EPERM, "it is somebody else's" },
	{ 0 },
};

/* @return a pid, or 0 where the name is none */
static pid_t to_pid(const char *name)
{
	long n = 0;

	for (; *name >= '0' && *name <= '9' && n < INT_MAX / 10; name++)
		n = n * 10 + (*name - '0');
	return *name ? 0 : (pid_t)n;
}

int warren_netns_processes(struct warren *w, struct warren_netns_processes *ret,
			   struct warren_err *err)
{
	auto_closedir DIR *d = opendir("/proc");
	VEC(struct warren_netns_process) found = { 0 };
	char path[PATH_MAX];
	struct dirent *e;
	struct stat st;
	pid_t pid;
	int r = 0;

	(void)w;
	if (!d)
		return hint_fail(err, -errno, proc_hints, "read /proc");
	/* What is no procfs has no "self" in it, and would pass for a machine without processes. */
	if (fstatat(dirfd(d), "self", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return hint_fail(err, -errno, proc_hints, "read /proc/self");
	while (r == 0 && (errno = 0, e = readdir(d)) != NULL) {
		pid = to_pid(e->d_name);
		snprintf(path, sizeof(path), "%s/ns/net", e->d_name);
		/* One that ended just now, a zombie, or one that is not ours to look at */
		if (pid == 0 || fstatat(dirfd(d), path, &st, 0) < 0)
			continue;
		r = vec_push(&found, (struct warren_netns_process){ pid, st.st_ino });
	}
	if (r == 0)
		r = -errno;
	if (r < 0) {
		vec_fini(&found);
		return hint_fail(err, r, proc_hints, "read /proc");
	}
	ret->n = found.n;
	ret->v = found.v;
	return 0;
}

void warren_netns_processes_fini(struct warren_netns_processes *p)
{
	free(p->v);
	p->v = NULL;
	p->n = 0;
}

static int namespace_of(pid_t pid, struct stat *st, struct warren_err *err)
{
	char path[40];

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	else
		snprintf(path, sizeof(path), "/proc/thread-self/ns/net");
	if (stat(path, st) == 0)
		return 0;
	return hint_fail(err, errno == ENOENT && pid ? -ESRCH : -errno, proc_hints,
			 "open network namespace of process %d", (int)pid);
}

int warren_netns_identify(struct warren *w, pid_t pid, char **ret, struct warren_err *err)
{
	auto_closedir DIR *d = NULL;
	char last[NAME_MAX + 1] = "";
	struct stat want, st;
	struct dirent *e;
	char *name = NULL;
	int r = namespace_of(pid, &want, err);

	if (r < 0)
		return r;
	d = opendir(w->netns_dir);
	if (!d && errno != ENOENT)
		return hint_fail(err, -errno, NULL, "read the directory \"%s\"", w->netns_dir);
	while (d && (errno = 0, e = readdir(d)) != NULL)
		if (fstatat(dirfd(d), e->d_name, &st, 0) == 0 && st.st_ino == want.st_ino &&
		    st.st_dev == want.st_dev)
			snprintf(last, sizeof(last), "%s", e->d_name);
	if (d && errno)
		return hint_fail(err, -errno, NULL, "read the directory \"%s\"", w->netns_dir);
	if (last[0]) {
		name = strdup(last);
		if (!name)
			return warren_fail(err, -ENOMEM, "out of memory");
	}
	*ret = name;
	return 0;
}
