/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/context.h"
#include "base/fd.h"
#include "process/holder.h"
#include "process/user-dir.h"
#include "process/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define INSIDE_LOCK "inside.lock"
#define NETWORKS    "networks"
#define ETC	    "etc"

/* Others are waited for this long: making or ending a holder takes some ms. */
#define TRIES	  2000
#define TRY_NS	  (5 * 1000 * 1000)
#define TRY_AGAIN 1

static void wait_a_bit(void)
{
	nanosleep(&(struct timespec){ 0, TRY_NS }, NULL);
}

static int set_dirs(struct warren *w, const char *base)
{
	auto_free char *state = NULL;
	auto_free char *etc = NULL;

	if (asprintf(&state, "%s/" NETWORKS, base) < 0 || asprintf(&etc, "%s/" ETC, base) < 0)
		return -ENOMEM;
	free(w->state_dir);
	free(w->etc_dir);
	w->state_dir = take_ptr(state);
	w->etc_dir = take_ptr(etc);
	return 0;
}

/*
 * Whether there is anything in a directory (where dirs_only, any directory).
 * @return 1, 0 (also where it is not there), or a negative errno
 */
static int has_entries(int at, const char *path, bool dirs_only)
{
	auto_closedir DIR *d = fd_opendir(at, path);
	struct dirent *e;
	struct stat st;

	if (!d)
		return errno == ENOENT ? 0 : -errno;
	while ((errno = 0, e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (!dirs_only)
			return 1;
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? S_ISDIR(st.st_mode)
										: errno != ENOENT)
			return 1;
	}
	return -errno;
}

/*
 * As long as this is locked (by an open context), nobody ends the holder. A file that was
 * removed while we waited is not the lock any more.
 * @return descriptor, -EAGAIN, or another negative errno
 */
