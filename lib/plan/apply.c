/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/fleet.h"
#include "plan/nexthops.h"
#include "plan/plan.h"
#include "plan/ready.h"
#include "plan/remove.h"
#include "plan/settings.h"
#include "plan/state.h"

#include "base/cleanup.h"
#include "net/net.h"
#include "netns/netns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Performs the operations of a plan. Nothing here decides anything: the order
 * is the plan's. Requests to one namespace are gathered in its wire's buffer
 * and go to the kernel together.
 */

struct apply {
	struct plan *p;
	struct removal removal;
	struct netns_proc proc;
	struct settings settings;
	struct warren_result *done;
	const struct plan_op *ops; /* of the phase; a request's tag is its index */
	size_t n_ops;
	struct warren_err failure; /* the first of a request */
	struct nexthops nexthops;
	char mark[PLAN_MARK_SIZE]; /* by which namespaces are told to be the network's */
	struct netns_note note;
	int scratch; /* a namespace of its own to read presets in; -1: none yet */
};

/*
 * What is gone already when it is to be removed is as it shall be; and where
 * there is no IPv6 (ipv6.disable=1, or an MTU below 1280), there is no
 * link-local address to leave out.
 */
static bool is_harmless(const struct plan_op *op, int code)
{
	if (op->kind == PLAN_LINK_SET && op->what & NET_LINK_NO_LL && code == -EAFNOSUPPORT)
		return true;
	return plan_is_removal(op) && (code == -ENODEV || code == -ENOENT || code == -ESRCH ||
				       code == -EADDRNOTAVAIL || code == -ENETUNREACH);
}

static int fail_at_op(struct apply *a, const struct plan_op *op, int code, const char *why,
		      struct warren_err *err)
{
	struct mark mark = plan_mark(a->p, op);
	const char *remedy = "";
	char what[NET_TEXT + 128];

	plan_describe(a->p, op, what, sizeof(what));
	if ((code == -EOPNOTSUPP || code == -EAFNOSUPPORT) && plan_is_ipv6(a->p, op))
		remedy = "; IPv6 is not there: " PLAN_NO_IPV6;
	return warren_fail_at(err, code, mark.line ? a->p->file : NULL, (int)mark.line,
			      (int)mark.column, "%s: %s%s%s%s", what, why, *why ? ": " : "",
			      strerror(-code), remedy);
}

static int on_error(void *data, uint32_t tag, int code, const char *message)
{
	struct apply *a = data;
	const struct plan_op *op = tag < a->n_ops ? &a->ops[tag] : NULL;

	if (!op || is_harmless(op, code))
		return op ? 0 : code;
	if (!a->failure.code)
		fail_at_op(a, op, code, message, &a->failure);
	return code;
}

/* An error from below learns which operation it was, and where the file asks for it. */
static void add_place(struct apply *a, const struct plan_op *op, struct warren_err *err)
{
	struct warren_err was = *err;
	struct mark mark = plan_mark(a->p, op);
	char what[NET_TEXT + 128], *object;

	plan_describe(a->p, op, what, sizeof(what));
	/* "h1: sysctl net.x": what the text names already is not said twice */
	object = strstr(what, ": ");
	if (object && !strncmp(was.text, object + 2, strlen(object + 2)))
		*object = 0;
	warren_fail_at(err, was.code, mark.line ? a->p->file : NULL, (int)mark.line,
		       (int)mark.column, "%s: %s", what, was.text);
}

/* The failure of a request knows its place; that of the transport does not. */
static int explain(struct apply *a, int r, struct warren_err *err)
{
	if (r < 0 && a->failure.code && err)
		*err = a->failure;
	return r;
}

static struct wire *wire_of(struct apply *a, uint32_t ns, struct warren_err *err)
{
	struct wire *w = fleet_wire(a->p->fleet, ns, err);

	if (w)
		wire_on_error(w, on_error, a);
	return w;
}

static int proc_of(struct apply *a, uint32_t ns, struct warren_err *err)
{
	int r = fleet_enter(a->p->fleet, ns, err);

	return r < 0 ? r : netns_proc_next(&a->proc, err);
}

/* ---- namespaces ---- */

