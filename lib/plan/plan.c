/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/plan.h"

#include "base/cleanup.h"
#include "net/net.h"
#include "plan/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A shallow copy whose interfaces are its own, because applying fills in their ifindex. */
static int copy_desired(struct plan *p, const struct model *m)
{
	struct model_ns host = { .name = "host", .kind = MODEL_NS_HOST };

	if (!m) {
		p->empty = true;
		return vec_push(&p->desired.ns, host);
	}
	p->desired = *m;
	p->desired.ifaces.v = malloc((m->ifaces.n + 1) * sizeof(*m->ifaces.v));
	if (!p->desired.ifaces.v)
		return -ENOMEM;
	if (m->ifaces.n)
		memcpy(p->desired.ifaces.v, m->ifaces.v, m->ifaces.n * sizeof(*m->ifaces.v));
	return 0;
}

static int add_namespaces(struct plan *p, const struct model *m, int before)
{
	int failed = 0;

	for (uint32_t i = 0; i < m->ns.n; i++) {
		struct plan_ns n = { .name = m->ns.v[i].name,
				     .desired = before < 0,
				     .before = { MODEL_NONE, MODEL_NONE, MODEL_NONE } };
		uint32_t at = map_put_str(&p->names, n.name, (uint32_t)p->ns.n, &failed);

		if (failed)
			return -ENOMEM;
		if (at == MAP_NONE) {
			at = (uint32_t)p->ns.n;
			if (vec_push(&p->ns, n) < 0)
				return -ENOMEM;
		}
		if (before >= 0)
			p->ns.v[at].before[before] = i;
	}
	return 0;
}

int plan_init(struct plan *p, struct warren *w, const char *network, const struct model *desired,
	      const struct model *const *before, size_t n_before)
{
	int r;

	memset(p, 0, sizeof(*p));
	p->w = w;
	p->etc = -1;
	p->network = network;
	p->n_before = n_before;
	r = copy_desired(p, desired);
	if (r == 0)
		r = add_namespaces(p, &p->desired, -1);
	for (size_t i = 0; r == 0 && i < n_before; i++) {
		p->before[i] = before[i];
		r = add_namespaces(p, before[i], (int)i);
	}
	return r;
}

void plan_fini(struct plan *p)
{
	if (p->empty)
		vec_fini(&p->desired.ns);
	free(p->desired.ifaces.v);
	model_fini(&p->live);
	vec_fini(&p->ns);
	map_fini(&p->names);
	vec_fini(&p->extras);
	vec_fini(&p->lost);
	for (int i = 0; i < PLAN_PHASE_N; i++)
		vec_fini(&p->ops[i]);
	free(p->end);
	free(p->match);
	free(p->gone);
	free(p->first_link);
	free(p->etc_ours);
	fleet_free(p->fleet);
	if (p->w) /* begun; else 0 is no descriptor of ours */
		cleanup_close(&p->etc);
	memset(p, 0, sizeof(*p));
}

char *plan_link_mark(const struct plan *p, const struct model_iface *i, char buf[PLAN_MARK_SIZE])
{
	snprintf(buf, PLAN_MARK_SIZE, PLAN_MARK "%s:%s", p->network, i->name);
	return buf;
}

const struct model *plan_model(const struct plan *p, const struct plan_op *op)
{
	if (op->source == PLAN_DESIRED)
		return &p->desired;
	return op->source == PLAN_LIVE ? &p->live : p->before[op->source - PLAN_BEFORE];
}

