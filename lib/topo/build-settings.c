/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/build.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#define FIRST_PRIORITY 10000 /* of rules that name none: before main (32766), behind local (0) */

/* Where a problem is: "namespace red: gateway". */
static void settings_problem(struct build *b, uint32_t ns, struct mark at, const char *text)
{
	problem(b->p, at, "namespace %s: %s", b->t->model.ns.v[ns].name, text);
}

#define wrong(b, ns, at, ...)                                                                      \
	do {                                                                                       \
		char text_[700];                                                                   \
		snprintf(text_, sizeof(text_), __VA_ARGS__);                                       \
		settings_problem(b, ns, at, text_);                                                \
	} while (0)

struct connected {
	uint32_t iface; /* MODEL_NONE: none */
	bool own;	/* the address is the node's own */
};

/* The interface whose network an address lies in: the longest prefix's. dev: this one only, MODEL_NONE: any. */
static struct connected find_connected(const struct build *b, uint32_t ns, const struct ip *ip,
				       uint32_t dev)
{
	const struct model_range *range = &b->t->model.ns.v[ns].addrs;
	struct connected c = { .iface = MODEL_NONE };
	unsigned longest = 0;

	for (uint32_t i = 0; i < range->n; i++) {
		const struct model_addr *addr = &b->t->model.addrs.v[range->first + i];
		struct ip net = ip_network(&addr->ip);

		c.own = c.own || ip_same_host(&addr->ip, ip);
		if (dev != MODEL_NONE && addr->iface != dev)
			continue;
		if (!ip_contains(&net, ip) || addr->ip.plen < longest || net.plen == ip_bits(&net))
			continue;
		longest = addr->ip.plen;
		c.iface = addr->iface;
	}
	return c;
}

/* What to do about a router that is out of reach. */
static const char *list_connected(const struct build *b, uint32_t ns, uint8_t family, char *buf,
				  size_t size)
{
	const struct model_range *range = &b->t->model.ns.v[ns].addrs;
	size_t n = (size_t)snprintf(buf, size, "take a router in "), shown = 0;

	for (uint32_t i = 0; i < range->n && n < size; i++) {
		const struct model_addr *addr = &b->t->model.addrs.v[range->first + i];
		struct ip net = ip_network(&addr->ip);
		char text[IP_TEXT];

		if (net.family != family || net.plen == ip_bits(&net))
			continue;
		if (shown++ == 4) {
			snprintf(buf + n, size - n, " …");
			break;
		}
		n += (size_t)snprintf(buf + n, size - n, "%s%s (%s)", shown > 1 ? ", " : "",
				      ip_format(&net, text),
				      model_iface_label(&b->t->model.ifaces.v[addr->iface]));
	}
	if (!shown)
		snprintf(buf, size, "the node has no %s network: give it an address first",
			 family == AF_INET ? "IPv4" : "IPv6");
	return buf;
}

/* The kernel takes no route over an interface that is down. @return false after a problem */
static bool check_up(struct build *b, uint32_t ns, const char *what, struct mark at, uint32_t iface)
{
	const struct model_iface *i = &b->t->model.ifaces.v[iface];

	if (i->up)
		return true;
	wrong(b, ns, at,
	      "%s goes over %s, which is switched off ('up: false'); switch it on, or leave the route out",
	      what, model_iface_label(i));
	return false;
}

