/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns/pin.h"

#include "base/cleanup.h"
#include "base/context.h"
#include "base/fd.h"
#include "netns/hint.h"
#include "netns/lean.h"
#include "netns/mount-api.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

static const struct hint file_hints[] = {
	{ EACCES, "root's rights are needed" },
	{ EPERM, "CAP_SYS_ADMIN is needed" },
	{ EROFS, "mount it for writing, or, from within 'exec' or 'shell', do it outside" },
	{ ENOSPC, "make room there" },
	{ EDQUOT, "make room there, or have the quota raised" },
	{ EEXIST, "choose another name, or take this one away with 'netns delete'" },
	{ EBUSY, "something else holds the mount" },
	{ 0 },
};

static const struct hint mount_hints[] = {
	{ EPERM, "CAP_SYS_ADMIN is needed" },
	{ ENOSPC, "the limit of mounts is reached: raise the sysctl fs.mount-max" },
	{ EINVAL, "it is not a network namespace, or the mount is forbidden here" },
	{ ENOENT, "somebody else removed the file just now, or /proc is not mounted" },
	{ 0 },
};

/* Why a name is no name, or NULL where it is one. */
static const char *name_fault(const char *name)
{
	if (!name[0])
		return "it is empty";
	if (strchr(name, '/'))
		return "it contains a '/'";
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return "it names a directory";
	if (strlen(name) > NAME_MAX)
		return "it is longer than 255 bytes";
	return NULL;
}

bool warren_netns_name_ok(const char *name)
{
	return name_fault(name) == NULL;
}

int netns_path(const struct warren *w, const char *name, char ret[PATH_MAX], struct warren_err *err)
{
	const char *fault = name_fault(name);
	const size_t dir = strlen(w->netns_dir), n = strlen(name);

	if (fault)
		return warren_fail(err, -EINVAL, "invalid netns name \"%s\": %s", name, fault);
	if (dir + 1 + n >= PATH_MAX)
		return warren_fail(err, -ENAMETOOLONG, "path of namespace \"%s\" is too long", name);
	memcpy(ret, w->netns_dir, dir);
	ret[dir] = '/';
	memcpy(ret + dir + 1, name, n + 1);
	return 0;
}

int netns_open_path(const char *path, bool *link)
{
	auto_close int fd = -1;
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return -errno;
	if (fs.f_type != NSFS_MAGIC)
		return -EINVAL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	*link = fd < 0 && errno == ELOOP;
	if (*link)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return -EINVAL;
	return take_fd(&fd);
}

static const struct {
	mode_t type;
	const char *text;
} file_types[] = {
	{ S_IFDIR, "a directory" },	    { S_IFIFO, "a FIFO" },
	{ S_IFSOCK, "a socket" },	    { S_IFCHR, "a character device" },
	{ S_IFBLK, "a block device" },	    { S_IFLNK, "a symbolic link to something else" },
	{ S_IFREG, "a file with content" },
};

/* A note that netns_pin() wrote. */
static bool is_note(const char *path)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char start[sizeof(NETNS_NOTE) - 1];

	return fd >= 0 && read(fd, start, sizeof(start)) == sizeof(start) &&
	       memcmp(start, NETNS_NOTE, sizeof(start)) == 0;
}

enum warren_netns_kind netns_classify(const char *path, const char **text)
{
	bool link;
	auto_close int fd = netns_open_path(path, &link);
	const char *unused;
	struct statfs fs;
	struct stat st;

	text = text ? text : &unused;
	*text = "a network namespace";
	if (fd >= 0)
		return WARREN_NETNS_LIVE;
	*text = "nothing";
	if (lstat(path, &st) < 0)
		return WARREN_NETNS_ALIEN;
	*text = "a symbolic link to nothing";
	if (S_ISLNK(st.st_mode) && statfs(path, &fs) < 0 && errno == ENOENT)
		return WARREN_NETNS_STALE;
	*text = "a namespace of another kind";
	if (statfs(path, &fs) == 0 && fs.f_type == NSFS_MAGIC)
		return WARREN_NETNS_ALIEN;
	*text = "a plain file that no namespace is mounted on";
	if (S_ISREG(st.st_mode) && (st.st_size == 0 || is_note(path)))
		return WARREN_NETNS_STALE;
	*text = "something else";
	for (size_t i = 0; i < sizeof(file_types) / sizeof(*file_types); i++)
		if ((st.st_mode & S_IFMT) == file_types[i].type)
			*text = file_types[i].text;
	return WARREN_NETNS_ALIEN;
}

