/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * clock STEP... : run commands one after the other and tell how long each took.
 * A step is NAME COMMAND... ';'. One JSON object a step goes to stdout:
 * {"step": NAME, "ms": [...], "cpu_ms": [...], "rss_kib": ..., "status": ...};
 * cpu_ms is what the command and its children had of the processors, which other
 * work on the machine changes less. NAME*50 runs the command 50 times. The command's own output goes to stderr. Stops at the first
 * that fails.
 *
 * The command "released" waits until the kernel has let go of every network
 * namespace but the one that clock runs in, where clock is the only one to make
 * some in its user namespace: that counts them, and refuses a new one as long
 * as the limit is reached. "ms" is then from the start of the step before it.
 */

#define LIMIT "/proc/sys/user/max_net_namespaces"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int run(char **argv, struct rusage *usage)
{
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, usage) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int set_limit(const char *value)
{
	int fd = open(LIMIT, O_WRONLY | O_CLOEXEC), ok = fd >= 0;

	ok = ok && write(fd, value, strlen(value)) > 0;
	if (fd >= 0)
		close(fd);
	return ok ? 0 : -1;
}

/* One namespace more than our own is allowed: it can be made when there is no other. */
static int wait_released(void)
{
	int status = 1;

	if (set_limit("2") < 0)
		return 126;
	while (status) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(unshare(CLONE_NEWNET) == 0 ? 0 : errno == ENOSPC ? 1 : 2);
		if (pid < 0 || waitpid(pid, &status, 0) < 0 || WEXITSTATUS(status) == 2)
			return 125;
		if (status)
			usleep(500);
	}
	return set_limit("2147483647") < 0 ? 126 : 0;
}

/* The commands up to a ";". @return how many words, or 0 */
static int words(char **argv)
{
	int n = 0;

	while (argv[n] && strcmp(argv[n], ";"))
		n++;
	if (argv[n])
		argv[n] = NULL;
	return n;
}

static double cpu(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

static void print(const char *name, const double *v, int n)
{
	printf("\"%s\": [", name);
	for (int i = 0; i < n; i++)
		printf("%s%.3f", i ? ", " : "", v[i]);
	printf("], ");
}

static int step(char *name, char **command, double *start)
{
	char *star = strchr(name, '*');
	int times = star ? atoi(star + 1) : 1, status = 0, n = 0;
	double *ms = calloc((size_t)times, sizeof(*ms)),
	       *cpu_ms = calloc((size_t)times, sizeof(*ms));
	struct rusage usage = { 0 };
	int waits = !strcmp(command[0], "released");

	if (star)
		*star = 0;
	for (; n < times && status == 0; n++) {
		double used = cpu(), since = waits ? *start : now();

		*start = since;
		status = waits ? wait_released() : run(command, &usage);
		ms[n] = now() - since;
		cpu_ms[n] = cpu() - used;
	}
	printf("{\"step\": \"%s\", ", name);
	print("ms", ms, n);
	print("cpu_ms", cpu_ms, n);
	printf("\"rss_kib\": %ld, \"status\": %d}\n", usage.ru_maxrss, status);
	fflush(stdout);
	free(ms);
	free(cpu_ms);
	return status;
}

int main(int argc, char **argv)
{
	double start = now();
	int status = 0;

	for (int i = 1; status == 0 && i < argc;) {
		int n = words(argv + i + 1);

		if (n == 0) {
			fprintf(stderr, "usage: clock NAME COMMAND... ';' ...\n");
			return 2;
		}
		status = step(argv[i], argv + i + 1, &start);
		i += n + 2; /* the name, the words, the semicolon */
	}
	return status ? 1 : 0;
}
