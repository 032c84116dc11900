/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import/graph.h"

#include "import/label.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/*
 * GML: a file is a list; a list is keys, each with a value; a value is a
 * number, a "string" or a list in brackets. '#' begins a comment.
 */
struct gml {
	const struct graph_source *source;
	const char *at, *end;
	int line, column; /* of `at`, from 1 */
	struct graph *graph;
	struct warren_err *err;
};

struct text {
	const char *s;
	size_t len;
};

/* Which list in which list describes what. */
static const struct {
	enum graph_part inside;
	const char *key;
	enum graph_part part;
} parts[] = {
	{ GRAPH_FILE, "graph", GRAPH_GRAPH },
	{ GRAPH_GRAPH, "node", GRAPH_NODE },
	{ GRAPH_GRAPH, "edge", GRAPH_EDGE },
};

static enum graph_part part_of(enum graph_part inside, const char *key)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].inside == inside && !strcmp(parts[i].key, key))
			return parts[i].part;
	return GRAPH_OTHER;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.' || c == ':';
}

static void step(struct gml *p)
{
	char c = *p->at++;

	if (c == '\n') {
		p->line++;
		p->column = 1;
	} else if (((unsigned char)c & 0xc0) != 0x80) {
		p->column++;
	}
}

static void skip_blanks(struct gml *p)
{
	bool comment = false;

	while (p->at < p->end && (comment || is_space(*p->at) || *p->at == '#')) {
		if (*p->at == '#')
			comment = true;
		else if (*p->at == '\n')
			comment = false;
		step(p);
	}
}

static int fail(struct gml *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int fail(struct gml *p, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return warren_fail_at(p->err, -EINVAL, p->source->file, p->line, p->column, "%s", text);
}

/* What stands at the place of an error, in words that are safe to print. */
static const char *found(const struct gml *p, char buf[16])
{
	unsigned char c;

	if (p->at >= p->end)
		return "the end of the file";
	c = (unsigned char)*p->at;
	snprintf(buf, 16, c > ' ' && c < 0x7f ? "'%c'" : "byte 0x%02x", c);
	return buf;
}

/* A word of key characters: a key, or a number as a value. Its first character is there. */
static struct text word(struct gml *p)
{
	struct text t = { p->at, 0 };

	while (p->at < p->end && (is_key_char(*p->at) || *p->at == '+'))
		step(p);
	t.len = (size_t)(p->at - t.s);
	return t;
}

static int string(struct gml *p, struct text *ret)
{
	struct gml start = *p;

	step(p);
	ret->s = p->at;
	while (p->at < p->end && *p->at != '"')
		step(p);
	if (p->at >= p->end)
		return fail(&start, "string without an end: a closing '\"' is missing");
	ret->len = (size_t)(p->at - ret->s);
	step(p);
	return 0;
}

/* Number as the grammar has it, and the words that programs write for those it has not. */
static bool is_number(struct text t)
{
	static const char *const words[] = { "nan", "inf", "infinity" };

	if (t.len && (*t.s == '-' || *t.s == '+')) {
		t.s++;
		t.len--;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (t.len == strlen(words[i]) && !strncasecmp(t.s, words[i], t.len))
			return true;
	if (!t.len || !((*t.s >= '0' && *t.s <= '9') || *t.s == '.'))
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (!strchr("0123456789.eE+-", t.s[i]))
			return false;
	return true;
}

static int scalar(struct gml *p, const char *key, struct text *ret, bool *quoted)
{
	struct gml start = *p;
	char buf[16];

	*quoted = p->at < p->end && *p->at == '"';
	if (*quoted)
		return string(p, ret);
	if (p->at < p->end && (is_key_char(*p->at) || *p->at == '+')) {
		*ret = word(p);
		if (is_number(*ret))
			return 0;
		return fail(&start, "value of '%.40s': '%.*s' is no number; text stands in quotes",
			    key, (int)(ret->len < 40 ? ret->len : 40), ret->s);
	}
	return fail(p, "value of '%.40s': found %s, want a number, a \"string\" or a list in []",
		    key, found(p, buf));
}

/* Keep a value where it is a field that matters; the first one of a field counts. */
static int keep(struct gml *p, struct graph_item *item, enum graph_field f, struct text t,
		bool quoted)
{
	struct arena *a = &p->graph->arena;
	char *copy;

	if (f == GRAPH_NO_FIELD || item->field[f] || (f == GRAPH_LABEL && !t.len))
		return 0;
	copy = f == GRAPH_LABEL ? label_clean(a, t.s, t.len, quoted) : arena_dup(a, t.s, t.len);
	if (!copy)
		return warren_fail(p->err, -ENOMEM, "out of memory");
	item->field[f] = copy;
	return 0;
}

static int key(struct gml *p, char buf[64])
{
	struct gml start = *p;
	char found_buf[16];
	struct text t;

	if (!is_key_char(*p->at) || (*p->at >= '0' && *p->at <= '9'))
		return fail(p, "found %s, want a key (a letter begins it)%s", found(p, found_buf),
			    *p->at == ']' ? ": a ']' too many" : "");
	t = word(p);
	if (t.len >= 64)
		return fail(&start, "key of %zu characters, want at most 63", t.len);
	memcpy(buf, t.s, t.len);
	buf[t.len] = 0;
	return 0;
}

/* The keys of one list, up to its ']' (which stays) or the end of the file. */
static int list(struct gml *p, enum graph_part part, struct graph_item *item, int depth)
{
	int r = 0;

	for (skip_blanks(p); !r && p->at < p->end && (*p->at != ']' || !depth); skip_blanks(p)) {
		struct graph_item inner = { .line = p->line, .column = p->column };
		enum graph_part inner_part;
		struct gml open;
		struct text t = { 0 };
		char name[64];
		bool quoted;

		r = key(p, name);
		if (r < 0)
			break;
		skip_blanks(p);
		if (p->at >= p->end || *p->at != '[') {
			r = scalar(p, name, &t, &quoted);
			if (!r)
				r = keep(p, item, graph_field(part, name), t, quoted);
			continue;
		}
		if (depth >= GRAPH_DEPTH_MAX)
			return fail(p, "more than %d lists in each other", GRAPH_DEPTH_MAX);
		open = *p;
		step(p);
		inner_part = part_of(part, name);
		r = list(p, inner_part, &inner, depth + 1);
		if (!r && p->at >= p->end)
			return fail(&open, "list '%s' without an end: a ']' is missing", name);
		if (!r) {
			step(p);
			r = graph_add(p->graph, inner_part, &inner, p->source, p->err);
		}
	}
	return r;
}

int gml_parse(const struct graph_source *s, struct graph *ret, struct warren_err *err)
{
	struct gml p = {
		.source = s,
		.at = s->text,
		.end = s->text + s->len,
		.line = 1,
		.column = 1,
		.graph = ret,
		.err = err,
	};
	struct graph_item nothing = { 0 };
	int r;

	if (s->len >= 3 && !memcmp(p.at, "\xef\xbb\xbf", 3)) /* the mark of UTF-8 */
		p.at += 3;
	r = list(&p, GRAPH_FILE, &nothing, 0);
	if (r < 0)
		return r;
	if (!ret->self.line)
		return warren_fail_at(err, -EINVAL, s->file, 1, 1,
				      "no 'graph [ ... ]' in it: is this GML?");
	return 0;
}
