/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process/userns.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* The inode of the first user namespace is fixed (include/linux/proc_ns.h, PROC_USER_INIT_INO). */
#define FIRST_USERNS 0xEFFFFFFDu

static uint64_t effective_caps(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (syscall(SYS_capget, &head, data) < 0)
		return 0;
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

static bool has_cap(uint64_t caps, unsigned cap)
{
	return caps >> cap & 1;
}

/*
 * Whether the capabilities count in one of our namespaces: NS_GET_USERNS gives
 * its owner only where that is our own user namespace or one below it.
 */
static bool governs(const char *ns)
{
	auto_close int fd = open(ns, O_RDONLY | O_CLOEXEC);
	auto_close int owner = -1;

	if (fd < 0)
		return true; /* no /proc: the first request will tell */
	owner = ioctl(fd, NS_GET_USERNS);
	return owner >= 0;
}

bool userns_direct(void)
{
	uint64_t caps = effective_caps();
	struct stat st;

	if (!has_cap(caps, CAP_SYS_ADMIN) || !has_cap(caps, CAP_NET_ADMIN))
		return false;
	if (stat("/proc/self/ns/user", &st) == 0 && st.st_ino == FIRST_USERNS)
		return true;
	return governs("/proc/self/ns/net") && governs("/proc/self/ns/mnt");
}

/* Settings that forbid it, most telling first. */
struct knob {
	const char *file; /* below /proc/sys */
	const char *name;
	long bad;	  /* this value forbids */
	const char *good; /* one that allows */
};

static const struct knob knobs[] = {
	{ "kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone", 0, "1" },
	{ "user/max_user_namespaces", "user.max_user_namespaces", 0, "10000" },
	{ "user/max_mnt_namespaces", "user.max_mnt_namespaces", 0, "10000" },
	{ "user/max_net_namespaces", "user.max_net_namespaces", 0, "10000" },
	{ "kernel/apparmor_restrict_unprivileged_userns",
	  "kernel.apparmor_restrict_unprivileged_userns", 1, "0" },
	{ NULL, NULL, 0, NULL },
};

static bool read_number(const char *file, long *ret)
{
	char path[128];
	auto_free char *text = NULL;

	snprintf(path, sizeof(path), "/proc/sys/%s", file);
	if (fd_read_file(AT_FDCWD, path, 64, &text, NULL) < 0)
		return false;
	*ret = strtol(text, NULL, 10);
	return true;
}

static bool has_seccomp_filter(void)
{
	auto_free char *text = NULL;

	return fd_read_file(AT_FDCWD, "/proc/self/status", 1 << 16, &text, NULL) == 0 &&
	       strstr(text, "\nSeccomp:\t2");
}

/* @return sentence in buf */
static const char *reason(int code, char *buf, size_t size)
{
	const struct knob *k = knobs;
	long value;

	while (k->file && !(read_number(k->file, &value) && value == k->bad))
		k++;
	if (k->file)
		snprintf(buf, size, "%s is %ld; as root: sysctl -w %s=%s", k->name, k->bad, k->name,
			 k->good);
	else if (code == -ENOSPC || code == -EUSERS)
		snprintf(buf, size,
			 "user.max_user_namespaces, max_mnt_namespaces or max_net_namespaces is "
			 "used up here or further out, or user namespaces are nested 32 deep");
	else if (code == -EINVAL || code == -ENOSYS)
		snprintf(buf, size, "this kernel lacks CONFIG_USER_NS");
	else if (has_seccomp_filter())
		snprintf(buf, size,
			 "a seccomp filter of the container or service forbids it; start it with "
			 "--security-opt seccomp=unconfined, or without RestrictNamespaces=");
	else
		snprintf(buf, size,
			 "a security module forbids it, or the process is in a chroot whose root is "
			 "no mount of its own");
	return buf;
}

int userns_refused(int code, const char *what, struct warren_err *err)
{
	uint64_t caps = effective_caps();
	const bool sys = has_cap(caps, CAP_SYS_ADMIN), net = has_cap(caps, CAP_NET_ADMIN);
	char why[512];
	char lacks[128] = "run as root";

	if (geteuid() == 0 && sys && net)
		snprintf(lacks, sizeof(lacks),
			 "run in network and mount namespaces of this user namespace (unshare -nm)");
	else if (geteuid() == 0)
		snprintf(lacks, sizeof(lacks), "give root here %s%s%s", sys ? "" : "CAP_SYS_ADMIN",
			 sys || net ? "" : " and ", net ? "" : "CAP_NET_ADMIN");
	return warren_fail(err, code, "cannot %s: %s: %s; or %s", what, strerror(-code),
			   reason(code, why, sizeof(why)), lacks);
}
