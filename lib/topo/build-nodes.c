/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/build.h"

#include <stdio.h>
#include <string.h>

#define NAME_MOST 64

static bool letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* What is wrong with a name; NULL where nothing is. */
static const char *name_wrong(const char *s, bool underscore_first)
{
	size_t n = strlen(s);

	if (!n)
		return "is empty";
	if (n > NAME_MOST)
		return "is longer than 64 bytes";
	if (!letter_or_digit(s[0]) && !(underscore_first && s[0] == '_'))
		return underscore_first ? "must begin with a letter, a digit or '_'"
					: "must begin with a letter or digit";
	for (; *s; s++)
		if (!letter_or_digit(*s) && !strchr("._-", *s))
			return "may have letters, digits, '.', '_' and '-' only";
	return NULL;
}

/* The file's name without folders and ending; what cannot stand in a name becomes '-'. */
static char *name_of_file(struct build *b)
{
	const char *base = strrchr(b->path, '/');
	char name[NAME_MOST + 1];
	char *dot;

	base = base ? base + 1 : b->path;
	while (*base && !letter_or_digit(*base))
		base++;
	snprintf(name, sizeof(name), "%s", *base ? base : "network");
	dot = strrchr(name, '.');
	if (dot && dot > name)
		*dot = 0;
	for (char *s = name; *s; s++)
		if (!letter_or_digit(*s) && !strchr("._-", *s))
			*s = '-';
	for (size_t n = strlen(name); n > 1 && name[n - 1] == '-'; n--)
		name[n - 1] = 0; /* "<stdin>" */
	return arena_str(&b->t->model.arena, name);
}

int build_network(struct build *b)
{
	const struct text *name = &b->spec->name;
	const char *why = name->s ? name_wrong(name->s, false) : NULL;

	if (why)
		problem(b->p, name->at, "name: '%s' %s", name->s, why);
	b->t->named = name->s != NULL;
	b->t->model.name = name->s && !why ? arena_str(&b->t->model.arena, name->s)
					   : name_of_file(b);
	return b->t->model.name ? 0 : -ENOMEM;
}

static const char *node_at(const void *data, size_t i)
{
	const struct model *m = data;

	return i < m->ns.n ? m->ns.v[i].name : NULL;
}

void build_unknown_node(struct build *b, struct mark at, const char *object, const char *name)
{
	struct hint hint = { "" };

	if (b->names_broken)
		return;
	/* Edit distances to 100,000 names are not worth the wait. */
	if (b->t->model.ns.n <= 20000)
		hint_nearest(b->p, &hint, name, node_at, &b->t->model);
	problem(b->p, at, "%s: there is no node '%s'%s", object, name,
		hint.text[0] ? hint.text : "; add it under 'namespaces:'");
}

