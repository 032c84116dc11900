/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "base/context.h"
#include "base/map.h"
#include "model/model.h"
#include "topo/topo.h"

#include <warren/plan.h>

/*
 * A plan: the difference between the model that shall be and what the kernel
 * has, as operations in the order in which they can be done.
 *
 * Its namespaces are those of the desired model, at the same indexes, and after
 * them the ones that only `before` knows. `live` has them at the same indexes.
 */

/*
 * One alias on lo marks a namespace as a network's own, PLAN_MARK NETWORK; and
 * one on a link of the host that, with the name that it was made under,
 * PLAN_MARK NETWORK ":" NAME.
 */
#define PLAN_MARK      "warren:"
#define PLAN_MARK_SIZE 160

enum plan_kind {
	PLAN_RULE_DEL,
	PLAN_ROUTE_DEL,
	PLAN_ADDR_DEL,
	PLAN_LINK_DEL,
	PLAN_FILES_DEL,
	PLAN_NS_DEL,
	PLAN_NS_ADD,
	PLAN_NS_SET,
	PLAN_LINK_ADD,
	PLAN_LINK_SET,
	PLAN_ALTNAME_ADD,
	PLAN_ADDR_ADD,
	PLAN_SYSCTL_SET,
	PLAN_SYSCTL_RESET,
	PLAN_ROUTE_ADD,
	PLAN_ROUTE_REPLACE,
	PLAN_RULE_ADD,
	PLAN_FILES_SET,
};

/* Which model the object of an operation stands in. */
enum plan_source { PLAN_DESIRED, PLAN_LIVE, PLAN_BEFORE /* and what is added to it */ };

/* What was applied, what a killed `up` was at work on, and what is being taken back. */
#define PLAN_BEFORE_MOST 3

struct plan_op {
	uint8_t kind;	/* enum plan_kind */
	uint8_t source; /* enum plan_source */
	uint16_t what; /* NET_LINK_* and PLAN_LINK_IPV6 for a PLAN_LINK_SET, PLAN_SET_* for a PLAN_NS_SET */
	uint32_t ns;	 /* of the plan */
	uint32_t object; /* index in its model's array */
};

/* Switch IPv6 on for a link of the host, where the host has it off for new ones. */
#define PLAN_LINK_IPV6 (1 << 15)

enum { PLAN_SET_FORWARDING = 1, PLAN_SET_IPV6 = 2 };

/* Done one after the other; within one, operations of a namespace stand together. */
enum plan_phase {
	PLAN_PHASE_CLEAR,   /* rules, routes and addresses that go */
	PLAN_PHASE_UNLINK,  /* links that go */
	PLAN_PHASE_REMOVE,  /* files and namespaces that go */
	PLAN_PHASE_CREATE,  /* namespaces that come, and settings of those that stay */
	PLAN_PHASE_CONNECT, /* links that come */
	PLAN_PHASE_SETTLE,  /* sysctls, interfaces and addresses */
	PLAN_PHASE_ROUTE, /* routes and rules; a hop needs the carrier that comes when the far end is up */
	PLAN_PHASE_FILES, /* hosts and resolv.conf */
};
#define PLAN_PHASE_N 8

/* What stands at ETC/NAME. */
enum plan_files {
	PLAN_FILES_NONE,
	PLAN_FILES_RIGHT, /* ours, as desired */
	PLAN_FILES_WRONG, /* ours, to be written anew */
	PLAN_FILES_ALIEN, /* somebody else's */
};

/* What is at NETNS/NAME where it is no namespace. */
enum plan_place {
	PLAN_PLACE_FREE,
	PLAN_PLACE_STALE, /* a placeholder of this network's, whose mount is gone */
	PLAN_PLACE_ALIEN, /* somebody else's file, directory … */
};

struct plan_ns {
	const char *name;
	bool desired;			   /* in the desired model, at the same index */
	bool add;			   /* is made by this plan */
	bool delete;			   /* is removed by this plan */
	uint32_t before[PLAN_BEFORE_MOST]; /* index in before[i], or MODEL_NONE */
	enum plan_files files;
	enum plan_place place;
	const char *alien; /* what is at NETNS/NAME instead, "a directory"; in live's arena */
};