/* How each kind of operation is told. */
static const struct {
	enum warren_step_verb verb;
	const char *object;
} words[] = {
	[PLAN_RULE_DEL] = { WARREN_STEP_DELETE, "rule" },
	[PLAN_ROUTE_DEL] = { WARREN_STEP_DELETE, "route" },
	[PLAN_ADDR_DEL] = { WARREN_STEP_DELETE, "address" },
	[PLAN_LINK_DEL] = { WARREN_STEP_DELETE, "link" },
	[PLAN_FILES_DEL] = { WARREN_STEP_DELETE, "file" },
	[PLAN_NS_DEL] = { WARREN_STEP_DELETE, "namespace" },
	[PLAN_NS_ADD] = { WARREN_STEP_ADD, "namespace" },
	[PLAN_NS_SET] = { WARREN_STEP_CHANGE, "namespace" },
	[PLAN_LINK_ADD] = { WARREN_STEP_ADD, "link" },
	[PLAN_LINK_SET] = { WARREN_STEP_CHANGE, "link" },
	[PLAN_ALTNAME_ADD] = { WARREN_STEP_CHANGE, "link" },
	[PLAN_ADDR_ADD] = { WARREN_STEP_ADD, "address" },
	[PLAN_SYSCTL_SET] = { WARREN_STEP_CHANGE, "sysctl" },
	[PLAN_SYSCTL_RESET] = { WARREN_STEP_CHANGE, "sysctl" },
	[PLAN_ROUTE_ADD] = { WARREN_STEP_ADD, "route" },
	[PLAN_ROUTE_REPLACE] = { WARREN_STEP_CHANGE, "route" },
	[PLAN_RULE_ADD] = { WARREN_STEP_ADD, "rule" },
	[PLAN_FILES_SET] = { WARREN_STEP_CHANGE, "file" },
};

static char *link_text(const struct model *m, const struct plan_op *op, char *buf, size_t size)
{
	const struct model_iface *i = &m->ifaces.v[op->object], *peer;

	if (op->kind != PLAN_LINK_ADD || i->peer == MODEL_NONE) {
		snprintf(buf, size, "%s", model_iface_label(i));
		return buf;
	}
	peer = &m->ifaces.v[i->peer];
	snprintf(buf, size, "%s - %s:%s", model_iface_label(i), m->ns.v[peer->ns].name,
		 model_iface_label(peer));
	return buf;
}

static char *address_text(const struct model *m, uint32_t object, char *buf, size_t size)
{
	const struct model_addr *a = &m->addrs.v[object];
	char ip[IP_TEXT];

	snprintf(buf, size, "%s dev %s", ip_format(&a->ip, ip),
		 model_iface_label(&m->ifaces.v[a->iface]));
	return buf;
}

/* The object's name without its namespace. */
static char *object_text(const struct plan *p, const struct plan_op *op, char *buf, size_t size)
{
	const struct model *m = plan_model(p, op);
	char text[NET_TEXT];

	switch ((enum plan_kind)op->kind) {
	case PLAN_RULE_DEL:
	case PLAN_RULE_ADD:
		snprintf(buf, size, "%s", net_format_rule(&m->rules.v[op->object], text));
		break;
	case PLAN_ROUTE_DEL:
	case PLAN_ROUTE_ADD:
	case PLAN_ROUTE_REPLACE:
		snprintf(buf, size, "%s", net_format_route(m, &m->routes.v[op->object], text));
		break;
	case PLAN_ADDR_DEL:
	case PLAN_ADDR_ADD:
		return address_text(m, op->object, buf, size);
	case PLAN_LINK_DEL:
	case PLAN_LINK_ADD:
	case PLAN_LINK_SET:
	case PLAN_ALTNAME_ADD:
		return link_text(m, op, buf, size);
	case PLAN_SYSCTL_SET:
	case PLAN_SYSCTL_RESET:
		snprintf(buf, size, "%s", m->sysctls.v[op->object].key);
		break;
	case PLAN_FILES_SET:
	case PLAN_FILES_DEL:
		snprintf(buf, size, "%s/%s", warren_etc_dir(p->w), p->ns.v[op->ns].name);
		break;
	case PLAN_NS_ADD:
	case PLAN_NS_SET:
	case PLAN_NS_DEL:
		snprintf(buf, size, "%s", p->ns.v[op->ns].name);
		break;
	}
	return buf;
}

