/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/report.h"

#include "base/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int report_init(struct report *r, const struct warren_topo *t)
{
	const struct model *m = &t->model;
	int failed = 0;

	*r = (struct report){ .topo = t };
	r->nodes = calloc(m->ns.n + 1, sizeof(*r->nodes));
	if (!r->nodes)
		return -ENOMEM;
	for (size_t i = 0; i < m->ns.n; i++) {
		r->nodes[i].name = i == MODEL_HOST ? NULL : m->ns.v[i].name;
		r->nodes[i].forwards = m->ns.v[i].forwarding == MODEL_ON;
	}
	/* Of nodes with equal addresses (anycast), the first gives its name. */
	vec_foreach(a, &m->addrs)
		(void)map_put(&r->owners, a->ip.b, ip_bytes(&a->ip), m->ifaces.v[a->iface].ns,
			      &failed);
	return failed ? -ENOMEM : 0;
}

void report_fini(struct report *r, void **owner)
{
	struct arena *kept = owner ? malloc(sizeof(*kept)) : NULL;

	if (kept) {
		*kept = r->arena;
		*owner = kept;
	} else {
		arena_fini(&r->arena);
	}
	map_fini(&r->owners);
	map_fini(&r->texts);
	vec_fini(&r->strings);
	free(r->nodes);
	r->nodes = NULL;
}

void report_free(void *owner)
{
	if (!owner)
		return;
	arena_fini(owner);
	free(owner);
}

uint32_t report_owner(const struct report *r, const struct ip *ip)
{
	uint32_t ns = map_get(&r->owners, ip->b, ip_bytes(ip));

	return ns == MAP_NONE ? MODEL_NONE : ns;
}

bool report_has(const struct report *r, uint32_t ns, const struct ip *ip)
{
	const struct model *m = &r->topo->model;
	const struct model_range *range = &m->ns.v[ns].addrs;

	for (uint32_t i = range->first; i < range->first + range->n; i++)
		if (ip_same_host(&m->addrs.v[i].ip, ip))
			return true;
	return false;
}

