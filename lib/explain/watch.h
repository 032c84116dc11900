/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EXPLAIN_WATCH_H
#define EXPLAIN_WATCH_H

#include "explain/walk.h"

/*
 * Where a probe's packets come by: a packet socket on each interface of the
 * way. The kernel shows them what comes in before any filter of the network
 * layer has seen it, and what goes out after the last.
 */
struct watch_seen {
	bool in, out;
	uint8_t ttl; /* hops that the last one which came in could still make, this one included */
};

/* What the header of a packet says. */
struct watch_header {
	struct ip from, to;
	uint8_t protocol;
	uint8_t ttl;
	uint16_t from_port, to_port; /* of TCP and UDP; 0 else */
};

/** Read an IP header. @return false where it is too short, or of another kind */
bool watch_read(const void *packet, size_t len, struct watch_header *ret);

struct watch;

/**
 * Begin to watch the interfaces of both ways. What cannot be watched (descriptors are
 * short) is not.
 * @param[out] ret  watch_close()
 * @return 0 or a negative errno
 */
int watch_open(struct sight *s, const struct walk *forth, const struct walk *back,
	       struct watch **ret, struct warren_err *err);

/**
 * Take what has come by: packets from one address to another.
 * @param protocol  IPPROTO_*
 * @param port      of `to`; 0: any
 */
void watch_take(struct watch *w, const struct ip *from, const struct ip *to, uint8_t protocol,
		uint16_t port);

/** What was seen at a hop of a way: out of hop->out, in by hop->in. */
struct watch_seen watch_seen(const struct watch *w, const struct walk_hop *hop, bool back);

/** Whether a hop's interfaces were watched at all. */
bool watch_can(const struct watch *w, const struct walk_hop *hop);

void watch_close(struct watch *w);

#endif