/* The hop to an address. @return false after a problem */
static bool make_hop(struct build *b, uint32_t ns, const char *what, const struct ip_at *via,
		     uint32_t dev, bool onlink, struct model_hop *ret)
{
	struct connected c = find_connected(b, ns, &via->ip, dev);
	const struct model_range *ifaces = &b->t->model.ns.v[ns].ifaces;
	bool link_local = via->ip.family == AF_INET6 && via->ip.b[0] == 0xfe &&
			  (via->ip.b[1] & 0xc0) == 0x80;
	char text[IP_TEXT], list[300];

	ip_format_host(&via->ip, text);
	if (dev == MODEL_NONE && link_local && ifaces->n == 2)
		dev = ifaces->first + (b->t->model.ifaces.v[ifaces->first].kind ==
				       MODEL_IFACE_LOOPBACK); /* the only one */
	*ret = (struct model_hop){ via->ip, dev != MODEL_NONE ? dev : c.iface, 1 };
	if (c.own)
		wrong(b, ns, via->at, "%s %s is its own address; give that of the next router",
		      what, text);
	else if (dev == MODEL_NONE && (link_local || onlink))
		wrong(b, ns, via->at,
		      "%s %s needs the interface that it is behind: a route with 'via' and 'dev'",
		      what, text);
	else if (c.iface == MODEL_NONE && !link_local && !onlink)
		wrong(b, ns, via->at, "%s %s is on no connected network%s%s; %s", what, text,
		      dev == MODEL_NONE ? "" : " of ",
		      dev == MODEL_NONE ? "" : model_iface_label(&b->t->model.ifaces.v[dev]),
		      list_connected(b, ns, via->ip.family, list, sizeof(list)));
	else
		return check_up(b, ns, what, via->at, ret->iface);
	return false;
}

static struct ip default_net(uint8_t family)
{
	return (struct ip){ .family = family };
}

/* A route is there once: same destination, table and metric. */
static int push_route(struct build *b, struct model_route route)
{
	char text[IP_TEXT], key_text[160];
	uint32_t other;
	int failed = 0;
	char *key;

	snprintf(key_text, sizeof(key_text), "%u/%s/%u/%u", route.ns, ip_format(&route.to, text),
		 route.table, route.metric);
	key = arena_str(b->scratch, key_text);
	if (!key)
		return -ENOMEM;
	other = map_put_str(&b->route_by_key, key, (uint32_t)b->t->model.routes.n, &failed);
	if (failed)
		return -ENOMEM;
	if (other != MAP_NONE) {
		struct mark at = b->t->model.routes.v[other].mark;

		wrong(b, route.ns, route.mark,
		      "there is a route to %s already, at %u:%u; give one a 'metric', or both routers as 'via: [A, B]'",
		      text, at.line, at.column);
		return 0;
	}
	if (route.to.family == AF_INET6)
		b->ns.v[route.ns].v6 = true;
	return vec_push(&b->t->model.routes, route);
}

static int add_gateways(struct build *b, uint32_t ns, const struct ips *gateways)
{
	int r = 0;

	for (uint32_t i = 0; i < gateways->n && r == 0; i++) {
		const struct ip_at *via = &gateways->v[i];
		struct model_route route = { .to = default_net(via->ip.family),
					     .ns = ns,
					     .table = RT_TABLE_MAIN,
					     .hops = { (uint32_t)b->t->model.hops.n, 1 },
					     .mark = via->at };
		struct model_hop hop;

		if (i && gateways->v[0].ip.family == via->ip.family) {
			wrong(b, ns, via->at,
			      "gateway: one a family; for several at once write a route 'to: default' with 'via: [A, B]'");
			return 0;
		}
		if (!make_hop(b, ns, "gateway", via, MODEL_NONE, false, &hop))
			return 0;
		if (vec_push(&b->t->model.hops, hop) < 0)
			return -ENOMEM;
		r = push_route(b, route);
	}
	return r;
}

struct ns_ifaces {
	const struct build *b;
	uint32_t ns;
};

static const char *iface_at(const void *data, size_t i)
{
	const struct ns_ifaces *l = data;
	const struct model_range *range = &l->b->t->model.ns.v[l->ns].ifaces;

	return i < range->n ? model_iface_label(&l->b->t->model.ifaces.v[range->first + i]) : NULL;
}

