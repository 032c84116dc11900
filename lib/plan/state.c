/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/state.h"
#include "plan/leftover.h"
#include "plan/state-private.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/text.h"
#include "netns/lean.h"
#include "netns/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define FORMAT "warren 1"

static const char *const file_names[] = { [STATE_APPLIED] = "topology", [STATE_NEXT] = "next" };

char *state_path(struct warren *w, const char *network, const char *file)
{
	char *p = NULL;

	if (asprintf(&p, "%s/net/%s%s%s", warren_state_dir(w), network, *file ? "/" : "", file) < 0)
		return NULL;
	return p;
}

char *state_common_path(struct warren *w, const char *name)
{
	char *p = NULL;

	return asprintf(&p, "%s/%s", warren_state_dir(w), name) < 0 ? NULL : p;
}

int state_read_file(const char *path, char **ret, size_t *len)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd_read_all(fd, STATE_LARGEST, ret, len);
}

int state_no_memory(struct warren_err *err)
{
	return warren_fail(err, -ENOMEM, "out of memory");
}

int state_fail(struct warren_err *err, int code, const char *what, const char *path)
{
	return warren_fail(err, code, "cannot %s '%s': %s%s", what, path, strerror(-code),
			   code == -EROFS || code == -EACCES || code == -ENOSPC
				   ? "; warren keeps its state there"
				   : "");
}

/* ---- the lock ---- */

/* Locks that are no network's, whose names begin with no dot. */
#define HOST_LOCK ".host"
#define MADE_LOCK ".made"

static const struct {
	const char *lock, *what;
} shared[] = {
	{ HOST_LOCK, "the host's links, addresses, routes and settings" },
	{ MADE_LOCK, "the directories that all networks share" },
};

#define SHARED (sizeof(shared) / sizeof(*shared))

struct pid_text {
	char text[32];
};

/* Of the warren that has a lock, as its file says. */
static struct pid_text owner_of(int fd)
{
	struct pid_text pid = { "" };
	ssize_t n = pread(fd, pid.text, sizeof(pid.text) - 1, 0);

	pid.text[n > 0 ? strcspn(pid.text, " \n") : 0] = 0;
	return *pid.text ? pid : (struct pid_text){ "unknown" };
}

static int busy(const char *network, int fd, struct warren_err *err)
{
	return warren_fail(err, -EBUSY,
			   "network '%s': another warren (pid %s) is at work on it; wait until it "
			   "has finished, or say --wait",
			   network, owner_of(fd).text);
}

static void tell_of_wait(struct warren *w, const char *name, int fd)
{
	size_t i = 0;

	while (i < SHARED && strcmp(shared[i].lock, name) != 0)
		i++;
	context_log(w, WARREN_LOG_WARNING,
		    "%s%s%sanother warren (pid %s) is at work on %s; waiting until it has finished",
		    i < SHARED ? "" : "network '", i < SHARED ? "" : name,
		    i < SHARED ? "" : "': ", owner_of(fd).text, i < SHARED ? shared[i].what : "it");
}

#define LONG_WAIT_NS 1000000000u /* others mostly take some ms */

static int take_lock(struct warren *w, const char *network, int fd, bool wait,
		     struct warren_err *err)
{
	uint64_t since = context_now();
	struct timespec pause = { 0, 20 * 1000 * 1000 };
	bool told = false;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return warren_fail(err, -errno, "network '%s': cannot lock: %s", network,
					   strerror(errno));
		if (!wait)
			return busy(network, fd, err);
		if (context_cancelled(w))
			return warren_fail(err, -ECANCELED, "interrupted");
		if (!told && context_now() - since > LONG_WAIT_NS) {
			tell_of_wait(w, network, fd);
			told = true;
		}
		context_progress(w, "waiting for another warren", 0, 0);
		nanosleep(&pause, NULL);
	}
	context_phase(w, WARREN_PHASE_WAIT, since);
	return 0;
}

/* Whether the file that is locked still has its name: who unlocks removes it. */
static bool still_named(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

/* A shared lock that somebody left who was killed; one that is held stays. */
static void remove_stale_lock(const char *dir, const char *name)
{
	auto_free char *path = NULL;
	auto_close int fd = -1;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return;
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	/* what was opened may have been removed since, and be another's by now */
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && still_named(fd, path))
		unlink(path);
}

