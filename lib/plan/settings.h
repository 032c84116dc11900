/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLAN_SETTINGS_H
#define PLAN_SETTINGS_H

#include "model/model.h"

#include <warren/error.h>

/*
 * The settings that every namespace gets, so that it does not depend on the
 * host's: a new namespace copies the IPv4 settings of the first one
 * (net.core.devconf_inherit_init_net), whatever a distribution put there, and
 * starts from the kernel's own values for IPv6.
 *
 * Writing a sysctl costs as much as making an address, so the values of a new
 * namespace are read once, from the first one made, and only what differs is
 * written in each.
 */
#define SETTINGS_N 18

struct settings {
	bool known;
	char fresh[SETTINGS_N]
		  [16]; /* value in a namespace just made; "" where the kernel has no such key */
};

/**
 * Set up a namespace just made, in which the thread is.
 * @param s     what a fresh namespace has; filled at the first call
 * @param proc  descriptor of its /proc/sys
 * @param ns    what it shall be
 */
int settings_write(struct settings *s, int proc, const struct model_ns *ns, struct warren_err *err);

/**
 * Change forwarding or IPv6 of a namespace that stands, in which the thread is.
 * @param what    PLAN_SET_*
 * @param live    the model that its interfaces are in
 * @param ifaces  which
 */
int settings_change(int proc, const struct model_ns *ns, unsigned what, const struct model *live,
		    struct model_range ifaces, struct warren_err *err);

#endif
