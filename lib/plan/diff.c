/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/plan.h"

#include "link/link-kind.h"
#include "net/net.h"
#include "plan/diff.h"

#include <linux/if_ether.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Pure: decides by what plan_observe() found, and touches nothing. Links first,
 * as what becomes of a link decides about its addresses and routes; then the
 * rest of each namespace (diff-content.c).
 */

int diff_emit(struct plan *p, enum plan_phase phase, struct plan_op op)
{
	return vec_push(&p->ops[phase], op);
}

int diff_extra(struct plan *p, enum plan_kind kind, uint32_t ns, uint32_t live)
{
	if (!p->look_for_extras || ns == MODEL_HOST || !(p->ns.v[ns].desired || p->ns.v[ns].delete))
		return 0;
	return vec_push(&p->extras, (struct plan_op){ (uint8_t)kind, PLAN_LIVE, 0, ns, live });
}

void diff_conflict(struct plan *p, struct warren_errs *errs, struct mark mark, const char *fmt, ...)
{
	char text[sizeof(((struct warren_err *)0)->text)];
	struct warren_err err;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	warren_fail_at(&err, -EEXIST, p->file, (int)mark.line, (int)mark.column, "%s", text);
	warren_errs_add(errs, &err);
	p->conflicts++;
}

const struct model_iface *diff_before_iface(const struct plan *p, uint32_t ns, const char *name)
{
	for (size_t k = 0; k < p->n_before; k++) {
		uint32_t b = p->ns.v[ns].before[k];
		const struct model_ns *n = b == MODEL_NONE ? NULL : &p->before[k]->ns.v[b];

		for (uint32_t j = 0; n && j < n->ifaces.n; j++) {
			const struct model_iface *i = &p->before[k]->ifaces.v[n->ifaces.first + j];

			if (!strcmp(i->name, name))
				return i;
		}
	}
	return NULL;
}

bool plan_was_ours(const struct plan *p, uint32_t ns)
{
	for (size_t k = 0; k < p->n_before; k++)
		if (p->ns.v[ns].before[k] != MODEL_NONE)
			return true;
	return false;
}

/* What of others stands where a namespace of the network shall be. */
static void namespace_conflicts(struct plan *p, struct warren_errs *errs, uint32_t i)
{
	const struct plan_ns *n = &p->ns.v[i];
	const struct model_ns *live = &p->live.ns.v[i];
	struct mark mark = p->desired.ns.v[i].mark;

	if (n->place == PLAN_PLACE_ALIEN)
		diff_conflict(p, errs, mark,
			      "namespace '%s' cannot be made: %s/%s is %s; remove it, or give the "
			      "node another name",
			      n->name, warren_netns_dir(p->w), n->name, n->alien);
	if (!live->missing && !live->owned)
		diff_conflict(p, errs, mark,
			      "namespace '%s' exists, and network '%s' did not make it; give the "
			      "node another name, or remove the namespace with 'warren netns "
			      "delete %s'",
			      n->name, p->network, n->name);
	if (n->files == PLAN_FILES_ALIEN)
		diff_conflict(p, errs, mark,
			      "%s/%s exists, and network '%s' did not make it; move it away, or "
			      "give the node another name",
			      warren_etc_dir(p->w), n->name, p->network);
}

/* Namespaces: which come, which go. */
static int diff_namespaces(struct plan *p, struct warren_errs *errs)
{
	int r = 0;

	for (uint32_t i = 1; r == 0 && i < p->ns.n; i++) {
		struct plan_ns *n = &p->ns.v[i];
		const struct model_ns *live = &p->live.ns.v[i];
		bool ours = live->missing ? n->place == PLAN_PLACE_STALE : live->owned;

		n->add = n->desired && live->missing;
		n->delete = !n->desired && ours;
		if (n->desired)
			namespace_conflicts(p, errs, i);
		if (n->delete)
			r = diff_emit(p, PLAN_PHASE_REMOVE,
				      (struct plan_op){ .kind = PLAN_NS_DEL, .ns = i });
		if (r == 0 && !n->desired && plan_was_ours(p, i) && n->files != PLAN_FILES_NONE &&
		    n->files != PLAN_FILES_ALIEN)
			r = diff_emit(p, PLAN_PHASE_REMOVE,
				      (struct plan_op){ .kind = PLAN_FILES_DEL, .ns = i });
		if (r == 0 && n->add)
			r = diff_emit(p, PLAN_PHASE_CREATE,
				      (struct plan_op){ .kind = PLAN_NS_ADD, .ns = i });
	}
	return r;
}