static int make_namespace(struct apply *a, const struct plan_op *op, struct warren_err *err)
{
	struct plan *p = a->p;
	const struct model_ns *ns = &p->desired.ns.v[op->ns];
	struct model_iface lo = { .name = "lo", .index = 1, .up = true, .ns = op->ns };
	struct wire *w;
	int r, proc;

	/* a placeholder whose mount is gone */
	if (p->ns.v[op->ns].place == PLAN_PLACE_STALE) {
		r = netns_remove_placeholder(p->w, ns->name, a->mark, err);
		if (r < 0)
			return r;
	}
	r = fleet_make(p->fleet, op->ns, err);
	if (r < 0)
		return r;
	proc = netns_proc_next(&a->proc, err);
	if (proc < 0)
		return proc;
	w = wire_of(a, op->ns, err);
	if (!w)
		return err->code;
	r = settings_write(&a->settings, proc, w, ns, err);
	if (r < 0)
		return r;
	/* before it has a name: whoever finds the name finds the mark */
	net_put_link_set(w, &p->desired, &lo, NET_LINK_ALIAS | NET_LINK_UP, a->mark,
			 (uint32_t)(op - a->ops));
	r = fleet_flush(p->fleet, err);
	return r < 0 ? r : fleet_pin(p->fleet, op->ns, &a->note, err);
}

/* ---- links ---- */

static int put_link(struct apply *a, const struct plan_op *op, struct warren_err *err)
{
	const struct model *m = &a->p->desired;
	const struct model_iface *i = &m->ifaces.v[op->object];
	struct wire *w = wire_of(a, op->ns, err);
	int peer = -1;

	if (!w)
		return err->code;
	if (i->peer != MODEL_NONE) {
		peer = fleet_fd(a->p->fleet, m->ifaces.v[i->peer].ns, op->ns, err);
		if (peer < 0)
			return peer;
		/* opening it may have closed the wire to make room */
		w = wire_of(a, op->ns, err);
		if (!w)
			return err->code;
	}
	net_put_link_add(w, m, i, peer, i->up, (uint32_t)(op - a->ops));
	return 0;
}

/*
 * Links that go from a namespace that stays: the kernel waits for all its
 * processors each time it removes links, so they go together: put into a group
 * of their own, which is removed at once.
 */
