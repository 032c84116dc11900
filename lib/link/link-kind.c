/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link/link-kind.h"

#include <string.h>

#define KIND(name) extern const struct link_kind link_kind_##name;
#include "link/kinds.inc"
#undef KIND

#define KIND(name) &link_kind_##name,
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
	for (size_t i = 0; kinds[i]; i++)
		if (kinds[i]->kind == kind)
			return kinds[i];
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
		v->given |= 1u << i;
		v->v[i] = k->fields[i].preset;
	}
	return wrong;
}
