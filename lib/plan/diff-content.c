/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/diff.h"

#include "net/net.h"

#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool diff_is_gone(const struct plan *p, uint32_t live_iface)
{
	return live_iface != MODEL_NONE && p->gone[live_iface];
}

int diff_settle(struct diff_content *c, enum plan_kind kind, unsigned what, uint32_t object)
{
	bool routes = kind == PLAN_ROUTE_ADD || kind == PLAN_ROUTE_REPLACE || kind == PLAN_RULE_ADD;

	return diff_emit(c->p, routes ? PLAN_PHASE_ROUTE : PLAN_PHASE_SETTLE,
			 (struct plan_op){ (uint8_t)kind, PLAN_DESIRED, (uint16_t)what, c->ns,
					   object });
}

int diff_clear(struct diff_content *c, enum plan_kind kind, uint32_t live)
{
	return diff_emit(c->p, PLAN_PHASE_CLEAR,
			 (struct plan_op){ (uint8_t)kind, PLAN_LIVE, 0, c->ns, live });
}

/* ---- settings of the namespace ---- */

/* A device of an MTU below IPv6's least has no IPv6 at all (RFC 8200, section 5). */
#define MTU_IPV6 1280

/* What new interfaces get is seen at none that is there; it is as it was made. */
static bool ipv6_differs(const struct diff_content *c)
{
	const struct plan *p = c->p;

	for (size_t k = 0; k < p->n_before; k++) {
		uint32_t b = p->ns.v[c->ns].before[k];

		if (b != MODEL_NONE && p->before[k]->ns.v[b].ipv6 != c->want->ipv6)
			return true;
	}
	for (uint32_t k = 0; k < c->have->ifaces.n; k++) {
		const struct model_iface *l = &p->live.ifaces.v[c->have->ifaces.first + k];

		/* lo has IPv6 in any case */
		enum model_tri want = l->kind == MODEL_IFACE_LOOPBACK ? MODEL_ON : c->want->ipv6;

		if (l->mtu >= MTU_IPV6 && !diff_is_gone(p, c->have->ifaces.first + k) &&
		    l->ipv6 != want)
			return true;
	}
	return false;
}

static int diff_settings(struct diff_content *c)
{
	unsigned what = 0;

	/* of a namespace made here they are set when it is made */
	if (!c->want || c->ns == MODEL_HOST || c->p->ns.v[c->ns].add)
		return 0;
	if (c->want->forwarding != c->have->forwarding ||
	    (c->want->ipv6 != MODEL_OFF && c->want->forwarding != c->have->forwarding6))
		what |= PLAN_SET_FORWARDING;
	if (ipv6_differs(c))
		what |= PLAN_SET_IPV6;
	c->settings = what;
	/* links that come are made by the new settings */
	return !what ? 0
		     : diff_emit(c->p, PLAN_PHASE_CREATE,
				 (struct plan_op){ PLAN_NS_SET, PLAN_DESIRED, (uint16_t)what, c->ns,
						   c->ns });
}

/* ---- links ---- */

/* Whether the file gives a link of the host an address of IPv6, or a route over it. */
static bool uses_ipv6(const struct model *m, uint32_t d)
{
	const struct model_ns *host = &m->ns.v[MODEL_HOST];

	for (uint32_t k = host->addrs.first; k < host->addrs.first + host->addrs.n; k++)
		if (m->addrs.v[k].iface == d && m->addrs.v[k].ip.family == AF_INET6)
			return true;
	for (uint32_t k = host->routes.first; k < host->routes.first + host->routes.n; k++) {
		const struct model_route *r = &m->routes.v[k];

		for (uint32_t j = 0; r->to.family == AF_INET6 && j < r->hops.n; j++)
			if (m->hops.v[r->hops.first + j].iface == d)
				return true;
	}
	return false;
}

/* A link of the host that needs IPv6, which the host has off for new ones, or somebody switched off. */
static bool lacks_ipv6(const struct plan *p, uint32_t d)
{
	const struct model_iface *i = &p->desired.ifaces.v[d], *l;
	bool off = p->host_ipv6_off;

	if (i->ns != MODEL_HOST || !p->host_ipv6)
		return false;
	if (p->end[d] != END_NEW) {
		l = &p->live.ifaces.v[p->match[d]];
		off = l->ipv6 != MODEL_ON && (off || l->mtu >= MTU_IPV6);
	}
	return off && uses_ipv6(&p->desired, d);
}

