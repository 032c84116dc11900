/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WIRE_ATTR_H
#define WIRE_ATTR_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * What the kernel's messages hold. Lengths are the sender's word: a length is
 * asked for before what it counts is read, and the loops end at the first
 * attribute that is longer than the room there is.
 */

/** @return what follows the message's header, and how many bytes that is */
static inline const void *wire_payload(const struct nlmsghdr *h)
{
	return (const char *)h + NLMSG_HDRLEN;
}

static inline size_t wire_payload_len(const struct nlmsghdr *h)
{
	return h->nlmsg_len > NLMSG_HDRLEN ? h->nlmsg_len - NLMSG_HDRLEN : 0;
}

static inline uint16_t attr_type(const struct nlattr *a)
{
	return a->nla_type & NLA_TYPE_MASK;
}

/** @return its content, and how many bytes that is */
static inline const void *attr_data(const struct nlattr *a)
{
	return (const char *)a + NLA_HDRLEN;
}

static inline size_t attr_len(const struct nlattr *a)
{
	return a->nla_len - (size_t)NLA_HDRLEN;
}

/* Numbers of the length that their name says; the content is aligned to 4 bytes only. */
static inline uint8_t attr_u8(const struct nlattr *a)
{
	return *(const uint8_t *)attr_data(a);
}

static inline uint16_t attr_u16(const struct nlattr *a)
{
	uint16_t v;

	memcpy(&v, attr_data(a), sizeof(v));
	return v;
}

static inline uint32_t attr_u32(const struct nlattr *a)
{
	uint32_t v;

	memcpy(&v, attr_data(a), sizeof(v));
	return v;
}

static inline uint64_t attr_u64(const struct nlattr *a)
{
	uint64_t v;

	memcpy(&v, attr_data(a), sizeof(v));
	return v;
}

/** @return the text, or NULL where it does not end within the attribute */
static inline const char *attr_str(const struct nlattr *a)
{
	return memchr(attr_data(a), 0, attr_len(a)) ? attr_data(a) : NULL;
}

/** Whether a whole attribute begins at a. */
static inline bool attr_ok(const struct nlattr *a, const char *end)
{
	ptrdiff_t left = end - (const char *)a;

	return left >= NLA_HDRLEN && a->nla_len >= NLA_HDRLEN && a->nla_len <= left;
}

static inline const struct nlattr *attr_next(const struct nlattr *a)
{
	return (const void *)((const char *)a + NLA_ALIGN(a->nla_len));
}

/** Each attribute in so many bytes. The last may lack its padding. */
#define attr_foreach_in(a, data, len)                                                              \
	for (const char *end_ = ((a) = (const void *)(data), (const char *)(a) + (len));           \
	     attr_ok(a, end_); (a) = attr_next(a))

/** Where attributes begin behind a family header of so many bytes; not beyond a message that is too short for it. */
static inline size_t attr_begin(const struct nlmsghdr *h, size_t header)
{
	const size_t len = wire_payload_len(h);

	return NLMSG_ALIGN(header) < len ? NLMSG_ALIGN(header) : len;
}

/** Each attribute of a message, behind a family header of so many bytes; 'continue' and 'break' work. */
#define attr_foreach(a, h, header)                                                                 \
	attr_foreach_in(a, (const char *)wire_payload(h) + attr_begin(h, header),                  \
			wire_payload_len(h) - attr_begin(h, header))

/** Each attribute within another. */
#define attr_foreach_nested(a, nest) attr_foreach_in(a, attr_data(nest), attr_len(nest))

#endif
