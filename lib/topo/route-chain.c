/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/route-chain.h"

#include "base/cleanup.h"

#include <string.h>

/* What is known of a prefix. */
enum {
	KNOWN = 1,     /* it is reached through a router of the row so far, or beyond */
	COVERED = 2,   /* known, or both its halves are covered */
	CONNECTED = 4, /* a network of the router at hand */
};

/* The row so far, seen from its near end. */
struct row {
	const struct route_prefixes *prefixes;
	uint8_t *what;	       /* by prefix */
	VEC(uint32_t) tops;    /* covered ones that are in no other covered one; ascending */
	VEC(uint32_t) covered; /* all of them */
	VEC(uint32_t) connected;
	uint32_t n_known;
	bool special; /* one of them is: how it is reached depends on more than the row */
};

static void row_fini(struct row *r)
{
	free(r->what);
	vec_fini(&r->tops);
	vec_fini(&r->covered);
	vec_fini(&r->connected);
}

static void row_clear(struct row *r)
{
	vec_foreach(i, &r->covered)
		r->what[*i] = 0;
	r->tops.n = r->covered.n = r->connected.n = 0;
	r->n_known = 0;
	r->special = false;
}

static bool contains(const struct row *r, uint32_t outer, uint32_t inner)
{
	return ip_contains(&r->prefixes->v.v[outer].ip, &r->prefixes->v.v[inner].ip);
}

/* Where in an ascending list the first is that is not below `i`. */
static size_t lower_bound(const uint32_t *list, size_t n, uint32_t i)
{
	size_t from = 0;

	while (from < n) {
		const size_t mid = from + (n - from) / 2;

		if (list[mid] < i)
			from = mid + 1;
		else
			n = mid;
	}
	return from;
}

/* Prefixes are ordered so that those in one follow it. */
static int add_top(struct row *r, uint32_t i)
{
	const size_t at = lower_bound(r->tops.v, r->tops.n, i);
	size_t end = at;

	for (uint32_t up = r->prefixes->v.v[i].parent; up != MODEL_NONE;
	     up = r->prefixes->v.v[up].parent)
		if (r->what[up] & COVERED)
			return 0;
	if (vec_reserve(&r->tops, 1))
		return -ENOMEM;
	while (end < r->tops.n && contains(r, i, r->tops.v[end]))
		end++;
	memmove(r->tops.v + at + 1, r->tops.v + end, (r->tops.n - end) * sizeof(*r->tops.v));
	r->tops.v[at] = i;
	r->tops.n -= end - at;
	r->tops.n++;
	return 0;
}

static bool is_union(const struct row *r, uint32_t i)
{
	const struct route_prefix *x = &r->prefixes->v.v[i];

	return x->left != MODEL_NONE && !x->n_owners;
}

static int add_prefix(struct row *r, uint32_t i)
{
	const struct route_prefix *v = r->prefixes->v.v;

	r->n_known += !(r->what[i] & KNOWN);
	r->special |= route_prefix_is_special(&v[i]);
	r->what[i] |= KNOWN;
	while (!(r->what[i] & COVERED)) {
		if (add_top(r, i) || vec_push(&r->covered, i))
			return -ENOMEM;
		r->what[i] |= COVERED;
		if (v[i].parent == MODEL_NONE || !is_union(r, v[i].parent))
			break;
		i = v[i].parent;
		if (!(r->what[v[i].left] & r->what[v[i].right] & COVERED))
			break;
	}
	return 0;
}

/* Whether all of it is connected. */
static bool is_connected(const struct row *r, uint32_t i)
{
	const struct route_prefix *x = &r->prefixes->v.v[i];

	if (r->what[i] & KNOWN)
		return r->what[i] & CONNECTED;
	return is_union(r, i) && is_connected(r, x->left) && is_connected(r, x->right);
}

static int add_choice(struct route_chain *c, uint32_t prefix, uint32_t hops)
{
	return vec_push(&c->choices, (struct route_choice){ prefix, hops });
}

/* The fewest routes for a covered prefix of which nothing has a route: as route_table_fewest()
 * would choose, of which this is the case of one set of hops and nothing inside another. */
static int choose(struct route_chain *c, const struct row *r, uint32_t i)
{
	const struct route_prefix *x = &r->prefixes->v.v[i];
	int ret;

	if (r->what[i] & CONNECTED)
		return 0;
	if (!(r->what[i] & KNOWN) && (is_connected(r, x->left) || is_connected(r, x->right))) {
		ret = choose(c, r, x->left);
		return ret ? ret : choose(c, r, x->right);
	}
	return add_choice(c, i, ROUTE_CHAIN_BEYOND);
}

