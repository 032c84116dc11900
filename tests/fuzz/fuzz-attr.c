/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes from the kernel. The input's first byte says what is asked: even, all of
 * net_read(); odd, a batch of requests. Then come the datagrams that are the
 * answers: two bytes of length, low one first, and as many bytes.
 */
#include "net/net.h"
#include "wire/wire-private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A socket pair holds no more (net.unix.max_dgram_qlen). */
#define DATAGRAMS 10

static void play(int kernel, const uint8_t *p, size_t left)
{
	for (int i = 0; i < DATAGRAMS && left >= 2; i++) {
		size_t len = (size_t)(p[0] | p[1] << 8);

		p += 2;
		left -= 2;
		if (len > left)
			len = left;
		if (len)
			(void)!send(kernel, p, len, MSG_DONTWAIT);
		p += len;
		left -= len;
	}
}

static int forgive(void *data, uint32_t tag, int code, const char *message)
{
	volatile size_t *n = data;

	*n += tag + strlen(message);
	return code == -EEXIST ? 0 : code;
}

static void ask(struct wire *w)
{
	size_t n = 0;

	wire_on_error(w, forgive, &n);
	for (uint32_t tag = 0; tag < 5; tag++)
		net_put_link_del(w, &(struct model_iface){ .name = "x" }, tag);
	wire_flush(w, NULL);
	wire_on_error(w, NULL, NULL);
}

static void look_at(const struct model *m)
{
	char text[NET_TEXT];

	vec_foreach(i, &m->ifaces) {
		if (i->master != MODEL_NONE && i->master >= m->ifaces.n)
			abort();
		if (i->peer != MODEL_NONE && i->peer >= m->ifaces.n)
			abort();
	}
	vec_foreach(a, &m->addrs)
		if (a->iface >= m->ifaces.n || a->ip.plen > ip_bits(&a->ip))
			abort();
	vec_foreach(r, &m->routes) {
		if (r->hops.first + r->hops.n > m->hops.n || r->to.plen > ip_bits(&r->to))
			abort();
		net_format_route(m, r, text);
	}
	vec_foreach(r, &m->rules)
		net_format_rule(r, text);
}

static void look(struct wire *w)
{
	struct model m = { 0 };

	if (vec_push(&m.ns, (struct model_ns){ .name = "seen" }) < 0)
		return;
	net_read(w, &m, NET_READ_ALL, NULL);
	look_at(&m);
	model_fini(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire *w;
	int pair[2];

	if (size < 1 || wire_open(&w, NULL) < 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	close(w->fd);
	w->fd = pair[0];
	play(pair[1], data + 1, size - 1);
	if (data[0] & 1)
		ask(w);
	else
		look(w);
	wire_close(w);
	close(pair[1]);
	return 0;
}
