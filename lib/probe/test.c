/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/context.h"
#include "base/cleanup.h"
#include "probe/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * What the file expects. An expectation is one probe; one with "via" has also
 * an echo request for each router, whose time to live ends there, and one that
 * shall just arrive.
 */
struct plan {
	uint32_t first; /* probe of its path */
	uint32_t n_hops;
};

struct test {
	struct report report;
	VEC(struct probe) probes;
	VEC(struct plan) plans; /* one an expectation, as the first probes are */
	struct warren_check *v;
};

/*
 * A router sends one "time exceeded" a second to each destination, after six
 * at once (net.ipv4.icmp_ratelimit). Many paths through one router to one
 * source need patience: asked again for as long as some are answered.
 */
#define MOST_ROUNDS 100
#define PATIENCE_MS 1000

static const uint8_t protocols[] = {
	[TOPO_ICMP] = PROBE_ICMP,
	[TOPO_TCP] = PROBE_TCP,
	[TOPO_UDP] = PROBE_UDP,
};

static int add_probe(struct test *t, const struct topo_expect *x)
{
	uint32_t owner = x->to != MODEL_NONE ? x->to : report_owner(&t->report, &x->addr);

	return vec_push(&t->probes, (struct probe){
					    .node = x->from,
					    .target = owner == MODEL_NONE ? PROBE_NOWHERE : owner,
					    .to = x->addr,
					    .proto = protocols[x->proto],
					    .port = x->port,
				    });
}

static int add_path(struct test *t, size_t i, const struct topo_expect *x)
{
	struct plan plan = { .first = (uint32_t)t->probes.n };
	struct probe p = t->probes.v[i];

	plan.n_hops = x->via.n && !x->must_fail ? x->via.n + 1 : 0;
	p.proto = PROBE_ICMP;
	p.port = 0;
	for (uint32_t hop = 1; hop <= plan.n_hops; hop++) {
		p.ttl = (uint8_t)hop;
		if (vec_push(&t->probes, p) < 0)
			return -ENOMEM;
	}
	return vec_push(&t->plans, plan);
}

