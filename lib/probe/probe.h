/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include "base/ip.h"

#include <warren/probe.h>

/*
 * The engine: many probes at once from inside many namespaces, in one thread,
 * over one epoll. It knows namespaces and addresses, nothing of a topology.
 *
 * A namespace is entered only to open a socket, which stays bound to it. ICMP
 * takes one raw socket a namespace and version, kept for as long as there are
 * descriptors to spare; TCP and UDP take one a probe. Probes are sent in the
 * order of the array, with a bound on how many wait for an answer, so that a
 * caller who puts probes of the same namespaces near each other saves opens.
 */

#define PROBE_NOWHERE UINT32_MAX

enum probe_proto { PROBE_ICMP, PROBE_TCP, PROBE_UDP };

/* A namespace that probes are sent from or come to. */
struct probe_node {
	const char *name; /* under /run/netns; NULL: the calling thread's own */
	bool forwards;	  /* may have neighbours of what others send */
};

struct probe_result {
	uint64_t rtt_ns; /* on success, or of the error */
	struct ip from;	 /* who answered, or who said no; family 0: nobody */
	uint16_t error;	 /* errno of the source's kernel, or 0 */
	uint8_t status;	 /* enum warren_reach_status */
	uint8_t tries;	 /* packets sent */
};

struct probe {
	uint32_t node;	 /* that sends */
	uint32_t target; /* the node that has the address, or PROBE_NOWHERE */
	struct ip to;
	uint8_t proto; /* enum probe_proto */
	uint8_t ttl;   /* 0: as the namespace has it */
	uint16_t port;
	struct probe_result result;
};

struct probe_run {
	const struct probe_node *nodes;
	size_t n_nodes;
	struct probe *probes;
	size_t n;
	struct warren_probe_options options; /* zeroed for the defaults */
	/* Set by the run where the machine's neighbour table had no room left, though this run's entries were removed. */
	uint32_t neighbours, neighbours_limit;
	uint8_t neighbours_family;
	uint64_t dropped; /* set by the run: packets that the machine dropped meanwhile, of whomever */
};

/**
 * Send all, wait for all, fill in the results.
 * @return 0, also where probes fail; -ENOENT (no such namespace), -EPERM, -EMFILE, -ECANCELED, …
 */
int probe_run(struct warren *w, struct probe_run *run, struct warren_err *err);

/** What an ICMP error means, as enum warren_reach_status. */
uint8_t probe_status_of_icmp(uint8_t family, uint8_t type, uint8_t code);

/** What an errno of sendto(2) or connect(2) means. */
uint8_t probe_status_of_errno(int code);

#endif
