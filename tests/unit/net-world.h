/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_NET_WORLD_H
#define TESTS_NET_WORLD_H

#include "net/net.h"

#include "box.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Two namespaces, `near` (which stands where a network has its host: see NET_PROTOCOL) and `far`; `ip` tells what the kernel made of what is put there. */
enum { NEAR, FAR };
struct world {
	struct model m;
	struct wire *w[2];
	int ns[2];
	bool refused;
};

static inline void enter(const struct world *t, int which)
{
	assert_int_equal(setns(t->ns[which], CLONE_NEWNET), 0);
}

static inline int make(void **state)
{
	struct world *t = calloc(1, sizeof(*t));

	box_root();
	for (int i = NEAR; i <= FAR; i++) {
		t->ns[i] = box_network();
		t->refused |= t->ns[i] < 0;
		if (t->refused)
			break;
		assert_int_equal(wire_open(&t->w[i], NULL), 0);
	}
	assert_int_equal(vec_push(&t->m.ns, (struct model_ns){ .name = "near" }), 0);
	assert_int_equal(vec_push(&t->m.ns, (struct model_ns){ .name = "far" }), 0);
	*state = t;
	return 0;
}

static inline int unmake(void **state)
{
	struct world *t = *state;

	for (int i = NEAR; i <= FAR; i++) {
		wire_close(t->w[i]);
		close(t->ns[i]);
	}
	model_fini(&t->m);
	free(t);
	return 0;
}

static inline struct world *the_world(void **state)
{
	struct world *t = *state;

	if (t->refused)
		skip();
	return t;
}

static inline void flush(struct world *t, int which)
{
	struct warren_err err = WARREN_ERR_INIT;

	if (wire_flush(t->w[which], &err) < 0)
		fail_msg("%s", err.text);
}

/* Output of `ip -j ARGUMENTS` in a namespace. */
static inline json_t *ip(struct world *t, int which, const char *arguments)
{
	char command[256];
	json_t *j;
	FILE *f;

	enter(t, which);
	snprintf(command, sizeof(command), "ip -j %s", arguments);
	f = popen(command, "r");
	assert_non_null(f);
	j = json_loadf(f, 0, NULL);
	assert_int_equal(pclose(f), 0);
	assert_non_null(j);
	return j;
}

/* What `ip ARGUMENTS` prints, its lines joined by '|', without blanks at their ends. */
static inline char *ip_text(struct world *t, int which, const char *arguments, char *buf,
			    size_t size)
{
	char command[256];
	size_t n;
	FILE *f;

	enter(t, which);
	snprintf(command, sizeof(command),
		 "ip %s | sed 's/[ \t]*$//; s/[ \t][ \t]*/ /g' | paste -sd'|'", arguments);
	f = popen(command, "r");
	assert_non_null(f);
	n = fread(buf, 1, size - 1, f);
	assert_int_equal(pclose(f), 0);
	buf[n] = 0;
	buf[strcspn(buf, "\n")] = 0;
	return buf;
}

static inline void assert_ip(struct world *t, int which, const char *arguments, const char *want)
{
	char text[8192];

	assert_string_equal(ip_text(t, which, arguments, text, sizeof(text)), want);
}

static inline uint32_t add_iface(struct world *t, int ns, const char *name,
				 enum model_iface_kind kind, uint32_t index)
{
	struct model_iface i = { .name = name,
				 .ns = (uint32_t)ns,
				 .kind = kind,
				 .index = index,
				 .master = MODEL_NONE,
				 .peer = MODEL_NONE,
				 .up = true };

	assert_int_equal(vec_push(&t->m.ifaces, i), 0);
	return (uint32_t)t->m.ifaces.n - 1;
}

/* A veth from near to far, ifindex 10 + n and 20 + n, both up; lo too. @return the near end */
static inline uint32_t cable(struct world *t, unsigned n)
{
	uint32_t a = add_iface(t, NEAR, arena_printf(&t->m.arena, "a%u", n), MODEL_IFACE_VETH,
			       10 + n);
	uint32_t b = add_iface(t, FAR, arena_printf(&t->m.arena, "b%u", n), MODEL_IFACE_VETH,
			       20 + n);
	struct model_iface *v = t->m.ifaces.v;

	v[a].peer = b;
	v[b].peer = a;
	v[a].mac[0] = v[b].mac[0] = 2;
	v[a].mac[5] = (uint8_t)v[a].index;
	v[b].mac[5] = (uint8_t)v[b].index;
	v[a].mtu = v[b].mtu = 1400;
	net_put_link_add(t->w[NEAR], &t->m, &v[a], t->ns[FAR], true, a);
	flush(t, NEAR);
	net_put_link_set(t->w[FAR], &t->m, &v[b], NET_LINK_UP, NULL, b);
	flush(t, FAR);
	return a;
}

static inline uint32_t add_lo(struct world *t, int which)
{
	uint32_t lo = add_iface(t, which, "lo", MODEL_IFACE_LOOPBACK, 0);

	net_put_link_set(t->w[which], &t->m, &t->m.ifaces.v[lo], NET_LINK_UP, NULL, 0);
	flush(t, which);
	return lo;
}

static inline struct ip addr(const char *text)
{
	struct ip ip = { 0 };

	if (text)
		assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

static inline void add_addr(struct world *t, uint32_t iface, const char *text)
{
	struct model_addr a = { .ip = addr(text), .iface = iface };

	assert_int_equal(vec_push(&t->m.addrs, a), 0);
	net_put_addr_add(t->w[t->m.ifaces.v[iface].ns], &t->m, &a, 0);
	flush(t, (int)t->m.ifaces.v[iface].ns);
}

/* Read a namespace into a fresh model, as its namespace 0. */
static inline void observe(struct world *t, int which, unsigned what, struct model *m)
{
	struct warren_err err = WARREN_ERR_INIT;

	memset(m, 0, sizeof(*m));
	assert_int_equal(vec_push(&m->ns, (struct model_ns){ .name = "seen" }), 0);
	if (net_read(t->w[which], m, what, &err) < 0)
		fail_msg("%s", err.text);
}

static inline const struct model_iface *seen_iface(const struct model *m, const char *name)
{
	vec_foreach(i, &m->ifaces)
		if (!strcmp(i->name, name))
			return i;
	fail_msg("no interface %s", name);
	return NULL;
}

#endif
