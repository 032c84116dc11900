/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/context.h"
#include "topo/route-chain.h"

#include <linux/rtnetlink.h>
#include <string.h>

/* One address family. */
struct family {
	struct route_graph graph;
	struct route_prefixes prefixes;
	uint32_t *root;	      /* by part: where unknown addresses go to be refused, or MODEL_NONE */
	uint32_t *n_prefixes; /* by part: how many are reached through its routers */
	uint32_t *uplink;     /* by namespace: its only way to its root, or MODEL_NONE */
	struct route_chain chain;
	struct route_table table; /* of the namespace at hand */
	uint64_t *dist;		  /* by prefix, the same */
};

struct work {
	struct warren *w;
	struct warren_topo *t;
	struct family families[2];
	VEC(struct model_route) routes;
};

static uint32_t part_of(const struct family *f, uint32_t ns, uint32_t i)
{
	const struct route_graph *g = &f->graph;

	return g->subnets.v[g->members.v[g->own[g->at[ns].first + i]].subnet].part;
}

/* The root for a namespace: of the first of its parts that has one. */
static uint32_t root_of(const struct family *f, uint32_t ns)
{
	for (uint32_t i = 0; i < f->graph.at[ns].n; i++)
		if (f->root[part_of(f, ns, i)] != MODEL_NONE)
			return f->root[part_of(f, ns, i)];
	return MODEL_NONE;
}

static uint32_t farthest(const struct route_graph *g)
{
	const struct route_paths *p = &g->paths;
	uint32_t ret = p->reached.v[0];

	vec_foreach(ns, &p->reached)
		if (route_forwards(g->t, *ns) && p->dist[*ns] > p->dist[ret])
			ret = *ns;
	return ret;
}

/*
 * A router in the middle of a part: half way between two that are far apart.
 * Any would do; from the middle, the default routes replace the most.
 */
static int choose_root(struct family *f, uint32_t ns, uint32_t *ret)
{
	struct route_graph *g = &f->graph;
	struct route_paths *p = &g->paths;
	size_t n_ns = g->t->model.ns.n;
	auto_free uint64_t *dist = malloc((n_ns + 1) * sizeof(*dist));
	uint64_t best = ROUTE_FAR;
	int r;

	if (!dist)
		return -ENOMEM;
	r = route_graph_search(g, ns, MODEL_NONE);
	r = r ? r : route_graph_search(g, farthest(g), MODEL_NONE);
	if (r < 0)
		return r;
	memcpy(dist, p->dist, n_ns * sizeof(*dist));
	r = route_graph_search(g, farthest(g), MODEL_NONE);
	if (r < 0)
		return r;
	vec_foreach(v, &p->reached) {
		uint64_t far = p->dist[*v] > dist[*v] ? p->dist[*v] : dist[*v];
		bool more = far == best && (g->at[*v].n > g->at[*ret].n ||
					    (g->at[*v].n == g->at[*ret].n && *v < *ret));

		if (!route_forwards(g->t, *v) || far > best || (far == best && !more))
			continue;
		best = far;
		*ret = *v;
	}
	return 0;
}

/*
 * A router that somebody wrote routes for (or the host, that has its own) may
 * send what is not in the network anywhere. It must not be on the way of
 * computed default routes: they would lead there what was unreachable before,
 * or round in a circle.
 */
static bool leads_out(const struct family *f, uint32_t ns)
{
	const struct model *m = &f->graph.t->model;
	const struct model_range *r = &m->ns.v[ns].routes;

	for (uint32_t i = r->first; i < r->first + r->n; i++)
		if (m->routes.v[i].to.family == f->graph.family &&
		    m->routes.v[i].type == MODEL_ROUTE_UNICAST)
			return true;
	return ns == MODEL_HOST;
}

static int find_roots(struct family *f)
{
	const struct route_graph *g = &f->graph;
	size_t n_ns = g->t->model.ns.n, n = g->subnets.n;
	auto_free bool *out = calloc(n + 1, sizeof(*out));
	int r = out ? 0 : -ENOMEM;

	if (r == 0)
		memset(f->root, 0xff, n * sizeof(*f->root));
	for (uint32_t ns = 0; r == 0 && ns < n_ns; ns++)
		if (route_forwards(g->t, ns) && g->at[ns].n && leads_out(f, ns))
			out[part_of(f, ns, 0)] = true;
	for (uint32_t ns = 0; r == 0 && ns < n_ns; ns++) {
		if (!route_forwards(g->t, ns) || !g->at[ns].n)
			continue;
		if (!out[part_of(f, ns, 0)] && f->root[part_of(f, ns, 0)] == MODEL_NONE)
			r = choose_root(f, ns, &f->root[part_of(f, ns, 0)]);
	}
	return r;
}

