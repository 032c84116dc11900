/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_IP_H
#define BASE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * An IP address with a prefix length, version 4 or 6. A value, compared and
 * hashed as bytes: unused bytes are zero.
 */
struct ip {
	uint8_t family; /* AF_INET, AF_INET6, or 0 for none */
	uint8_t plen;	/* prefix length in bits; 32 or 128 for a host */
	uint8_t b[16];	/* network order */
};

#define IP_TEXT 64 /* bytes that any formatted address or prefix fits in */

/**
 * Read an address, or an address with "/LENGTH".
 * @param s         text, the whole of it
 * @param[out] ret  untouched on failure; plen is that of a host where s gives none
 * @return 0, or -EINVAL
 */
int ip_parse(const char *s, struct ip *ret);

/** Whether the text given to ip_parse() carries a prefix length. */
bool ip_has_plen(const char *s);

/** Format as "10.0.0.1/24". @return buf */
char *ip_format(const struct ip *ip, char buf[IP_TEXT]);

/** Format without the prefix length. @return buf */
char *ip_format_host(const struct ip *ip, char buf[IP_TEXT]);

/** @return bits of an address of its family: 32 or 128 (0 for none) */
unsigned ip_bits(const struct ip *ip);

/** @return bytes of an address of its family: 4 or 16 (0 for none) */
unsigned ip_bytes(const struct ip *ip);

/** @return the network that an address with prefix length is in (host bits cleared) */
struct ip ip_network(const struct ip *ip);

/** @return the same address with the prefix length of a host */
struct ip ip_host(const struct ip *ip);

/** Whether a network contains an address or a smaller or equal network. */
bool ip_contains(const struct ip *net, const struct ip *ip);

/** Whether two networks share an address. */
bool ip_overlaps(const struct ip *a, const struct ip *b);

/** Order: family, then address, then prefix length. @return <0, 0, >0 */
int ip_cmp(const struct ip *a, const struct ip *b);

/** Whether the addresses are the same, whatever the prefix lengths. */
bool ip_same_host(const struct ip *a, const struct ip *b);

/** @return address + n (wraps round at the end of the family's space), same prefix length */
struct ip ip_add(const struct ip *ip, uint64_t n);

/** @return how many addresses a network has, UINT64_MAX where more than fits */
uint64_t ip_size(const struct ip *net);

#endif
