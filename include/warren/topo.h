/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WARREN_TOPO_H
#define WARREN_TOPO_H

#include <warren/warren.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A topology: what a file asks for, validated and complete. Ranges are
 * expanded, variables replaced, addresses handed out, routes computed. Reading
 * one has no effect on the machine.
 */
struct warren_topo;

/** A variable given from outside, as by `--set NAME=VALUE`; it replaces the file's. */
struct warren_var {
	const char *name;
	const char *value;
};

/**
 * Read a topology file.
 * @param w         the context (timings and log); may be NULL
 * @param path      the file; "-" is standard input
 * @param vars      variables that replace those of the file
 * @param n_vars    how many
 * @param[out] ret  release with warren_topo_free(); untouched on failure
 * @param errs      every error found, each with its place; may be NULL
 * @return 0, or the code of the first error
 */
int warren_topo_load(struct warren *w, const char *path, const struct warren_var *vars,
		     size_t n_vars, struct warren_topo **ret, struct warren_errs *errs);

/**
 * The same from memory.
 * @param w         the context; may be NULL
 * @param name      how errors name the text
 * @param text      need not be terminated
 * @param len       bytes of text
 * @param vars      variables that replace those of the file
 * @param n_vars    how many
 * @param[out] ret  release with warren_topo_free(); untouched on failure
 * @param errs      every error found; may be NULL
 * @return 0, or the code of the first error
 */
int warren_topo_parse(struct warren *w, const char *name, const char *text, size_t len,
		      const struct warren_var *vars, size_t n_vars, struct warren_topo **ret,
		      struct warren_errs *errs);

/**
 * Release a topology.
 * @param t  may be NULL
 */
void warren_topo_free(struct warren_topo *t);

/** @return the network's name; lives as long as the topology */
const char *warren_topo_name(const struct warren_topo *t);

struct warren_topo_counts {
	size_t namespaces; /* without the host and without switches */
	size_t switches;
	size_t links;
	size_t addresses;
	size_t routes;
	size_t expectations;
};

/** How much there is in a topology. */
void warren_topo_count(const struct warren_topo *t, struct warren_topo_counts *ret);

/**
 * The JSON schema of the topology file (draft 2020-12), made from the tables
 * that the parser reads by.
 * @return text to be freed with free(), or NULL without memory
 */
char *warren_topo_schema(void);

/**
 * The reference of the topology file, a table row a key, as scdoc text for warren-topology(5).
 * @return text to be freed with free(), or NULL without memory
 */
char *warren_topo_reference(void);

#ifdef __cplusplus
}
#endif

#endif
