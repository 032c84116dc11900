/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/icmp.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <linux/icmp.h>
#include <string.h>

enum {
	ICMP_HEADER = 8,
	IP4_HEADER = 20,
	IP6_HEADER = 40,
};

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* RFC 1071, over an even number of bytes. */
static uint16_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += get16(p + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void icmp_build_echo(uint8_t *buf, uint8_t family, uint16_t id, uint16_t seq,
		     const struct icmp_stamp *stamp)
{
	memset(buf, 0, ICMP_HEADER);
	buf[0] = family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	put16(buf + 4, id);
	put16(buf + 6, seq);
	memcpy(buf + ICMP_HEADER, stamp, sizeof(*stamp));
	if (family == AF_INET)
		put16(buf + 2, checksum(buf, ICMP_ECHO_SIZE));
}

/* An echo request or reply from its ICMP header on. */
static void read_echo(const uint8_t *p, size_t len, struct icmp_seen *ret)
{
	ret->id = get16(p + 4);
	ret->seq = get16(p + 6);
	if (len < ICMP_ECHO_SIZE)
		return;
	memcpy(&ret->stamp, p + ICMP_HEADER, sizeof(ret->stamp));
	ret->stamped = true;
}

static struct ip address(uint8_t family, const uint8_t *p)
{
	struct ip ip = { .family = family, .plen = family == AF_INET ? 32 : 128 };

	memcpy(ip.b, p, ip_bytes(&ip));
	return ip;
}

/* @return bytes of an IPv4 header that is whole, else 0 */
static size_t header4(const uint8_t *p, size_t len)
{
	size_t header;

	if (len < IP4_HEADER || p[0] >> 4 != 4)
		return 0;
	header = (p[0] & 15u) * 4;
	return header < IP4_HEADER || header > len ? 0 : header;
}

/* The request that an error quotes: IP header, then 8 bytes or more. */
static void read_quoted4(const uint8_t *p, size_t len, struct icmp_seen *ret)
{
	size_t header = header4(p, len);

	if (!header || p[9] != IPPROTO_ICMP || len - header < ICMP_HEADER || p[header] != ICMP_ECHO)
		return;
	ret->kind = ICMP_ERROR;
	ret->to = address(AF_INET, p + 16);
	read_echo(p + header, len - header, ret);
}

void icmp_parse4(const void *buf, size_t len, struct icmp_seen *ret)
{
	const uint8_t *p = buf;
	size_t header = header4(p, len);

	*ret = (struct icmp_seen){ .kind = ICMP_OTHER };
	if (!header || p[9] != IPPROTO_ICMP || len - header < ICMP_HEADER)
		return;
	ret->from = address(AF_INET, p + 12);
	p += header;
	len -= header;
	ret->type = p[0];
	ret->code = p[1];
	switch (ret->type) {
	case ICMP_ECHOREPLY:
		ret->kind = ICMP_REPLY;
		read_echo(p, len, ret);
		break;
	case ICMP_DEST_UNREACH:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		read_quoted4(p + ICMP_HEADER, len - ICMP_HEADER, ret);
		break;
	default:
		break;
	}
}

/* Our requests have no extension headers, so a quoted one that has is another's. */
static void read_quoted6(const uint8_t *p, size_t len, struct icmp_seen *ret)
{
	if (len < IP6_HEADER + ICMP_HEADER || p[0] >> 4 != 6 || p[6] != IPPROTO_ICMPV6 ||
	    p[IP6_HEADER] != ICMP6_ECHO_REQUEST)
		return;
	ret->kind = ICMP_ERROR;
	ret->to = address(AF_INET6, p + 24);
	read_echo(p + IP6_HEADER, len - IP6_HEADER, ret);
}

void icmp_parse6(const void *buf, size_t len, struct icmp_seen *ret)
{
	const uint8_t *p = buf;

	*ret = (struct icmp_seen){ .kind = ICMP_OTHER };
	if (len < ICMP_HEADER)
		return;
	ret->type = p[0];
	ret->code = p[1];
	switch (ret->type) {
	case ICMP6_ECHO_REPLY:
		ret->kind = ICMP_REPLY;
		read_echo(p, len, ret);
		break;
	case ICMP6_DST_UNREACH:
	case ICMP6_PACKET_TOO_BIG:
	case ICMP6_TIME_EXCEEDED:
	case ICMP6_PARAM_PROB:
		read_quoted6(p + ICMP_HEADER, len - ICMP_HEADER, ret);
		break;
	default:
		break;
	}
}
