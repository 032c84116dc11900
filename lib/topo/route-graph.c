/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/route-graph.h"

#include "base/cleanup.h"

#include <string.h>

/* One address on a segment, while the subnets are looked for. */
struct seat {
	uint32_t segment, order;
	struct ip net;
	struct route_member member;
};

bool route_addr_counts(const struct warren_topo *t, const struct model_addr *a, uint8_t family)
{
	const struct model_iface *i = &t->model.ifaces.v[a->iface];

	return a->ip.family == family && (i->up || i->kind == MODEL_IFACE_LOOPBACK) &&
	       t->model.ns.v[i->ns].kind != MODEL_NS_SWITCH;
}

static int seat_cmp(const void *a, const void *b)
{
	const struct seat *x = a, *y = b;
	int r;

	if (x->segment != y->segment)
		return x->segment < y->segment ? -1 : 1;
	r = ip_cmp(&x->net, &y->net);
	if (r)
		return r;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* All addresses on segments, those of one subnet together. */
static int find_seats(const struct warren_topo *t, uint8_t family, struct seat **ret, size_t *n)
{
	const struct model *m = &t->model;
	auto_free uint32_t *segment = malloc((m->ifaces.n + 1) * sizeof(*segment));
	VEC(struct seat) seats = { 0 };

	if (!segment)
		return -ENOMEM;
	memset(segment, 0xff, m->ifaces.n * sizeof(*segment));
	for (uint32_t s = 0; s < t->segments.n; s++) {
		struct model_range r = t->segments.v[s].ports;

		for (uint32_t i = r.first; i < r.first + r.n; i++)
			segment[t->ports.v[i]] = s;
	}
	for (uint32_t i = 0; i < m->addrs.n; i++) {
		const struct model_addr *a = &m->addrs.v[i];
		uint32_t ns = m->ifaces.v[a->iface].ns;

		if (segment[a->iface] == MODEL_NONE || !route_addr_counts(t, a, family))
			continue;
		if (vec_push(&seats, (struct seat){ segment[a->iface],
						    i,
						    ip_network(&a->ip),
						    { ns, a->iface, 0, ip_host(&a->ip) } })) {
			vec_fini(&seats);
			return -ENOMEM;
		}
	}
	if (seats.n)
		qsort(seats.v, seats.n, sizeof(*seats.v), seat_cmp);
	*ret = seats.v;
	*n = seats.n;
	return 0;
}

static int make_subnets(struct route_graph *g)
{
	auto_free struct seat *seats = NULL;
	size_t n, end;
	int r = find_seats(g->t, g->family, &seats, &n);

	for (size_t i = 0; r == 0 && i < n; i = end) {
		struct route_subnet s = { seats[i].segment,
					  g->t->segments.v[seats[i].segment].cost,
					  (uint32_t)g->subnets.n,
					  { (uint32_t)g->members.n, 0 },
					  0 };

		for (end = i; end < n && seats[end].segment == seats[i].segment &&
			      !ip_cmp(&seats[end].net, &seats[i].net);
		     end++) {
			seats[end].member.subnet = s.part;
			r = r ? r : vec_push(&g->members, seats[end].member);
			s.members.n++;
		}
		r = r ? r : vec_push(&g->subnets, s);
	}
	return r;
}

/* The members of each namespace; the first one of a subnet only. */
static void index_own(struct route_graph *g)
{
	size_t n_ns = g->t->model.ns.n;
	uint32_t first = 0;

	memset(g->at, 0, n_ns * sizeof(*g->at));
	vec_foreach(m, &g->members)
		g->at[m->ns].n++;
	for (size_t i = 0; i < n_ns; i++) {
		g->at[i].first = first;
		first += g->at[i].n;
		g->at[i].n = 0;
	}
	for (uint32_t i = 0; i < g->members.n; i++) {
		struct model_range *at = &g->at[g->members.v[i].ns];
		uint32_t *last = g->own + at->first + at->n;

		if (at->n && g->members.v[last[-1]].subnet == g->members.v[i].subnet)
			continue;
		*last = i;
		at->n++;
	}
}

static uint32_t part_of(struct route_graph *g, uint32_t subnet)
{
	struct route_subnet *s = g->subnets.v;

	while (s[subnet].part != subnet) {
		s[subnet].part = s[s[subnet].part].part;
		subnet = s[subnet].part;
	}
	return subnet;
}

static void join_parts(struct route_graph *g)
{
	for (uint32_t ns = 0; ns < g->t->model.ns.n; ns++) {
		const uint32_t *own = g->own + g->at[ns].first;

		for (uint32_t i = 1; route_forwards(g->t, ns) && i < g->at[ns].n; i++) {
			uint32_t a = part_of(g, g->members.v[own[0]].subnet);
			uint32_t b = part_of(g, g->members.v[own[i]].subnet);

			g->subnets.v[a > b ? a : b].part = a > b ? b : a;
		}
	}
	for (uint32_t i = 0; i < g->subnets.n; i++)
		g->subnets.v[i].part = part_of(g, i);
}

int route_graph_init(struct route_graph *g, const struct warren_topo *t, uint8_t family)
{
	size_t n_ns = t->model.ns.n;
	struct route_paths *p = &g->paths;
	int r;

	memset(g, 0, sizeof(*g));
	g->t = t;
	g->family = family;
	r = make_subnets(g);
	if (r < 0)
		return r;
	g->own = malloc((g->members.n + 1) * sizeof(*g->own));
	g->at = malloc((n_ns + 1) * sizeof(*g->at));
	p->dist = malloc((n_ns + 1) * sizeof(*p->dist));
	p->set = malloc((n_ns + 1) * sizeof(*p->set));
	p->seen = calloc(n_ns + 1, sizeof(*p->seen));
	p->entered = malloc((g->subnets.n + 1) * sizeof(*p->entered));
	if (!g->own || !g->at || !p->dist || !p->set || !p->seen || !p->entered)
		return -ENOMEM;
	memset(p->dist, 0xff, n_ns * sizeof(*p->dist));
	memset(p->entered, 0xff, g->subnets.n * sizeof(*p->entered));
	index_own(g);
	join_parts(g);
	return 0;
}

void route_graph_fini(struct route_graph *g)
{
	struct route_paths *p = &g->paths;

	vec_fini(&g->subnets);
	vec_fini(&g->members);
	free(g->own);
	free(g->at);
	free(p->dist);
	free(p->set);
	free(p->seen);
	free(p->entered);
	vec_fini(&p->reached);
	vec_fini(&p->adjacent);
	vec_fini(&p->sets);
	vec_fini(&p->pool);
	vec_fini(&p->subnets);
	vec_fini(&p->queue);
	vec_fini(&p->heap);
}

int route_graph_want(struct route_graph *g, const bool *wanted)
{
	auto_free struct route_member *sorted = malloc((g->members.n + 1) * sizeof(*sorted));
	struct route_member *to = sorted;

	if (!sorted)
		return -ENOMEM;
	vec_foreach(s, &g->subnets) {
		const struct route_member *first = g->members.v + s->members.first;

		for (int useful = 1; useful >= 0; useful--) {
			for (uint32_t i = 0; i < s->members.n; i++)
				if ((wanted[first[i].ns] || route_forwards(g->t, first[i].ns)) ==
				    useful)
					*to++ = first[i];
			if (useful)
				s->n_useful = (uint32_t)(to - sorted) - s->members.first;
		}
	}
	if (g->members.n)
		memcpy(g->members.v, sorted, g->members.n * sizeof(*sorted));
	index_own(g);
	return 0;
}

int route_set_intern(struct route_paths *p, const uint32_t *hops, uint32_t n, uint32_t *ret)
{
	uint32_t *bucket = &p->buckets[hash_bytes(hops, n * sizeof(*hops), 0) % 256];
	uint32_t first = (uint32_t)p->pool.n;

	for (uint32_t i = *bucket; i != MODEL_NONE; i = p->sets.v[i].chain) {
		const struct route_set *s = &p->sets.v[i];

		if (s->n == n && !memcmp(p->pool.v + s->first, hops, n * sizeof(*hops))) {
			*ret = i;
			return 0;
		}
	}
	if (vec_reserve(&p->pool, n) ||
	    vec_push(&p->sets, (struct route_set){ first, n, *bucket, MODEL_NONE }))
		return -ENOMEM;
	memcpy(p->pool.v + first, hops, n * sizeof(*hops));
	p->pool.n += n;
	*ret = *bucket = (uint32_t)p->sets.n - 1;
	return 0;
}

int route_set_union(struct route_paths *p, uint32_t a, uint32_t b, uint32_t *ret)
{
	const uint32_t *x = p->pool.v + p->sets.v[a].first, *y = p->pool.v + p->sets.v[b].first;
	const uint32_t *x_end = x + p->sets.v[a].n, *y_end = y + p->sets.v[b].n;
	uint32_t both[ROUTE_HOPS_MAX], n = 0;

	if (a == b) {
		*ret = a;
		return 0;
	}
	for (; n < ROUTE_HOPS_MAX && (x < x_end || y < y_end); n++) {
		both[n] = y == y_end || (x < x_end && *x <= *y) ? *x : *y;
		x += x < x_end && *x == both[n];
		y += y < y_end && *y == both[n];
	}
	return route_set_intern(p, both, n, ret);
}

bool route_set_within(const struct route_paths *p, uint32_t a, uint32_t b)
{
	const uint32_t *x = p->pool.v + p->sets.v[a].first, *y = p->pool.v + p->sets.v[b].first;
	const uint32_t *x_end = x + p->sets.v[a].n, *y_end = y + p->sets.v[b].n;

	for (; x < x_end; x++, y++) {
		while (y < y_end && *y < *x)
			y++;
		if (y == y_end || *y != *x)
			return false;
	}
	return true;
}

static void reset(struct route_paths *p)
{
	vec_foreach(ns, &p->reached)
		p->dist[*ns] = ROUTE_FAR;
	vec_foreach(s, &p->subnets)
		p->entered[*s] = ROUTE_FAR;
	p->reached.n = p->subnets.n = p->adjacent.n = p->sets.n = p->pool.n = 0;
	p->queue.n = p->queue_head = p->heap.n = 0;
	memset(p->buckets, 0xff, sizeof(p->buckets));
}

/*
 * Distances are found in ascending order, and where all costs are equal they
 * are also queued in ascending order: a plain queue does. Only what comes out
 * of order goes to the heap.
 */
static int queue_push(struct route_paths *p, struct route_event e)
{
	size_t i, up;

	if (p->queue_head == p->queue.n || p->queue.v[p->queue.n - 1].dist <= e.dist)
		return vec_push(&p->queue, e);
	if (vec_push(&p->heap, e))
		return -ENOMEM;
	for (i = p->heap.n - 1; i && p->heap.v[up = (i - 1) / 2].dist > e.dist; i = up)
		p->heap.v[i] = p->heap.v[up];
	p->heap.v[i] = e;
	return 0;
}

static struct route_event heap_pop(struct route_paths *p)
{
	struct route_event top = p->heap.v[0], last = p->heap.v[--p->heap.n];
	size_t i = 0, down;

	while ((down = 2 * i + 1) < p->heap.n) {
		down += down + 1 < p->heap.n && p->heap.v[down + 1].dist < p->heap.v[down].dist;
		if (p->heap.v[down].dist >= last.dist)
			break;
		p->heap.v[i] = p->heap.v[down];
		i = down;
	}
	p->heap.v[i] = last;
	return top;
}

static bool queue_pop(struct route_paths *p, struct route_event *ret)
{
	bool queued = p->queue_head < p->queue.n;

	if (p->heap.n && (!queued || p->heap.v[0].dist < p->queue.v[p->queue_head].dist))
		*ret = heap_pop(p);
	else if (queued)
		*ret = p->queue.v[p->queue_head++];
	else
		return false;
	return true;
}

/* A path of length `dist` to a namespace, by the first hops `set`. */
static int reach(struct route_graph *g, uint32_t ns, uint64_t dist, uint32_t set)
{
	struct route_paths *p = &g->paths;

	if (dist > p->dist[ns])
		return 0;
	if (dist == p->dist[ns])
		return route_set_union(p, p->set[ns], set, &p->set[ns]);
	if (p->dist[ns] == ROUTE_FAR && vec_push(&p->reached, ns))
		return -ENOMEM;
	p->dist[ns] = dist;
	p->set[ns] = set;
	return route_forwards(g->t, ns) ? queue_push(p, (struct route_event){ dist, ns }) : 0;
}

static int enter(struct route_paths *p, uint32_t subnet, uint64_t dist)
{
	if (p->entered[subnet] == ROUTE_FAR && vec_push(&p->subnets, subnet))
		return -ENOMEM;
	p->entered[subnet] = dist;
	return 0;
}

/* The neighbour on a subnet where there is just one, or NULL. */
static const struct route_member *only_neighbour(const struct route_graph *g, uint32_t ns,
						 uint32_t subnet)
{
	const struct route_subnet *s = &g->subnets.v[subnet];
	const struct route_member *m = g->members.v + s->members.first, *found = NULL;

	for (uint32_t i = 0; i < s->n_useful; i++) {
		if (m[i].ns == ns)
			continue;
		if (found)
			return NULL;
		found = &m[i];
	}
	return found;
}

static int take_uplink(struct route_graph *g, uint32_t source, uint32_t iface, uint32_t subnet)
{
	const struct route_member *next = only_neighbour(g, source, subnet);
	uint32_t first = 0, set;
	int r = vec_push(&g->paths.adjacent, (struct model_hop){ next->ip, iface, 1 });

	return r ? r : route_set_intern(&g->paths, &first, 1, &set);
}

/* The source's neighbours; one that is met by several subnets of one segment counts once. */
static int first_hops(struct route_graph *g, uint32_t source, uint32_t uplink)
{
	struct route_paths *p = &g->paths;
	uint32_t segment = MODEL_NONE, set;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < g->at[source].n; i++) {
		const struct route_member *own = &g->members.v[g->own[g->at[source].first + i]];
		const struct route_subnet *s = &g->subnets.v[own->subnet];
		const struct route_member *m = g->members.v + s->members.first;

		if (own->subnet == uplink)
			continue;
		p->stamp += s->segment != segment;
		segment = s->segment;
		r = enter(p, own->subnet, s->cost);
		for (uint32_t k = 0; r == 0 && k < s->n_useful; k++) {
			uint32_t adjacent = (uint32_t)p->adjacent.n;

			if (m[k].ns == source || p->seen[m[k].ns] == p->stamp)
				continue;
			p->seen[m[k].ns] = p->stamp;
			r = vec_push(&p->adjacent, (struct model_hop){ m[k].ip, own->iface, 1 });
			r = r ? r : route_set_intern(p, &adjacent, 1, &set);
			r = r ? r : reach(g, m[k].ns, s->cost, set);
		}
	}
	return r;
}

