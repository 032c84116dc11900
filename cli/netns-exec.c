/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns.h"

#include "out.h"
#include "process.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <warren/process.h>

/* The calling process becomes the command. @return exit code of the failure, which err tells */
static int become(struct cli *c, const char *name, char **command, struct warren_err *err)
{
	if (warren_netns_enter(c->warren, name, WARREN_NETNS_ETC | WARREN_NETNS_SYS, err) < 0)
		return NETNS_WRONG;
	fflush(stdout);
	warren_exec(command, err);
	warren_err_prefix(err, "exec of \"%s\" failed", command[0]);
	return EXIT_FAILED;
}

static int become_or_exit(struct cli *c, const char *name, char **command)
{
	struct warren_err err = WARREN_ERR_INIT;
	int code = become(c, name, command, &err);

	fputs("warren: ", stderr);
	out_safe(stderr, err.text);
	fputc('\n', stderr);
	_exit(code);
}

/* @return exit code of the command as a shell has it, or a negative errno */
static int run_in(struct netns *n, const char *name, char **command)
{
	pid_t pid, got;
	int status;

	printf("\nnetns: %s\n", name);
	fflush(stdout); /* before the command's own output, and not again from the child */
	pid = fork();
	if (pid == 0)
		become_or_exit(n->c, name, command);
	if (pid < 0)
		return -errno;
	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Everywhere, whatever fails; the exit code is that of the first that failed. */
static int exec_all(struct netns *n, char **command)
{
	struct warren_netns_list list = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	int code = EXIT_OK, r;

	if (warren_netns_list(n->c->warren, &list, &err) < 0)
		return netns_failed(n, EXIT_FAILED, &err);
	for (size_t i = 0; i < list.n && !process_stopped(); i++) {
		r = run_in(n, list.v[i].name, command);
		if (r < 0)
			r = netns_fail(n, EXIT_FAILED, "netns: %s: %s", list.v[i].name,
				       strerror(-r));
		code = code ? code : r;
	}
	warren_netns_list_fini(&list);
	return process_stopped() ? -ECANCELED : code;
}

int netns_exec(struct netns *n, int argc, char **argv)
{
	struct warren_err err = WARREN_ERR_INIT;

	if (argc < 1 && !n->all)
		return netns_fail(n, EXIT_FAILED, "No netns name specified");
	if ((argc < 1 && n->all) || (argc < 2 && !n->all))
		return netns_fail(n, EXIT_FAILED, "No command specified");
	if (n->all)
		return exec_all(n, argv);
	return netns_failed(n, become(n->c, argv[0], argv + 1, &err), &err);
}
