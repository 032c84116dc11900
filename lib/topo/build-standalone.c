/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/build.h"

/*
 * Interfaces that are no end of anything: 'type' says which kind of link is to be made there.
 * Their names are taken before others are chosen; they come into the model last.
 */
typedef int (*standalone_fn)(struct build *b, uint32_t ns, const struct spec_interface *conf,
			     uint32_t iface);

/* Too many are told at once: nothing else of such a file is worth the time to look at it. */
static int too_many(struct build *b, const struct spec_interface *conf)
{
	problem_code(b->p, conf->type.at, -E2BIG,
		     "interface %s: more than %u interfaces with a 'type' in one network",
		     conf->name.s, BUILD_CABLES_MOST);
	return 1;
}

/*
 * Each in turn, numbered from `iface` on: the same ones in every pass.
 * @param once  what is wrong with one of a range of nodes is wrong with all: leave the others out
 */
static int each_standalone(struct build *b, standalone_fn fn, uint32_t iface, bool once)
{
	const struct spec_node *broken = NULL;
	uint32_t n = 0;
	int r = 0;

	for (uint32_t ns = 0; ns < b->ns.n; ns++) {
		const struct spec_node *spec = b->ns.v[ns].spec;
		size_t before = b->p->n;

		if (!spec)
			continue;
		rows_foreach(const struct spec_interface, conf, &spec->interfaces)
		{
			if (!conf->type.given)
				continue;
			if (n++ == BUILD_CABLES_MOST)
				return too_many(b, conf);
			if (!once || spec != broken)
				r = fn(b, ns, conf, iface);
			if (r < 0)
				return r;
			iface++;
		}
		if (b->p->n > before)
			broken = spec;
	}
	return 0;
}

static int claim_one(struct build *b, uint32_t ns, const struct spec_interface *conf, uint32_t iface)
{
	const char *node = b->t->model.ns.v[ns].name, *why = build_ifname_wrong(conf->name.s);

	if (!why && build_find_iface(b, ns, conf->name.s) == MODEL_NONE)
		return build_claim_both(b, conf->name.at, ns, conf->name.s, iface);
	if (why)
		problem(b->p, conf->name.at, "namespace %s: interface name '%s' %s", node,
			conf->name.s, why);
	else
		problem(b->p, conf->type.at,
			"namespace %s: interface %s: an end of a link or a port of a switch has its kind from there; leave 'type' out",
			node, conf->name.s);
	return 0;
}

static int add_one(struct build *b, uint32_t ns, const struct spec_interface *conf, uint32_t iface)
{
	enum model_iface_kind kind = (enum model_iface_kind)conf->type.v;
	const char *name = arena_str(&b->t->model.arena, conf->name.s);
	struct model_iface i = { .ns = ns,
				 .kind = kind,
				 .up = true,
				 .master = MODEL_NONE,
				 .peer = MODEL_NONE,
				 .mtu = (uint32_t)number_or(&conf->mtu, link_kind_of(kind)->mtu),
				 .mark = conf->name.at };
	int r;

	(void)iface;
	if (!name || build_set_names(b, &i, name) < 0)
		return -ENOMEM;
	model_mac(b->t->model.name, b->t->model.ns.v[ns].name, name, i.mac);
	r = build_values(b, kind, &conf->fields, &conf->name, "interface", &i.values);
	return r < 0 || build_add_iface(b, i) == MODEL_NONE ? -ENOMEM : 0;
}

int standalone_claim(struct build *b, uint32_t first)
{
	return each_standalone(b, claim_one, first, true);
}

int standalone_add(struct build *b)
{
	return each_standalone(b, add_one, 0, false);
}