/* Paths come last: they can be asked for again, so others may use up what ICMP errors a router allows first. */
static int prepare(struct test *t, struct warren_err *err)
{
	const struct warren_topo *topo = t->report.topo;

	vec_foreach(x, &topo->expects) {
		if (x->via.n >= UINT8_MAX)
			return warren_fail_at(err, -EINVAL, topo->file, (int)x->mark.line,
					      (int)x->mark.column,
					      "via: more hops than a packet can make; at most 254");
		if (add_probe(t, x) < 0)
			return warren_fail(err, -ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < topo->expects.n; i++)
		if (add_path(t, i, &topo->expects.v[i]) < 0)
			return warren_fail(err, -ENOMEM, "out of memory");
	return 0;
}

/* Ask again for hops that said nothing, and wait long enough for more to be allowed. @return how many answered, or a negative errno */
static int ask_again(struct test *t, struct warren *w, const struct probe_run *first,
		     struct warren_err *err)
{
	struct probe_run run = { .options = { .timeout_ms = first->options.timeout_ms,
					      .tries = 2 } };
	VEC(struct probe) again = { 0 };
	VEC(uint32_t) place = { 0 };
	int r = 0, answered = 0;

	for (uint32_t i = 0; i < t->probes.n && r == 0; i++) {
		const struct probe *p = &t->probes.v[i];

		if (p->ttl && p->result.status == WARREN_REACH_NO_ANSWER)
			r = vec_push(&again, *p) < 0 || vec_push(&place, i) < 0 ? -ENOMEM : 0;
	}
	if (run.options.timeout_ms < PATIENCE_MS)
		run.options.timeout_ms = PATIENCE_MS;
	run.probes = again.v;
	run.n = again.n;
	if (r < 0)
		warren_fail(err, r, "out of memory");
	else if (again.n)
		r = report_run(&t->report, w, &run, err);
	for (size_t i = 0; i < again.n && r == 0; i++) {
		answered += again.v[i].result.status != WARREN_REACH_NO_ANSWER;
		t->probes.v[place.v[i]].result = again.v[i].result;
	}
	vec_fini(&again);
	vec_fini(&place);
	return r < 0 ? r : answered;
}

/* The way that was found, "r1, r2, ?, h2", of at most the hops that were asked for. */
static const char *describe_way(struct test *t, const struct plan *plan)
{
	const struct probe *hops = &t->probes.v[plan->first];
	const char *way = NULL, *hop;
	VEC(char) text = { 0 };
	bool more = true, failed = false;

	for (uint32_t i = 0; i < plan->n_hops && more && !failed; i++) {
		hop = report_hop(&t->report, &hops[i].result.from);
		failed = !hop || vec_reserve(&text, strlen(hop) + 4) < 0;
		if (!failed)
			text.n += (size_t)snprintf(text.v + text.n, text.cap - text.n, "%s%s",
						   i ? ", " : "", *hop ? hop : "?");
		more = hops[i].result.status == WARREN_REACH_TTL ||
		       hops[i].result.status == WARREN_REACH_NO_ANSWER;
	}
	if (!failed)
		way = report_text(&t->report, "%s", text.n ? text.v : "");
	vec_fini(&text);
	return way;
}

static const char *via_label(struct test *t, const struct topo_via *via)
{
	char buf[IP_TEXT];

	return via->ns != MODEL_NONE
		       ? t->report.topo->model.ns.v[via->ns].name
		       : report_text(&t->report, "%s", ip_format_host(&via->addr, buf));
}

static bool is_via(const struct test *t, const struct topo_via *via, const struct ip *from)
{
	return via->ns != MODEL_NONE ? report_has(&t->report, via->ns, from)
				     : ip_same_host(&via->addr, from);
}

static const char *target_label(struct test *t, const struct topo_expect *x)
{
	const struct topo_via target = { .ns = x->to, .addr = x->addr };

	return via_label(t, &target);
}

/* Behind the last router is the target. With a port it may be silent to echoes, as a filter of its own may drop them. */
static const char *check_last(struct test *t, const struct topo_expect *x,
			      const struct probe_result *hop, const char *way)
{
	const char *last = via_label(t, &t->report.topo->vias.v[x->via.first + x->via.n - 1]);
	const char *target = target_label(t, x);

	if (!last || !target)
		return NULL;
	if (hop->status == WARREN_REACH_TTL)
		return report_text(&t->report, "the path goes on after %s: %s", last, way);
	if (hop->status == WARREN_REACH_OK || x->proto != TOPO_ICMP)
		return "";
	if (hop->status == WARREN_REACH_NO_ANSWER)
		return report_text(
			&t->report,
			"hop %u, which should be %s, does not answer; the path may go on: %s",
			x->via.n + 1, target, way);
	return report_text(&t->report, "hop %u is not %s; the path is %s", x->via.n + 1, target,
			   way);
}

/* @return "" where the path is exactly the routers listed, else why not; NULL without memory */
static const char *check_path(struct test *t, const struct topo_expect *x, const struct plan *plan)
{
	const struct probe *hops = &t->probes.v[plan->first];
	const struct topo_via *vias = &t->report.topo->vias.v[x->via.first];
	const char *way = describe_way(t, plan);

	if (!way)
		return NULL;
	for (uint32_t i = 0; i < x->via.n; i++) {
		const struct probe_result *hop = &hops[i].result;

		if (hop->status == WARREN_REACH_OK)
			return report_text(&t->report, "the path has only %u router%s: %s", i,
					   i == 1 ? "" : "s", way);
		if (hop->status == WARREN_REACH_NO_ANSWER)
			return report_text(
				&t->report,
				"hop %u, which should be %s, does not answer; the path is %s",
				i + 1, via_label(t, &vias[i]), way);
		if (hop->status != WARREN_REACH_TTL || !is_via(t, &vias[i], &hop->from))
			return report_text(&t->report, "hop %u is not %s; the path is %s", i + 1,
					   via_label(t, &vias[i]), way);
	}
	return check_last(t, x, &hops[x->via.n].result, way);
}

/* An expectation that something must not be reached holds where the probe fails for a reason that the network has. */
static const char *check_failure(struct test *t, const struct warren_reach *reach)
{
	switch (reach->status) {
	case WARREN_REACH_OK:
		return "it is reached, but must not be";
	case WARREN_REACH_DELIVERED:
		return "a service there gets what is sent, but must not";
	case WARREN_REACH_NO_ADDRESS:
	case WARREN_REACH_NO_NEIGHBOUR:
	case WARREN_REACH_ERROR:
		return report_text(&t->report, "cannot tell: %s", reach->reason);
	case WARREN_REACH_NO_ROUTE:
	case WARREN_REACH_NET_UNREACHABLE:
	case WARREN_REACH_HOST_UNREACHABLE:
	case WARREN_REACH_PORT_UNREACHABLE:
	case WARREN_REACH_REFUSED:
	case WARREN_REACH_PROHIBITED:
	case WARREN_REACH_TTL:
	case WARREN_REACH_NO_ANSWER:
		break;
	}
	return "";
}

static int judge(struct test *t, size_t i, struct warren_check *ret)
{
	const struct warren_topo *topo = t->report.topo;
	const struct topo_expect *x = &topo->expects.v[i];
	const struct plan *plan = &t->plans.v[i];
	struct warren_reach *reach = &ret->reach;
	char buf[IP_TEXT];
	int r = report_fill(&t->report, &t->probes.v[i],
			    x->to != MODEL_NONE ? topo->model.ns.v[x->to].name
						: ip_format_host(&x->addr, buf),
			    reach);

	if (r < 0)
		return r;
	if (x->must_fail)
		reach->reason = check_failure(t, reach);
	else if (warren_reach_ok(reach->status) && plan->n_hops)
		reach->reason = check_path(t, x, plan);
	ret->text = report_text(&t->report, "%s", x->text);
	ret->file = report_text(&t->report, "%s", topo->file ? topo->file : "");
	if (!reach->reason || !ret->text || !ret->file)
		return -ENOMEM;
	ret->passed = !*reach->reason;
	ret->line = (int)x->mark.line;
	ret->column = (int)x->mark.column;
	return 0;
}

static int judge_all(struct test *t, const struct probe_run *run, struct warren_checks *ret)
{
	ret->n = t->plans.n;
	ret->v = arena_alloc(&t->report.arena, (ret->n + 1) * sizeof(*ret->v));
	if (!ret->v)
		return -ENOMEM;
	for (size_t i = 0; i < ret->n; i++) {
		if (judge(t, i, &ret->v[i]) < 0)
			return -ENOMEM;
		if (ret->v[i].passed)
			ret->passed++;
		else
			ret->failed++;
	}
	return report_note(&t->report, run, &ret->note);
}

static int test(struct warren *w, struct test *t, const struct warren_probe_options *o,
		struct warren_checks *ret, struct warren_err *err)
{
	struct probe_run run = { 0 };
	int r = prepare(t, err);

	if (r < 0)
		return r;
	if (o)
		run.options = *o;
	run.probes = t->probes.v;
	run.n = t->probes.n;
	r = report_run(&t->report, w, &run, err);
	for (int round = 0; r == 0 && round < MOST_ROUNDS; round++) {
		int answered = ask_again(t, w, &run, err);

		if (answered == 0)
			break;
		r = answered < 0 ? answered : 0;
	}
	if (r < 0)
		return r;
	if (judge_all(t, &run, ret) < 0)
		return warren_fail(err, -ENOMEM, "out of memory");
	return 0;
}

int warren_test(struct warren *w, const struct warren_topo *t, const struct warren_probe_options *o,
		struct warren_checks *ret, struct warren_err *err)
{
	struct warren_checks result = { 0 };
	struct test state = { 0 };
	int r = report_init(&state.report, t);

	if (r < 0)
		warren_fail(err, r, "out of memory");
	else
		r = test(w, &state, o, &result, err);
	report_fini(&state.report, r == 0 ? &result.owner : NULL);
	if (r == 0 && !result.owner)
		r = warren_fail(err, -ENOMEM, "out of memory");
	vec_fini(&state.probes);
	vec_fini(&state.plans);
	context_progress(w, NULL, 0, 0);
	if (r == 0)
		*ret = result;
	return r;
}

void warren_checks_fini(struct warren_checks *c)
{
	report_free(c->owner);
	*c = (struct warren_checks){ 0 };
}
