/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_COMMON_H
#define CLI_COMMON_H

#include "verb.h"

#include <warren/plan.h>

#define CLI_DEFAULT_FILE "warren.yaml"

/** Add an error to a list. @return code */
int cli_fail(struct warren_errs *errs, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** Add an error that is a mistake in the command line. @return EXIT_USAGE */
int cli_usage(struct warren_errs *errs, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * Load the topology that a verb's arguments name: the first, or warren.yaml;
 * with the variables of --set.
 * @param c         the program's context
 * @param argc      arguments of the verb
 * @param argv      they
 * @param[out] ret  release with warren_topo_free(); untouched on failure
 * @param errs      filled on failure
 * @return 0, or what the verb shall return
 */
int cli_topology(struct cli *c, int argc, char **argv, struct warren_topo **ret,
		 struct warren_errs *errs);

/**
 * The network that an argument FILE or NAME means: one that is up, or of which anything is
 * left, by that name or from that file, else the one that the file describes.
 * @param c         the program's context, entered where there is anything to enter
 * @param arg       as typed; NULL for warren.yaml
 * @param[out] ret  name, to be freed; untouched on failure
 * @param errs      filled on failure
 * @return 0, or what the verb shall return
 */
int cli_network(struct cli *c, const char *arg, char **ret, struct warren_errs *errs);

/**
 * The topology that an argument FILE or NAME means: by the name of a network
 * that is up, what was last applied; a file, what it says now.
 * @param arg       as typed; NULL for warren.yaml
 * @param[out] ret  release with warren_topo_free(); untouched on failure
 * @return 0, or what the verb shall return
 */
int cli_topology_of(struct cli *c, const char *arg, struct warren_topo **ret,
		    struct warren_errs *errs);

/**
 * Whether a first argument means a network, and not something in the one of warren.yaml.
 * @param arg       as typed; NULL for none
 * @param[out] ret  whether it can only be a file, or names a network that is up
 * @param errs      filled on failure: it means neither, and there is no warren.yaml
 * @return 0, or what the verb shall return
 */
int cli_means_network(struct cli *c, const char *arg, bool *ret, struct warren_errs *errs);

/** Whether an argument FILE or NAME can only be a file: it has a '/', an ending of YAML, or is "-". */
bool cli_means_file(const char *arg);

/**
 * Enter the user's namespaces.
 * @param c      the program's context
 * @param flags  WARREN_ENTER_*
 * @param errs   filled on failure
 * @return 0 or a negative errno; -ENOENT (nothing is up) adds no error
 */
int cli_enter(struct cli *c, unsigned flags, struct warren_errs *errs);

/** The same for a verb that can do nothing where nothing is up: that is an error, too. */
int cli_enter_up(struct cli *c, struct warren_errs *errs);

/**
 * Become a command in a node. Returns only on failure.
 * @param c     the program's context
 * @param node   where
 * @param flags  how far it goes in, see warren_node_enter()
 * @param argv   program and arguments, ended by NULL
 * @param errs   filled
 * @return what the verb shall return
 */
int cli_command(struct cli *c, const char *node, unsigned flags, char *const argv[],
		struct warren_errs *errs);

/** Become a command where the process is. Returns only on failure, with what the verb shall return. */
int cli_become(char *const argv[], struct warren_errs *errs);

/**
 * End the user's namespaces if nothing is left in them: after each verb that entered them, as one
 * that found others inside left that to the last. A failure is logged only.
 */
void cli_leave(struct cli *c);

/**
 * Write what a verb made; with --dry-run, only say which file that would be.
 * @param c     the program's context
 * @param path  a file, which is replaced; NULL or "-" for standard output
 * @param text  bytes
 * @param len   how many
 * @param errs  filled on failure
 * @return 0 or a negative errno
 */
int cli_write(const struct cli *c, const char *path, const char *text, size_t len,
	      struct warren_errs *errs);

struct out_json;

/** Print where the time went: as a table on standard error, or as member "timings" of a JSON object. */
void cli_timings(const struct cli *c, struct out_json *j);

/** Print steps, as "+ namespace h1" lines or as a member of a JSON object. */
void cli_steps(const struct warren_steps *s, const char *file, const char *key, struct out_json *j);

/** Print the parts of a result: "7 added, 1 changed", or members of a JSON object. */
void cli_result_text(const struct warren_result *res);
void cli_result_json(const struct warren_result *res, struct out_json *j);

/** Print a plan; what `plan` and --dry-run do. `file` may be NULL. */
void cli_plan_print(const struct cli *c, const char *name, const char *file,
		    const struct warren_steps *s);

/** Plan the `up` of a topology and print it. @return EXIT_OK or a negative errno */
int cli_plan_up(struct cli *c, const struct warren_topo *t, const char *file,
		struct warren_errs *errs);

/** Nanoseconds since the program started. */
uint64_t cli_elapsed(void);

/** @return a duration in words, "4 ms" or "1.2 s", in buf */
char *cli_duration(uint64_t ns, char buf[32]);

#endif
