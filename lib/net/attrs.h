/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_ATTRS_H
#define NET_ATTRS_H

#include "base/ip.h"
#include "wire/attr.h"

/*
 * Reading: the kernel is trusted to mean well, not to be well: lengths are
 * checked, what is malformed counts as not there.
 */

/** Sort a message's attributes by type into tb[0 .. n); what is not there is NULL. */
void net_attrs(const struct nlmsghdr *h, size_t header, const struct nlattr **tb, size_t n);

/** The same for what an attribute holds; a may be NULL. `skip` bytes of a struct come first. */
void net_nested(const struct nlattr *a, size_t skip, const struct nlattr **tb, size_t n);

/** @return the value of an attribute, or `otherwise` where it is not there or of another size */
uint8_t net_get_u8(const struct nlattr *a, uint8_t otherwise);
uint32_t net_get_u32(const struct nlattr *a, uint32_t otherwise);

/** @return a terminated string inside the attribute, or NULL */
const char *net_get_str(const struct nlattr *a);

/** @return the address in an attribute of `family`, or none */
struct ip net_get_ip(const struct nlattr *a, uint8_t family, uint8_t plen);

#endif