struct plan {
	struct warren *w;
	const char *network;
	const char *file;     /* topology file that marks point into; may be NULL */
	struct model desired; /* a shallow copy with interfaces of its own: their ifindex is filled */
	const struct model *before[PLAN_BEFORE_MOST];
	size_t n_before;
	const struct outline *outline; /* knows namespaces of `before` by their mounts; may be NULL */
	struct model live;
	struct fleet *fleet; /* the namespaces, by the same indexes; there from plan_observe() on */
	VEC(struct plan_ns) ns;
	struct map names; /* of ns, by name */
	VEC(struct plan_op) ops[PLAN_PHASE_N];
	uint8_t *end;		/* of each desired interface: what diff found (enum in diff.c) */
	uint32_t *match;	/* of each desired interface: the live one, or MODEL_NONE */
	bool *gone;		/* of each live interface: this plan removes it */
	enum plan_files common; /* the network's common files: NONE while nobody looked */
	char *etc_ours;		/* how links in ETC begin that are the network's */
	int etc;		/* the directory ETC, to look and remove; -1: there was none */
	bool etc_ready;
	char *first_link; /* to the common files, of those that were made now; the others are hard links to it */
	size_t conflicts;
	bool empty;	/* nothing is desired */
	bool replugged; /* an earlier round of this run made all cables anew that were others before */
	bool host_ipv6;	    /* the network uses IPv6 in the host */
	bool host_ipv6_off; /* and new links there have it off (net.ipv6.conf.default.disable_ipv6) */
	bool look_for_extras; /* gather `extras` */
	VEC(struct plan_op)
	extras; /* live objects in the network's namespaces that are nobody's we know */
	VEC(uint32_t)
	lost;	    /* live links of the host, of a name of ours, that nothing proves to be */
	bool again; /* something was removed that takes more with it: compare once more afterwards */
};

/**
 * Begin a plan.
 * @param desired   what shall be; borrowed; NULL for nothing
 * @param before    what warren made or may have made; borrowed
 * @param n_before  0 to PLAN_BEFORE_MOST
 * @return 0 or -ENOMEM; release with plan_fini() in any case
 */
int plan_init(struct plan *p, struct warren *w, const char *network, const struct model *desired,
	      const struct model *const *before, size_t n_before);
void plan_fini(struct plan *p);

/** Whether any model of `before` has namespace i. */
bool plan_was_ours(const struct plan *p, uint32_t i);

/** The alias that marks a link of the host. @return buf */
char *plan_link_mark(const struct plan *p, const struct model_iface *i, char buf[PLAN_MARK_SIZE]);

/** Whether the host has, or had, a part in the network. */
bool plan_has_host_part(const struct plan *p);

/** Fill p->live and what stands at ETC/NAME; p->fleet keeps the namespaces open. @return 0 or a negative errno */
int plan_observe(struct plan *p, struct warren_err *err);

/**
 * Fill p->ops; pure. What is in the way goes to errs, each with its place.
 * @return 0, -EEXIST (something is in the way) or -ENOMEM
 */
int plan_diff(struct plan *p, struct warren_errs *errs);

/**
 * Whether the limits of the machine allow it (limits.h), and names of
 * namespaces will be seen by others, so that this is told before anything is done.
 * @return 0, -ENOSPC or -EXDEV
 */
int plan_check_limits(const struct plan *p, struct warren_err *err);

/** What to do where the kernel has no IPv6. */
#define PLAN_NO_IPV6 "'modprobe ipv6', or a kernel with CONFIG_IPV6 and without ipv6.disable=1"

/**
 * Whether the kernel has what the plan needs, as far as that can be known without a change:
 * kinds of links, IPv6. What it lacks goes to errs, each with its place.
 * @return 0, -EOPNOTSUPP, -EAFNOSUPPORT, …
 */
int plan_check_kernel(struct plan *p, struct warren_errs *errs);

/** Whether there is nothing to do. */
bool plan_empty(const struct plan *p);

/**
 * Do it.
 * @param[out] done  counts of what was done, added to; may be NULL
 * @return 0, or the first failure; what was done until then stays done
 */
int plan_apply(struct plan *p, struct warren_result *done, struct warren_err *err);

/** The operations as rows for people. @return 0 or -ENOMEM; warren_steps_fini() in any case */
int plan_steps(const struct plan *p, struct warren_steps *ret);

/** The extras likewise. */
int plan_extras(const struct plan *p, struct warren_steps *ret);

/** Whether an operation is about an IPv6 address, or a route or rule of IPv6. */
bool plan_is_ipv6(const struct plan *p, const struct plan_op *op);

/** Whether an operation takes something away. */
bool plan_is_removal(const struct plan_op *op);

/** Count an operation that was done, if plan_steps() has a row for it; done may be NULL. */
void plan_count(const struct plan *p, const struct plan_op *op, struct warren_result *done);

/** @return where the time of an operation belongs */
enum warren_phase plan_op_phase(const struct plan_op *op);

/** @return "add", "change" or "remove" */
const char *plan_verb(const struct plan_op *op);

/** Describe one operation, as "link red:eth0", for errors. @return buf */
char *plan_describe(const struct plan *p, const struct plan_op *op, char *buf, size_t size);

/** @return the place in the topology file that an operation's object has */
struct mark plan_mark(const struct plan *p, const struct plan_op *op);

/** @return the model that an operation's object stands in */
const struct model *plan_model(const struct plan *p, const struct plan_op *op);

/* files.c: ETC/NAME is a link to a directory of the network's own. */
int files_observe(struct plan *p, struct warren_err *err);
int files_set(struct plan *p, uint32_t i, struct warren_err *err);
int files_delete(struct plan *p, uint32_t i, struct warren_err *err);

/** The common files are no mount any more: what they were read-only for goes. state_forget() tells of a failure. */
void files_unprotect(const struct plan *p);

#endif
