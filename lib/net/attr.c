/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/net-private.h"

#include <string.h>

static void sort(const struct nlattr *a, size_t len, const struct nlattr **tb, size_t n)
{
	while (mnl_attr_ok(a, (int)len)) {
		size_t step = MNL_ALIGN(mnl_attr_get_len(a));
		uint16_t type = mnl_attr_get_type(a);

		if (type < n)
			tb[type] = a;
		if (step >= len)
			return;
		len -= step;
		a = mnl_attr_next(a);
	}
}

void net_attrs(const struct nlmsghdr *h, size_t header, const struct nlattr **tb, size_t n)
{
	size_t len = mnl_nlmsg_get_payload_len(h);

	memset(tb, 0, n * sizeof(*tb));
	header = MNL_ALIGN(header);
	if (len > header)
		sort((const void *)((const char *)mnl_nlmsg_get_payload(h) + header), len - header,
		     tb, n);
}

void net_nested(const struct nlattr *a, size_t skip, const struct nlattr **tb, size_t n)
{
	size_t len = a ? mnl_attr_get_payload_len(a) : 0;

	memset(tb, 0, n * sizeof(*tb));
	if (len > skip)
		sort((const void *)((const char *)mnl_attr_get_payload(a) + skip), len - skip, tb,
		     n);
}

uint8_t net_get_u8(const struct nlattr *a, uint8_t otherwise)
{
	return a && mnl_attr_get_payload_len(a) == sizeof(uint8_t) ? mnl_attr_get_u8(a) : otherwise;
}

uint32_t net_get_u32(const struct nlattr *a, uint32_t otherwise)
{
	return a && mnl_attr_get_payload_len(a) == sizeof(uint32_t) ? mnl_attr_get_u32(a)
								    : otherwise;
}

const char *net_get_str(const struct nlattr *a)
{
	size_t len = a ? mnl_attr_get_payload_len(a) : 0;
	const char *s = len ? mnl_attr_get_payload(a) : NULL;

	return s && memchr(s, 0, len) ? s : NULL;
}

struct ip net_get_ip(const struct nlattr *a, uint8_t family, uint8_t plen)
{
	struct ip ip = { .family = family };

	if (!a || !ip_bytes(&ip) || mnl_attr_get_payload_len(a) != ip_bytes(&ip) ||
	    plen > ip_bits(&ip))
		return (struct ip){ 0 };
	ip.plen = plen;
	memcpy(ip.b, mnl_attr_get_payload(a), ip_bytes(&ip));
	return ip;
}
