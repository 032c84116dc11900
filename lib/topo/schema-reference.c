/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <warren/topo.h>

/* scdoc takes _ for emphasis and [ at the start of a line for a table. */
static void put_escaped(FILE *f, const char *s)
{
	for (; *s; s++) {
		if (*s == '_' || *s == '\\' || *s == '#')
			fputc('\\', f);
		fputc(*s, f);
	}
}

static void put_key(FILE *f, const char *key, const char *value, const char *help, bool required)
{
	fprintf(f, "*%s*: ", key);
	put_escaped(f, value);
	fprintf(f, "%s\n\t", required ? " (required)" : "");
	put_escaped(f, help);
	fputs(".\n\n", f);
}

static const char *value_words(const struct key *key, char *buf, size_t size)
{
	const char *name;
	size_t n = 0;

	buf[0] = 0;
	if (key->type == VALUE_UINT)
		snprintf(buf, size, "%llu to %llu", (unsigned long long)key->min,
			 (unsigned long long)key->max);
	else if (key->type == VALUE_WORD)
		for (size_t i = 0; key->words[i] && n < size; i++)
			n += (size_t)snprintf(buf + n, size - n, "%s%s", i ? ", " : "",
					      key->words[i]);
	else if (key->type == VALUE_KIND)
		for (size_t i = 0; (name = link_kind_standalone(i)) != NULL && n < size; i++)
			n += (size_t)snprintf(buf + n, size - n, "%s%s", i ? ", " : "", name);
	else if (key->sub)
		snprintf(buf, size, "%s, see %s", value_type_words(key->type), key->sub->title);
	else
		snprintf(buf, size, "%s", value_type_words(key->type));
	return buf;
}

static void put_field(FILE *f, const struct field *field)
{
	bool required = field->flags & FIELD_REQUIRED;
	char value[96], preset[40] = "";

	if (!required && field->type == FIELD_BOOL)
		snprintf(preset, sizeof(preset), ", default %s", field->preset ? "true" : "false");
	else if (!required)
		snprintf(preset, sizeof(preset), ", default %llu",
			 (unsigned long long)field->preset);
	if (field->type == FIELD_BOOL)
		snprintf(value, sizeof(value), "true or false%s", preset);
	else
		snprintf(value, sizeof(value), "%llu to %llu%s", (unsigned long long)field->min,
			 (unsigned long long)field->max, preset);
	put_key(f, field->key, value, field->help, required);
}

static void put_fields(FILE *f, const struct link_kind *kind)
{
	for (const struct field *field = kind ? kind->fields : NULL; field && field->key; field++)
		put_field(f, field);
}

/* Kinds that a key chooses from, each with what it has. */
static void put_kinds(FILE *f, const char *key)
{
	const char *name;

	for (size_t i = 0; (name = link_kind_standalone(i)) != NULL; i++) {
		const struct link_kind *kind = link_kind_find(name);

		fprintf(f, "*%s: %s*\n\t", key, name);
		put_escaped(f, kind->help);
		fputs(kind->fields ? "; it also has:\n\n" : ".\n\n", f);
		put_fields(f, kind);
	}
}

static void put_keys(FILE *f, const struct keys *keys)
{
	char value[256];

	fprintf(f, "## %s\n\n", keys->title);
	for (const struct key *key = keys->key; key->key; key++)
		put_key(f, key->key, value_words(key, value, sizeof(value)), key->help,
			key->required);
	put_fields(f, link_kind_of(keys->kind));
	if (keys->type)
		put_kinds(f, keys->type);
	for (const struct key *key = keys->key; key->key; key++)
		if (key->sub)
			put_keys(f, key->sub);
}

char *warren_topo_reference(void)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		return NULL;
	put_keys(f, &topo_keys);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}
