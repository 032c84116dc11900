/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/ready.h"

#include "net/net.h"

#include <errno.h>
#include <time.h>

#define SECOND 1000000000ull

/* How long to wait for ports: the kernel takes milliseconds, and seconds for thousands on a busy machine. */
#define PORTS_NS (5 * SECOND)
/* Listening and learning take the bridge's forward_delay each, which is 30 s at most. */
#define STP_NS (60 * SECOND + PORTS_NS)

static bool is_port(const struct model *m, uint32_t iface)
{
	return iface != MODEL_NONE && m->ifaces.v[iface].master != MODEL_NONE;
}

/* Bridges whose ports came up forward only a moment later: the network is up when it works. */
static int await_ports(struct plan *p, struct fleet *f, uint32_t ns, uint64_t since,
		       struct warren_err *err)
{
	struct net_idle_ports ports;
	size_t idle = 1;
	int r = 0;

	for (long ms = 1; r == 0 && idle; ms = ms < 32 ? ms * 2 : 32) {
		struct wire *w = fleet_wire(f, ns, err);

		r = w ? net_read_idle_ports(w, &ports, err) : err->code;
		if (r < 0)
			break;
		idle = ports.unnoticed + ports.learning;
		if (!idle || context_now() > since + (ports.learning ? STP_NS : PORTS_NS))
			break;
		if (context_cancelled(p->w))
			return warren_fail(err, -ECANCELED, "interrupted");
		context_progress(p->w, "ports not forwarding yet", idle, 0);
		nanosleep(&(struct timespec){ 0, ms * 1000000 }, NULL);
	}
	if (r == 0 && idle)
		context_log(p->w, WARREN_LOG_WARNING,
			    "switch in '%s': %zu ports do not forward yet; 'bridge -n %s link' shows "
			    "their state",
			    p->ns.v[ns].name, idle, p->ns.v[ns].name);
	return r;
}

int plan_await_ports(struct plan *p, struct fleet *f, struct warren_err *err)
{
	const struct model *m = &p->desired;
	uint64_t since = context_now();
	uint32_t last = MODEL_NONE;
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->ops[PLAN_PHASE_SETTLE].n; i++) {
		const struct plan_op *op = &p->ops[PLAN_PHASE_SETTLE].v[i];

		/* operations of a namespace stand together */
		if (op->kind != PLAN_LINK_SET || op->ns == last || !is_port(m, op->object))
			continue;
		last = op->ns;
		r = await_ports(p, f, op->ns, since, err);
	}
	context_phase(p->w, WARREN_PHASE_WAIT, since);
	return r;
}
