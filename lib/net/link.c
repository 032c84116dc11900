/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/net-private.h"

#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

static bool has_mac(const struct model_iface *i)
{
	static const uint8_t none[6];

	return memcmp(i->mac, none, sizeof(none)) != 0;
}

static void say_lacking(const struct link_kind *k, char *words, size_t size)
{
	snprintf(words, size,
		 "this kernel makes no links of the kind '%s': it needs %s, built in or as a "
		 "module that is installed",
		 k->name, k->config);
}

/* "Unknown device type" says neither which, nor what to do about it. */
static void explain_link(const struct nlmsghdr *request, int code, char *words, size_t size)
{
	const struct nlattr *tb[IFLA_LINKINFO + 1], *info[IFLA_INFO_DATA + 1];
	const struct link_kind *k;
	const char *name;

	if (request->nlmsg_type != RTM_NEWLINK || code != -EOPNOTSUPP ||
	    (*words && strncmp(words, "Unknown device type", 19) != 0))
		return;
	net_attrs(request, sizeof(struct ifinfomsg), tb, IFLA_LINKINFO + 1);
	net_nested(tb[IFLA_LINKINFO], 0, info, IFLA_INFO_DATA + 1);
	name = net_get_str(info[IFLA_INFO_KIND]);
	k = name ? link_kind_find(name) : NULL;
	if (k)
		say_lacking(k, words, size);
}

int net_check_kind(struct wire *w, const struct link_kind *k, struct warren_err *err)
{
	struct ifinfomsg *info = wire_begin(w, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
					    sizeof(*info), 0);
	size_t link_info;
	char words[256];
	int r;

	wire_put_u32(w, IFLA_NUM_TX_QUEUES, 0);
	link_info = wire_nest(w, IFLA_LINKINFO);
	wire_put_str(w, IFLA_INFO_KIND, k->name);
	wire_nest_end(w, link_info);
	wire_end(w);
	r = wire_call(w, NULL, NULL, NULL);
	if (r != -EOPNOTSUPP)
		return 0;
	say_lacking(k, words, sizeof(words));
	return warren_fail(err, r, "%s", words);
}

void net_put_link_add(struct wire *w, const struct model *m, const struct model_iface *i,
		      int peer_ns_fd, bool up, uint32_t tag)
{
	const struct link_kind *k = link_kind_of(i->kind);
	struct ifinfomsg *info = wire_begin(w, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
					    sizeof(*info), tag);
	uint32_t master = net_ifindex(m, i->master);
	size_t link_info, data;

	wire_on_refusal(w, explain_link);
	info->ifi_index = (int)i->index;
	if (i->up && up)
		info->ifi_flags = info->ifi_change = IFF_UP;
	wire_put_str(w, IFLA_IFNAME, i->name);
	if (has_mac(i))
		wire_put(w, IFLA_ADDRESS, i->mac, sizeof(i->mac));
	if (i->mtu)
		wire_put_u32(w, IFLA_MTU, i->mtu);
	if (master)
		wire_put_u32(w, IFLA_MASTER, master);
	link_info = wire_nest(w, IFLA_LINKINFO);
	wire_put_str(w, IFLA_INFO_KIND, k->name);
	data = wire_nest(w, IFLA_INFO_DATA);
	if (k->put_extra)
		k->put_extra(w, m, i, peer_ns_fd);
	if (i->values)
		link_kind_put(w, k, i->values, UINT32_MAX);
	wire_nest_end(w, data);
	wire_nest_end(w, link_info);
	wire_end(w);
}

/*
 * RTM_NEWLINK without NLM_F_CREATE, as RTM_SETLINK does not look at a kind's
 * fields. With an ifindex IFLA_IFNAME would rename.
 */
static struct ifinfomsg *begin_set(struct wire *w, const struct model_iface *i, uint32_t tag)
{
	struct ifinfomsg *info = wire_begin(w, RTM_NEWLINK, 0, sizeof(*info), tag);

	info->ifi_index = i->kind == MODEL_IFACE_LOOPBACK ? LO_INDEX : (int)i->index;
	return info;
}

static void put_name(struct wire *w, const struct model_iface *i)
{
	if (!i->index && i->kind != MODEL_IFACE_LOOPBACK)
		wire_put_str(w, IFLA_IFNAME, i->name);
}

