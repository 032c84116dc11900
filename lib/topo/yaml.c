/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/yaml.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

#define MERGES_MOST 16			   /* mappings that one '<<' brings in */
#define MERGED_MOST (YAML_VALUES_MOST / 2) /* pairs that all of a file do; each is two values */

struct frame {
	struct yaml *node;
	size_t first; /* of its children in items */
};

struct builder {
	struct problems *p;
	struct arena *arena;
	struct yaml_file *file;
	const char *input;
	size_t input_len;
	struct frame open[YAML_DEPTH_MOST];
	size_t depth;
	VEC(struct yaml *) items; /* children of all open collections */
	struct map anchors;	  /* name -> index in anchored */
	VEC(struct yaml *) anchored;
	uint32_t values;
	size_t merged;	     /* pairs that '<<' brought in */
	uint32_t duplicates; /* keys found twice by the event at hand */
};

static struct mark mark_of(const yaml_mark_t *m)
{
	return (struct mark){ (uint32_t)m->line + 1, (uint32_t)m->column + 1 };
}

/* Null as YAML 1.1 has it. */
static bool is_null(const char *s)
{
	return !*s || !strcmp(s, "~") || !strcmp(s, "null") || !strcmp(s, "Null") ||
	       !strcmp(s, "NULL");
}

static bool stop(struct builder *b, struct mark at, const char *why)
{
	problem(b->p, at, "%s", why);
	return false;
}

/* The pairs of other mappings, where the mapping has none of that key itself. */
static int take_pairs(struct builder *b, struct yaml *map, struct yaml *const *from, uint32_t n,
		      size_t most, struct map *seen)
{
	struct yaml_pair *pairs = arena_alloc(b->arena, (map->n + most) * sizeof(*pairs));
	int failed = 0;

	if (!pairs)
		return -ENOMEM;
	if (map->n)
		memcpy(pairs, map->pairs, map->n * sizeof(*pairs));
	map->pairs = pairs;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < from[i]->n && !failed; k++) {
			const struct yaml_pair *pair = &from[i]->pairs[k];

			if (map_put_str(seen, pair->key->text, map->n, &failed) == MAP_NONE)
				pairs[map->n++] = *pair;
		}
	return failed ? -ENOMEM : 0;
}

/* "<<": another mapping, or several. */
static int merge(struct builder *b, struct yaml *map, struct yaml_pair in, struct map *seen)
{
	bool list = in.value->kind == YAML_LIST, good = true;
	struct yaml *const *from = list ? in.value->items : &in.value;
	uint32_t n = list ? in.value->n : 1;
	size_t most = 0;

	if ((!list && in.value->kind != YAML_MAP) || !n || n > MERGES_MOST) {
		problem(b->p, in.value->mark,
			"'<<' takes a mapping, as in '<<: *name', or a list of up to %d",
			MERGES_MOST);
		return 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (from[i]->kind != YAML_MAP) {
			problem(b->p, from[i]->mark, "'<<' takes mappings only");
			good = false;
		}
		most += from[i]->n;
	}
	/* Each is a copy, made before the weight of what is around it is known. */
	b->merged += most;
	if (good && b->merged > MERGED_MOST)
		good = stop(b, in.key->mark, "'<<' brings in more than 2 million pairs in all");
	return good ? take_pairs(b, map, from, n, most, seen) : 0;
}

/* Keys of a mapping that stand in it twice, and "<<". */
static int check_keys(struct builder *b, struct yaml *map)
{
	struct yaml_pair merges = { NULL, NULL };
	struct map seen = { 0 };
	uint32_t n = 0, before;
	int failed = 0, r = 0;

	for (uint32_t i = 0; i < map->n; i++) {
		struct yaml_pair *pair = &map->pairs[i];

		if (pair->key->plain && !strcmp(pair->key->text, "<<") && !merges.key) {
			merges = *pair;
			continue;
		}
		before = map_put_str(&seen, pair->key->text, n, &failed);
		if (before == MAP_NONE)
			map->pairs[n++] = *pair;
		else if (++b->duplicates)
			problem(b->p, pair->key->mark,
				"key '%s' is here twice, first at %u:%u; keep one of them",
				pair->key->text, map->pairs[before].key->mark.line,
				map->pairs[before].key->mark.column);
	}
	map->n = n;
	if (merges.key && !failed)
		r = merge(b, map, merges, &seen);
	map_fini(&seen);
	return failed ? -ENOMEM : r;
}

