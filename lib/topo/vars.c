/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/vars.h"

#include <string.h>

#define TEXT_MOST  (64u << 10) /* bytes of one text with its variables replaced */
#define TOTAL_MOST (64u << 20) /* of all */

enum var_state { VAR_RAW, VAR_OPEN, VAR_DONE, VAR_BROKEN };

struct var {
	const char *name;
	const char *text;
	struct mark mark;
	struct yaml *node; /* in the file; NULL: given from outside */
	enum var_state state;
	bool used;
};

struct vars {
	struct problems *p;
	struct arena *arena;
	VEC(struct var) v;
	struct map by_name;
	size_t total; /* bytes of text made */
};

static const char *name_at(const void *data, size_t i)
{
	const struct vars *vars = data;

	return i < vars->v.n ? vars->v.v[i].name : NULL;
}

static bool name_ok(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.",
			    s[i]))
			return false;
	return len > 0;
}

static int expand(struct vars *vars, struct mark at, const char *text, const char **ret);

/* Replace the variables in a variable's text, once. */
static int resolve(struct vars *vars, struct var *v)
{
	int r = 0;

	if (v->state == VAR_OPEN) {
		problem(vars->p, v->mark, "variable '%s' is made of itself; give it a text",
			v->name);
		v->state = VAR_BROKEN;
	} else if (v->state == VAR_RAW) {
		v->state = VAR_OPEN;
		r = expand(vars, v->mark, v->text, &v->text);
		if (v->state == VAR_OPEN)
			v->state = v->text ? VAR_DONE : VAR_BROKEN;
	}
	return r;
}

/* The value of a variable; NULL after a problem. */
static int value_of(struct vars *vars, struct mark at, const char *name, const char **ret)
{
	uint32_t i = map_get_str(&vars->by_name, name);
	struct hint hint;
	struct var *v;
	int r;

	*ret = NULL;
	if (i == MAP_NONE) {
		hint_nearest(vars->p, &hint, name, name_at, vars);
		problem(vars->p, at, "unknown variable '%s'%s", name,
			hint.text[0] ? hint.text : "; define it under 'vars:' or by --set");
		return 0;
	}
	v = &vars->v.v[i];
	v->used = true;
	r = resolve(vars, v);
	*ret = v->state == VAR_DONE ? v->text : NULL;
	return r;
}

/* One "${NAME}" at s. end is behind it; *ret is NULL after a problem. */
static int reference(struct vars *vars, struct mark at, const char *s, const char **end,
		     const char **ret)
{
	const char *close = strchr(s, '}');
	char *name;

	*ret = NULL;
	if (!close || !name_ok(s + 2, (size_t)(close - s) - 2)) {
		problem(vars->p, at,
			"'${' without a name and '}' after it; write $${ for the two characters");
		return 0;
	}
	name = arena_dup(vars->arena, s + 2, (size_t)(close - s) - 2);
	if (!name)
		return -ENOMEM;
	*end = close + 1;
	return value_of(vars, at, name, ret);
}

struct text_buffer {
	char *v;
	size_t n, cap;
};

static int append(struct text_buffer *b, const char *s, size_t len)
{
	int r = vec_reserve(b, len + 1);

	if (r == 0) {
		memcpy(b->v + b->n, s, len);
		b->n += len;
		b->v[b->n] = 0;
	}
	return r;
}

/* *whole: nothing in it was wrong. */
static int expand_into(struct vars *vars, struct mark at, const char *s, struct text_buffer *out,
		       bool *whole)
{
	const char *value, *end;
	int r = 0;

	*whole = false;
	while (*s && r == 0 && out->n <= TEXT_MOST) {
		if (s[0] == '$' && s[1] == '{') {
			r = reference(vars, at, s, &end, &value);
			if (r < 0 || !value)
				return r;
			r = append(out, value, strlen(value));
			s = end;
		} else {
			r = append(out, s, 1);
			s += s[0] == '$' && s[1] == '$' ? 2 : 1;
		}
	}
	*whole = true;
	return r;
}

