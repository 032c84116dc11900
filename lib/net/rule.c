/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/net-private.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

static void begin(struct wire *w, const struct model_rule *r, uint16_t type, uint16_t flags,
		  uint32_t tag)
{
	struct fib_rule_hdr *f = wire_begin(w, type, flags, sizeof(*f), tag);

	f->family = r->family;
	f->src_len = r->from.plen;
	f->dst_len = r->to.plen;
	f->table = r->table < 256 ? (uint8_t)r->table : RT_TABLE_UNSPEC;
	f->action = r->action ? r->action : FR_ACT_TO_TBL;
	if (r->from.plen)
		net_put_ip(w, FRA_SRC, &r->from);
	if (r->to.plen)
		net_put_ip(w, FRA_DST, &r->to);
	if (r->iif)
		wire_put_str(w, FRA_IIFNAME, r->iif);
	if (r->oif)
		wire_put_str(w, FRA_OIFNAME, r->oif);
	if (r->fwmark)
		wire_put_u32(w, FRA_FWMARK, r->fwmark);
	if (r->fwmask)
		wire_put_u32(w, FRA_FWMASK, r->fwmask);
	if (r->priority)
		wire_put_u32(w, FRA_PRIORITY, r->priority);
	if (r->table > 255)
		wire_put_u32(w, FRA_TABLE, r->table);
	/* one that was read is asked for as it is; what is not named the kernel takes for any */
	wire_put_u8(w, FRA_PROTOCOL,
		    r->protocol		  ? r->protocol
		    : r->ns == MODEL_HOST ? NET_PROTOCOL
					  : RTPROT_STATIC);
}

void net_put_rule_add(struct wire *w, const struct model_rule *r, uint32_t tag)
{
	begin(w, r, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, tag);
	wire_end(w);
}

void net_put_rule_del(struct wire *w, const struct model_rule *r, uint32_t tag)
{
	begin(w, r, RTM_DELRULE, 0, tag);
	wire_end(w);
}

/* The rules that every namespace begins with: 0 local, 32766 main, 32767 default. */
static bool is_standing(const struct model_rule *r)
{
	static const struct {
		uint32_t priority, table;
	} standing[] = { { 0, RT_TABLE_LOCAL },
			 { 32766, RT_TABLE_MAIN },
			 { 32767, RT_TABLE_DEFAULT } };

	if (r->from.plen || r->to.plen || r->iif || r->oif || r->fwmark || r->fwmask)
		return false;
	for (size_t i = 0; i < sizeof(standing) / sizeof(*standing); i++)
		if (r->priority == standing[i].priority && r->table == standing[i].table)
			return true;
	return false;
}

/* Names are of this arena; the kernel's bytes are gone after the call. */
static int keep_names(struct model *m, struct model_rule *r)
{
	const char *iif = arena_str(&m->arena, r->iif), *oif = arena_str(&m->arena, r->oif);

	if ((r->iif && !iif) || (r->oif && !oif))
		return -ENOMEM;
	r->iif = iif;
	r->oif = oif;
	return 0;
}

/* What a topology file has no word for. */
static bool selects_by_more(const struct fib_rule_hdr *f, const struct nlattr **tb)
{
	static const uint8_t more[] = { FRA_GOTO,	 FRA_FLOW,	 FRA_TUN_ID,
					FRA_L3MDEV,	 FRA_UID_RANGE,	 FRA_IP_PROTO,
					FRA_SPORT_RANGE, FRA_DPORT_RANGE };

	for (size_t i = 0; i < sizeof(more); i++)
		if (tb[more[i]])
			return true;
	return f->tos || f->flags & FIB_RULE_INVERT ||
	       net_get_u32(tb[FRA_SUPPRESS_PREFIXLEN], UINT32_MAX) != UINT32_MAX ||
	       net_get_u32(tb[FRA_SUPPRESS_IFGROUP], UINT32_MAX) != UINT32_MAX;
}

int reader_rule(void *data, const struct nlmsghdr *h)
{
	struct reader *r = data;
	const struct nlattr *tb[FRA_DPORT_RANGE + 1];
	struct model_rule rule = { .ns = r->ns };
	const struct fib_rule_hdr *f;

	if (!h) {
		r->m->rules.n = r->rules;
		return 0;
	}
	if (h->nlmsg_type != RTM_NEWRULE || wire_payload_len(h) < sizeof(*f))
		return 0;
	f = wire_payload(h);
	if (f->family != AF_INET && f->family != AF_INET6)
		return 0;
	net_attrs(h, sizeof(*f), tb, FRA_DPORT_RANGE + 1);
	rule.family = f->family;
	rule.action = f->action;
	rule.from = net_get_ip(tb[FRA_SRC], f->family, f->src_len);
	rule.to = net_get_ip(tb[FRA_DST], f->family, f->dst_len);
	rule.iif = net_get_str(tb[FRA_IIFNAME]);
	rule.oif = net_get_str(tb[FRA_OIFNAME]);
	rule.fwmark = net_get_u32(tb[FRA_FWMARK], 0);
	rule.fwmask = net_get_u32(tb[FRA_FWMASK], 0);
	rule.priority = net_get_u32(tb[FRA_PRIORITY], 0);
	rule.table = net_get_u32(tb[FRA_TABLE], f->table);
	rule.protocol = net_get_u8(tb[FRA_PROTOCOL], 0);
	rule.more = selects_by_more(f, tb);
	if (is_standing(&rule))
		return 0;
	if (keep_names(r->m, &rule) < 0)
		return -ENOMEM;
	return vec_push(&r->m->rules, rule);
}