/* A value is complete: into the open collection, or it is the whole document. */
static int put(struct builder *b, struct yaml *v)
{
	if (!b->depth) {
		b->file->root = v;
		return 0;
	}
	return vec_push(&b->items, v);
}

static int set_anchor(struct builder *b, const yaml_char_t *name, struct yaml *v)
{
	char *key;
	uint32_t had;
	int failed = 0;

	if (!name)
		return 0;
	key = arena_str(b->arena, (const char *)name);
	if (!key || vec_push(&b->anchored, v) < 0)
		return -ENOMEM;
	had = map_put_str(&b->anchors, key, (uint32_t)b->anchored.n - 1, &failed);
	if (had != MAP_NONE)
		b->anchored.v[had] = v; /* YAML lets the later one win */
	return failed ? -ENOMEM : 0;
}

static struct yaml *new_value(struct builder *b, enum yaml_kind kind, const yaml_event_t *e)
{
	struct yaml *v = arena_alloc(b->arena, sizeof(*v));

	if (!v)
		return NULL;
	v->kind = kind;
	v->mark = mark_of(&e->start_mark);
	b->values++;
	return v;
}

static int on_scalar(struct builder *b, const yaml_event_t *e)
{
	bool plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	struct yaml *v = new_value(b, YAML_TEXT, e);

	if (!v)
		return -ENOMEM;
	v->weight = 1;
	v->plain = plain;
	v->text = arena_dup(b->arena, (const char *)e->data.scalar.value, e->data.scalar.length);
	if (!v->text)
		return -ENOMEM;
	if (plain && is_null(v->text))
		v->kind = YAML_NULL;
	if (strlen(v->text) != e->data.scalar.length) {
		problem(b->p, v->mark, "a zero byte (\\0) has no place in a topology");
		return 0;
	}
	if (strchr(v->text, '$') && vec_push(&b->file->dollars, v) < 0)
		return -ENOMEM;
	if (set_anchor(b, e->data.scalar.anchor, v) < 0)
		return -ENOMEM;
	return put(b, v);
}

static int on_start(struct builder *b, const yaml_event_t *e, enum yaml_kind kind,
		    const yaml_char_t *anchor)
{
	struct yaml *v = new_value(b, kind, e);

	if (!v || set_anchor(b, anchor, v) < 0)
		return -ENOMEM;
	if (b->depth == YAML_DEPTH_MOST) {
		problem(b->p, v->mark,
			"nested more than %d deep, which no topology needs: look for brackets or dashes too many",
			YAML_DEPTH_MOST);
		return 0;
	}
	b->open[b->depth++] = (struct frame){ v, b->items.n };
	return 0;
}

static int close_map(struct builder *b, struct yaml *map, struct yaml **items, size_t n)
{
	for (size_t i = 0; i < n; i += 2) {
		if (items[i]->kind == YAML_LIST || items[i]->kind == YAML_MAP) {
			problem(b->p, items[i]->mark,
				"a key must be a word, not a %s; a value with [ ] or { } in it needs quotes",
				items[i]->kind == YAML_LIST ? "list" : "mapping");
			return 0;
		}
		map->pairs[i / 2] = (struct yaml_pair){ items[i], items[i + 1] };
	}
	map->n = (uint32_t)(n / 2);
	return check_keys(b, map);
}

static int on_end(struct builder *b)
{
	struct frame f = b->open[--b->depth];
	struct yaml **items = b->items.v + f.first;
	size_t n = b->items.n - f.first;
	uint64_t weight = 1;
	int r = 0;

	for (size_t i = 0; i < n; i++)
		weight += items[i]->weight;
	if (weight > YAML_VALUES_MOST) {
		problem(b->p, f.node->mark,
			"this stands for more than %u values once its aliases are followed",
			YAML_VALUES_MOST);
		return 0;
	}
	f.node->items = arena_alloc(b->arena, n * sizeof(*items));
	if (!f.node->items)
		return -ENOMEM;
	if (f.node->kind == YAML_MAP) {
		r = close_map(b, f.node, items, n);
	} else {
		f.node->n = (uint32_t)n;
		if (n)
			memcpy(f.node->items, items, n * sizeof(*items));
	}
	f.node->weight = (uint32_t)weight;
	b->items.n = f.first;
	return r < 0 ? r : put(b, f.node);
}

