/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process/holder.h"

#include "base/cleanup.h"
#include "base/context.h"
#include "base/fd.h"
#include "netns/hint.h"
#include "process/idmap.h"
#include "process/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define LOCK_FILE "holder.lock"
#define TITLE	  "warren: holder"

/* How far the holder came; each is a step that can fail. */
enum stage { STAGE_FORK, STAGE_UNSHARE, STAGE_MAP, STAGE_RUN, STAGE_LO, STAGE_LOCK, STAGE_READY };

static const char *stage_text(enum stage s)
{
	switch (s) {
	case STAGE_FORK:
		return "start the process that holds your namespaces";
	case STAGE_UNSHARE:
		return "make a user namespace";
	case STAGE_MAP:
		return "map your user id into a user namespace";
	case STAGE_RUN:
		return "make a /run of your own";
	case STAGE_LO:
		return "set up lo in a network namespace of your own";
	case STAGE_LOCK:
		return "write " LOCK_FILE;
	case STAGE_READY:
		return "";
	}
	return "";
}

/* What the holder tells who makes it. */
struct report {
	pid_t pid;
	enum stage stage; /* reached, or failed at where code is set */
	int code;	  /* negative errno, or 0 */
};

struct plan {
	const char *path; /* the user's directory */
	uid_t uid;
	gid_t gid;
};

/* Field `field` (from 1, 3 and up) of /proc/PID/stat; 0 where there is none. */
static unsigned long long proc_stat(pid_t pid, int field)
{
	char path[32];
	auto_free char *text = NULL;
	char *s;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (fd_read_file(AT_FDCWD, path, 4096, &text, NULL) < 0)
		return 0;
	s = strrchr(text, ')'); /* the name in field 2 may hold anything */
	for (int i = 2; s && i < field; i++)
		s = strchr(s + 1, ' ');
	return s ? strtoull(s + 1, NULL, 10) : 0;
}

#define STAT_FLAGS     9
#define STAT_START     22
#define STAT_PENDING   31
#define STAT_ARG_START 48
#define STAT_ARG_END   49

/* What ps(1) shows; else it would be the command line of the `warren up` that made us. */
static void set_title(const char *title)
{
	char *start = (char *)(uintptr_t)proc_stat(getpid(), STAT_ARG_START);
	char *end = (char *)(uintptr_t)proc_stat(getpid(), STAT_ARG_END);

	prctl(PR_SET_NAME, title);
	if (!start || end <= start)
		return;
	memset(start, 0, (size_t)(end - start));
	if ((size_t)(end - start) > strlen(title))
		memcpy(start, title, strlen(title));
}

static int above_stdio(int fd)
{
	return fd > 2 ? fd : fcntl(fd, F_DUPFD, 3);
}

/*
 * Nothing of the caller stays open but these two. Where stdio was closed they may be in its place.
 * close_range(2) is of Linux 5.9; older ones lack setns(2) by pidfd, too, which comes later.
 */
static int keep_only(int *lock, int *sock)
{
	const unsigned low = (unsigned)(*lock < *sock ? *lock : *sock);
	const unsigned high = (unsigned)(*lock < *sock ? *sock : *lock);
	int r = low > 0 ? fd_close_range(0, low - 1) : 0;

	if (r == 0 && high > low + 1)
		r = fd_close_range(low + 1, high - 1);
	if (r == 0)
		r = fd_close_range(high + 1, ~0u);
	if (r < 0)
		return r;
	*lock = above_stdio(*lock);
	*sock = above_stdio(*sock);
	if (*lock < 0 || *sock < 0)
		return -errno;
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	if (open("/dev/null", O_RDWR) == 0 && dup2(0, 1) == 1)
		dup2(0, 2);
	return 0;
}

static void reset_signals(void)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int holder_set_lo_up(void)
{
	struct ifreq r = { .ifr_name = "lo" };
	auto_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &r) < 0)
		return -errno;
	r.ifr_flags |= IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &r) < 0 ? -errno : 0;
}

/* Inode of the user namespace of a process, by its name in a directory of procfs; 0 where it cannot be seen. */
static unsigned long long userns_of(int proc, const char *process)
{
	char path[NAME_MAX + sizeof("/ns/user")];
	struct stat st;

	snprintf(path, sizeof(path), "%s/ns/user", process);
	return fstatat(proc, path, &st, 0) < 0 ? 0 : st.st_ino;
}

static unsigned long long own_userns(void)
{
	return userns_of(AT_FDCWD, "/proc/self");
}