static bool same_kind(const struct model_iface *a, const struct model_iface *b)
{
	return a->kind == b->kind;
}

static bool same_mac(const struct model_iface *a, const struct model_iface *b)
{
	return !memcmp(a->mac, b->mac, sizeof(a->mac));
}

/* The name that a link was made under in the host, as its mark says; NULL without one of the network. */
static const char *made_as(const struct plan *p, const struct model_iface *live)
{
	const struct model_iface none = { .name = "" };
	char mark[PLAN_MARK_SIZE];
	size_t n = strlen(plan_link_mark(p, &none, mark));

	return live->alias && !strncmp(live->alias, mark, n) ? live->alias + n : NULL;
}

/*
 * In the host: whether a live link is one that warren made, or would make. Its
 * mark stays when it is renamed or gets another MAC address; its MAC address is
 * all there is of one that was made just before a kill.
 */
static bool host_link_is_ours(const struct plan *p, const struct model_iface *live,
			      const struct model_iface *want)
{
	const char *name = made_as(p, live);
	const struct model_iface *b = diff_before_iface(p, MODEL_HOST, name ? name : live->name);

	if (!b || !same_kind(live, b))
		return false;
	return name || same_mac(live, b) || (want && same_mac(live, want));
}

unsigned diff_link_fields(const struct model_iface *want, const struct model_iface *live)
{
	const struct link_kind *k = link_kind_of(want->kind);
	const struct field_values *a = want->values, *b = live->values;
	unsigned found = 0;

	for (size_t i = 0; k && k->fields && k->fields[i].key; i++) {
		uint64_t have;

		if (!a || !(a->given & (1u << i)) || (b && (b->hidden & (1u << i))))
			continue;
		have = b && (b->given & (1u << i)) ? b->v[i] : k->fields[i].preset;
		if (have != a->v[i])
			found |= k->fields[i].flags & FIELD_LIVE ? DIFF_LIVE : DIFF_FIXED;
	}
	return found;
}

static void host_link_conflict(struct plan *p, struct warren_errs *errs, uint32_t d,
			       const struct model_iface *live)
{
	const struct model_iface *want = &p->desired.ifaces.v[d], *b;

	if (want->kind == MODEL_IFACE_LOOPBACK || host_link_is_ours(p, live, want))
		return;
	b = diff_before_iface(p, MODEL_HOST, live->name);
	if (b && same_kind(b, live))
		diff_conflict(p, errs, want->mark,
			      "link '%s' in the host does not carry the mark of network '%s' (its "
			      "alias): somebody changed it, or made another link of this name; remove "
			      "it ('ip link del %s'), or give the interface another name in the file "
			      "('host:NAME')",
			      live->name, p->network, live->name);
	else
		diff_conflict(p, errs, want->mark,
			      "link '%s' exists in the host, and network '%s' did not make it; give "
			      "the interface another name in the file ('host:NAME')",
			      live->name, p->network);
}

/* A link that this network made, and that is not asked for any more. */
static bool is_stale(const struct plan *p, uint32_t ns, const struct map *wanted,
		     const struct model_iface *l)
{
	const struct model_iface *b;

	if (map_get_str(wanted, l->name) != MAP_NONE)
		return false;
	if (ns == MODEL_HOST)
		return host_link_is_ours(p, l, NULL);
	b = diff_before_iface(p, ns, l->name);
	return b && same_kind(b, l);
}

static void altname_conflict(struct plan *p, struct warren_errs *errs, uint32_t ns,
			     struct mark mark, const char *link, const char *altname)
{
	const char *node = p->ns.v[ns].name;

	if (ns == MODEL_HOST)
		diff_conflict(p, errs, mark,
			      "link '%s' of the host has the alternative name '%s'; give the "
			      "interface another name in the file ('host:NAME')",
			      link, altname);
	else
		diff_conflict(p, errs, mark,
			      "link '%s' in '%s' has the alternative name '%s'; remove that ('ip -n %s "
			      "link property del dev %s altname %s')",
			      link, node, altname, node, link, altname);
}

