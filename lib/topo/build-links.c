/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/build.h"

#include <stdio.h>
#include <string.h>

/* One end of a cable. Cable i gets the interfaces first + 2i and first + 2i + 1. */
struct end {
	uint32_t ns;
	const char *name; /* NULL: to be chosen */
	struct mark at;
	uint32_t master; /* the bridge, or MODEL_NONE */
};

struct cable {
	struct end end[2]; /* of a switch's cable the second is the switch's */
	uint32_t segment;
	const char *sw; /* the switch's name, or NULL */
};

struct wiring {
	struct build *b;
	VEC(struct cable) cables;
	uint32_t first; /* interface index of the first cable's first end */
	bool full;	/* more cables than a network may have */
};

/* "NODE" or "NODE:IF" into an end. @return 0, 1 after a problem, or -ENOMEM */
static int resolve(struct build *b, const char *object, struct mark at, char *text, struct end *end)
{
	char *colon = text ? strchr(text, ':') : NULL;
	const char *why;

	if (!text) {
		problem(b->p, at, "%s: a name here gets too long", object);
		return 1;
	}
	if (colon)
		*colon++ = 0;
	*end = (struct end){ .ns = map_get_str(&b->t->by_name, text),
			     .at = at,
			     .master = MODEL_NONE };
	if (map_get_str(&b->switch_by_name, text) != MAP_NONE) {
		problem(b->p, at, "%s: '%s' is a switch; %s", object, text,
			!strcmp(object, "link") ? "list the node under its 'ports:' instead"
						: "what is plugged in here must be a node");
		return 1;
	}
	if (end->ns == MAP_NONE) {
		build_unknown_node(b, at, object, text);
		return 1;
	}
	why = colon ? build_ifname_wrong(colon) : NULL;
	if (why) {
		problem(b->p, at, "%s: interface name '%s' %s", object, colon, why);
		return 1;
	}
	end->name = colon ? arena_str(&b->t->model.arena, colon) : NULL;
	return colon && !end->name ? -ENOMEM : 0;
}

static int parse_range(struct build *b, const char *object, const struct text *text,
		       struct range *range)
{
	const char *why;

	range->n = 0;
	if (range_parse(b->scratch, text->s, range, &why) < 0)
		return -ENOMEM;
	if (why)
		problem(b->p, text->at, "%s: '%s': %s", object, text->s, why);
	return 0;
}

static bool too_many(struct wiring *w, struct mark at, const char *object, uint64_t n)
{
	if (n <= BUILD_CABLES_MOST - w->cables.n)
		return false;
	if (!w->full) /* said once, not for each of the rest */
		problem_code(w->b->p, at, -E2BIG, "%s: more than %u cables in one network", object,
			     BUILD_CABLES_MOST);
	w->full = true;
	return true;
}

static int push_segment(struct wiring *w, struct topo_segment s, struct build_segment extra)
{
	if (vec_push(&w->b->t->segments, s) < 0 || vec_push(&w->b->segments, extra) < 0)
		return -ENOMEM;
	return 0;
}

static int add_link_cable(struct wiring *w, const struct spec_link *link, struct end a,
			  struct end z, bool shares)
{
	struct cable cable = { { a, z }, (uint32_t)w->b->t->segments.n, NULL };
	struct topo_segment s = { .bridge = MODEL_NONE,
				  .mark = link->name.at,
				  .cost = (uint32_t)number_or(&link->cost, 1) };
	struct build_segment extra = { .link = link, .subnet = &link->subnet, .shares = shares };

	if (a.ns == z.ns && (!a.name || !z.name)) {
		problem(w->b->p, z.at,
			"link: both ends are in '%s'; if that is meant, name both interfaces: %s:one, %s:two",
			w->b->t->model.ns.v[a.ns].name, w->b->t->model.ns.v[a.ns].name,
			w->b->t->model.ns.v[a.ns].name);
		return 0;
	}
	return vec_push(&w->cables, cable) < 0 ? -ENOMEM : push_segment(w, s, extra);
}

