/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns/lean.h"

#include "base/cleanup.h"
#include "base/context.h"
#include "base/fd.h"
#include "netns/hint.h"
#include "netns/mount-api.h"
#include "netns/netns.h"
#include "netns/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define NAMES_MIN  64  /* fewer are copied as fast as it is found out that they need not be */
#define OTHERS_MAX 128 /* mounts of other kinds; to ask for each costs as much as to copy one */

enum copy {
	COPY_SEEN, /* none yet: the mounts may just be changing */
	COPY_MADE,
	COPY_REFUSED, /* of these mounts there cannot be one */
};

/* What of a mount can change. */
struct other {
	uint64_t id, parent, flags, propagation;
};

/*
 * STATE/mounts/of: the mounts that STATE/mounts/ns is a copy of. As their numbers
 * only grow, the youngest and how many there are tell whether any came or went.
 */
struct mounts {
	uint64_t ns, root, newest;
	uint64_t kept; /* the number of the copy: the one that is there may be the next already */
	uint32_t n, copy;
	uint64_t others;
	struct other v[OTHERS_MAX]; /* that are no names */
};

/* Where the process is, to come back. */
struct place {
	int ns, dir;	/* mount namespace, working directory */
	int lost;	/* why there was no way back, or 0 */
	char cwd[1024]; /* longer ones are not worth a page of stack more for each command */
	struct stat at;
};

static void place_fini(struct place *p)
{
	cleanup_close(&p->ns);
	cleanup_close(&p->dir);
}

static bool state_file(const struct warren *w, const char *file, char ret[PATH_MAX])
{
	return snprintf(ret, PATH_MAX, "%s/mounts%s", w->state_dir, file) < PATH_MAX;
}

static bool read_number(int ns, uint64_t *ret)
{
	struct api_mounts_info info = { .size = sizeof(info) };

	if (ioctl(ns, API_MOUNTS_INFO, &info) < 0)
		return false;
	*ret = info.id;
	return true;
}

/* @return false: it cannot be told */
static bool count_mounts(int ns, struct mounts *ret)
{
	struct api_mounts_info info = { .size = sizeof(info) };

	if (ioctl(ns, API_MOUNTS_INFO, &info) < 0)
		return false;
	ret->ns = info.id;
	ret->n = info.mounts;
	return api_newest_mount(&ret->newest) == 1;
}

/*
 * Whether links through /proc/1/root lead to the names: process 1 has the same mounts
 * and root. Not asked again, as it keeps them for as long as there are these mounts.
 */
static bool is_as_process_one(const struct place *p, const struct mounts *now)
{
	struct stat mine, first;
	uint64_t root;

	return fstat(p->ns, &mine) == 0 && stat("/proc/1/ns/mnt", &first) == 0 &&
	       mine.st_ino == first.st_ino &&
	       netns_mount_on(AT_FDCWD, "/proc/1/root", &root) == 0 && root == now->root;
}

/* setns(2) makes the root of the mounts that of the process, so it must be that now. */
static bool look_around(struct place *p, struct mounts *ret)
{
	p->ns = api_mounts_current();
	if (p->ns < 0 || !count_mounts(p->ns, ret) || ret->n < NAMES_MIN)
		return false;
	if (netns_mount_on(AT_FDCWD, "/", &ret->root) < 0)
		return false;
	p->dir = open(".", O_PATH | O_CLOEXEC);
	return p->dir >= 0 && fstat(p->dir, &p->at) == 0 && getcwd(p->cwd, sizeof(p->cwd)) &&
	       p->cwd[0] == '/';
}

static void go_home(struct place *p)
{
	if (setns(p->ns, CLONE_NEWNS) < 0 || fchdir(p->dir) < 0)
		p->lost = -errno;
}

/* @return whether it is there; else where it was */
static bool go_into(int ns, struct place *p)
{
	struct stat st;

	if (setns(ns, CLONE_NEWNS) < 0)
		return false;
	/* by its path, as the directory itself is in the mounts that were left */
	if (chdir(p->cwd) == 0 && stat(".", &st) == 0 && st.st_dev == p->at.st_dev &&
	    st.st_ino == p->at.st_ino)
		return true;
	go_home(p);
	return false;
}

