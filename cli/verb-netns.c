/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns.h"

#include "usage.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int netns_failed(struct netns *n, int code, const struct warren_err *err)
{
	warren_errs_add(n->errs, err);
	return code;
}

int netns_fail(struct netns *n, int code, const char *fmt, ...)
{
	struct warren_err err = WARREN_ERR_INIT;
	char text[sizeof(err.text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	warren_fail(&err, -EINVAL, "%s", text);
	return netns_failed(n, code, &err);
}

bool netns_number(const char *text, int *ret)
{
	char *end;
	long l;

	errno = 0;
	l = strtol(text, &end, 0);
	if (end == text || *end || errno || l < INT_MIN || l > INT_MAX)
		return false;
	*ret = (int)l;
	return true;
}

int netns_usage(struct netns *n, int argc, char **argv)
{
	(void)n;
	(void)argc;
	(void)argv;
	fputs("Usage:	warren netns list\n"
	      "	warren netns add NAME\n"
	      "	warren netns attach NAME PID\n"
	      "	warren netns set NAME NETNSID\n"
	      "	warren netns [-all] delete [NAME]\n"
	      "	warren netns identify [PID]\n"
	      "	warren netns [-all] pids [NAME]\n"
	      "	warren netns [-all] exec [NAME] cmd ...\n"
	      "	warren netns monitor\n"
	      "	warren netns list-id [target-nsid POSITIVE-INT] [nsid POSITIVE-INT]\n"
	      "NETNSID := auto | POSITIVE-INT\n"
	      "Options before the command: -all, -json, -pretty, -netns NAME, -dry-run\n",
	      stderr);
	return NETNS_WRONG;
}

/* In this order, as a command may be cut to any of its beginnings: "s" is show, "l" is list. */
static const struct command {
	const char *name;
	int (*run)(struct netns *n, int argc, char **argv);
	unsigned enter; /* WARREN_ENTER_* */
	bool changes;	/* takes --dry-run */
} commands[] = {
	{ "list", netns_list, 0 },
	{ "show", netns_list, 0 },
	{ "lst", netns_list, 0 },
	{ "list-id", netns_list_id, 0 },
	{ "help", netns_usage, 0 },
	{ "add", netns_add, WARREN_ENTER_MAKE, true },
	{ "set", netns_set, 0, true },
	{ "delete", netns_delete, 0, true },
	{ "identify", netns_identify, 0 },
	{ "pids", netns_pids, 0 },
	{ "exec", netns_exec, 0 },
	{ "monitor", netns_monitor, 0 },
	{ "attach", netns_attach, WARREN_ENTER_MAKE, true },
};

/* For completion. */
static const struct verb_command netns_commands[] = {
	{ "list" },
	{ "list-id" },
	{ "help" },
	{ "add" },
	{ "set", COMPLETE_NAMESPACE },
	{ "delete", COMPLETE_NAMESPACE },
	{ "identify" },
	{ "pids", COMPLETE_NAMESPACE },
	{ "exec", COMPLETE_NAMESPACE, COMPLETE_COMMAND },
	{ "monitor" },
	{ "attach" },
	{ "-all" },
	{ "-json" },
	{ "-pretty" },
	{ "-netns", COMPLETE_NAMESPACE },
	{ "-dry-run" },
	{ "-help" },
	{ NULL },
};

static bool begins(const char *whole, const char *start)
{
	return *start && strncmp(whole, start, strlen(start)) == 0;
}

static const struct command *find_command(const char *word)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (begins(commands[i].name, word))
			return &commands[i];
	return NULL;
}

/*
 * The options of ip(8), which may be cut too; those that mean nothing here are taken and
 * forgotten. The last is not one of them, and so takes no beginning away from any.
 */
enum { MEANS_NOTHING, MEANS_ALL, MEANS_JSON, MEANS_PRETTY, MEANS_NETNS, MEANS_HELP, MEANS_DRY_RUN };

static const struct ip_option {
	const char *name;
	int means;
	bool has_value;
} ip_options[] = {
	{ "loops", MEANS_NOTHING, true },	{ "family", MEANS_NOTHING, true },
	{ "4", MEANS_NOTHING, false },		{ "6", MEANS_NOTHING, false },
	{ "0", MEANS_NOTHING, false },		{ "human-readable", MEANS_NOTHING, false },
	{ "iec", MEANS_NOTHING, false },	{ "stats", MEANS_NOTHING, false },
	{ "statistics", MEANS_NOTHING, false }, { "details", MEANS_NOTHING, false },
	{ "resolve", MEANS_NOTHING, false },	{ "oneline", MEANS_NOTHING, false },
	{ "timestamp", MEANS_NOTHING, false },	{ "tshort", MEANS_NOTHING, false },
	{ "brief", MEANS_NOTHING, false },	{ "json", MEANS_JSON, false },
	{ "rcvbuf", MEANS_NOTHING, true },	{ "color", MEANS_NOTHING, false },
	{ "help", MEANS_HELP, false },		{ "netns", MEANS_NETNS, true },
	{ "Numeric", MEANS_NOTHING, false },	{ "all", MEANS_ALL, false },
	{ "pretty", MEANS_PRETTY, false },	{ "dry-run", MEANS_DRY_RUN, false },
};

static const struct ip_option *find_option(const char *word)
{
	word += word[1] == '-' ? 2 : 1;
	for (size_t i = 0; i < sizeof(ip_options) / sizeof(ip_options[0]); i++)
		if (begins(ip_options[i].name, word))
			return &ip_options[i];
	return NULL;
}

static void set_option(struct netns *n, const struct ip_option *o, const char *value,
		       const char **netns)
{
	switch (o->means) {
	case MEANS_ALL:
		n->all = true;
		break;
	case MEANS_JSON:
		n->json = true;
		break;
	case MEANS_PRETTY:
		n->pretty = true;
		break;
	case MEANS_HELP:
		n->help = true;
		break;
	case MEANS_NETNS:
		*netns = value;
		break;
	case MEANS_DRY_RUN:
		n->dry_run = true;
		break;
	default:
		break;
	}
}

/* @return how many arguments were options, or NETNS_WRONG negated */
static int take_options(struct netns *n, int argc, char **argv, const char **netns)
{
	const struct ip_option *o;
	int i;

	for (i = 0; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--") == 0)
			return i + 1;
		o = find_option(argv[i]);
		if (!o)
			return -netns_fail(n, NETNS_WRONG,
					   "Option \"%s\" is unknown, try \"warren netns help\"",
					   argv[i]);
		if (o->has_value && i + 1 == argc)
			return -netns_fail(n, NETNS_WRONG, "option \"%s\" wants a value", argv[i]);
		i += o->has_value;
		set_option(n, o, argv[i], netns);
	}
	return i;
}

/* Where an ordinary user has namespaces of his own, these are meant. */
static int go_in(struct netns *n, unsigned flags, const char *netns)
{
	struct warren_err err = WARREN_ERR_INIT;
	int r = cli_enter(n->c, flags, n->errs);

	if (r < 0 && (r != -ENOENT || flags))
		return EXIT_FAILED;
	if (netns && warren_netns_enter(n->c->warren, netns, 0, &err) < 0)
		return netns_failed(n, NETNS_WRONG, &err);
	return EXIT_OK;
}

static int netns_run(struct cli *c, const void *o, int argc, char **argv, struct warren_errs *errs)
{
	struct netns n = { .c = c, .errs = errs, .json = c->json, .dry_run = c->dry_run };
	const struct command *command;
	const char *netns = NULL;
	int r = take_options(&n, argc, argv, &netns);

	(void)o;
	if (r < 0)
		return -r;
	argc -= r;
	argv += r;
	if (n.help) {
		usage_verb(stdout, usage_find("netns"));
		return EXIT_OK;
	}
	command = argc > 0 ? find_command(argv[0]) : &commands[0];
	if (!n.all && argc > 1 && !warren_netns_name_ok(argv[1]))
		return netns_fail(&n, NETNS_WRONG, "Invalid netns name \"%s\"", argv[1]);
	if (!command)
		return netns_fail(&n, NETNS_WRONG,
				  "Command \"%s\" is unknown, try \"warren netns help\"", argv[0]);
	if (n.dry_run && !command->changes)
		return netns_fail(&n, NETNS_WRONG,
				  "\"%s\" takes no -dry-run; add, attach, set and delete do",
				  command->name);
	r = go_in(&n, command->enter, netns);
	if (r)
		return r;
	return command->run(&n, argc > 0 ? argc - 1 : 0, argc > 0 ? argv + 1 : argv);
}

const struct verb verb_netns = {
	.name = "netns",
	.arguments = "[OPTION]... [COMMAND [ARGUMENT]...]",
	.summary = "do what 'ip netns' does, with its words",
	.details =
		"Commands: list, list-id, add, attach, set, identify, pids, monitor, exec, delete, help. "
		"They take the arguments and print the output of ip-netns(8), and may be cut to their "
		"beginnings. Options, before the command: -all, -json, -pretty, -netns NAME, and for those "
		"that change something -dry-run. See warren-netns(8).",
	.min_args = 0,
	.max_args = -1,
	.flags = VERB_RAW | VERB_JSON | VERB_DRY_RUN,
	.complete = COMPLETE_WORDS,
	.commands = netns_commands,
	.run = netns_run,
};
