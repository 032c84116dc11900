/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link/link-kind.h"

#include "wire/attr.h"
#include "wire/wire.h"

#include <string.h>

#define FIRST	(MODEL_IFACE_OTHER + 1) /* number of the first kind of the table */
#define USER_HZ 100 /* ticks a second of clock_t, which the kernel's interface is in */

#define KIND(name, NAME) extern const struct link_kind link_kind_##name;
#include "link/kinds.inc"
#undef KIND

/* By its number, so that who adds a kind need not say it. */
#define KIND(name, NAME) [MODEL_IFACE_##NAME - FIRST] = &link_kind_##name,
static const struct link_kind *const kinds[] = {
#include "link/kinds.inc"
	NULL,
};
#undef KIND

const struct link_kind *link_kind_at(size_t i)
{
	return i < sizeof(kinds) / sizeof(*kinds) ? kinds[i] : NULL;
}

const struct link_kind *link_kind_find(const char *name)
{
	for (size_t i = 0; kinds[i]; i++)
		if (!strcmp(kinds[i]->name, name))
			return kinds[i];
	return NULL;
}

const struct link_kind *link_kind_of(enum model_iface_kind kind)
{
	return (int)kind < FIRST ? NULL : link_kind_at((size_t)kind - FIRST);
}

enum model_iface_kind link_kind_number(const struct link_kind *k)
{
	size_t i = 0;

	while (kinds[i] && kinds[i] != k)
		i++;
	return (enum model_iface_kind)(FIRST + i);
}

const char *link_kind_standalone(size_t i)
{
	for (size_t n = 0; kinds[n]; n++)
		if (kinds[n]->standalone && i-- == 0)
			return kinds[n]->name;
	return NULL;
}

size_t link_kind_fields(const struct link_kind *k)
{
	size_t n = 0;

	while (k->fields && k->fields[n].key)
		n++;
	return n;
}

const char *link_kind_complete(const struct link_kind *k, struct field_values *v, size_t *field)
{
	const char *wrong = k->check ? k->check(v, field) : NULL;
	size_t n = link_kind_fields(k);

	for (size_t i = 0; i < n; i++) {
		if (v->given & 1u << i)
			continue;
		if (!wrong && (k->fields[i].flags & FIELD_REQUIRED)) {
			*field = i;
			wrong = "is missing";
		}
		v->given |= 1u << i;
		v->v[i] = k->fields[i].preset;
	}
	return wrong;
}

static uint64_t to_wire(const struct field *f, uint64_t v)
{
	return f->type == FIELD_SECONDS ? v * USER_HZ : v;
}

void link_kind_put(struct wire *w, const struct link_kind *k, const struct field_values *v,
		   uint32_t which)
{
	for (size_t i = 0, n = link_kind_fields(k); i < n; i++) {
		const struct field *f = &k->fields[i];
		uint64_t x = to_wire(f, v->v[i]);

		if (!(which & v->given & 1u << i))
			continue;
		switch (f->wire_bytes) {
		case 1:
			wire_put_u8(w, f->attr, (uint8_t)x);
			break;
		case 2:
			wire_put_u16(w, f->attr, (uint16_t)x);
			break;
		case 4:
			wire_put_u32(w, f->attr, (uint32_t)x);
			break;
		default:
			wire_put(w, f->attr, &x, sizeof(x));
		}
	}
}

/* @return true where the attribute is as long as the field */
static bool from_wire(const struct field *f, const struct nlattr *a, uint64_t *ret)
{
	if (attr_len(a) != f->wire_bytes)
		return false;
	switch (f->wire_bytes) {
	case 1:
		*ret = attr_u8(a);
		break;
	case 2:
		*ret = attr_u16(a);
		break;
	case 4:
		*ret = attr_u32(a);
		break;
	default:
		*ret = attr_u64(a);
	}
	if (f->type == FIELD_SECONDS) /* part of a second is not equal to none */
		*ret = *ret / USER_HZ + (*ret % USER_HZ != 0);
	return true;
}

void link_kind_get(const struct link_kind *k, const struct nlattr *data, struct field_values *ret)
{
	size_t n = link_kind_fields(k);
	const struct nlattr *a;

	memset(ret, 0, sizeof(*ret));
	if (!data)
		return;
	attr_foreach_nested(a, data) {
		for (size_t i = 0; i < n; i++)
			if (k->fields[i].attr == attr_type(a) &&
			    from_wire(&k->fields[i], a, &ret->v[i]))
				ret->given |= 1u << i;
	}
	ret->hidden = k->hidden ? k->hidden(data, ret) : 0;
}