const char *plan_verb(const struct plan_op *op)
{
	switch (words[op->kind].verb) {
	case WARREN_STEP_ADD:
		return "add";
	case WARREN_STEP_CHANGE:
		return "change";
	case WARREN_STEP_DELETE:
		return "remove";
	case WARREN_STEP_NONE:
		break;
	}
	return "";
}

char *plan_describe(const struct plan *p, const struct plan_op *op, char *buf, size_t size)
{
	char text[NET_TEXT + 64];
	const char *node = p->ns.v[op->ns].name;

	object_text(p, op, text, sizeof(text));
	if (!strcmp(text, node))
		snprintf(buf, size, "%s '%s'", words[op->kind].object, node);
	else
		snprintf(buf, size, "%s: %s %s", node, words[op->kind].object, text);
	return buf;
}

bool plan_is_ipv6(const struct plan *p, const struct plan_op *op)
{
	const struct model *m = plan_model(p, op);

	switch ((enum plan_kind)op->kind) {
	case PLAN_ADDR_ADD:
	case PLAN_ADDR_DEL:
		return m->addrs.v[op->object].ip.family == AF_INET6;
	case PLAN_ROUTE_ADD:
	case PLAN_ROUTE_REPLACE:
	case PLAN_ROUTE_DEL:
		return m->routes.v[op->object].to.family == AF_INET6;
	case PLAN_RULE_ADD:
	case PLAN_RULE_DEL:
		return m->rules.v[op->object].family == AF_INET6;
	case PLAN_LINK_DEL:
	case PLAN_FILES_DEL:
	case PLAN_NS_DEL:
	case PLAN_NS_ADD:
	case PLAN_NS_SET:
	case PLAN_LINK_ADD:
	case PLAN_LINK_SET:
	case PLAN_ALTNAME_ADD:
	case PLAN_SYSCTL_SET:
	case PLAN_SYSCTL_RESET:
	case PLAN_FILES_SET:
		break;
	}
	return false;
}

bool plan_is_removal(const struct plan_op *op)
{
	return op->kind <= PLAN_NS_DEL || op->kind == PLAN_SYSCTL_RESET;
}

enum warren_phase plan_op_phase(const struct plan_op *op)
{
	switch ((enum plan_kind)op->kind) {
	case PLAN_NS_ADD:
	case PLAN_NS_DEL:
		return WARREN_PHASE_NAMESPACES;
	case PLAN_LINK_ADD:
	case PLAN_LINK_DEL:
		return WARREN_PHASE_LINKS;
	case PLAN_FILES_SET:
	case PLAN_FILES_DEL:
		return WARREN_PHASE_FILES;
	case PLAN_ROUTE_ADD:
	case PLAN_ROUTE_DEL:
	case PLAN_ROUTE_REPLACE:
		return WARREN_PHASE_INSTALL;
	case PLAN_NS_SET:
	case PLAN_RULE_ADD:
	case PLAN_RULE_DEL:
	case PLAN_ADDR_ADD:
	case PLAN_ADDR_DEL:
	case PLAN_LINK_SET:
	case PLAN_ALTNAME_ADD:
	case PLAN_SYSCTL_SET:
	case PLAN_SYSCTL_RESET:
		return WARREN_PHASE_CONFIGURE;
	}
	return WARREN_PHASE_CONFIGURE;
}

struct mark plan_mark(const struct plan *p, const struct plan_op *op)
{
	const struct model *m = plan_model(p, op);
	struct mark none = { 0 };