int route_graph_hops(struct route_graph *g, uint32_t source, uint32_t uplink)
{
	struct route_paths *p = &g->paths;
	int r;

	reset(p);
	p->dist[source] = 0;
	p->set[source] = MODEL_NONE;
	r = vec_push(&p->reached, source);
	for (uint32_t i = 0; r == 0 && i < g->at[source].n; i++) {
		const struct route_member *own = &g->members.v[g->own[g->at[source].first + i]];

		if (own->subnet == uplink)
			r = take_uplink(g, source, own->iface, uplink);
	}
	return r ? r : first_hops(g, source, uplink);
}

uint32_t route_graph_next(const struct route_graph *g, uint32_t ns, uint32_t uplink)
{
	return only_neighbour(g, ns, uplink)->ns;
}

int route_graph_search(struct route_graph *g, uint32_t source, uint32_t uplink)
{
	struct route_paths *p = &g->paths;
	struct route_event e;
	int r = route_graph_hops(g, source, uplink);

	while (r == 0 && queue_pop(p, &e)) {
		if (e.dist > p->dist[e.ns])
			continue; /* a shorter way was found since */
		for (uint32_t i = 0; r == 0 && i < g->at[e.ns].n; i++) {
			uint32_t subnet = g->members.v[g->own[g->at[e.ns].first + i]].subnet;
			const struct route_subnet *s = &g->subnets.v[subnet];
			const struct route_member *m = g->members.v + s->members.first;
			uint64_t dist = e.dist + s->cost;

			if (p->entered[subnet] < dist)
				continue; /* who entered before has reached all members by less */
			r = enter(p, subnet, dist);
			for (uint32_t k = 0; r == 0 && k < s->n_useful; k++)
				r = reach(g, m[k].ns, dist, p->set[e.ns]);
		}
	}
	return r;
}

