/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UDP that nobody answers. A service that stays silent looks from outside like
 * a filter. But the target's namespace is at hand: a raw socket there gets a
 * copy of each datagram that passed every filter on the way, the target's own
 * input chain included (raw_local_deliver() comes after NF_INET_LOCAL_IN), and
 * the kernel says which socket would get it (an exact inet_diag request does
 * the same lookup as the datagram). Both together are proof of delivery.
 */
#include "probe/engine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define TOKEN	    "warren-%016" PRIx64 "-%08" PRIx32 "-%08" PRIx32
#define TOKEN_START 24 /* bytes of it that all probes of a run share */
#define TOKEN_SIZE  41
#define DNS_PORT    53

static void token(const struct engine *e, uint32_t slot, char buf[TOKEN_SIZE + 1])
{
	snprintf(buf, TOKEN_SIZE + 1, TOKEN, e->cookie, slot, e->flights[slot].probe);
}

/*
 * Name servers drop without a word what is no question, so they get one: the
 * token's address under .invalid (RFC 6761), which no server passes on.
 */
static size_t dns_question(uint8_t *p, const char *name)
{
	static const uint8_t header[12] = { 0, 1, 1, 0, 0, 1 }; /* recursion desired, one question */
	static const uint8_t end[] = { 7, 'i', 'n', 'v', 'a', 'l', 'i', 'd', 0, 0, 1, 0, 1 };

	memcpy(p, header, sizeof(header));
	p[12] = TOKEN_SIZE;
	memcpy(p + 13, name, TOKEN_SIZE);
	memcpy(p + 13 + TOKEN_SIZE, end, sizeof(end));
	return 13 + TOKEN_SIZE + sizeof(end);
}

size_t arrival_payload(const struct engine *e, uint32_t slot, uint8_t buf[ARRIVAL_PAYLOAD])
{
	char text[TOKEN_SIZE + 1];

	token(e, slot, text);
	if (e->run->probes[e->flights[slot].probe].port == DNS_PORT)
		return dns_question(buf, text);
	memcpy(buf, text, TOKEN_SIZE);
	return TOKEN_SIZE;
}

/* The flight that a datagram belongs to. @return its slot, or n_flights where it is not ours */
static uint32_t find_token(const struct engine *e, const char *buf, size_t len)
{
	char mine[TOKEN_SIZE + 1], start[TOKEN_SIZE + 1];
	const char *at;
	uint32_t slot;

	snprintf(start, sizeof(start), TOKEN, e->cookie, 0, 0);
	at = memmem(buf, len, start, TOKEN_START);
	if (!at || (size_t)(buf + len - at) < TOKEN_SIZE)
		return e->n_flights;
	memcpy(mine, at, TOKEN_SIZE);
	mine[TOKEN_SIZE] = 0;
	slot = (uint32_t)strtoul(mine + TOKEN_START, NULL, 16);
	if (slot >= e->n_flights)
		return e->n_flights;
	token(e, slot, start);
	return memcmp(start, mine, TOKEN_SIZE) ? e->n_flights : slot;
}

void arrival_event(struct engine *e, enum event_kind kind, uint32_t node)
{
	int fd = e->nodes[node].watch[kind - EVENT_WATCH4];
	char buf[2048];
	ssize_t n;

	/* Bounded: a namespace may have much traffic of its own. */
	for (int i = 0; i < 256; i++) {
		uint32_t slot;

		n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n < 0)
			return;
		slot = find_token(e, buf, (size_t)n);
		if (slot < e->n_flights && e->run->probes[e->flights[slot].probe].target == node)
			e->flights[slot].arrived = true;
	}
}

struct question {
	uint8_t family;
	struct sockaddr_storage from, to; /* of a datagram */
	struct warren_err *err;
};

static void put_address(const struct sockaddr_storage *a, __be32 ret[4], __be16 *port)
{
	if (a->ss_family == AF_INET) {
		const struct sockaddr_in *sin = (const struct sockaddr_in *)a;

		memcpy(ret, &sin->sin_addr, 4);
		*port = sin->sin_port;
	} else {
		const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)a;

		memcpy(ret, &sin6->sin6_addr, 16);
		*port = sin6->sin6_port;
	}
}

/* Inside the namespace: 1 where a socket would get the datagram, 0 where not. */
static int ask(void *data)
{
	const struct question *q = data;
	struct inet_diag_req_v2 *r;
	struct wire *w;
	int code = wire_open_family(NETLINK_SOCK_DIAG, &w, q->err);

	if (code < 0)
		return code;
	r = wire_begin(w, SOCK_DIAG_BY_FAMILY, 0, sizeof(*r), 0);
	r->sdiag_family = q->family;
	r->sdiag_protocol = IPPROTO_UDP;
	r->idiag_states = UINT32_MAX;
	r->id.idiag_cookie[0] = r->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	/* For UDP, source and destination are those of the datagram (udp_dump_one()). */
	put_address(&q->from, r->id.idiag_src, &r->id.idiag_sport);
	put_address(&q->to, r->id.idiag_dst, &r->id.idiag_dport);
	wire_end(w);
	code = wire_call(w, NULL, NULL, q->err);
	wire_close(w);
	return code == 0 ? 1 : code == -ENOENT ? 0 : code;
}

int arrival_has_listener(struct engine *e, uint32_t slot)
{
	const struct flight *f = &e->flights[slot];
	const struct probe *p = &e->run->probes[f->probe];
	struct question q = { .family = p->to.family }, back = { .family = p->to.family };
	socklen_t len = sizeof(q.from);
	int r;

	if (getsockname(f->fd, (struct sockaddr *)&q.from, &len) < 0)
		return -errno;
	len = sizeof(q.to);
	if (getpeername(f->fd, (struct sockaddr *)&q.to, &len) < 0)
		return -errno;
	r = sockets_inside(e, p->target, ask, &q, NULL);
	if (r != 0)
		return r;
	/*
	 * A kernel without udp_diag says the same as for a socket that is not
	 * there, so ask for one that is: our own, by the way back.
	 */
	back.from = q.to;
	back.to = q.from;
	r = sockets_inside(e, p->node, ask, &back, NULL);
	return r == 1 ? 0 : -EOPNOTSUPP;
}
