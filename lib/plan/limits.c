/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/plan.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

/* A limit that /proc tells; SIZE_MAX where it does not. */
static size_t read_limit(const char *path)
{
	auto_free char *text = NULL;
	unsigned long long n;

	if (fd_read_file(AT_FDCWD, path, 64, &text, NULL) < 0)
		return SIZE_MAX;
	n = strtoull(text, NULL, 10);
	return n > SIZE_MAX ? SIZE_MAX : (size_t)n;
}

int plan_check_limits(const struct plan *p, struct warren_err *err)
{
	size_t need = 0, most;

	vec_foreach (op, &p->ops[PLAN_PHASE_CREATE])
		need += op->kind == PLAN_NS_ADD;
	most = need ? read_limit("/proc/sys/user/max_net_namespaces") : SIZE_MAX;
	if (need > most)
		return warren_fail(err, -ENOSPC,
				   "the network needs %zu more namespaces, and this user may have "
				   "%zu in all; raise the limit with 'sysctl -w "
				   "user.max_net_namespaces=%zu'",
				   need, most, need + 1000);
	return 0;
}
