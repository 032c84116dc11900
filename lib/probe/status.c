/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/probe.h"

#include <assert.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <linux/icmp.h>
#include <stddef.h>

const char *warren_reach_name(enum warren_reach_status s)
{
	static const char *const names[] = {
		[WARREN_REACH_OK] = "ok",
		[WARREN_REACH_DELIVERED] = "delivered",
		[WARREN_REACH_NO_ADDRESS] = "no-address",
		[WARREN_REACH_NO_ROUTE] = "no-route",
		[WARREN_REACH_NET_UNREACHABLE] = "net-unreachable",
		[WARREN_REACH_HOST_UNREACHABLE] = "host-unreachable",
		[WARREN_REACH_PORT_UNREACHABLE] = "port-unreachable",
		[WARREN_REACH_REFUSED] = "refused",
		[WARREN_REACH_PROHIBITED] = "prohibited",
		[WARREN_REACH_TTL] = "ttl-exceeded",
		[WARREN_REACH_NO_ANSWER] = "no-answer",
		[WARREN_REACH_NO_NEIGHBOUR] = "neighbour-table-full",
		[WARREN_REACH_ERROR] = "error",
	};

	static_assert(sizeof(names) / sizeof(*names) == WARREN_REACH_STATUS_N,
		      "a name for each status");
	return (unsigned)s < WARREN_REACH_STATUS_N ? names[s] : "?";
}

struct meaning {
	int what; /* type << 8 | code, or errno */
	uint8_t status;
};

static uint8_t look_up(const struct meaning *table, size_t n, int what, uint8_t otherwise)
{
	for (size_t i = 0; i < n; i++)
		if (table[i].what == what)
			return table[i].status;
	return otherwise;
}

#define LOOK_UP(table, what, otherwise)                                                            \
	look_up(table, sizeof(table) / sizeof(*(table)), what, otherwise)

/* Codes of "destination unreachable" that are not here say that the host is. */
static const struct meaning meanings4[] = {
	{ ICMP_DEST_UNREACH << 8 | ICMP_NET_UNREACH, WARREN_REACH_NET_UNREACHABLE },
	{ ICMP_DEST_UNREACH << 8 | ICMP_PORT_UNREACH, WARREN_REACH_PORT_UNREACHABLE },
	{ ICMP_DEST_UNREACH << 8 | ICMP_PROT_UNREACH, WARREN_REACH_PORT_UNREACHABLE },
	{ ICMP_DEST_UNREACH << 8 | ICMP_NET_UNKNOWN, WARREN_REACH_NET_UNREACHABLE },
	{ ICMP_DEST_UNREACH << 8 | ICMP_NET_ANO, WARREN_REACH_PROHIBITED },
	{ ICMP_DEST_UNREACH << 8 | ICMP_HOST_ANO, WARREN_REACH_PROHIBITED },
	{ ICMP_DEST_UNREACH << 8 | ICMP_PKT_FILTERED, WARREN_REACH_PROHIBITED },
	{ ICMP_TIME_EXCEEDED << 8 | ICMP_EXC_TTL, WARREN_REACH_TTL },
};

static const struct meaning meanings6[] = {
	{ ICMP6_DST_UNREACH << 8 | ICMP6_DST_UNREACH_NOROUTE, WARREN_REACH_NET_UNREACHABLE },
	{ ICMP6_DST_UNREACH << 8 | ICMP6_DST_UNREACH_ADMIN, WARREN_REACH_PROHIBITED },
	{ ICMP6_DST_UNREACH << 8 | ICMP6_DST_UNREACH_NOPORT, WARREN_REACH_PORT_UNREACHABLE },
	/* RFC 4443: 5 is "source address failed policy", 6 "reject route to destination". */
	{ ICMP6_DST_UNREACH << 8 | 5, WARREN_REACH_PROHIBITED },
	{ ICMP6_DST_UNREACH << 8 | 6, WARREN_REACH_PROHIBITED },
	{ ICMP6_TIME_EXCEEDED << 8 | ICMP6_TIME_EXCEED_TRANSIT, WARREN_REACH_TTL },
};

uint8_t probe_status_of_icmp(uint8_t family, uint8_t type, uint8_t code)
{
	int what = type << 8 | code;
	uint8_t unreach = family == AF_INET ? ICMP_DEST_UNREACH : ICMP6_DST_UNREACH;
	uint8_t otherwise = type == unreach ? WARREN_REACH_HOST_UNREACHABLE : WARREN_REACH_ERROR;

	if (family == AF_INET)
		return LOOK_UP(meanings4, what, otherwise);
	return LOOK_UP(meanings6, what, otherwise);
}

/* EACCES: a route of type prohibit. EPERM: dropped in the source's own output chain. EINVAL: one of type blackhole. */
static const struct meaning errnos[] = {
	{ ENETUNREACH, WARREN_REACH_NO_ROUTE }, { EADDRNOTAVAIL, WARREN_REACH_NO_ROUTE },
	{ EINVAL, WARREN_REACH_NO_ROUTE },	{ EHOSTUNREACH, WARREN_REACH_HOST_UNREACHABLE },
	{ EACCES, WARREN_REACH_PROHIBITED },	{ EPERM, WARREN_REACH_PROHIBITED },
	{ ECONNREFUSED, WARREN_REACH_REFUSED }, { ETIMEDOUT, WARREN_REACH_NO_ANSWER },
	{ ENOBUFS, WARREN_REACH_NO_NEIGHBOUR },
};

uint8_t probe_status_of_errno(int code)
{
	return LOOK_UP(errnos, code, WARREN_REACH_ERROR);
}