static int remove_links(struct apply *a, size_t first, size_t n, struct warren_err *err)
{
	const struct plan_op *ops = a->ops + first;
	struct wire *w = wire_of(a, ops[0].ns, err);
	uint32_t group = 0x77000000u | (uint32_t)(hash_str(a->p->network, 0) & 0xffffff);

	if (!w)
		return err->code;
	if (n == 1) {
		net_put_link_del(w, &a->p->live.ifaces.v[ops[0].object], (uint32_t)first);
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		net_put_link_group(w, &a->p->live.ifaces.v[ops[i].object], group,
				   (uint32_t)(first + i));
	net_put_group_del(w, group, (uint32_t)first);
	return 0;
}

/* ---- sysctls ---- */

static int set_sysctl(struct apply *a, const struct plan_op *op, struct warren_err *err)
{
	const struct model_sysctl *s = &a->p->desired.sysctls.v[op->object];
	int proc = proc_of(a, op->ns, err);

	if (proc < 0)
		return proc;
	return op->ns == MODEL_HOST
		       ? state_set_sysctl(a->p->w, a->p->network, s->key, s->value, proc, err)
		       : net_sysctl_write(proc, s->key, s->value, err);
}

/* Of an interface that a new namespace does not have, the value that new interfaces get. */
static void preset_key(const char *key, char *buf, size_t size)
{
	const char *conf = strstr(key, ".conf."), *neigh = strstr(key, ".neigh.");
	const char *at = conf ? conf + 6 : neigh ? neigh + 7 : NULL, *end;

	snprintf(buf, size, "%s", key);
	if (!at || !strncmp(at, "all.", 4) || !strncmp(at, "lo.", 3))
		return;
	end = strchr(at, '.');
	if (end)
		snprintf(buf, size, "%.*sdefault%s", (int)(at - key), key, end);
}

/*
 * What a namespace just made has, to be freed.
 * @return 1; 0 where it has no such key, or one that has no value; or a negative errno
 */
static int read_fresh(struct apply *a, const char *key, char **ret, struct warren_err *err)
{
	int proc, r;

	if (a->scratch < 0) {
		r = fleet_enter(a->p->fleet, MODEL_HOST, err);
		if (r < 0)
			return r;
		a->scratch = netns_make(err);
		if (a->scratch < 0)
			return a->scratch;
	}
	r = netns_enter(a->scratch, err);
	a->p->fleet->here = -1;
	proc = r < 0 ? r : netns_proc_next(&a->proc, err);
	if (proc < 0)
		return proc;
	r = net_sysctl_get(proc, key, ret, err);
	if (r == -ENOENT || r == -ENODATA)
		return 0;
	return r < 0 ? r : 1;
}

static int reset_sysctl(struct apply *a, const struct plan_op *op, struct warren_err *err)
{
	const struct model_sysctl *s = &plan_model(a->p, op)->sysctls.v[op->object];
	auto_free char *value = NULL;
	const char *preset;
	char key[512];
	int proc, r;

	if (op->ns == MODEL_HOST) {
		proc = proc_of(a, op->ns, err);
		return proc < 0 ? proc
				: state_restore_sysctl(a->p->w, a->p->network, s->key, proc, err);
	}
	preset_key(s->key, key, sizeof(key));
	preset = settings_preset(key, &a->p->desired.ns.v[op->ns]);
	if (!preset) {
		r = read_fresh(a, key, &value, err);
		if (r <= 0)
			return r; /* 0: it went with its interface */
	}
	proc = proc_of(a, op->ns, err);
	if (proc < 0)
		return proc;
	r = net_sysctl_write(proc, s->key, preset ? preset : value, err);
	return r == -ENOENT ? 0 : r;
}

static int change_settings(struct apply *a, const struct plan_op *op, struct warren_err *err)
{
	const struct model *live = &a->p->live;
	int proc = proc_of(a, op->ns, err);

	return proc < 0 ? proc
			: settings_change(proc, &a->p->desired.ns.v[op->ns], op->what, live,
					  live->ns.v[op->ns].ifaces, err);
}

/* Before it gets its addresses. */
static int switch_on_ipv6(struct apply *a, const struct plan_op *op, struct warren_err *err)
{
	int r = fleet_flush(a->p->fleet, err), proc = r < 0 ? r : proc_of(a, op->ns, err);

	return proc < 0 ? proc
			: settings_link_ipv6(proc, a->p->desired.ifaces.v[op->object].name, err);
}

/* ---- requests of one namespace ---- */

static int put_request(struct apply *a, const struct plan_op *op, uint32_t nexthop,
		       struct warren_err *err)
{
	const struct model *m = plan_model(a->p, op);
	struct wire *w = wire_of(a, op->ns, err);
	uint32_t tag = (uint32_t)(op - a->ops);
	char mark[PLAN_MARK_SIZE];

	if (!w)
		return err->code;
	switch ((enum plan_kind)op->kind) {
	case PLAN_RULE_DEL:
		net_put_rule_del(w, &m->rules.v[op->object], tag);
		break;
	case PLAN_ROUTE_DEL:
		net_put_route_del(w, m, &m->routes.v[op->object], tag);
		break;
	case PLAN_ADDR_DEL:
		net_put_addr_del(w, m, &m->addrs.v[op->object], tag);
		break;
	case PLAN_LINK_SET:
		net_put_link_set(w, m, &m->ifaces.v[op->object], op->what,
				 plan_link_mark(a->p, &m->ifaces.v[op->object], mark), tag);
		return op->what & PLAN_LINK_IPV6 ? switch_on_ipv6(a, op, err) : 0;
	case PLAN_ALTNAME_ADD:
		net_put_altname(w, &m->ifaces.v[op->object], tag);
		break;
	case PLAN_ADDR_ADD:
		net_put_addr_add(w, m, &m->addrs.v[op->object], tag);
		break;
	case PLAN_ROUTE_ADD:
		net_put_route_add(w, m, &m->routes.v[op->object], nexthop, tag);
		break;
	case PLAN_ROUTE_REPLACE:
		net_put_route_replace(w, m, &m->routes.v[op->object], tag);
		break;
	case PLAN_RULE_ADD:
		net_put_rule_add(w, &m->rules.v[op->object], tag);
		break;
	case PLAN_LINK_DEL:
	case PLAN_FILES_DEL:
	case PLAN_NS_DEL:
	case PLAN_NS_ADD:
	case PLAN_NS_SET:
	case PLAN_LINK_ADD:
	case PLAN_SYSCTL_SET:
	case PLAN_SYSCTL_RESET:
	case PLAN_FILES_SET:
		break;
	}
	return 0;
}

static void tell(const struct apply *a, const struct plan_op *op)
{
	char what[NET_TEXT + 128];

	if (context_logs(a->p->w, WARREN_LOG_INFO))
		context_log(a->p->w, WARREN_LOG_INFO, "%s %s", plan_verb(op),
			    plan_describe(a->p, op, what, sizeof(what)));
}

static int perform(struct apply *a, const struct plan_op *op, uint32_t nexthop,
		   struct warren_err *err)
{
	switch ((enum plan_kind)op->kind) {
	case PLAN_NS_ADD:
		return make_namespace(a, op, err);
	case PLAN_NS_DEL:
		return remove_placeholder(a->p, op, err); /* else: remove_names() */
	case PLAN_LINK_ADD:
		return put_link(a, op, err);
	case PLAN_FILES_SET:
		return files_set(a->p, op->ns, err);
	case PLAN_FILES_DEL:
		return files_delete(a->p, op->ns, err);
	case PLAN_NS_SET:
	case PLAN_SYSCTL_SET:
	case PLAN_SYSCTL_RESET: {
		/* what stands in the buffer comes before it: a sysctl of an interface needs the interface */
		int r = fleet_flush(a->p->fleet, err);

		if (r < 0)
			return r;
		if (op->kind == PLAN_NS_SET)
			return change_settings(a, op, err);
		return op->kind == PLAN_SYSCTL_SET ? set_sysctl(a, op, err)
						   : reset_sysctl(a, op, err);
	}
	case PLAN_RULE_DEL:
	case PLAN_ROUTE_DEL:
	case PLAN_ADDR_DEL:
	case PLAN_LINK_SET:
	case PLAN_ALTNAME_ADD:
	case PLAN_ADDR_ADD:
	case PLAN_ROUTE_ADD:
	case PLAN_ROUTE_REPLACE:
	case PLAN_RULE_ADD:
		return put_request(a, op, nexthop, err);
	case PLAN_LINK_DEL:
		break;
	}
	return 0;
}

/* ---- routes ---- */

static size_t routes_ahead(const struct plan_op *ops, size_t first, size_t end)
{
	size_t n = 0;

	while (first + n < end && ops[first + n].kind == PLAN_ROUTE_ADD)
		n++;
	return n;
}

/*
 * The nexthop object for a computed route, in namespaces made here only: ids are free there.
 * @param[out] ret  0 where the route names its hops itself
 */
static int nexthop_for(struct apply *a, size_t i, size_t end, uint32_t *ret, struct warren_err *err)
{
	const struct plan_op *op = &a->ops[i];
	const struct model_route *r = &a->p->desired.routes.v[op->object];
	struct wire *w;

	*ret = 0;
	if (!a->p->ns.v[op->ns].add || !r->computed)
		return 0;
	if (a->nexthops.ns != op->ns)
		nexthops_begin(&a->nexthops, op->ns, routes_ahead(a->ops, i, end));
	w = wire_of(a, op->ns, err);
	return w ? nexthops_put(&a->nexthops, w, &a->p->desired, &r->hops, (uint32_t)i, ret, err)
		 : err->code;
}

/* ---- phases ---- */

static size_t same_ns_run(const struct plan_op *ops, size_t first, size_t n)
{
	size_t i = first;

	while (i < n && ops[i].ns == ops[first].ns)
		i++;
	return i - first;
}

/*
 * All operations of one namespace in one phase, then a flush, so that what
 * failed is known before the next namespace builds on it.
 */
static int run_namespace(struct apply *a, size_t first, size_t n, struct warren_err *err)
{
	uint64_t since = context_now();
	int r = 0;

	if (a->ops[first].kind == PLAN_LINK_DEL)
		r = remove_links(a, first, n, err);
	for (size_t i = first; r == 0 && i < first + n; i++) {
		uint32_t nexthop = 0;

		if (i > first && plan_op_phase(&a->ops[i]) != plan_op_phase(&a->ops[i - 1]))
			since = context_phase(a->p->w, plan_op_phase(&a->ops[i - 1]), since);
		if (a->ops[i].kind == PLAN_ROUTE_ADD)
			r = nexthop_for(a, i, first + n, &nexthop, err);
		if (r == 0)
			r = perform(a, &a->ops[i], nexthop, err);
		if (r < 0 && !a->failure.code && err && !err->file[0])
			add_place(a, &a->ops[i], err);
		if (r == 0) {
			plan_count(a->p, &a->ops[i], a->done);
			tell(a, &a->ops[i]);
		}
	}
	if (r == 0)
		r = fleet_flush(a->p->fleet, err);
	context_phase(a->p->w, plan_op_phase(&a->ops[first + n - 1]), since);
	return explain(a, r, err);
}

static const char *const phase_words[] = {
	[PLAN_PHASE_CLEAR] = "clearing",    [PLAN_PHASE_UNLINK] = "links",
	[PLAN_PHASE_REMOVE] = "namespaces", [PLAN_PHASE_CREATE] = "namespaces",
	[PLAN_PHASE_CONNECT] = "links",	    [PLAN_PHASE_SETTLE] = "configuration",
	[PLAN_PHASE_ROUTE] = "routes",	    [PLAN_PHASE_FILES] = "files",
};

static int run_operations(struct apply *a, enum plan_phase phase, struct warren_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < a->n_ops;) {
		size_t n = same_ns_run(a->ops, i, a->n_ops);

		if (context_cancelled(a->p->w))
			return warren_fail(err, -ECANCELED, "interrupted");
		context_progress(a->p->w, phase_words[phase], i, a->n_ops);
		r = run_namespace(a, i, n, err);
		i += n;
	}
	return r;
}

