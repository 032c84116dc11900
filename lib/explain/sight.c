/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain/sight.h"

#include "net/attrs.h"
#include "netns/ids.h"
#include "netns/netns.h"
#include "wire/wire.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <unistd.h>

#define LO_INDEX 1 /* LOOPBACK_IFINDEX, in every namespace */

static int no_memory(struct warren_err *err)
{
	return warren_fail(err, -ENOMEM, "out of memory");
}

static int add_ns(struct sight *s, const char *name, uint64_t inode)
{
	return vec_push(&s->ns, (struct sight_ns){ .name = name, .inode = inode, .alias = "" });
}

int sight_init(struct sight *s, struct warren *w, struct warren_err *err)
{
	int r;

	*s = (struct sight){ .w = w, .home = -1 };
	s->home = netns_current(err);
	if (s->home < 0)
		return s->home;
	r = warren_netns_list(w, &s->list, err);
	if (r < 0)
		return r;
	if (add_ns(s, "host", netns_current_id()) < 0)
		return no_memory(err);
	for (size_t i = 0; i < s->list.n; i++) {
		const struct warren_netns_entry *e = &s->list.v[i];

		/* Number i + 1 is place i in the list, whatever is there: ids are told by place. */
		if (add_ns(s, e->name, e->kind == WARREN_NETNS_LIVE ? e->inode : 0) < 0)
			return no_memory(err);
	}
	return 0;
}

void sight_fini(struct sight *s)
{
	vec_foreach(n, &s->ns) {
		vec_fini(&n->ifaces);
		vec_fini(&n->addrs);
	}
	vec_fini(&s->ns);
	warren_netns_list_fini(&s->list);
	arena_fini(&s->arena);
	if (s->home >= 0)
		close(s->home);
	s->home = -1;
}

/* Several names may be one namespace: the first stands for all. */
static uint32_t first_of(const struct sight *s, uint64_t inode)
{
	for (uint32_t i = 0; inode && i < s->ns.n; i++)
		if (s->ns.v[i].inode == inode)
			return i;
	return SIGHT_NONE;
}

uint32_t sight_find(const struct sight *s, const char *name)
{
	for (uint32_t i = 0; i < s->ns.n; i++)
		if (strcmp(s->ns.v[i].name, name) == 0)
			return first_of(s, s->ns.v[i].inode);
	return SIGHT_NONE;
}

int sight_inside(struct sight *s, uint32_t ns, int (*fn)(void *data), void *data,
		 struct warren_err *err)
{
	int fd, r, back;

	if (ns == SIGHT_HOST)
		return fn(data);
	fd = warren_netns_open(s->w, s->ns.v[ns].name, err);
	if (fd < 0)
		return fd;
	r = netns_enter(fd, err);
	close(fd);
	if (r < 0)
		return r;
	r = fn(data);
	back = netns_enter(s->home, r < 0 ? NULL : err);
	return r < 0 ? r : back < 0 ? back : r;
}

/* One namespace as it is read. */
struct reading {
	struct sight *s;
	struct sight_ns *n;
	struct warren_err *err;
};

/* One of the numbers that a family keeps of each interface; they count from 1. */
static uint32_t conf_of(const struct nlattr *conf, unsigned which)
{
	const uint32_t *all = attr_data(conf);

	return attr_len(conf) >= which * sizeof(*all) ? all[which - 1] : 0;
}

/* The attribute of a type within another, or NULL. */
static const struct nlattr *nested(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *a;

	if (!nest)
		return NULL;
	attr_foreach_nested(a, nest)
		if (attr_type(a) == type)
			return a;
	return NULL;
}

static void read_families(const struct nlattr *spec, struct sight_iface *ret)
{
	const struct nlattr *conf = nested(nested(spec, AF_INET), IFLA_INET_CONF);

	if (!conf)
		return;
	ret->forwards4 = conf_of(conf, IPV4_DEVCONF_FORWARDING) != 0;
	ret->rp_filter = (uint8_t)conf_of(conf, IPV4_DEVCONF_RP_FILTER);
}