static int count_prefixes(struct family *f)
{
	auto_free uint32_t *last = malloc((f->prefixes.v.n + 1) * sizeof(*last));

	if (!last)
		return -ENOMEM;
	memset(last, 0xff, f->prefixes.v.n * sizeof(*last));
	vec_foreach(x, &f->prefixes.targets) {
		uint32_t part;

		if (!f->graph.at[x->ns].n)
			continue;
		part = part_of(f, x->ns, 0);
		f->n_prefixes[part] += last[x->prefix] != part;
		last[x->prefix] = part;
	}
	return 0;
}

static int want_targets(struct family *f)
{
	size_t n_ns = f->graph.t->model.ns.n;
	auto_free bool *wanted = calloc(n_ns + 1, sizeof(*wanted));

	if (!wanted)
		return -ENOMEM;
	for (size_t i = 0; i < n_ns; i++)
		wanted[i] = f->prefixes.at[i].n > 0;
	return route_graph_want(&f->graph, wanted);
}

static int family_init(struct family *f, const struct warren_topo *t, uint8_t family)
{
	int r = route_graph_init(&f->graph, t, family);
	size_t n;

	if (r < 0 || !f->graph.subnets.n)
		return r;
	r = route_prefixes_init(&f->prefixes, &f->graph);
	if (r < 0)
		return r;
	n = f->prefixes.v.n;
	f->root = malloc(f->graph.subnets.n * sizeof(*f->root));
	f->n_prefixes = calloc(f->graph.subnets.n, sizeof(*f->n_prefixes));
	f->uplink = malloc(t->model.ns.n * sizeof(*f->uplink));
	f->dist = malloc(n * sizeof(*f->dist));
	if (!f->root || !f->n_prefixes || !f->uplink || !f->dist)
		return -ENOMEM;
	memset(f->uplink, 0xff, t->model.ns.n * sizeof(*f->uplink));
	r = route_table_init(&f->table, &f->prefixes);
	r = r ? r : want_targets(f);
	r = r ? r : count_prefixes(f);
	r = r ? r : find_roots(f);
	r = r ? r : route_graph_uplinks(&f->graph, f->root, f->uplink);
	return r ? r : route_chain_init(&f->chain, &f->graph, &f->prefixes, f->uplink);
}

static void work_fini(struct work *w)
{
	for (int i = 0; i < 2; i++) {
		struct family *f = &w->families[i];

		route_graph_fini(&f->graph);
		route_prefixes_fini(&f->prefixes);
		free(f->root);
		free(f->n_prefixes);
		free(f->uplink);
		route_chain_fini(&f->chain);
		free(f->dist);
		route_table_fini(&f->table);
	}
	vec_fini(&w->routes);
}

static int add_route(struct work *w, uint32_t ns, const struct ip *to, struct model_range hops)
{
	return vec_push(&w->routes, (struct model_route){ .to = *to,
							  .type = MODEL_ROUTE_UNICAST,
							  .computed = true,
							  .ns = ns,
							  .table = RT_TABLE_MAIN,
							  .hops = hops });
}

/* A route by a set of hops; the model gets the set when the first route needs it. */
static int add_by_set(struct work *w, struct family *f, uint32_t ns, uint32_t prefix, uint32_t set)
{
	const struct route_paths *p = &f->graph.paths;
	struct route_set *s = &p->sets.v[set];
	struct model *m = &w->t->model;
	int r = 0;

	if (s->hops == MODEL_NONE) {
		s->hops = (uint32_t)m->hops.n;
		for (uint32_t i = 0; r == 0 && i < s->n; i++)
			r = vec_push(&m->hops, p->adjacent.v[p->pool.v[s->first + i]]);
	}
	return r ? r
		 : add_route(w, ns, &f->prefixes.v.v[prefix].ip,
			     (struct model_range){ s->hops, s->n });
}