static int run_phase(struct apply *a, enum plan_phase phase, struct warren_err *err)
{
	const struct plan_op *failed = NULL;
	int r = 0, finished;

	a->ops = a->p->ops[phase].v;
	a->n_ops = a->p->ops[phase].n;
	if (phase == PLAN_PHASE_REMOVE && a->n_ops)
		r = netns_dir_writable(a->p->w, err);
	if (phase == PLAN_PHASE_REMOVE && r == 0 && a->n_ops && a->p->empty)
		files_unprotect(a->p);
	if (phase == PLAN_PHASE_REMOVE && r == 0) {
		r = remove_names(&a->removal, a->ops, a->n_ops, &failed, err);
		if (r < 0 && r != -ECANCELED && failed && !err->file[0])
			add_place(a, failed, err);
	}
	if (r == 0)
		r = run_operations(a, phase, err);
	if (phase != PLAN_PHASE_REMOVE)
		return r;
	finished = remove_finish(&a->removal, r < 0 ? NULL : err);
	return r < 0 ? r : finished;
}

static int begin(struct apply *a, struct plan *p, struct warren_err *err)
{
	int r;

	if (!p->ops[PLAN_PHASE_CREATE].n)
		return 0;
	r = netns_proc_next(&a->proc, err);
	if (r < 0)
		return r;
	settings_begin(&a->settings, r);
	r = netns_dir_prepare(p->w, err);
	if (r < 0)
		return r;
	snprintf(a->mark, sizeof(a->mark), PLAN_MARK "%s", p->network);
	return netns_note_open(p->w, a->mark, &a->note, err);
}

int plan_apply(struct plan *p, struct warren_result *done, struct warren_err *err)
{
	struct apply a = { .p = p,
			   .removal = REMOVAL_INIT(p),
			   .proc = NETNS_PROC_INIT,
			   .done = done,
			   .nexthops = NEXTHOPS_INIT,
			   .note = NETNS_NOTE_INIT,
			   .scratch = -1 };
	struct warren_err local = WARREN_ERR_INIT;
	int r, back;

	err = err ? err : &local;
	r = begin(&a, p, err);
	for (int i = 0; r == 0 && i < PLAN_PHASE_N; i++)
		r = run_phase(&a, (enum plan_phase)i, err);
	if (r == 0)
		r = plan_await_ports(p, p->fleet, err);
	nexthops_fini(&a.nexthops);
	netns_proc_close(&a.proc);
	removal_fini(&a.removal);
	back = fleet_go_home(p->fleet, r < 0 ? NULL : err);
	if (a.scratch >= 0)
		close(a.scratch);
	netns_note_close(&a.note);
	if (r == 0 && back == 0)
		r = fleet_check_names(p->fleet, (uint32_t)p->desired.ns.n, err);
	return r < 0 ? r : back;
}