/* The cables of one link: as many as its longer range. */
static int expand_link(struct wiring *w, const struct spec_link *link)
{
	const struct text *t = link->endpoints.v;
	char text[2][RANGE_NAME_MOST];
	struct range range[2];
	struct end end[2];
	uint64_t n;
	int r = 0;

	if (parse_range(w->b, "link", &t[0], &range[0]) < 0 ||
	    parse_range(w->b, "link", &t[1], &range[1]) < 0)
		return -ENOMEM;
	if (!range[0].n || !range[1].n)
		return 0;
	n = range[0].n > range[1].n ? range[0].n : range[1].n;
	if (range[0].n != range[1].n && range[0].n != 1 && range[1].n != 1) {
		problem(w->b->p, t[1].at,
			"link: '%s' are %llu and '%s' are %llu; ranges of equal length are paired off, or one end is a single node",
			t[0].s, (unsigned long long)range[0].n, t[1].s,
			(unsigned long long)range[1].n);
		return 0;
	}
	if (too_many(w, t[0].at, "link", n))
		return 0;
	if (n > 1 && link->addresses.given) {
		problem(w->b->p, link->addresses.at,
			"link: 'addresses' are those of one cable, and here are %llu; write 'subnet', which is cut into one for each",
			(unsigned long long)n);
		return 0;
	}
	for (uint64_t i = 0; i < n && r == 0; i++) {
		for (int k = 0; k < 2 && r == 0; k++)
			r = resolve(w->b, "link", t[k].at,
				    range_name(&range[k], range[k].n == 1 ? 0 : i, text[k]),
				    &end[k]);
		if (r == 0)
			r = add_link_cable(w, link, end[0], end[1], n > 1);
	}
	return r < 0 ? r : 0;
}

static int expand_links(struct wiring *w)
{
	int r = 0;

	rows_foreach(const struct spec_link, link, &w->b->spec->links)
	{
		if (!link->endpoints.given || r < 0)
			continue;
		if (link->endpoints.n == 2)
			r = expand_link(w, link);
		else
			problem(w->b->p, link->endpoints.at,
				"link: %u endpoints; a link has two, [A, B]; a switch joins more",
				link->endpoints.n);
	}
	return r;
}

