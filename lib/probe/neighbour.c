/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The neighbour table. All namespaces of a machine share one table a version,
 * and one limit: net.ipv4.neigh.default.gc_thresh3 (1024), which only the
 * machine's first namespace has and can change. Over it the kernel frees what
 * is older than 5 s (neigh_forced_gc()); if that is nothing, packets are lost.
 * All pairs of 33 nodes on one switch are already more.
 *
 * So, when the table is nearly full, the entries of the namespaces that were
 * probed are removed. They are a cache: the next packet asks anew. The host's
 * own and what somebody wrote there stay. One that is not resolved yet stays while probes
 * of its namespace wait: removing it would be told to them as "host
 * unreachable" (arp_error_report()).
 */
#include "probe/engine.h"

#include "wire/attr.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* Each probe makes one entry in the source and one in the target. */
#define PER_PROBE 2

/* How long to let probes end before the next look at a table without room. */
#define CROWDED_NS (20 * 1000000u)

struct table {
	uint32_t entries[2], limit[2]; /* by version */
};

static int read_table(void *data, const struct nlmsghdr *h)
{
	const struct ndtmsg *m;
	struct table *t = data;
	const struct nlattr *a;
	struct ndt_config config;
	uint32_t limit = 0;
	bool is_table = false;

	if (!h)
		return 0;
	m = wire_payload(h);
	if (wire_payload_len(h) < sizeof(*m) ||
	    (m->ndtm_family != AF_INET && m->ndtm_family != AF_INET6))
		return 0;
	/* There are messages for each interface, too, without these two. */
	attr_foreach(a, h, sizeof(*m)) {
		if (attr_type(a) == NDTA_THRESH3 && attr_len(a) == sizeof(limit))
			limit = attr_u32(a);
		if (attr_type(a) == NDTA_CONFIG && attr_len(a) >= sizeof(config)) {
			memcpy(&config, attr_data(a), sizeof(config));
			is_table = true;
		}
	}
	if (is_table && limit) {
		t->entries[version_index(m->ndtm_family)] = config.ndtc_entries;
		t->limit[version_index(m->ndtm_family)] = limit;
	}
	return 0;
}

/* Any namespace may ask for the whole machine's. */
static int ask_table(struct engine *e, struct table *t)
{
	memset(t, 0, sizeof(*t));
	wire_begin(e->table, RTM_GETNEIGHTBL, 0, sizeof(struct ndtmsg), 0);
	wire_end(e->table);
	return wire_dump(e->table, read_table, t, NULL);
}

struct neighbour {
	uint8_t family, len;
	uint8_t address[16];
	int iface;
};

struct neighbours {
	VEC(struct neighbour) v;
	uint16_t keep; /* states that stay */
	struct warren_err *err;
};

/*
 * Entries that the kernel made for sending to a group: a solicitation in IPv6
 * goes to one group a target, so there are as many of these as of the others.
 */
static bool is_group(const struct neighbour *n)
{
	return n->family == AF_INET6 && n->address[0] == 0xff;
}

static int read_neighbour(void *data, const struct nlmsghdr *h)
{
	struct neighbours *n = data;
	struct neighbour one = { 0 };
	const struct ndmsg *m;
	const struct nlattr *a;

	if (!h) {
		n->v.n = 0;
		return 0;
	}
	m = wire_payload(h);
	if (wire_payload_len(h) < sizeof(*m) ||
	    (m->ndm_family != AF_INET && m->ndm_family != AF_INET6) ||
	    (m->ndm_flags & NTF_EXT_LEARNED))
		return 0;
	one.family = m->ndm_family;
	one.iface = m->ndm_ifindex;
	attr_foreach(a, h, sizeof(*m)) {
		if (attr_type(a) != NDA_DST || attr_len(a) > 16)
			continue;
		one.len = (uint8_t)attr_len(a);
		memcpy(one.address, attr_data(a), one.len);
	}
	if (!one.len || ((m->ndm_state & n->keep) && !is_group(&one)))
		return 0;
	return vec_push(&n->v, one);
}

/* An entry that went by itself meanwhile is no failure, nor is any other: what stays is counted again. */
static int wave_through(void *data, uint32_t tag, int code, const char *message)
{
	(void)data;
	(void)tag;
	(void)code;
	(void)message;
	return 0;
}

