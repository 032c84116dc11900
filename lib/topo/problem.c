/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/problem.h"

#include "base/nearest.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 4, 0))) static void record(struct problems *p, struct mark at,
							 int code, const char *fmt, va_list ap)
{
	struct warren_err err = WARREN_ERR_INIT;
	char text[sizeof(err.text)];

	vsnprintf(text, sizeof(text), fmt, ap);
	warren_fail_at(&err, code, p->file, (int)at.line, (int)at.column, "%s", text);
	if (!p->n++)
		p->code = code;
	warren_errs_add(p->errs, &err);
}

void problem(struct problems *p, struct mark at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(p, at, -EINVAL, fmt, ap);
	va_end(ap);
}

void problem_code(struct problems *p, struct mark at, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(p, at, code, fmt, ap);
	va_end(ap);
}

const char *hint_nearest(const struct problems *p, struct hint *buf, const char *word,
			 const char *(*at)(const void *data, size_t i), const void *data)
{
	/* Every letter is like every other: no hint for one alone. */
	const char *near = NULL;

	if (p->n < WARREN_ERRS_KEPT && strlen(word) > 1)
		near = nearest(word, at, data);

	buf->text[0] = 0;
	if (near)
		snprintf(buf->text, sizeof(buf->text), "; did you mean '%s'?", near);
	return buf->text;
}
