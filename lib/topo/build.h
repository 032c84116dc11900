/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOPO_BUILD_H
#define TOPO_BUILD_H

#include "topo/range.h"
#include "topo/spec.h"
#include "topo/topo.h"

/*
 * From what is written (struct spec) to the model, in steps that each do one
 * thing. What the steps know of an object beyond the model stands in arrays
 * parallel to the model's.
 */
#define BUILD_NODES_MOST   131072
#define BUILD_CABLES_MOST  (512u << 10)
#define BUILD_EXPECTS_MOST 1000000
#define BUILD_IFNAME_MOST                                                                          \
	62 /* NODE-IF, 64 + 1 + 62, is still an alternative name (ALTIFNAMSIZ, 128) */

#define SEGMENT_NETS_MOST 4 /* networks on one wire */

/* One namespace, beside model.ns. */
struct build_ns {
	const struct spec_node *spec; /* NULL: nothing is written of it */
	uint32_t next_eth;
	bool v6; /* the file gives it something of IPv6 */
};

/* One interface, beside model.ifaces. */
struct build_iface {
	const struct spec_interface *conf; /* NULL: nothing is written of it */
	const struct ips *written;	   /* its addresses where they are written anywhere */
	uint32_t segment;		   /* MODEL_NONE: lo, or a port without addresses */
};

/* A switch: a bridge in a namespace of its own, or in the host where that has an address on it. */
struct build_switch {
	const char *name;
	const struct spec_switch *spec;
	uint32_t ns, bridge, segment;
	bool one_of_many; /* its row stands for several */
};

/* One segment, beside topo->segments. */
struct build_segment {
	const struct spec_link *link; /* one of these two */
	const struct spec_switch *sw;
	const struct ips *subnet; /* as written; may not be given */
	bool shares; /* one of several cables of one link: its subnet is cut as from a pool */
	uint32_t n_nets;
	struct ip net[SEGMENT_NETS_MOST]; /* that its ports get addresses of */
};

struct build {
	struct problems *p;
	struct warren_topo *t;
	const struct spec *spec;
	struct arena *scratch; /* lives as long as the reading */
	VEC(struct build_ns) ns;
	VEC(struct build_iface) ifaces;
	VEC(struct build_segment) segments;
	VEC(struct build_switch) switches;
	struct map switch_by_name;
	VEC(const char *) case_names; /* all names so far, as written */
	struct map iface_by_name;     /* namespace and name, the whole and the kernel's -> index */
	struct map route_by_key;      /* namespace, destination, table, metric -> index */
	struct map rule_by_key;	      /* all that the kernel tells rules apart by -> index */
	struct mark small_mtu;	      /* where the last mtu too small for IPv6 is */
	bool names_broken; /* a node's name was refused: an unknown node may be that one */
	bool nodes_full;   /* more nodes than a network may have */
	const char *path;  /* of the file, for the network's name; NULL: none */
};

/** The steps, in this order. Each returns 0, also where it found problems, 1 to take no more steps, or -ENOMEM. */
int build_network(struct build *b);    /* name */
int build_nodes(struct build *b);      /* namespaces and switches get their names */
int build_links(struct build *b);      /* interfaces and segments; the model is indexed after it */
int build_interfaces(struct build *b); /* what is written of interfaces */
int build_addresses(struct build *b);  /* written and handed out; the model is indexed after it */
int build_settings(struct build *b);   /* gateways, routes, rules, sysctls, forwarding, ipv6 */
int build_files(struct build *b);      /* hosts and resolv.conf */
int build_expects(struct build *b);

/** Record a problem where `name` is no node. */
void build_unknown_node(struct build *b, struct mark at, const char *object, const char *name);

/** What is wrong with an interface's name, as the end of a sentence; NULL where nothing is. */
const char *build_ifname_wrong(const char *s);

/** Add an interface. @return its index, or MODEL_NONE without memory */
uint32_t build_add_iface(struct build *b, struct model_iface i);

/** Take a name in a namespace. @return 0, 1 where it is in use already, or -ENOMEM */
int build_claim(struct build *b, uint32_t ns, const char *name, uint32_t iface);

/** The whole name and the one in the kernel. @return 0, also where a problem was recorded, or -ENOMEM */
int build_claim_both(struct build *b, struct mark at, uint32_t ns, const char *name, uint32_t iface);

/** Set the names of an interface; `name` lives as long as the model. @return 0 or -ENOMEM */
int build_set_names(struct build *b, struct model_iface *i, const char *name);

/** The fields of a kind, as written, else their presets; *ret is NULL where it has none. @return 0 or -ENOMEM */
int build_values(struct build *b, enum model_iface_kind number, const struct field_values *written,
		 const struct text *name, const char *object, const void **ret);

/**
 * Interfaces with 'type': take their names, for indexes from `first` on; then add them.
 * @return 0, 1 where there are too many (a problem was recorded: stop), or -ENOMEM
 */
int standalone_claim(struct build *b, uint32_t first);
int standalone_add(struct build *b);

/** @return index of an interface by its whole or its kernel name, or MODEL_NONE */
uint32_t build_find_iface(const struct build *b, uint32_t ns, const char *name);

/** @return whether the mtu is too small for the IPv6 address it has; a problem was recorded then */
bool build_mtu_too_small(struct build *b, uint32_t iface);

/** "red eth0" for errors. */
struct label {
	char text[160];
};
const char *build_label(const struct build *b, uint32_t iface, struct label *buf);

/** @return a number's value, or `preset` where it is not given */
static inline uint64_t number_or(const struct number *n, uint64_t preset)
{
	return n->given ? n->v : preset;
}

#endif
