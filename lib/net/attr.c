/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/attrs.h"

#include <string.h>

static void sort(const void *data, size_t len, const struct nlattr **tb, size_t n)
{
	const struct nlattr *a;

	attr_foreach_in(a, data, len) {
		if (attr_type(a) < n)
			tb[attr_type(a)] = a;
	}
}

void net_attrs(const struct nlmsghdr *h, size_t header, const struct nlattr **tb, size_t n)
{
	size_t len = wire_payload_len(h);

	memset(tb, 0, n * sizeof(*tb));
	header = NLMSG_ALIGN(header);
	if (len > header)
		sort((const char *)wire_payload(h) + header, len - header, tb, n);
}

void net_nested(const struct nlattr *a, size_t skip, const struct nlattr **tb, size_t n)
{
	size_t len = a ? attr_len(a) : 0;

	memset(tb, 0, n * sizeof(*tb));
	if (len > skip)
		sort((const char *)attr_data(a) + skip, len - skip, tb, n);
}

uint8_t net_get_u8(const struct nlattr *a, uint8_t otherwise)
{
	return a && attr_len(a) == sizeof(uint8_t) ? attr_u8(a) : otherwise;
}

uint32_t net_get_u32(const struct nlattr *a, uint32_t otherwise)
{
	return a && attr_len(a) == sizeof(uint32_t) ? attr_u32(a) : otherwise;
}

const char *net_get_str(const struct nlattr *a)
{
	size_t len = a ? attr_len(a) : 0;
	const char *s = len ? attr_data(a) : NULL;

	return s && memchr(s, 0, len) ? s : NULL;
}

struct ip net_get_ip(const struct nlattr *a, uint8_t family, uint8_t plen)
{
	struct ip ip = { .family = family };

	if (!a || !ip_bytes(&ip) || attr_len(a) != ip_bytes(&ip) || plen > ip_bits(&ip))
		return (struct ip){ 0 };
	ip.plen = plen;
	memcpy(ip.b, attr_data(a), ip_bytes(&ip));
	return ip;
}
