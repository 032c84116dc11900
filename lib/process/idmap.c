/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process/idmap.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "process/run.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

bool idmap_find_range(const char *file, const char *name, uid_t uid, struct id_range *ret)
{
	auto_free char *text = NULL;
	char number[16];
	char *at, *line, *user;

	if (fd_read_file(AT_FDCWD, file, 1 << 20, &text, NULL) < 0)
		return false;
	snprintf(number, sizeof(number), "%u", (unsigned)uid);
	at = text;
	while ((line = strsep(&at, "\n"))) {
		user = strsep(&line, ":");
		if (!line || (strcmp(user, number) != 0 && (!name || strcmp(user, name) != 0)))
			continue;
		if (sscanf(line, "%lu:%lu", &ret->first, &ret->n) == 2 && ret->n > 0)
			return true;
	}
	return false;
}

/* Its words are of no use to the user: where it fails, the single mapping follows. */
static void run_quietly(char *const argv[])
{
	posix_spawn_file_actions_t fa;
	pid_t pid;

	if (posix_spawn_file_actions_init(&fa) != 0)
		return;
	for (int fd = 0; fd < 3; fd++)
		posix_spawn_file_actions_addopen(&fa, fd, "/dev/null", O_RDWR, 0);
	if (posix_spawnp(&pid, argv[0], &fa, NULL, argv, environ) == 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	posix_spawn_file_actions_destroy(&fa);
}

static void map_with(const char *program, pid_t pid, unsigned own, const struct id_range *r)
{
	char text[4][24];
	char *argv[] = { (char *)(uintptr_t)program,
			 text[0],
			 (char[]){ "0" },
			 text[1],
			 (char[]){ "1" },
			 (char[]){ "1" },
			 text[2],
			 text[3],
			 NULL };

	snprintf(text[0], sizeof(text[0]), "%d", pid);
	snprintf(text[1], sizeof(text[1]), "%u", own);
	snprintf(text[2], sizeof(text[2]), "%lu", r->first);
	snprintf(text[3], sizeof(text[3]), "%lu", r->n);
	run_quietly(argv);
}

/*
 * Not by getpwuid(3): in a program that contains its C library it would load
 * the system's one beside it, where names come from a directory service.
 */
static char *own_name(void)
{
	const char *const argv[] = { "id", "-un", NULL };
	char *name;

	if (process_filter(argv, "", 0, &name, NULL, NULL) < 0)
		return NULL;
	name[strcspn(name, "\n")] = 0;
	return name;
}

/* By number first, so that nobody waits for a directory service without need. */
static bool find_own_range(const char *file, char **name, struct id_range *ret)
{
	if (idmap_find_range(file, NULL, geteuid(), ret))
		return true;
	if (!*name && access(file, R_OK) == 0)
		*name = own_name();
	return *name && idmap_find_range(file, *name, geteuid(), ret);
}

void idmap_ranges(pid_t pid)
{
	auto_free char *name = NULL;
	struct id_range uids, gids;

	if (!find_own_range("/etc/subuid", &name, &uids) ||
	    !find_own_range("/etc/subgid", &name, &gids))
		return;
	map_with("newuidmap", pid, geteuid(), &uids);
	map_with("newgidmap", pid, getegid(), &gids);
}

static int write_file(const char *path, const char *text)
{
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));
}

static bool is_mapped(const char *path)
{
	auto_free char *text = NULL;

	return fd_read_file(AT_FDCWD, path, 1 << 16, &text, NULL) == 0 && text[0];
}

int idmap_one(uid_t inside, uid_t uid, gid_t inside_gid, gid_t gid)
{
	char map[32];
	int r = 0;

	if (!is_mapped("/proc/self/uid_map")) {
		snprintf(map, sizeof(map), "%u %u 1", (unsigned)inside, (unsigned)uid);
		r = write_file("/proc/self/uid_map", map);
	}
	if (r == 0 && !is_mapped("/proc/self/gid_map")) {
		/* user_namespaces(7): who maps his own group must give up setgroups(2) first. */
		r = write_file("/proc/self/setgroups", "deny");
		snprintf(map, sizeof(map), "%u %u 1", (unsigned)inside_gid, (unsigned)gid);
		if (r == 0)
			r = write_file("/proc/self/gid_map", map);
	}
	return r;
}
