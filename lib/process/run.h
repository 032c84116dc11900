/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROCESS_RUN_H
#define PROCESS_RUN_H

#include <stddef.h>
#include <warren/error.h>

/**
 * Run a program as a filter and wait for it: bytes in, bytes out. No shell.
 * @param argv      the program, looked for in PATH, and its arguments; ended by NULL
 * @param input     its standard input
 * @param len       bytes of input
 * @param[out] ret  its standard output, terminated, to be freed; untouched on failure
 * @param[out] n    bytes of output; may be NULL
 * @param err       filled on failure, with the first line that it wrote to standard error
 * @return 0, -ENOENT (no such program), -EIO (it failed), or another negative errno
 */
int process_filter(const char *const *argv, const char *input, size_t len, char **ret, size_t *n,
		   struct warren_err *err);

#endif
