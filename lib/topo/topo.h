/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOPO_TOPO_H
#define TOPO_TOPO_H

#include "model/model.h"

#include <warren/topo.h>

/*
 * A topology inside the library: the model that it asks for, and what the
 * model does not know: segments (what is connected to what), expectations, the
 * text that it came from. Pure: knows nothing of the kernel.
 */

/* What joins interfaces on layer 2: a link joins two, a switch any number. */
struct topo_segment {
	const char *label; /* "a:eth0 - b:eth0", or the switch's name; for errors and pictures */
	bool is_switch;
	uint32_t bridge;	  /* the switch's bridge interface, or MODEL_NONE */
	struct model_range ports; /* in topo->ports: the interfaces that can have addresses */
	uint32_t cost;		  /* for shortest paths; 1 and up */
	struct mark mark;
};

enum topo_proto { TOPO_ICMP, TOPO_TCP, TOPO_UDP };

/* One expectation, "FROM -> TO[:PORT[/PROTO]] [via A, B]" or with "-x" for must not. One row per expanded pair. */
struct topo_expect {
	const char *text; /* as written */
	uint32_t from;	  /* namespace */
	uint32_t to;	  /* namespace, or MODEL_NONE where `addr` is a literal address */
	struct ip addr; /* where to probe: the literal, or an address of `to` (family 0: it has none) */
	enum topo_proto proto;
	uint16_t port;
	bool must_fail;
	struct model_range via; /* in topo->vias */
	struct mark mark;
};

struct topo_via {
	uint32_t ns;	/* MODEL_NONE where `addr` is a literal */
	struct ip addr; /* family 0 where `ns` is set */
};

enum topo_routing { TOPO_ROUTING_NONE, TOPO_ROUTING_STATIC };

struct warren_topo {
	struct model model;
	struct map by_name; /* namespace -> index in model.ns */
	char *file;	    /* how errors name it */
	bool named;	    /* the network's name is written in it, not taken from the file's */
	uint64_t host; /* read from the state: inode of the network namespace that is its host; 0 else */
	char *text; /* what was read */
	size_t len;
	struct warren_var *vars; /* given from outside; copies */
	size_t n_vars;
	enum topo_routing routing;
	struct mark routing_mark;
	bool no_aggregate; /* a computed route for each prefix, though fewer would reach the same */
	VEC(struct topo_segment) segments;
	VEC(uint32_t) ports; /* interface indexes of the model */
	VEC(struct topo_expect) expects;
	VEC(struct topo_via) vias;
	VEC(struct ip) subnets; /* all that is handed out or written, for overlap checks */
};

/**
 * Compute `routing: static`: for every namespace, routes to every prefix of
 * the network that is not its own, along shortest paths over the segments
 * (their cost; equal costs give several hops), through namespaces that forward.
 * Version 4 and 6 apart. Routes that the file writes win. Where fewer routes
 * reach the same, fewer are made: see "Static routes" in DESIGN.md. They join
 * t->model.routes by namespace, after the written ones, computed = true;
 * model_index() is the caller's.
 * @param w    told of progress; may be NULL
 * @param t    complete but for the routes; model indexed
 * @param err  filled on failure
 * @return 0 or -ENOMEM
 */
int static_routes(struct warren *w, struct warren_topo *t, struct warren_err *err);

/* A text to read a topology from; see warren_topo_parse(). */
struct topo_source {
	const char *name;
	const char *text;
	size_t len;
	const struct warren_var *vars;
	size_t n_vars;
};

enum {
	/*
	 * Static routes only where the host is part of the network: for who takes the
	 * namespaces away as a whole, or only wants to know which they are.
	 */
	TOPO_OUTLINE = 1,
};

/**
 * As warren_topo_parse().
 * @param flags  TOPO_*
 */
int topo_parse(struct warren *w, const struct topo_source *source, unsigned flags,
	       struct warren_topo **ret, struct warren_errs *errs);

/** @return index of a namespace by name, or MODEL_NONE */
uint32_t topo_find_ns(const struct warren_topo *t, const char *name);

/**
 * The address that a node is known by: to the hosts files, expectations and
 * ping. The first, in the order of the interfaces (model indexed), lo first or
 * last as `routing` is; one of 169.254.0.0/16 where there is no other.
 * @return borrowed, or NULL where it has none of that family
 */
const struct ip *topo_first_address(const struct warren_topo *t, uint32_t ns, uint8_t family);

#endif