const char *netns_describe(struct warren *w, const char *name)
{
	char path[PATH_MAX];
	const char *text;

	if (netns_path(w, name, path, NULL) < 0)
		return "not a name";
	netns_classify(path, &text);
	return text;
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

void netns_lock(int fd)
{
	for (long ms = 1; ms < 1024 && flock(fd, LOCK_EX | LOCK_NB) < 0; ms *= 2)
		sleep_ms(ms);
}

/*
 * Mount the directory on itself. The copy leaves the peer group of the mount
 * that it was part of before it is attached: with a plain bind mount of a
 * shared /run each name would also be mounted in the directory underneath,
 * unseen, where no delete finds it. Attaching it to a shared /run gives every
 * other mount namespace its peer.
 */
static int mount_on_itself(const char *dir)
{
	auto_close int tree = api_open_tree(AT_FDCWD, dir, AT_RECURSIVE);

	if (tree >= 0 && api_tree_attr(tree, 0, MS_PRIVATE) == 0 &&
	    api_move_mount(tree, dir, API_FOLLOW) == 0)
		return 0;
	return mount(dir, dir, "none", MS_BIND | MS_REC, NULL) < 0 ? -errno : 0;
}

int netns_mount_itself(const char *dir, unsigned long propagation)
{
	int r;

	/* EINVAL: it is not a mount yet */
	if (mount("", dir, "none", propagation, NULL) == 0)
		return 0;
	r = errno == EINVAL ? mount_on_itself(dir) : -errno;
	if (r == 0 && mount("", dir, "none", propagation, NULL) < 0)
		r = -errno;
	return r;
}

int netns_dir_prepare(struct warren *w, struct warren_err *err)
{
	const char *dir = w->netns_dir;
	auto_close int fd = -1;
	int r = fd_mkdir_all(dir);

	if (r < 0)
		return hint_fail(err, r, file_hints, "make the directory \"%s\"", dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return hint_fail(err, -errno, file_hints, "open the directory \"%s\"", dir);
	netns_lock(fd);
	r = netns_mount_itself(dir, MS_SHARED);
	if (r < 0)
		return hint_fail(err, r, mount_hints, "make \"%s\" a shared mount", dir);
	return 0;
}

/* The mount that a path is in, by its number in mountinfo, or by that of the folder above it; 0 where the kernel does not tell. */
static uint64_t mount_of(const char *path)
{
	char dir[PATH_MAX];
	struct api_stat sx;
	char *slash;

	snprintf(dir, sizeof(dir), "%s", path);
	while (api_statx(AT_FDCWD, *dir ? dir : "/", 0, API_STAT_MOUNT, &sx) < 0) {
		slash = strrchr(dir, '/');
		if (errno != ENOENT || !slash)
			return 0;
		*slash = 0;
	}
	return sx.mask & API_STAT_MOUNT ? sx.mount : 0;
}

/*
 * Whether a line of proc_pid_mountinfo(5) is of a mount that gets what another one gets:
 * "23 1 0:5 / /run rw shared:3 master:1 - tmpfs …". Or of what lean_enter() has in its place.
 */
static bool is_copy(const char *line)
{
	const char *master = strstr(line, " master:"), *end = strstr(line, " - ");

	return end && ((master && master < end) || strstr(end, " " LEAN_LINKS " "));
}

static bool is_dir_copy(const struct warren *w)
{
	auto_fclose FILE *f = NULL;
	auto_free char *line = NULL;
	struct stat mine, first;
	size_t size = 0;
	uint64_t mount;

	/* the usual case without reading what may be thousands of lines */
	if (stat("/proc/self/ns/mnt", &mine) == 0 && stat("/proc/1/ns/mnt", &first) == 0 &&
	    mine.st_ino == first.st_ino)
		return false;
	/* not by its path: what was covered by others is listed, too */
	mount = mount_of(w->netns_dir);
	f = mount ? fopen("/proc/self/mountinfo", "re") : NULL;
	while (f && getline(&line, &size, f) > 0)
		if (strtoull(line, NULL, 10) == mount)
			return is_copy(line);
	return false;
}

/*
 * Mount a namespace over a placeholder: by their descriptors, so that it is this
 * file or, where it was removed meanwhile, none (ENOENT).
 * @return 0 or -errno
 */
static int mount_fd(int fd, int placeholder, struct netns_id *id)
{
	auto_close int tree = api_open_tree(fd, "", AT_EMPTY_PATH);
	char from[40], to[40];

	if (tree >= 0 && netns_id_of(tree, "", AT_EMPTY_PATH, id) == 0) {
		if (api_move_mount_onto(tree, placeholder) == 0)
			return 0;
		if (errno != ENOSYS && errno != EPERM)
			return -errno;
		id->mount = 0; /* it will be another one */
	}
	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	snprintf(to, sizeof(to), "/proc/self/fd/%d", placeholder);
	return mount(from, to, NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

int netns_note_open(struct warren *w, const char *text, struct netns_note *ret,
		    struct warren_err *err)
{
	auto_close int fd = open(w->netns_dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0);
	struct stat st;
	int r;

	snprintf(ret->text, sizeof(ret->text), "%s", text);
	/* overlayfs before Linux 6.10: then each name gets a file of its own */
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
		return 0;
	if (fd < 0)
		return hint_fail(err, -errno, file_hints, "make a file in \"%s\"", w->netns_dir);
	r = fd_write_all(fd, text, strlen(text));
	if (r == 0 && fstat(fd, &st) < 0)
		r = -errno;
	if (r < 0)
		return hint_fail(err, r, file_hints, "write a file in \"%s\"", w->netns_dir);
	ret->inode = st.st_ino;
	ret->fd = take_fd(&fd);
	return 0;
}

void netns_note_close(struct netns_note *note)
{
	cleanup_close(&note->fd);
	note->fd = -1;
}

/* The note under one more name. @return its descriptor or -errno */
static int link_note(const char *path, const struct netns_note *note)
{
	auto_close int fd = -1;
	struct stat st;
	char self[40];

	/* without /proc it takes CAP_DAC_READ_SEARCH in the first user namespace */
	snprintf(self, sizeof(self), "/proc/self/fd/%d", note->fd);
	if (linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0 &&
	    (errno != ENOENT || linkat(note->fd, "", AT_FDCWD, path, AT_EMPTY_PATH) < 0))
		return -errno;
	fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return st.st_ino == note->inode ? take_fd(&fd) : -EEXIST;
}

/* An empty file, or one with the note. @return its descriptor or -errno */
static int make_placeholder(const char *path, const struct netns_note *note)
{
	auto_close int fd = -1;
	int r;

	if (note && note->fd >= 0)
		return link_note(path, note);
	fd = open(path, (note ? O_WRONLY : O_RDONLY) | O_CREAT | O_EXCL | O_CLOEXEC, 0);
	r = fd < 0 ? -errno : note ? fd_write_all(fd, note->text, strlen(note->text)) : 0;
	if (r < 0 && fd >= 0)
		unlink(path);
	return r < 0 ? r : take_fd(&fd);
}

int netns_dir_is_seen(const struct warren *w, const char *whose, struct warren_err *err)
{
	if (!is_dir_copy(w))
		return 0;
	return warren_fail(
		err, -EXDEV,
		"%s: names of namespaces given here are not seen outside, and go with this shell "
		"or service, as its mounts are a copy of the host's; start warren outside of 'exec' "
		"and 'shell', without PrivateMounts=, or by 'nsenter -t 1 -m -n warren …'",
		whose);
}

int netns_pin_check(struct warren *w, const char *name, struct warren_err *err)
{
	char path[PATH_MAX];
	int r = netns_path(w, name, path, err);

	if (r < 0)
		return r;
	if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return warren_fail(err, -EEXIST,
				   "cannot create namespace file \"%s\": File exists; it is %s",
				   path, netns_describe(w, name));
	if (access(w->netns_dir, W_OK) < 0 && errno != ENOENT)
		return hint_fail(err, -errno, file_hints, "create namespace file \"%s\"", path);
	snprintf(path, sizeof(path), "namespace \"%s\"", name);
	return netns_dir_is_seen(w, path, err);
}

/* What a name is that was just given by mount(2). */
static void id_of_name(int fd, const char *path, struct netns_id *id)
{
	struct netns_id now = { 0 };

	netns_id_of(fd, "", AT_EMPTY_PATH, id);
	netns_id_of(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &now);
	id->mount = now.inode == id->inode ? now.mount : 0;
}

int netns_pin(struct warren *w, int fd, const char *name, const struct netns_note *note,
	      struct netns_id *id, struct warren_err *err)
{
	auto_close int placeholder = -1;
	char path[PATH_MAX];
	int r;

	r = netns_path(w, name, path, err);
	if (r < 0)
		return r;
	*id = (struct netns_id){ 0 };
	placeholder = make_placeholder(path, note);
	if (placeholder < 0)
		return hint_fail(err, placeholder, file_hints, "create namespace file \"%s\"", path);
	r = mount_fd(fd, placeholder, id);
	if (r < 0)
		hint_fail(err, r, mount_hints, "mount the namespace at \"%s\"", path);
	if (r == 0 && !id->mount)
		id_of_name(fd, path, id);
	/* who removed it may have made another one in its place */
	if (r < 0 && r != -ENOENT)
		unlink(path);
	return r;
}

/*
 * Take away what is mounted on a path, layer by layer, and the file. The
 * unlink comes first, as it says EROFS or EACCES before EBUSY: what cannot be
 * removed keeps its mounts.
 */
static int remove_name(const char *path)
{
	long ms = 1;

	while (unlink(path) < 0) {
		if (errno != EBUSY)
			return -errno;
		if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
			continue;
		/*
		 * EINVAL: nothing is mounted any more, so somebody is mounting here at
		 * this moment; or the mount came with our user namespace and is locked.
		 */
		if (errno != EINVAL || ms > 128)
			return errno == EINVAL ? -EBUSY : -errno;
		sleep_ms(ms);
		ms *= 2;
	}
	return 0;
}

int netns_dir_writable(const struct warren *w, struct warren_err *err)
{
	if (access(w->netns_dir, W_OK) == 0 || errno == ENOENT)
		return 0;
	return hint_fail(err, -errno, file_hints, "remove names from \"%s\"", w->netns_dir);
}

/* What a name stands for where it may be taken away. */
static int may_unpin(struct warren *w, const char *name, char path[PATH_MAX], struct stat *st,
		     struct warren_err *err)
{
	const char *text;
	int r = netns_path(w, name, path, err);

	if (r < 0)
		return r;
	if (lstat(path, st) < 0)
		return hint_fail(err, -errno, file_hints, "remove namespace file \"%s\"", path);
	if (netns_classify(path, &text) == WARREN_NETNS_ALIEN)
		return warren_fail(err, -EINVAL,
				   "cannot remove namespace file \"%s\": it is %s, not a network "
				   "namespace; remove it by hand",
				   path, text);
	return 0;
}

int netns_unpin_check(struct warren *w, const char *name, struct warren_err *err)
{
	char path[PATH_MAX];
	struct stat st;
	int r = may_unpin(w, name, path, &st, err);

	if (r == 0 && access(w->netns_dir, W_OK) < 0)
		r = hint_fail(err, -errno, file_hints, "remove namespace file \"%s\"", path);
	return r;
}

int netns_unpin(struct warren *w, const char *name, struct warren_err *err)
{
	char path[PATH_MAX];
	struct stat st;
	int r = may_unpin(w, name, path, &st, err);

	if (r < 0)
		return r;
	/* A link is only a name for a namespace that is somebody else's to unmount. */
	if (S_ISLNK(st.st_mode))
		r = unlink(path) < 0 ? -errno : 0;
	else
		r = remove_name(path);
	if (r < 0)
		return hint_fail(err, r, file_hints, "remove namespace file \"%s\"", path);
	return 0;
}
