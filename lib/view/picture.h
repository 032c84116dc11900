/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIEW_PICTURE_H
#define VIEW_PICTURE_H

#include "topo/topo.h"

#include <stdio.h>

/*
 * What all pictures of a topology draw: vertices (host, namespaces, switches)
 * and edges between two of them. A link is an edge between namespaces; a switch
 * is a vertex with an edge to each of its ports.
 */

enum vertex_kind { VERTEX_HOST, VERTEX_NODE, VERTEX_SWITCH };

struct vertex {
	enum vertex_kind kind;
	const char *name;
	uint32_t ns;	  /* MODEL_NONE for a switch */
	uint32_t segment; /* of a switch, else MODEL_NONE */
	uint32_t first;	  /* half-edges of this vertex: [first, first + degree) of picture->half */
	uint32_t degree;
};

struct edge {
	uint32_t ends[2];   /* vertices */
	uint32_t ifaces[2]; /* the interface at each end; MODEL_NONE at a switch */
	uint32_t segment;
};

struct picture {
	const struct warren_topo *topo;
	struct arena arena;
	VEC(struct vertex) vertices;
	VEC(struct edge) edges;
	uint32_t *half;	      /* edge * 2 + which end, by vertex */
	uint32_t *addr_first; /* by interface: its first address, or MODEL_NONE */
	uint32_t *addr_next;  /* by address: the next one of the interface */
};

/** Find what there is to draw. @return 0 or -ENOMEM; picture_fini() in any case */
int picture_init(struct picture *p, const struct warren_topo *t);
void picture_fini(struct picture *p);

/** @return the edge that a half-edge belongs to */
static inline const struct edge *picture_edge(const struct picture *p, uint32_t half)
{
	return &p->edges.v[half / 2];
}

/** @return the vertex at the far end of a half-edge */
static inline uint32_t picture_far(const struct picture *p, uint32_t half)
{
	return p->edges.v[half / 2].ends[!(half & 1)];
}

/**
 * Print the addresses of an interface.
 * @param p      the picture
 * @param f      where
 * @param iface  index in the model; MODEL_NONE has none
 * @param sep    what stands before the first one, then before each other
 * @return how many there are
 */
size_t picture_put_addrs(const struct picture *p, FILE *f, uint32_t iface, const char *const sep[2]);

/** The same without prefix lengths. */
size_t picture_put_hosts(const struct picture *p, FILE *f, uint32_t iface, const char *const sep[2]);

#define PICTURE_SUBNETS 8 /* of one segment that are shown */

/** The networks that the ports of a segment are in, in order, each once. @return how many */
size_t picture_subnets(const struct picture *p, uint32_t segment, struct ip ret[PICTURE_SUBNETS]);

/** Print the networks that the ports of a segment are in. As above. */
size_t picture_put_subnets(const struct picture *p, FILE *f, uint32_t segment,
			   const char *const sep[2]);

/** @return the lo of a namespace, or MODEL_NONE */
uint32_t picture_loopback(const struct picture *p, uint32_t ns);

/* The pictures. Each prints to f; what fails there is asked for by the caller. @return 0 or -ENOMEM */
int graph_text(const struct picture *p, unsigned flags, FILE *f);
int graph_dot(const struct picture *p, FILE *f);
int graph_json(const struct picture *p, FILE *f);
int graph_mermaid(const struct picture *p, FILE *f);

#endif
