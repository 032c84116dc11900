/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/pool.h"

#include <string.h>

static uint64_t half(const uint8_t *b, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v = v << 8 | b[i];
	return v;
}

/* How far an address lies behind the start of a prefix; UINT64_MAX where that is too far to count. */
static uint64_t offset_in(const struct ip *prefix, const struct ip *ip)
{
	if (prefix->family == AF_INET)
		return half(ip->b, 4) - half(prefix->b, 4);
	if (memcmp(prefix->b, ip->b, 8))
		return UINT64_MAX;
	return half(ip->b + 8, 8) - half(prefix->b + 8, 8);
}

static uint64_t plus(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

struct pool pool_begin(const struct ip *prefix, uint64_t start)
{
	return (struct pool){ .prefix = *prefix, .start = start, .next = start };
}

static int cut_on(struct pool *p, const struct ip *used, size_t n_used, unsigned plen,
		  struct ip *ret)
{
	struct ip want = p->prefix;
	uint64_t size, end, room = p->end ? p->end : ip_size(&p->prefix), at;

	if (plen < p->prefix.plen || plen > ip_bits(&p->prefix))
		return -ENOSPC;
	want.plen = (uint8_t)plen;
	size = ip_size(&want);
	at = plus(p->next, size - 1) / size * size;
	for (; p->next_used < n_used; p->next_used++) {
		const struct ip *u = &used[p->next_used];
		uint64_t first;

		if (ip_contains(u, &p->prefix))
			return -ENOSPC;
		if (!ip_contains(&p->prefix, u))
			continue;
		first = offset_in(&p->prefix, u);
		end = plus(first, ip_size(u));
		if (first >= plus(at, size))
			break;
		if (end > at)
			at = plus(end, size - 1) / size * size;
	}
	if (at >= room || room - at < size)
		return -ENOSPC;
	p->next = at + size;
	*ret = ip_add(&want, at);
	return 0;
}

int pool_cut(struct pool *p, const struct ip *used, size_t n_used, unsigned plen, struct ip *ret)
{
	int r = cut_on(p, used, n_used, plen, ret);

	if (r == 0 || !p->start)
		return r;
	p->end = p->start;
	p->start = p->next = p->next_used = 0;
	return cut_on(p, used, n_used, plen, ret);
}
