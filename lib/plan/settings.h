/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLAN_SETTINGS_H
#define PLAN_SETTINGS_H

#include "model/model.h"

#include <warren/error.h>

struct wire;

/*
 * The settings that every namespace gets, so that it does not depend on the
 * host's. A new namespace copies conf/all and conf/default, every key of them
 * (devinet_init_net() and addrconf_init_net() of the kernel):
 *
 *	net.core.devconf_inherit_init_net	IPv4			IPv6
 *	0 (preset)				first namespace		compiled
 *	1					first namespace		first namespace
 *	2					compiled		compiled
 *	3					caller's namespace	caller's namespace
 *
 * Tried on Linux 6.18 with the preset: with every key of the caller's namespace
 * changed, none of a new one's is. Where `default` of the first namespace was
 * ever written, lo keeps what it copied (a device made after such a write is
 * taken to be set by hand); lo decides nothing of what comes in by a cable.
 *
 * Reading or writing a sysctl costs as much as making an address, so a new
 * namespace's values are read once, in the first one made (that of IPv6: the
 * first one made that has it), and only what differs is written in each. What is
 * known to be compiled is not even read: the sysctl can be seen in the first
 * namespace only.
 */
#define SETTINGS_OWN   6
#define SETTINGS_MOST  128
#define SETTINGS_VALUE 16

enum settings_family { SETTINGS_IPV4, SETTINGS_IPV6, SETTINGS_FAMILIES };

struct settings {
	char inherit[SETTINGS_VALUE]; /* the sysctl above; "" where it is not to be seen */
	char fresh[SETTINGS_OWN][SETTINGS_VALUE]; /* of those that depend on the namespace */
	struct settings_differ {
		bool known;
		uint16_t n;
		uint16_t at[SETTINGS_MOST];
	} differ[SETTINGS_FAMILIES]; /* what else is not as it shall be */
};

/** Begin, with the thread in the host. Zeroed will do as well: then all is read. */
void settings_begin(struct settings *s, int proc);

/**
 * Set up a namespace just made, in which the thread is.
 * @param s     what a fresh namespace has; filled at the first call
 * @param proc  descriptor of its /proc/sys
 * @param w     a wire in it, by which much can be learnt at once; may be NULL
 * @param ns    what it shall be
 */
int settings_write(struct settings *s, int proc, struct wire *w, const struct model_ns *ns,
		   struct warren_err *err);

/** What settings_write() makes of a sysctl; NULL where it leaves that alone. */
const char *settings_preset(const char *key, const struct model_ns *ns);

/**
 * Change forwarding or IPv6 of a namespace that stands, in which the thread is.
 * @param what    PLAN_SET_*
 * @param live    the model that its interfaces are in
 * @param ifaces  which
 */
int settings_change(int proc, const struct model_ns *ns, unsigned what, const struct model *live,
		    struct model_range ifaces, struct warren_err *err);

/** Switch IPv6 on for one interface of the namespace that `proc` is of. */
int settings_link_ipv6(int proc, const char *iface, struct warren_err *err);

#endif