/* An interface of the node. MODEL_NONE: none is named, or (*failed) there is none of that name. */
static uint32_t find_dev(struct build *b, uint32_t ns, const struct text *dev, const char *what,
			 bool *failed)
{
	struct ns_ifaces list = { b, ns };
	struct hint hint;
	uint32_t i;

	*failed = false;
	if (!dev->s)
		return MODEL_NONE;
	i = build_find_iface(b, ns, dev->s);
	if (i != MODEL_NONE)
		return i;
	*failed = true;
	wrong(b, ns, dev->at, "%s: it has no interface '%s'%s", what, dev->s,
	      hint_nearest(b->p, &hint, dev->s, iface_at, &list));
	return MODEL_NONE;
}

/* The family of a route: that of its destination, else of its router or source. */
static uint8_t route_family(const struct spec_route *spec)
{
	if (spec->to.v[0].ip.family)
		return spec->to.v[0].ip.family;
	if (spec->via.n)
		return spec->via.v[0].ip.family;
	return spec->src.n ? spec->src.v[0].ip.family : AF_INET;
}

/* @return false after a problem */
static bool check_route(struct build *b, uint32_t ns, const struct spec_route *spec, uint8_t family)
{
	struct connected c;
	char text[IP_TEXT];

	for (uint32_t i = 0; i < spec->via.n; i++)
		if (spec->via.v[i].ip.family != family) {
			wrong(b, ns, spec->via.v[i].at,
			      "route: via %s is of another family than the destination",
			      ip_format_host(&spec->via.v[i].ip, text));
			return false;
		}
	if (spec->src.n) {
		c = find_connected(b, ns, &spec->src.v[0].ip, MODEL_NONE);
		if (spec->src.v[0].ip.family != family || !c.own) {
			wrong(b, ns, spec->src.at,
			      "route: src %s is no %s address of the node; give one that it has",
			      ip_format_host(&spec->src.v[0].ip, text),
			      family == AF_INET ? "IPv4" : "IPv6");
			return false;
		}
	}
	if (number_or(&spec->type, MODEL_ROUTE_UNICAST) != MODEL_ROUTE_UNICAST) {
		if (spec->via.n || spec->dev.s)
			wrong(b, ns, spec->type.at,
			      "route: packets that go nowhere need no 'via' or 'dev'; leave them out");
		return !spec->via.n && !spec->dev.s;
	}
	if (!spec->via.n && !spec->dev.s) {
		wrong(b, ns, spec->name.at,
		      "route: needs 'via' (the next router) or 'dev' (the interface)");
		return false;
	}
	return true;
}

#define METRIC_CONNECTED_IPV6 256 /* IP6_RT_PRIO_ADDRCONF, include/net/ip6_route.h */

/* With an address the kernel makes a route to its network. @return false after a problem */
static bool check_not_connected(struct build *b, const struct model_route *route)
{
	const struct model *m = &b->t->model;
	const struct model_range *range = &m->ns.v[route->ns].addrs;
	char text[IP_TEXT];

	if (route->table != RT_TABLE_MAIN ||
	    route->metric != (route->to.family == AF_INET6 ? METRIC_CONNECTED_IPV6 : 0))
		return true;
	for (uint32_t i = 0; i < range->n; i++) {
		const struct model_addr *addr = &m->addrs.v[range->first + i];
		const struct model_iface *iface = &m->ifaces.v[addr->iface];
		struct ip net = ip_network(&addr->ip);

		if (ip_cmp(&net, &route->to) != 0 || net.plen == ip_bits(&net) || !iface->up ||
		    iface->kind == MODEL_IFACE_LOOPBACK)
			continue;
		wrong(b, route->ns, route->mark,
		      "route: the node is connected to %s by %s, so there is a route to it already; leave this one out, or give it a 'metric' of its own",
		      ip_format(&net, text), model_iface_label(iface));
		return false;
	}
	return true;
}

static int add_hops(struct build *b, uint32_t ns, const struct spec_route *spec,
		    struct model_route *route, bool *ok)
{
	uint32_t dev = find_dev(b, ns, &spec->dev, "route", ok);
	struct model_hop hop = { .iface = dev, .weight = 1 };

