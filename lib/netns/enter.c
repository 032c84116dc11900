/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns/netns.h"

#include "base/cleanup.h"
#include "base/context.h"
#include "netns/etc.h"
#include "netns/hint.h"
#include "netns/lean.h"
#include "netns/lift.h"
#include "netns/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

static const struct hint unshare_hints[] = {
	{ EPERM, "CAP_SYS_ADMIN is needed" },
	{ ENOSPC, "raise the sysctls user.max_mnt_namespaces and user.max_uts_namespaces" },
	{ 0 },
};

/* Mounts of one's own, which still follow what the host mounts and unmounts. */
static int own_mounts(struct warren *w, unsigned flags, struct warren_err *err)
{
	int kinds = CLONE_NEWNS | (flags & NETNS_AS_UTS ? CLONE_NEWUTS : 0);
	int r = flags & NETNS_LEAN ? lean_enter(w, err) : 0;

	if (r < 0)
		return r;
	if (unshare(kinds) < 0)
		return hint_fail(err, -errno, unshare_hints, "make a mount namespace");
	if (r == 0 && mount("", "/", "none", MS_SLAVE | MS_REC, NULL) < 0)
		return hint_fail(err, -errno, unshare_hints,
				 "make the mounts of \"/\" slaves of the host's");
	return 0;
}

/*
 * /sys/class/net shows the network namespace that sysfs was mounted in, so it
 * is mounted anew. That would hide what stands below: cgroups, bpf, tracefs.
 * The old one stays underneath: unmounting it would make the kernel wait until
 * nobody can be looking at it any more (namespace_unlock()), for as long as all
 * the rest of entering takes, and is forbidden where it came with our user namespace.
 */
static void own_sysfs(struct warren *w, const char *name)
{
	struct lifted below auto_(lifted_fini) = { 0 };
	size_t lost;
	int r;

	r = lifted_take(&below, "/sys");
	if (r < 0)
		context_log(w, WARREN_LOG_INFO, "what is mounted below /sys is hidden inside: %s",
			    strerror(-r));
	/* In a user namespace a read-only one cannot be covered by a writable one. */
	if (mount(name, "/sys", "sysfs", 0, NULL) < 0 &&
	    (errno != EPERM || mount(name, "/sys", "sysfs", MS_RDONLY, NULL) < 0)) {
		if (errno == EBUSY)
			return; /* it is the one of this namespace already */
		context_log(w, WARREN_LOG_WARNING,
			    "mount of /sys failed: %s; /sys/class/net does not show this namespace",
			    strerror(errno));
	}
	lost = lifted_put_back(&below);
	if (lost > 0)
		context_log(w, WARREN_LOG_INFO, "%zu mounts below /sys are hidden inside", lost);
}

static void own_hostname(struct warren *w, const char *name)
{
	if (sethostname(name, strlen(name)) < 0) /* EINVAL: longer than 64 bytes */
		context_log(w, WARREN_LOG_WARNING, "cannot set the host name to \"%s\": %s", name,
			    strerror(errno));
}

int netns_enter_as(struct warren *w, int nsfd, const char *name, unsigned flags,
		   struct warren_err *err)
{
	int r = netns_enter(nsfd, err);

	if (r < 0 || !flags)
		return r;
	r = own_mounts(w, flags, err);
	if (r < 0)
		return r;
	if (flags & NETNS_AS_SYS)
		own_sysfs(w, name);
	if (flags & NETNS_AS_ETC)
		etc_bind(w, name, flags & NETNS_GUARD);
	if (flags & NETNS_AS_UTS)
		own_hostname(w, name);
	return 0;
}

int warren_netns_enter(struct warren *w, const char *name, unsigned flags, struct warren_err *err)
{
	struct netns_id id = { 0 };
	auto_close int fd = netns_open(w, name, &id, err);
	char path[PATH_MAX];
	int r = fd < 0 ? fd : netns_path(w, name, path, err);

	if (r == 0)
		r = netns_enter(fd, err);
	/* who takes the name away looks for processes after that: one in it before is found, and no other may stay */
	if (r == 0 && !netns_has_name(AT_FDCWD, path, &id))
		r = warren_fail(err, -ESTALE, "network namespace \"%s\" was removed just now", name);
	return r < 0 ? r : netns_enter_as(w, fd, name, flags, err);
}
