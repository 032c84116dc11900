/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/map.h"
#include "base/vec.h"
#include "netns/netns.h"
#include "process/node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <warren/process.h>

#define MOST_TEXT (1 << 15) /* of a command line that is told */

/* A namespace that processes are looked for in. */
struct wanted {
	const char *node;
	uint64_t inode;
};

/* A line of /proc/self/uid_map, of which there may be 340 (UID_GID_MAP_MAX_EXTENTS). */
struct uid_range {
	unsigned long inside, outside, n;
};
#define MOST_UIDS 340

struct looking {
	struct warren_netns_list names;
	VEC(struct wanted) wanted;
	struct map by_inode;
	VEC(struct warren_process) found;
	struct arena arena;
	int proc;
	struct uid_range uids[MOST_UIDS];
	size_t n_uids;
	dev_t nsfs; /* the file system that namespaces are files of */
};

/* One process while it is looked at. */
struct subject {
	struct warren_process p;
	uint32_t in; /* namespace that it runs in, MAP_NONE where that is none of those wanted */
	bool described, gone;
};

static int no_memory(struct warren_err *err)
{
	return warren_fail(err, -ENOMEM, "out of memory");
}

/* The array has room for all: its elements are the map's keys, and must not move. */
static int want(struct looking *l, const char *node, uint64_t inode)
{
	struct wanted *x = &l->wanted.v[l->wanted.n];
	int failed = 0;

	if (!inode)
		return 0;
	*x = (struct wanted){ node, inode };
	/* The first of several names for one namespace stands for all. */
	if (map_put(&l->by_inode, &x->inode, sizeof(x->inode), (uint32_t)l->wanted.n, &failed) ==
	    MAP_NONE)
		l->wanted.n++;
	return failed ? -ENOMEM : 0;
}

static uint32_t which(const struct looking *l, uint64_t inode)
{
	return map_get(&l->by_inode, &inode, sizeof(inode));
}

static int by_name(const void *a, const void *b)
{
	const struct warren_netns_entry *x = a, *y = b;

	return strverscmp(x->name, y->name);
}

static int want_node(struct looking *l, struct warren *w, const char *node, struct warren_err *err)
{
	uint64_t inode = 0;

	if (strcmp(node, NODE_HOST) == 0)
		inode = netns_current_id();
	for (size_t i = 0; !inode && i < l->names.n; i++)
		if (strcmp(l->names.v[i].name, node) == 0)
			inode = l->names.v[i].inode;
	if (!inode)
		return node_missing(w, node, err);
	return want(l, node, inode) < 0 ? no_memory(err) : 0;
}

static int want_all(struct looking *l, struct warren *w, const char *const *nodes, size_t n,
		    struct warren_err *err)
{
	int r = warren_netns_list(w, &l->names, err);

	if (r < 0)
		return r;
	if (l->names.n)
		qsort(l->names.v, l->names.n, sizeof(*l->names.v), by_name);
	if (vec_reserve(&l->wanted, (nodes ? n : l->names.n) + 1) < 0)
		return no_memory(err);
	for (size_t i = 0; r == 0 && i < (nodes ? n : l->names.n); i++)
		if (nodes)
			r = want_node(l, w, nodes[i], err);
		else if (want(l, l->names.v[i].name, l->names.v[i].inode) < 0)
			r = no_memory(err);
	return r;
}

/* The first or last number of a line of /proc/PID/status; -1 where there is none. */
static long status_number(const char *status, const char *key, bool last)
{
	const char *line = strstr(status, key);
	long n = -1;
	char *end;

	if (!line)
		return -1;
	for (const char *at = line + strlen(key); *at && *at != '\n'; at = end) {
		long next = strtol(at, &end, 10);

		if (end == at)
			break;
		n = next;
		if (!last)
			break;
	}
	return n;
}

/* @return how many bytes a small file has, at most so many; 0 where it cannot be read */
static size_t read_some(int proc, const char *pid, const char *name, char *buf, size_t size)
{
	char path[64];
	auto_close int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "%.20s/%s", pid, name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, size - 1);
	buf[n > 0 ? n : 0] = 0;
	return n > 0 ? (size_t)n : 0;
}

