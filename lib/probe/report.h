/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROBE_REPORT_H
#define PROBE_REPORT_H

#include "probe/probe.h"
#include "topo/topo.h"

/*
 * From the engine's results to what people read: names for addresses, sentences
 * for statuses. Texts live in the arena, equal ones once.
 */
struct report {
	const struct warren_topo *topo;
	struct arena arena;
	struct map owners; /* bytes of an address -> namespace */
	struct map texts;  /* -> index in strings */
	VEC(const char *) strings;
	struct probe_node *nodes; /* one a namespace of the model, by its index */
};

/** @return 0 or -ENOMEM; report_fini() in any case */
int report_init(struct report *r, const struct warren_topo *t);

/** Release all but the arena, which goes to *owner for report_free(); NULL where it shall go, too. */
void report_fini(struct report *r, void **owner);
void report_free(void *owner);

/** @return the namespace that has an address, or MODEL_NONE */
uint32_t report_owner(const struct report *r, const struct ip *ip);

/** Whether an address is one of a namespace's. */
bool report_has(const struct report *r, uint32_t ns, const struct ip *ip);

/** @return a copy that lives as long as the results, or NULL without memory */
const char *report_text(struct report *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** @return name of the node that has an address, else the address; "" for none, NULL without memory */
const char *report_hop(struct report *r, const struct ip *ip);

/** Fill in a row from a probe. @return 0 or -ENOMEM */
int report_fill(struct report *r, const struct probe *p, const char *to, struct warren_reach *ret);

/** What the user should know of the machine's limits; *ret is NULL where nothing. @return 0 or -ENOMEM */
int report_note(struct report *r, const struct probe_run *run, const char **ret);

/** Run; where a namespace is missing, say that the network is not up. */
int report_run(struct report *r, struct warren *w, struct probe_run *run, struct warren_err *err);

#endif