/* What the nearest targets of each prefix are, by which first hops. */
static int learn_paths(struct family *f, uint32_t ns, uint32_t uplink)
{
	const struct route_prefixes *x = &f->prefixes;
	struct route_paths *p = &f->graph.paths;
	uint32_t *known = f->table.known;
	int r = route_graph_search(&f->graph, ns, uplink);

	vec_foreach(v, &p->reached) {
		const struct route_target *target = x->targets.v + x->at[*v].first;

		for (uint32_t i = 0; r == 0 && *v != ns && i < x->at[*v].n; i++) {
			uint32_t at = target[i].prefix;

			if (known[at] == ROUTE_NOTHING || p->dist[*v] < f->dist[at]) {
				r = route_table_learn(&f->table, at, p->set[*v]);
				f->dist[at] = p->dist[*v];
			} else if (p->dist[*v] == f->dist[at]) {
				r = route_set_union(p, known[at], p->set[*v], &known[at]);
			}
		}
	}
	return r;
}

/* The interface that the kernel will find for a hop that names none; MODEL_NONE where that is not
 * plain. */
static uint32_t hop_iface(const struct work *w, uint32_t ns, const struct model_hop *hop)
{
	const struct model *m = &w->t->model;
	const struct model_range *r = &m->ns.v[ns].addrs;
	uint32_t found = hop->iface;

	for (uint32_t i = r->first; hop->iface == MODEL_NONE && i < r->first + r->n; i++) {
		const struct model_addr *a = &m->addrs.v[i];

		if (!ip_contains(&a->ip, &hop->via))
			continue;
		if (found != MODEL_NONE && found != a->iface)
			return MODEL_NONE;
		found = a->iface;
	}
	return found;
}

/* The set that a written route's hops are, or ROUTE_WRITTEN where they are none of the neighbours found.
 */
static int written_hops(const struct work *w, struct family *f, const struct model_route *route,
			uint32_t *ret)
{
	const struct model_hop *hop = w->t->model.hops.v + route->hops.first;
	const struct route_paths *p = &f->graph.paths;
	uint32_t found[ROUTE_HOPS_MAX], n = 0;

	*ret = ROUTE_WRITTEN;
	if (route->type != MODEL_ROUTE_UNICAST || !route->hops.n || route->hops.n > ROUTE_HOPS_MAX)
		return 0;
	for (uint32_t k = 0; k < p->adjacent.n; k++) {
		const struct model_hop *a = &p->adjacent.v[k];
		bool is_hop = false;

		for (uint32_t i = 0; i < route->hops.n; i++)
			is_hop |= ip_same_host(&hop[i].via, &a->via) && hop[i].weight <= 1 &&
				  hop_iface(w, route->ns, &hop[i]) == a->iface;
		if (is_hop && n < ROUTE_HOPS_MAX)
			found[n++] = k;
	}
	return n == route->hops.n ? route_set_intern(&f->graph.paths, found, n, ret) : 0;
}

/* What is connected, and what the file says. */
static int learn_own(const struct work *w, struct family *f, uint32_t ns)
{
	const struct model *m = &w->t->model;
	const struct model_range *addrs = &m->ns.v[ns].addrs, *routes = &m->ns.v[ns].routes;
	uint32_t *known = f->table.known;
	bool had_default = false;
	int r = 0;

	for (uint32_t i = addrs->first; r == 0 && i < addrs->first + addrs->n; i++) {
		const struct model_addr *a = &m->addrs.v[i];
		uint32_t at = route_prefix_of(&f->prefixes, &a->ip);

		if (route_addr_counts(w->t, a, f->graph.family) && at != MODEL_NONE)
			r = route_table_learn(&f->table, at, ROUTE_CONNECTED);
	}
	for (uint32_t i = routes->first; r == 0 && i < routes->first + routes->n; i++) {
		const struct model_route *route = &m->routes.v[i];
		uint32_t at;

		if (route->to.family != f->graph.family || route->table != RT_TABLE_MAIN)
			continue;
		at = map_get(&f->prefixes.by_ip, &route->to, sizeof(route->to));
		r = route_table_learn(&f->table, at, ROUTE_WRITTEN);
		if (r == 0 && at == 0 && !had_default)
			r = written_hops(w, f, route, &known[0]);
		had_default |= at == 0;
	}
	return r;
}

/* Whether a default route is worth it: more than one prefix must be on the uplink's side, else a
 * route for that one says it more exactly. */
static bool wants_default(const struct family *f, uint32_t uplink, size_t n_own)
{
	return f->n_prefixes[f->graph.subnets.v[uplink].part] >= n_own + 2;
}

