/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * What verbs print with. Nothing here fails: main looks at standard output
 * once, when the verb is done. A verb that prints without end asks
 * out_broken() now and then.
 */

/*
 * JSON, written as it goes, on one line:
 *
 *   struct out_json j = OUT_JSON(stdout);
 *   out_object(&j, NULL);
 *   out_text(&j, "name", "lab");
 *   out_array(&j, "steps");
 *   …
 *   out_end(&j);
 *   out_end(&j);   (the outermost one ends the line)
 *
 * `key` is NULL inside an array and for the outermost value.
 */
struct out_json {
	FILE *f;
	unsigned depth;
	bool filled;	/* the innermost value has a member */
	char close[32]; /* what ends each open value */
};

/* clang-format off */
#define OUT_JSON(file) { .f = (file) }
/* clang-format on */

/** Begin an object or an array. */
void out_object(struct out_json *j, const char *key);
void out_array(struct out_json *j, const char *key);
/** End the innermost one. */
void out_end(struct out_json *j);
/** A member. Bytes that are not UTF-8 become U+FFFD; text NULL is null. */
void out_text(struct out_json *j, const char *key, const char *text);
void out_int(struct out_json *j, const char *key, int64_t n);
void out_uint(struct out_json *j, const char *key, uint64_t n);
void out_bool(struct out_json *j, const char *key, bool yes);
/** With six decimals at most. */
void out_real(struct out_json *j, const char *key, double x);
/** JSON that is text already. */
void out_raw(struct out_json *j, const char *key, const char *json);

/** Print a JSON string: bytes that are not UTF-8 become U+FFFD. */
void out_quoted(FILE *f, const char *text);

/** Print text of unknown origin: control characters become \xNN, so that no name can steer a terminal. */
void out_safe(FILE *f, const char *text);

/**
 * Print paragraphs, wrapped. A line that begins with a space is printed as it is.
 * @param f       where
 * @param indent  spaces before each line
 * @param width   columns in all
 * @param text    paragraphs parted by empty lines
 */
void out_wrap(FILE *f, unsigned indent, unsigned width, const char *text);

/** Colours where standard output is a terminal that has them, else "". */
enum out_colour { OUT_PLAIN, OUT_BOLD, OUT_DIM, OUT_RED, OUT_GREEN, OUT_YELLOW, OUT_BLUE };
const char *out_colour(enum out_colour c);

/** Whether standard output cannot be written to any more. */
bool out_broken(void);

/*
 * A table: cells are kept, then printed with columns as wide as their widest
 * cell, two spaces apart.
 *
 *   struct out_table t = OUT_TABLE(3);
 *   out_cell(&t, "NAME"); …
 *   out_table_print(&t, stdout);   (releases it too)
 */
struct out_table {
	unsigned columns;
	size_t n;
	char **cells;
	bool failed; /* without memory */
};

/* clang-format off */
#define OUT_TABLE(n_columns) { .columns = (n_columns) }
/* clang-format on */

/** Add the next cell. */
void out_cell(struct out_table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** Print the rows and release the table. */
void out_table_print(struct out_table *t, FILE *f);

#endif