static void read_kind(struct reading *r, const struct nlattr *info, struct sight_iface *ret)
{
	const struct nlattr *kind = nested(info, IFLA_INFO_KIND);
	const struct nlattr *state = nested(nested(info, IFLA_INFO_SLAVE_DATA), IFLA_BRPORT_STATE);

	if (kind && attr_str(kind))
		ret->kind = arena_str(&r->s->arena, attr_str(kind));
	if (state && attr_len(state) == 1)
		ret->port_state = attr_u8(state);
}

static void read_link(struct reading *r, const struct nlattr *a, struct sight_iface *ret)
{
	switch (attr_type(a)) {
	case IFLA_IFNAME:
		ret->name = arena_str(&r->s->arena, attr_str(a));
		break;
	case IFLA_IFALIAS:
		if (ret->index == LO_INDEX && attr_str(a))
			r->n->alias = arena_str(&r->s->arena, attr_str(a));
		break;
	case IFLA_MASTER:
		ret->master = net_get_u32(a, 0);
		break;
	case IFLA_LINK:
		ret->peer = net_get_u32(a, 0);
		break;
	case IFLA_LINK_NETNSID:
		ret->peer_nsid = (int)net_get_u32(a, 0);
		break;
	case IFLA_LINKINFO:
		read_kind(r, a, ret);
		break;
	case IFLA_AF_SPEC:
		read_families(a, ret);
		break;
	default:
		break;
	}
}

static int on_link(void *data, const struct nlmsghdr *h)
{
	struct sight_iface i = { .kind = "", .peer_nsid = -1, .port_state = BR_STATE_FORWARDING };
	const struct ifinfomsg *info;
	struct reading *r = data;
	const struct nlattr *a;

	if (!h) {
		r->n->ifaces.n = 0;
		return 0;
	}
	if (h->nlmsg_type != RTM_NEWLINK || wire_payload_len(h) < sizeof(*info))
		return 0;
	info = wire_payload(h);
	i.index = (uint32_t)info->ifi_index;
	i.type = info->ifi_type;
	i.up = info->ifi_flags & IFF_UP;
	i.carrier = info->ifi_flags & IFF_LOWER_UP;
	attr_foreach(a, h, sizeof(*info))
		read_link(r, a, &i);
	if (!i.name || !i.kind || !r->n->alias)
		return -ENOMEM;
	return vec_push(&r->n->ifaces, i);
}

static int on_addr(void *data, const struct nlmsghdr *h)
{
	const struct ifaddrmsg *m;
	struct sight_addr addr = { 0 };
	struct reading *r = data;
	const struct nlattr *a;
	bool local = false;

	if (!h) {
		r->n->addrs.n = 0;
		return 0;
	}
	if (h->nlmsg_type != RTM_NEWADDR || wire_payload_len(h) < sizeof(*m))
		return 0;
	m = wire_payload(h);
	if (m->ifa_family != AF_INET && m->ifa_family != AF_INET6)
		return 0;
	addr.ip.family = m->ifa_family;
	addr.ip.plen = m->ifa_prefixlen;
	addr.iface = m->ifa_index;
	addr.global = m->ifa_scope < RT_SCOPE_LINK;
	/* Of a peer-to-peer address, IFA_ADDRESS is the other end's. */
	attr_foreach(a, h, sizeof(*m)) {
		if (attr_len(a) != ip_bytes(&addr.ip) ||
		    (attr_type(a) != IFA_LOCAL && (attr_type(a) != IFA_ADDRESS || local)))
			continue;
		memcpy(addr.ip.b, attr_data(a), attr_len(a));
		local |= attr_type(a) == IFA_LOCAL;
	}
	return vec_push(&r->n->addrs, addr);
}

static int on_conf(void *data, const struct nlmsghdr *h)
{
	const struct netconfmsg *m;
	uint32_t which = 0, forwards = 0, rp = 0;
	struct reading *r = data;
	const struct nlattr *a;

	if (!h || h->nlmsg_type != RTM_NEWNETCONF || wire_payload_len(h) < sizeof(*m))
		return 0;
	m = wire_payload(h);
	attr_foreach(a, h, sizeof(*m)) {
		if (attr_type(a) == NETCONFA_IFINDEX)
			which = net_get_u32(a, 0);
		if (attr_type(a) == NETCONFA_FORWARDING)
			forwards = net_get_u32(a, 0);
		if (attr_type(a) == NETCONFA_RP_FILTER)
			rp = net_get_u32(a, 0);
	}
	if ((int)which != NETCONFA_IFINDEX_ALL)
		return 0;
	if (m->ncm_family == AF_INET6)
		r->n->forwards6 = forwards != 0;
	if (m->ncm_family != AF_INET)
		return 0;
	r->n->forwards4 = forwards != 0;
	r->n->rp_filter = (uint8_t)rp;
	return 0;
}

