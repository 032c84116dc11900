/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_IMPORT_H
#define FUZZ_IMPORT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <warren/import.h>
#include <warren/topo.h>

/* Whatever is imported must be a topology: no label may break out of its comment, no name be unfit. */
static inline void must_be_topology(const char *text)
{
	struct warren_errs errs = WARREN_ERRS_INIT;
	struct warren_topo *t = NULL;
	char line[2048];

	if (warren_topo_parse(NULL, "imported", text, strlen(text), NULL, 0, &t, &errs) < 0) {
		fprintf(stderr, "%s\n%s", warren_err_format(&errs.v[0], line, sizeof(line)), text);
		abort();
	}
	warren_topo_free(t);
	warren_errs_fini(&errs);
}

/* Import bytes; either an error with its text or a topology comes out. */
static inline int fuzz_import(const uint8_t *data, size_t size, enum warren_import_format format)
{
	struct warren_import_options o = { .file = "input", .format = format };
	struct warren_errs errs = WARREN_ERRS_INIT;
	char *text = NULL;
	int r = warren_import(NULL, (const char *)data, size, &o, &text, &errs);

	if ((r < 0) != (errs.n > 0) || (r < 0) != (text == NULL))
		abort();
	if (text)
		must_be_topology(text);
	free(text);
	warren_errs_fini(&errs);
	return 0;
}

#endif
