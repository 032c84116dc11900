/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"

#include <stddef.h>
#include <string.h>
#include <warren/netns.h>

struct exec_options {
	bool net_only;
};

static const struct option exec_options[] = {
	{ "net-only", 'N', OPTION_FLAG, NULL, offsetof(struct exec_options, net_only),
	  "enter the network namespace only: /sys, /etc and the host name are those of the host" },
	{ NULL },
};

static int exec_run(struct cli *c, const void *o, int argc, char **argv, struct warren_errs *errs)
{
	const struct exec_options *opt = o;
	char **command = argv + 1;

	if (argc > 1 && strcmp(*command, "--") == 0)
		command++;
	if (command == argv + argc)
		return cli_usage(errs, "exec: what shall run in '%s'?", argv[0]);
	return cli_command(c, argv[0], opt->net_only ? 0 : WARREN_NETNS_ALL | WARREN_NETNS_LEAN,
			   command, errs);
}

const struct verb verb_exec = {
	.name = "exec",
	.arguments = "NODE [--] COMMAND [ARGUMENT]...",
	.summary = "run a command in a node",
	.details =
		"The command takes warren's place: signals, the terminal and the exit code are its "
		"own. "
		"It sees the network, the /sys and the host name of the node, and in /etc the "
		"files of "
		"/etc/netns/NODE (without root: of etc/NODE in the user's directory for warren) in "
		"place "
		"of the host's. NODE is any namespace that 'warren netns list' shows, or 'host': "
		"where "
		"warren itself runs, which without root is the top namespace of the user's own.\n"
		"\n"
		"Where the node has no resolv.conf or no hosts, the host's is seen, read-only: what a "
		"DHCP client in the node writes must not come to the host. 'dns:' or 'hosts:' in the "
		"topology gives the node files of its own. Where it has one of the two, programs in it ask no "
		"name service cache of the host, which would look up there: the sockets of nscd and "
		"systemd-resolved (io.systemd.Resolve) that there are when the command starts are "
		"hidden.\n"
		"\n"
		"The files are put there when the command starts. What is written into one later "
		"is seen "
		"by commands that run already; one that is new, or replaced by renaming another "
		"over it, "
		"as editors do, only by those started later. Inside, none of them can be removed, nor "
		"another be renamed over it, as 'sed -i' does (\"Device or resource busy\"): write it "
		"in place. What the host mounts or unmounts later is "
		"seen inside, what a command mounts is seen by itself only.\n"
		"\n"
		"All but the network takes a mount namespace of the command's own, for which the kernel "
		"copies every mount of the host, and each named namespace is one. Where there are 64 or "
		"more, warren keeps a copy without them, which is copied instead: in it, /run/netns is "
		"read-only and has a link for each name that there is then. Names can be used as ever, "
		"but neither made nor removed, and later ones are missing; 'warren shell' and 'ip "
		"netns exec' have them all. --net-only does without a mount namespace.\n"
		"\n"
		"WARREN_NODE is set to NODE. Exit codes of warren itself: 1 no such node, 126 the "
		"command "
		"cannot be run, 127 it is not found.",
	.options = exec_options,
	.options_size = sizeof(struct exec_options),
	.min_args = 1,
	.max_args = -1,
	.flags = VERB_COMMAND | VERB_BECOMES,
	.complete = COMPLETE_NODE,
	.complete_rest = COMPLETE_COMMAND,
	.run = exec_run,
};
