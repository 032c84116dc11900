/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import/graph.h"

#include "base/cleanup.h"
#include "base/map.h"
#include "import/label.h"

#include <errno.h>
#include <expat.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

/* Expat 2.9 has these for files beyond 4 GiB, and warns of the ones before them. */
#if XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION < 9
#define XML_GetCurrentLineNumber64   XML_GetCurrentLineNumber
#define XML_GetCurrentColumnNumber64 XML_GetCurrentColumnNumber
#endif

#define TEXT_MAX 4096 /* bytes of a value that are looked at; what matters is far shorter */

/* An element that is open. */
struct open {
	enum graph_part part;
	struct graph_item item;
	enum graph_field field; /* what its text is, of the element around it */
};

/* A <key>: what the values that name it are. */
struct meaning {
	enum graph_part part;
	enum graph_field field;
};

struct graphml {
	const struct graph_source *source;
	struct graph *graph;
	struct warren_err *err;
	XML_Parser parser;
	int failed; /* negative errno */
	struct open open[GRAPH_DEPTH_MAX];
	size_t depth;
	struct map keys; /* id of a <key> to its index in meanings */
	VEC(struct meaning) meanings;
	char text[TEXT_MAX]; /* of the value that is being read */
	size_t len;
};

static const struct {
	const char *name;
	enum graph_part part;
} elements[] = {
	{ "graph", GRAPH_GRAPH },
	{ "node", GRAPH_NODE },
	{ "edge", GRAPH_EDGE },
};

static void stop(struct graphml *p, int r)
{
	p->failed = r;
	XML_StopParser(p->parser, XML_FALSE);
}

static int line_of(const struct graphml *p)
{
	uint64_t n = XML_GetCurrentLineNumber64(p->parser);

	return n > INT_MAX ? INT_MAX : (int)n;
}

static int column_of(const struct graphml *p)
{
	uint64_t n = XML_GetCurrentColumnNumber64(p->parser);

	return n >= INT_MAX ? INT_MAX : (int)n + 1;
}

#define fail_here(p, code, ...)                                                                    \
	stop((p), warren_fail_at((p)->err, (code), (p)->source->file, line_of(p), column_of(p),    \
				 __VA_ARGS__))

/* Name of an element or attribute without the prefix of its name space. */
static const char *local(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon ? colon + 1 : name;
}

static const char *attribute(const char **attrs, const char *name)
{
	for (; *attrs; attrs += 2)
		if (!strcmp(local(attrs[0]), name))
			return attrs[1];
	return NULL;
}

static const char *copy(struct graphml *p, const char *s)
{
	const char *c = s ? arena_str(&p->graph->arena, s) : NULL;

	if (s && !c)
		stop(p, warren_fail(p->err, -ENOMEM, "out of memory"));
	return c;
}

/* <key id="d33" for="node" attr.name="label"/>: data with key="d33" is a node's label. */
static void add_key(struct graphml *p, const char **attrs)
{
	const char *id = copy(p, attribute(attrs, "id"));
	const char *of = attribute(attrs, "for"), *name = attribute(attrs, "attr.name");
	struct meaning m = { GRAPH_OTHER, GRAPH_NO_FIELD };
	int failed = 0;

	for (size_t i = 0; of && i < sizeof(elements) / sizeof(elements[0]); i++)
		if (!strcmp(of, elements[i].name))
			m.part = elements[i].part;
	if (!id || !name || graph_field(m.part, name) != GRAPH_LABEL)
		return;
	m.field = GRAPH_LABEL;
	map_put_str(&p->keys, id, (uint32_t)p->meanings.n, &failed);
	if (failed || vec_push(&p->meanings, m))
		stop(p, warren_fail(p->err, -ENOMEM, "out of memory"));
}

static enum graph_field meaning_of(const struct graphml *p, enum graph_part part, const char *id)
{
	uint32_t i = id ? map_get_str(&p->keys, id) : MAP_NONE;

	return i != MAP_NONE && p->meanings.v[i].part == part ? p->meanings.v[i].field
							      : GRAPH_NO_FIELD;
}

/* The graph, node or edge that an element is in, through all that may stand between. */
static struct open *part_around(struct graphml *p, struct open *o)
{
	do
		o--;
	while (o > p->open && o->part == GRAPH_OTHER);
	return o;
}

/* An element whose text may be a field of what it is in. */
static void open_value(struct graphml *p, struct open *o, const char *name, const char **attrs)
{
	enum graph_part around = part_around(p, o)->part;

	/* yEd writes labels as <data><y:ShapeNode><y:NodeLabel>. */
	if (around == GRAPH_NODE && !strcmp(name, "NodeLabel"))
		o->field = GRAPH_LABEL;
	else if (!strcmp(name, "data"))
		o->field = meaning_of(p, around, attribute(attrs, "key"));
	if (o->field != GRAPH_NO_FIELD)
		p->len = 0;
}

static void open_part(struct graphml *p, struct open *o, const char **attrs)
{
	static const char *const names[GRAPH_FIELD_N] = {
		[GRAPH_ID] = "id",
		[GRAPH_SOURCE] = "source",
		[GRAPH_TARGET] = "target",
	};

	o->item.line = line_of(p);
	o->item.column = column_of(p);
	for (int i = 0; i < GRAPH_FIELD_N; i++)
		if (names[i])
			o->item.field[i] = copy(p, attribute(attrs, names[i]));
}