	if (op->source != PLAN_DESIRED)
		return none;
	switch ((enum plan_kind)op->kind) {
	case PLAN_RULE_ADD:
		return m->rules.v[op->object].mark;
	case PLAN_ROUTE_ADD:
	case PLAN_ROUTE_REPLACE:
		return m->routes.v[op->object].mark;
	case PLAN_ADDR_ADD:
		return m->addrs.v[op->object].mark;
	case PLAN_LINK_ADD:
	case PLAN_LINK_SET:
	case PLAN_ALTNAME_ADD:
		return m->ifaces.v[op->object].mark;
	case PLAN_SYSCTL_SET:
		return m->sysctls.v[op->object].mark;
	case PLAN_NS_ADD:
	case PLAN_NS_SET:
	case PLAN_FILES_SET:
		return m->ns.v[op->ns].mark;
	case PLAN_RULE_DEL:
	case PLAN_ROUTE_DEL:
	case PLAN_ADDR_DEL:
	case PLAN_LINK_DEL:
	case PLAN_FILES_DEL:
	case PLAN_NS_DEL:
	case PLAN_SYSCTL_RESET:
		break;
	}
	return none;
}

/* "mtu 1500 -> 1400, up": what a link's change consists of. */
static void link_detail(const struct plan *p, const struct plan_op *op, char *buf, size_t size)
{
	const struct model_iface *i = &p->desired.ifaces.v[op->object];
	const struct model_iface *l = p->match[op->object] == MODEL_NONE
					      ? NULL
					      : &p->live.ifaces.v[p->match[op->object]];
	char a[18], b[18];
	size_t n = 0;

	buf[0] = 0;
#define SAY(...)                                                                                   \
	do {                                                                                       \
		n += (size_t)snprintf(buf + n, n < size ? size - n : 0, "%s", n ? ", " : "");      \
		n += (size_t)snprintf(buf + n, n < size ? size - n : 0, __VA_ARGS__);              \
	} while (0)
	if (op->what & NET_LINK_MTU && l)
		SAY("mtu %u -> %u", l->mtu, i->mtu);
	if (op->what & NET_LINK_MAC && l)
		SAY("mac %s -> %s", net_format_mac(l->mac, a), net_format_mac(i->mac, b));
	if (op->what & NET_LINK_MASTER)
		SAY("%s %s", i->master == MODEL_NONE ? "no bridge" : "port of",
		    i->master == MODEL_NONE ? "" : p->desired.ifaces.v[i->master].name);
	if (op->what & NET_LINK_FIELDS)
		SAY("settings");
	if (op->what & NET_LINK_ALIAS)
		SAY("mark");
	if (op->what & PLAN_LINK_IPV6)
		SAY("IPv6 on");
	if (op->what & NET_LINK_UP)
		SAY("up");
	if (op->what & NET_LINK_DOWN)
		SAY("down");
#undef SAY
}

static void detail_text(const struct plan *p, const struct plan_op *op, char *buf, size_t size)
{
	const struct model *m = plan_model(p, op);
	const struct model_ns *ns;

	buf[0] = 0;
	if (op->kind == PLAN_LINK_SET) {
		link_detail(p, op, buf, size);
	} else if (op->kind == PLAN_ALTNAME_ADD) {
		snprintf(buf, size, "alternative name");
	} else if (op->kind == PLAN_SYSCTL_SET) {
		snprintf(buf, size, "= %s", m->sysctls.v[op->object].value);
	} else if (op->kind == PLAN_SYSCTL_RESET) {
		snprintf(buf, size, "as before");
	} else if (op->kind == PLAN_NS_SET) {
		ns = &p->desired.ns.v[op->ns];
		snprintf(buf, size, "%s%s%s",
			 !(op->what & PLAN_SET_FORWARDING) ? ""
			 : ns->forwarding == MODEL_ON	   ? "forwarding on"
							   : "forwarding off",
			 op->what == (PLAN_SET_FORWARDING | PLAN_SET_IPV6) ? ", " : "",
			 !(op->what & PLAN_SET_IPV6) ? ""
			 : ns->ipv6 == MODEL_ON	     ? "IPv6 on"
						     : "IPv6 off");
	}
}

/* A link that is made is one row, though it takes settings afterwards too; so are files of a new namespace. */
static bool is_detail_of_another(const struct plan *p, const struct plan_op *op)
{
	if (op->kind == PLAN_LINK_SET || op->kind == PLAN_ALTNAME_ADD)
		return p->match[op->object] == MODEL_NONE;
	if (op->kind == PLAN_FILES_SET)
		return p->ns.v[op->ns].add;
	if (op->kind == PLAN_FILES_DEL)
		return p->ns.v[op->ns].delete;
	return false;
}

