/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WARREN_PROBE_H
#define WARREN_PROBE_H

#include <warren/topo.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Who reaches whom: real packets sent from inside the namespaces of a network
 * that is up, by this process, all at once. The calling thread goes into each
 * namespace for as long as it takes to open a socket there, so the caller
 * needs the rights of warren_enter(); it is back in its own namespace whenever
 * a callback of the context is called and when the functions return.
 *
 *   struct warren_ping ping = { 0 };
 *   if (warren_ping(w, topo, NULL, &ping, &err) < 0) …
 *   for (size_t i = 0; i < ping.n; i++)
 *           printf("%s -> %s: %s\n", ping.v[i].from, ping.v[i].to, ping.v[i].reason);
 *   warren_ping_fini(&ping);
 */

enum warren_reach_status {
	WARREN_REACH_OK,	/* answered */
	WARREN_REACH_DELIVERED, /* UDP: it came to a socket of the target, which said nothing; a success */
	WARREN_REACH_NO_ADDRESS,      /* the target has none of that version */
	WARREN_REACH_NO_ROUTE,	      /* the source itself does not know the way */
	WARREN_REACH_NET_UNREACHABLE, /* a router on the way does not know it */
	WARREN_REACH_HOST_UNREACHABLE, /* the last router, or the source, gets no answer on the target's network */
	WARREN_REACH_PORT_UNREACHABLE, /* UDP: nobody listens */
	WARREN_REACH_REFUSED,	       /* TCP: nobody listens */
	WARREN_REACH_PROHIBITED,       /* a filter says so */
	WARREN_REACH_TTL,	       /* more hops than the time to live: mostly a loop */
	WARREN_REACH_NO_ANSWER,	       /* silence */
	WARREN_REACH_NO_NEIGHBOUR,     /* the machine's neighbour table is full */
	WARREN_REACH_ERROR,	       /* something else; the reason tells */
};
#define WARREN_REACH_STATUS_N 13

/** @return a status in a word or two, lower case, with '-' between: "no-route" */
const char *warren_reach_name(enum warren_reach_status s);

/** @return whether a status is a success */
static inline bool warren_reach_ok(enum warren_reach_status s)
{
	return s == WARREN_REACH_OK || s == WARREN_REACH_DELIVERED;
}

/** How long and how often to try; a zeroed one, or NULL for it, is the defaults. */
struct warren_probe_options {
	unsigned timeout_ms; /* of the last try; those before wait for less; default 1000 */
	unsigned tries;	     /* default 3 */
};

/** One node reaching for another. */
struct warren_reach {
	const char *from;    /* node */
	const char *to;	     /* node, or address */
	const char *address; /* that was tried; "" where there is none */
	enum warren_reach_status status;
	const char *reason; /* a sentence without full stop; "" on success */
	const char *hop;    /* who said no: node, or address; "" where nobody did */
	uint64_t rtt_ns;    /* on success, of the try that was answered */
	unsigned tries;	    /* packets sent */
};

struct warren_ping_options {
	struct warren_probe_options probe;
	const char *const *from; /* nodes; NULL for all */
	size_t n_from;
	const char *const *to; /* nodes or addresses; NULL for all nodes */
	size_t n_to;
	int family; /* 4 or 6; 0: version 4 where the target has it, else 6 */
};

/** A matrix: n_from rows of n_to, row by row. A node against itself is left out: `from` is NULL. */
struct warren_ping {
	size_t n_from, n_to;
	struct warren_reach *v;
	size_t ok, failed;
	const char *note; /* what else the user should know, such as a limit of the machine; or NULL */
	void *owner;	  /* what the rows live in */
};

/**
 * Try every pair of nodes with ICMP echo. All nodes: every namespace that is
 * no switch, and the host where it has an address in the network.
 * @param w         the context, entered
 * @param t         the topology of a network that is up
 * @param o         NULL for all pairs and the defaults
 * @param[out] ret  release with warren_ping_fini(); untouched on failure
 * @param err       filled on failure
 * @return 0, also where pairs fail; -ENOENT (the network is not up, or no such node),
 *         -EINVAL, -ECANCELED, -EMFILE, …
 */
int warren_ping(struct warren *w, const struct warren_topo *t, const struct warren_ping_options *o,
		struct warren_ping *ret, struct warren_err *err);

/** Release a matrix. */
void warren_ping_fini(struct warren_ping *p);

/** One expectation of the topology file and what came of it. */
struct warren_check {
	const char *text; /* as written in the file */
	const char *file;
	int line, column;
	bool passed;
	struct warren_reach reach; /* `reason` says why it failed; "" where it passed */
};

struct warren_checks {
	size_t n;
	struct warren_check *v;
	size_t passed, failed;
	const char *note; /* as in struct warren_ping */
	void *owner;
};

/**
 * Try what the topology file expects.
 * @param w         the context, entered
 * @param t         the topology of a network that is up
 * @param o         NULL for the defaults
 * @param[out] ret  a row an expectation, in the file's order; release with
 *                  warren_checks_fini(); untouched on failure
 * @param err       filled on failure
 * @return 0, also where expectations fail; -ENOENT (the network is not up), -ECANCELED, …
 */
int warren_test(struct warren *w, const struct warren_topo *t, const struct warren_probe_options *o,
		struct warren_checks *ret, struct warren_err *err);

/** Release the rows. */
void warren_checks_fini(struct warren_checks *c);

#ifdef __cplusplus
}
#endif

#endif
