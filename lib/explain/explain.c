/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <warren/explain.h>

#include "base/cleanup.h"
#include "explain/verdict.h"
#include "plan/plan.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct explaining {
	struct sight s;
	struct warren *w;
	struct warren_err *err;
	const struct warren_explain_options *o;
	uint32_t from;
	struct target target;
	struct warren_topo *topo; /* of the network that they are of; NULL: none */
	struct walk forth, back;
	struct watch *watch;
	struct probe probe;
	const struct fault *fault;
	struct warren_explanation result;
};

static int no_memory(struct explaining *x)
{
	return warren_fail(x->err, -ENOMEM, "out of memory");
}

/* The topology of a namespace's network, as it was applied. What cannot be read is only missed. */
static void find_topology(struct explaining *x, uint32_t ns)
{
	auto_(warren_errs_fini) struct warren_errs errs = { 0 };
	const struct sight_ns *n;
	struct warren_err err = WARREN_ERR_INIT;

	if (x->topo || ns == SIGHT_NONE || sight_read(&x->s, ns, &n, &err) < 0 ||
	    strncmp(n->alias, PLAN_MARK, strlen(PLAN_MARK)) != 0)
		return;
	if (warren_applied(x->w, n->alias + strlen(PLAN_MARK), &x->topo, &errs) < 0)
		x->topo = NULL;
}

/* The network that an address of a namespace is in, for a route to it. */
static struct ip known_network(const struct explaining *x, uint32_t ns, const struct ip *ip)
{
	const struct sight_addr *a = ns == SIGHT_NONE ? NULL : sight_addr(&x->s.ns.v[ns], ip);

	return a ? ip_network(&a->ip) : (struct ip){ 0 };
}

/* Somebody else has the same address, and is nearer. */
static int wrong_end(struct explaining *x, uint32_t end)
{
	char text[IP_TEXT];
	struct fault *f = fault_new(
		&x->s, end, "what is sent to %s of %s comes to %s, which has that address, too",
		ip_format_host(&x->target.ip, text), x->s.ns.v[x->target.ns].name,
		x->s.ns.v[end].name);

	x->fault = f = fault_mend(&x->s, f, "ip", "address show to %s", text);
	return f ? 0 : no_memory(x);
}

static int walk_forth(struct explaining *x)
{
	const struct walk_to to = {
		.to = x->target.ip,
		.known = known_network(x, x->target.ns, &x->target.ip),
		.owner = x->target.ns,
		.protocol = x->target.protocol,
		.port = x->target.port,
		.who = "",
	};
	int r = walk(&x->s, x->from, &to, &x->forth, x->err);
	uint32_t end;

	x->fault = x->forth.fault;
	if (r < 0 || x->fault || x->forth.beyond)
		return r;
	end = x->forth.hops.v[x->forth.hops.n - 1].ns;
	if (x->target.ns == SIGHT_NONE)
		x->target.ns = end;
	return end == x->target.ns ? 0 : wrong_end(x, end);
}

/* Where the target is among what can be seen: does the answer find its way? */
static int walk_back(struct explaining *x)
{
	const struct walk_to to = {
		.to = x->forth.source,
		.from = x->target.ip,
		.known = known_network(x, x->from, &x->forth.source),
		.owner = x->from,
		.protocol = x->target.protocol,
		.who = " back",
	};
	int r;

	if (x->fault || x->forth.beyond || !x->forth.source.family)
		return 0;
	r = walk(&x->s, x->forth.hops.v[x->forth.hops.n - 1].ns, &to, &x->back, x->err);
	x->fault = x->back.fault;
	return r;
}

