/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOPO_SPEC_H
#define TOPO_SPEC_H

#include "link/link-kind.h"
#include "topo/problem.h"

/*
 * A topology file as it is written: every value read and checked for itself,
 * nothing expanded, inferred or compared yet. The tables in schema.c say which
 * key is which member. Every struct that is a row begins with its name.
 */
struct text {
	const char *s; /* NULL: not given */
	struct mark at;
};

struct texts {
	struct text *v;
	uint32_t n;
	bool given;
	struct mark at;
};

/* A number, a word of a list (its index), or a switch (0, 1). */
struct number {
	uint64_t v;
	bool given;
	struct mark at;
};

struct ip_at {
	struct ip ip; /* family 0: the word "default" */
	struct mark at;
};

struct ips {
	struct ip_at *v;
	uint32_t n;
	bool given, none; /* none: the word "none" */
	struct mark at;
};

struct mac {
	uint8_t b[6];
	bool given;
	struct mark at;
};

/* NAME: VALUE, the names free. */
struct pair {
	struct text name, value;
};

struct pairs {
	struct pair *v;
	uint32_t n;
};

struct host_entry {
	struct text name;
	struct ips ips;
};

struct host_entries {
	struct host_entry *v;
	uint32_t n;
};

/* Addresses of the ends of a link, end by end. */
struct ends {
	struct ips *v;
	uint32_t n;
	bool given;
	struct mark at;
};

/* A list or mapping of structs. */
struct rows {
	void *v;
	uint32_t n;
	bool given;
	struct mark at;
};

/* An empty list has no array: NULL + 0 is undefined in C. */
#define rows_foreach(type, p, rows)                                                                \
	for (type *p = (rows)->v, *p##_end = p ? p + (rows)->n : p; p < p##_end; p++)

struct spec_interface {
	struct text name;
	struct ips addresses;
	struct mac mac;
	struct number mtu, up, type;
	struct field_values fields; /* of the kind that 'type' says */
};

struct spec_route {
	struct text name;
	struct ips to, via, src;
	struct text dev;
	struct number metric, table, type, onlink;
};

struct spec_rule {
	struct text name;
	struct ips from, to;
	struct text iif, oif;
	struct number fwmark, fwmask, table, priority, action;
};

struct spec_dns {
	struct text name;
	struct ips servers;
	struct texts search, options;
};

enum spec_ipv6 { SPEC_IPV6_OFF, SPEC_IPV6_ON, SPEC_IPV6_AUTO }; /* the words of 'ipv6' */

struct spec_node {
	struct text name;
	struct rows interfaces, routes, rules;
	struct number forwarding, ipv6;
	struct ips gateway;
	struct pairs sysctls;
	struct spec_dns dns;
	struct host_entries hosts;
};

struct spec_link {
	struct text name;
	struct texts endpoints;
	struct ips subnet;
	struct ends addresses;
	struct number mtu, cost;
};

struct spec_switch {
	struct text name;
	struct number type, mtu, cost;
	struct texts ports;
	struct ips subnet, address;
	struct field_values fields; /* of the bridge */
};

struct spec {
	struct text name; /* of the network */
	struct ips pool, loopbacks;
	struct rows namespaces, links, switches;
	struct number routing;
	struct texts expect;
};

#endif