/* Words with blanks between, as much as there is room for; what has no command line (a thread of the kernel) by its name. */
static const char *read_command(struct looking *l, const char *pid)
{
	char text[MOST_TEXT];
	size_t len = read_some(l->proc, pid, "cmdline", text, sizeof(text));

	while (len > 0 && !text[len - 1])
		len--;
	for (size_t i = 0; i < len; i++)
		if (!text[i])
			text[i] = ' ';
	if (len > 0)
		return arena_dup(&l->arena, text, len);
	len = read_some(l->proc, pid, "comm", text, sizeof(text));
	return len ? arena_printf(&l->arena, "[%.*s]", (int)strcspn(text, "\n"), text) : "";
}

/* What the kernel tells a user as: as the reader's user namespace has him. */
static void read_uid_map(struct looking *l)
{
	auto_fclose FILE *f = fopen("/proc/self/uid_map", "re");
	struct uid_range x;

	while (f && l->n_uids < MOST_UIDS &&
	       fscanf(f, "%lu %lu %lu", &x.inside, &x.outside, &x.n) == 3)
		l->uids[l->n_uids++] = x;
}

static uid_t uid_outside(const struct looking *l, uid_t uid)
{
	for (size_t i = 0; i < l->n_uids; i++)
		if (uid >= l->uids[i].inside && uid - l->uids[i].inside < l->uids[i].n)
			return (uid_t)(l->uids[i].outside + (uid - l->uids[i].inside));
	return uid;
}

/* What is told of a process; read only for one that is told of. @return 0, 1 (it ended meanwhile) or -ENOMEM */
static int describe(struct looking *l, const char *pid, struct subject *s)
{
	char status[4096];
	long inside;

	if (s->described)
		return s->gone;
	s->described = true;
	s->p.command = read_command(l, pid);
	if (!s->p.command)
		return -ENOMEM;
	s->gone = !*s->p.command || !read_some(l->proc, pid, "status", status, sizeof(status));
	if (s->gone)
		return 1;
	s->p.uid = uid_outside(l, (uid_t)status_number(status, "\nUid:", false));
	inside = status_number(status, "\nNSpid:", true);
	s->p.inside = inside > 0 ? (pid_t)inside : s->p.pid;
	return 0;
}

static int add(struct looking *l, const char *pid, struct subject *s, uint32_t node,
	       enum warren_process_how how, const char *what)
{
	struct warren_process p;
	int r = describe(l, pid, s);

	if (r)
		return r < 0 ? r : 0;
	p = s->p;
	p.node = arena_str(&l->arena, l->wanted.v[node].node);
	p.how = how;
	p.what = arena_str(&l->arena, what);
	return p.node && p.what ? vec_push(&l->found, p) : -ENOMEM;
}

/*
 * The namespace that a descriptor is of. Its link says so only where it was opened by
 * /proc; by its name, that is what the link says. The file system need not be asked anew:
 * one that is gone would not answer.
 */
static uint32_t namespace_of_file(const struct looking *l, int dir, const char *name)
{
	struct statx st;

	if (statx(dir, name, AT_STATX_DONT_SYNC, STATX_INO | STATX_TYPE, &st) < 0 ||
	    makedev(st.stx_dev_major, st.stx_dev_minor) != l->nsfs)
		return MAP_NONE;
	return which(l, st.stx_ino);
}

static uint32_t namespace_of_thread(const struct looking *l, int dir, const char *name)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "%.20s/ns/net", name);
	return fstatat(dir, path, &st, 0) < 0 ? MAP_NONE : which(l, st.st_ino);
}

/* What else of a process is in a namespace: its threads, which are in "task", or what it has open, in "fd". */
static int look_into(struct looking *l, const char *pid, struct subject *s,
		     enum warren_process_how how)
{
	const bool threads = how == WARREN_PROCESS_THREAD;
	auto_closedir DIR *d = NULL;
	char path[64];
	struct dirent *e;
	int r = 0;

