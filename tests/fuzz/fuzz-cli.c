/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any command line, an argument a line, for a verb with every kind of option
 * (the first byte chooses the verb's flags): parsing ends, keeps the arguments'
 * order, and loses none. Then the same bytes through what prints text.
 */
#include "option.h"
#include "out.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGS_MOST 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct own {
	bool flag;
	const char *text;
	struct text_list list;
	unsigned long number;
	unsigned count;
};

static const struct option options[] = {
	{ "flag", 'f', OPTION_FLAG, NULL, offsetof(struct own, flag), "" },
	{ "text", 't', OPTION_TEXT, "TEXT", offsetof(struct own, text), "" },
	{ "list", 'l', OPTION_LIST, "TEXT", offsetof(struct own, list), "" },
	{ "number", 'n', OPTION_NUMBER, "N", offsetof(struct own, number), "" },
	{ "count", 'c', OPTION_COUNT, NULL, offsetof(struct own, count), "" },
	{ NULL },
};

static int is_one_of(const char *arg, char **all, int n)
{
	for (int i = 0; i < n; i++)
		if (all[i] == arg)
			return 1;
	return 0;
}

static void parse(unsigned flags, char **argv, int argc)
{
	struct verb verb = { .name = "fuzz", .options = options, .flags = flags };
	struct globals globals = { 0 };
	struct own own = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	char *before[ARGS_MOST];
	struct option_parse p = {
		.verb = &verb, .own = &own, .globals = &globals, .argc = argc, .argv = argv
	};

	memcpy(before, argv, (size_t)argc * sizeof(*argv));
	if (option_parse(&p, &err) < 0) {
		assert(err.code < 0 && err.text[0]);
	} else {
		assert(p.argc >= 0 && p.argc <= argc);
		for (int i = 0; i < p.argc; i++)
			assert(is_one_of(p.argv[i], before, argc));
	}
	option_fini(options, &own);
	option_fini(global_options, &globals);
}

static void print(const char *text)
{
	static FILE *null;
	struct out_table t = OUT_TABLE(2);

	if (!null)
		null = fopen("/dev/null", "w");
	if (!null)
		abort();
	struct out_json j = OUT_JSON(null);

	out_object(&j, NULL);
	out_text(&j, text, text);
	out_end(&j);
	out_safe(null, text);
	out_wrap(null, 4, 40, text);
	out_cell(&t, "%s", text);
	out_cell(&t, "%s", text);
	out_cell(&t, "%s", text);
	out_table_print(&t, null);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *argv[ARGS_MOST], *text;
	int argc = 0;

	if (size == 0)
		return 0;
	text = malloc(size);
	if (!text)
		abort();
	memcpy(text, data + 1, size - 1);
	text[size - 1] = 0;
	print(text);
	for (char *line = text; line && argc < ARGS_MOST; argc++)
		argv[argc] = strsep(&line, "\n");
	parse(data[0], argv, argc);
	free(text);
	return 0;
}