/* The directory and the one above it go with the last network; not empty is no error. */
static void remove_lock_dir(struct warren *w, const char *dir)
{
	int r = rmdir(dir);

	if (r < 0 && errno == ENOTEMPTY) {
		for (size_t i = 0; i < SHARED; i++)
			remove_stale_lock(dir, shared[i].lock);
		r = rmdir(dir);
	}
	if (r == 0 || errno == ENOENT)
		rmdir(warren_state_dir(w));
}

/* How often the last network of another warren may take the directories away under us. */
#define RACES 100

/* Who else could write there could have us remove what he likes. */
static int check_owner(struct warren *w, struct warren_err *err)
{
	const char *dir = warren_state_dir(w);
	struct stat st;

	if (stat(dir, &st) < 0 || (st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH))))
		return 0;
	return warren_fail(
		err, -EPERM,
		"'%s', where warren keeps its state, is another user's, or others can write in "
		"it; remove it, or have it given to you ('chown %u %s', 'chmod 755 %s')",
		dir, (unsigned)geteuid(), dir, dir);
}

/* @return a descriptor of the file; -EAGAIN where another one removed the directory just now */
static int open_lock(struct warren *w, const char *dir, const char *path, struct warren_err *err)
{
	int fd, r = fd_mkdir_all(dir);

	if (r == -ENOENT) {
		state_fail(err, r, "make", dir);
		return -EAGAIN;
	}
	if (r < 0) {
		state_fail(err, r, "make", dir);
		remove_lock_dir(w, dir);
		return r;
	}
	r = check_owner(w, err);
	if (r < 0)
		return r;
	/* nobody else may open it: who can read it could hold the lock */
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0)
		return fd;
	r = -errno;
	state_fail(err, r, "open", path);
	if (r == -ENOENT)
		return -EAGAIN;
	remove_lock_dir(w, dir);
	return r;
}

int state_lock(struct warren *w, const char *network, bool wait, struct state_lock *ret,
	       struct warren_err *err)
{
	auto_free char *path = NULL, *dir = state_common_path(w, "lock");
	char pid[16];
	int r, races = 0;

	if (!dir || asprintf(&path, "%s/%s", dir, network) < 0)
		return state_no_memory(err);
	for (;;) {
		auto_close int fd = open_lock(w, dir, path, err);

		if (fd == -EAGAIN && races++ < RACES)
			continue;
		if (fd < 0)
			return fd == -EAGAIN ? -ENOENT : fd;
		r = take_lock(w, network, fd, wait, err);
		if (r < 0)
			return r;
		if (!still_named(fd, path))
			continue;
		/* always as long, so that it takes no more room; on a full disk others do without it */
		snprintf(pid, sizeof(pid), "%-14d", (int)getpid());
		(void)!pwrite(fd, pid, strlen(pid), 0);
		*ret = (struct state_lock){ take_fd(&fd), w, take_ptr(path), take_ptr(dir) };
		return 0;
	}
}

int state_lock_host(struct warren *w, struct state_lock *ret, struct warren_err *err)
{
	return state_lock(w, HOST_LOCK, true, ret, err);
}

int state_lock_made(struct warren *w, struct state_lock *ret, struct warren_err *err)
{
	return state_lock(w, MADE_LOCK, true, ret, err);
}

void state_unlock(struct state_lock *lock)
{
	const char *network;
	char net[PATH_MAX];

	if (!lock->path)
		return;
	/* stays as long as the network, so that `down` finds it where a full disk allows no new one */
	network = strrchr(lock->path, '/') + 1;
	if (snprintf(net, sizeof(net), "%s/net/%s", warren_state_dir(lock->w), network) < PATH_MAX &&
	    access(net, F_OK) < 0)
		unlink(lock->path);
	close(lock->fd);
	remove_lock_dir(lock->w, lock->dir);
	free(lock->path);
	free(lock->dir);
	*lock = (struct state_lock){ .fd = -1 };
}

/* ---- texts ---- */

/* Line by line, a newline in a value as %0A. */
static void put_escaped(FILE *f, const char *key, const char *value)
{
	fprintf(f, "%s ", key);
	for (; *value; value++) {
		if (*value == '\n' || *value == '%')
			fprintf(f, "%%%02X", (unsigned char)*value);
		else
			fputc(*value, f);
	}
	fputc('\n', f);
}