static int write_lock(int lock)
{
	char text[96];
	const int n = snprintf(text, sizeof(text), "%d %llu %llu\n", getpid(),
			       proc_stat(getpid(), STAT_START), own_userns());

	return fd_write_all(lock, text, (size_t)n);
}

static bool send_report(int sock, enum stage stage, int code)
{
	const struct report r = { getpid(), stage, code };

	return send(sock, &r, sizeof(r), MSG_NOSIGNAL) == sizeof(r);
}

/* Whether who makes the holder was killed. */
static bool is_left(int sock)
{
	struct pollfd p = { .fd = sock };

	return poll(&p, 1, 0) > 0;
}

static int take_stage(enum stage s, const struct plan *p, int lock)
{
	switch (s) {
	case STAGE_UNSHARE:
		return unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) < 0 ? -errno : 0;
	case STAGE_MAP:
		return idmap_one(0, p->uid, 0, p->gid);
	case STAGE_RUN:
		return holder_make_run(p->path);
	case STAGE_LO:
		return holder_set_lo_up();
	case STAGE_LOCK:
		return write_lock(lock);
	case STAGE_FORK:
	case STAGE_READY:
		break;
	}
	return 0;
}

/* The life of the holder. Reports after STAGE_UNSHARE, then waits for leave to go on; and at the
 * end. */
static _Noreturn void hold(const struct plan *p, int lock, int sock)
{
	int code = keep_only(&lock, &sock);
	enum stage s = STAGE_FORK;
	char go;

	reset_signals();
	umask(022);
	if (code == 0 && chdir("/") < 0)
		code = -errno;
	set_title(TITLE);
	/* Else setns(2) by the user is refused where the program's file is not readable to him. */
	prctl(PR_SET_DUMPABLE, 1);
	while (code == 0 && s < STAGE_READY) {
		if (++s == STAGE_LOCK && is_left(sock))
			_exit(1);
		code = take_stage(s, p, lock);
		if (s == STAGE_UNSHARE && code == 0 &&
		    (!send_report(sock, s, 0) || recv(sock, &go, 1, 0) != 1))
			_exit(1);
	}
	/* Once the lock is written, others may be inside: it stays, even if its maker is gone. */
	send_report(sock, s, code);
	if (code < 0)
		_exit(1);
	close(sock);
	for (;;)
		pause();
}

/*
 * Forks twice, so that the holder is no child of the caller, whom its end would
 * surprise with SIGCHLD and a zombie.
 */
static int start(const struct plan *p, int lock, int sock)
{
	const pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		pid_t holder;

		setsid();
		holder = fork();
		if (holder == 0)
			hold(p, lock, sock);
		if (holder < 0)
			send_report(sock, STAGE_FORK, -errno);
		_exit(0);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

/* Where the holder dies without a word, the socket ends. */
static void receive(int sock, struct report *r)
{
	ssize_t n;

	do
		n = recv(sock, r, sizeof(*r), 0);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(*r))
		*r = (struct report){ 0, STAGE_FORK, -ECHILD };
}

static int fail(int code, enum stage stage, struct warren_err *err)
{
	static const struct hint hints[] = {
		{ EAGAIN, "the limit of processes is reached (ulimit -u)" },
		{ ENOENT, "/proc and /run are needed for that" },
		{ ECHILD, "it was killed before it was ready" },
		{ 0 },
	};

	for (const struct hint *h = hints; h->code; h++)
		if (h->code == -code)
			return hint_fail(err, code, hints, "%s", stage_text(stage));
	return userns_refused(code, stage_text(stage), err);
}

