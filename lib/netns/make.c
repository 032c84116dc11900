/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns/netns.h"

#include "base/cleanup.h"
#include "netns/hint.h"
#include "netns/mount-api.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

static const struct hint make_hints[] = {
	{ ENOSPC, "the kernel's limit of network namespaces is reached: raise the sysctl "
		  "user.max_net_namespaces, or nest fewer user namespaces (at most 32)" },
	{ EPERM, "CAP_SYS_ADMIN is needed" },
	{ EINVAL, "the kernel is built without CONFIG_NET_NS" },
	{ 0 },
};

static const struct hint fd_hints[] = {
	{ ENOENT, "/proc is not mounted" },
	{ EPERM, "/proc is not mounted, and without it CAP_NET_ADMIN is needed" },
	{ 0 },
};

int netns_current(struct warren_err *err)
{
	auto_close int s = -1;
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return hint_fail(err, -errno, fd_hints, "open the own network namespace");
	/* Without /proc a socket tells which namespace it is in, to whom may administer that. */
	s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (s >= 0)
		fd = ioctl(s, SIOCGSKNS);
	if (fd < 0)
		return hint_fail(err, -errno, fd_hints, "open the own network namespace");
	return fd;
}

uint64_t netns_current_id(void)
{
	auto_close int fd = netns_current(NULL);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? st.st_ino : 0;
}

int netns_make(struct warren_err *err)
{
	if (unshare(CLONE_NEWNET) < 0)
		return hint_fail(err, -errno, make_hints, "make a network namespace");
	return netns_current(err);
}

int netns_enter(int fd, struct warren_err *err)
{
	static const struct hint hints[] = {
		{ EINVAL, "it is not a network namespace" },
		{ EPERM, "CAP_SYS_ADMIN is needed, here and in the user namespace that owns it" },
		{ 0 },
	};

	if (setns(fd, CLONE_NEWNET) < 0)
		return hint_fail(err, -errno, hints, "enter a network namespace");
	return 0;
}

#define PROC_USES 64

/* A procfs instance that nobody else has looked into. @return descriptor of its root or -errno */
static int fresh_proc(void)
{
	auto_close int fs = api_fsopen("proc");
	int fd;

	if (fs < 0 || api_fsconfig_create(fs) < 0)
		return -errno;
	fd = api_fsmount(fs);
	return fd < 0 ? -errno : fd;
}

int netns_proc_root(struct warren_err *err)
{
	static const char remedy[] = "mount one: mount -t proc proc /proc";
	auto_close int root = fresh_proc();
	auto_close int fd = -1;
	char self[16] = "";
	ssize_t n;

	if (root >= 0)
		fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	else if (root == -ENOMEM || root == -EMFILE || root == -ENFILE)
		return hint_fail(err, root, NULL, "open a procfs");
	else
		fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	n = fd < 0 ? -1 : readlinkat(fd, "self", self, sizeof(self) - 1);
	if (n < 0)
		return warren_fail(err, -errno, "/proc is not mounted (%s); %s", strerror(errno),
				   remedy);
	if (strtol(self, NULL, 10) != getpid())
		return warren_fail(err, -ESRCH, "/proc is that of another pid namespace; %s",
				   remedy);
	return take_fd(&fd);
}

int netns_proc_next(struct netns_proc *p, struct warren_err *err)
{
	auto_close int root = -1;
	int fd;

	if (p->fd >= 0 && p->uses < PROC_USES) {
		p->uses++;
		return p->fd;
	}
	/*
	 * Refused in a user namespace where parts of /proc are covered by other
	 * mounts (EPERM), and by sandboxes.
	 */
	root = fresh_proc();
	if (root >= 0)
		fd = openat(root, "sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	else
		fd = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return hint_fail(err, -errno, fd_hints, "open /proc/sys");
	netns_proc_close(p);
	p->fd = fd;
	p->uses = 1;
	return fd;
}

void netns_proc_close(struct netns_proc *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	p->uses = 0;
}
