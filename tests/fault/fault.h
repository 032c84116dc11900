/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <warren/error.h>

/*
 * What happens where memory or files fail. A piece of work is done again and
 * again: first its first allocation fails, then its second, and so on until it
 * gets through; then all that once more with every later allocation failing,
 * too. Each time it must either fail with -ENOMEM and say something, or do all
 * that it does undisturbed; and leave nothing allocated.
 *
 * How: this program's malloc() stands before the C library's, so that failures
 * inside of libraries are had, too. With a sanitizer, which has its own, calls
 * are redirected by the linker (--wrap), and the sanitizer sees what leaks.
 */

/* What fails; a case has one. */
enum fault_kind {
	FAULT_MEMORY, /* -ENOMEM */
	FAULT_CALLS, /* system calls for files, mounts, namespaces, sockets; -EIO, or what is made of it */
};

/**
 * The work. It must leave nothing allocated but *ret.
 * @param data      of the case
 * @param[out] ret  where it succeeds: what came of it as text, made while fault_off(); to be freed
 * @param err       where it fails: why
 * @return 0 or a negative errno
 */
typedef int (*fault_fn)(const void *data, char **ret, struct warren_err *err);

struct fault_case {
	const char *name;
	enum fault_kind kind;
	bool refused; /* fails undisturbed, too */
	bool lossy; /* may succeed with less: a library that it uses does not tell what it could not keep */
	unsigned stride; /* every so many only, where all later calls fail, too; 0: each */
	fault_fn run;
	const void *data;
	/*
	 * Before each run, where something must be there. May be NULL.
	 */
	bool (*before)(const void *data);
	/*
	 * After each run: false (after a word on standard error) where it left what it may
	 * not; where all later calls failed, too, it could not clean up. May be NULL.
	 */
	bool (*after)(const void *data, int code, bool lasting);
};

/** Do a case, and print a line of TAP. @return whether all is well */
bool fault_run(const struct fault_case *c, int number);

/* Nothing fails, and nothing is counted, in between; nests. */
void fault_off(void);
void fault_on(void);

/** @return true where this call is to fail; what the replaced functions ask */
bool fault_hits(enum fault_kind kind);

/** Memory that was allocated (+1) or freed (-1). */
void fault_count(int change);

/** What fault-memory.c knows: whether it can count what is freed, too. */
extern const bool fault_counts;

#endif