/* A router forwards: its targets are its networks. */
static int connect_router(struct row *r, uint32_t ns)
{
	const struct model_range *at = &r->prefixes->at[ns];
	int ret = 0;

	r->connected.n = 0;
	for (uint32_t i = at->first; ret == 0 && i < at->first + at->n; i++) {
		const uint32_t prefix = r->prefixes->targets.v[i].prefix;

		ret = add_prefix(r, prefix);
		ret = ret ? ret : vec_push(&r->connected, prefix);
		r->what[prefix] |= CONNECTED;
	}
	return ret;
}

/* The next router towards the root: its networks are connected, its table is made. */
static int add_router(struct route_chain *c, struct row *r, uint32_t ns)
{
	struct route_chain_table *t = &c->at[ns];
	int ret = connect_router(r, ns);

	if (r->special)
		return ret;
	t->choices.first = (uint32_t)c->choices.n;
	ret = ret ? ret : add_choice(c, 0, ROUTE_CHAIN_UPLINK);
	vec_foreach(top, &r->tops)
		ret = ret ? ret : choose(c, r, *top);
	t->choices.n = (uint32_t)c->choices.n - t->choices.first;
	t->n_known = r->n_known;
	vec_foreach(i, &r->connected)
		r->what[*i] &= (uint8_t)~CONNECTED;
	return ret;
}

/* The far end of a row is any namespace with an uplink: what it and all beyond it are reached for. */
static int begin_row(struct row *r, struct route_graph *g, uint32_t end, uint32_t uplink)
{
	int ret;

	row_clear(r);
	ret = route_graph_search(g, end, uplink);
	vec_foreach(ns, &g->paths.reached) {
		const struct model_range *at = &r->prefixes->at[*ns];

		for (uint32_t i = at->first; ret == 0 && i < at->first + at->n; i++)
			ret = add_prefix(r, r->prefixes->targets.v[i].prefix);
	}
	return ret;
}

/* The only neighbour besides that on the uplink, of which this is the uplink; MODEL_NONE where it is not so. */
static uint32_t find_beyond(const struct route_graph *g, const uint32_t *uplink, uint32_t ns)
{
	uint32_t found = MODEL_NONE;

	if (uplink[ns] == MODEL_NONE || !route_forwards(g->t, ns))
		return MODEL_NONE;
	for (uint32_t i = 0; i < g->at[ns].n; i++) {
		const uint32_t subnet = g->members.v[g->own[g->at[ns].first + i]].subnet;
		const struct route_subnet *s = &g->subnets.v[subnet];
		const struct route_member *m = g->members.v + s->members.first;

		for (uint32_t k = 0; subnet != uplink[ns] && k < s->n_useful; k++) {
			if (m[k].ns == ns)
				continue;
			if (found != MODEL_NONE || uplink[m[k].ns] != subnet)
				return MODEL_NONE;
			found = m[k].ns;
		}
	}
	return found;
}

static int make_tables(struct route_chain *c, struct row *r, struct route_graph *g,
		       const uint32_t *uplink, const uint32_t *beyond)
{
	const size_t n_ns = g->t->model.ns.n;
	int ret = 0;

	for (uint32_t first = 0; ret == 0 && first < n_ns; first++) {
		uint32_t at = first, before = beyond[first];

		if (before == MODEL_NONE || beyond[before] != MODEL_NONE)
			continue; /* in no row, or not the first after its far end */
		ret = begin_row(r, g, before, uplink[before]);
		while (ret == 0 && at != MODEL_NONE && beyond[at] == before && !r->special) {
			ret = add_router(c, r, at);
			before = at;
			at = route_graph_next(g, at, uplink[at]);
		}
	}
	return ret;
}

int route_chain_init(struct route_chain *c, struct route_graph *g,
		     const struct route_prefixes *prefixes, const uint32_t *uplink)
{
	const size_t n_ns = g->t->model.ns.n;
	auto_free uint32_t *beyond = malloc((n_ns + 1) * sizeof(*beyond));
	auto_(row_fini) struct row r = { .prefixes = prefixes };

	memset(c, 0, sizeof(*c));
	c->at = calloc(n_ns + 1, sizeof(*c->at));
	r.what = calloc(prefixes->v.n + 1, sizeof(*r.what));
	if (!beyond || !c->at || !r.what)
		return -ENOMEM;
	for (uint32_t ns = 0; ns < n_ns; ns++)
		beyond[ns] = find_beyond(g, uplink, ns);
	return make_tables(c, &r, g, uplink, beyond);
}

void route_chain_fini(struct route_chain *c)
{
	free(c->at);
	vec_fini(&c->choices);
}