/* What of a link that was just made its making did not set. */
static unsigned new_link_needs(const struct plan *p, uint32_t d)
{
	const struct model_iface *i = &p->desired.ifaces.v[d];
	unsigned what = i->ns == MODEL_HOST ? NET_LINK_ALIAS : 0;

	if (i->master != MODEL_NONE) {
		what |= NET_LINK_MASTER;
		/* a port of a bridge has no use for an address of its own; below RFC 8200's least MTU there is no IPv6 */
		if (p->desired.ns.v[i->ns].kind == MODEL_NS_HOST && (!i->mtu || i->mtu >= 1280))
			what |= NET_LINK_NO_LL;
	}
	if (lacks_ipv6(p, d))
		what |= PLAN_LINK_IPV6;
	if (i->up && !diff_asks(p, d))
		what |= NET_LINK_UP; /* the kernel sets up only the end that asked */
	return what;
}

static unsigned link_changes(const struct plan *p, uint32_t d)
{
	const struct model_iface *i = &p->desired.ifaces.v[d];
	const struct model_iface *l = &p->live.ifaces.v[p->match[d]];
	static const uint8_t none[6];
	uint32_t master = i->master == MODEL_NONE ? MODEL_NONE : p->match[i->master];
	char mark[PLAN_MARK_SIZE];
	unsigned what = 0;

	if (i->ns == MODEL_HOST && (!l->alias || strcmp(l->alias, plan_link_mark(p, i, mark)) != 0))
		what |= NET_LINK_ALIAS;
	if (i->mtu && i->mtu != l->mtu)
		what |= NET_LINK_MTU;
	if (memcmp(i->mac, none, 6) && memcmp(i->mac, l->mac, 6))
		what |= NET_LINK_MAC;
	if (i->kind != MODEL_IFACE_LOOPBACK &&
	    (master != l->master || (i->master != MODEL_NONE && diff_is_gone(p, l->master)) ||
	     (i->master != MODEL_NONE && p->end[i->master] == END_NEW)))
		what |= NET_LINK_MASTER;
	if (lacks_ipv6(p, d))
		what |= PLAN_LINK_IPV6;
	if (i->up != l->up)
		what |= i->up ? NET_LINK_UP : NET_LINK_DOWN;
	if (diff_link_fields(i, l) & DIFF_LIVE)
		what |= NET_LINK_FIELDS;
	return what;
}

static bool has_altname(const struct plan *p, uint32_t d)
{
	const char *altname = p->live.ifaces.v[p->match[d]].altname;

	return altname && !strcmp(altname, p->desired.ifaces.v[d].altname);
}

static int diff_iface(struct diff_content *c, uint32_t d)
{
	struct plan *p = c->p;
	const struct model_iface *i = &p->desired.ifaces.v[d];
	bool fresh_lo = i->kind == MODEL_IFACE_LOOPBACK && p->ns.v[c->ns].add;
	unsigned what = 0;
	int r = 0;

	if (i->kind == MODEL_IFACE_LOOPBACK && c->ns == MODEL_HOST)
		return 0; /* the host's lo is the host's business */
	if (p->end[d] == END_NEW)
		what = new_link_needs(p, d);
	else if (p->match[d] != MODEL_NONE)
		what = link_changes(p, d);
	else if (fresh_lo)
		what = i->up ? 0 : NET_LINK_DOWN; /* it is set up when the namespace is made */
	if (what & NET_LINK_DOWN)
		p->again = true;
	if (what)
		r = diff_settle(c, PLAN_LINK_SET, what, d);
	if (r == 0 && i->altname && (p->end[d] == END_NEW || !has_altname(p, d)))
		r = diff_settle(c, PLAN_ALTNAME_ADD, 0, d);
	return r;
}

/* ---- addresses ---- */

static bool before_has_addr(const struct diff_content *c, const struct model_addr *a,
			    const char *name)
{
	const struct plan *p = c->p;

	for (size_t k = 0; k < p->n_before; k++) {
		uint32_t b = p->ns.v[c->ns].before[k];
		const struct model *m = p->before[k];

		for (uint32_t j = 0; b != MODEL_NONE && j < m->ns.v[b].addrs.n; j++) {
			const struct model_addr *o = &m->addrs.v[m->ns.v[b].addrs.first + j];

			if (!ip_cmp(&o->ip, &a->ip) && !strcmp(diff_iface_name(m, o->iface), name))
				return true;
		}
	}
	return false;
}

