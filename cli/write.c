/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int cli_write(const char *path, const char *text, size_t len, struct warren_errs *errs)
{
	FILE *f;
	int error;

	if (!path || !strcmp(path, "-")) {
		fwrite(text, 1, len, stdout); /* main looks at whether it went well */
		return 0;
	}
	f = fopen(path, "we");
	if (!f)
		return cli_fail(errs, -errno, "%s: cannot be written: %s", path, strerror(errno));
	error = fwrite(text, 1, len, f) == len ? 0 : errno;
	if (fclose(f))
		error = error ? error : errno;
	if (error)
		return cli_fail(errs, -error, "%s: cannot be written: %s", path, strerror(error));
	return 0;
}