/* @return 0 or a negative errno; *type is the magic number of its file system */
static int read_other(uint64_t id, struct other *ret, uint64_t *type)
{
	struct api_mount a;

	if (api_statmount_basic(id, &a) < 0)
		return -errno;
	*ret = (struct other){ id, a.parent, a.flags, a.propagation };
	*type = a.type;
	return 0;
}

/* Whether they have not even been mounted in another way (read-only, …). */
static bool others_are_as_they_were(const struct mounts *copy)
{
	struct other now;
	uint64_t type;

	for (size_t i = 0; i < copy->others; i++)
		if (read_other(copy->v[i].id, &now, &type) < 0 ||
		    memcmp(&now, &copy->v[i], sizeof(now)) != 0)
			return false;
	return true;
}

static bool is_of(const struct mounts *copy, const struct mounts *now)
{
	return copy->ns == now->ns && copy->root == now->root && copy->newest == now->newest &&
	       copy->n == now->n;
}

static size_t mounts_size(const struct mounts *m)
{
	return offsetof(struct mounts, v) + m->others * sizeof(*m->v);
}

static void read_mounts(int dir, struct mounts *ret)
{
	auto_close int fd = openat(dir, "of", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	const ssize_t n = fd < 0 ? -1 : read(fd, ret, sizeof(*ret));

	if (n < (ssize_t)offsetof(struct mounts, v) || ret->others > OTHERS_MAX ||
	    (size_t)n != mounts_size(ret))
		*ret = (struct mounts){ .copy = COPY_SEEN };
}

static int write_mounts(int dir, struct mounts *m, enum copy copy)
{
	m->copy = copy;
	if (copy != COPY_MADE)
		m->others = 0;
	return fd_replace_file(dir, "of", m, mounts_size(m), 0600);
}

/* A namespace that is mounted somewhere does not change, and keeps no file system from being unmounted. */
static int list_other(void *data, uint64_t id)
{
	struct mounts *m = data;
	struct other o;
	uint64_t type;
	int r = read_other(id, &o, &type);

	if (r < 0 || type == NSFS_MAGIC)
		return r;
	if (m->others == OTHERS_MAX)
		return -E2BIG;
	m->v[m->others++] = o;
	return 0;
}

static bool have_same_others(const struct mounts *a, const struct mounts *b)
{
	return a->others == b->others && memcmp(a->v, b->v, a->others * sizeof(*a->v)) == 0;
}

static int count_name(void *data, uint64_t id)
{
	size_t *n = data;

	(void)id;
	return ++*n >= NAMES_MIN;
}

static bool are_many_names(const struct warren *w)
{
	size_t n = 0;

	return netns_mounts_each(AT_FDCWD, w->netns_dir, count_name, &n) > 0;
}

static int list_others(struct mounts *m)
{
	int r;

	m->others = 0;
	r = list_other(m, m->root);
	return r < 0 ? r : netns_mounts_each(AT_FDCWD, "/", list_other, m);
}

/* Unmounting goes where it goes from the mount below. */
static bool others_follow(const struct mounts *m)
{
	for (size_t i = 0; i < m->others; i++) {
		const struct other *o = &m->v[i];
		size_t below = 0;

		if (o->id == m->root)
			continue;
		while (below < m->others && m->v[below].id != o->parent)
			below++;
		if (below == m->others || !(m->v[below].propagation & MS_SHARED))
			return false;
	}
	return true;
}

/* @return descriptor of STATE/mounts, or a negative errno; -EPERM where it is not ours alone */
static int open_dir(const struct warren *w)
{
	auto_close int fd = -1;
	char path[PATH_MAX];
	struct stat st;

	if (!state_file(w, "", path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == geteuid() && !(st.st_mode & 077) ? take_fd(&fd) : -EPERM;
}

/* The same, locked until it is closed, where nobody else has it locked. */
static int lock_dir(const struct warren *w)
{
	auto_close int fd = open_dir(w);
	struct stat st;

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &st) < 0)
		return -errno;
	return st.st_nlink > 0 ? take_fd(&fd) : -ENOENT; /* removed in between */
}

static void note_seen(const struct warren *w, struct mounts *now)
{
	auto_close int dir = -1;
	char path[PATH_MAX];

	if (!are_many_names(w) || !state_file(w, "", path))
		return;
	if (fd_mkdir_all(w->state_dir) < 0 || (mkdir(path, 0700) < 0 && errno != EEXIST))
		return;
	dir = lock_dir(w);
	if (dir >= 0)
		write_mounts(dir, now, COPY_SEEN);
}

static int make_link(const struct warren *w, int dir, const char *name)
{
	char to[PATH_MAX];

	if (snprintf(to, sizeof(to), "/proc/1/root%s/%s", w->netns_dir, name) >= PATH_MAX)
		return -ENAMETOOLONG;
	return symlinkat(to, dir, name) < 0 ? -errno : 0;
}

/*
 * Where /run is shared and `ip netns` made the directory of names a mount, each name is
 * mounted underneath, too.
 */
static void unmount_second_ones(const struct warren *w, DIR *names)
{
	char name[PATH_MAX];
	struct dirent *f;

	while ((f = readdir(names)) != NULL)
		if (netns_path(w, f->d_name, name, NULL) == 0)
			umount2(name, MNT_DETACH | UMOUNT_NOFOLLOW);
	rewinddir(names);
}

/* In the copy, which has as many mounts that are no names: links in place of the names. */
static int replace_names(const struct warren *w, int copy, size_t others)
{
	const unsigned long safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	auto_closedir DIR *names = NULL;
	auto_close int links = -1;
	struct mounts left;
	struct dirent *f;
	int r = 0;

	if (umount2(w->netns_dir, MNT_DETACH) < 0)
		return -errno;
	names = opendir(w->netns_dir);
	if (!names)
		return -errno;
	if (count_mounts(copy, &left) && left.n > others + NAMES_MIN)
		unmount_second_ones(w, names);
	if (mount(LEAN_LINKS, w->netns_dir, "tmpfs", safe, "mode=0755") < 0)
		return -errno;
	links = netns_dir_open(w);
	if (links < 0)
		return links;
	while (r == 0 && (errno = 0, f = readdir(names)) != NULL)
		if (warren_netns_name_ok(f->d_name))
			r = make_link(w, links, f->d_name);
	if (r < 0 || errno)
		return r < 0 ? r : -errno;
	return mount("", w->netns_dir, "tmpfs", MS_REMOUNT | MS_RDONLY | safe, NULL) < 0 ? -errno
											 : 0;
}

/* @return descriptor of the copy, mounted at path; -EINVAL: not on this processor */
static int copy_to(const char *path, struct place *p)
{
	auto_close int ns = -1;
	char self[40];
	int r = 0;

	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	/* Nothing that is mounted in it may come to the host, whoever enters it, and when. */
	if (mount("", "/", "none", MS_SLAVE | MS_REC, NULL) < 0)
		r = -errno;
	ns = api_mounts_current();
	go_home(p);
	if (r < 0)
		return r;
	if (ns < 0 || p->lost)
		return -EBADF;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", ns);
	return mount(self, path, "none", MS_BIND, NULL) < 0 ? -errno : take_fd(&ns);
}

/*
 * A mount namespace can only be mounted in an older one, which the kernel tells
 * by their numbers (mnt_ns_loop() in fs/namespace.c). Since Linux 6.18 each processor gives
 * out numbers from a stock of its own, and the younger one may get the smaller. It
 * does not from the processor that gave the older one its number.
 */
static int copy_on_some_cpu(const char *path, struct place *p)
{
	cpu_set_t all, one;
	int r = copy_to(path, p);

	if (r != -EINVAL || sched_getaffinity(0, sizeof(all), &all) < 0)
		return r;
	for (int cpu = 0; r == -EINVAL && cpu < CPU_SETSIZE; cpu++) {
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (CPU_ISSET(cpu, &all) && sched_setaffinity(0, sizeof(one), &one) == 0)
			r = copy_to(path, p);
	}
	sched_setaffinity(0, sizeof(all), &all);
	return r;
}

/* A copy of the mounts at path; *now is what they are then. */
static int make_copy(const struct warren *w, const char *path, struct place *p, struct mounts *now)
{
	struct mounts before = *now;
	auto_close int ns = -1;
	int r = list_others(&before);

	if (r == 0 && 2 * before.others > before.n)
		r = -E2BIG;
	if (r == 0 && !(is_as_process_one(p, now) && others_follow(&before)))
		r = -EXDEV;
	if (r < 0)
		return r;
	ns = copy_on_some_cpu(path, p);
	if (ns < 0)
		return ns;
	/* What is mounted meanwhile comes to the copy by itself, but not how. */
	if (!count_mounts(p->ns, now) || list_others(now) < 0 || !have_same_others(&before, now) ||
	    !read_number(ns, &now->kept) || !go_into(ns, p))
		return -EAGAIN;
	r = replace_names(w, ns, now->others);
	go_home(p);
	return r;
}

/* @return whether what failed may go well the next time, with the same mounts */
static bool is_passing(int code)
{
	return code == -EAGAIN || code == -ENOMEM || code == -ENOSPC || code == -EMFILE ||
	       code == -ENFILE || code == -ENOENT; /* one went while it was looked at */
}

static bool make(const struct warren *w, struct place *p, struct mounts *now)
{
	auto_close int dir = lock_dir(w), file = -1;
	struct mounts before = *now;
	char path[PATH_MAX];
	int r;

	/*
	 * Somebody else may just have made it, and with that one more mount. A mount namespace can
	 * only be mounted where nothing is passed on.
	 */
	if (dir < 0 || !count_mounts(p->ns, now) || !is_of(&before, now) ||
	    !state_file(w, "", path) || netns_mount_itself(path, MS_PRIVATE) < 0 ||
	    !state_file(w, "/ns", path))
		return false;
	umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
	if (!count_mounts(p->ns, now))
		return false;
	before = *now;
	file = openat(dir, "ns", O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	r = file < 0 ? -errno : make_copy(w, path, p, now);
	if (r == 0 && !p->lost)
		r = write_mounts(dir, now, COPY_MADE);
	if (r == 0 || p->lost)
		return r == 0;
	context_log(w, WARREN_LOG_DEBUG,
		    "commands get a copy of all mounts, those of names, too: %s",
		    r == -EXDEV ? "some are not shared, or process 1 has others" : strerror(-r));
	umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
	if (count_mounts(p->ns, now))
		write_mounts(dir, now,
			     is_passing(r) || !is_of(&before, now) ? COPY_SEEN : COPY_REFUSED);
	return false;
}

/* Another process may be making the next one, so what "ns" is now may not be what "of" told of. */
static bool use(int dir, const struct mounts *copy, struct place *p)
{
	auto_close int ns = openat(dir, "ns", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint64_t number;

	return ns >= 0 && read_number(ns, &number) && number == copy->kept && go_into(ns, p);
}

static bool use_or_make(const struct warren *w, struct place *p, struct mounts *now)
{
	auto_close int dir = open_dir(w);
	struct mounts copy;

	read_mounts(dir, &copy);
	if (!is_of(&copy, now) || (copy.copy == COPY_MADE && !others_are_as_they_were(&copy))) {
		note_seen(w, now);
		return false;
	}
	if (copy.copy == COPY_SEEN && make(w, p, now)) {
		close(dir); /* it has been mounted on itself */
		dir = open_dir(w);
		read_mounts(dir, &copy);
	}
	return copy.copy == COPY_MADE && use(dir, &copy, p);
}

int lean_enter(struct warren *w, struct warren_err *err)
{
	struct place p auto_(place_fini) = { .ns = -1, .dir = -1 };
	struct mounts now;
	int r = 0;

	if (!w->rootless && look_around(&p, &now))
		r = use_or_make(w, &p, &now);
	return p.lost ? hint_fail(err, p.lost, NULL, "go back to the host's mounts") : r;
}

void lean_remove(struct warren *w)
{
	auto_close int dir = open_dir(w);
	char path[PATH_MAX];

	if (dir < 0 || !state_file(w, "/ns", path))
		return;
	netns_lock(dir);
	umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
	unlinkat(dir, "ns", 0);
	unlinkat(dir, "of", 0);
	if (!state_file(w, "", path))
		return;
	umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
	if (rmdir(path) == 0)
		rmdir(w->state_dir); /* not empty is no error */
}