static int encode(const struct warren_topo *t, char **ret, size_t *len)
{
	auto_free char *file = t ? warren_topo_path(t->file) : NULL;
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	if (!f || (t && !file)) {
		text_close(f, &text);
		free(text);
		return -ENOMEM;
	}
	fprintf(f, FORMAT "\n");
	if (!t) {
		fprintf(f, "down\n");
	} else {
		put_escaped(f, "file", file);
		fprintf(f, "host %" PRIu64 "\n", netns_current_id());
		for (size_t i = 0; i < t->n_vars; i++) {
			put_escaped(f, "set", t->vars[i].name);
			put_escaped(f, "to", t->vars[i].value);
		}
		fprintf(f, "text %zu\n", t->len);
		fwrite(t->text, 1, t->len, f);
	}
	if (text_close(f, &text) < 0)
		return -ENOMEM;
	*ret = text;
	return 0;
}

int state_write(struct warren *w, const char *network, enum state_text which,
		const struct warren_topo *t, struct warren_err *err)
{
	auto_free char *dir = state_path(w, network, ""), *path = NULL, *text = NULL;
	uint64_t since = context_now();
	size_t len = 0;
	int r = 0;

	path = state_path(w, network, file_names[which]);
	if (!dir || !path || encode(t, &text, &len) < 0)
		return state_no_memory(err);
	/* another network that goes at this moment may take an empty directory with it */
	for (int tries = 0; tries < 10; tries++) {
		r = fd_mkdir_all(dir);
		if (r == 0)
			r = fd_replace_file(AT_FDCWD, path, text, len, 0644);
		if (r != -ENOENT)
			break;
	}
	context_phase(w, WARREN_PHASE_JOURNAL, since);
	return r < 0 ? state_fail(err, r, "write", path) : 0;
}

static int load(struct warren *w, const char *network, enum state_text which, char **ret,
		size_t *len)
{
	auto_free char *path = state_path(w, network, file_names[which]);

	return path ? state_read_file(path, ret, len) : -ENOMEM;
}

bool state_is(struct warren *w, const char *network, enum state_text which,
	      const struct warren_topo *t)
{
	auto_free char *have = NULL, *want = NULL;
	size_t n = 0, m = 0;

	return load(w, network, which, &have, &n) == 0 && encode(t, &want, &m) == 0 && n == m &&
	       !memcmp(have, want, n);
}

