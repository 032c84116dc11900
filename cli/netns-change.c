/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns.h"

#include "out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How each change is told by --dry-run, in the words of `plan`. */
static const enum warren_step_verb step_verbs[] = {
	[WARREN_NETNS_ADD] = WARREN_STEP_ADD,
	[WARREN_NETNS_ATTACH] = WARREN_STEP_ADD,
	[WARREN_NETNS_SET_ID] = WARREN_STEP_CHANGE,
	[WARREN_NETNS_DELETE] = WARREN_STEP_DELETE,
};

static struct warren_step step_of(enum warren_netns_change what, const char *name,
				  const char *detail)
{
	return (struct warren_step){ .verb = step_verbs[what],
				     .object = "namespace",
				     .node = name,
				     .name = name,
				     .detail = detail };
}

static void print_steps(const struct netns *n, const struct warren_step *v, size_t count)
{
	struct warren_steps steps = { .n = count, .v = v };
	struct out_json j = OUT_JSON(stdout);

	if (!n->json) {
		cli_steps(&steps, NULL, NULL, NULL);
		return;
	}
	out_object(&j, NULL);
	cli_steps(&steps, NULL, "steps", &j);
	out_end(&j);
}

/* --dry-run. @return 0, or what the change itself would fail with */
static int foretell(struct netns *n, enum warren_netns_change what, const char *name, int number,
		    struct warren_err *err)
{
	struct warren_step step;
	char detail[64] = "";
	int r = warren_netns_try(n->c->warren, what, name, number, err);

	if (r < 0)
		return r;
	if (what == WARREN_NETNS_ATTACH)
		snprintf(detail, sizeof(detail), "that of process %d", number);
	else if (what == WARREN_NETNS_SET_ID && number >= 0)
		snprintf(detail, sizeof(detail), "id %d", number);
	else if (what == WARREN_NETNS_SET_ID)
		snprintf(detail, sizeof(detail), "any id that is free");
	step = step_of(what, name, detail);
	print_steps(n, &step, 1);
	return 0;
}

int netns_add(struct netns *n, int argc, char **argv)
{
	struct warren_err err = WARREN_ERR_INIT;
	int r;

	if (argc < 1)
		return netns_fail(n, EXIT_FAILED, "No netns name specified");
	r = n->dry_run ? foretell(n, WARREN_NETNS_ADD, argv[0], 0, &err)
		       : warren_netns_add(n->c->warren, argv[0], &err);
	return r < 0 ? netns_failed(n, EXIT_FAILED, &err) : EXIT_OK;
}

int netns_attach(struct netns *n, int argc, char **argv)
{
	struct warren_err err = WARREN_ERR_INIT;
	int pid, r;

	if (argc < 2)
		return netns_fail(n, EXIT_FAILED, "No netns name and PID specified");
	if (!netns_number(argv[1], &pid) || pid <= 0)
		return netns_fail(n, EXIT_FAILED, "Invalid PID: %s", argv[1]);
	r = n->dry_run ? foretell(n, WARREN_NETNS_ATTACH, argv[0], pid, &err)
		       : warren_netns_attach(n->c->warren, argv[0], pid, &err);
	return r < 0 ? netns_failed(n, EXIT_FAILED, &err) : EXIT_OK;
}

int netns_set(struct netns *n, int argc, char **argv)
{
	struct warren_err err = WARREN_ERR_INIT;
	int nsid = -1, fd, r;

	if (argc < 1)
		return netns_fail(n, EXIT_FAILED, "No netns name specified");
	if (argc < 2)
		return netns_fail(n, EXIT_FAILED, "No nsid specified");
	if (strcmp(argv[1], "auto") != 0) {
		if (!netns_number(argv[1], &nsid))
			return netns_fail(n, NETNS_WRONG,
					  "argument \"%s\" is wrong: Invalid \"netnsid\" value",
					  argv[1]);
		if (nsid < 0)
			return netns_fail(n, NETNS_WRONG,
					  "argument \"%s\" is wrong: \"netnsid\" value should be >= 0",
					  argv[1]);
	}
	r = n->dry_run ? foretell(n, WARREN_NETNS_SET_ID, argv[0], nsid, &err)
		       : warren_netns_set_id(n->c->warren, argv[0], nsid, &err);
	if (r == 0)
		return EXIT_OK;
	if (!warren_netns_name_ok(argv[0]))
		return netns_failed(n, EXIT_FAILED, &err);
	/* What cannot be opened is 1; what is no namespace, or has an id already, the kernel refuses. */
	fd = r == -EINVAL ? r : warren_netns_open(n->c->warren, argv[0], NULL);
	if (fd >= 0)
		close(fd);
	return netns_failed(n, fd >= 0 || fd == -EINVAL ? NETNS_KERNEL : EXIT_FAILED, &err);
}

static int foretell_all(struct netns *n, const struct warren_netns_list *list)
{
	struct warren_step *steps = calloc(list->n + 1, sizeof(*steps));
	struct warren_err err = WARREN_ERR_INIT;
	int code = EXIT_OK;
	size_t count = 0;

	if (!steps)
		return netns_fail(n, EXIT_FAILED, "out of memory");
	for (size_t i = 0; i < list->n; i++) {
		const char *name = list->v[i].name;

		if (warren_netns_try(n->c->warren, WARREN_NETNS_DELETE, name, 0, &err) < 0)
			code = netns_failed(n, EXIT_FAILED, &err);
		else
			steps[count++] = step_of(WARREN_NETNS_DELETE, name, "");
	}
	print_steps(n, steps, count);
	free(steps);
	return code;
}

static int delete_all(struct netns *n)
{
	struct warren_netns_list list = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	int code = EXIT_OK;

	if (warren_netns_list(n->c->warren, &list, &err) < 0)
		return netns_failed(n, EXIT_FAILED, &err);
	if (n->dry_run)
		code = foretell_all(n, &list);
	for (size_t i = 0; !n->dry_run && i < list.n; i++)
		if (warren_netns_delete(n->c->warren, list.v[i].name, &err) < 0)
			code = netns_failed(n, EXIT_FAILED, &err);
	warren_netns_list_fini(&list);
	return code;
}

int netns_delete(struct netns *n, int argc, char **argv)
{
	struct warren_err err = WARREN_ERR_INIT;
	int r;

	if (n->all)
		return delete_all(n);
	if (argc < 1)
		return netns_fail(n, EXIT_FAILED, "No netns name specified");
	r = n->dry_run ? foretell(n, WARREN_NETNS_DELETE, argv[0], 0, &err)
		       : warren_netns_delete(n->c->warren, argv[0], &err);
	return r < 0 ? netns_failed(n, EXIT_FAILED, &err) : EXIT_OK;
}
