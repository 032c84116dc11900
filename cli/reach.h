/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_REACH_H
#define CLI_REACH_H

#include "common.h"
#include "out.h"

#include <warren/probe.h>

/* What ping and test share. */

/* Their common options; `timeout` and `count` of the verb's struct. */
#define REACH_OPTIONS(type)                                                                        \
	{ "timeout",                                                                               \
	  'W',                                                                                     \
	  OPTION_NUMBER,                                                                           \
	  "MS",                                                                                    \
	  offsetof(type, timeout),                                                                 \
	  "wait so many milliseconds for the answer to the last try (1000), half of it for the "   \
	  "one before, and so on" },                                                               \
	{                                                                                          \
		"count", 'c', OPTION_NUMBER, "N", offsetof(type, count),                           \
			"try so many times before giving up (3)"                                   \
	}

/** Check them. @return 0 or EXIT_USAGE */
int reach_options(unsigned long timeout, unsigned long count, struct warren_probe_options *ret,
		  struct warren_errs *errs);

/** Options -4 and -6 as a version. @param[out] ret  4, 6 or 0. @return 0 or EXIT_USAGE */
int reach_family(bool only4, bool only6, int *ret, struct warren_errs *errs);

/**
 * The topology to probe.
 * @param c         the program's context
 * @param arg       topology file, or name of a network that is up; NULL for warren.yaml
 * @param[out] other  where it is set, arg may mean something else; whether it does, and the
 *                  topology is that of warren.yaml. NULL: it may not
 * @param[out] ret  release with warren_topo_free()
 * @param errs      filled on failure
 * @return 0 or what the verb shall return
 */
int reach_topology(struct cli *c, const char *arg, bool *other, struct warren_topo **ret,
		   struct warren_errs *errs);

/** Members of a JSON object: from, to, address, ok, status, reason, hop, rtt_ms, tries. */
void reach_json(struct out_json *j, const struct warren_reach *r);

#endif
