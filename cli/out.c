/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "out.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bytes of the UTF-8 character at s; 0 where there is none (overlong, surrogate, cut). */
static size_t utf8(const unsigned char *s)
{
	static const struct {
		unsigned char mask, lead, low; /* low: least second byte after the least lead */
	} forms[] = { { 0xe0, 0xc0, 0 }, { 0xf0, 0xe0, 0xa0 }, { 0xf8, 0xf0, 0x90 } };

	if (*s < 0x80)
		return 1;
	for (size_t i = 0; i < 3; i++) {
		if ((*s & forms[i].mask) != forms[i].lead)
			continue;
		for (size_t k = 1; k < i + 2; k++)
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		if (*s < 0xc2 || *s > 0xf4 || (*s == forms[i].lead && s[1] < forms[i].low) ||
		    (*s == 0xed && s[1] > 0x9f) || (*s == 0xf4 && s[1] > 0x8f))
			return 0;
		return i + 2;
	}
	return 0;
}

void out_quoted(FILE *f, const char *text)
{
	static const char escaped[] = "\"\\\n\t\r\b\f", letters[] = "\"\\ntrbf";
	const unsigned char *s = (const unsigned char *)text;
	const char *e;

	fputc('"', f);
	while (*s) {
		size_t n = utf8(s);

		e = strchr(escaped, *s);
		if (n == 0)
			fputs("\\ufffd", f);
		else if (e)
			fprintf(f, "\\%c", letters[e - escaped]);
		else if (*s < 0x20)
			fprintf(f, "\\u%04x", *s);
		else
			fwrite(s, 1, n, f);
		s += n ? n : 1;
	}
	fputc('"', f);
}

static void member(struct out_json *j, const char *key)
{
	if (j->filled)
		fputc(',', j->f);
	j->filled = true;
	if (key) {
		out_quoted(j->f, key);
		fputc(':', j->f);
	}
}

static void begin(struct out_json *j, const char *key, char open, char close)
{
	member(j, key);
	fputc(open, j->f);
	if (j->depth < sizeof(j->close))
		j->close[j->depth] = close;
	j->depth++;
	j->filled = false;
}

void out_object(struct out_json *j, const char *key)
{
	begin(j, key, '{', '}');
}

void out_array(struct out_json *j, const char *key)
{
	begin(j, key, '[', ']');
}

void out_end(struct out_json *j)
{
	j->depth--;
	fputc(j->close[j->depth], j->f);
	j->filled = j->depth > 0;
	if (j->depth == 0)
		fputc('\n', j->f);
}

void out_text(struct out_json *j, const char *key, const char *text)
{
	member(j, key);
	if (text)
		out_quoted(j->f, text);
	else
		fputs("null", j->f);
}

void out_int(struct out_json *j, const char *key, int64_t n)
{
	member(j, key);
	fprintf(j->f, "%lld", (long long)n);
}

void out_uint(struct out_json *j, const char *key, uint64_t n)
{
	member(j, key);
	fprintf(j->f, "%llu", (unsigned long long)n);
}

void out_bool(struct out_json *j, const char *key, bool yes)
{
	member(j, key);
	fputs(yes ? "true" : "false", j->f);
}

void out_real(struct out_json *j, const char *key, double x)
{
	member(j, key);
	if (isfinite(x))
		fprintf(j->f, "%.12g", x);
	else
		fputs("null", j->f);
}

void out_raw(struct out_json *j, const char *key, const char *json)
{
	member(j, key);
	fputs(json, j->f);
}

void out_safe(FILE *f, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		size_t n = utf8(s);

		/* U+0080 to U+009F are control characters too. */
		if (n == 0 || *s < 0x20 || *s == 0x7f)
			fprintf(f, "\\x%02x", *s);
		else if (*s == 0xc2 && s[1] < 0xa0)
			fprintf(f, "\\x%02x", s[1]);
		else
			fwrite(s, 1, n, f);
		s += n ? n : 1;
	}
}

/* One paragraph, up to an empty line, a line that begins with a space, or the end. @return what follows */
static const char *wrap_paragraph(FILE *f, unsigned indent, unsigned width, const char *s)
{
	unsigned column = 0;

	while (*s) {
		size_t n = strcspn(s, " \n");

		if (column && indent + column + 1 + n > width) {
			fputc('\n', f);
			column = 0;
		}
		column += (unsigned)fprintf(f, "%*s%.*s", column ? 1 : (int)indent, "", (int)n, s) -
			  (column ? 0 : indent);
		s += n;
		while (*s == ' ')
			s++;
		if (*s == '\n' && (s[1] == '\n' || s[1] == ' ' || !s[1]))
			break;
		if (*s == '\n')
			s++;
	}
	fputc('\n', f);
	return *s ? s + 1 : s;
}

void out_wrap(FILE *f, unsigned indent, unsigned width, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n && *text != ' ') {
			text = wrap_paragraph(f, indent, width, text);
			continue;
		}
		if (n)
			fprintf(f, "%*s%.*s", (int)indent, "", (int)n, text);
		fputc('\n', f);
		text += n + (text[n] == '\n');
	}
}

const char *out_colour(enum out_colour c)
{
	static const char *const codes[] = {
		[OUT_PLAIN] = "\033[0m", [OUT_BOLD] = "\033[1m",   [OUT_DIM] = "\033[2m",
		[OUT_RED] = "\033[31m",	 [OUT_GREEN] = "\033[32m", [OUT_YELLOW] = "\033[33m",
		[OUT_BLUE] = "\033[34m",
	};
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if ((no && *no) || !term || strcmp(term, "dumb") == 0 || !isatty(STDOUT_FILENO))
		return "";
	return codes[c];
}

bool out_broken(void)
{
	return fflush(stdout) != 0 || ferror(stdout);
}

void out_cell(struct out_table *t, const char *fmt, ...)
{
	char **cells, *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		t->failed = true;
		return;
	}
	cells = realloc(t->cells, (t->n + 1) * sizeof(*cells));
	if (!cells) {
		t->failed = true;
		free(text);
		return;
	}
	t->cells = cells;
	t->cells[t->n++] = text;
}

/* Columns that a text takes, as out_safe() prints it and every character takes one. */
static unsigned columns_of(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned columns = 0;

	while (*s) {
		size_t n = utf8(s);
		bool escaped = n == 0 || *s < 0x20 || *s == 0x7f || (*s == 0xc2 && s[1] < 0xa0);

		columns += escaped ? 4 : 1;
		s += n ? n : 1;
	}
	return columns;
}

static unsigned column_width(const struct out_table *t, unsigned column)
{
	unsigned width = 0;

	for (size_t i = column; i < t->n; i += t->columns) {
		unsigned w = columns_of(t->cells[i]);

		width = w > width ? w : width;
	}
	return width;
}

void out_table_print(struct out_table *t, FILE *f)
{
	unsigned *widths = calloc(t->columns, sizeof(*widths));

	for (unsigned c = 0; widths && c < t->columns; c++)
		widths[c] = column_width(t, c);
	for (size_t i = 0; i < t->n; i++) {
		unsigned c = (unsigned)(i % t->columns);
		unsigned width = widths ? widths[c] : 0;

		out_safe(f, t->cells[i]);
		if (c + 1 == t->columns || i + 1 == t->n)
			fputc('\n', f);
		else
			fprintf(f, "%*s", (int)(width - columns_of(t->cells[i]) + 2), "");
		free(t->cells[i]);
	}
	if (t->failed)
		fputs("(the table is not whole: out of memory)\n", f);
	free(widths);
	free(t->cells);
	t->cells = NULL;
	t->n = 0;
}
