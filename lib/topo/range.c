/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/range.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DIGITS_MOST 9

struct cursor {
	const char *s;
	const char *why;
};

static uint32_t read_number(struct cursor *c, uint8_t *digits)
{
	uint32_t v = 0;

	for (*digits = 0; *c->s >= '0' && *c->s <= '9'; c->s++) {
		if (++*digits > DIGITS_MOST) {
			c->why = "a number in the brackets has too many digits";
			return 0;
		}
		v = v * 10 + (uint32_t)(*c->s - '0');
	}
	if (!*digits)
		c->why = "a number belongs in the brackets, as in h[1-3] or h[1,3,7-9]";
	return v;
}

static struct range_span read_span(struct cursor *c)
{
	const char *start = c->s;
	struct range_span span = { 0 };
	uint8_t digits, last_digits;

	span.first = span.last = read_number(c, &digits);
	if (c->why)
		return span;
	last_digits = digits;
	if (*c->s == '-') {
		c->s++;
		span.last = read_number(c, &last_digits);
	}
	if (!c->why && span.last < span.first)
		c->why = "the range counts down; write the smaller number first";
	if (*start == '0' && digits > 1)
		span.width = digits;
	if (!c->why && span.width && last_digits < digits)
		c->why = "with leading zeros both ends need as many digits, as in h[01-10]";
	return span;
}

static int read_spans(struct arena *a, struct cursor *c, struct range_part *part)
{
	struct range_span spans[RANGE_SPANS_MOST];
	struct range_span *copy;

	for (part->n_spans = 0, part->n = 0; !c->why;) {
		if (part->n_spans == RANGE_SPANS_MOST) {
			c->why = "too many numbers in one pair of brackets";
			return 0;
		}
		spans[part->n_spans] = read_span(c);
		part->n += spans[part->n_spans].last - spans[part->n_spans].first + 1;
		part->n_spans++;
		if (*c->s != ',')
			break;
		c->s++;
	}
	if (!c->why && *c->s != ']')
		c->why = "'[' without ']', or something between them that is no number";
	if (c->why)
		return 0;
	c->s++;
	copy = arena_alloc(a, part->n_spans * sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, spans, part->n_spans * sizeof(*copy));
	part->spans = copy;
	return 0;
}

static uint64_t times(uint64_t a, uint64_t b)
{
	return b && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

int range_parse(struct arena *a, const char *text, struct range *ret, const char **why)
{
	struct range range = { .n = 1 };
	struct cursor c = { text, NULL };

	while (*c.s && !c.why) {
		struct range_part *part = &range.part[range.n_parts];

		if (range.n_parts == RANGE_PARTS_MOST) {
			c.why = "too many ranges in one name";
			break;
		}
		range.n_parts++;
		part->text = c.s;
		part->len = strcspn(c.s, "[]");
		c.s += part->len;
		if (*c.s == ']')
			c.why = "']' without '['";
		else if (*c.s == '[' && c.s++ && read_spans(a, &c, part) < 0)
			return -ENOMEM;
		if (part->n_spans)
			range.n = times(range.n, part->n);
	}
	*why = c.why;
	if (!c.why)
		*ret = range;
	return 0;
}

/* Number i of a part's spans, as text. */
static int put_number(const struct range_part *part, uint64_t i, char *buf, size_t size)
{
	const struct range_span *s = part->spans;

	for (; i > s->last - s->first; s++)
		i -= s->last - s->first + 1;
	return snprintf(buf, size, "%0*u", s->width, s->first + (uint32_t)i);
}

char *range_name(const struct range *r, uint64_t i, char buf[RANGE_NAME_MOST])
{
	uint64_t at[RANGE_PARTS_MOST] = { 0 };
	size_t used = 0;

	for (uint32_t k = r->n_parts; k-- > 0;) {
		if (!r->part[k].n_spans)
			continue;
		at[k] = i % r->part[k].n;
		i /= r->part[k].n;
	}
	buf[0] = 0;
	for (uint32_t k = 0; k < r->n_parts; k++) {
		if (r->part[k].len >= RANGE_NAME_MOST - used)
			return NULL;
		memcpy(buf + used, r->part[k].text, r->part[k].len);
		used += r->part[k].len;
		buf[used] = 0;
		if (r->part[k].n_spans)
			used += (size_t)put_number(&r->part[k], at[k], buf + used,
						   RANGE_NAME_MOST - used);
		if (used >= RANGE_NAME_MOST)
			return NULL;
	}
	return buf;
}
