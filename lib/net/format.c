/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/net-private.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Append; what does not fit is cut. */
static void add(char buf[NET_TEXT], const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(char buf[NET_TEXT], const char *fmt, ...)
{
	size_t n = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf + n, NET_TEXT - n, fmt, ap);
	va_end(ap);
}

/* A prefix as iproute2 writes it: a host without its length. */
static const char *prefix(const struct ip *ip, char text[IP_TEXT])
{
	return ip->plen == ip_bits(ip) ? ip_format_host(ip, text) : ip_format(ip, text);
}

static void add_table(char buf[NET_TEXT], const char *word, uint32_t table)
{
	static const char *const names[256] = {
		[RT_TABLE_MAIN] = "main",
		[RT_TABLE_LOCAL] = "local",
		[RT_TABLE_DEFAULT] = "default",
	};

	if (table < 256 && names[table])
		add(buf, " %s %s", word, names[table]);
	else
		add(buf, " %s %u", word, table);
}

static void add_hop(const struct model *m, const struct model_route *r, const struct model_hop *h,
		    char buf[NET_TEXT])
{
	char text[IP_TEXT];

	if (h->via.family && h->via.family != r->to.family)
		add(buf, " via %s %s", h->via.family == AF_INET ? "inet" : "inet6",
		    ip_format_host(&h->via, text));
	else if (h->via.family)
		add(buf, " via %s", ip_format_host(&h->via, text));
	if (h->iface != MODEL_NONE)
		add(buf, " dev %s", m->ifaces.v[h->iface].name);
}

char *net_format_route(const struct model *m, const struct model_route *r, char buf[NET_TEXT])
{
	static const char *const types[] = {
		[MODEL_ROUTE_UNICAST] = "",
		[MODEL_ROUTE_BLACKHOLE] = "blackhole ",
		[MODEL_ROUTE_UNREACHABLE] = "unreachable ",
		[MODEL_ROUTE_PROHIBIT] = "prohibit ",
	};
	const struct model_hop *hops = net_hops(m, r);
	char text[IP_TEXT];

	snprintf(buf, NET_TEXT, "%s%s", types[r->type],
		 r->to.plen ? prefix(&r->to, text) : "default");
	if (r->hops.n == 1)
		add_hop(m, r, hops, buf);
	if (r->table != RT_TABLE_MAIN)
		add_table(buf, "table", r->table);
	if (r->src.family)
		add(buf, " src %s", ip_format_host(&r->src, text));
	if (r->metric)
		add(buf, " metric %u", r->metric);
	for (uint32_t i = 0; r->hops.n > 1 && i < r->hops.n; i++) {
		add(buf, " nexthop");
		add_hop(m, r, &hops[i], buf);
		if (hops[i].weight > 1)
			add(buf, " weight %u", hops[i].weight);
	}
	if (r->onlink)
		add(buf, " onlink");
	return buf;
}

static void add_action(const struct model_rule *r, char buf[NET_TEXT])
{
	switch (r->action) {
	case 0:
	case FR_ACT_TO_TBL:
		add_table(buf, "lookup", r->table);
		return;
	case FR_ACT_BLACKHOLE:
		add(buf, " blackhole");
		return;
	case FR_ACT_UNREACHABLE:
		add(buf, " unreachable");
		return;
	case FR_ACT_PROHIBIT:
		add(buf, " prohibit");
		return;
	default:
		add(buf, " action %u", r->action);
	}
}

char *net_format_rule(const struct model_rule *r, char buf[NET_TEXT])
{
	char text[IP_TEXT];

	buf[0] = 0;
	if (r->priority)
		add(buf, "%u: ", r->priority);
	add(buf, "from %s", r->from.plen ? prefix(&r->from, text) : "all");
	if (r->to.plen)
		add(buf, " to %s", prefix(&r->to, text));
	if (r->fwmark || r->fwmask)
		add(buf, " fwmark 0x%x", r->fwmark);
	if (r->fwmask && r->fwmask != UINT32_MAX)
		add(buf, "/0x%x", r->fwmask);
	if (r->iif)
		add(buf, " iif %s", r->iif);
	if (r->oif)
		add(buf, " oif %s", r->oif);
	add_action(r, buf);
	return buf;
}

char *net_format_mac(const uint8_t mac[6], char buf[18])
{
	snprintf(buf, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
	return buf;
}