static int send_probe(struct explaining *x)
{
	const struct probe_node nodes[] = {
		{ .name = x->from == SIGHT_HOST ? NULL : x->s.ns.v[x->from].name },
		{ .name = x->target.ns == SIGHT_NONE || x->target.ns == SIGHT_HOST
				  ? NULL
				  : x->s.ns.v[x->target.ns].name },
	};
	struct probe_run run = {
		.nodes = nodes,
		.n_nodes = 2,
		.probes = &x->probe,
		.n = 1,
	};
	int r;

	if (x->o)
		run.options = x->o->probe;
	x->probe = (struct probe){
		.target = x->target.ns == SIGHT_NONE ? PROBE_NOWHERE : 1,
		.to = x->target.ip,
		.port = x->target.port,
		.proto = x->target.protocol == IPPROTO_TCP   ? PROBE_TCP
			 : x->target.protocol == IPPROTO_UDP ? PROBE_UDP
							     : PROBE_ICMP,
	};
	r = watch_open(&x->s, &x->forth, &x->back, &x->watch, x->err);
	if (r < 0)
		return r;
	r = probe_run(x->w, &run, x->err);
	if (r == 0)
		watch_take(x->watch, &x->forth.source, &x->target.ip,
			   x->target.protocol == IPPROTO_ICMP && x->target.ip.family == AF_INET6
				   ? IPPROTO_ICMPV6
				   : x->target.protocol,
			   x->target.port);
	return r;
}

/* Nobody seems to have the address, and yet somebody says that he does: the packet went out. */
static bool was_answered_for(const struct explaining *x)
{
	return x->fault && x->fault->absent && x->fault == x->forth.fault && x->forth.hops.n &&
	       watch_seen(x->watch, &x->forth.hops.v[x->forth.hops.n - 1], false).out;
}

static int judge(struct explaining *x)
{
	const struct evidence e = {
		.s = &x->s,
		.target = &x->target,
		.forth = &x->forth,
		.back = &x->back,
		.watch = x->watch,
		.result = &x->probe.result,
	};

	x->result.status = x->probe.result.status;
	x->result.reached = warren_reach_ok(x->result.status);
	x->result.rtt_ns = x->result.reached ? x->probe.result.rtt_ns : 0;
	/* The packet knows better; but who answered is not told by it. */
	if (x->result.reached && (x->fault == x->forth.fault || x->fault == x->back.fault))
		x->fault = NULL;
	if (x->result.reached)
		x->result.reached = !x->fault;
	else if (!x->fault || x->fault == x->back.fault || was_answered_for(x))
		return verdict(&e, &x->fault, x->err);
	return 0;
}

static const char *text_of(struct explaining *x, const struct ip *ip)
{
	char buf[IP_TEXT];

	return arena_str(&x->s.arena, ip->family ? ip_format_host(ip, buf) : "");
}

static const char *iface_of(const struct explaining *x, const struct walk_hop *hop, uint32_t index)
{
	const struct sight_iface *i = index ? sight_iface(&x->s.ns.v[hop->ns], index) : NULL;

	return i ? i->name : "";
}

static const char *network_of(struct explaining *x, const struct walk_hop *hop)
{
	char buf[IP_TEXT];

	if (!hop->network.family || !hop->out)
		return "";
	return arena_str(&x->s.arena, hop->network.plen ? ip_format(&hop->network, buf) : "default");
}

static int fill_way(struct explaining *x, const struct walk *walk, bool back, struct warren_way *ret)
{
	ret->n = walk->hops.n;
	ret->beyond = walk->beyond ? walk->beyond : "";
	ret->v = arena_alloc(&x->s.arena, (ret->n + 1) * sizeof(*ret->v));
	if (!ret->v)
		return no_memory(x);
	for (size_t i = 0; i < ret->n; i++) {
		const struct walk_hop *hop = &walk->hops.v[i];
		struct watch_seen seen = watch_seen(x->watch, hop, back);

		ret->v[i] = (struct warren_hop){
			.node = x->s.ns.v[hop->ns].name,
			.in = iface_of(x, hop, hop->in),
			.out = iface_of(x, hop, hop->out),
			.via = text_of(x, &hop->via),
			.route = network_of(x, hop),
			.seen_in = seen.in,
			.seen_out = seen.out,
		};
		if (!ret->v[i].via || !ret->v[i].route)
			return no_memory(x);
	}
	return 0;
}