static bool was_ours(const struct diff_content *c, const struct model_addr *live)
{
	/* of the host's, who made it counts where the kernel knows that */
	if (c->ns == MODEL_HOST && c->have->knows_addr_protocol && live->protocol != NET_PROTOCOL)
		return false;
	return before_has_addr(c, live, diff_iface_name(&c->p->live, live->iface));
}

/*
 * In the host, an address that the file hands out must not be one that the host
 * has already, nor its network overlap one that the host is connected to: part
 * of that would not be reached any more.
 */
static bool address_in_the_way(struct diff_content *c, const struct model_addr *want)
{
	const struct plan *p = c->p;
	struct ip net = ip_network(&want->ip);
	char ip[IP_TEXT], other[IP_TEXT];
	size_t conflicts = p->conflicts;

	for (uint32_t k = 0; k < c->have->addrs.n; k++) {
		const struct model_addr *l = &p->live.addrs.v[c->have->addrs.first + k];
		struct ip taken = ip_network(&l->ip);

		if (diff_is_gone(p, l->iface) || !ip_overlaps(&net, &taken) || was_ours(c, l))
			continue;
		if (ip_same_host(&l->ip, &want->ip))
			diff_conflict(c->p, c->errs, want->mark,
				      "address %s: the host has it already, on '%s'; choose another "
				      "subnet or pool",
				      ip_format(&l->ip, ip), diff_iface_name(&p->live, l->iface));
		else if (net.plen < ip_bits(&net) && taken.plen < ip_bits(&taken))
			diff_conflict(c->p, c->errs, want->mark,
				      "address %s: its network overlaps %s, which the host is "
				      "connected to by '%s'; choose another subnet or pool",
				      ip_format(&want->ip, ip), ip_format(&taken, other),
				      diff_iface_name(&p->live, l->iface));
	}
	return p->conflicts != conflicts;
}

/* The host gets an address; with its network, where it did not have that from us before. */
static int host_address_comes(struct diff_content *c, const struct model_addr *a)
{
	if (address_in_the_way(c, a) || a->ip.plen == ip_bits(&a->ip) ||
	    before_has_addr(c, a, diff_iface_name(&c->p->desired, a->iface)))
		return 0;
	return vec_push(&c->new_addrs, a);
}

static bool same_addr(const struct diff_content *c, const struct model_addr *want,
		      const struct model_addr *live)
{
	uint32_t match = c->p->match[want->iface];

	return match == live->iface && !ip_cmp(&want->ip, &live->ip);
}

/* Few addresses an interface, so a namespace's lists are compared by hash of address and live interface. */
struct addr_key {
	struct ip ip;
	uint32_t iface;
};

static struct addr_key addr_key(const struct ip *ip, uint32_t live_iface)
{
	struct addr_key k;

	memset(&k, 0, sizeof(k)); /* hashed as bytes */
	k.ip = *ip;
	k.iface = live_iface;
	return k;
}

static int diff_addrs(struct diff_content *c)
{
	struct plan *p = c->p;
	uint32_t n = c->have->addrs.n, wanted = c->want ? c->want->addrs.n : 0;
	struct addr_key *keys = calloc(n + 1, sizeof(*keys));
	bool *found = calloc(n + 1, sizeof(*found));
	struct map map = { 0 };
	int failed = !keys || !found, r = 0;

	for (uint32_t k = 0; !failed && k < n; k++) {
		const struct model_addr *l = &p->live.addrs.v[c->have->addrs.first + k];

		keys[k] = addr_key(&l->ip, l->iface);
		if (!diff_is_gone(p, l->iface))
			map_put(&map, &keys[k], sizeof(keys[k]), k, &failed);
	}
	for (uint32_t k = 0; !failed && r == 0 && k < wanted; k++) {
		uint32_t d = c->want->addrs.first + k;
		const struct model_addr *a = &p->desired.addrs.v[d];
		struct addr_key key = addr_key(&a->ip, p->match[a->iface]);
		uint32_t at = map_get(&map, &key, sizeof(key));

		if (at != MAP_NONE && same_addr(c, a, &p->live.addrs.v[c->have->addrs.first + at])) {
			found[at] = true;
			continue;
		}
		r = c->ns == MODEL_HOST ? host_address_comes(c, a) : 0;
		if (r == 0)
			r = diff_settle(c, PLAN_ADDR_ADD, 0, d);
	}
	for (uint32_t k = 0; !failed && r == 0 && k < n; k++) {
		const struct model_addr *l = &p->live.addrs.v[c->have->addrs.first + k];

		if (found[k] || diff_is_gone(p, l->iface))
			continue;
		if (was_ours(c, l)) {
			p->again = true;
			r = diff_clear(c, PLAN_ADDR_DEL, c->have->addrs.first + k);
		} else {
			r = diff_extra(p, PLAN_ADDR_ADD, c->ns, c->have->addrs.first + k);
		}
	}
	map_fini(&map);
	free(keys);
	free(found);
	return failed ? -ENOMEM : r;
}

