/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLAN_DIFF_H
#define PLAN_DIFF_H

#include "plan/plan.h"

/* Between diff.c (namespaces and links), diff-content.c (what is in them) and diff-route.c. */

/* What became of a desired interface: p->end. */
enum diff_end {
	END_MISSING, /* not there; it becomes END_NEW */
	END_WRONG,   /* there, but what cannot be changed differs; it becomes END_NEW */
	END_THERE,
	END_NEW, /* is made by this plan */
};

enum { DIFF_LIVE = 1, DIFF_FIXED = 2 };

int diff_emit(struct plan *p, enum plan_phase phase, struct plan_op op);

/** Gather a live object of others in a namespace of the network. @return 0 or -ENOMEM */
int diff_extra(struct plan *p, enum plan_kind kind, uint32_t ns, uint32_t live);

/** Something of others is in the way of what the file asks for at `mark`. */
void diff_conflict(struct plan *p, struct warren_errs *errs, struct mark mark, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/** @return the interface of this name that warren made or may have made in a namespace, or NULL */
const struct model_iface *diff_before_iface(const struct plan *p, uint32_t ns, const char *name);

/* One namespace while it is compared. */
struct diff_content {
	struct plan *p;
	uint32_t ns;
	const struct model_ns *want; /* NULL: only removes */
	const struct model_ns *have; /* no objects where the namespace is made anew */
	struct warren_errs *errs;
	unsigned settings;			  /* PLAN_SET_* of the namespace that change */
	VEC(const struct model_addr *) new_addrs; /* with a network that the host did not have */
};

/** Emit that an object of the desired model comes or changes. */
int diff_settle(struct diff_content *c, enum plan_kind kind, unsigned what, uint32_t object);

/** Emit that a live object goes. */
int diff_clear(struct diff_content *c, enum plan_kind kind, uint32_t live);

/** Whether a live interface (may be MODEL_NONE) is removed by the plan, and what hangs on it with it. */
bool diff_is_gone(const struct plan *p, uint32_t live_iface);

/** @return the name of an interface, "" for MODEL_NONE */
static inline const char *diff_iface_name(const struct model *m, uint32_t i)
{
	return i == MODEL_NONE ? "" : m->ifaces.v[i].name;
}

/** Whether a live route of the host goes over a link of the network's own. */
bool diff_is_over_ours(const struct plan *p, const struct model_route *r);

int diff_routes(struct diff_content *c);
int diff_rules(struct diff_content *c);

/**
 * Conflicts of the networks that come to the host with routes that it has.
 * @param routes  those of the main table that are not ours
 * @return 0 or -ENOMEM
 */
int diff_overlaps(struct diff_content *c, const struct model_route *const *routes, size_t n);

/** Settings, addresses, routes, rules and sysctls of one namespace. @return 0 or -ENOMEM */
int diff_content(struct plan *p, struct warren_errs *errs, uint32_t ns);

/** @return which kinds of field differences there are, DIFF_* */
unsigned diff_link_fields(const struct model_iface *want, const struct model_iface *live);

/** Whether the kernel is asked for a new cable from this end's namespace: rather a node than a switch or the host. */
bool diff_asks(const struct plan *p, uint32_t d);

#endif
