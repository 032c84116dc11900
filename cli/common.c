/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

__attribute__((format(printf, 3, 0))) static int add(struct warren_errs *errs, int code,
						     const char *fmt, va_list ap)
{
	struct warren_err err = WARREN_ERR_INIT;
	char text[sizeof(err.text)];

	vsnprintf(text, sizeof(text), fmt, ap);
	warren_fail(&err, code, "%s", text);
	warren_errs_add(errs, &err);
	return code;
}

int cli_fail(struct warren_errs *errs, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(errs, code, fmt, ap);
	va_end(ap);
	return code;
}

int cli_usage(struct warren_errs *errs, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(errs, -EINVAL, fmt, ap);
	va_end(ap);
	return EXIT_USAGE;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t cli_elapsed(void)
{
	static uint64_t start;

	if (!start)
		start = now();
	return now() - start;
}

char *cli_duration(uint64_t ns, char buf[32])
{
	if (ns < 10000000)
		snprintf(buf, 32, "%.1f ms", (double)ns / 1e6);
	else if (ns < 1000000000)
		snprintf(buf, 32, "%.0f ms", (double)ns / 1e6);
	else
		snprintf(buf, 32, "%.2f s", (double)ns / 1e9);
	return buf;
}