static int on_alias(struct builder *b, const yaml_event_t *e)
{
	const char *name = (const char *)e->data.alias.anchor;
	uint32_t i = map_get_str(&b->anchors, name);

	if (i == MAP_NONE)
		problem(b->p, mark_of(&e->start_mark),
			"alias '*%s' names no anchor; write '&%s' before the value it stands for",
			name, name);
	else if (!b->anchored.v[i]->weight)
		problem(b->p, mark_of(&e->start_mark),
			"alias '*%s' stands inside the very value it names", name);
	else
		return put(b, b->anchored.v[i]);
	return 0;
}

static int on_event(struct builder *b, const yaml_event_t *e)
{
	/* A kernel-like enum of another library: what is not named needs nothing done. */
	switch ((int)e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (b->file->root)
			problem(b->p, mark_of(&e->start_mark),
				"a second document begins here; a file has one network: put the other in a file of its own");
		return 0;
	case YAML_SCALAR_EVENT:
		return on_scalar(b, e);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(b, e, YAML_LIST, e->data.sequence_start.anchor);
	case YAML_MAPPING_START_EVENT:
		return on_start(b, e, YAML_MAP, e->data.mapping_start.anchor);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_end(b);
	case YAML_ALIAS_EVENT:
		return on_alias(b, e);
	default:
		return 0;
	}
}

/* The line that a mark is in. */
static const char *line_at(const struct builder *b, uint32_t line, size_t *len)
{
	const char *s = b->input, *end = b->input + b->input_len, *nl;

	for (; line > 1 && s < end; line--) {
		nl = memchr(s, '\n', (size_t)(end - s));
		s = nl ? nl + 1 : end;
	}
	nl = memchr(s, '\n', (size_t)(end - s));
	*len = (size_t)((nl ? nl : end) - s);
	return s;
}

static bool tab_in_indent(const char *line, size_t len)
{
	for (size_t i = 0; i < len && (line[i] == ' ' || line[i] == '\t'); i++)
		if (line[i] == '\t')
			return true;
	return false;
}

/* What libyaml says, and what the user can do about it. */
static const struct {
	const char *problem, *advice;
} advices[] = {
	{ "mapping values are not allowed",
	  "a ': ' where no key can be: look at the indentation, or put the value in quotes" },
	{ "could not find expected ':'", "a key without ': ' after it" },
	{ "did not find expected key", "indented unlike the lines above it" },
	{ "did not find expected '-' indicator",
	  "indented unlike the list above it, or a missing '- '" },
	{ "did not find expected ',' or", "a ',' or a closing bracket is missing" },
	{ "found unexpected end of stream", "a quote that is not closed" },
	{ "found character that cannot start", "put the value in quotes" },
	{ "block sequence entries are not allowed",
	  "a '- ' where no list can begin: put it on a line of its own" },
	{ NULL, NULL },
};

static void syntax_problem(struct builder *b, const yaml_parser_t *parser)
{
	struct mark at = mark_of(&parser->problem_mark);
	const char *what = parser->problem ? parser->problem : "cannot be read";
	const char *advice = NULL;
	size_t len;
	const char *line = line_at(b, at.line, &len);

	for (size_t i = 0; advices[i].problem && !advice; i++)
		if (strstr(what, advices[i].problem))
			advice = advices[i].advice;
	if (tab_in_indent(line, len))
		problem(b->p, at, "a tab in the indentation; YAML wants spaces");
	else if (memmem(line, len, "${", 2) && !memmem(line, len, "\"", 1))
		problem(b->p, at,
			"not YAML: %s; inside { } and [ ] a value with ${…} needs quotes: \"${…}\"",
			what);
	else if (parser->context && parser->context_mark.line + 1 != at.line)
		problem(b->p, at, "not YAML: %s%s%s (%s at line %zu)", what, advice ? ": " : "",
			advice ? advice : "", parser->context, parser->context_mark.line + 1);
	else
		problem(b->p, at, "not YAML: %s%s%s", what, advice ? ": " : "",
			advice ? advice : "");
}

