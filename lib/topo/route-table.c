/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/route-table.h"

#include <string.h>

/*
 * Fewest routes: after "Constructing Optimal IP Routing Tables" (Draves, King,
 * Venkatachary, Zill 1999), with the difference that a route is only made for a
 * prefix that is wholly the network's own, the default route excepted. From the
 * leaves up, a prefix learns which hops may serve for all inside: those that
 * both halves have in common, else those of either. From the root down, each
 * takes over what is around it where that is one of them.
 */

#define NO_BIT	 64	    /* of a set that has none */
#define ANYTHING UINT64_MAX /* all inside has routes that are not ours to choose */

int route_table_init(struct route_table *t, const struct route_prefixes *p)
{
	t->prefixes = p;
	t->known = malloc((p->v.n + 1) * sizeof(*t->known));
	t->around = malloc((p->v.n + 1) * sizeof(*t->around));
	t->fits = calloc(p->v.n + 1, sizeof(*t->fits));
	t->mark = calloc(p->v.n + 1, sizeof(*t->mark));
	if (!t->known || !t->around || !t->fits || !t->mark)
		return -ENOMEM;
	memset(t->known, 0xff, p->v.n * sizeof(*t->known)); /* ROUTE_NOTHING */
	return 0;
}

void route_table_fini(struct route_table *t)
{
	free(t->known);
	free(t->around);
	free(t->fits);
	free(t->mark);
	vec_fini(&t->learned);
	vec_fini(&t->choices);
	vec_fini(&t->times);
	vec_fini(&t->bits);
}

int route_table_clear(struct route_table *t, bool whole)
{
	vec_foreach(i, &t->learned) {
		t->known[*i] = ROUTE_NOTHING;
		t->fits[*i] = 0;
	}
	t->learned.n = t->choices.n = 0;
	t->round++;
	t->whole = whole;
	if (!whole)
		return 0;
	if (vec_reserve(&t->learned, t->prefixes->v.n))
		return -ENOMEM;
	t->learned.n = t->prefixes->v.n;
	for (uint32_t i = 0; i < t->learned.n; i++)
		t->learned.v[i] = i;
	return 0;
}

static int add_learned(struct route_table *t, uint32_t prefix)
{
	if (t->whole || t->mark[prefix] == t->round)
		return 0;
	t->mark[prefix] = t->round;
	return vec_push(&t->learned, prefix);
}

int route_table_learn(struct route_table *t, uint32_t prefix, uint32_t known)
{
	t->known[prefix] = known;
	return add_learned(t, prefix);
}

