/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain/doctor-private.h"

#include "plan/limits.h"

#include <stdio.h>
#include <sys/resource.h>

/* As many as the question is asked for: limits_read() leaves out what cannot matter for few. */
#define MANY 100000

/* From so many on, hardly anybody meets a limit. */
#define PLENTY_NAMESPACES 10000
#define PLENTY_NEIGHBOURS 8192
#define PLENTY_FILES	  1024

static void add(struct doctor *d, const char *what, const char *use, bool enough,
		const char *detail, const char *remedy)
{
	doctor_add(d, &(struct warren_finding){
			      .state = enough ? WARREN_FINDING_OK : WARREN_FINDING_LIMIT,
			      .what = what,
			      .use = use,
			      .detail = detail,
			      .remedy = enough ? "" : remedy,
		      });
}

static void add_namespaces(struct doctor *d, const struct limits *l)
{
	char detail[128], remedy[128];

	if (l->namespaces != SIZE_MAX) {
		snprintf(detail, sizeof(detail), "%zu for this user", l->namespaces);
		snprintf(remedy, sizeof(remedy), "sysctl -w user.max_net_namespaces=%d",
			 PLENTY_NAMESPACES * 10);
		add(d, "number of namespaces", "large networks", l->namespaces >= PLENTY_NAMESPACES,
		    detail, remedy);
	}
	if (l->mounts != SIZE_MAX) {
		snprintf(detail, sizeof(detail),
			 "%zu, of which %zu are in use; each namespace is one", l->mounts,
			 l->mounts_now);
		snprintf(remedy, sizeof(remedy), "sysctl -w fs.mount-max=%zu",
			 l->mounts_now + 10 * PLENTY_NAMESPACES);
		add(d, "number of mounts", "large networks",
		    l->mounts >= l->mounts_now + PLENTY_NAMESPACES, detail, remedy);
	}
}

/* One table for all namespaces of the machine, which only its first one tells the size of. */
static void add_neighbours(struct doctor *d, size_t most, int version)
{
	char what[32], detail[160], remedy[128];

	if (most == SIZE_MAX)
		return;
	snprintf(what, sizeof(what), "neighbours, IPv%d", version);
	snprintf(detail, sizeof(detail),
		 "%zu in all namespaces together; where more talk at once, packets are lost", most);
	snprintf(remedy, sizeof(remedy), "sysctl -w net.ipv%d.neigh.default.gc_thresh3=%d", version,
		 PLENTY_NEIGHBOURS);
	add(d, what, "networks in which many talk at once", most >= PLENTY_NEIGHBOURS, detail,
	    remedy);
}

static void add_memory(struct doctor *d, const struct limits *l)
{
	char detail[128];
	size_t fit = limits_namespaces_in(l->memory_kib);

	if (l->memory_kib == SIZE_MAX)
		return;
	snprintf(detail, sizeof(detail), "%zu MiB are available, enough for about %zu namespaces",
		 l->memory_kib / 1024, fit);
	add(d, "memory", "large networks", fit >= 100, detail, "end other programs");
}

static void add_files(struct doctor *d)
{
	struct rlimit limit;
	char detail[128];

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	snprintf(detail, sizeof(detail), "%llu in a process", (unsigned long long)limit.rlim_max);
	add(d, "open files", "speed with many namespaces", limit.rlim_max >= PLENTY_FILES, detail,
	    "ulimit -Hn 65536, as root");
}

void doctor_limits(struct doctor *d)
{
	struct limits l;

	limits_read(&l, MANY);
	add_namespaces(d, &l);
	add_neighbours(d, l.neighbours[0], 4);
	add_neighbours(d, l.neighbours[1], 6);
	add_memory(d, &l);
	add_files(d);
}