/* Where the topology file is about the namespace that is to blame. */
static int fill_place(struct explaining *x, struct warren_explanation *ret)
{
	uint32_t ns = x->fault && x->topo ? topo_find_ns(x->topo, ret->node) : MODEL_NONE;
	const struct mark *mark = ns == MODEL_NONE ? NULL : &x->topo->model.ns.v[ns].mark;

	ret->file = "";
	if (!mark || !mark->line || !x->topo->file)
		return 0;
	ret->file = arena_str(&x->s.arena, x->topo->file);
	ret->line = (int)mark->line;
	ret->column = (int)mark->column;
	return ret->file ? 0 : no_memory(x);
}

static int fill(struct explaining *x, const char *from, const char *to)
{
	struct warren_explanation *ret = &x->result;
	int r;

	ret->from = arena_str(&x->s.arena, from);
	ret->to = arena_str(&x->s.arena, to);
	ret->address = text_of(x, &x->target.ip);
	ret->source = text_of(x, &x->forth.source);
	ret->probe = x->target.port
			     ? arena_printf(&x->s.arena, "%s port %u",
					    x->target.protocol == IPPROTO_UDP ? "udp" : "tcp",
					    x->target.port)
			     : "icmp";
	ret->node = x->fault ? x->s.ns.v[x->fault->ns].name : "";
	ret->cause = x->fault ? x->fault->cause : "";
	ret->remedy = x->fault ? x->fault->remedy : "";
	if (!ret->from || !ret->to || !ret->address || !ret->source || !ret->probe)
		return no_memory(x);
	r = fill_way(x, &x->forth, false, &ret->forth);
	if (r == 0)
		r = fill_way(x, &x->back, true, &ret->back);
	return r < 0 ? r : fill_place(x, ret);
}

static int explain(struct explaining *x, const char *from, const char *to)
{
	int family = x->o ? x->o->family : 0, r;

	if (family && family != 4 && family != 6)
		return warren_fail(x->err, -EINVAL, "there is no IP version %d", family);
	r = sight_init(&x->s, x->w, x->err);
	if (r == 0)
		r = target_node(&x->s, from, &x->from, x->err);
	if (r == 0)
		r = target_read(&x->s, to, &x->target, x->err);
	if (r < 0)
		return r;
	find_topology(x, x->target.ns);
	find_topology(x, x->from);
	r = target_address(&x->s, x->topo, family, &x->target, x->err);
	if (r == 0)
		r = walk_forth(x);
	if (r == 0)
		r = walk_back(x);
	if (r == 0)
		r = send_probe(x);
	if (r == 0)
		r = judge(x);
	return r < 0 ? r : fill(x, from, to);
}

/* What the result lives in: the namespaces' names and the arena. */
static int keep(struct explaining *x)
{
	struct sight *kept = malloc(sizeof(*kept));

	if (!kept)
		return no_memory(x);
	*kept = x->s;
	x->s = (struct sight){ .home = -1 };
	x->result.owner = kept;
	return 0;
}

int warren_explain(struct warren *w, const char *from, const char *to,
		   const struct warren_explain_options *o, struct warren_explanation *ret,
		   struct warren_err *err)
{
	struct explaining x = { .w = w, .o = o, .err = err, .s = { .home = -1 } };
	int r = explain(&x, from, to);

	if (r == 0)
		r = keep(&x);
	watch_close(x.watch);
	walk_fini(&x.forth);
	walk_fini(&x.back);
	warren_topo_free(x.topo);
	sight_fini(&x.s);
	if (r == 0)
		*ret = x.result;
	return r;
}

void warren_explanation_fini(struct warren_explanation *x)
{
	struct sight *kept = x->owner;

	if (kept)
		sight_fini(kept);
	free(kept);
	*x = (struct warren_explanation){ 0 };
}