/* *ret is NULL after a problem. */
static int expand(struct vars *vars, struct mark at, const char *text, const char **ret)
{
	struct text_buffer out = { 0 };
	bool whole;
	int r = expand_into(vars, at, text, &out, &whole);
	char *copy;

	*ret = NULL;
	vars->total += out.n;
	if (r == 0 && (out.n > TEXT_MOST || vars->total > TOTAL_MOST)) {
		problem(vars->p, at,
			"this grows to more than %u KiB once its variables are replaced",
			TEXT_MOST >> 10);
	} else if (r == 0 && whole) {
		copy = arena_dup(vars->arena, out.v ? out.v : "", out.n);
		r = copy ? 0 : -ENOMEM;
		if (copy)
			*ret = copy;
	}
	vec_fini(&out);
	return r;
}

static int define(struct vars *vars, struct var var)
{
	int failed = 0;

	if (vec_push(&vars->v, var) < 0)
		return -ENOMEM;
	map_put_str(&vars->by_name, var.name, (uint32_t)vars->v.n - 1, &failed);
	return failed ? -ENOMEM : 0;
}

static int define_all(struct vars *vars, const struct yaml *map, const struct warren_var *sets,
		      size_t n_sets)
{
	uint32_t i;

	for (size_t k = 0; k < n_sets; k++) {
		i = map_get_str(&vars->by_name, sets[k].name);
		if (i != MAP_NONE)
			vars->v.v[i].text = sets[k].value; /* the last --set counts */
		else if (define(vars, (struct var){ .name = sets[k].name,
						    .text = sets[k].value,
						    .state = VAR_DONE }) < 0)
			return -ENOMEM;
	}
	for (uint32_t k = 0; map && k < map->n; k++) {
		const struct yaml *key = map->pairs[k].key;
		struct yaml *value = map->pairs[k].value;

		value->replaced = true; /* by resolve(), once */
		i = map_get_str(&vars->by_name, key->text);
		if (!name_ok(key->text, strlen(key->text)))
			problem(vars->p, key->mark,
				"vars: '%s' cannot be a variable; use letters, digits, '_', '-', '.'",
				key->text);
		else if (value->kind == YAML_LIST || value->kind == YAML_MAP)
			problem(vars->p, value->mark,
				"vars: %s: a variable is a text or a number, not a %s", key->text,
				value->kind == YAML_LIST ? "list" : "mapping");
		else if (i != MAP_NONE)
			vars->v.v[i].used = true;
		else if (define(vars,
				(struct var){ .name = key->text,
					      .mark = value->mark,
					      .node = value,
					      .text = value->kind == YAML_NULL ? ""
									       : value->text }) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* What --set gives and the file neither defines nor uses is a typing error. */
static void check_sets(struct vars *vars, const struct warren_var *sets, size_t n_sets)
{
	for (size_t k = 0; k < n_sets; k++) {
		uint32_t i = map_get_str(&vars->by_name, sets[k].name);
		struct hint hint;

		if (i == MAP_NONE || vars->v.v[i].used)
			continue;
		vars->v.v[i].name = ""; /* no hint at itself */
		problem(vars->p, (struct mark){ 0 }, "--set %s: the file has no such variable%s",
			sets[k].name, hint_nearest(vars->p, &hint, sets[k].name, name_at, vars));
		vars->v.v[i].name = sets[k].name;
	}
}

int vars_apply(struct problems *p, struct arena *a, struct yaml_file *file,
	       const struct warren_var *sets, size_t n_sets)
{
	struct vars vars = { .p = p, .arena = a };
	const struct yaml *map = yaml_get(file->root, "vars");
	const char *value;
	int r;

	if (map && map->kind != YAML_MAP) {
		if (map->kind != YAML_NULL)
			problem(p, map->mark, "vars: a mapping such as {net: 10.0} belongs here");
		map = NULL;
	}
	r = define_all(&vars, map, sets, n_sets);
	for (size_t i = 0; i < vars.v.n && r == 0; i++) {
		r = resolve(&vars, &vars.v.v[i]);
		if (vars.v.v[i].node && vars.v.v[i].state == VAR_DONE)
			vars.v.v[i].node->text = vars.v.v[i].text; /* an alias may lead to it */
	}
	vec_foreach(text, &file->dollars) {
		if ((*text)->replaced)
			continue;
		if (r == 0)
			r = expand(&vars, (*text)->mark, (*text)->text, &value);
		if (r == 0 && value)
			(*text)->text = value;
	}
	if (r == 0)
		check_sets(&vars, sets, n_sets);
	vec_fini(&vars.v);
	map_fini(&vars.by_name);
	return r;
}
