/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/map.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

uint64_t hash_bytes(const void *p, size_t len, uint64_t seed)
{
	const unsigned char *s = p;
	uint64_t h = 0xcbf29ce484222325ULL ^ seed;

	for (size_t i = 0; i < len; i++)
		h = (h ^ s[i]) * 0x100000001b3ULL;
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	return h;
}

uint64_t hash_str(const char *s, uint64_t seed)
{
	return hash_bytes(s, strlen(s), seed);
}

static struct map_slot *find(const struct map *m, const void *key, size_t len, uint64_t hash)
{
	size_t i = hash & (m->cap - 1);

	for (;; i = (i + 1) & (m->cap - 1)) {
		struct map_slot *s = &m->slots[i];

		if (!s->key || (s->hash == hash && s->len == len && !memcmp(s->key, key, len)))
			return s;
	}
}

static bool grow(struct map *m)
{
	struct map bigger = { .cap = m->cap ? m->cap * 2 : 16, .n = m->n };

	bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].key)
			*find(&bigger, m->slots[i].key, m->slots[i].len,
			      m->slots[i].hash) = m->slots[i];
	free(m->slots);
	*m = bigger;
	return true;
}

uint32_t map_put(struct map *m, const void *key, size_t len, uint32_t value, int *failed)
{
	uint64_t hash = hash_bytes(key, len, 0);
	struct map_slot *s;

	if ((m->n + 1) * 4 > m->cap * 3 && !grow(m)) {
		*failed = 1;
		return MAP_NONE;
	}
	s = find(m, key, len, hash);
	if (s->key)
		return s->value;
	*s = (struct map_slot){ key, (uint32_t)len, value, hash };
	m->n++;
	return MAP_NONE;
}

uint32_t map_get(const struct map *m, const void *key, size_t len)
{
	struct map_slot *s;

	if (!m->cap)
		return MAP_NONE;
	s = find(m, key, len, hash_bytes(key, len, 0));
	return s->key ? s->value : MAP_NONE;
}

uint32_t map_put_str(struct map *m, const char *key, uint32_t value, int *failed)
{
	return map_put(m, key, strlen(key), value, failed);
}

uint32_t map_get_str(const struct map *m, const char *key)
{
	return map_get(m, key, strlen(key));
}

void map_fini(struct map *m)
{
	free(m->slots);
	memset(m, 0, sizeof(*m));
}