/* What the address families keep per device: no need for /proc. */
static void put_families(struct wire *w, unsigned what)
{
	size_t spec = wire_nest(w, IFLA_AF_SPEC), family, conf;

	if (what & (NET_LINK_FORWARD | NET_LINK_NO_RP)) {
		family = wire_nest(w, AF_INET);
		conf = wire_nest(w, IFLA_INET_CONF);
		if (what & NET_LINK_FORWARD)
			wire_put_u32(w, IPV4_DEVCONF_FORWARDING, 1);
		if (what & NET_LINK_NO_RP)
			wire_put_u32(w, IPV4_DEVCONF_RP_FILTER, 0);
		wire_nest_end(w, conf);
		wire_nest_end(w, family);
	}
	if (what & NET_LINK_NO_LL) {
		family = wire_nest(w, AF_INET6);
		wire_put_u8(w, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
		wire_nest_end(w, family);
	}
	wire_nest_end(w, spec);
}

static void put_fields(struct wire *w, const struct link_kind *k, const struct model_iface *i,
		       uint32_t which)
{
	size_t link_info = wire_nest(w, IFLA_LINKINFO), data;

	wire_put_str(w, IFLA_INFO_KIND, k->name);
	data = wire_nest(w, IFLA_INFO_DATA);
	link_kind_put(w, k, i->values, which);
	wire_nest_end(w, data);
	wire_nest_end(w, link_info);
}

/* The fields that must be sent before the others. */
static uint32_t first_fields(const struct link_kind *k, const struct field_values *v)
{
	uint32_t which = 0;

	for (size_t f = 0, n = link_kind_fields(k); f < n; f++)
		if (k->fields[f].flags & FIELD_FIRST)
			which |= 1u << f;
	return which & v->given;
}

void net_put_link_set(struct wire *w, const struct model *m, const struct model_iface *i,
		      unsigned what, const char *alias, uint32_t tag)
{
	const unsigned families = NET_LINK_FORWARD | NET_LINK_NO_RP;
	const struct link_kind *k = link_kind_of(i->kind);
	bool fields = (what & NET_LINK_FIELDS) && k && i->values;
	uint32_t first = fields ? first_fields(k, i->values) : 0;
	struct ifinfomsg *info;

	/* ahead: of a link that is up, or comes up with it, everybody would be told (netdev_state_change()) */
	if (what & NET_LINK_ALIAS) {
		begin_set(w, i, tag);
		put_name(w, i);
		wire_put(w, IFLA_IFALIAS, alias ? alias : "", alias ? strlen(alias) : 0);
		wire_end(w);
	}
	if (what == NET_LINK_ALIAS)
		return;
	if (first) {
		begin_set(w, i, tag);
		put_name(w, i);
		put_fields(w, k, i, first);
		wire_end(w);
	}
	/*
	 * On its own: the kernel refuses the whole request where there is no IPv6.
	 * And ahead: of one request it sets the link up first (do_setlink()), and
	 * IPv6 has its address by then.
	 */
	if (what & NET_LINK_NO_LL) {
		begin_set(w, i, tag);
		put_name(w, i);
		put_families(w, NET_LINK_NO_LL);
		wire_end(w);
	}
	info = begin_set(w, i, tag);
	info->ifi_flags = what & NET_LINK_UP ? IFF_UP : 0;
	info->ifi_change = what & (NET_LINK_UP | NET_LINK_DOWN) ? IFF_UP : 0;
	put_name(w, i);
	if (what & NET_LINK_MTU)
		wire_put_u32(w, IFLA_MTU, i->mtu);
	if (what & NET_LINK_MAC)
		wire_put(w, IFLA_ADDRESS, i->mac, sizeof(i->mac));
	if (what & NET_LINK_MASTER)
		wire_put_u32(w, IFLA_MASTER, net_ifindex(m, i->master));
	if (what & families)
		put_families(w, what & families);
	if (fields)
		put_fields(w, k, i, ~first);
	wire_end(w);
}

void net_put_altname(struct wire *w, const struct model_iface *i, uint32_t tag)
{
	struct ifinfomsg *info = wire_begin(w, RTM_NEWLINKPROP,
					    NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND, sizeof(*info),
					    tag);
	size_t list;

	info->ifi_index = (int)i->index;
	put_name(w, i);
	list = wire_nest(w, IFLA_PROP_LIST | NLA_F_NESTED);
	wire_put_str(w, IFLA_ALT_IFNAME, i->altname);
	wire_nest_end(w, list);
	wire_end(w);
}

void net_put_link_del(struct wire *w, const struct model_iface *i, uint32_t tag)
{
	struct ifinfomsg *info = wire_begin(w, RTM_DELLINK, 0, sizeof(*info), tag);

	info->ifi_index = (int)i->index;
	put_name(w, i);
	wire_end(w);
}

void net_put_link_group(struct wire *w, const struct model_iface *i, uint32_t group, uint32_t tag)
{
	begin_set(w, i, tag);
	put_name(w, i);
	wire_put_u32(w, IFLA_GROUP, group);
	wire_end(w);
}

/* Without an ifindex and a name, RTM_DELLINK takes the group (rtnl_group_dellink()). */
void net_put_group_del(struct wire *w, uint32_t group, uint32_t tag)
{
	wire_begin(w, RTM_DELLINK, 0, sizeof(struct ifinfomsg), tag);
	wire_put_u32(w, IFLA_GROUP, group);
	wire_end(w);
}

/* Of several alternative names, the one that this name was made from. */
static const char *pick_altname(const struct nlattr *list, const char *name)
{
	const char *picked = NULL;
	const struct nlattr *a;
	char made[IFNAMSIZ];

	if (!list)
		return NULL;
	attr_foreach_nested(a, list) {
		const char *s = attr_type(a) == IFLA_ALT_IFNAME ? net_get_str(a) : NULL;

		if (!s)
			continue;
		if (!picked)
			picked = s;
		if (model_ifname(s, made) && !strcmp(made, name))
			return s;
	}
	return picked;
}

/* All of them in a row. @return NULL without memory */
static const char *copy_altnames(struct arena *arena, const struct nlattr *list)
{
	const struct nlattr *a;
	char *ret = arena_alloc(arena, attr_len(list) + 1), *to = ret;

	if (!ret)
		return NULL;
	attr_foreach_nested(a, list) {
		const char *s = attr_type(a) == IFLA_ALT_IFNAME ? net_get_str(a) : NULL;

		if (s && *s)
			to = stpcpy(to, s) + 1;
	}
	*to = 0;
	return ret;
}

/* Entry i of an array of 32-bit numbers. */
static uint32_t entry(const struct nlattr *a, size_t i, uint32_t otherwise)
{
	uint32_t v = otherwise;

	if (a && attr_len(a) >= (i + 1) * sizeof(v))
		memcpy(&v, (const char *)attr_data(a) + i * sizeof(v), sizeof(v));
	return v;
}

static void read_families(const struct nlattr *spec, struct model_iface *i)
{
	const struct nlattr *family[AF_INET6 + 1], *v4[IFLA_INET_CONF + 1], *v6[IFLA_INET6_CONF + 1];

	net_nested(spec, 0, family, AF_INET6 + 1);
	net_nested(family[AF_INET], 0, v4, IFLA_INET_CONF + 1);
	net_nested(family[AF_INET6], 0, v6, IFLA_INET6_CONF + 1);
	/* The array of IPv4 begins with number 1. Without AF_INET6 there is no IPv6 (MTU below 1280). */
	i->forwarding = entry(v4[IFLA_INET_CONF], IPV4_DEVCONF_FORWARDING - 1, 0) ? MODEL_ON
										  : MODEL_OFF;
	i->ipv6 = entry(v6[IFLA_INET6_CONF], DEVCONF_DISABLE_IPV6, 1) ? MODEL_OFF : MODEL_ON;
}

static int read_kind(struct model *m, const struct nlattr *link_info, struct model_iface *i)
{
	const struct nlattr *tb[IFLA_INFO_DATA + 1];
	const struct link_kind *k;
	struct field_values *v;
	const char *name;

	i->kind = MODEL_IFACE_OTHER;
	net_nested(link_info, 0, tb, IFLA_INFO_DATA + 1);
	name = net_get_str(tb[IFLA_INFO_KIND]);
	if (!name)
		return 0;
	k = link_kind_find(name);
	i->kind_name = k ? k->name : arena_str(&m->arena, name);
	if (!k)
		return i->kind_name ? 0 : -ENOMEM;
	i->kind = link_kind_number(k);
	if (!k->fields)
		return 0;
	v = arena_alloc(&m->arena, sizeof(*v));
	if (!v)
		return -ENOMEM;
	link_kind_get(k, tb[IFLA_INFO_DATA], v);
	i->values = v;
	return 0;
}

static int read_names(struct model *m, const struct nlattr **tb, struct model_iface *i)
{
	const char *name = net_get_str(tb[IFLA_IFNAME]);
	const char *altname = pick_altname(tb[IFLA_PROP_LIST], name ? name : "");

	const char *alias = net_get_str(tb[IFLA_IFALIAS]);

	i->name = arena_str(&m->arena, name ? name : "");
	i->altname = arena_str(&m->arena, altname);
	i->alias = arena_str(&m->arena, alias);
	if (altname) {
		i->altnames = copy_altnames(&m->arena, tb[IFLA_PROP_LIST]);
		if (!i->altnames)
			return -ENOMEM;
	}
	return i->name && (i->altname || !altname) && (i->alias || !alias) ? 0 : -ENOMEM;
}

/* ifindexes stand in `master` and `peer` until reader_links_done(); 0 for none. */
int reader_link(void *data, const struct nlmsghdr *h)
{
	struct reader *r = data;
	const struct nlattr *tb[IFLA_PROP_LIST + 1];
	struct model_iface i = { .ns = r->ns };
	const struct ifinfomsg *info;
	int code;

	if (!h) {
		r->m->ifaces.n = r->ifaces;
		return 0;
	}
	if (h->nlmsg_type != RTM_NEWLINK || wire_payload_len(h) < sizeof(*info))
		return 0;
	info = wire_payload(h);
	net_attrs(h, sizeof(*info), tb, IFLA_PROP_LIST + 1);
	code = read_names(r->m, tb, &i);
	if (code == 0)
		code = read_kind(r->m, tb[IFLA_LINKINFO], &i);
	if (code < 0)
		return code;
	if (info->ifi_flags & IFF_LOOPBACK && info->ifi_index == LO_INDEX) {
		r->m->ns.v[r->ns].alias = i.alias ? i.alias : "";
		i.kind = MODEL_IFACE_LOOPBACK;
	}
	i.index = (uint32_t)info->ifi_index;
	i.up = info->ifi_flags & IFF_UP;
	i.mtu = net_get_u32(tb[IFLA_MTU], 0);
	if (tb[IFLA_ADDRESS] && attr_len(tb[IFLA_ADDRESS]) == sizeof(i.mac))
		memcpy(i.mac, attr_data(tb[IFLA_ADDRESS]), sizeof(i.mac));
	i.master = net_get_u32(tb[IFLA_MASTER], 0);
	if (i.kind == MODEL_IFACE_VETH)
		i.peer_index = net_get_u32(tb[IFLA_LINK], 0);
	/* With a netnsid, the other end is elsewhere: its ifindex means nothing here. */
	i.peer = tb[IFLA_LINK_NETNSID] ? 0 : i.peer_index;
	read_families(tb[IFLA_AF_SPEC], &i);
	return vec_push(&r->m->ifaces, i);
}

struct mark_text {
	char *buf;
	size_t size;
};

static int hear_mark(void *data, const struct nlmsghdr *h)
{
	const struct nlattr *tb[IFLA_IFALIAS + 1];
	struct mark_text *t = data;
	const char *alias;

	if (!h || h->nlmsg_type != RTM_NEWLINK)
		return 0;
	net_attrs(h, sizeof(struct ifinfomsg), tb, IFLA_IFALIAS + 1);
	alias = net_get_str(tb[IFLA_IFALIAS]);
	if (!alias)
		return 0;
	if (strlen(alias) >= t->size)
		return -ENOBUFS;
	memcpy(t->buf, alias, strlen(alias) + 1);
	return 0;
}

/* Ask for one interface: lo. */
static void put_get_lo(struct wire *w)
{
	struct ifinfomsg *info = wire_begin(w, RTM_GETLINK, 0, sizeof(*info), 0);

	info->ifi_index = LO_INDEX;
	wire_put_u32(w, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	wire_end(w);
}

int net_read_mark(struct wire *w, char *buf, size_t size, struct warren_err *err)
{
	struct mark_text t = { buf, size };

	put_get_lo(w);
	buf[0] = 0;
	return wire_call(w, hear_mark, &t, err);
}

struct conf {
	uint32_t *v;
	size_t most, n;
};

static int hear_conf(void *data, const struct nlmsghdr *h)
{
	const struct nlattr *tb[IFLA_AF_SPEC + 1], *family[AF_INET + 1], *v4[IFLA_INET_CONF + 1];
	struct conf *c = data;

	if (!h || h->nlmsg_type != RTM_NEWLINK)
		return 0;
	net_attrs(h, sizeof(struct ifinfomsg), tb, IFLA_AF_SPEC + 1);
	net_nested(tb[IFLA_AF_SPEC], 0, family, AF_INET + 1);
	net_nested(family[AF_INET], 0, v4, IFLA_INET_CONF + 1);
	if (!v4[IFLA_INET_CONF])
		return 0;
	c->n = attr_len(v4[IFLA_INET_CONF]) / sizeof(*c->v);
	c->n = c->n < c->most ? c->n : c->most;
	memcpy(c->v, attr_data(v4[IFLA_INET_CONF]), c->n * sizeof(*c->v));
	return 0;
}

int net_read_lo_conf(struct wire *w, uint32_t *ret, size_t most, struct warren_err *err)
{
	struct conf c = { ret, most, 0 };
	int r;

	put_get_lo(w);
	r = wire_call(w, hear_conf, &c, err);
	return r < 0 ? r : (int)c.n;
}
