/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLAN_READY_H
#define PLAN_READY_H

#include "plan/fleet.h"
#include "plan/plan.h"

/**
 * After a plan was applied: wait until the ports that it set up forward. What
 * is sent before that is lost, and with thousands of nodes so are the further
 * questions for their addresses, which come all at once a second later.
 * @return 0, also where it takes too long (a warning then), -ECANCELED, …
 */
int plan_await_ports(struct plan *p, struct fleet *f, struct warren_err *err);

#endif
