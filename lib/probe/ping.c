/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/context.h"
#include "base/cleanup.h"
#include "probe/report.h"

#include <errno.h>
#include <string.h>

/*
 * Pairs are tried in squares of so many nodes, each pair in both directions
 * one after the other: what two nodes learn of each other's hardware addresses
 * is used twice before the neighbour table has to be emptied (neighbour.c).
 */
#define TILE 16

struct target {
	const char *name;
	uint32_t ns; /* MODEL_NONE for an address of nobody's */
	struct ip ip;
};

struct matrix {
	struct report report;
	VEC(uint32_t) from; /* namespaces */
	VEC(struct target) to;
	VEC(struct probe) probes;
	VEC(uint32_t) place; /* of each probe, in the result */
	struct warren_reach *v;
};

/* Who takes part where nobody is named. */
static bool takes_part(const struct report *r, uint32_t ns)
{
	const struct warren_topo *t = r->topo;
	const struct model_ns *n = &t->model.ns.v[ns];

	switch (n->kind) {
	case MODEL_NS_HOST:
		return topo_first_address(t, ns, AF_INET) || topo_first_address(t, ns, AF_INET6);
	case MODEL_NS_NODE:
		return true;
	case MODEL_NS_SWITCH:
		break;
	}
	return false;
}

static struct ip target_address(const struct report *r, uint32_t ns, int family)
{
	const struct ip *ip = NULL;

	if (family != 6)
		ip = topo_first_address(r->topo, ns, AF_INET);
	if (!ip && family != 4)
		ip = topo_first_address(r->topo, ns, AF_INET6);
	return ip ? ip_host(ip) : (struct ip){ 0 };
}

static int find_node(const struct report *r, const char *name, uint32_t *ret, struct warren_err *err)
{
	uint32_t ns = topo_find_ns(r->topo, name);

	if (ns == MODEL_NONE)
		return warren_fail(err, -ENOENT, "network '%s' has no node '%s'",
				   r->topo->model.name, name);
	if (r->topo->model.ns.v[ns].kind == MODEL_NS_SWITCH)
		return warren_fail(err, -EINVAL,
				   "'%s' is a switch, which neither sends nor answers; name a node",
				   name);
	*ret = ns;
	return 0;
}

static int add_sources(struct matrix *m, const struct warren_ping_options *o, struct warren_err *err)
{
	size_t n = o->from ? o->n_from : m->report.topo->model.ns.n;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t ns = i;

		if (o->from) {
			int r = find_node(&m->report, o->from[i], &ns, err);

			if (r < 0)
				return r;
		} else if (!takes_part(&m->report, i)) {
			continue;
		}
		if (vec_push(&m->from, ns) < 0)
			return warren_fail(err, -ENOMEM, "out of memory");
	}
	return 0;
}

/* A target as typed: a node, or an address. */
static int read_target(const struct matrix *m, const char *text, int family, struct target *ret,
		       struct warren_err *err)
{
	int r;

	*ret = (struct target){ .name = text };
	if (!ip_has_plen(text) && ip_parse(text, &ret->ip) == 0) {
		ret->ns = report_owner(&m->report, &ret->ip);
		if (family && family != (ret->ip.family == AF_INET ? 4 : 6))
			return warren_fail(err, -EINVAL, "'%s' is no IPv%d address", text, family);
		return 0;
	}
	r = find_node(&m->report, text, &ret->ns, err);
	if (r == 0)
		ret->ip = target_address(&m->report, ret->ns, family);
	return r;
}

static int add_targets(struct matrix *m, const struct warren_ping_options *o, struct warren_err *err)
{
	const struct model *model = &m->report.topo->model;
	size_t n = o->to ? o->n_to : model->ns.n;

	for (uint32_t i = 0; i < n; i++) {
		struct target t = { .ns = i };

		if (o->to) {
			int r = read_target(m, o->to[i], o->family, &t, err);

			if (r < 0)
				return r;
		} else if (takes_part(&m->report, i)) {
			t.name = model->ns.v[i].name;
			t.ip = target_address(&m->report, i, o->family);
		} else {
			continue;
		}
		if (vec_push(&m->to, t) < 0)
			return warren_fail(err, -ENOMEM, "out of memory");
	}
	return 0;
}

