/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"

#include "out.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <warren/process.h>

/* Not by getpwuid(3), for which a program with its C library inside would load another one. */
static const char *user_name(const struct warren_process_list *all, size_t i, char buf[64])
{
	const uid_t uid = all->v[i].uid;
	struct passwd *p = NULL;
	FILE *f;

	if (i > 0 && uid == all->v[i - 1].uid)
		return buf; /* it has the name already */
	f = fopen("/etc/passwd", "re");
	snprintf(buf, 64, "%u", (unsigned)uid);
	if (uid == (uid_t)-1)
		snprintf(buf, 64, "?");
	while (f && (p = fgetpwent(f)) != NULL && p->pw_uid != uid)
		;
	if (p)
		snprintf(buf, 64, "%s", p->pw_name);
	if (f)
		fclose(f);
	return buf;
}

static void print_text(const struct warren_process_list *all)
{
	struct out_table t = OUT_TABLE(6);
	static const char *const heads[] = { "NODE", "PID", "INSIDE", "USER", "BY", "COMMAND" };
	char user[64] = "";

	if (all->n == 0)
		return;
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		out_cell(&t, "%s", heads[i]);
	for (size_t i = 0; i < all->n; i++) {
		const struct warren_process *p = &all->v[i];

		out_cell(&t, "%s", p->node);
		out_cell(&t, "%d", (int)p->pid);
		out_cell(&t, "%d", (int)p->inside);
		out_cell(&t, "%s", user_name(all, i, user));
		out_cell(&t, "%s%s%s", warren_process_word(p->how), *p->what ? " " : "", p->what);
		out_cell(&t, "%s", p->command);
	}
	out_table_print(&t, stdout);
}

static void print_json(const struct warren_process_list *all)
{
	struct out_json j = OUT_JSON(stdout);
	char user[64] = "";

	out_array(&j, NULL);
	for (size_t i = 0; i < all->n; i++) {
		const struct warren_process *p = &all->v[i];

		out_object(&j, NULL);
		out_text(&j, "node", p->node);
		out_int(&j, "pid", p->pid);
		out_int(&j, "inside", p->inside);
		out_int(&j, "uid", p->uid == (uid_t)-1 ? -1 : (int64_t)p->uid);
		out_text(&j, "user", user_name(all, i, user));
		out_text(&j, "by", warren_process_word(p->how));
		if (*p->what)
			out_text(&j, warren_process_word(p->how), p->what);
		out_text(&j, "command", p->command);
		out_end(&j);
	}
	out_end(&j);
}

static int ps_run(struct cli *c, const void *o, int argc, char **argv, struct warren_errs *errs)
{
	struct warren_process_list all = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	int r = cli_enter(c, 0, errs);

	(void)o;
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == -ENOENT && argc > 0)
		return cli_fail(
			errs, r,
			"there is no namespace '%s', as no network is up; bring one up with 'warren up'",
			argv[0]);
	if (r == 0 && warren_processes(c->warren, argc ? (const char *const *)argv : NULL,
				       (size_t)argc, &all, &err) < 0)
		return warren_errs_add(errs, &err);
	if (c->json)
		print_json(&all);
	else if (c->verbosity >= 0)
		print_text(&all);
	warren_process_list_fini(&all);
	return EXIT_OK;
}

const struct verb verb_ps = {
	.name = "ps",
	.arguments = "[NODE]...",
	.summary = "list the processes in namespaces",
	.details =
		"Lists who is in each namespace with a name, or in each NODE: its number here and, in a pid "
		"namespace of its own, there; its user and command. What keeps a namespace alive without "
		"running in it is listed, too: a thread that went there, and by which descriptor a "
		"process has it open. Only the superuser sees other users' processes.",
	.max_args = -1,
	.flags = VERB_JSON,
	.complete = COMPLETE_NODE,
	.complete_rest = COMPLETE_NODE,
	.run = ps_run,
};