/* Alternative names and names are one space of names in the kernel (ip-link(8)). */
static int altname_conflicts(struct plan *p, struct warren_errs *errs, uint32_t ns)
{
	const struct model_range want = p->desired.ns.v[ns].ifaces, have = p->live.ns.v[ns].ifaces;
	const struct model_iface *d = p->desired.ifaces.v, *l = p->live.ifaces.v, *end;
	struct map wanted = { 0 };
	int failed = 0;

	if (!have.n)
		return 0;
	l += have.first;
	end = l + have.n;
	while (l < end && !l->altnames)
		l++;
	for (uint32_t i = want.first; l < end && !failed && i < want.first + want.n; i++) {
		map_put_str(&wanted, d[i].name, i, &failed);
		if (d[i].altname)
			map_put_str(&wanted, d[i].altname, i, &failed);
	}
	for (; !failed && l < end; l++)
		for (const char *s = l->altnames; s && *s; s += strlen(s) + 1) {
			uint32_t i = map_get_str(&wanted, s);

			if (i != MAP_NONE && strcmp(d[i].name, l->name) != 0 &&
			    !is_stale(p, ns, &wanted, l))
				altname_conflict(p, errs, ns, d[i].mark, l->name, s);
		}
	map_fini(&wanted);
	return failed ? -ENOMEM : 0;
}

/* What became of the desired interfaces of one namespace. */
static int classify(struct plan *p, struct warren_errs *errs, uint32_t ns)
{
	const struct model_ns *want = &p->desired.ns.v[ns], *have = &p->live.ns.v[ns];
	struct map names = { 0 };
	int failed = 0;

	for (uint32_t k = 0; k < have->ifaces.n; k++)
		map_put_str(&names, p->live.ifaces.v[have->ifaces.first + k].name,
			    have->ifaces.first + k, &failed);
	if (!failed)
		failed = altname_conflicts(p, errs, ns);
	for (uint32_t k = 0; !failed && k < want->ifaces.n; k++) {
		uint32_t d = want->ifaces.first + k;
		const struct model_iface *i = &p->desired.ifaces.v[d], *l;
		uint32_t found = map_get_str(&names, i->name);

		if (found == MAP_NONE)
			continue;
		l = &p->live.ifaces.v[found];
		p->match[d] = found;
		p->desired.ifaces.v[d].index = l->index;
		p->end[d] = same_kind(i, l) && !(diff_link_fields(i, l) & DIFF_FIXED) ? END_THERE
										      : END_WRONG;
		if (ns == MODEL_HOST)
			host_link_conflict(p, errs, d, l);
	}
	map_fini(&names);
	return failed ? -ENOMEM : 0;
}

/*
 * Whether the two ends of a desired cable, both there, are ends of one cable.
 * The kernel gives each end the ifindex of the other (IFLA_LINK); what was
 * asked for before decides where that is not enough.
 */
static bool plugged(const struct plan *p, uint32_t d)
{
	const struct model_iface *i = &p->desired.ifaces.v[d];
	const struct model_iface *peer = &p->desired.ifaces.v[i->peer];
	const struct model_iface *a = &p->live.ifaces.v[p->match[d]];
	const struct model_iface *b = &p->live.ifaces.v[p->match[i->peer]];

	if (a->peer_index != b->index || b->peer_index != a->index)
		return false;
	for (size_t k = 0; k < p->n_before && !p->replugged; k++) {
		const struct model *m = p->before[k];
		uint32_t n = p->ns.v[i->ns].before[k];
		const struct model_ns *ns = n == MODEL_NONE ? NULL : &m->ns.v[n];

		for (uint32_t j = 0; ns && j < ns->ifaces.n; j++) {
			const struct model_iface *was = &m->ifaces.v[ns->ifaces.first + j], *other;

			if (strcmp(was->name, i->name) || was->peer == MODEL_NONE)
				continue;
			other = &m->ifaces.v[was->peer];
			if (strcmp(other->name, peer->name) ||
			    strcmp(m->ns.v[other->ns].name, p->desired.ns.v[peer->ns].name))
				return false;
		}
	}
	return true;
}

/* The live link goes, and what hangs on it with it. */
static int unlink_live(struct plan *p, uint32_t ns, uint32_t live)
{
	if (p->gone[live])
		return 0;
	p->gone[live] = true;
	p->again = true;
	return diff_emit(p, PLAN_PHASE_UNLINK,
			 (struct plan_op){ PLAN_LINK_DEL, PLAN_LIVE, 0, ns, live });
}

/* Make a link anew where an end is missing or wrong. */
static int renew(struct plan *p, uint32_t d)
{
	const struct model_iface *i = &p->desired.ifaces.v[d];
	uint32_t ends[2] = { d, i->peer };
	int r = 0;

	for (int k = 0; r == 0 && k < 2; k++) {
		uint32_t e = ends[k];

		if (e == MODEL_NONE)
			continue;
		if (p->match[e] != MODEL_NONE)
			r = unlink_live(p, p->desired.ifaces.v[e].ns, p->match[e]);
		p->end[e] = END_NEW;
		p->match[e] = MODEL_NONE;
		p->desired.ifaces.v[e].index = 0;
	}
	return r;
}