void plan_count(const struct plan *p, const struct plan_op *op, struct warren_result *done)
{
	if (!done || is_detail_of_another(p, op))
		return;
	if (plan_is_removal(op))
		done->deleted++;
	else if (op->kind == PLAN_NS_ADD || op->kind == PLAN_LINK_ADD || op->kind == PLAN_ADDR_ADD ||
		 op->kind == PLAN_ROUTE_ADD || op->kind == PLAN_RULE_ADD)
		done->added++;
	else
		done->changed++;
}

struct step_rows {
	struct arena arena;
	VEC(struct warren_step) v;
};

static int add_step(const struct plan *p, const struct plan_op *op, struct step_rows *rows)
{
	char name[NET_TEXT + 64], detail[256];
	struct mark mark = plan_mark(p, op);
	struct warren_step s = { .verb = words[op->kind].verb,
				 .object = words[op->kind].object,
				 .line = (int)mark.line,
				 .column = (int)mark.column };

	if (is_detail_of_another(p, op))
		return 0;
	object_text(p, op, name, sizeof(name));
	detail_text(p, op, detail, sizeof(detail));
	s.node = arena_str(&rows->arena, p->ns.v[op->ns].name);
	s.name = arena_str(&rows->arena, name);
	s.detail = arena_str(&rows->arena, detail);
	if (!s.node || !s.name || !s.detail)
		return -ENOMEM;
	return vec_push(&rows->v, s);
}

static int finish_steps(struct step_rows *rows, int r, struct warren_steps *ret)
{
	*ret = (struct warren_steps){ .owner = rows };
	if (r == 0) {
		ret->n = rows->v.n;
		ret->v = rows->v.v;
	} else {
		warren_steps_fini(ret);
	}
	return r;
}

/* Of something that nobody asked for: it stays, or goes with its namespace. */
static int add_extra(const struct plan *p, const struct plan_op *op, enum warren_step_verb verb,
		     struct step_rows *rows)
{
	int r = add_step(p, op, rows);

	if (r < 0)
		return r;
	rows->v.v[rows->v.n - 1].verb = verb;
	if (verb == WARREN_STEP_DELETE)
		rows->v.v[rows->v.n - 1].detail =
			"not made by Warren; it goes with its namespace, unless it is moved out "
			"of it before";
	return 0;
}

int plan_steps(const struct plan *p, struct warren_steps *ret)
{
	struct step_rows *rows = calloc(1, sizeof(*rows));
	int r = rows ? 0 : -ENOMEM;

	for (int i = 0; r == 0 && i < PLAN_PHASE_N; i++)
		for (size_t k = 0; r == 0 && k < p->ops[i].n; k++)
			r = add_step(p, &p->ops[i].v[k], rows);
	for (size_t k = 0; r == 0 && k < p->extras.n; k++)
		if (p->ns.v[p->extras.v[k].ns].delete)
			r = add_extra(p, &p->extras.v[k], WARREN_STEP_DELETE, rows);
	return finish_steps(rows, r, ret);
}

int plan_extras(const struct plan *p, struct warren_steps *ret)
{
	struct step_rows *rows = calloc(1, sizeof(*rows));
	int r = rows ? 0 : -ENOMEM;

	for (size_t k = 0; r == 0 && k < p->extras.n; k++)
		if (!p->ns.v[p->extras.v[k].ns].delete)
			r = add_extra(p, &p->extras.v[k], WARREN_STEP_NONE, rows);
	return finish_steps(rows, r, ret);
}

void warren_steps_fini(struct warren_steps *s)
{
	struct step_rows *rows = s->owner;

	if (rows) {
		arena_fini(&rows->arena);
		vec_fini(&rows->v);
		free(rows);
	}
	memset(s, 0, sizeof(*s));
}