	*ok = !*ok;
	route->hops.first = (uint32_t)b->t->model.hops.n;
	for (uint32_t i = 0; i < spec->via.n && *ok; i++) {
		*ok = make_hop(b, ns, "route: via", &spec->via.v[i], dev, route->onlink, &hop);
		if (*ok && vec_push(&b->t->model.hops, hop) < 0)
			return -ENOMEM;
	}
	if (*ok && !spec->via.n && dev != MODEL_NONE)
		*ok = check_up(b, ns, "route", spec->dev.at, dev);
	if (*ok && !spec->via.n && dev != MODEL_NONE && vec_push(&b->t->model.hops, hop) < 0)
		return -ENOMEM;
	route->hops.n = (uint32_t)b->t->model.hops.n - route->hops.first;
	return 0;
}

static int add_route(struct build *b, uint32_t ns, const struct spec_route *spec)
{
	struct model_route route = { .ns = ns,
				     .type = (uint8_t)number_or(&spec->type, MODEL_ROUTE_UNICAST),
				     .onlink = number_or(&spec->onlink, 0) != 0,
				     .table = (uint32_t)number_or(&spec->table, RT_TABLE_MAIN),
				     .metric = (uint32_t)number_or(&spec->metric, 0),
				     .mark = spec->name.at };
	bool ok;
	int r;

	if (!spec->to.n)
		return 0; /* was refused when it was read */
	route.to = spec->to.v[0].ip;
	if (!route.to.family)
		route.to = default_net(route_family(spec));
	if (!check_route(b, ns, spec, route.to.family))
		return 0;
	if (spec->src.n)
		route.src = ip_host(&spec->src.v[0].ip);
	r = add_hops(b, ns, spec, &route, &ok);
	if (r < 0 || !ok || !check_not_connected(b, &route))
		return r;
	return push_route(b, route);
}

static const uint8_t actions[] = { FR_ACT_TO_TBL, FR_ACT_BLACKHOLE, FR_ACT_UNREACHABLE,
				   FR_ACT_PROHIBIT };

/* The selectors of a rule. @return false after a problem */
static bool fill_rule(struct build *b, uint32_t ns, const struct spec_rule *spec,
		      struct model_rule *rule)
{
	bool no_iif, no_oif;
	uint32_t iif = find_dev(b, ns, &spec->iif, "rule: iif", &no_iif);
	uint32_t oif = find_dev(b, ns, &spec->oif, "rule: oif", &no_oif);

	rule->iif = iif == MODEL_NONE ? NULL : b->t->model.ifaces.v[iif].name;
	rule->oif = oif == MODEL_NONE ? NULL : b->t->model.ifaces.v[oif].name;
	if (spec->from.n)
		rule->from = spec->from.v[0].ip;
	if (spec->to.n)
		rule->to = spec->to.v[0].ip;
	if (rule->from.family && rule->to.family && rule->from.family != rule->to.family) {
		wrong(b, ns, spec->to.at,
		      "rule: 'from' and 'to' are of different families; no packet matches both");
		return false;
	}
	if (rule->action == FR_ACT_TO_TBL && !spec->table.given)
		wrong(b, ns, spec->name.at,
		      "rule: needs 'table', the one to look in, or another 'action'");
	else if (rule->action != FR_ACT_TO_TBL && spec->table.given)
		wrong(b, ns, spec->table.at,
		      "rule: 'table' is for action lookup only; leave one of them out");
	else
		return !no_iif && !no_oif;
	return false;
}

