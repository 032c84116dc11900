/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns.h"

#include "out.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A list of flat JSON objects, byte for byte as ip(8) prints it, plain and pretty. */
struct rows {
	bool pretty;
	size_t n; /* rows begun */
	size_t members;
};

static void rows_begin(const struct rows *r)
{
	fputs(r->pretty ? "[ " : "[", stdout);
}

static void row_begin(struct rows *r)
{
	fputs(r->n++ ? ",{" : "{", stdout);
	r->members = 0;
}

static void row_key(struct rows *r, const char *key)
{
	fputs(r->members++ ? "," : "", stdout);
	printf(r->pretty ? "\n        \"%s\": " : "\"%s\":", key);
}

static void row_number(struct rows *r, const char *key, int value)
{
	if (value < 0)
		return;
	row_key(r, key);
	printf("%d", value);
}

static void row_text(struct rows *r, const char *key, const char *value)
{
	if (!value)
		return;
	row_key(r, key);
	out_quoted(stdout, value);
}

static void row_end(const struct rows *r)
{
	fputs(r->pretty ? "\n    }" : "}", stdout);
}

static void rows_end(const struct rows *r)
{
	puts(r->pretty && r->n ? " ]" : "]");
}

static const char *kind_text(enum warren_netns_kind kind)
{
	switch (kind) {
	case WARREN_NETNS_LIVE:
		return "a network namespace";
	case WARREN_NETNS_STALE:
		return "only a file that no namespace is mounted on; 'netns delete' takes it away";
	case WARREN_NETNS_ALIEN:
		return "no network namespace";
	}
	return "unknown";
}

static void warn_of_strangers(const struct netns *n, const struct warren_netns_list *list)
{
	for (size_t i = 0; n->c->verbosity >= 0 && i < list->n; i++) {
		if (list->v[i].kind == WARREN_NETNS_LIVE)
			continue;
		fputs("warren: warning: \"", stderr);
		out_safe(stderr, list->v[i].name);
		fprintf(stderr, "\" is %s\n", kind_text(list->v[i].kind));
	}
}

/* ip(8) prints nothing, not even an empty list, before the directory is there. */
static bool is_missing(const struct netns *n)
{
	return access(warren_netns_dir(n->c->warren), F_OK) < 0;
}

int netns_list(struct netns *n, int argc, char **argv)
{
	struct warren_netns_list list = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	struct rows rows = { .pretty = n->pretty };

	(void)argc;
	(void)argv;
	if (warren_netns_list(n->c->warren, &list, &err) < 0)
		return netns_failed(n, EXIT_FAILED, &err);
	if (n->json && list.n == 0 && is_missing(n))
		return EXIT_OK;
	if (n->json)
		rows_begin(&rows);
	for (size_t i = 0; i < list.n; i++) {
		const struct warren_netns_entry *e = &list.v[i];

		if (n->json) {
			row_begin(&rows);
			row_text(&rows, "name", e->name);
			row_number(&rows, "id", e->nsid);
			row_end(&rows);
		} else if (e->nsid >= 0) {
			printf("%s (id: %d)\n", e->name, e->nsid);
		} else {
			puts(e->name);
		}
	}
	if (n->json)
		rows_end(&rows);
	warn_of_strangers(n, &list);
	warren_netns_list_fini(&list);
	return EXIT_OK;
}

struct id_query {
	int target, nsid;
};

static int id_arguments(struct netns *n, int argc, char **argv, struct id_query *q)
{
	const struct {
		const char *word;
		int *value;
	} words[] = { { "target-nsid", &q->target }, { "nsid", &q->nsid } };

	for (int i = 0; i < argc; i += 2) {
		size_t w = 0;

		while (w < 2 && strcmp(argv[i], words[w].word) != 0)
			w++;
		if (w == 2)
			return netns_usage(n, 0, NULL);
		if (*words[w].value >= 0)
			return netns_fail(n, NETNS_WRONG,
					  "duplicate \"%s\": \"%s\" is the second value", argv[i],
					  argv[i]);
		if (i + 1 == argc)
			return netns_fail(n, NETNS_WRONG,
					  "Command line is not complete: \"%s\" wants a value",
					  argv[i]);
		if (!netns_number(argv[i + 1], words[w].value))
			return netns_fail(n, NETNS_WRONG,
					  "argument \"%s\" is wrong: \"%s\" value is invalid",
					  argv[i + 1], argv[i]);
		if (*words[w].value < 0)
			return netns_fail(n, NETNS_WRONG,
					  "argument \"%s\" is wrong: \"%s\" value should be >= 0",
					  argv[i + 1], argv[i]);
	}
	return EXIT_OK;
}

static void print_nsid(const char *key, int nsid)
{
	if (nsid >= 0)
		printf("%s %d ", key, nsid);
	else
		printf("%s unassigned ", key);
}