/* ---- uplinks: bridges of the graph whose vertices are namespaces and, after these, subnets ---- */

struct visit {
	uint32_t vertex, from, next; /* next: number of the neighbour to look at */
};

struct tour {
	const struct route_graph *g;
	uint32_t n_ns, count;
	uint32_t *found; /* by vertex: when it was found; 0: not yet */
	uint32_t *back;	 /* the earliest found that it and those found from it lead back to */
	VEC(struct visit) stack;
};

/* A vertex's i-th neighbour that packets may pass, or MODEL_NONE after the last. */
static uint32_t neighbour(const struct tour *t, uint32_t vertex, uint32_t *i)
{
	const struct route_graph *g = t->g;
	const struct route_subnet *s;

	if (vertex < t->n_ns)
		return *i < g->at[vertex].n
			       ? t->n_ns + g->members.v[g->own[g->at[vertex].first + (*i)++]].subnet
			       : MODEL_NONE;
	s = &g->subnets.v[vertex - t->n_ns];
	while (*i < s->n_useful) {
		uint32_t ns = g->members.v[s->members.first + (*i)++].ns;

		if (route_forwards(g->t, ns))
			return ns;
	}
	return MODEL_NONE;
}

static int enter_vertex(struct tour *t, uint32_t vertex, uint32_t from)
{
	t->found[vertex] = t->back[vertex] = ++t->count;
	return vec_push(&t->stack, (struct visit){ vertex, from, 0 });
}