static int expand_port(struct wiring *w, const struct build_switch *sw, const struct text *port)
{
	char text[RANGE_NAME_MOST], object[96];
	struct cable cable = { .segment = sw->segment, .sw = sw->name };
	struct range range;
	int r;

	snprintf(object, sizeof(object), "switch %s", sw->name);
	if (parse_range(w->b, object, port, &range) < 0)
		return -ENOMEM;
	if (!strcmp(port->s, sw->name)) {
		problem(w->b->p, port->at, "%s: a port of it leads to itself", object);
		return 0;
	}
	if (too_many(w, port->at, object, range.n))
		return 0;
	for (uint64_t i = 0; i < range.n; i++) {
		r = resolve(w->b, object, port->at, range_name(&range, i, text), &cable.end[0]);
		if (r)
			return r < 0 ? r : 0;
		if (cable.end[0].ns == MODEL_HOST && sw->ns == MODEL_HOST) {
			problem(w->b->p, port->at,
				"%s: the host is on it already, by 'address'; leave the port out",
				object);
			return 0;
		}
		cable.end[1] = (struct end){ sw->ns, NULL, port->at, sw->bridge };
		if (vec_push(&w->cables, cable) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_loopbacks(struct build *b)
{
	int r = 0;

	for (uint32_t ns = 0; ns < b->t->model.ns.n && r == 0; ns++) {
		uint32_t i = build_add_iface(b, (struct model_iface){
							.name = "lo",
							.ns = ns,
							.kind = MODEL_IFACE_LOOPBACK,
							.up = true,
							.master = MODEL_NONE,
							.peer = MODEL_NONE,
							.mark = b->t->model.ns.v[ns].mark });

		r = i == MODEL_NONE ? -ENOMEM : build_claim(b, ns, "lo", i);
	}
	return r;
}

static int add_bridge(struct wiring *w, struct build_switch *sw)
{
	struct build *b = w->b;
	struct model_iface i = { .ns = sw->ns,
				 .kind = MODEL_IFACE_BRIDGE,
				 .up = true,
				 .master = MODEL_NONE,
				 .peer = MODEL_NONE,
				 .mtu = (uint32_t)number_or(&sw->spec->mtu, 0),
				 .mark = sw->spec->name.at };
	struct topo_segment s = { .label = sw->name,
				  .is_switch = true,
				  .mark = sw->spec->name.at,
				  .cost = (uint32_t)number_or(&sw->spec->cost, 1) };
	int r = build_set_names(b, &i, sw->name);

	model_mac(b->t->model.name, b->t->model.ns.v[sw->ns].name, sw->name, i.mac);
	if (r == 0)
		r = build_values(b, MODEL_IFACE_BRIDGE, &sw->spec->fields, &sw->spec->name,
				 "switch", &i.values);
	sw->bridge = s.bridge = r == 0 ? build_add_iface(b, i) : MODEL_NONE;
	sw->segment = (uint32_t)b->t->segments.n;
	if (sw->bridge == MODEL_NONE)
		return -ENOMEM;
	if (sw->ns == MODEL_HOST) { /* it has addresses itself */
		b->ifaces.v[sw->bridge].segment = sw->segment;
		b->ifaces.v[sw->bridge].written = &sw->spec->address;
	}
	r = build_claim_both(b, i.mark, sw->ns, sw->name, sw->bridge);
	return r < 0 ? r
		     : push_segment(w, s,
				    (struct build_segment){ .sw = sw->spec,
							    .subnet = &sw->spec->subnet,
							    .shares = sw->one_of_many });
}

/* Port numbers have 10 bits, and 0 is none (BR_PORT_BITS in net/bridge/br_private.h). */
#define BRIDGE_PORTS 1023

static int expand_switches(struct wiring *w)
{
	int r = 0;

	vec_foreach(sw, &w->b->switches)
		if (r == 0)
			r = add_bridge(w, sw);
	vec_foreach(sw, &w->b->switches) {
		size_t before = w->cables.n;

		for (uint32_t i = 0; i < sw->spec->ports.n && r == 0; i++)
			r = expand_port(w, sw, &sw->spec->ports.v[i]);
		if (w->cables.n - before > BRIDGE_PORTS)
			problem(w->b->p, sw->spec->name.at,
				"switch %s: %zu ports; a Linux bridge has at most %d: use several "
				"switches, with a router between them",
				sw->name, w->cables.n - before, BRIDGE_PORTS);
	}
	return r;
}

/* Names that are written count before names that are chosen. */
static int claim_written(struct wiring *w)
{
	int r = 0;

	for (size_t i = 0; i < w->cables.n * 2 && r == 0; i++) {
		const struct end *e = &w->cables.v[i / 2].end[i % 2];

		if (e->name)
			r = build_claim_both(w->b, e->at, e->ns, e->name, w->first + (uint32_t)i);
	}
	return r;
}

static int choose_eth(struct build *b, struct end *e, uint32_t iface)
{
	char name[IFNAMSIZ];
	int r;

	do {
		snprintf(name, sizeof(name), "eth%u", b->ns.v[e->ns].next_eth++);
		r = build_claim(b, e->ns, name, iface);
	} while (r > 0);
	e->name = arena_str(&b->t->model.arena, name);
	return r < 0 || !e->name ? -ENOMEM : 0;
}

/* Names for ends that have none: ethN in nodes; in the host and in switches that of the other end. */
static int choose_names(struct wiring *w, struct cable *c, uint32_t first)
{
	struct build *b = w->b;
	int r = 0;

	for (int k = 0; k < 2 && r == 0; k++)
		if (!c->end[k].name && c->end[k].ns != MODEL_HOST && c->end[k].master == MODEL_NONE)
			r = choose_eth(b, &c->end[k], first + (uint32_t)k);
	for (int k = 0; k < 2 && r == 0; k++) {
		struct end *e = &c->end[k], *peer = &c->end[!k];

		if (e->name)
			continue;
		if (k == 0 && c->sw)
			e->name = c->sw; /* the host, plugged into a switch */
		else
			e->name = arena_printf(&b->t->model.arena, "%s-%s",
					       b->t->model.ns.v[peer->ns].name, peer->name);
		r = e->name ? build_claim_both(b, e->at, e->ns, e->name, first + (uint32_t)k)
			    : -ENOMEM;
	}
	return r;
}

static int add_end(struct wiring *w, const struct cable *c, int k)
{
	struct build *b = w->b;
	const struct end *e = &c->end[k];
	uint32_t index = (uint32_t)b->t->model.ifaces.n;
	struct model_iface i = { .ns = e->ns,
				 .kind = MODEL_IFACE_VETH,
				 .up = true,
				 .master = e->master,
				 .peer = k ? index - 1 : index + 1,
				 .mark = e->at };
	const struct build_segment *s = &b->segments.v[c->segment];

	i.mtu = (uint32_t)number_or(s->link ? &s->link->mtu : &s->sw->mtu, 0);
	model_mac(b->t->model.name, e->master == MODEL_NONE ? b->t->model.ns.v[e->ns].name : c->sw,
		  e->name, i.mac);
	if (build_set_names(b, &i, e->name) < 0 || build_add_iface(b, i) == MODEL_NONE)
		return -ENOMEM;
	if (e->master != MODEL_NONE)
		return 0;
	b->ifaces.v[index].segment = c->segment;
	if (s->link && s->link->addresses.given)
		b->ifaces.v[index].written = &s->link->addresses.v[k];
	return 0;
}

static int label_cable(struct wiring *w, const struct cable *c)
{
	const struct model *m = &w->b->t->model;
	struct topo_segment *s = &w->b->t->segments.v[c->segment];

	if (!c->sw)
		s->label = arena_printf(&w->b->t->model.arena, "%s:%s - %s:%s",
					m->ns.v[c->end[0].ns].name, c->end[0].name,
					m->ns.v[c->end[1].ns].name, c->end[1].name);
	return s->label ? 0 : -ENOMEM;
}

/* The model gets its final order; all that refers to interfaces follows. moved: where each one went. */
static int reorder(struct build *b, uint32_t *moved)
{
	struct model *m = &b->t->model;
	struct build_iface *old = arena_alloc(b->scratch, m->ifaces.n * sizeof(*old));

	if (!old || model_index_moved(m, moved) < 0)
		return -ENOMEM;
	memcpy(old, b->ifaces.v, m->ifaces.n * sizeof(*old));
	for (size_t i = 0; i < m->ifaces.n; i++)
		b->ifaces.v[moved[i]] = old[i];
	vec_foreach(sw, &b->switches)
		sw->bridge = moved[sw->bridge];
	vec_foreach(s, &b->t->segments)
		if (s->bridge != MODEL_NONE)
			s->bridge = moved[s->bridge];
	for (size_t i = 0; i < b->iface_by_name.cap; i++)
		if (b->iface_by_name.slots[i].key && b->iface_by_name.slots[i].value < m->ifaces.n)
			b->iface_by_name.slots[i].value = moved[b->iface_by_name.slots[i].value];
	return 0;
}

/* Ports of segments, in the order of the file: the switch's own address first. */
static int collect_ports(struct wiring *w, const uint32_t *order, size_t n)
{
	struct warren_topo *t = w->b->t;
	uint32_t at = 0;

	if (vec_reserve(&t->ports, n) < 0)
		return -ENOMEM;
	vec_foreach(i, &w->b->ifaces)
		if (i->segment != MODEL_NONE)
			t->segments.v[i->segment].ports.n++;
	vec_foreach(s, &t->segments) {
		s->ports.first = at;
		at += s->ports.n;
		s->ports.n = 0;
	}
	t->ports.n = at;
	for (size_t i = 0; i < n; i++) {
		uint32_t segment = w->b->ifaces.v[order[i]].segment;
		struct model_range *ports;

		if (segment == MODEL_NONE)
			continue;
		ports = &t->segments.v[segment].ports;
		t->ports.v[ports->first + ports->n++] = order[i];
	}
	return 0;
}

static int wire_up(struct wiring *w)
{
	struct build *b = w->b;
	int r = add_loopbacks(b);

	if (r == 0)
		r = expand_links(w);
	if (r == 0)
		r = expand_switches(w);
	w->first = (uint32_t)b->t->model.ifaces.n;
	if (r == 0)
		r = claim_written(w);
	if (r == 0)
		r = standalone_claim(b, w->first + 2 * (uint32_t)w->cables.n);
	for (size_t i = 0; i < w->cables.n && r == 0; i++) {
		struct cable *c = &w->cables.v[i];

		r = choose_names(w, c, w->first + 2 * (uint32_t)i);
		for (int k = 0; k < 2 && r == 0; k++)
			r = add_end(w, c, k);
		if (r == 0)
			r = label_cable(w, c);
	}
	/* behind the cables: what joins a node to others is what it is known by */
	return r ? r : standalone_add(b);
}

int build_links(struct build *b)
{
	struct wiring w = { .b = b };
	uint32_t *order = NULL;
	int r = wire_up(&w);

	if (r == 0) {
		order = arena_alloc(b->scratch, b->t->model.ifaces.n * sizeof(*order));
		r = order ? reorder(b, order) : -ENOMEM;
	}
	if (r == 0)
		r = collect_ports(&w, order, b->t->model.ifaces.n);
	vec_fini(&w.cables);
	return r;
}

const char *build_label(const struct build *b, uint32_t iface, struct label *buf)
{
	const struct model_iface *i = &b->t->model.ifaces.v[iface];

	snprintf(buf->text, sizeof(buf->text), "%s %s", b->t->model.ns.v[i->ns].name,
		 model_iface_label(i));
	return buf->text;
}
