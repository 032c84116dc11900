/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "netns/netns.h"
#include "process/holder.h"
#include "process/idmap.h"
#include "process/userns.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <warren/process.h>

/* Who may not make a network namespace may in a user namespace, in which he stays who he is. */
static int make_userns(struct warren_err *err)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int r;

	if (unshare(CLONE_NEWUSER) < 0)
		return userns_refused(-errno, "make a user namespace", err);
	r = idmap_one(uid, uid, gid, gid);
	return r < 0 ? userns_refused(r, "map your ids in a user namespace", err) : 0;
}

int warren_sandbox(struct warren_err *err)
{
	auto_close int fd = -1;
	int r = userns_direct() ? 0 : make_userns(err);

	if (r < 0)
		return r;
	fd = netns_make(err);
	if (fd < 0)
		return fd;
	r = holder_set_lo_up();
	return r < 0 ? warren_fail(err, r, "cannot set 'lo' up in the sandbox: %s", strerror(-r))
		     : 0;
}