static int diff_links(struct plan *p)
{
	const struct model *m = &p->desired;
	int r = 0;

	for (uint32_t d = 0; r == 0 && d < m->ifaces.n; d++) {
		const struct model_iface *i = &m->ifaces.v[d];
		bool keep;

		if (i->kind == MODEL_IFACE_LOOPBACK || i->kind == MODEL_IFACE_OTHER ||
		    p->end[d] == END_NEW)
			continue;
		keep = p->end[d] == END_THERE &&
		       (i->peer == MODEL_NONE || (p->end[i->peer] == END_THERE && plugged(p, d)));
		if (!keep)
			r = renew(p, d);
	}
	return r;
}

bool diff_asks(const struct plan *p, uint32_t d)
{
	const struct model *m = &p->desired;
	uint32_t peer = m->ifaces.v[d].peer;
	enum model_ns_kind a, b;

	if (peer == MODEL_NONE)
		return true;
	a = m->ns.v[m->ifaces.v[d].ns].kind;
	b = m->ns.v[m->ifaces.v[peer].ns].kind;
	if ((a == MODEL_NS_NODE) != (b == MODEL_NS_NODE))
		return a == MODEL_NS_NODE;
	if ((a == MODEL_NS_HOST) != (b == MODEL_NS_HOST))
		return a != MODEL_NS_HOST;
	return d < peer;
}

/*
 * Interface indexes for new links, so that no answer is needed to know them: 2
 * and up in a namespace made here (1 is lo). In one that stands already they
 * are the free ones from a place of the network's own, far from those that the
 * kernel gives out and that other networks take there at the same time.
 */
static int number_new_links(struct plan *p, uint32_t ns)
{
	const struct model_ns *want = &p->desired.ns.v[ns], *have = &p->live.ns.v[ns];
	struct map taken = { 0 };
	uint32_t next = 2;
	int failed = 0;

	if (!p->ns.v[ns].add)
		next = 1000 + (uint32_t)(hash_str(p->network, ns) & 0xfffff);
	for (uint32_t k = 0; k < have->ifaces.n; k++) {
		const struct model_iface *l = &p->live.ifaces.v[have->ifaces.first + k];

		map_put(&taken, &l->index, sizeof(l->index), 0, &failed);
	}
	for (uint32_t k = 0; k < want->ifaces.n; k++) {
		struct model_iface *i = &p->desired.ifaces.v[want->ifaces.first + k];

		if (i->kind == MODEL_IFACE_LOOPBACK) {
			i->index = 1;
		} else if (p->end[want->ifaces.first + k] == END_NEW) {
			while (map_get(&taken, &next, sizeof(next)) != MAP_NONE)
				next++;
			i->index = next++;
		}
	}
	map_fini(&taken);
	return failed ? -ENOMEM : 0;
}

static int emit_new_links(struct plan *p)
{
	const struct model *m = &p->desired;
	int r = 0;

	for (uint32_t d = 0; r == 0 && d < m->ifaces.n; d++)
		if (p->end[d] == END_NEW && diff_asks(p, d))
			r = diff_emit(p, PLAN_PHASE_CONNECT,
				      (struct plan_op){ PLAN_LINK_ADD, PLAN_DESIRED, 0,
							m->ifaces.v[d].ns, d });
	return r;
}

/* What goes with its namespace although warren did not make it. */
static int diff_links_that_go(struct plan *p, uint32_t ns)
{
	const struct model_ns *have = &p->live.ns.v[ns];
	int r = 0;

	for (uint32_t k = 0; r == 0 && k < have->ifaces.n; k++) {
		const struct model_iface *l = &p->live.ifaces.v[have->ifaces.first + k];
		const struct model_iface *b = diff_before_iface(p, ns, l->name);

		if (l->kind != MODEL_IFACE_LOOPBACK && !(b && same_kind(b, l)))
			r = diff_extra(p, PLAN_LINK_ADD, ns, have->ifaces.first + k);
	}
	return r;
}

