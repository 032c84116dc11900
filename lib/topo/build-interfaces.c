/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/build.h"

#include <stdio.h>
#include <string.h>

#define IPV6_MTU_LEAST 1280 /* RFC 8200 section 5; the kernel takes IPv6 off a smaller interface */

struct iface_names {
	const struct model *m;
	struct model_range range;
};

static const char *iface_at(const void *data, size_t i)
{
	const struct iface_names *names = data;

	return i < names->range.n ? model_iface_label(&names->m->ifaces.v[names->range.first + i])
				  : NULL;
}

static void unknown_interface(struct build *b, uint32_t ns, const struct text *name)
{
	const struct model_ns *n = &b->t->model.ns.v[ns];
	struct iface_names names = { &b->t->model, n->ifaces };
	struct hint hint;

	/* A link that could not be read may be the one that makes it. */
	if (b->p->n)
		return;
	hint_nearest(b->p, &hint, name->s, iface_at, &names);
	problem(b->p, name->at,
		"namespace %s: interface '%s' is no end of a link and no port of a switch%s%s%s%s%s",
		n->name, name->s, hint.text[0] ? hint.text : "; plug it in, as in 'endpoints: [",
		hint.text[0] ? "" : n->name, hint.text[0] ? "" : ":", hint.text[0] ? "" : name->s,
		hint.text[0] ? "" : ", …]', or say what it is by 'type'");
}

/* lo is the kernel's: addresses only. */
static void check_loopback(struct build *b, const struct model_ns *ns,
			   const struct spec_interface *conf)
{
	if (conf->mac.given)
		problem(b->p, conf->mac.at,
			"namespace %s: interface lo: a loopback interface has no MAC address; leave 'mac' out",
			ns->name);
	if (conf->up.given && !conf->up.v)
		problem(b->p, conf->up.at,
			"namespace %s: interface lo: lo is always up, as programs rely on 127.0.0.1; leave 'up' out",
			ns->name);
	if (conf->mtu.given)
		problem(b->p, conf->mtu.at,
			"namespace %s: interface lo: its mtu stays the kernel's; leave 'mtu' out",
			ns->name);
}

static void configure_one(struct build *b, uint32_t ns, const struct spec_interface *conf,
			  uint32_t iface)
{
	struct model_iface *i = &b->t->model.ifaces.v[iface];
	struct build_iface *extra = &b->ifaces.v[iface];

	extra->conf = conf;
	i->mark = conf->name.at;
	if (i->kind == MODEL_IFACE_LOOPBACK) {
		check_loopback(b, &b->t->model.ns.v[ns], conf);
	} else if (i->kind == MODEL_IFACE_BRIDGE || i->master != MODEL_NONE) {
		problem(b->p, conf->name.at,
			"namespace host: interface '%s' belongs to a switch; write its settings there",
			conf->name.s);
		return;
	}
	if (conf->mac.given)
		memcpy(i->mac, conf->mac.b, sizeof(i->mac));
	if (conf->up.given)
		i->up = conf->up.v;
	if (!conf->addresses.given)
		return;
	if (extra->written)
		problem(b->p, conf->addresses.at,
			"namespace %s: interface %s: its addresses are written at the link too, at %u:%u; keep one of them",
			b->t->model.ns.v[ns].name, conf->name.s, extra->written->at.line,
			extra->written->at.column);
	extra->written = &conf->addresses;
}

/* The rows of one namespace. */
static void configure(struct build *b, uint32_t ns, const struct spec_node *spec)
{
	rows_foreach(const struct spec_interface, conf, &spec->interfaces)
	{
		uint32_t i = build_find_iface(b, ns, conf->name.s);
		size_t before = b->p->n;

		if (i == MODEL_NONE)
			unknown_interface(b, ns, &conf->name);
		else
			configure_one(b, ns, conf, i);
		if (b->p->n > before)
			return;
	}
}

static void mtu_differs(struct build *b, uint32_t iface, const struct number *other,
			const char *where, const char *advice)
{
	const struct number *mtu = &b->ifaces.v[iface].conf->mtu;
	struct label label;

	problem(b->p, mtu->at, "%s: mtu %llu, but %s has %llu, at %u:%u; %s",
		build_label(b, iface, &label), (unsigned long long)mtu->v, where,
		(unsigned long long)other->v, other->at.line, other->at.column, advice);
}

/* A mtu that one end of a cable names is that of both: a larger packet from the other end would be lost (P23). */
static void pair_mtu(struct build *b, uint32_t iface)
{
	struct model_iface *i = &b->t->model.ifaces.v[iface];
	const struct spec_interface *conf = b->ifaces.v[iface].conf, *other;
	const struct build_segment *s;
	const struct number *of_wire;

	if (!conf || !conf->mtu.given || i->peer == MODEL_NONE)
		return;
	other = b->ifaces.v[i->peer].conf;
	s = &b->segments.v[b->ifaces.v[iface].segment];
	of_wire = s->link ? &s->link->mtu : &s->sw->mtu;
	if (of_wire->given && of_wire->v != conf->mtu.v)
		mtu_differs(b, iface, of_wire, s->link ? "its link" : "its switch",
			    "keep one of them");
	else if (other && other->mtu.given && other->mtu.v != conf->mtu.v && iface < i->peer)
		mtu_differs(b, iface, &other->mtu, "the other end",
			    "packets in between would be lost: make them equal");
	i->mtu = b->t->model.ifaces.v[i->peer].mtu = (uint32_t)conf->mtu.v;
}

static struct mark mtu_mark(struct build *b, uint32_t iface)
{
	const struct build_iface *i = &b->ifaces.v[iface];
	const struct build_segment *s = i->segment == MODEL_NONE ? NULL : &b->segments.v[i->segment];

	if (i->conf && i->conf->mtu.given)
		return i->conf->mtu.at;
	if (s && s->link && s->link->mtu.given)
		return s->link->mtu.at;
	if (s && s->sw && s->sw->mtu.given)
		return s->sw->mtu.at;
	return b->t->model.ifaces.v[iface].mark;
}

/* @return whether it is too small for IPv6; recorded where it is */
bool build_mtu_too_small(struct build *b, uint32_t iface)
{
	uint32_t mtu = b->t->model.ifaces.v[iface].mtu;
	struct mark at = mtu_mark(b, iface);
	struct label label;

	if (!mtu || mtu >= IPV6_MTU_LEAST)
		return false;
	if (at.line == b->small_mtu.line && at.column == b->small_mtu.column)
		return true; /* of the other end, or the next of a range: was said */
	b->small_mtu = at;
	problem(b->p, at, "%s: mtu %u is too small for its IPv6 address; IPv6 needs %d or more",
		build_label(b, iface, &label), mtu, IPV6_MTU_LEAST);
	return true;
}

int build_interfaces(struct build *b)
{
	const struct spec_interface *wrong = NULL;
	const struct spec_node *broken = NULL;

	for (uint32_t ns = 0; ns < b->ns.n; ns++) {
		const struct spec_node *spec = b->ns.v[ns].spec;
		size_t before = b->p->n;

		/* What is wrong with one of a range is wrong with all. */
		if (spec && spec != broken)
			configure(b, ns, spec);
		if (b->p->n > before)
			broken = spec;
	}
	for (uint32_t i = 0; i < b->ifaces.n; i++) {
		size_t before = b->p->n;

		if (!b->ifaces.v[i].conf || b->ifaces.v[i].conf != wrong)
			pair_mtu(b, i);
		if (b->p->n > before)
			wrong = b->ifaces.v[i].conf;
	}
	return 0;
}
