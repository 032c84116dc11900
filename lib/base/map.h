/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

/*
 * A hash map from bytes to a 32-bit number (an index, most often). Zero it to
 * begin. Keys are borrowed: they must outlive the map.
 */
struct map_slot {
	const void *key;
	uint32_t len, value;
	uint64_t hash;
};
struct map {
	struct map_slot *slots;
	size_t n, cap;
};

#define MAP_NONE UINT32_MAX

/** FNV-1a with a final mix, 64 bits, seeded; stable over runs and machines. */
uint64_t hash_bytes(const void *p, size_t len, uint64_t seed);
uint64_t hash_str(const char *s, uint64_t seed);

/**
 * Put a key where it is not there yet.
 * @return MAP_NONE where it was put, else the value that it had (unchanged); *failed is set without memory
 */
uint32_t map_put(struct map *m, const void *key, size_t len, uint32_t value, int *failed);

/** @return the value of a key, or MAP_NONE */
uint32_t map_get(const struct map *m, const void *key, size_t len);

/** The same for a string key (its terminator is not part of it). */
uint32_t map_put_str(struct map *m, const char *key, uint32_t value, int *failed);
uint32_t map_get_str(const struct map *m, const char *key);

/** Release. */
void map_fini(struct map *m);

#endif