/* One pair, unless it is a node and itself. */
static int add_pair(struct matrix *m, size_t i, size_t j)
{
	const struct target *t = &m->to.v[j];
	uint32_t node = m->from.v[i];

	if (node == t->ns)
		return 0;
	return vec_push(&m->place, (uint32_t)(i * m->to.n + j)) < 0 ||
			       vec_push(&m->probes,
					(struct probe){
						.node = node,
						.target = t->ns == MODEL_NONE ? PROBE_NOWHERE
									      : t->ns,
						.to = t->ip,
						.proto = PROBE_ICMP,
					}) < 0
		       ? -ENOMEM
		       : 0;
}

static int add_tile(struct matrix *m, size_t row, size_t column, bool both)
{
	for (size_t i = row; i < row + TILE && i < m->from.n; i++) {
		for (size_t j = column; j < column + TILE && j < m->to.n; j++) {
			if (both && j <= i)
				continue;
			if (add_pair(m, i, j) < 0 || (both && add_pair(m, j, i) < 0))
				return -ENOMEM;
		}
	}
	return 0;
}

/* All pairs. Where sources and targets are the same nodes, each pair in both directions. */
static int add_pairs(struct matrix *m, bool both, struct warren_err *err)
{
	if ((uint64_t)m->from.n * m->to.n >= UINT32_MAX)
		return warren_fail(err, -E2BIG,
				   "%zu x %zu pairs are too many; name some of the nodes",
				   m->from.n, m->to.n);
	for (size_t i = 0; i < m->from.n; i += TILE)
		for (size_t j = both ? i : 0; j < m->to.n; j += TILE)
			if (add_tile(m, i, j, both) < 0)
				return warren_fail(err, -ENOMEM, "out of memory");
	return 0;
}

static int fill(struct matrix *m, const struct probe_run *run, struct warren_ping *ret)
{
	ret->n_from = m->from.n;
	ret->n_to = m->to.n;
	ret->v = arena_alloc(&m->report.arena, (m->from.n * m->to.n + 1) * sizeof(*ret->v));
	if (!ret->v)
		return -ENOMEM;
	for (size_t i = 0; i < m->probes.n; i++) {
		const struct probe *p = &m->probes.v[i];
		uint32_t at = m->place.v[i];

		if (report_fill(&m->report, p, m->to.v[at % m->to.n].name, &ret->v[at]) < 0)
			return -ENOMEM;
		if (warren_reach_ok(p->result.status))
			ret->ok++;
		else
			ret->failed++;
	}
	return report_note(&m->report, run, &ret->note);
}

static int ping(struct warren *w, struct matrix *m, const struct warren_ping_options *o,
		struct warren_ping *ret, struct warren_err *err)
{
	struct probe_run run = { .options = o->probe };
	int r;

	if (o->family && o->family != 4 && o->family != 6)
		return warren_fail(err, -EINVAL, "there is no IP version %d", o->family);
	r = add_sources(m, o, err);
	if (r == 0)
		r = add_targets(m, o, err);
	if (r == 0)
		r = add_pairs(m, !o->from && !o->to, err);
	if (r < 0)
		return r;
	run.probes = m->probes.v;
	run.n = m->probes.n;
	r = report_run(&m->report, w, &run, err);
	if (r < 0)
		return r;
	if (fill(m, &run, ret) < 0)
		return warren_fail(err, -ENOMEM, "out of memory");
	return 0;
}

int warren_ping(struct warren *w, const struct warren_topo *t, const struct warren_ping_options *o,
		struct warren_ping *ret, struct warren_err *err)
{
	static const struct warren_ping_options defaults = { 0 };
	struct warren_ping result = { 0 };
	struct matrix m = { 0 };
	int r = report_init(&m.report, t);

	if (r < 0)
		warren_fail(err, r, "out of memory");
	else
		r = ping(w, &m, o ? o : &defaults, &result, err);
	report_fini(&m.report, r == 0 ? &result.owner : NULL);
	if (r == 0 && !result.owner)
		r = warren_fail(err, -ENOMEM, "out of memory");
	vec_fini(&m.from);
	vec_fini(&m.to);
	vec_fini(&m.probes);
	vec_fini(&m.place);
	context_progress(w, NULL, 0, 0);
	if (r == 0)
		*ret = result;
	return r;
}

void warren_ping_fini(struct warren_ping *p)
{
	report_free(p->owner);
	*p = (struct warren_ping){ 0 };
}