static const struct {
	uint16_t type;
	size_t header;
	wire_dump_fn fn;
	const char *what;
} dumps[] = {
	{ RTM_GETLINK, sizeof(struct ifinfomsg), on_link, "links" },
	{ RTM_GETADDR, sizeof(struct ifaddrmsg), on_addr, "addresses" },
	{ RTM_GETNETCONF, sizeof(struct netconfmsg), on_conf, "settings" },
};

static int dump_all(struct reading *r, struct wire *wire)
{
	for (size_t i = 0; i < sizeof(dumps) / sizeof(*dumps); i++) {
		int code;

		wire_begin(wire, dumps[i].type, 0, dumps[i].header, 0);
		if (dumps[i].type == RTM_GETLINK)
			wire_put_u32(wire, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
		wire_end(wire);
		code = wire_dump(wire, dumps[i].fn, r, r->err);
		if (code < 0) {
			warren_err_prefix(r->err, "%s: read the %s", r->n->name, dumps[i].what);
			return code;
		}
	}
	return 0;
}

static int read_inside(void *data)
{
	struct reading *r = data;
	struct wire *wire = NULL;
	int code = wire_open(&wire, r->err);

	if (code == 0)
		code = dump_all(r, wire);
	wire_close(wire);
	return code;
}

int sight_read(struct sight *s, uint32_t ns, const struct sight_ns **ret, struct warren_err *err)
{
	struct reading r = { s, &s->ns.v[ns], err };
	int code = 0;

	if (!r.n->is_read)
		code = sight_inside(s, ns, read_inside, &r, err);
	r.n->is_read |= code == 0;
	*ret = r.n;
	return code;
}

const struct sight_iface *sight_iface(const struct sight_ns *n, uint32_t index)
{
	vec_foreach(i, &n->ifaces)
		if (i->index == index)
			return i;
	return NULL;
}

const struct sight_addr *sight_addr(const struct sight_ns *n, const struct ip *ip)
{
	vec_foreach(a, &n->addrs)
		if (ip_same_host(&a->ip, ip))
			return a;
	return NULL;
}

/* How the namespace calls the others. */
static int read_ids(void *data)
{
	struct reading *r = data;
	struct warren_netns_list *list = &r->s->list;
	int *ids = arena_alloc(&r->s->arena, r->s->ns.n * sizeof(int));
	struct wire *wire = NULL;
	int code;

	if (!ids)
		return no_memory(r->err);
	for (size_t i = 0; i < list->n; i++)
		list->v[i].nsid = -1;
	code = ids_fill(r->s->w, list, r->err);
	if (code == 0)
		code = wire_open(&wire, r->err);
	if (code == 0)
		code = ids_of(wire, r->s->home, &ids[SIGHT_HOST], r->err);
	wire_close(wire);
	for (size_t i = 0; i < list->n; i++)
		ids[i + 1] = list->v[i].nsid;
	if (code == 0)
		r->n->ids = ids;
	return code;
}

int sight_peer(struct sight *s, uint32_t ns, const struct sight_iface *i, uint32_t *ret,
	       struct warren_err *err)
{
	struct reading r = { s, &s->ns.v[ns], err };
	int code;

	*ret = ns;
	if (i->peer_nsid < 0)
		return 0;
	*ret = SIGHT_NONE;
	code = r.n->ids ? 0 : sight_inside(s, ns, read_ids, &r, err);
	for (uint32_t k = 0; code == 0 && k < s->ns.n; k++) {
		if (r.n->ids[k] != i->peer_nsid)
			continue;
		*ret = first_of(s, s->ns.v[k].inode);
		break;
	}
	return code;
}