const char *report_text(struct report *r, const char *fmt, ...)
{
	auto_free char *whole = NULL; /* where it is longer than most */
	char buf[256];
	const char *copy, *text = buf;
	uint32_t i;
	int failed = 0, n;
	va_list ap;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(buf)) {
		text = whole = malloc((size_t)n + 1);
		if (!whole)
			return NULL;
		va_start(ap, fmt);
		vsnprintf(whole, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	i = map_get_str(&r->texts, text);
	if (i != MAP_NONE)
		return r->strings.v[i];
	copy = arena_str(&r->arena, text);
	if (!copy || vec_push(&r->strings, copy) < 0)
		return NULL;
	(void)map_put_str(&r->texts, copy, (uint32_t)r->strings.n - 1, &failed);
	return failed ? NULL : copy;
}

const char *report_hop(struct report *r, const struct ip *ip)
{
	char buf[IP_TEXT];
	uint32_t ns;

	if (!ip->family)
		return "";
	ns = report_owner(r, ip);
	return ns != MODEL_NONE ? report_text(r, "%s", r->topo->model.ns.v[ns].name)
				: report_text(r, "%s", ip_format_host(ip, buf));
}

/* A filter or route of the source's own, as the errno tells. */
static const char *prohibited_here(int error)
{
	return error == EPERM ? "a filter of its own drops what it sends"
			      : "a route of its own prohibits it";
}

static const char *no_route(int error)
{
	return error == EINVAL ? "a route of its own swallows it (blackhole)"
			       : "no route to it in the source";
}

/* Why it failed, without the names of source and target, so that equal reasons are equal texts. */
static const char *reason(struct report *r, const struct probe *p, const char *hop)
{
	const struct probe_result *x = &p->result;

	switch ((enum warren_reach_status)x->status) {
	case WARREN_REACH_OK:
	case WARREN_REACH_DELIVERED:
		return "";
	case WARREN_REACH_NO_ADDRESS:
		return "it has no address to try";
	case WARREN_REACH_NO_ROUTE:
		return no_route(x->error);
	case WARREN_REACH_NET_UNREACHABLE:
		return report_text(r, "no route to it in %s (net unreachable)", hop);
	case WARREN_REACH_HOST_UNREACHABLE:
		return *hop ? report_text(r, "%s finds no such neighbour (host unreachable)", hop)
			    : "unreachable by a route of its own (host unreachable)";
	case WARREN_REACH_PORT_UNREACHABLE:
		return ip_same_host(&x->from, &p->to)
			       ? "nobody listens on the port (port unreachable)"
			       : report_text(r, "%s says port unreachable", hop);
	case WARREN_REACH_REFUSED:
		return "connection refused";
	case WARREN_REACH_PROHIBITED:
		return *hop ? report_text(r, "%s prohibits it", hop) : prohibited_here(x->error);
	case WARREN_REACH_TTL:
		return report_text(r,
				   "time to live ran out at %s: a routing loop, or a very long path",
				   hop);
	case WARREN_REACH_NO_ANSWER:
		return "no answer";
	case WARREN_REACH_NO_NEIGHBOUR:
		return "no answer; the machine's neighbour table is full";
	case WARREN_REACH_ERROR:
		break;
	}
	return x->error ? report_text(r, "%s", strerror(x->error))
			: report_text(r, "%s answers with an ICMP error", hop);
}

int report_fill(struct report *r, const struct probe *p, const char *to, struct warren_reach *ret)
{
	char buf[IP_TEXT];
	const char *hop = "";

	ret->status = p->result.status;
	ret->tries = p->result.tries;
	ret->rtt_ns = warren_reach_ok(ret->status) ? p->result.rtt_ns : 0;
	ret->from = report_text(r, "%s", r->topo->model.ns.v[p->node].name);
	ret->to = report_text(r, "%s", to);
	ret->address = p->to.family ? report_text(r, "%s", ip_format_host(&p->to, buf)) : "";
	if (!warren_reach_ok(ret->status))
		hop = report_hop(r, &p->result.from);
	ret->hop = hop;
	ret->reason = hop ? reason(r, p, hop) : NULL;
	return ret->from && ret->to && ret->address && ret->reason ? 0 : -ENOMEM;
}

static bool any_silent(const struct probe_run *run)
{
	for (size_t i = 0; i < run->n; i++)
		if (run->probes[i].result.status == WARREN_REACH_NO_ANSWER)
			return true;
	return false;
}

int report_note(struct report *r, const struct probe_run *run, const char **ret)
{
	unsigned version = run->neighbours_family == AF_INET6 ? 6 : 4;

	if (run->neighbours_limit)
		*ret = report_text(
			r,
			"the neighbour table, which all namespaces of the machine share, is full (%u of %u "
			"entries): packets may be lost; outside of all namespaces, raise "
			"net.ipv%u.neigh.default.gc_thresh3 (sysctl -w "
			"net.ipv%u.neigh.default.gc_thresh3=%u)",
			run->neighbours, run->neighbours_limit, version, version,
			run->neighbours_limit * 8);
	else if (run->dropped && any_silent(run))
		*ret = report_text(
			r,
			"the machine dropped %" PRIu64
			" packets meanwhile, as a queue was full: some "
			"of what did not answer may be reached after all; outside of all namespaces, "
			"raise net.core.netdev_max_backlog (sysctl -w net.core.netdev_max_backlog=10000)",
			run->dropped);
	else
		return 0;
	return *ret ? 0 : -ENOMEM;
}

int report_run(struct report *r, struct warren *w, struct probe_run *run, struct warren_err *err)
{
	struct warren_err cause = WARREN_ERR_INIT;
	int code;

	run->nodes = r->nodes;
	run->n_nodes = r->topo->model.ns.n;
	code = probe_run(w, run, &cause);
	if (code == -ENOENT)
		return warren_fail(err, code,
				   "network '%s' is not up, or not all of it: %s; "
				   "bring it up with 'warren up'",
				   r->topo->model.name, cause.text);
	if (code < 0)
		return warren_fail(err, code, "%s", cause.text);
	return 0;
}