	snprintf(path, sizeof(path), "%.20s/%s", pid, threads ? "task" : "fd");
	d = fd_opendir(l->proc, path);
	while (r == 0 && d && (e = readdir(d)) != NULL) {
		uint32_t node = MAP_NONE;

		if (e->d_name[0] != '.')
			node = threads ? namespace_of_thread(l, dirfd(d), e->d_name)
				       : namespace_of_file(l, dirfd(d), e->d_name);
		/* a thread that is where its process is, the first among them, is no news */
		if (node != MAP_NONE && !(threads && node == s->in))
			r = add(l, pid, s, node, how, e->d_name);
	}
	return r;
}

static int look_at(struct looking *l, const char *pid, struct warren_err *err)
{
	struct subject s = { .p = { .pid = (pid_t)strtol(pid, NULL, 10), .uid = (uid_t)-1 } };
	int r = 0;

	s.in = namespace_of_thread(l, l->proc, pid);
	if (s.in != MAP_NONE)
		r = add(l, pid, &s, s.in, WARREN_PROCESS_RUNS, "");
	if (r == 0)
		r = look_into(l, pid, &s, WARREN_PROCESS_THREAD);
	if (r == 0 && s.p.pid != getpid())
		r = look_into(l, pid, &s, WARREN_PROCESS_FILE);
	return r < 0 ? no_memory(err) : 0;
}

static int look(struct looking *l, struct warren_err *err)
{
	auto_closedir DIR *d = NULL;
	struct dirent *e;
	struct stat st;
	int r = 0;

	l->proc = netns_proc_root(err);
	if (l->proc < 0)
		return l->proc;
	read_uid_map(l);
	if (fstatat(l->proc, "self/ns/net", &st, 0) == 0)
		l->nsfs = st.st_dev;
	d = fd_opendir(l->proc, ".");
	if (!d)
		return warren_fail(err, -errno, "cannot read /proc: %s", strerror(errno));
	while (r == 0 && (e = readdir(d)) != NULL)
		if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
			r = look_at(l, e->d_name, err);
	return r;
}

static int by_node(const void *a, const void *b)
{
	const struct warren_process *x = a, *y = b;
	int r = strverscmp(x->node, y->node);

	return r ? r : (x->pid > y->pid) - (x->pid < y->pid);
}

static int finish(struct looking *l, struct warren_process_list *ret, struct warren_err *err)
{
	struct arena *kept = malloc(sizeof(*kept));

	if (!kept)
		return no_memory(err);
	if (l->found.n)
		qsort(l->found.v, l->found.n, sizeof(*l->found.v), by_node);
	*kept = l->arena;
	*ret = (struct warren_process_list){ l->found.n, l->found.v, kept };
	l->arena = (struct arena){ 0 };
	l->found.v = NULL;
	return 0;
}

int warren_processes(struct warren *w, const char *const *nodes, size_t n,
		     struct warren_process_list *ret, struct warren_err *err)
{
	struct looking l = { .proc = -1 };
	int r = want_all(&l, w, nodes, n, err);

	if (r == 0 && l.wanted.n)
		r = look(&l, err);
	if (r == 0)
		r = finish(&l, ret, err);
	if (l.proc >= 0)
		close(l.proc);
	warren_netns_list_fini(&l.names);
	vec_fini(&l.wanted);
	vec_fini(&l.found);
	map_fini(&l.by_inode);
	arena_fini(&l.arena);
	return r;
}

const char *warren_process_word(enum warren_process_how how)
{
	switch (how) {
	case WARREN_PROCESS_RUNS:
		return "process";
	case WARREN_PROCESS_THREAD:
		return "thread";
	case WARREN_PROCESS_FILE:
		break;
	}
	return "file";
}

void warren_process_list_fini(struct warren_process_list *p)
{
	if (p->owner)
		arena_fini(p->owner);
	free(p->owner);
	free(p->v);
	*p = (struct warren_process_list){ 0 };
}
