/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/ip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

unsigned ip_bits(const struct ip *ip)
{
	return ip->family == AF_INET ? 32 : ip->family == AF_INET6 ? 128 : 0;
}

unsigned ip_bytes(const struct ip *ip)
{
	return ip_bits(ip) / 8;
}

bool ip_has_plen(const char *s)
{
	return strchr(s, '/') != NULL;
}

/* Decimal, no sign, no leading zero, at most `max`; -1 where it is not. */
static int parse_plen(const char *s, unsigned max)
{
	unsigned n = 0;

	if (!*s || (s[0] == '0' && s[1]))
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		n = n * 10 + (unsigned)(*s - '0');
		if (n > max)
			return -1;
	}
	return (int)n;
}

int ip_parse(const char *s, struct ip *ret)
{
	const char *slash = strchr(s, '/');
	size_t len = slash ? (size_t)(slash - s) : strlen(s);
	struct ip ip = { 0 };
	char host[IP_TEXT];
	int plen;

	if (len >= sizeof(host))
		return -EINVAL;
	memcpy(host, s, len);
	host[len] = 0;
	if (inet_pton(AF_INET, host, ip.b) == 1)
		ip.family = AF_INET;
	else if (inet_pton(AF_INET6, host, ip.b) == 1)
		ip.family = AF_INET6;
	else
		return -EINVAL;
	plen = slash ? parse_plen(slash + 1, ip_bits(&ip)) : (int)ip_bits(&ip);
	if (plen < 0)
		return -EINVAL;
	ip.plen = (uint8_t)plen;
	*ret = ip;
	return 0;
}

char *ip_format_host(const struct ip *ip, char buf[IP_TEXT])
{
	if (!ip->family || !inet_ntop(ip->family, ip->b, buf, IP_TEXT))
		snprintf(buf, IP_TEXT, "none");
	return buf;
}

char *ip_format(const struct ip *ip, char buf[IP_TEXT])
{
	size_t n;

	ip_format_host(ip, buf);
	if (!ip->family)
		return buf;
	n = strlen(buf);
	snprintf(buf + n, IP_TEXT - n, "/%u", ip->plen);
	return buf;
}

struct ip ip_network(const struct ip *ip)
{
	struct ip net = *ip;
	unsigned bytes = ip_bytes(ip), whole = ip->plen / 8;

	if (whole < bytes) {
		net.b[whole] &= (uint8_t)(0xff00 >> (ip->plen % 8));
		memset(net.b + whole + 1, 0, bytes - whole - 1);
	}
	return net;
}

struct ip ip_host(const struct ip *ip)
{
	struct ip host = *ip;

	host.plen = (uint8_t)ip_bits(ip);
	return host;
}

bool ip_contains(const struct ip *net, const struct ip *ip)
{
	struct ip a, b = *ip;

	if (!net->family || net->family != ip->family || ip->plen < net->plen)
		return false;
	b.plen = net->plen;
	a = ip_network(net);
	b = ip_network(&b);
	return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}

bool ip_overlaps(const struct ip *a, const struct ip *b)
{
	return a->plen <= b->plen ? ip_contains(a, b) : ip_contains(b, a);
}

int ip_cmp(const struct ip *a, const struct ip *b)
{
	int d;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	d = memcmp(a->b, b->b, sizeof(a->b));
	return d ? d : (int)a->plen - (int)b->plen;
}

bool ip_same_host(const struct ip *a, const struct ip *b)
{
	return a->family == b->family && memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

struct ip ip_add(const struct ip *ip, uint64_t n)
{
	struct ip r = *ip;

	for (unsigned i = ip_bytes(ip); i-- > 0 && n;) {
		n += r.b[i];
		r.b[i] = (uint8_t)n;
		n >>= 8;
	}
	return r;
}

uint64_t ip_size(const struct ip *net)
{
	unsigned host = ip_bits(net) - net->plen;

	return host >= 64 ? UINT64_MAX : (uint64_t)1 << host;
}