/* A router in a row: its table is there, only its hops are looked for. */
static int route_in_row(struct family *f, uint32_t ns, uint32_t uplink)
{
	const struct model_range *made = &f->chain.at[ns].choices;
	int r = route_graph_hops(&f->graph, ns, uplink);

	for (uint32_t i = 0; r == 0 && i < made->n; i++)
		r = vec_push(&f->table.choices, f->chain.choices.v[made->first + i]);
	return r;
}

/*
 * A namespace that has an uplink needs a default route by that, and knows of no
 * more than what is on its own side: nothing, for most.
 * @param[out] done  false: this was not one of them
 */
static int route_by_uplink(struct work *w, struct family *f, uint32_t ns, bool *done)
{
	struct route_table *t = &f->table;
	uint32_t uplink = f->uplink[ns];
	size_t n_own;
	int r;

	if (uplink == MODEL_NONE || w->t->model.ns.v[ns].routes.n)
		return 0;
	if (f->chain.at[ns].n_known && wants_default(f, uplink, f->chain.at[ns].n_known)) {
		*done = true;
		return route_in_row(f, ns, uplink);
	}
	r = learn_paths(f, ns, uplink);
	r = r ? r : learn_own(w, f, ns);
	n_own = t->learned.n;
	vec_foreach(i, &t->learned)
		if (route_prefix_is_special(&f->prefixes.v.v[*i]))
			return r; /* only the whole search tells */
	if (!wants_default(f, uplink, n_own))
		return r;
	*done = true;
	return r ? r : route_table_fewest(t, &f->graph.paths, 0, true);
}

static int route_fully(struct work *w, struct family *f, uint32_t ns, uint32_t root)
{
	const struct route_paths *p = &f->graph.paths;
	int r = learn_paths(f, ns, MODEL_NONE);

	r = r ? r : learn_own(w, f, ns);
	if (r < 0)
		return r;
	if (w->t->no_aggregate)
		return route_table_all(&f->table);
	return route_table_fewest(&f->table, p, root == MODEL_NONE ? ROUTE_NOTHING : p->set[root],
				  false);
}

static int route_namespace(struct work *w, struct family *f, uint32_t ns)
{
	uint32_t root;
	bool done = false;
	int r = 0;

	if (!f->graph.subnets.n || !f->graph.at[ns].n)
		return 0;
	root = w->t->no_aggregate || ns == MODEL_HOST ? MODEL_NONE : root_of(f, ns);
	root = root == ns ? MODEL_NONE : root;
	r = route_table_clear(&f->table, false);
	if (r == 0 && root != MODEL_NONE)
		r = route_by_uplink(w, f, ns, &done);
	if (r == 0 && !done)
		r = route_table_clear(&f->table, true);
	if (r == 0 && !done)
		r = route_fully(w, f, ns, root);
	vec_foreach(c, &f->table.choices)
		if (r == 0)
			r = add_by_set(w, f, ns, c->prefix, c->hops);
	return r;
}

static int route_all(struct work *w)
{
	struct model *m = &w->t->model;
	int r = family_init(&w->families[0], w->t, AF_INET);

	r = r ? r : family_init(&w->families[1], w->t, AF_INET6);
	for (uint32_t ns = 0; r == 0 && ns < m->ns.n; ns++) {
		const struct model_range *written = &m->ns.v[ns].routes;

		context_progress(w->w, "routes", ns, m->ns.n);
		r = vec_reserve(&w->routes, written->n);
		for (uint32_t i = 0; r == 0 && i < written->n; i++)
			w->routes.v[w->routes.n++] = m->routes.v[written->first + i];
		for (int i = 0; r == 0 && i < 2; i++)
			r = route_namespace(w, &w->families[i], ns);
	}
	return r;
}

int static_routes(struct warren *w, struct warren_topo *t, struct warren_err *err)
{
	auto_(work_fini) struct work k = { .w = w, .t = t };
	struct model *m = &t->model;
	size_t n_hops = m->hops.n;

	if (route_all(&k) < 0) {
		m->hops.n = n_hops;
		return warren_fail(err, -ENOMEM,
				   "routing: no memory for the routes of %zu namespaces",
				   m->ns.n - 1);
	}
	free(m->routes.v);
	m->routes.v = take_ptr(k.routes.v);
	m->routes.n = k.routes.n;
	m->routes.cap = k.routes.cap;
	return 0;
}