/* Links that warren made and that are not asked for any more. */
static int diff_stale_links(struct plan *p, uint32_t ns)
{
	const struct model_ns *have = &p->live.ns.v[ns];
	bool *wanted;
	int r = 0;

	if (!have->ifaces.n)
		return 0;
	if (p->ns.v[ns].delete)
		return diff_links_that_go(p, ns);
	wanted = calloc(have->ifaces.n, sizeof(*wanted));
	if (!wanted)
		return -ENOMEM;
	for (uint32_t k = 0; p->ns.v[ns].desired && k < p->desired.ns.v[ns].ifaces.n; k++) {
		uint32_t found = p->match[p->desired.ns.v[ns].ifaces.first + k];

		if (found != MODEL_NONE)
			wanted[found - have->ifaces.first] = true;
	}
	for (uint32_t k = 0; r == 0 && k < have->ifaces.n; k++) {
		const struct model_iface *l = &p->live.ifaces.v[have->ifaces.first + k];
		const struct model_iface *b;

		if (wanted[k] || l->kind == MODEL_IFACE_LOOPBACK || p->gone[have->ifaces.first + k])
			continue;
		b = diff_before_iface(p, ns, l->name);
		if (ns == MODEL_HOST ? host_link_is_ours(p, l, NULL) : b && same_kind(b, l))
			r = unlink_live(p, ns, have->ifaces.first + k);
		else if (ns == MODEL_HOST && b && same_kind(b, l))
			r = vec_push(&p->lost, have->ifaces.first + k);
		else
			r = diff_extra(p, PLAN_LINK_ADD, ns, have->ifaces.first + k);
	}
	free(wanted);
	return r;
}

#define LOOPBACK_MTU 65536 /* loopback_setup(), drivers/net/loopback.c */

/*
 * Where the file is silent the MTU is what the kernel gives a new link; said
 * outright, so that one that was asked for before does not stay. A bridge has
 * the least of its ports: the kernel sees to that only while nobody else does
 * (br_mtu_auto_adjust(), net/bridge/br_if.c).
 */
static void complete_mtu(struct model *m)
{
	vec_foreach(i, &m->ifaces)
		if (i->kind == MODEL_IFACE_VETH && !i->mtu)
			i->mtu = ETH_DATA_LEN;
		else if (i->kind == MODEL_IFACE_LOOPBACK)
			i->mtu = LOOPBACK_MTU;
	vec_foreach(i, &m->ifaces) {
		struct model_iface *master = i->master == MODEL_NONE ? NULL
								     : &m->ifaces.v[i->master];

		if (master && (!master->mtu || i->mtu < master->mtu))
			master->mtu = i->mtu;
	}
	vec_foreach(i, &m->ifaces)
		if (i->kind == MODEL_IFACE_BRIDGE && !i->mtu)
			i->mtu = ETH_DATA_LEN;
}

static int prepare(struct plan *p)
{
	p->end = calloc(p->desired.ifaces.n + 1, 1);
	p->match = malloc((p->desired.ifaces.n + 1) * sizeof(*p->match));
	p->gone = calloc(p->live.ifaces.n + 1, sizeof(*p->gone));
	if (!p->end || !p->match || !p->gone)
		return -ENOMEM;
	for (size_t i = 0; i < p->desired.ifaces.n; i++) {
		p->match[i] = MODEL_NONE;
		p->end[i] = END_MISSING;
		p->desired.ifaces.v[i].index = 0;
	}
	complete_mtu(&p->desired);
	return 0;
}

int plan_diff(struct plan *p, struct warren_errs *errs)
{
	uint64_t since = context_now();
	int r = prepare(p);

	if (r == 0)
		r = diff_namespaces(p, errs);
	for (uint32_t i = 0; r == 0 && i < p->desired.ns.n; i++)
		if (!p->ns.v[i].add)
			r = classify(p, errs, i);
	if (r == 0)
		r = diff_links(p);
	for (uint32_t i = 0; r == 0 && i < p->ns.n; i++) {
		r = diff_stale_links(p, i);
		if (r == 0 && p->ns.v[i].desired)
			r = number_new_links(p, i);
	}
	if (r == 0)
		r = emit_new_links(p);
	for (uint32_t i = 0; r == 0 && i < p->ns.n; i++)
		if (!p->ns.v[i].delete)
			r = diff_content(p, errs, i);
	context_phase(p->w, WARREN_PHASE_PLAN, since);
	if (r < 0) {
		struct warren_err err;

		warren_fail(&err, r, "out of memory");
		return warren_errs_add(errs, &err);
	}
	return p->conflicts ? -EEXIST : 0;
}

bool plan_empty(const struct plan *p)
{
	for (int i = 0; i < PLAN_PHASE_N; i++)
		if (p->ops[i].n)
			return false;
	return true;
}
