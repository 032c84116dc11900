/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EXPLAIN_TARGET_H
#define EXPLAIN_TARGET_H

#include "explain/sight.h"
#include "topo/topo.h"

/* From what a user types to a namespace and an address. */
struct target {
	uint32_t ns; /* SIGHT_NONE: whose address it is, is not known */
	struct ip ip;
	uint8_t protocol; /* IPPROTO_* */
	uint16_t port;	  /* 0 for an echo */
};

/** @return 0; -ENOENT with what is there, …*/
int target_node(struct sight *s, const char *name, uint32_t *ret, struct warren_err *err);

/**
 * Read a target.
 * @param text      NODE or ADDRESS, with ":PORT" or ":PORT/PROTO" behind it
 * @param[out] ret  a namespace's address is not filled in yet
 */
int target_read(struct sight *s, const char *text, struct target *ret, struct warren_err *err);

/**
 * Find the address of a namespace.
 * @param t       the topology of its network, which says which of several it is known by; or NULL
 * @param family  4, 6 or 0
 * @return 0 or -EADDRNOTAVAIL
 */
int target_address(struct sight *s, const struct warren_topo *t, int family, struct target *target,
		   struct warren_err *err);

#endif
