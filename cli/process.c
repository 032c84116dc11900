/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <unistd.h>

static volatile sig_atomic_t stopped_by;

static void on_stop(int sig)
{
	stopped_by = sig;
}

static void on_pipe(int sig)
{
	(void)sig;
}

void process_open_standard(void)
{
	/*
	 * Opened in the wrong direction on purpose: reading from standard input
	 * or writing to standard output fails with EBADF, as if still closed.
	 */
	static const int flags[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* open(2) gives the lowest free number, which is fd. Without /dev, "/" is always there. */
		if (open("/dev/null", flags[fd]) < 0)
			(void)!open("/", O_PATH);
	}
}

void process_raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Handlers, never SIG_IGN: execve(2) sets what has a handler back to its default, and keeps what is ignored. */
static void watch(int sig, void (*handler)(int))
{
	struct sigaction old, act = { .sa_handler = handler };

	/* nohup(1), and a shell for its background jobs, have it ignored: that stays. */
	if (sigaction(sig, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
		return;
	sigemptyset(&act.sa_mask);
	sigaction(sig, &act, NULL);
}

void process_catch_signals(void)
{
	static const int stops[] = { SIGINT, SIGTERM, SIGHUP };

	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
		watch(stops[i], on_stop);
	watch(SIGPIPE, on_pipe);
}

int process_stopped(void)
{
	return stopped_by;
}

void process_die_of(int sig)
{
	sigset_t set;

	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
}
