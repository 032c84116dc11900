/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WARREN_EXPLAIN_H
#define WARREN_EXPLAIN_H

#include <warren/probe.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Why can A not reach B? Walks the way there and the way back by what the
 * namespaces on it say (routes, forwarding, cables, bridge ports), sends a real
 * packet while it watches the interfaces on the way, and names what is broken.
 * Any namespace with a name will do, whoever made it.
 *
 *   struct warren_explanation x = { 0 };
 *   if (warren_explain(w, "red", "blue:80", NULL, &x, &err) < 0) …
 *   if (!x.reached)
 *           printf("%s: %s\n", x.cause, x.remedy);
 *   warren_explanation_fini(&x);
 */

/** A namespace on the way. */
struct warren_hop {
	const char *node;
	const char *in;	   /* interface that the packet comes in by; "": it begins here */
	const char *out;   /* interface that it goes out by; "": it ends here */
	const char *via;   /* address that it is handed to; "" where it ends */
	const char *route; /* what the route is to: "10.0.3.0/24", "default"; "" where not known */
	bool seen_in, seen_out; /* a packet of the probe was seen there */
};

struct warren_way {
	size_t n;
	struct warren_hop *v;
	const char *beyond; /* the interface by which it leaves what can be seen, in words; "" where it does not */
};

struct warren_explanation {
	const char *from, *to; /* as asked */
	const char *address;   /* of the target */
	const char *source;    /* that the packets come from; "" where there is no route */
	const char *probe;     /* "icmp", "tcp port 80" */
	struct warren_way forth, back;
	bool reached;
	enum warren_reach_status status; /* of the probe */
	uint64_t rtt_ns;		 /* where it was answered */
	const char *node;   /* where it is broken; "" where it is not, or that is not known */
	const char *cause;  /* a sentence without full stop; "" where it was reached */
	const char *remedy; /* what mends it, a command mostly; "" where none is known */
	const char *file;   /* of the network that `node` is of; "" */
	int line, column;   /* of the node in there; 0 */
	void *owner;
};

struct warren_explain_options {
	struct warren_probe_options probe;
	int family; /* 4 or 6; 0: version 4 where the target has it, else 6 */
};

/**
 * Explain.
 * @param w         the context, entered
 * @param from      name of a namespace, or "host"
 * @param to        a namespace or address, with ":PORT" or ":PORT/udp" behind it for more than
 *                  an echo; an IPv6 address with a port in brackets
 * @param o         NULL for the defaults
 * @param[out] ret  release with warren_explanation_fini(); untouched on failure
 * @param err       filled on failure
 * @return 0, also where it is not reached; -ENOENT (no such namespace), -EINVAL, -EPERM, …
 */
int warren_explain(struct warren *w, const char *from, const char *to,
		   const struct warren_explain_options *o, struct warren_explanation *ret,
		   struct warren_err *err);

/** Release an explanation. */
void warren_explanation_fini(struct warren_explanation *x);

#ifdef __cplusplus
}
#endif

#endif
