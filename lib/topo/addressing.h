/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOPO_ADDRESSING_H
#define TOPO_ADDRESSING_H

#include "topo/build.h"
#include "topo/pool.h"

/* A network that is in use somewhere. */
struct net_use {
	struct ip net;
	uint32_t segment; /* behind the segments: the lo with that number; MODEL_NONE: 'loopbacks' */
	const void *row;  /* the link or switch of the file that it stands at */
	bool told;	  /* that it overlaps another */
	bool shared;	  /* cut into one for each of the row's segments */
	struct mark at;
};

/* Handing out addresses: what is taken, and what is given so far. */
struct addressing {
	struct build *b;
	struct map taken; /* host address -> index in addrs */
	VEC(struct model_addr) addrs;
	VEC(struct net_use) nets;
	VEC(struct ip) used;	      /* all written networks, sorted */
	VEC(struct ip) used_unshared; /* without the shared ones */
};

/** Put an address on an interface; a problem where another has it. @return 0 or -ENOMEM */
int addressing_add(struct addressing *a, struct ip ip, uint32_t iface, struct mark at);

/** Sort the written networks and find those that overlap. @return 0 or -ENOMEM */
int addressing_reserve(struct addressing *a);

/** Give addresses to all ports without, from their subnet or the pool. @return 0 or -ENOMEM */
int addressing_hand_out(struct addressing *a);

#endif
