/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns/hint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int hint_fail(struct warren_err *err, int code, const struct hint *hints, const char *fmt, ...)
{
	char what[sizeof(err->text)];
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	while (hints && hints->code && hints->code != -code)
		hints++;
	if (hints && hints->code)
		return warren_fail(err, code, "cannot %s: %s; %s", what, strerror(-code),
				   hints->text);
	return warren_fail(err, code, "cannot %s: %s", what, strerror(-code));
}
