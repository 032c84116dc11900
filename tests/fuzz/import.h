/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_IMPORT_H
#define FUZZ_IMPORT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <warren/import.h>
#include <yaml.h>

/* Whatever is imported must be YAML: no label may break out of its comment. */
static inline void must_be_yaml(const char *text)
{
	yaml_parser_t parser;
	yaml_document_t doc;

	if (!yaml_parser_initialize(&parser))
		return;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
	if (!yaml_parser_load(&parser, &doc))
		abort();
	yaml_document_delete(&doc);
	yaml_parser_delete(&parser);
}

/* Import bytes; either an error with its text or YAML comes out. */
static inline int fuzz_import(const uint8_t *data, size_t size, enum warren_import_format format)
{
	struct warren_import_options o = { .file = "input", .format = format };
	struct warren_errs errs = WARREN_ERRS_INIT;
	char *text = NULL;
	int r = warren_import(NULL, (const char *)data, size, &o, &text, &errs);

	if ((r < 0) != (errs.n > 0) || (r < 0) != (text == NULL))
		abort();
	if (text)
		must_be_yaml(text);
	free(text);
	warren_errs_fini(&errs);
	return 0;
}

#endif
