/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/context.h"
#include "process/node.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <warren/netns.h>
#include <warren/process.h>

static const char *name_at(const void *data, size_t i)
{
	const struct warren_netns_list *list = data;

	if (i < list->n)
		return list->v[i].name;
	return i == list->n ? NODE_HOST : NULL;
}

int node_missing(struct warren *w, const char *node, struct warren_err *err)
{
	auto_(warren_netns_list_fini) struct warren_netns_list list = { 0 };
	const char *like;

	warren_netns_list(w, &list, NULL);
	for (size_t i = 0; i < list.n; i++)
		if (strcmp(list.v[i].name, node) == 0)
			return warren_fail(
				err, -ENOENT,
				"'%s' is a name without a namespace; 'warren netns delete %s' "
				"removes it",
				node, node);
	like = warren_nearest(node, name_at, &list);
	if (like)
		return warren_fail(err, -ENOENT, "there is no namespace '%s'; did you mean '%s'?",
				   node, like);
	if (list.n == 0)
		return warren_fail(err, -ENOENT,
				   "there is no namespace '%s', as there are none; "
				   "'warren up' makes those of a topology file",
				   node);
	return warren_fail(err, -ENOENT,
			   "there is no namespace '%s'; 'warren netns list' shows the %zu that are",
			   node, list.n);
}

int warren_node_enter(struct warren *w, const char *node, unsigned flags, struct warren_err *err)
{
	int r;

	if (strcmp(node, NODE_HOST) == 0)
		return 0;
	r = warren_netns_enter(w, node, flags, err);
	return r == -ENOENT ? node_missing(w, node, err) : r;
}

/* Why execve(2) failed, where the errno alone misleads. */
static const char *exec_hint(const char *program, int code)
{
	if (code == EACCES)
		return "; it is not executable, or is a directory";
	if (code != ENOENT)
		return "";
	if (!strchr(program, '/'))
		return "; it is in no directory of PATH";
	if (access(program, F_OK) == 0)
		return "; the file is there, but the interpreter that its first line names, or the "
		       "loader that it was linked for, is not";
	return "";
}

int warren_exec(char *const argv[], struct warren_err *err)
{
	int code;

	execvp(argv[0], argv);
	code = errno;
	return warren_fail(err, -code, "cannot run '%s': %s%s", argv[0], strerror(code),
			   exec_hint(argv[0], code));
}