static int walk(struct tour *t, uint32_t root, uint32_t *uplink)
{
	int r = enter_vertex(t, root, MODEL_NONE);

	while (r == 0 && t->stack.n) {
		struct visit *v = &t->stack.v[t->stack.n - 1], done;
		uint32_t w = neighbour(t, v->vertex, &v->next);

		if (w != MODEL_NONE) {
			if (w != v->from && !t->found[w])
				r = enter_vertex(t, w, v->vertex);
			else if (w != v->from && t->found[w] < t->back[v->vertex])
				t->back[v->vertex] = t->found[w];
			continue;
		}
		done = *v;
		t->stack.n--;
		if (done.from == MODEL_NONE)
			continue;
		if (t->back[done.vertex] < t->back[done.from])
			t->back[done.from] = t->back[done.vertex];
		if (done.vertex < t->n_ns && t->back[done.vertex] > t->found[done.from] &&
		    only_neighbour(t->g, done.vertex, done.from - t->n_ns))
			uplink[done.vertex] = done.from - t->n_ns;
	}
	return r;
}

/* One that does not forward has an uplink where it has one neighbour that does. */
static void find_leaf_uplinks(const struct route_graph *g, const uint32_t *found, uint32_t *uplink)
{
	for (uint32_t ns = 0; ns < g->t->model.ns.n; ns++) {
		uint32_t routers = 0, subnet = MODEL_NONE;

		for (uint32_t i = 0; !route_forwards(g->t, ns) && i < g->at[ns].n; i++) {
			uint32_t at = g->members.v[g->own[g->at[ns].first + i]].subnet;
			const struct route_subnet *s = &g->subnets.v[at];

			for (uint32_t k = 0; k < s->n_useful && routers < 2; k++)
				if (route_forwards(g->t, g->members.v[s->members.first + k].ns)) {
					routers++;
					subnet = at;
				}
		}
		if (routers == 1 && found[g->t->model.ns.n + subnet] &&
		    only_neighbour(g, ns, subnet))
			uplink[ns] = subnet;
	}
}

int route_graph_uplinks(const struct route_graph *g, const uint32_t *roots, uint32_t *uplink)
{
	size_t n = g->t->model.ns.n + g->subnets.n;
	auto_free uint32_t *found = calloc(n + 1, sizeof(*found));
	auto_free uint32_t *back = calloc(n + 1, sizeof(*back));
	struct tour t = { .g = g, .n_ns = (uint32_t)g->t->model.ns.n, .found = found, .back = back };
	int r = found && back ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < g->subnets.n; i++)
		if (roots[i] != MODEL_NONE)
			r = walk(&t, roots[i], uplink);
	vec_fini(&t.stack);
	if (r == 0)
		find_leaf_uplinks(g, found, uplink);
	return r;
}