/* Too much is refused while it is read, not when it is all in memory. */
static bool within_limits(struct builder *b, const yaml_event_t *e)
{
	struct mark at = mark_of(&e->start_mark);

	if (b->values > YAML_VALUES_MOST)
		return stop(b, at,
			    "too long: more than 4 million values; use ranges such as h[1-50]");
	if (b->depth && b->items.n - b->open[b->depth - 1].first > YAML_ENTRIES_MOST)
		return stop(
			b, at,
			"too many entries in one list or mapping: a network has at most 131072 nodes, 524288 cables and 1000000 expected pairs; use ranges such as h[1-50]");
	return true;
}

static int build(struct builder *b, yaml_parser_t *parser)
{
	yaml_event_t e;
	size_t before;
	int r = 0;

	for (bool done = false; !done && r == 0;) {
		if (!yaml_parser_parse(parser, &e)) {
			if (parser->error == YAML_MEMORY_ERROR)
				return -ENOMEM;
			syntax_problem(b, parser);
			break;
		}
		before = b->p->n;
		b->duplicates = 0;
		done = e.type == YAML_STREAM_END_EVENT || !within_limits(b, &e);
		if (!done)
			r = on_event(b, &e);
		/* Only a duplicate key leaves a whole tree to go on with. */
		if (b->p->n > before + b->duplicates) {
			b->file->root = NULL;
			done = true;
		}
		yaml_event_delete(&e);
	}
	return r;
}

/* Bytes of a UTF-8 character at s, 0 where it is none (overlong, surrogate, cut). */
static size_t utf8_get(const unsigned char *s, size_t left, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80	       ? 1
		   : (s[0] >> 5) == 6  ? 2
		   : (s[0] >> 4) == 14 ? 3
		   : (s[0] >> 3) == 30 ? 4
				       : 0;
	uint32_t c = n == 1 ? s[0] : s[0] & (0x7fu >> n);

	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fu);
	}
	*ret = c;
	return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n;
}

/* YAML 1.1 section 5.1; libyaml refuses the same, but says no place. */
static bool is_printable(uint32_t c)
{
	return (c < 0x80 || c > 0x9f || c == 0x85) && c != 0xfffe && c != 0xffff;
}

/* A binary file is best told by its first byte that no text has. */
static bool check_text(struct problems *p, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	struct mark at = { 1, 1 };
	uint32_t c;
	size_t n;

	for (size_t i = 0; i < len; i += n, at.column++) {
		n = utf8_get(s + i, len - i, &c);
		if (n == 0) {
			problem(p, at,
				"byte 0x%02x is not UTF-8: not a topology file, or saved in another encoding",
				s[i]);
			return false;
		}
		if (c == 0x7f || (c < 0x20 && !strchr("\t\n\r", c ? (int)c : 1))) {
			problem(p, at, "byte 0x%02x: this is not a text file; a topology is YAML",
				s[i]);
			return false;
		}
		if (!is_printable(c)) {
			problem(p, at, "character U+%04X, which YAML has no place for; take it out",
				c);
			return false;
		}
		if (s[i] == '\n')
			at = (struct mark){ at.line + 1, 0 };
	}
	return true;
}

int yaml_read(struct problems *p, struct arena *a, const char *text, size_t len,
	      struct yaml_file *ret)
{
	/* a byte order mark, as some editors write it; libyaml skips it only where it guesses the encoding */
	size_t skip = len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
	struct builder b = { .p = p, .arena = a, .file = ret };
	yaml_parser_t parser;
	int r;

	text += skip;
	len -= skip;
	b.input = text;
	b.input_len = len;
	ret->root = NULL;
	if (!check_text(p, text, len))
		return 0;
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	r = build(&b, &parser);
	yaml_parser_delete(&parser);
	vec_fini(&b.items);
	vec_fini(&b.anchored);
	map_fini(&b.anchors);
	if (r < 0 || b.depth)
		ret->root = NULL;
	if (r == 0 && !p->n && (!ret->root || ret->root->kind == YAML_NULL))
		problem(p, (struct mark){ 0 },
			"is empty; a topology has at least 'namespaces:' with a name below it");
	else if (r == 0 && ret->root && ret->root->kind != YAML_MAP)
		problem(p, ret->root->mark,
			"a topology is a mapping: 'namespaces:', 'links:', 'switches:' …");
	if (ret->root && ret->root->kind != YAML_MAP)
		ret->root = NULL;
	return r;
}

const struct yaml *yaml_get(const struct yaml *map, const char *key)
{
	for (uint32_t i = 0; i < map->n; i++)
		if (!strcmp(map->pairs[i].key->text, key))
			return map->pairs[i].value;
	return NULL;
}
