/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <warren/error.h>

/* What any call can meet: the remedy is said where a text ends with the bare reason. */
static const char *remedy_of(int code)
{
	switch (-code) {
	case EMFILE:
		return "raise the limit of open files (ulimit -n)";
	case ENFILE:
		return "raise the sysctl fs.file-max";
	default:
		return NULL;
	}
}

static void add_remedy(struct warren_err *err)
{
	const char *remedy = remedy_of(err->code), *why = remedy ? strerror(-err->code) : "";
	size_t n = strlen(err->text), m = strlen(why);

	if (remedy && n >= m && !strcmp(err->text + n - m, why))
		snprintf(err->text + n, sizeof(err->text) - n, "; %s", remedy);
}

static __attribute__((format(printf, 3, 0))) void fill(struct warren_err *err, int code,
						       const char *fmt, va_list ap)
{
	memset(err, 0, sizeof(*err));
	err->code = code;
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	add_remedy(err);
}

int warren_fail(struct warren_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	fill(err, code, fmt, ap);
	va_end(ap);
	return code;
}

int warren_fail_at(struct warren_err *err, int code, const char *file, int line, int column,
		   const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	fill(err, code, fmt, ap);
	va_end(ap);
	if (file)
		snprintf(err->file, sizeof(err->file), "%s", file);
	err->line = line;
	err->column = column;
	return code;
}

void warren_err_prefix(struct warren_err *err, const char *fmt, ...)
{
	char text[sizeof(err->text)];
	va_list ap;
	size_t n;

	if (!err || !err->code)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	n = strlen(text);
	snprintf(text + n, sizeof(text) - n, ": %s", err->text);
	memcpy(err->text, text, sizeof(text));
}

char *warren_err_format(const struct warren_err *err, char *buf, size_t size)
{
	if (err->file[0] && err->line)
		snprintf(buf, size, "%s:%d:%d: %s", err->file, err->line, err->column, err->text);
	else if (err->file[0])
		snprintf(buf, size, "%s: %s", err->file, err->text);
	else
		snprintf(buf, size, "%s", err->text);
	return buf;
}

int warren_errs_add(struct warren_errs *errs, const struct warren_err *err)
{
	struct warren_err *v;

	if (!errs)
		return err->code;
	errs->total++;
	if (errs->n >= WARREN_ERRS_KEPT)
		return err->code;
	v = realloc(errs->v, (errs->n + 1) * sizeof(*v));
	if (!v)
		return -ENOMEM;
	errs->v = v;
	errs->v[errs->n++] = *err;
	return err->code;
}

void warren_errs_fini(struct warren_errs *errs)
{
	if (!errs)
		return;
	free(errs->v);
	memset(errs, 0, sizeof(*errs));
}
