/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/build.h"

#include <string.h>

/* Interfaces while they come into the model: their names and what makes them. */

const char *build_ifname_wrong(const char *s)
{
	if (!*s)
		return "is empty";
	if (strlen(s) > BUILD_IFNAME_MOST)
		return "is longer than 62 bytes";
	if (!strcmp(s, "lo"))
		return "is reserved: the loopback interface, which every node has";
	if (!strcmp(s, "all") || !strcmp(s, "default") || !strcmp(s, ".") || !strcmp(s, ".."))
		return "is reserved by the kernel; choose another";
	/*
	 * The kernel looks at bytes: it takes é, but refuses à, whose second byte
	 * is 0xa0, which is white space to it as in Latin-1 (dev_valid_name()).
	 */
	for (const char *c = s; *c; c++)
		if ((unsigned char)*c >= 0x80)
			return "has a character beyond ASCII; the kernel takes some of those for white space: write it in ASCII";
	for (; *s; s++)
		if (*s <= ' ' || *s == 0x7f || strchr("/:%\"'\\", *s))
			return "has a character that no interface may have in its name: white space, quotes, or one of / : % \\";
	return NULL;
}

uint32_t build_add_iface(struct build *b, struct model_iface i)
{
	if (vec_push(&b->t->model.ifaces, i) < 0 ||
	    vec_push(&b->ifaces, (struct build_iface){ .segment = MODEL_NONE }) < 0)
		return MODEL_NONE;
	return (uint32_t)b->t->model.ifaces.n - 1;
}

#define IFACE_KEY_MOST (sizeof(uint32_t) + 192)

/* The key of an interface in iface_by_name. @return its bytes, 0 where the name is longer than any */
static size_t iface_key(uint32_t ns, const char *name, char key[IFACE_KEY_MOST])
{
	size_t n = strlen(name);

	if (n > IFACE_KEY_MOST - sizeof(ns))
		return 0;
	memcpy(key, &ns, sizeof(ns));
	memcpy(key + sizeof(ns), name, n);
	return sizeof(ns) + n;
}

int build_claim(struct build *b, uint32_t ns, const char *name, uint32_t iface)
{
	char buf[IFACE_KEY_MOST];
	size_t n = iface_key(ns, name, buf);
	char *key = arena_dup(b->scratch, buf, n);
	int failed = 0;
	uint32_t other;

	if (!key)
		return -ENOMEM;
	other = map_put(&b->iface_by_name, key, n, iface, &failed);
	return failed ? -ENOMEM : other != MAP_NONE && other != iface;
}

int build_claim_both(struct build *b, struct mark at, uint32_t ns, const char *name, uint32_t iface)
{
	char kernel[IFNAMSIZ];
	int r = build_claim(b, ns, name, iface);

	if (r == 0 && model_ifname(name, kernel))
		r = build_claim(b, ns, kernel, iface);
	if (r > 0)
		problem(b->p, at, "%s %s has an interface '%s' already; name each once",
			b->t->model.ns.v[ns].kind == MODEL_NS_SWITCH ? "switch" : "node",
			b->t->model.ns.v[ns].name, name);
	return r < 0 ? r : 0;
}

uint32_t build_find_iface(const struct build *b, uint32_t ns, const char *name)
{
	char key[IFACE_KEY_MOST];
	size_t n = iface_key(ns, name, key);

	return n ? map_get(&b->iface_by_name, key, n) : MODEL_NONE;
}

int build_set_names(struct build *b, struct model_iface *i, const char *name)
{
	char kernel[IFNAMSIZ];

	i->name = name;
	if (model_ifname(name, kernel)) {
		i->altname = name;
		i->name = arena_str(&b->t->model.arena, kernel);
	}
	return i->name ? 0 : -ENOMEM;
}

int build_values(struct build *b, enum model_iface_kind number, const struct field_values *written,
		 const struct text *name, const char *object, const void **ret)
{
	const struct link_kind *kind = link_kind_of(number);
	struct field_values *v;
	const char *why;
	size_t field;

	*ret = NULL;
	if (!kind->fields)
		return 0;
	v = arena_alloc(&b->t->model.arena, sizeof(*v));
	if (!v)
		return -ENOMEM;
	*v = *written;
	why = link_kind_complete(kind, v, &field);
	if (why)
		problem(b->p, v->mark[field].line ? v->mark[field] : name->at, "%s %s: %s %s",
			object, name->s, kind->fields[field].key, why);
	*ret = v;
	return 0;
}