int holder_make(const char *path, int lock, struct warren_err *err)
{
	const struct plan plan = { path, geteuid(), getegid() };
	auto_close int ours = -1;
	auto_close int theirs = -1;
	struct report r;
	int pair[2];
	int code;

	if (ftruncate(lock, 0) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(-errno, STAGE_FORK, err);
	ours = pair[0];
	theirs = pair[1];
	code = start(&plan, lock, theirs);
	if (code < 0)
		return fail(code, STAGE_FORK, err);
	close(take_fd(&theirs));
	receive(ours, &r);
	if (r.code == 0) {
		idmap_ranges(r.pid);
		(void)!send(ours, "", 1, MSG_NOSIGNAL);
		receive(ours, &r);
	}
	return r.code < 0 ? fail(r.code, r.stage, err) : 0;
}

struct holder_id {
	int pid;
	unsigned long long start;
	unsigned long long userns; /* 0 in the file of an older warren's */
};

static bool read_id(int lock, struct holder_id *ret)
{
	char text[96];
	const ssize_t n = pread(lock, text, sizeof(text) - 1, 0);

	if (n <= 0 || text[n - 1] != '\n')
		return false;
	text[n] = 0;
	ret->userns = 0;
	return sscanf(text, "%d %llu %llu", &ret->pid, &ret->start, &ret->userns) >= 2 &&
	       ret->pid > 1;
}

static bool is_locked(int lock)
{
	return flock(lock, LOCK_EX | LOCK_NB) < 0;
}

/*
 * The pid is right where the lock is held and the file says the same, both
 * after the pidfd was opened: then its process was the holder at that time.
 * The start time tells a pid of another pid namespace.
 */
int holder_find(int dir, int *lock)
{
	auto_close int fd = openat(dir, LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	auto_close int pidfd = -1;
	struct holder_id id, again;
	unsigned long long started;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!is_locked(fd)) {
		if (fstat(fd, &st) < 0 || st.st_nlink == 0)
			return -EAGAIN; /* somebody removed it before we had it */
		*lock = take_fd(&fd);
		return -ENOENT;
	}
	if (!read_id(fd, &id))
		return -EAGAIN;
	pidfd = (int)syscall(SYS_pidfd_open, id.pid, 0);
	/* EINVAL: an older Linux, of one that is just being reaped; or the number is a thread's by now */
	if (pidfd < 0)
		return errno == ESRCH || errno == EINVAL ? -EAGAIN : -errno;
	started = proc_stat(id.pid, STAT_START);
	if (!is_locked(fd) || !read_id(fd, &again) || again.pid != id.pid ||
	    again.start != id.start || (started && id.start && started != id.start))
		return -EAGAIN;
	return take_fd(&pidfd);
}

bool holder_is_dying(int dir)
{
	auto_close int fd = openat(dir, LOCK_FILE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	const unsigned exiting = 4; /* PF_EXITING, include/linux/sched.h */
	struct holder_id id;

	return fd >= 0 && read_id(fd, &id) &&
	       (proc_stat(id.pid, STAT_FLAGS) & exiting ||
		proc_stat(id.pid, STAT_PENDING) & 1u << (SIGKILL - 1));
}

/* The lock is of the holder that lives now: namespaces of one before it have another number. */
bool holder_is_ours(int dir)
{
	auto_close int fd = openat(dir, LOCK_FILE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct holder_id id;

	return fd >= 0 && is_locked(fd) && read_id(fd, &id) &&
	       (!id.userns || id.userns == own_userns());
}

/* Whether a process of procfs is the holder that is looked for. */
static bool is_holder(int proc, const char *process, const char *path)
{
	char name[NAME_MAX + sizeof("/root/run/warren")];
	auto_free char *comm = NULL;
	char link[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (fstatat(proc, process, &st, 0) < 0 || st.st_uid != geteuid())
		return false;
	snprintf(name, sizeof(name), "%s/comm", process);
	if (fd_read_file(proc, name, 64, &comm, NULL) < 0 || strcmp(comm, TITLE "\n") != 0)
		return false;
	if (!path)
		return own_userns() && userns_of(proc, process) == own_userns();
	snprintf(name, sizeof(name), "%s/root/run/warren", process);
	n = readlinkat(proc, name, link, sizeof(link) - 1);
	link[n < 0 ? 0 : n] = 0;
	return strcmp(link, path) == 0;
}

int holder_find_lost(const char *path)
{
	auto_closedir DIR *proc = opendir("/proc");
	struct dirent *e;

	while (proc && (e = readdir(proc)) != NULL) {
		const long pid = strtol(e->d_name, NULL, 10);
		auto_close int pidfd = -1;

		if (pid <= 1 || !is_holder(dirfd(proc), e->d_name, path))
			continue;
		pidfd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
		/* not one that has its pid by now */
		if (pidfd >= 0 && is_holder(dirfd(proc), e->d_name, path))
			return take_fd(&pidfd);
	}
	return -ENOENT;
}

#define END_MS 10000 /* what it may take to go */

/* A signal to us does not keep it from going: what comes after that is done, too. */
int holder_end(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	const uint64_t end = context_now() + END_MS * 1000000ull;
	uint64_t now;
	int n = 0;

	if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return -errno;
	while (n == 0 && (now = context_now()) < end) {
		n = poll(&p, 1, (int)((end - now) / 1000000u) + 1);
		if (n < 0 && errno == EINTR)
			n = 0;
	}
	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}
