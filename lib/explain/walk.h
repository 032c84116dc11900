/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EXPLAIN_WALK_H
#define EXPLAIN_WALK_H

#include "explain/fault.h"

/*
 * The way of a packet by what the namespaces say: each is asked for its route,
 * as if the packet were there, and what it goes out to is followed.
 */
struct walk_hop {
	uint32_t ns;
	uint32_t in, out;  /* interfaces; 0: it begins, or ends, here */
	struct ip via;	   /* who it is handed to; family 0: nobody, as it ends here */
	struct ip network; /* what the route is to; family 0: not known */
};

struct walk {
	VEC(struct walk_hop) hops;
	struct ip source;	   /* address that the first namespace sends from */
	const struct fault *fault; /* what ends it too early; NULL: nothing */
	const char *beyond; /* the interface by which it leaves what can be seen, in words; NULL: none */
};

/* Where to. */
struct walk_to {
	struct ip to;	 /* a host */
	struct ip from;	 /* family 0: as the first namespace chooses */
	struct ip known; /* the network that `to` is known to be in; family 0: none is known */
	uint32_t owner; /* namespace that has `to`, or should; SIGHT_NONE where that is not known */
	uint8_t protocol;
	uint16_t port;
	const char *who; /* behind "no route" in texts: " back" on the way back, else "" */
};

/** @param ret  walk_fini() in any case. @return 0, also with a fault, or a negative errno */
int walk(struct sight *s, uint32_t ns, const struct walk_to *to, struct walk *ret,
	 struct warren_err *err);
void walk_fini(struct walk *w);

/**
 * Say what is wrong where a namespace has no route.
 * @param[out] ret  not NULL on success
 */
int walk_no_route(struct sight *s, uint32_t ns, const struct walk_to *to, const struct fault **ret,
		  struct warren_err *err);

#endif
