/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/limits.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "netns/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* From so many new names on it is worth counting the mounts that there are. */
#define MANY 1000

/*
 * What an empty namespace with one cable takes of the kernel's memory; measured
 * with 10,000 of them on 2 processors (6.18), more processors take more.
 */
#define NAMESPACE_KIB 300

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

static size_t count_mounts(void)
{
	auto_free char *text = NULL;
	size_t n = 0;

	if (fd_read_file(AT_FDCWD, "/proc/self/mountinfo", 64 << 20, &text, NULL) < 0)
		return 0;
	for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
		n++;
	return n;
}

static size_t read_memory(void)
{
	static const char key[] = "MemAvailable:";
	auto_free char *text = NULL;
	const char *at;

	if (fd_read_file(AT_FDCWD, "/proc/meminfo", 1 << 16, &text, NULL) < 0)
		return SIZE_MAX;
	at = strstr(text, key);
	return at ? strtoul(at + sizeof(key) - 1, NULL, 10) : SIZE_MAX;
}

void limits_read(struct limits *l, size_t namespaces)
{
	*l = LIMITS_NONE;
	if (!namespaces)
		return;
	l->namespaces = read_limit("/proc/sys/user/max_net_namespaces");
	if (namespaces < MANY)
		return;
	l->mounts = read_limit("/proc/sys/fs/mount-max");
	l->mounts_now = count_mounts();
	l->memory_kib = read_memory();
	/* only the machine's first network namespace has these two */
	l->neighbours[0] = read_limit("/proc/sys/net/ipv4/neigh/default/gc_thresh3");
	l->neighbours[1] = read_limit("/proc/sys/net/ipv6/neigh/default/gc_thresh3");
}

/* Each address that is not a loopback's has a neighbour at least. */
static size_t count_neighbours(const struct model *m, int family)
{
	size_t n = 0;

	vec_foreach(a, &m->addrs)
		n += a->ip.family == family && m->ifaces.v[a->iface].kind != MODEL_IFACE_LOOPBACK;
	return n;
}

static void warn_of_neighbours(const struct plan *p, const struct limits *l)
{
	for (int i = 0; i < 2; i++) {
		size_t need = count_neighbours(&p->desired, i ? AF_INET6 : AF_INET);
		const char *key = i ? "net.ipv6.neigh.default.gc_thresh3"
				    : "net.ipv4.neigh.default.gc_thresh3";

		if (need > l->neighbours[i])
			context_log(p->w, WARREN_LOG_WARNING,
				    "all namespaces of the machine share one table of %zu neighbours, "
				    "and this network has %zu: where all talk at once, packets are "
				    "lost; raise the limit with 'sysctl -w %s=%zu'",
				    l->neighbours[i], need, key, need * 4);
	}
}

size_t limits_namespaces_in(size_t kib)
{
	return kib / NAMESPACE_KIB;
}

int limits_check(const struct plan *p, const struct limits *l, size_t need, struct warren_err *err)
{
	if (need > l->namespaces)
		return warren_fail(err, -ENOSPC,
				   "the network needs %zu more namespaces, and this user may have "
				   "%zu in all; raise the limit with 'sysctl -w "
				   "user.max_net_namespaces=%zu'",
				   need, l->namespaces, need + 1000);
	if (l->mounts != SIZE_MAX && need + l->mounts_now > l->mounts)
		return warren_fail(err, -ENOSPC,
				   "the network needs %zu more mounts (one a namespace), there are "
				   "%zu, and %zu may be; raise the limit with 'sysctl -w "
				   "fs.mount-max=%zu'",
				   need, l->mounts_now, l->mounts, need + l->mounts_now + 1000);
	if (need > limits_namespaces_in(l->memory_kib))
		context_log(p->w, WARREN_LOG_WARNING,
			    "%zu namespaces take about %zu MiB of memory, and %zu MiB are "
			    "available",
			    need, need * NAMESPACE_KIB / 1024, l->memory_kib / 1024);
	warn_of_neighbours(p, l);
	return 0;
}

static int check_names(const struct plan *p, struct warren_err *err)
{
	char whose[128];

	snprintf(whose, sizeof(whose), "network '%s'", p->network);
	return netns_dir_is_seen(p->w, whose, err);
}

int plan_check_limits(const struct plan *p, struct warren_err *err)
{
	struct limits l;
	size_t need = 0;

	vec_foreach(op, &p->ops[PLAN_PHASE_CREATE])
		need += op->kind == PLAN_NS_ADD;
	if (need && check_names(p, err) < 0)
		return -EXDEV;
	limits_read(&l, need);
	return limits_check(p, &l, need, err);
}