/* Inside a namespace: remove its entries. */
static int forget(void *data)
{
	struct neighbours *n = data;
	struct wire *w;
	int r = wire_open(&w, n->err);

	if (r < 0)
		return r;
	wire_begin(w, RTM_GETNEIGH, 0, sizeof(struct ndmsg), 0);
	wire_end(w);
	r = wire_dump(w, read_neighbour, n, n->err);
	wire_on_error(w, wave_through, NULL);
	for (size_t i = 0; r == 0 && i < n->v.n; i++) {
		struct ndmsg *m = wire_begin(w, RTM_DELNEIGH, 0, sizeof(*m), (uint32_t)i);

		m->ndm_family = n->v.v[i].family;
		m->ndm_ifindex = n->v.v[i].iface;
		wire_put(w, NDA_DST, n->v.v[i].address, n->v.v[i].len);
		wire_end(w);
	}
	if (r == 0)
		r = wire_flush(w, n->err);
	vec_fini(&n->v);
	wire_close(w);
	return r;
}

/* Of those that sent or were sent to, or of all that may have forwarded it, too. */
static int forget_all(struct engine *e, bool routers, struct warren_err *err)
{
	for (uint32_t i = 0; i < e->run->n_nodes; i++) {
		struct node_sockets *s = &e->nodes[i];
		struct neighbours n = { .keep = NUD_PERMANENT | NUD_NOARP, .err = err };
		int r;

		if (!e->run->nodes[i].name ||
		    !(s->touched || (routers && e->run->nodes[i].forwards)))
			continue;
		if (s->users)
			n.keep |= NUD_INCOMPLETE;
		r = sockets_inside(e, i, forget, &n, err);
		if (r < 0)
			return r;
		s->touched = s->users > 0;
	}
	e->forgot = true;
	return 0;
}

static int open_wire(void *data)
{
	struct engine *e = data;

	return wire_open(&e->table, NULL);
}

static bool has_room(const struct engine *e, const struct table *t, unsigned burst)
{
	for (int i = 0; i < 2; i++) {
		uint64_t wanted = (uint64_t)t->entries[i] + (uint64_t)burst * PER_PROBE;

		if (e->versions[i] && t->limit[i] && wanted > t->limit[i] - t->limit[i] / 8)
			return false;
	}
	return true;
}

/* Whether the table is so full that packets may be lost. */
static void note_full(struct engine *e, const struct table *t)
{
	for (int i = 0; i < 2; i++) {
		if (e->versions[i] && t->limit[i] &&
		    t->entries[i] >= t->limit[i] - t->limit[i] / 16) {
			e->run->neighbours = t->entries[i];
			e->run->neighbours_limit = t->limit[i];
			e->run->neighbours_family = i ? AF_INET6 : AF_INET;
		}
	}
}

static int look(struct engine *e, struct table *t)
{
	int r = 0;

	if (!e->table)
		r = sockets_inside(e, e->run->probes[e->next].node, open_wire, e, NULL);
	if (r == 0)
		r = ask_table(e, t);
	/* Where the kernel does not tell, do without: only the remedy is lost. */
	e->blind = r < 0;
	return r;
}

int neighbour_room(struct engine *e, unsigned burst, struct warren_err *err)
{
	bool waiting = e->done < e->next;
	struct table t = { 0 };
	int r;

	if (e->blind || (waiting && context_now() < e->crowded_until))
		return e->blind ? 0 : -EAGAIN;
	if (look(e, &t) < 0 || has_room(e, &t, burst))
		return 0;
	for (int routers = 0; routers < 2; routers++) {
		r = forget_all(e, routers, err);
		if (r < 0)
			return r;
		if (look(e, &t) < 0 || has_room(e, &t, burst))
			return 0;
	}
	e->crowded_until = context_now() + CROWDED_NS;
	if (waiting)
		return -EAGAIN;
	/* Nothing of ours is left in it, and yet it is full: try, slowly. */
	note_full(e, &t);
	return 0;
}

void neighbour_leave(struct engine *e)
{
	if (e->forgot)
		(void)forget_all(e, true, NULL);
	wire_close(e->table);
	e->table = NULL;
}
