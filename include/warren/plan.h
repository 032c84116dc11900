/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WARREN_PLAN_H
#define WARREN_PLAN_H

#include <warren/topo.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * From a topology to the machine and back. All four compare what is wanted
 * with what the kernel has, and differ in what they do with the difference.
 * All or nothing: a failed or cancelled warren_up() takes back what it made;
 * one that was killed is finished by the next warren_up() or removed by
 * warren_down(). What Warren did not make, it neither changes nor removes,
 * except what somebody put into a namespace of its own, which goes with that.
 */

enum warren_step_verb {
	WARREN_STEP_ADD,
	WARREN_STEP_CHANGE,
	WARREN_STEP_DELETE,
	WARREN_STEP_NONE, /* is there, and stays: see warren_status() */
};

/** One difference, as text for people and in parts for programs. */
struct warren_step {
	enum warren_step_verb verb;
	const char *object; /* "namespace", "link", "address", "route", "rule", "sysctl", "file" */
	const char *node;   /* the namespace it is in, "host" for the one that warren runs in */
	const char *name;   /* which one, as iproute2 would print it */
	const char *detail; /* what changes, "mtu 1500 -> 1400"; may be "" */
	int line, column;   /* where the topology file asks for it; 0 where it does not */
};

/** The difference between a topology and the machine, in the order in which it would be applied. */
struct warren_steps {
	size_t n;
	const struct warren_step *v;
	void *owner; /* what the rows live in */
};

/** Release the rows. */
void warren_steps_fini(struct warren_steps *s);

struct warren_result {
	size_t added, changed, deleted; /* steps done, by verb */
};

enum {
	WARREN_PLAN_WAIT = 1 << 0, /* wait for another warren that works on this network */
};

/**
 * Make the machine match a topology.
 * @param w         the context, entered
 * @param t         the topology
 * @param flags     WARREN_PLAN_*
 * @param[out] ret  what was done; may be NULL
 * @param errs      filled on failure; several where several things are in the way
 * @return 0; -EBUSY (another warren works on it; its pid is in the text), -EEXIST
 *         (something that Warren did not make is in the way), -ECANCELED, …
 */
int warren_up(struct warren *w, const struct warren_topo *t, unsigned flags,
	      struct warren_result *ret, struct warren_errs *errs);

/**
 * Remove all that warren_up() made for a network.
 * @param w         the context, entered
 * @param name      the network
 * @param flags     WARREN_PLAN_*
 * @param[out] ret  what was done; may be NULL
 * @param errs      filled on failure
 * @return 0, also where nothing is left to do (ret is zero then); -EBUSY, …
 */
int warren_down(struct warren *w, const char *name, unsigned flags, struct warren_result *ret,
		struct warren_errs *errs);

/**
 * What warren_up() would do, and what of others would go with a namespace; changes nothing.
 * @param w         the context
 * @param t         the topology; NULL for what warren_down() of `name` would do
 * @param name      the network, where t is NULL
 * @param[out] ret  release with warren_steps_fini()
 * @param errs      filled on failure; what is in the way is an error here too
 * @return 0 or a negative errno
 */
int warren_plan(struct warren *w, const struct warren_topo *t, const char *name,
		struct warren_steps *ret, struct warren_errs *errs);

/**
 * How a network differs from its topology, and what somebody else put into its namespaces.
 * @param w          the context, entered
 * @param t          the topology
 * @param[out] ret   what warren_up() would do; release with warren_steps_fini()
 * @param[out] also  links, addresses, routes and rules in the namespaces of the network that are
 *                   neither asked for nor made by Warren; up leaves them alone; release likewise
 * @param errs       filled on failure
 * @return 0 or a negative errno
 */
int warren_status(struct warren *w, const struct warren_topo *t, struct warren_steps *ret,
		  struct warren_steps *also, struct warren_errs *errs);

/**
 * The topology that was last applied to a network.
 * @param w         the context
 * @param name      the network
 * @param[out] ret  release with warren_topo_free()
 * @param errs      filled on failure
 * @return 0 or -ENOENT (not up)
 */
int warren_applied(struct warren *w, const char *name, struct warren_topo **ret,
		   struct warren_errs *errs);

/**
 * The path that networks remember their file by: absolute, the folder with its
 * links resolved, the file as it was named, whether or not it is there.
 * @param file  as named by a user
 * @return to be freed with free(), or NULL without memory
 */
char *warren_topo_path(const char *file);

/**
 * Whether the network that is up by a topology's name may be another one's: the
 * name is the file's, not written in it, and another file, which is still
 * there, brought the network up.
 * @param w    the context, entered
 * @param t    the topology
 * @param err  filled on failure: names the other file
 * @return 0, -EEXIST, -ENOMEM
 */
int warren_check_origin(struct warren *w, const struct warren_topo *t, struct warren_err *err);

struct warren_network {
	char *name;
	char *file;	  /* as of warren_topo_path(); "" where it cannot be read */
	bool interrupted; /* an up or down was killed half way */
	int changed_by;	  /* pid of an up or down that is half way just now; 0 where none is */
	size_t namespaces, switches; /* as warren_topo_count() has them; 0 where nobody asked */
	size_t missing; /* of both, whose names are no namespaces any more; 0 also while up or down is half way */
};

struct warren_networks {
	size_t n;
	struct warren_network *v;
};

enum {
	WARREN_NETWORKS_COUNT =
		1 << 0, /* also read how many namespaces and switches each has, and look for them */
	WARREN_NETWORKS_LEFT = 1 << 1, /* also those of which warren_down() would find next to nothing */
};

/**
 * The networks that are up, by name.
 * @param w         the context
 * @param flags     WARREN_NETWORKS_*
 * @param[out] ret  release with warren_networks_fini()
 * @param err       filled on failure
 * @return 0 or a negative errno
 */
int warren_networks(struct warren *w, unsigned flags, struct warren_networks *ret,
		    struct warren_err *err);

/** Release a list. */
void warren_networks_fini(struct warren_networks *n);

/** Where the time went, in nanoseconds since the context was made. */
enum warren_phase {
	WARREN_PHASE_READ,	 /* YAML into a tree */
	WARREN_PHASE_VALIDATE,	 /* the tree into a topology */
	WARREN_PHASE_ADDRESSES,	 /* subnets and addresses handed out */
	WARREN_PHASE_ROUTES,	 /* shortest paths */
	WARREN_PHASE_OBSERVE,	 /* what the kernel has */
	WARREN_PHASE_PLAN,	 /* the difference */
	WARREN_PHASE_JOURNAL,	 /* intent and state written */
	WARREN_PHASE_NAMESPACES, /* namespaces made or removed, their settings */
	WARREN_PHASE_LINKS,	 /* links made or removed */
	WARREN_PHASE_CONFIGURE,	 /* addresses, rules, link settings */
	WARREN_PHASE_INSTALL,	 /* routes to the kernel */
	WARREN_PHASE_FILES,	 /* hosts and resolv.conf */
	WARREN_PHASE_WAIT,	 /* for locks and for the kernel to let go */
};
#define WARREN_PHASE_N 13

/** @return name of a phase, in one word, lower case */
const char *warren_phase_name(enum warren_phase p);

/** @return nanoseconds spent in a phase with this context so far */
uint64_t warren_phase_ns(const struct warren *w, enum warren_phase p);

#ifdef __cplusplus
}
#endif

#endif
