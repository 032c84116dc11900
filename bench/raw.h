/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BENCH_RAW_H
#define BENCH_RAW_H

#include <stdint.h>

/*
 * A network as raw reads it: this head, then the arrays in the order of their
 * counts. Nothing is parsed or decided, as what is to be measured is what the
 * kernel takes. Written by networks.py. Addresses are in network order.
 */
#define RAW_MAGIC 0x57415231u

struct raw_head {
	uint32_t magic;
	uint32_t n_ns, n_bridges, n_links, n_ends, n_addrs, n_hops, n_sets, n_members, n_routes;
};

struct raw_ns {
	char name[16];
	uint32_t forwards;
};

struct raw_bridge {
	uint32_t ns, index;
	char name[16];
};

/* All that follows stands by namespace; a cable by the one that its first end is in. */
struct raw_link {
	uint32_t a_ns, a_index, b_ns, b_index;
	char a_name[16], b_name[16];
};

/* The second end of a cable, to be set up; with a master, it is a bridge's port. */
struct raw_end {
	uint32_t ns, index, master;
};

struct raw_addr {
	uint32_t ns, index, ip, plen;
};

struct raw_hop {
	uint32_t ns, id, via, index; /* id of its nexthop object; 0: none */
};

struct raw_set {
	uint32_t ns, id;   /* of the hop where it is one, else of a group; 0: no object */
	uint32_t first, n; /* in the members: indexes of hops */
};

struct raw_route {
	uint32_t ns, set, ip, plen;
};

#endif