static void unescape(char *s)
{
	char *to = s;
	unsigned c;

	for (; *s; s++) {
		if (*s == '%' && sscanf(s + 1, "%2X", &c) == 1) {
			*to++ = (char)c;
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = 0;
}

/* One line "KEY VALUE"; @return its value, unescaped in place, or NULL where it is another one */
static char *take_line(char **at, const char *key)
{
	size_t n = strlen(key);
	char *line = *at, *end = strchr(line, '\n');

	if (!end || strncmp(line, key, n) || (line[n] != ' ' && line[n] != '\n'))
		return NULL;
	*end = 0;
	*at = end + 1;
	line += n + (line[n] == ' ');
	unescape(line);
	return line;
}

/* What a saved text consists of; pointers into it. */
struct saved {
	const char *file, *text;
	size_t len;
	uint64_t host;
	VEC(struct warren_var) vars;
	bool down;
};

static int decode(char *text, size_t len, struct saved *s)
{
	char *at = text, *value, *name;

	if (!take_line(&at, FORMAT))
		return -EINVAL;
	s->down = take_line(&at, "down") != NULL;
	if (s->down)
		return 0;
	s->file = take_line(&at, "file");
	value = take_line(&at, "host");
	s->host = value ? strtoull(value, NULL, 10) : 0;
	while ((name = take_line(&at, "set")) != NULL) {
		value = take_line(&at, "to");
		if (!value)
			return -EINVAL;
		if (vec_push(&s->vars, (struct warren_var){ name, value }) < 0)
			return -ENOMEM;
	}
	value = take_line(&at, "text");
	if (!s->file || !value)
		return -EINVAL;
	s->text = at;
	s->len = (size_t)(text + len - at);
	return strtoul(value, NULL, 10) == s->len ? 0 : -EINVAL;
}

static int fail_list(struct warren_errs *errs, struct warren_err *err)
{
	return warren_errs_add(errs, err);
}

int state_read(struct warren *w, const char *network, enum state_text which, unsigned flags,
	       struct warren_topo **ret, struct warren_errs *errs)
{
	auto_free char *text = NULL;
	struct saved s = { 0 };
	struct warren_err err;
	size_t len = 0;
	int r = load(w, network, which, &text, &len);

	if (r == -ENOENT)
		return r;
	if (r == 0)
		r = decode(text, len, &s);
	if (r < 0) {
		warren_fail(&err, r, "state of network '%s' (%s/net/%s/%s) cannot be read: %s",
			    network, warren_state_dir(w), network, file_names[which],
			    r == -EINVAL ? "it is damaged, or a newer warren wrote it; take the "
					   "network down with that one, or remove the file to have "
					   "what is up forgotten"
					 : strerror(-r));
		r = fail_list(errs, &err);
	} else if (s.down) {
		*ret = NULL;
	} else {
		const struct topo_source source = { s.file, s.text, s.len, s.vars.v, s.vars.n };

		r = topo_parse(w, &source, flags, ret, errs);
		if (r == 0)
			(*ret)->host = s.host;
	}
	vec_fini(&s.vars);
	return r;
}

int state_file(struct warren *w, const char *network, enum state_text which, char **ret)
{
	auto_free char *text = NULL;
	struct saved s = { 0 };
	size_t len = 0;
	int r = load(w, network, which, &text, &len);

	if (r == 0)
		r = decode(text, len, &s);
	if (r == 0 && s.down)
		r = -ENOENT;
	if (r == 0) {
		*ret = strdup(s.file);
		r = *ret ? 0 : -ENOMEM;
	}
	vec_fini(&s.vars);
	return r;
}

/* What cannot be looked at is taken to be there: whoever reads it then is told why. */
bool state_has(struct warren *w, const char *network, enum state_text which)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/net/%s/%s", warren_state_dir(w), network,
		     file_names[which]) >= PATH_MAX)
		return false;
	return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

int state_commit(struct warren *w, const char *network, struct warren_err *err)
{
	auto_free char *from = state_path(w, network, file_names[STATE_NEXT]), *to = NULL;

	to = state_path(w, network, file_names[STATE_APPLIED]);
	if (!from || !to)
		return state_no_memory(err);
	return rename(from, to) < 0 ? state_fail(err, -errno, "write", to) : 0;
}

void state_drop_next(struct warren *w, const char *network)
{
	auto_free char *path = state_path(w, network, file_names[STATE_NEXT]);

	if (path)
		unlink(path);
}

static int remove_tree(int at, const char *name)
{
	auto_close int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_closedir DIR *d = NULL;
	struct dirent *e;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	d = fdopendir(fd);
	if (!d)
		return -errno;
	take_fd(&fd); /* closedir() closes it */
	while ((e = readdir(d)) != NULL) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (unlinkat(dirfd(d), e->d_name, 0) == 0)
			continue;
		if (errno != EISDIR && errno != EPERM)
			return -errno;
		if (remove_tree(dirfd(d), e->d_name) < 0)
			return -errno;
	}
	return unlinkat(at, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int state_forget(struct warren *w, const char *network, struct warren_err *err)
{
	auto_free char *dir = state_path(w, network, ""), *nets = state_common_path(w, "net");
	auto_free char *etc = state_path(w, network, STATE_ETC);
	int r = dir && etc ? netns_dir_unprotect(etc) : -ENOMEM;

	/* before the texts: as long as one is there, the next `down` finds what a killed one left */
	if (r == 0)
		r = remove_tree(AT_FDCWD, etc);
	if (r == 0)
		r = remove_tree(AT_FDCWD, dir);
	if (r < 0)
		return state_fail(err, r, "remove", dir ? dir : network);
	lean_remove(w);
	/* the directories go with the last network; not empty is no error */
	if (nets && (rmdir(nets) == 0 || errno == ENOENT)) {
		leftover_remove_dirs(w);
		rmdir(warren_state_dir(w));
	}
	return 0;
}
