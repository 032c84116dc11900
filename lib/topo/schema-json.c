/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/schema.h"

#include <string.h>
#include <warren/topo.h>

/*
 * Part of it that could not be made is NULL, and adding NULL to something
 * fails: so it is enough to remember whether adding failed.
 */
struct schema {
	int failed;
};

static json_t *object_schema(struct schema *s, const struct keys *keys);

static void append(struct schema *s, json_t *list, json_t *item)
{
	if (json_array_append_new(list, item) < 0)
		s->failed = -1;
}

static void set(struct schema *s, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		s->failed = -1;
}

/* The manual's *emphasis* has no place in an editor's tooltip. */
static json_t *plain_text(const char *s)
{
	char text[512];
	size_t n = 0;

	for (; *s && n < sizeof(text); s++)
		if (*s != '*')
			text[n++] = *s;
	return json_stringn(text, n);
}

static json_t *words_schema(struct schema *s, const char *const *words)
{
	json_t *list = json_array();
	bool yes_no = false;

	for (size_t i = 0; words[i]; i++) {
		append(s, list, json_string(words[i]));
		yes_no = yes_no || !strcmp(words[i], "on");
	}
	/* YAML 1.1 reads a bare on or off as a boolean, and so do editors. */
	if (yes_no) {
		append(s, list, json_true());
		append(s, list, json_false());
	}
	return json_pack("{s:[{s:o}, {s:s, s:s}]}", "anyOf", "enum", list, "type", "string",
			 "pattern", yes_no ? SCHEMA_YES_NO "|" SCHEMA_VARIABLE : SCHEMA_VARIABLE);
}

static json_t *kind_schema(struct schema *s)
{
	json_t *list = json_array();
	const char *name;

	for (size_t i = 0; (name = link_kind_standalone(i)) != NULL; i++)
		append(s, list, json_string(name));
	return json_pack("{s:[{s:o}, {s:s, s:s}]}", "anyOf", "enum", list, "type", "string",
			 "pattern", SCHEMA_VARIABLE);
}

static json_t *number_schema(uint64_t min, uint64_t max)
{
	return json_pack("{s:[s,s], s:I, s:I, s:s}", "type", "integer", "string", "minimum",
			 (json_int_t)min, "maximum", (json_int_t)max, "pattern",
			 SCHEMA_NUMBER "|" SCHEMA_VARIABLE);
}

/* A type's list, which is the second of what a value may be, with the key's least length. */
static json_t *with_least(struct schema *s, json_t *schema, uint64_t n)
{
	json_t *list = json_array_get(json_object_get(schema, "anyOf"), 1);

	if (list && n > 0)
		set(s, list, "minItems", json_integer((json_int_t)n));
	return schema;
}

static json_t *value_schema(struct schema *s, const struct key *key)
{
	switch ((int)key->type) {
	case VALUE_UINT:
		return number_schema(key->min, key->max);
	case VALUE_WORD:
		return words_schema(s, key->words);
	case VALUE_KIND:
		return kind_schema(s);
	case VALUE_MAP:
		return object_schema(s, key->sub);
	case VALUE_ROWS:
		return json_pack("{s:[s,s], s:o}", "type", "array", "null", "items",
				 object_schema(s, key->sub));
	case VALUE_NAMED:
		return json_pack("{s:[s,s], s:o}", "type", "object", "null", "additionalProperties",
				 object_schema(s, key->sub));
	default:
		return with_least(s, value_type_schema(key->type), key->min);
	}
}

/* Where a key has a schema already (two kinds call a field the same), either will do. */
static void add_property(struct schema *s, json_t *properties, const char *key, json_t *schema,
			 const char *help)
{
	json_t *before = json_object_get(properties, key);

	set(s, schema, "description", plain_text(help));
	if (before)
		schema = json_pack("{s:[O, o]}", "anyOf", before, schema);
	set(s, properties, key, schema);
}

static void add_fields(struct schema *s, json_t *properties, const struct link_kind *kind)
{
	for (const struct field *f = kind ? kind->fields : NULL; f && f->key; f++)
		add_property(s, properties, f->key,
			     f->type == FIELD_BOOL ? value_type_schema(VALUE_BOOL)
						   : number_schema(f->min, f->max),
			     f->help);
}

/* A mapping: closed, so that an editor marks a mistyped key as the parser does. A variable can be a key, too. */
static json_t *object_schema(struct schema *s, const struct keys *keys)
{
	json_t *properties = json_object(), *required = json_array(), *schema;
	const char *name;

	for (const struct key *key = keys->key; key->key; key++) {
		add_property(s, properties, key->key, value_schema(s, key), key->help);
		if (key->required)
			append(s, required, json_string(key->key));
	}
	add_fields(s, properties, link_kind_of(keys->kind));
	for (size_t i = 0; keys->type && (name = link_kind_standalone(i)) != NULL; i++)
		add_fields(s, properties, link_kind_find(name));
	schema = json_pack("{s:[s,s], s:o, s:{s:b}, s:b}", "type", "object", "null", "properties",
			   properties, "patternProperties", SCHEMA_VARIABLE, 1,
			   "additionalProperties", 0);
	if (json_array_size(required))
		set(s, schema, "required", json_incref(required));
	json_decref(required);
	return schema;
}

char *warren_topo_schema(void)
{
	struct schema s = { 0 };
	json_t *schema = json_object(), *topo = object_schema(&s, &topo_keys);
	char *text = NULL;

	set(&s, schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
	set(&s, schema, "$id", json_string("urn:warren:topology"));
	set(&s, schema, "title", json_string("Warren topology"));
	if (json_object_update(schema, topo) < 0)
		s.failed = -1;
	set(&s, schema, "type", json_string("object"));
	json_decref(topo);
	if (!s.failed)
		text = json_dumps(schema, JSON_INDENT(2));
	json_decref(schema);
	return text;
}
