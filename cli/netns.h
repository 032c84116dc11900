/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_NETNS_H
#define CLI_NETNS_H

#include "common.h"

#include <warren/netns.h>

/*
 * `warren netns`: what its files share. A command returns the exit code that
 * ip netns(8) has for the same: 1 it failed, 2 the kernel refused a request,
 * 255 the arguments are wrong.
 */
#define NETNS_KERNEL 2
#define NETNS_WRONG  255

struct netns {
	struct cli *c;
	struct warren_errs *errs;
	bool all, json, pretty, help, dry_run;
};

/** Add an error. @return code */
int netns_fail(struct netns *n, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** Add the library's error. @return code */
int netns_failed(struct netns *n, int code, const struct warren_err *err);

/** A number as strtol(3) takes it, base by its prefix. @return whether it is one, and an int */
bool netns_number(const char *text, int *ret);

int netns_add(struct netns *n, int argc, char **argv);
int netns_attach(struct netns *n, int argc, char **argv);
int netns_set(struct netns *n, int argc, char **argv);
int netns_delete(struct netns *n, int argc, char **argv);
int netns_list(struct netns *n, int argc, char **argv);
int netns_list_id(struct netns *n, int argc, char **argv);
int netns_identify(struct netns *n, int argc, char **argv);
int netns_pids(struct netns *n, int argc, char **argv);
int netns_monitor(struct netns *n, int argc, char **argv);
int netns_exec(struct netns *n, int argc, char **argv);

/** Print the synopsis to standard error. @return NETNS_WRONG */
int netns_usage(struct netns *n, int argc, char **argv);

#endif
