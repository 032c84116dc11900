/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROBE_ICMP_H
#define PROBE_ICMP_H

#include "base/ip.h"

#include <stddef.h>
#include <stdint.h>

/* ICMP messages as bytes: echo requests built, what comes back read. Pure. */

/* What an echo request carries and its reply brings back; in the byte order of the machine, as nobody else reads it. */
struct icmp_stamp {
	uint64_t cookie;  /* of this run: replies to others' pings are not ours */
	uint64_t sent_ns; /* so that each reply is timed by the try that it answers */
	uint32_t probe;
	uint32_t attempt;
};

#define ICMP_ECHO_SIZE (8 + sizeof(struct icmp_stamp))

/**
 * Build an echo request.
 * @param buf     written, ICMP_ECHO_SIZE bytes
 * @param family  AF_INET: with checksum; AF_INET6: the kernel fills it in
 */
void icmp_build_echo(uint8_t *buf, uint8_t family, uint16_t id, uint16_t seq,
		     const struct icmp_stamp *stamp);

enum icmp_kind {
	ICMP_OTHER, /* not for us, or broken */
	ICMP_REPLY,
	ICMP_ERROR, /* about an echo request; `type` and `code` say what */
};

struct icmp_seen {
	enum icmp_kind kind;
	uint8_t type, code;
	uint16_t id, seq; /* of the reply, or of the request in the error */
	struct ip from;	  /* version 4: who sent it; version 6: family 0, the socket tells */
	struct ip to;	  /* ERROR: where the request was going */
	bool stamped;	  /* `stamp` is there; errors may quote too little */
	struct icmp_stamp stamp;
};

/** Read what a raw IPPROTO_ICMP socket received, IP header first. */
void icmp_parse4(const void *buf, size_t len, struct icmp_seen *ret);

/** Read what a raw IPPROTO_ICMPV6 socket received, without IP header. */
void icmp_parse6(const void *buf, size_t len, struct icmp_seen *ret);

#endif
