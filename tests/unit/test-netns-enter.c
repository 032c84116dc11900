/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns/netns.h"

#include "base/cleanup.h"
#include "base/context.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * Each row runs in a child with a small /etc of its own (a tmpfs), as root only:
 * what programs inside see, and that the host's /etc is as it was.
 */
static void put(const char *path, const char *text)
{
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static bool holds(const char *path, const char *text)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buf[64] = "";

	return fd >= 0 && read(fd, buf, sizeof(buf) - 1) >= 0 && strcmp(buf, text) == 0;
}

static void host(void)
{
	assert_int_equal(unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS), 0);
	assert_int_equal(mount("", "/", "none", MS_PRIVATE | MS_REC, NULL), 0);
	assert_int_equal(mount("t", "/run", "tmpfs", 0, NULL), 0);
	assert_int_equal(mount("t", "/etc", "tmpfs", 0, NULL), 0);
	/* shared, as systemd has it: what goes wrong inside would show outside */
	assert_int_equal(mount("", "/", "none", MS_SHARED | MS_REC, NULL), 0);
	assert_int_equal(mkdir("/etc/netns", 0755), 0);
	assert_int_equal(mkdir("/etc/netns/a", 0755), 0);
}

/* Enter as a child does; the parent stays the host. @return the child's verdict */
static int inside(unsigned flags, int (*look)(void))
{
	struct warren *w;
	pid_t pid;
	int fd, status;

	assert_int_equal(warren_new(&w, NULL), 0);
	fd = warren_netns_open(w, "a", NULL);
	if (fd < 0) {
		assert_int_equal(warren_netns_add(w, "a", NULL), 0);
		fd = warren_netns_open(w, "a", NULL);
	}
	pid = fork();
	if (pid == 0)
		_exit(netns_enter_as(w, fd, "a", flags, NULL) == 0 ? look() : 99);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(fd);
	warren_free(w);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void in_a_box(void (*test)(void))
{
	pid_t pid;
	int status;

	if (geteuid() != 0)
		skip();
	pid = fork();
	if (pid == 0) {
		host();
		test();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "not so: %s\n", #condition);                               \
			return 1;                                                                  \
		}                                                                                  \
	} while (0)

static int sees_its_files(void)
{
	CHECK(holds("/etc/hosts", "inside"));
	CHECK(holds("/etc/resolv.conf", "inside"));
	return 0;
}

static void plain(void)
{
	put("/etc/hosts", "host");
	put("/etc/resolv.conf", "host");
	put("/etc/netns/a/hosts", "inside");
	put("/etc/netns/a/resolv.conf", "inside");
	assert_int_equal(inside(NETNS_AS_ETC, sees_its_files), 0);
	assert_true(holds("/etc/hosts", "host"));
}

static void no_target(void)
{
	struct stat st;

	put("/etc/netns/a/hosts", "inside");
	put("/etc/netns/a/resolv.conf", "inside");
	assert_int_equal(inside(NETNS_AS_ETC, sees_its_files), 0);
	assert_int_equal(lstat("/etc/hosts", &st), -1);
}

static int sees_both(void)
{
	CHECK(holds("/run/resolver", "inside"));
	return sees_its_files();
}

static int link_was_replaced(void)
{
	/* the service outside replaced its file: the mount on it is gone, that on the link is not
	 */
	put("/run/resolver.new", "host 2");
	CHECK(rename("/run/resolver.new", "/run/resolver") < 0 && errno == EBUSY);
	CHECK(umount2("/run/resolver", MNT_DETACH) == 0);
	return sees_its_files();
}

static void linked_target(void)
{
	struct stat st;

	put("/run/resolver", "host");
	put("/etc/hosts", "host");
	assert_int_equal(symlink("/run/resolver", "/etc/resolv.conf"), 0);
	put("/etc/netns/a/hosts", "inside");
	put("/etc/netns/a/resolv.conf", "inside");
	assert_int_equal(inside(NETNS_AS_ETC, sees_both), 0);
	assert_int_equal(inside(NETNS_AS_ETC, link_was_replaced), 0);
	assert_true(holds("/run/resolver", "host"));
	assert_int_equal(lstat("/etc/resolv.conf", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

/* One that is mounted before /etc is covered stays on top. */
static void linked_target_and_none(void)
{
	put("/run/resolver", "host");
	assert_int_equal(symlink("/run/resolver", "/etc/resolv.conf"), 0);
	put("/etc/netns/a/resolv.conf", "inside");
	put("/etc/netns/a/hosts", "inside");
	assert_int_equal(mkdir("/etc/netns/a/more", 0755), 0);
	put("/etc/netns/a/more/file", "");
	assert_int_equal(inside(NETNS_AS_ETC, sees_both), 0);
	assert_true(holds("/etc/resolv.conf", "host"));
}

static void dangling_target(void)
{
	put("/etc/hosts", "host");
	assert_int_equal(symlink("/nowhere", "/etc/resolv.conf"), 0);
	put("/etc/netns/a/hosts", "inside");
	put("/etc/netns/a/resolv.conf", "inside");
	assert_int_equal(inside(NETNS_AS_ETC, sees_its_files), 0);
}

static int sees_common_files(void)
{
	CHECK(holds("/etc/hosts", "common"));
	return 0;
}

static void linked_directory(void)
{
	put("/etc/hosts", "host");
	assert_int_equal(rmdir("/etc/netns/a"), 0);
	assert_int_equal(mkdir("/run/common", 0755), 0);
	put("/run/common/hosts", "common");
	assert_int_equal(symlink("/run/common", "/etc/netns/a"), 0);
	assert_int_equal(inside(NETNS_AS_ETC, sees_common_files), 0);
}

static int sees_sysfs_and_below(void)
{
	struct stat st;

	CHECK(stat("/sys/class/net/lo", &st) == 0);
	CHECK(stat("/sys/class/net/dummy-of-the-host", &st) < 0);
	CHECK(stat("/sys/fs/cgroup/mark", &st) == 0);
	return 0;
}

static void sysfs(void)
{
	if (mount("t", "/sys/fs/cgroup", "tmpfs", 0, NULL) < 0)
		return;
	put("/sys/fs/cgroup/mark", "");
	assert_int_equal(inside(NETNS_AS_SYS, sees_sysfs_and_below), 0);
	assert_true(holds("/sys/fs/cgroup/mark", ""));
}

static int has_a_hostname(void)
{
	char name[65];

	CHECK(gethostname(name, sizeof(name)) == 0);
	CHECK(strcmp(name, "a") == 0);
	return 0;
}

static void hostname(void)
{
	char name[65];

	assert_int_equal(sethostname("outside", 7), 0);
	assert_int_equal(inside(NETNS_AS_UTS, has_a_hostname), 0);
	assert_int_equal(gethostname(name, sizeof(name)), 0);
	assert_string_equal(name, "outside");
}

#define BOXED(what)                                                                                \
	static void what##_boxed(void **state)                                                     \
	{                                                                                          \
		(void)state;                                                                       \
		in_a_box(what);                                                                    \
	}

BOXED(plain)
BOXED(no_target)
BOXED(linked_target)
BOXED(linked_target_and_none)
BOXED(dangling_target)
BOXED(linked_directory)
BOXED(sysfs)
BOXED(hostname)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_boxed),
		cmocka_unit_test(no_target_boxed),
		cmocka_unit_test(linked_target_boxed),
		cmocka_unit_test(linked_target_and_none_boxed),
		cmocka_unit_test(dangling_target_boxed),
		cmocka_unit_test(linked_directory_boxed),
		cmocka_unit_test(sysfs_boxed),
		cmocka_unit_test(hostname_boxed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