/* ---- sysctls ---- */

static const struct model_sysctl *find_sysctl(const struct model *m, struct model_range range,
					      const char *key)
{
	for (uint32_t i = 0; i < range.n; i++)
		if (!strcmp(m->sysctls.v[range.first + i].key, key))
			return &m->sysctls.v[range.first + i];
	return NULL;
}

/* Changing a setting of the namespace changes this one along, see plan/settings.c. */
static bool is_swept(const struct diff_content *c, const char *key)
{
	return (c->settings & PLAN_SET_IPV6 && !strncmp(key, "net.ipv6.conf.", 14)) ||
	       (c->settings & PLAN_SET_FORWARDING &&
		!strcmp(key, "net.ipv4.conf.all.accept_redirects"));
}

static int diff_sysctls(struct diff_content *c)
{
	struct plan *p = c->p;
	int r = 0;

	for (uint32_t i = 0; r == 0 && c->want && i < c->want->sysctls.n; i++) {
		uint32_t d = c->want->sysctls.first + i;
		const struct model_sysctl *s = &p->desired.sysctls.v[d];
		const struct model_sysctl *l = find_sysctl(&p->live, c->have->sysctls, s->key);

		if (!l || !net_sysctl_holds(l->value, s->value) || is_swept(c, s->key))
			r = diff_settle(c, PLAN_SYSCTL_SET, 0, d);
	}
	for (size_t k = 0; r == 0 && k < p->n_before && !p->ns.v[c->ns].add; k++) {
		uint32_t b = p->ns.v[c->ns].before[k];
		const struct model *m = p->before[k];

		for (uint32_t i = 0; r == 0 && b != MODEL_NONE && i < m->ns.v[b].sysctls.n; i++) {
			uint32_t o = m->ns.v[b].sysctls.first + i;

			if (c->want &&
			    find_sysctl(&p->desired, c->want->sysctls, m->sysctls.v[o].key))
				continue;
			r = diff_emit(p, PLAN_PHASE_CLEAR,
				      (struct plan_op){ PLAN_SYSCTL_RESET,
							(uint8_t)(PLAN_BEFORE + k), 0, c->ns, o });
		}
	}
	return r;
}

int diff_content(struct plan *p, struct warren_errs *errs, uint32_t ns)
{
	struct diff_content c = { .p = p, .ns = ns, .have = &p->live.ns.v[ns], .errs = errs };
	int r;

	if (p->ns.v[ns].desired)
		c.want = &p->desired.ns.v[ns];
	else if (ns != MODEL_HOST)
		return 0; /* goes as a whole, or is somebody else's */
	r = diff_settings(&c);
	for (uint32_t k = 0; r == 0 && c.want && k < c.want->ifaces.n; k++)
		r = diff_iface(&c, c.want->ifaces.first + k);
	if (r == 0)
		r = diff_addrs(&c);
	if (r == 0)
		r = diff_sysctls(&c);
	if (r == 0)
		r = diff_routes(&c);
	vec_fini(&c.new_addrs);
	if (r == 0)
		r = diff_rules(&c);
	if (r == 0 && c.want && ns != MODEL_HOST && p->ns.v[ns].files != PLAN_FILES_RIGHT)
		r = diff_emit(p, PLAN_PHASE_FILES,
			      (struct plan_op){ PLAN_FILES_SET, PLAN_DESIRED, 0, ns, ns });
	return r;
}