/* Names that differ in case only are one name to /etc/hosts and DNS. */
static int check_case(struct build *b, struct map *lower, const char *name, struct mark at)
{
	char *key = arena_printf(b->scratch, "%s%c%s", name, 0, name);
	uint32_t other;
	int failed = 0;

	if (!key)
		return -ENOMEM;
	for (char *s = key; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s |= 0x20;
	other = map_put_str(lower, key, (uint32_t)b->case_names.n, &failed);
	if (failed || vec_push(&b->case_names, (const char *)key + strlen(key) + 1) < 0)
		return -ENOMEM;
	if (other != MAP_NONE)
		problem(b->p, at,
			"'%s' and '%s' differ in case only, which name lookup does not see; rename one",
			name, b->case_names.v[other]);
	return 0;
}

/* Whether a name is new; a problem was recorded where it is not. */
static bool is_new(struct build *b, const char *name, struct mark at)
{
	uint32_t ns = map_get_str(&b->t->by_name, name), sw = map_get_str(&b->switch_by_name, name);
	struct mark before;

	if (ns == MAP_NONE && sw == MAP_NONE)
		return true;
	before = sw != MAP_NONE ? b->switches.v[sw].spec->name.at : b->t->model.ns.v[ns].mark;
	problem(b->p, at, "%s '%s' is here already, at %u:%u; a name stands for one node or switch",
		sw != MAP_NONE ? "switch" : "namespace", name, before.line, before.column);
	b->names_broken = true;
	return false;
}

static int add_ns(struct build *b, const char *name, enum model_ns_kind kind, struct mark at)
{
	struct model *m = &b->t->model;
	struct model_ns ns = { .name = arena_str(&m->arena, name), .kind = kind, .mark = at };
	int failed = 0;

	if (!ns.name)
		return -ENOMEM;
	map_put_str(&b->t->by_name, ns.name, (uint32_t)m->ns.n, &failed);
	if (failed || vec_push(&m->ns, ns) < 0 || vec_push(&b->ns, (struct build_ns){ 0 }) < 0)
		return -ENOMEM;
	return 0;
}

static int add_switch(struct build *b, const char *name, const struct spec_switch *spec, bool many)
{
	struct build_switch sw = { .name = arena_str(&b->t->model.arena, name),
				   .spec = spec,
				   .one_of_many = many };
	int failed = 0, r = 0;

	if (!sw.name)
		return -ENOMEM;
	if (!spec->address.given) {
		sw.ns = (uint32_t)b->t->model.ns.n;
		r = add_ns(b, name, MODEL_NS_SWITCH, spec->name.at);
	}
	map_put_str(&b->switch_by_name, sw.name, (uint32_t)b->switches.n, &failed);
	return failed || r < 0 ? -ENOMEM : vec_push(&b->switches, sw);
}

/* The range of names in a row; n is 0 after a problem. */
static int parse_names(struct build *b, const struct text *name, const char *object,
		       struct range *range)
{
	const char *why;

	range->n = 0;
	if (range_parse(b->scratch, name->s, range, &why) < 0)
		return -ENOMEM;
	if (why) {
		problem(b->p, name->at, "%s '%s': %s", object, name->s, why);
		b->names_broken = true;
	} else if (range->n > BUILD_NODES_MOST) {
		problem_code(b->p, name->at, -E2BIG,
			     "%s '%s' stands for %llu nodes; a network has at most %d", object,
			     name->s, (unsigned long long)range->n, BUILD_NODES_MOST);
		b->names_broken = true;
		range->n = 0;
	} else if (b->t->model.ns.n - 1 + range->n > BUILD_NODES_MOST) {
		if (!b->nodes_full) /* said once, not for each of the rest */
			problem_code(b->p, name->at, -E2BIG,
				     "%s '%s' is too much: a network has at most %d nodes", object,
				     name->s, BUILD_NODES_MOST);
		b->nodes_full = b->names_broken = true;
		range->n = 0;
	}
	return 0;
}

/*
 * Names that mean something else: /etc/hosts does not see case, the kernel does.
 * It has settings of these names where those of interfaces are, which a switch is.
 */
static const struct {
	const char *name, *why;
	int (*compare)(const char *a, const char *b);
	bool of_nodes; /* too */
} reserved[] = {
	{ "localhost", "is a reserved name, 127.0.0.1; choose another", strcasecmp, true },
	{ "ip6-localhost", "is a reserved name, ::1; choose another", strcasecmp, true },
	{ "ip6-loopback", "is a reserved name, ::1; choose another", strcasecmp, true },
	{ "lo", "is a reserved name, the loopback interface's; choose another", strcasecmp, true },
	{ "host", "is a reserved name, the namespace that warren runs in; choose another",
	  strcasecmp, false },
	{ "all", "is reserved by the kernel, as no interface can be called so; choose another",
	  strcmp, false },
	{ "default", "is reserved by the kernel, as no interface can be called so; choose another",
	  strcmp, false },
};

/* What is wrong with a name of a node or switch. */
static const char *node_name_wrong(const char *name, bool is_switch)
{
	const char *why = name ? name_wrong(name, true) : "is longer than 64 bytes";

	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved) && !why; i++)
		if ((is_switch || reserved[i].of_nodes) &&
		    !reserved[i].compare(name, reserved[i].name))
			why = reserved[i].why;
	return why;
}

/* All names of a row: of namespaces, or of switches where `sw` is given. */
static int add_names(struct build *b, const struct text *name, const struct spec_switch *sw,
		     struct map *lower)
{
	const char *object = sw ? "switch" : "namespace";
	char buf[RANGE_NAME_MOST];
	struct range range;
	int r = parse_names(b, name, object, &range);

	for (uint64_t i = 0; i < range.n && r == 0; i++) {
		const char *s = range_name(&range, i, buf);
		const char *why = node_name_wrong(s, sw != NULL);

		if (why) {
			problem(b->p, name->at, "%s '%s' %s", object, s ? s : name->s, why);
			b->names_broken = true;
			return 0;
		}
		if (!strcmp(s, "host"))
			b->t->model.ns.v[MODEL_HOST].mark = name->at;
		else if (!is_new(b, s, name->at))
			return 0;
		else if ((r = check_case(b, lower, s, name->at)) == 0)
			r = sw ? add_switch(b, s, sw, range.n > 1)
			       : add_ns(b, s, MODEL_NS_NODE, name->at);
	}
	return r;
}

int build_nodes(struct build *b)
{
	struct map lower = { 0 };
	int r = add_ns(b, "host", MODEL_NS_HOST, (struct mark){ 0 });

	if (r == 0)
		r = check_case(b, &lower, "host", (struct mark){ 0 });
	rows_foreach(const struct spec_node, node, &b->spec->namespaces)
	{
		uint32_t first = (uint32_t)b->ns.n;

		if (r == 0)
			r = add_names(b, &node->name, NULL, &lower);
		if (r == 0 && !strcmp(node->name.s, "host"))
			b->ns.v[MODEL_HOST].spec = node;
		for (uint32_t i = first; i < b->ns.n; i++)
			b->ns.v[i].spec = node;
	}
	rows_foreach(const struct spec_switch, sw, &b->spec->switches) if (r == 0)
		r = add_names(b, &sw->name, sw, &lower);
	map_fini(&lower);
	return r;
}