static void print_ids(const struct netns *n, const struct warren_netns_ids *ids, bool target)
{
	struct rows rows = { .pretty = n->pretty };

	if (n->json)
		rows_begin(&rows);
	for (size_t i = 0; i < ids->n; i++) {
		const struct warren_netns_id *id = &ids->v[i];

		if (n->json) {
			row_begin(&rows);
			row_number(&rows, "nsid", id->nsid);
			row_number(&rows, "current-nsid", target ? id->current : -1);
			row_text(&rows, "name", id->name);
			row_end(&rows);
			continue;
		}
		print_nsid("nsid", id->nsid);
		if (target)
			print_nsid("current-nsid", id->current);
		if (id->name)
			printf("(iproute2 netns name: %s)", id->name);
		putchar('\n');
	}
	if (n->json)
		rows_end(&rows);
}

int netns_list_id(struct netns *n, int argc, char **argv)
{
	struct id_query q = { -1, -1 };
	struct warren_netns_ids ids = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	int r = id_arguments(n, argc, argv, &q);

	if (r)
		return r;
	r = warren_netns_ids(n->c->warren, q.target, q.nsid, &ids, &err);
	if (r < 0 && q.nsid >= 0)
		return netns_failed(n, NETNS_KERNEL, &err);
	if (r < 0) {
		if (n->json) /* so does ip(8) */
			print_ids(n, &ids, true);
		return netns_failed(n, EXIT_FAILED, &err);
	}
	print_ids(n, &ids, q.target >= 0);
	warren_netns_ids_fini(&ids);
	return EXIT_OK;
}

static bool is_pid(const char *text, pid_t *ret)
{
	unsigned long l;

	for (const char *s = text; *s; s++)
		if (!isdigit((unsigned char)*s))
			return false;
	l = strtoul(text, NULL, 10);
	*ret = l > INT_MAX ? INT_MAX : (pid_t)l; /* nobody has that one either */
	return *text != 0;
}

int netns_identify(struct netns *n, int argc, char **argv)
{
	struct warren_err err = WARREN_ERR_INIT;
	char *name = NULL;
	pid_t pid = 0;

	if (argc > 1)
		return netns_fail(n, EXIT_FAILED, "extra arguments specified");
	if (argc == 1 && !is_pid(argv[0], &pid))
		return netns_fail(n, EXIT_FAILED, "Specified string '%s' is not a pid", argv[0]);
	if (argc == 1 && pid == 0)
		return netns_fail(n, EXIT_FAILED,
				  "Cannot open network namespace: there is no process 0");
	if (warren_netns_identify(n->c->warren, pid, &name, &err) < 0)
		return netns_failed(n, EXIT_FAILED, &err);
	puts(name ? name : "");
	free(name);
	return EXIT_OK;
}

static void print_pids(const struct warren_netns_processes *p, uint64_t inode)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].inode == inode)
			printf("%d\n", (int)p->v[i].pid);
}

/* Not with ip(8): the processes of every name, in one pass over /proc, headed as by -all exec. */
static int pids_of_all(struct netns *n, const struct warren_netns_processes *p)
{
	struct warren_netns_list list = { 0 };
	struct warren_err err = WARREN_ERR_INIT;

	if (warren_netns_list(n->c->warren, &list, &err) < 0)
		return netns_failed(n, EXIT_FAILED, &err);
	for (size_t i = 0; i < list.n; i++) {
		if (list.v[i].kind != WARREN_NETNS_LIVE)
			continue;
		printf("\nnetns: %s\n", list.v[i].name);
		print_pids(p, list.v[i].inode);
	}
	warn_of_strangers(n, &list);
	warren_netns_list_fini(&list);
	return EXIT_OK;
}

int netns_pids(struct netns *n, int argc, char **argv)
{
	struct warren_netns_processes p = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	struct stat st = { 0 };
	int fd, code = EXIT_OK;

	if (argc < 1 && !n->all)
		return netns_fail(n, EXIT_FAILED, "No netns name specified");
	if (argc > 1)
		return netns_fail(n, EXIT_FAILED, "extra arguments specified");
	if (argc == 1) {
		fd = warren_netns_open(n->c->warren, argv[0], &err);
		if (fd < 0)
			return netns_failed(n, EXIT_FAILED, &err);
		fstat(fd, &st);
		close(fd);
	}
	if (warren_netns_processes(n->c->warren, &p, &err) < 0)
		return netns_failed(n, EXIT_FAILED, &err);
	if (argc == 1)
		print_pids(&p, st.st_ino);
	else
		code = pids_of_all(n, &p);
	warren_netns_processes_fini(&p);
	return code;
}

static int on_name(void *data, bool added, const char *name)
{
	(void)data;
	printf("%s %s\n", added ? "add" : "delete", name);
	return out_broken() ? EXIT_FAILED : 0;
}

int netns_monitor(struct netns *n, int argc, char **argv)
{
	struct warren_err err = WARREN_ERR_INIT;
	int r = warren_netns_monitor(n->c->warren, on_name, NULL, &err);

	(void)argc;
	(void)argv;
	if (r < 0 && r != -ECANCELED)
		return netns_failed(n, EXIT_FAILED, &err);
	return r;
}