/* The kernel refuses the second of two. @return 0, 1 after a problem, or -ENOMEM */
static int push_rule(struct build *b, const struct model_rule *r)
{
	char from[IP_TEXT], to[IP_TEXT], key_text[320];
	uint32_t other;
	int failed = 0;
	char *key;

	snprintf(key_text, sizeof(key_text), "%u/%u/%u/%u/%u/%s/%s/%s/%s/%u/%u", r->ns, r->family,
		 r->priority, r->table, r->action, ip_format(&r->from, from), ip_format(&r->to, to),
		 r->iif ? r->iif : "", r->oif ? r->oif : "", r->fwmark, r->fwmask);
	key = arena_str(b->scratch, key_text);
	if (!key)
		return -ENOMEM;
	other = map_put_str(&b->rule_by_key, key, (uint32_t)b->t->model.rules.n, &failed);
	if (failed)
		return -ENOMEM;
	if (other != MAP_NONE) {
		struct mark at = b->t->model.rules.v[other].mark;

		wrong(b, r->ns, r->mark,
		      "rule: the same one is here already, at %u:%u; leave one of them out",
		      at.line, at.column);
		return 1;
	}
	return vec_push(&b->t->model.rules, *r);
}

/* One without addresses is for all families that the node has. */
static int add_rule(struct build *b, uint32_t ns, const struct spec_rule *spec, uint32_t index)
{
	struct model_rule rule = { .ns = ns,
				   .action = actions[number_or(&spec->action, 0)],
				   .table = (uint32_t)number_or(&spec->table, 0),
				   .priority = (uint32_t)number_or(&spec->priority,
								   FIRST_PRIORITY + index),
				   .mark = spec->name.at };
	const struct number *ipv6 = &b->ns.v[ns].spec->ipv6;
	bool v6 = b->ns.v[ns].v6 || (ipv6->given && ipv6->v == SPEC_IPV6_ON);
	uint8_t family;
	int r;

	if (spec->fwmark.given) {
		rule.fwmark = (uint32_t)spec->fwmark.v;
		rule.fwmask = (uint32_t)spec->fwmask.v;
	}
	if (!fill_rule(b, ns, spec, &rule))
		return 0;
	family = rule.from.family ? rule.from.family : rule.to.family;
	if (family == AF_INET6)
		b->ns.v[ns].v6 = true;
	rule.family = AF_INET;
	r = family != AF_INET6 ? push_rule(b, &rule) : 0;
	rule.family = AF_INET6;
	if (r == 0 && (family == AF_INET6 || (family == 0 && v6)))
		r = push_rule(b, &rule);
	return r < 0 ? r : 0;
}

/* Settings that warren makes itself, and the key that makes them. */
static const struct {
	const char *key, *instead;
} own_sysctls[] = {
	{ "net.ipv4.ip_forward", "forwarding" },
	{ "net.ipv4.conf.all.forwarding", "forwarding" },
	{ "net.ipv6.conf.all.forwarding", "forwarding" },
	{ "net.ipv6.conf.all.disable_ipv6", "ipv6" },
	{ "net.ipv6.conf.default.disable_ipv6", "ipv6" },
};

