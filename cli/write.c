/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"
#include "out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What stands in the way of writing to a file, found without doing it. @return 0 or a negative errno */
static int would_fail(const char *path, const struct stat *there)
{
	const char *slash = strrchr(path, '/');
	char *folder;
	int r;

	if (there)
		return S_ISDIR(there->st_mode) ? -EISDIR : access(path, W_OK) < 0 ? -errno : 0;
	folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	if (!folder)
		return -ENOMEM;
	r = access(folder, W_OK | X_OK) < 0 ? -errno : 0;
	free(folder);
	return r;
}

static int cannot(struct warren_errs *errs, const char *path, int code)
{
	static const struct {
		int code;
		const char *text;
	} hints[] = {
		{ -ENOENT, "; make the folder it is in first" },
		{ -EISDIR, "; name a file in it" },
		{ -EACCES, "; name a file that you may write, or - for standard output" },
		{ -EROFS, "; name a file elsewhere, or - for standard output" },
	};
	const char *hint = "";

	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (hints[i].code == code)
			hint = hints[i].text;
	return cli_fail(errs, code, "%s: cannot be written: %s%s", path, strerror(-code), hint);
}

/* --dry-run: a row as `plan` prints it. */
static int foretell(const struct cli *c, const char *path, size_t len, struct warren_errs *errs)
{
	struct stat st;
	bool there = stat(path, &st) == 0;
	int r = would_fail(path, there ? &st : NULL);
	char detail[64];
	struct warren_step step = { .verb = there ? WARREN_STEP_CHANGE : WARREN_STEP_ADD,
				    .object = "file",
				    .name = path,
				    .detail = detail };
	struct warren_steps steps = { .n = 1, .v = &step };
	struct out_json j = OUT_JSON(stdout);

	if (r < 0)
		return cannot(errs, path, r);
	snprintf(detail, sizeof(detail), "%zu bytes%s", len,
		 there ? ", in place of what it has" : "");
	if (!c->json) {
		cli_steps(&steps, NULL, NULL, NULL);
		return 0;
	}
	out_object(&j, NULL);
	cli_steps(&steps, NULL, "steps", &j);
	out_end(&j);
	return 0;
}

int cli_write(const struct cli *c, const char *path, const char *text, size_t len,
	      struct warren_errs *errs)
{
	FILE *f;
	int error;

	if (!path || !strcmp(path, "-")) {
		fwrite(text, 1, len, stdout); /* main looks at whether it went well */
		return 0;
	}
	if (c->dry_run)
		return foretell(c, path, len, errs);
	f = fopen(path, "we");
	if (!f)
		return cannot(errs, path, -errno);
	error = fwrite(text, 1, len, f) == len ? 0 : errno;
	if (fclose(f))
		error = error ? error : errno;
	return error ? cannot(errs, path, -error) : 0;
}
