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
#include <unistd.h>

#include <cmocka.h>

#include "box.h"

/* Works in mount, network and (without root) user namespaces of its own, on a tmpfs over /run. */
static bool boxed;

static int box(void **state)
{
	struct warren *w;

	box_root();
	boxed = unshare(CLONE_NEWNS | CLONE_NEWNET) == 0 &&
		mount("", "/", "none", MS_PRIVATE | MS_REC, NULL) == 0 &&
		mount("t", "/run", "tmpfs", 0, NULL) == 0;
	if (warren_new(&w, NULL) < 0)
		return -1;
	*state = w;
	return 0;
}

static int unbox(void **state)
{
	warren_free(*state);
	return 0;
}

#define NEEDS_BOX()                                                                                \
	do {                                                                                       \
		if (!boxed)                                                                        \
			skip();                                                                    \
	} while (0)

static ino_t inode(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static void touch(const char *path, const char *text)
{
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void names(void **state)
{
	char longest[257];

	(void)state;
	memset(longest, 'a', 256);
	longest[256] = 0;
	assert_false(warren_netns_name_ok(longest));
	longest[255] = 0;
	assert_true(warren_netns_name_ok(longest));
	assert_false(warren_netns_name_ok(""));
	assert_false(warren_netns_name_ok("."));
	assert_false(warren_netns_name_ok(".."));
	assert_false(warren_netns_name_ok("a/b"));
	assert_true(warren_netns_name_ok("-x"));
	assert_true(warren_netns_name_ok("a\nb c"));
	assert_true(warren_netns_name_ok("..."));
}

static void add_and_delete(void **state)
{
	struct warren *w = *state;
	ino_t home = inode("/proc/thread-self/ns/net");
	struct warren_err err = WARREN_ERR_INIT;
	auto_close int fd = -1;
	struct stat st;

	NEEDS_BOX();
	assert_int_equal(warren_netns_delete(w, "a", &err), -ENOENT);
	assert_int_equal(warren_netns_add(w, "a", &err), 0);
	assert_int_equal(inode("/proc/thread-self/ns/net"), home);
	assert_int_equal(stat("/run/netns/a", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0444);
	assert_int_not_equal(st.st_ino, home);
	assert_int_equal(warren_netns_add(w, "a", &err), -EEXIST);
	assert_non_null(strstr(err.text, "File exists"));
	fd = warren_netns_open(w, "a", &err);
	assert_true(fd >= 0);
	assert_int_equal(warren_netns_delete(w, "a", &err), 0);
	assert_int_equal(lstat("/run/netns/a", &st), -1);
	assert_int_equal(warren_netns_add(w, "../a", &err), -EINVAL);
}

static void attach(void **state)
{
	struct warren *w = *state;
	struct warren_err err = WARREN_ERR_INIT;

	NEEDS_BOX();
	assert_int_equal(warren_netns_attach(w, "own", getpid(), &err), 0);
	assert_int_equal(inode("/run/netns/own"), inode("/proc/thread-self/ns/net"));
	assert_int_equal(warren_netns_attach(w, "own", getpid(), &err), -EEXIST);
	assert_int_equal(warren_netns_delete(w, "own", &err), 0);
	assert_int_equal(warren_netns_attach(w, "own", 0x7ffffff0, &err), -ESRCH);
}

static void stacked_mounts(void **state)
{
	struct warren *w = *state;
	struct stat st;

	NEEDS_BOX();
	assert_int_equal(warren_netns_add(w, "a", NULL), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(mount("/proc/self/ns/net", "/run/netns/a", NULL, MS_BIND, NULL), 0);
	assert_int_equal(warren_netns_delete(w, "a", NULL), 0);
	assert_int_equal(lstat("/run/netns/a", &st), -1);
}

/* What stands in the directory without being a namespace: how it is called, whether delete takes
 * it. */
static void strangers(void **state)
{
	struct warren *w = *state;
	static const struct {
		const char *name, *text;
		int deleted;
	} rows[] = {
		{ "empty", "a plain file that no namespace is mounted on", 0 },
		{ "note", "a plain file that no namespace is mounted on", 0 },
		{ "full", "a file with content", -EINVAL },
		{ "dir", "a directory", -EINVAL },
		{ "fifo", "a FIFO", -EINVAL },
		{ "dangling", "a symbolic link to nothing", 0 },
		{ "elsewhere", "a symbolic link to something else", -EINVAL },
		{ "link", "a network namespace", 0 },
		{ "mnt", "a namespace of another kind", -EINVAL },
	};
	struct warren_err err = WARREN_ERR_INIT;
	struct warren_netns_list list;

	NEEDS_BOX();
	assert_int_equal(netns_dir_prepare(w, &err), 0);
	touch("/run/netns/empty", "");
	touch("/run/netns/note", "warren:lab\n");
	touch("/run/netns/full", "data");
	touch("/run/netns/mnt", "");
	assert_int_equal(mkdir("/run/netns/dir", 0755), 0);
	assert_int_equal(mkfifo("/run/netns/fifo", 0644), 0);
	assert_int_equal(symlink("/nowhere", "/run/netns/dangling"), 0);
	assert_int_equal(symlink("/etc/passwd", "/run/netns/elsewhere"), 0);
	assert_int_equal(symlink("/proc/self/ns/net", "/run/netns/link"), 0);
	assert_int_equal(mount("/proc/self/ns/uts", "/run/netns/mnt", NULL, MS_BIND, NULL), 0);
	assert_int_equal(warren_netns_list(w, &list, &err), 0);
	assert_int_equal(list.n, sizeof(rows) / sizeof(*rows));
	warren_netns_list_fini(&list);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_string_equal(netns_describe(w, rows[i].name), rows[i].text);
		assert_int_equal(warren_netns_delete(w, rows[i].name, &err), rows[i].deleted);
		if (rows[i].deleted)
			assert_int_equal(warren_netns_open(w, rows[i].name, &err), -EINVAL);
		else
			assert_int_equal(warren_netns_open(w, rows[i].name, &err), -ENOENT);
	}
	umount2("/run/netns/mnt", MNT_DETACH);
	assert_int_equal(warren_netns_delete(w, "mnt", &err), 0);
	unlink("/run/netns/fifo");
	unlink("/run/netns/full");
	unlink("/run/netns/elsewhere");
	rmdir("/run/netns/dir");
}

/* A delete that went down a link would unmount another name. */
static void link_to_another_name(void **state)
{
	struct warren *w = *state;
	auto_close int fd = -1;

	NEEDS_BOX();
	assert_int_equal(warren_netns_add(w, "a", NULL), 0);
	assert_int_equal(symlink("/run/netns/a", "/run/netns/b"), 0);
	assert_int_equal(warren_netns_delete(w, "b", NULL), 0);
	fd = warren_netns_open(w, "a", NULL);
	assert_true(fd >= 0);
	assert_int_equal(warren_netns_delete(w, "a", NULL), 0);
}

static int count_mounts(const char *part)
{
	char line[4096];
	auto_fclose FILE *f = fopen("/proc/self/mountinfo", "re");
	int n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, part) != NULL;
	return n;
}

static void under_a_shared_run(void **state)
{
	struct warren *w = *state;
	int hidden; /* that of the machine, if it has one, below our tmpfs */

	NEEDS_BOX();
	umount2("/run/netns", MNT_DETACH);
	hidden = count_mounts(" /run/netns ");
	assert_int_equal(mount("", "/run", "none", MS_SHARED, NULL), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(netns_dir_prepare(w, NULL), 0);
	assert_int_equal(count_mounts(" /run/netns "), hidden + 1);
	assert_int_equal(warren_netns_add(w, "a", NULL), 0);
	assert_int_equal(count_mounts(" /run/netns/a "), 1);
	assert_int_equal(warren_netns_delete(w, "a", NULL), 0);
	assert_int_equal(count_mounts(" /run/netns/a "), 0);
}

static void read_only_directory(void **state)
{
	struct warren *w = *state;
	struct warren_err err = WARREN_ERR_INIT;
	struct stat st;

	NEEDS_BOX();
	assert_int_equal(warren_netns_add(w, "a", NULL), 0);
	assert_int_equal(mount("", "/run/netns", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	assert_int_equal(warren_netns_add(w, "b", &err), -EROFS);
	assert_non_null(strstr(err.text, "/run/netns/b"));
	assert_int_equal(warren_netns_delete(w, "a", &err), -EROFS);
	assert_int_equal(mount("", "/run/netns", NULL, MS_REMOUNT | MS_BIND, NULL), 0);
	assert_int_equal(lstat("/run/netns/b", &st), -1);
	assert_string_equal(netns_describe(w, "a"), "a network namespace");
	warren_netns_delete(w, "a", NULL);
}

static void sysctls_of_many(void **state)
{
	struct netns_proc p = NETNS_PROC_INIT;
	int last = -1, fd;

	(void)state;
	NEEDS_BOX();
	for (int i = 0; i < 130; i++) {
		last = netns_proc_next(&p, NULL);
		assert_true(last >= 0);
	}
	fd = openat(last, "net/ipv4/ip_forward", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	close(fd);
	netns_proc_close(&p);
	assert_int_equal(p.fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(add_and_delete),
		cmocka_unit_test(attach),
		cmocka_unit_test(stacked_mounts),
		cmocka_unit_test(strangers),
		cmocka_unit_test(link_to_another_name),
		cmocka_unit_test(under_a_shared_run),
		cmocka_unit_test(read_only_directory),
		cmocka_unit_test(sysctls_of_many),
	};

	return cmocka_run_group_tests(tests, box, unbox);
}