/* What is wrong with a sysctl; NULL where nothing is. */
static const char *sysctl_wrong(const char *key)
{
	if (strncmp(key, "net.", 4))
		return "is of the whole machine, not of one namespace; only 'net.' settings are: use sysctl(8)";
	if (strstr(key, "..") || strstr(key, "//") || key[strlen(key) - 1] == '.')
		return "has an empty part";
	for (const char *s = key; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return "has white space in it";
	return NULL;
}

static int add_sysctls(struct build *b, uint32_t ns, const struct pairs *pairs)
{
	struct arena *arena = &b->t->model.arena;

	for (uint32_t i = 0; i < pairs->n; i++) {
		const struct pair *pair = &pairs->v[i];
		const char *why = sysctl_wrong(pair->name.s);
		struct model_sysctl sysctl = { ns, NULL, NULL, pair->name.at };

		for (size_t k = 0; k < sizeof(own_sysctls) / sizeof(*own_sysctls); k++)
			if (!strcmp(own_sysctls[k].key, pair->name.s)) {
				wrong(b, ns, pair->name.at,
				      "sysctl %s: write '%s:' instead, which warren sets it by",
				      pair->name.s, own_sysctls[k].instead);
				return 0;
			}
		if (why || strchr(pair->value.s, '\n')) {
			wrong(b, ns, pair->name.at, "sysctl %s: %s", pair->name.s,
			      why ? why : "its value has several lines");
			return 0;
		}
		sysctl.key = arena_str(arena, pair->name.s);
		sysctl.value = arena_str(arena, pair->value.s);
		if (!sysctl.key || !sysctl.value || vec_push(&b->t->model.sysctls, sysctl) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_settings(struct build *b, uint32_t ns, const struct spec_node *spec)
{
	int r = add_gateways(b, ns, &spec->gateway);

	rows_foreach(const struct spec_route, route, &spec->routes) if (r == 0)
		r = add_route(b, ns, route);
	rows_foreach(const struct spec_rule, rule, &spec->rules) if (r == 0)
		r = add_rule(b, ns, rule, (uint32_t)(rule - (struct spec_rule *)spec->rules.v));
	return r;
}

/*
 * The host's forwarding is a setting that is noted and given back. That of IPv6
 * only where the network has IPv6 in the host: with it, the host listens to no
 * router advertisements any more, which it may have its own route from.
 */
static int forward_in_host(struct build *b, const struct number *forwarding)
{
	static const char *const keys[] = { "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding" };
	int r = 0;

	for (int i = 0; r == 0 && forwarding->given && i < 1 + b->ns.v[MODEL_HOST].v6; i++)
		r = vec_push(&b->t->model.sysctls,
			     (struct model_sysctl){ MODEL_HOST, keys[i], forwarding->v ? "1" : "0",
						    forwarding->at });
	return r;
}

static enum model_tri tri(bool on)
{
	return on ? MODEL_ON : MODEL_OFF;
}

/* What joins it to others: ends of cables. */
static bool has_two_legs(const struct model *m, const struct model_ns *ns)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < ns->ifaces.n; i++)
		n += m->ifaces.v[ns->ifaces.first + i].peer != MODEL_NONE;
	return n >= 2;
}

/* forwarding and ipv6, as written or as the rest of the file lets expect. */
static void decide(struct build *b, uint32_t index)
{
	struct model_ns *ns = &b->t->model.ns.v[index];
	const struct spec_node *spec = b->ns.v[index].spec;
	bool router = b->t->routing != TOPO_ROUTING_NONE && has_two_legs(&b->t->model, ns);

	if (ns->kind == MODEL_NS_SWITCH) {
		ns->forwarding = ns->ipv6 = MODEL_OFF;
		return;
	}
	ns->forwarding = ns->kind == MODEL_NS_HOST ? MODEL_KEEP : tri(router);
	ns->ipv6 = ns->kind == MODEL_NS_HOST ? MODEL_KEEP : tri(b->ns.v[index].v6);
	if (spec && spec->forwarding.given)
		ns->forwarding = tri(spec->forwarding.v);
	if (spec && spec->ipv6.given && spec->ipv6.v != SPEC_IPV6_AUTO)
		ns->ipv6 = tri(spec->ipv6.v == SPEC_IPV6_ON);
}

int build_settings(struct build *b)
{
	const struct spec_node *broken = NULL;
	bool complete = !b->p->n; /* with something missing, more would only seem wrong */
	int r = 0;

	for (uint32_t ns = 0; ns < b->ns.n && r == 0; ns++) {
		const struct spec_node *spec = b->ns.v[ns].spec;
		size_t before = b->p->n;

		if (spec && spec != broken && complete)
			r = add_settings(b, ns, spec);
		if (spec && spec != broken && r == 0)
			r = add_sysctls(b, ns, &spec->sysctls);
		if (spec && ns == MODEL_HOST && spec->ipv6.given && spec->ipv6.v != SPEC_IPV6_AUTO)
			settings_problem(
				b, ns, spec->ipv6.at,
				"'ipv6' would be that of all its interfaces, also those that are none of the network; leave it out");
		if (spec && ns == MODEL_HOST && r == 0)
			r = forward_in_host(b, &spec->forwarding);
		if (b->p->n > before)
			broken = spec;
		decide(b, ns);
	}
	return r;
}