static int lock_inside(int dir)
{
	auto_close int fd = openat(dir, INSIDE_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
				   0600);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? -EAGAIN : -errno; /* the directory itself was removed */
	if (flock(fd, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_nlink ? take_fd(&fd) : -EAGAIN;
}

/* The mount namespace's root is the current directory after setns(2): go back to where we were. */
struct place {
	int fd;
	char *path;
};

static void place_fini(struct place *p)
{
	cleanup_close(&p->fd);
	free(p->path);
}

static void go_back(const struct place *p)
{
	struct stat was, is;

	if (p->fd < 0 || fstat(p->fd, &was) < 0)
		return;
	if (p->path && chdir(p->path) == 0 && stat(".", &is) == 0 && is.st_ino == was.st_ino &&
	    is.st_dev == was.st_dev)
		return;
	/* Deleted, or covered in there: then as the old mount namespace has it. */
	(void)!fchdir(p->fd);
}

static int go_in(int pidfd, struct warren_err *err)
{
	auto_(place_fini) struct place here = { open(".", O_PATH | O_DIRECTORY | O_CLOEXEC),
						getcwd(NULL, 0) };

	if (setns(pidfd, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) < 0)
		return warren_fail(err, -errno, "cannot enter your own namespaces: %s%s",
				   strerror(errno),
				   errno == EINVAL ? "; the process must have a single thread, and "
						     "Linux 5.8 or newer"
						   : "");
	go_back(&here);
	return 0;
}

/* -EAGAIN of those who look whether others are at it; not that of fork(2), which is final. */
static int retry_or_fail(int code)
{
	return code == -EAGAIN ? TRY_AGAIN : code;
}

/* What the user put below etc/ stays, and with it the directory. */
static void remove_user_dir(int dir, const char *path)
{
	unlinkat(dir, NETWORKS, AT_REMOVEDIR);
	unlinkat(dir, ETC, AT_REMOVEDIR);
	unlinkat(dir, "holder.lock", 0);
	unlinkat(dir, INSIDE_LOCK, 0);
	rmdir(path);
}

struct user_dir {
	const char *path;
	int fd;
	int inside; /* INSIDE_LOCK, locked */
};

/* There is none: make it where that is asked for, or where a dead one left something to bring down. */
static int no_holder(struct warren *w, unsigned flags, const struct user_dir *dir, int lock,
		     struct warren_err *err)
{
	const int left = has_entries(dir->fd, NETWORKS, true);
	int r;

	if (left > 0)
		context_log(w, WARREN_LOG_WARNING,
			    "the process that held your namespaces is gone, and with it what was up; "
			    "its state is still in '%s/" NETWORKS "'",
			    dir->path);
	if (left < 0) {
		r = warren_fail(err, left, "cannot read '%s/" NETWORKS "': %s", dir->path,
				strerror(-left));
	} else if (left || (flags & WARREN_ENTER_MAKE)) {
		r = holder_make(dir->path, lock, err);
		/* ENOENT would say that there is nothing */
		if (r == -ENOENT)
			r = err->code = -ENXIO;
	} else {
		r = warren_fail(err, -ENOENT, "no network is up: nothing holds '%s'", dir->path);
	}
	if (r == 0)
		return TRY_AGAIN; /* now it is found */
	/* what is not empty stays */
	if (left <= 0 && flock(dir->inside, LOCK_EX | LOCK_NB) == 0)
		remove_user_dir(dir->fd, dir->path);
	return r;
}

/* The directory may be gone, and its holder live all the same. */
static int open_user_dir(unsigned flags, char **path, struct warren_err *err)
{
	int dir = user_dir_open(flags & WARREN_ENTER_MAKE, path, err);
	auto_close int lost = dir == -ENOENT && *path ? holder_find_lost(*path) : -1;

	if (lost < 0)
		return dir;
	free(take_ptr(*path));
	return user_dir_open(true, path, err);
}

static int find_holder(const struct user_dir *dir, int *lock)
{
	auto_close int pidfd = holder_find(dir->fd, lock);
	const int lost = pidfd == -ENOENT ? holder_find_lost(dir->path) : -1;

	if (pidfd >= 0 && holder_is_dying(dir->fd))
		return -EAGAIN;
	return lost < 0 ? take_fd(&pidfd) : lost;
}

/* @return 0, TRY_AGAIN (err says what is waited for), or a negative errno */
static int try_enter(struct warren *w, unsigned flags, struct warren_err *err)
{
	auto_free char *path = NULL;
	auto_close int dir = open_user_dir(flags, &path, err);
	auto_close int inside = -1;
	auto_close int lock = -1;
	auto_close int pidfd = -1;
	struct user_dir user_dir;
	int r;

	if (dir < 0)
		return dir;
	inside = lock_inside(dir);
	if (inside < 0)
		return retry_or_fail(warren_fail(err, inside, "cannot lock '%s/" INSIDE_LOCK "': %s",
						 path, strerror(-inside)));
	user_dir = (struct user_dir){ path, dir, inside };
	pidfd = find_holder(&user_dir, &lock);
	if (pidfd == -ENOENT)
		return no_holder(w, flags, &user_dir, lock, err);
	if (pidfd < 0)
		return retry_or_fail(
			warren_fail(err, pidfd,
				    "cannot find the process that holds your namespaces, though "
				    "'%s/holder.lock' is locked: %s",
				    path, strerror(-pidfd)));
	r = go_in(pidfd, err);
	if (r == -ESRCH) /* killed: it has left its namespaces, but not the lock yet */
		return TRY_AGAIN;
	if (r < 0)
		return r;
	w->inside_lock = take_fd(&inside);
	w->rootless = w->at_host = true;
	return set_dirs(w, path);
}

static int enter_own(struct warren *w, unsigned flags, struct warren_err *err)
{
	struct warren_err last = WARREN_ERR_INIT;
	int r = TRY_AGAIN;

	for (int i = 0; i < TRIES && r == TRY_AGAIN; i++) {
		r = try_enter(w, flags, &last);
		if (r == TRY_AGAIN && i > 0)
			wait_a_bit();
	}
	if (r == TRY_AGAIN)
		last.code = r = -EBUSY;
	if (r < 0 && err)
		*err = last;
	return r;
}

static bool is_lost_holder_ours(void)
{
	auto_close int pidfd = holder_find_lost(NULL);

	return pidfd >= 0;
}

static int refuse(const char *base, struct warren_err *err)
{
	return warren_fail(err, -ESTALE,
			   "what held the namespaces of this shell is gone, and '%s' is not about "
			   "them any more; leave the shell ('exit'), and say that outside",
			   base);
}

/*
 * With all rights. In the user's own namespaces (in `warren shell`), /run/warren
 * is a link to the user's directory; elsewhere it is a directory of root's.
 */
static int enter_direct(struct warren *w, struct warren_err *err)
{
	char base[4096];
	const ssize_t n = readlink(w->state_dir, base, sizeof(base) - 1);
	auto_close int dir = -1;

	if (n <= 0 || base[0] != '/')
		return 0;
	base[n] = 0;
	dir = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if ((dir < 0 || faccessat(dir, INSIDE_LOCK, F_OK, 0) < 0) && !holder_made_run())
		return 0; /* a link that root made */
	if (dir < 0 && is_lost_holder_ours() && mkdir(base, 0700) == 0)
		dir = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return refuse(base, err);
	for (int i = 0; i < TRIES && (w->inside_lock = lock_inside(dir)) == -EAGAIN; i++)
		wait_a_bit();
	if (w->inside_lock < 0)
		return warren_fail(err, w->inside_lock, "cannot lock '%s/" INSIDE_LOCK "': %s",
				   base, strerror(-w->inside_lock));
	if (!holder_is_ours(dir) && !is_lost_holder_ours()) {
		close(take_fd(&w->inside_lock));
		return refuse(base, err);
	}
	w->rootless = true;
	return set_dirs(w, base);
}

int warren_enter(struct warren *w, unsigned flags, struct warren_err *err)
{
	int r;

	if (w->rootless)
		return 0;
	r = userns_direct() ? enter_direct(w, err) : enter_own(w, flags, err);
	return r == -ENOMEM ? warren_fail(err, r, "out of memory") : r;
}

/* Whether anything is left that lives by the holder; what cannot be seen may be there. */
static bool is_needed(const struct warren *w, int dir)
{
	return has_entries(dir, NETWORKS, true) != 0 ||
	       has_entries(AT_FDCWD, w->netns_dir, false) != 0;
}

/* The last who is inside ends it; who is not the last leaves that to the last. */
int warren_leave(struct warren *w, struct warren_err *err)
{
	auto_free char *path = NULL;
	auto_close int dir = -1;
	auto_close int lock = -1;
	auto_close int pidfd = -1;
	int r;

	if (!w->rootless)
		return 0;
	if (asprintf(&path, "%.*s", (int)(strlen(w->state_dir) - strlen("/" NETWORKS)),
		     w->state_dir) < 0)
		return warren_fail(err, -ENOMEM, "out of memory");
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || is_needed(w, dir) || flock(w->inside_lock, LOCK_EX | LOCK_NB) < 0 ||
	    is_needed(w, dir))
		return 0;
	pidfd = holder_find(dir, &lock);
	if (pidfd >= 0 && !holder_is_ours(dir))
		return 0; /* ours was killed meanwhile, and somebody made another */
	if (pidfd == -ENOENT)
		pidfd = holder_find_lost(NULL);
	r = pidfd < 0 ? pidfd : holder_end(pidfd);
	if (r < 0 && r != -ENOENT)
		return warren_fail(err, r, "cannot end the process that holds your namespaces: %s",
				   strerror(-r));
	remove_user_dir(dir, path);
	return 0;
}
