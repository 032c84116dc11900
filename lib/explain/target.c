/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain/target.h"

#include "process/node.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

int target_node(struct sight *s, const char *name, uint32_t *ret, struct warren_err *err)
{
	*ret = sight_find(s, name);
	return *ret == SIGHT_NONE ? node_missing(s->w, name, err) : 0;
}

/* ":PORT" or ":PORT/PROTO". */
static int read_port(const char *text, const char *colon, struct target *ret, struct warren_err *err)
{
	char *end = NULL;
	unsigned long port = colon[1] >= '0' && colon[1] <= '9' ? strtoul(colon + 1, &end, 10) : 0;

	if (port == 0 || port > 65535)
		return warren_fail(err, -EINVAL, "target '%s': a port is a number from 1 to 65535",
				   text);
	ret->port = (uint16_t)port;
	ret->protocol = IPPROTO_TCP;
	if (strcmp(end, "/udp") == 0)
		ret->protocol = IPPROTO_UDP;
	else if (*end && strcmp(end, "/tcp") != 0)
		return warren_fail(err, -EINVAL,
				   "target '%s': behind the port is '/tcp', '/udp' or nothing",
				   text);
	return 0;
}

/* What stands before the port: an address, in brackets or not, or a namespace. */
static int read_host(struct sight *s, const char *text, char *host, struct target *ret,
		     struct warren_err *err)
{
	size_t n = strlen(host);

	if (host[0] == '[' && n > 1 && host[n - 1] == ']') {
		host[n - 1] = 0;
		if (ip_has_plen(host + 1) || ip_parse(host + 1, &ret->ip) < 0)
			return warren_fail(err, -EINVAL,
					   "target '%s': what is in the brackets is no address",
					   text);
		return 0;
	}
	if (ip_has_plen(host) && ip_parse(host, &ret->ip) == 0)
		return warren_fail(err, -EINVAL,
				   "target '%s': an address is wanted, not a network; leave out "
				   "the '/' and what is behind it",
				   text);
	if (ip_parse(host, &ret->ip) == 0)
		return 0;
	return target_node(s, host, &ret->ns, err);
}

int target_read(struct sight *s, const char *text, struct target *ret, struct warren_err *err)
{
	const char *colon = strrchr(text, ':');
	char host[256];
	int r;

	*ret = (struct target){ .ns = SIGHT_NONE };
	ret->protocol = IPPROTO_ICMP;
	/* fd00::80 is an address, as it stands. */
	if (!ip_has_plen(text) && ip_parse(text, &ret->ip) == 0)
		colon = NULL;
	if (colon && strchr(colon, ']'))
		colon = NULL;
	r = colon ? read_port(text, colon, ret, err) : 0;
	if (r < 0)
		return r;
	if (!colon)
		colon = text + strlen(text);
	if ((size_t)(colon - text) >= sizeof(host))
		return warren_fail(err, -EINVAL, "target '%s' is too long", text);
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = 0;
	return read_host(s, text, host, ret, err);
}

/* The first that is not only for the link, or the machine; those of lo last. */
static const struct ip *first_address(const struct sight_ns *n, uint8_t family)
{
	const struct ip *best = NULL;

	vec_foreach(a, &n->addrs) {
		if (a->ip.family != family || !a->global)
			continue;
		if (a->iface != 1)
			return &a->ip;
		if (!best)
			best = &a->ip;
	}
	return best;
}

static const struct ip *find_address(const struct sight_ns *n, const struct warren_topo *t,
				     uint8_t family)
{
	uint32_t in_topo = t ? topo_find_ns(t, n->name) : MODEL_NONE;
	const struct ip *ip = NULL;

	if (in_topo != MODEL_NONE)
		ip = topo_first_address(t, in_topo, family);
	return ip ? ip : first_address(n, family);
}

int target_address(struct sight *s, const struct warren_topo *t, int family, struct target *target,
		   struct warren_err *err)
{
	const struct sight_ns *n;
	const struct ip *ip = NULL;
	int r;

	if (target->ns == SIGHT_NONE) {
		if (family && family != (target->ip.family == AF_INET ? 4 : 6))
			return warren_fail(err, -EINVAL, "the target is no IPv%d address", family);
		return 0;
	}
	r = sight_read(s, target->ns, &n, err);
	if (r < 0)
		return r;
	if (family != 6)
		ip = find_address(n, t, AF_INET);
	if (!ip && family != 4)
		ip = find_address(n, t, AF_INET6);
	if (ip) {
		target->ip = ip_host(ip);
		return 0;
	}
	return warren_fail(err, -EADDRNOTAVAIL,
			   "%s has no %saddress that another namespace could reach; give it one: "
			   "in its topology file, or with 'ip %s%s%saddress add'",
			   n->name,
			   family == 4	 ? "IPv4 "
			   : family == 6 ? "IPv6 "
					 : "",
			   target->ns == SIGHT_HOST ? "" : "-n ",
			   target->ns == SIGHT_HOST ? "" : n->name,
			   target->ns == SIGHT_HOST ? "" : " ");
}
