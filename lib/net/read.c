/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/net-private.h"

#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

void reader_init(struct reader *r, struct model *m)
{
	memset(r, 0, sizeof(*r));
	r->m = m;
	r->ns = (uint32_t)m->ns.n - 1;
	r->ifaces = m->ifaces.n;
	r->addrs = m->addrs.n;
	r->routes = m->routes.n;
	r->hops = m->hops.n;
	r->rules = m->rules.n;
	r->forward4 = r->forward6 = -1;
}

void reader_fini(struct reader *r)
{
	vec_fini(&r->by_index);
	vec_fini(&r->set);
	map_fini(&r->hop_sets);
}

static int by_index(const void *a, const void *b)
{
	const struct reader_iface *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

uint32_t reader_find(const struct reader *r, uint32_t index)
{
	struct reader_iface key = { .index = index };
	const struct reader_iface *found = NULL;

	if (r->by_index.n)
		found = bsearch(&key, r->by_index.v, r->by_index.n, sizeof(key), by_index);
	return found ? found->iface : MODEL_NONE;
}

static int sort_links(struct reader *r, size_t from)
{
	struct model *m = r->m;

	r->by_index.n = 0;
	for (size_t i = from; i < m->ifaces.n; i++)
		if (vec_push(&r->by_index,
			     (struct reader_iface){ m->ifaces.v[i].index, (uint32_t)i }) < 0)
			return -ENOMEM;
	if (r->by_index.n)
		qsort(r->by_index.v, r->by_index.n, sizeof(*r->by_index.v), by_index);
	return 0;
}

int reader_links_done(struct reader *r)
{
	struct model *m = r->m;
	bool on = true, off = true;

	if (sort_links(r, r->ifaces) < 0)
		return -ENOMEM;
	for (size_t i = r->ifaces; i < m->ifaces.n; i++) {
		struct model_iface *f = &m->ifaces.v[i];

		f->master = reader_find(r, f->master);
		f->peer = reader_find(r, f->peer);
		if (f->kind == MODEL_IFACE_LOOPBACK)
			continue;
		on &= f->ipv6 == MODEL_ON;
		off &= f->ipv6 == MODEL_OFF;
	}
	m->ns.v[r->ns].ipv6 = on == off ? MODEL_KEEP : on ? MODEL_ON : MODEL_OFF;
	return 0;
}

int reader_conf(void *data, const struct nlmsghdr *h)
{
	const struct nlattr *tb[NETCONFA_FORWARDING + 1];
	const struct netconfmsg *n;
	struct reader *r = data;
	int *forward;

	if (!h || h->nlmsg_type != RTM_NEWNETCONF || wire_payload_len(h) < sizeof(*n))
		return 0;
	n = wire_payload(h);
	net_attrs(h, sizeof(*n), tb, NETCONFA_FORWARDING + 1);
	if ((int)net_get_u32(tb[NETCONFA_IFINDEX], 0) != NETCONFA_IFINDEX_ALL)
		return 0;
	forward = n->ncm_family == AF_INET ? &r->forward4 : &r->forward6;
	if (n->ncm_family == AF_INET || n->ncm_family == AF_INET6)
		*forward = net_get_u32(tb[NETCONFA_FORWARDING], 0) != 0;
	return 0;
}

static struct model_range range(size_t first, size_t end)
{
	return (struct model_range){ (uint32_t)first, (uint32_t)(end - first) };
}

void reader_done(struct reader *r, unsigned what)
{
	struct model *m = r->m;
	struct model_ns *ns = &m->ns.v[r->ns];

	if (what & NET_READ_LINKS)
		ns->ifaces = range(r->ifaces, m->ifaces.n);
	if (what & NET_READ_ADDRS)
		ns->addrs = range(r->addrs, m->addrs.n);
	if (what & NET_READ_ROUTES)
		ns->routes = range(r->routes, m->routes.n);
	if (what & NET_READ_RULES)
		ns->rules = range(r->rules, m->rules.n);
	if (!(what & NET_READ_CONF))
		return;
	if (r->forward6 < 0)
		r->forward6 = r->forward4; /* a kernel without IPv6 */
	ns->forwarding = r->forward4 < 0 ? MODEL_KEEP : r->forward4 ? MODEL_ON : MODEL_OFF;
	ns->forwarding6 = r->forward6 < 0 ? MODEL_KEEP : r->forward6 ? MODEL_ON : MODEL_OFF;
}

/* Take back what was appended. */
static void undo(struct reader *r)
{
	r->m->ifaces.n = r->ifaces;
	r->m->addrs.n = r->addrs;
	r->m->routes.n = r->routes;
	r->m->hops.n = r->hops;
	r->m->rules.n = r->rules;
}

/* AF_UNSPEC everywhere: one dump gives IPv4 and IPv6 (rtnl_dump_all()). */
static const struct {
	unsigned what;
	uint16_t type;
	size_t header;
	wire_dump_fn fn;
	const char *name;
} dumps[] = {
	{ NET_READ_LINKS, RTM_GETLINK, sizeof(struct ifinfomsg), reader_link, "links" },
	{ NET_READ_ADDRS, RTM_GETADDR, sizeof(struct ifaddrmsg), reader_addr, "addresses" },
	{ NET_READ_ROUTES, RTM_GETROUTE, sizeof(struct rtmsg), reader_route, "routes" },
	{ NET_READ_RULES, RTM_GETRULE, sizeof(struct fib_rule_hdr), reader_rule, "rules" },
	{ NET_READ_CONF, RTM_GETNETCONF, sizeof(struct netconfmsg), reader_conf, "settings" },
};

static int read_all(struct reader *r, struct wire *w, unsigned what, struct warren_err *err)
{
	int code;

	if (!(what & NET_READ_LINKS) && sort_links(r, r->m->ns.v[r->ns].ifaces.first) < 0)
		return warren_fail(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < sizeof(dumps) / sizeof(*dumps); i++) {
		if (!(what & dumps[i].what))
			continue;
		wire_begin(w, dumps[i].type, 0, dumps[i].header, 0);
		if (dumps[i].what == NET_READ_LINKS)
			wire_put_u32(w, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
		wire_end(w);
		code = wire_dump(w, dumps[i].fn, r, err);
		if (code < 0) {
			warren_err_prefix(err, "read the %s", dumps[i].name);
			return code;
		}
		if (dumps[i].what == NET_READ_LINKS && reader_links_done(r) < 0)
			return warren_fail(err, -ENOMEM, "out of memory");
	}
	return 0;
}

int net_read(struct wire *w, struct model *m, unsigned what, struct warren_err *err)
{
	struct reader r;
	int code;

	reader_init(&r, m);
	r.kernel_routes = what & NET_READ_KERNEL;
	code = read_all(&r, w, what, err);
	if (code < 0)
		undo(&r);
	else
		reader_done(&r, what);
	reader_fini(&r);
	return code;
}
