/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOPO_YAML_H
#define TOPO_YAML_H

#include "topo/problem.h"

/*
 * A YAML file as a tree in which every value and every key knows its place.
 * An alias is a second way to the same value, so the tree may be a graph, but
 * has no cycles, and walking it visits at most YAML_VALUES_MOST values.
 */
enum yaml_kind { YAML_NULL, YAML_TEXT, YAML_LIST, YAML_MAP };

struct yaml_pair;

struct yaml {
	enum yaml_kind kind;
	bool plain;	 /* text without quotes */
	bool replaced;	 /* its variables are: see vars.h */
	uint32_t n;	 /* items or pairs */
	uint32_t weight; /* values in it, itself too, aliases followed; 0 while it is read */
	struct mark mark;
	union {
		const char *text; /* YAML_TEXT, and YAML_NULL as written */
		struct yaml **items;
		struct yaml_pair *pairs;
	};
};

struct yaml_pair {
	struct yaml *key; /* YAML_TEXT or YAML_NULL */
	struct yaml *value;
};

#define YAML_VALUES_MOST  (4u << 20)
#define YAML_ENTRIES_MOST (512u << 10) /* of one list; of one mapping half as many */
#define YAML_DEPTH_MOST	  64
#define YAML_BYTES_MOST	  (64u << 20)

struct yaml_file {
	struct yaml *root;	    /* a mapping; NULL after a problem */
	VEC(struct yaml *) dollars; /* texts with a '$' in them */
};

/**
 * Read YAML.
 * @param p         problems, one for bad syntax and one a duplicate key
 * @param a         what the tree lives in
 * @param text      the file
 * @param len       its bytes
 * @param[out] ret  release dollars with vec_fini(), also on failure
 * @return 0, also where problems were found, or -ENOMEM
 */
int yaml_read(struct problems *p, struct arena *a, const char *text, size_t len,
	      struct yaml_file *ret);

/** @return the value of a key of a mapping, or NULL */
const struct yaml *yaml_get(const struct yaml *map, const char *key);

#endif