static void on_start(void *data, const char *name, const char **attrs)
{
	struct graphml *p = data;
	struct open *o = &p->open[p->depth];

	name = local(name);
	if (p->depth == 0 && strcmp(name, "graphml")) {
		fail_here(p, -EINVAL, "found <%.40s>, want <graphml>: this is XML, but no GraphML",
			  name);
		return;
	}
	if (p->depth >= GRAPH_DEPTH_MAX) {
		fail_here(p, -EINVAL, "more than %d elements in each other", GRAPH_DEPTH_MAX);
		return;
	}
	if (!strcmp(name, "hyperedge")) {
		fail_here(p, -EINVAL, "a hyperedge: draw it as a node with an edge to each end");
		return;
	}
	memset(o, 0, sizeof(*o));
	o->part = GRAPH_OTHER;
	o->field = GRAPH_NO_FIELD;
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
		if (!strcmp(name, elements[i].name))
			o->part = elements[i].part;
	/* A graph in a node is one more level of the same graph: its nodes count, it does not. */
	if (o->part == GRAPH_GRAPH && p->depth > 1)
		o->part = GRAPH_OTHER;
	if (o->part != GRAPH_OTHER)
		open_part(p, o, attrs);
	else if (p->depth == 1 && !strcmp(name, "key"))
		add_key(p, attrs);
	else if (p->depth > 1)
		open_value(p, o, name, attrs);
	p->depth++;
}

static void close_value(struct graphml *p, struct open *o)
{
	struct open *around = part_around(p, o);

	if (around->item.field[o->field] || !p->len)
		return;
	/* XML has its own entities; expat has replaced them. Some tools write them twice. */
	around->item.field[o->field] = label_clean(&p->graph->arena, p->text, p->len, true);
	if (!around->item.field[o->field])
		stop(p, warren_fail(p->err, -ENOMEM, "out of memory"));
}

static void on_end(void *data, const char *name)
{
	struct graphml *p = data;
	struct open *o;
	int r;

	(void)name;
	if (p->failed) /* <a/> ends although its beginning stopped the parser */
		return;
	o = &p->open[--p->depth];
	if (o->field != GRAPH_NO_FIELD)
		close_value(p, o);
	r = graph_add(p->graph, o->part, &o->item, p->source, p->err);
	if (r < 0)
		stop(p, r);
}

static void on_text(void *data, const char *s, int len)
{
	struct graphml *p = data;
	size_t room = TEXT_MAX - p->len, n = (size_t)len < room ? (size_t)len : room;

	if (!p->depth || p->open[p->depth - 1].field == GRAPH_NO_FIELD)
		return;
	memcpy(p->text + p->len, s, n);
	p->len += n;
}

/* Entities of a file's own are not needed by any graph, and can be made to grow without end. */
static void on_entity(void *data, const char *name, int is_parameter, const char *value, int len,
		      const char *base, const char *system, const char *public, const char *notation)
{
	struct graphml *p = data;

	(void)is_parameter;
	(void)value;
	(void)len;
	(void)base;
	(void)system;
	(void)public;
	(void)notation;
	if (!p->failed)
		fail_here(p, -EINVAL, "entity '%.40s' is declared: remove <!ENTITY ...>", name);
}

static int feed(struct graphml *p)
{
	size_t done = 0;

	while (!p->failed) {
		size_t rest = p->source->len - done, n = rest < (1 << 20) ? rest : 1 << 20;
		enum XML_Status s = XML_Parse(p->parser, p->source->text + done, (int)n, n == rest);
		enum XML_Error code = XML_GetErrorCode(p->parser);

		if (s != XML_STATUS_OK && !p->failed && code == XML_ERROR_NO_MEMORY)
			p->failed = warren_fail(p->err, -ENOMEM, "out of memory");
		else if (s != XML_STATUS_OK && !p->failed)
			p->failed = warren_fail_at(p->err, -EINVAL, p->source->file, line_of(p),
						   column_of(p), "not well-formed XML: %s",
						   XML_ErrorString(code));
		done += n;
		if (n == rest)
			break;
	}
	return p->failed;
}

int graphml_parse(const struct graph_source *s, struct graph *ret, struct warren_err *err)
{
	auto_free struct graphml *p = calloc(1, sizeof(*p));
	int r;

	if (p)
		p->parser = XML_ParserCreate(NULL);
	if (!p || !p->parser)
		return warren_fail(err, -ENOMEM, "out of memory");
	p->source = s;
	p->graph = ret;
	p->err = err;
	XML_SetUserData(p->parser, p);
	XML_SetElementHandler(p->parser, on_start, on_end);
	XML_SetCharacterDataHandler(p->parser, on_text);
	XML_SetEntityDeclHandler(p->parser, on_entity);
	r = feed(p);
	if (!r && !ret->self.line)
		r = warren_fail_at(err, -EINVAL, s->file, 1, 1, "no <graph> in it");
	XML_ParserFree(p->parser);
	map_fini(&p->keys);
	vec_fini(&p->meanings);
	return r;
}