static int in_order(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* What was learned, by number: sorted, or picked from all where that is less work. */
static void sort_learned(struct route_table *t)
{
	size_t n = 0;

	if (t->learned.n * 16 < t->prefixes->v.n) {
		qsort(t->learned.v, t->learned.n, sizeof(*t->learned.v), in_order);
		return;
	}
	for (uint32_t i = 0; n < t->learned.n; i++)
		if (t->mark[i] == t->round)
			t->learned.v[n++] = i;
}

/* With all that contain them, those that contain first. A stray address has a route only where its subnet has none. */
static int arrange(struct route_table *t)
{
	const struct route_prefix *x = t->prefixes->v.v;
	int r = add_learned(t, 0);

	for (size_t i = 0; r == 0 && !t->whole && i < t->learned.n; i++)
		if (x[t->learned.v[i]].parent != MODEL_NONE)
			r = add_learned(t, x[t->learned.v[i]].parent);
	if (r < 0)
		return r;
	if (!t->whole)
		sort_learned(t);
	vec_foreach(i, &t->learned)
		if (x[*i].instead != MODEL_NONE && t->known[x[*i].instead] != ROUTE_NOTHING)
			t->known[*i] = ROUTE_NOTHING;
	return 0;
}

int route_table_all(struct route_table *t)
{
	int r = arrange(t);

	vec_foreach(i, &t->learned)
		if (r == 0 && *i && route_is_hops(t->known[*i]))
			r = vec_push(&t->choices, (struct route_choice){ *i, t->known[*i] });
	return r;
}

/* The 64 sets that are used most have a bit each; prefixes by another one stay as they are. */
static void give_bits(struct route_table *t)
{
	uint32_t n = 0;

	memset(t->bits.v, NO_BIT, t->times.n);
	for (uint32_t s = 0; s < t->times.n; s++) {
		uint32_t at = n;

		if (!t->times.v[s] || (n == 64 && t->times.v[s] <= t->times.v[t->sets[63]]))
			continue;
		if (n == 64)
			t->bits.v[t->sets[at = 63]] = NO_BIT;
		else
			n++;
		for (; at > 0 && t->times.v[t->sets[at - 1]] < t->times.v[s]; at--)
			t->sets[at] = t->sets[at - 1];
		t->sets[at] = s;
	}
	for (uint32_t i = 0; i < n; i++)
		t->bits.v[t->sets[i]] = (uint8_t)i;
}

static int count_sets(struct route_table *t, size_t n_sets)
{
	t->times.n = t->bits.n = 0;
	if (vec_reserve(&t->times, n_sets + 1) || vec_reserve(&t->bits, n_sets + 1))
		return -ENOMEM;
	t->times.n = t->bits.n = n_sets;
	memset(t->times.v, 0, n_sets * sizeof(*t->times.v));
	vec_foreach(i, &t->learned)
		if (*i && route_is_hops(t->known[*i]))
			t->times.v[t->known[*i]]++;
	give_bits(t);
	return 0;
}

static uint64_t bit_of(const struct route_table *t, uint32_t known)
{
	if (!route_is_hops(known) || t->bits.v[known] == NO_BIT)
		return 0;
	return (uint64_t)1 << t->bits.v[known];
}

/* None where a part of it is unknown: what is not reached must not become so. */
static void find_fits(struct route_table *t)
{
	const struct route_prefix *x = t->prefixes->v.v;

	for (size_t k = t->learned.n; k-- > 0;) {
		uint32_t i = t->learned.v[k];
		uint64_t left, right;

		if (t->known[i] != ROUTE_NOTHING) {
			t->fits[i] = route_is_hops(t->known[i]) ? bit_of(t, t->known[i]) : ANYTHING;
			continue;
		}
		t->fits[i] = 0;
		if (x[i].left == MODEL_NONE || x[i].n_owners)
			continue;
		left = t->fits[x[i].left];
		right = t->fits[x[i].right];
		if (left && right)
			t->fits[i] = left & right ? left & right : left | right;
	}
}

/*
 * Default routes follow shortest paths to the root, so that an address that is
 * not in the network ends there (or where a router has no default) and never
 * goes round: of the sets that lead nearer to the root, the one that most
 * prefixes are reached by. For one prefix alone, its own route is as good.
 */
static uint32_t choose_default(const struct route_table *t, const struct route_paths *p,
			       uint32_t defaults)
{
	uint32_t ret = ROUTE_NOTHING;

	if (!route_is_hops(defaults) || t->known[0] != ROUTE_NOTHING)
		return ROUTE_NOTHING;
	for (uint32_t s = 0; s < t->times.n; s++)
		if (t->times.v[s] > (ret == ROUTE_NOTHING ? 1 : t->times.v[ret]) &&
		    route_set_within(p, s, defaults))
			ret = s;
	return ret;
}

/* The hops of a route for a prefix that is a union: none where one of its halves does without. */
static uint32_t choose_union(const struct route_table *t, uint32_t i, uint32_t around)
{
	const struct route_prefix *x = &t->prefixes->v.v[i];

	if (!t->fits[i] || t->fits[i] & bit_of(t, around))
		return ROUTE_NOTHING;
	if (t->fits[x->left] == ANYTHING || t->fits[x->right] == ANYTHING)
		return ROUTE_NOTHING;
	return t->sets[__builtin_ctzll(t->fits[i])];
}

int route_table_fewest(struct route_table *t, const struct route_paths *p, uint32_t defaults,
		       bool always)
{
	const struct route_prefix *x = t->prefixes->v.v;
	int r = arrange(t);

	r = r ? r : count_sets(t, p->sets.n);
	if (r < 0)
		return r;
	find_fits(t);
	t->around[0] = t->known[0];
	if (t->known[0] == ROUTE_NOTHING)
		t->around[0] = always ? defaults : choose_default(t, p, defaults);
	if (t->known[0] != t->around[0])
		r = vec_push(&t->choices, (struct route_choice){ 0, t->around[0] });
	for (size_t k = 1; r == 0 && k < t->learned.n; k++) {
		uint32_t i = t->learned.v[k];
		uint32_t around = t->around[x[i].parent], hops = t->known[i];

		if (hops == ROUTE_NOTHING)
			hops = choose_union(t, i, around);
		t->around[i] = hops == ROUTE_NOTHING ? around : hops;
		if (route_is_hops(hops) && hops != around)
			r = vec_push(&t->choices, (struct route_choice){ i, hops });
	}
	return r;
}
