/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/plan.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "link/link-kind.h"
#include "net/net.h"

#include <errno.h>
#include <sys/socket.h>

/* What this kernel may lack is asked for before the first change, where the plan needs it. */

static void lacking(struct plan *p, const struct plan_op *op, int code, const char *why,
		    struct warren_errs *errs)
{
	struct mark mark = plan_mark(p, op);
	char what[NET_TEXT + 128];
	struct warren_err err;

	warren_fail_at(&err, code, mark.line ? p->file : NULL, (int)mark.line, (int)mark.column,
		       "%s: %s", plan_describe(p, op, what, sizeof(what)), why);
	warren_errs_add(errs, &err);
}

/* Kinds that few kernels lack are left to the making. */
static int check_kind(struct plan *p, const struct plan_op *op, struct wire **w, uint32_t *asked,
		      struct warren_errs *errs)
{
	const struct model_iface *i = &p->desired.ifaces.v[op->object];
	const struct link_kind *k = link_kind_of(i->kind);
	struct warren_err err = WARREN_ERR_INIT;
	int r;

	if (!k || !k->standalone || *asked & 1u << i->kind)
		return 0;
	*asked |= 1u << i->kind;
	r = *w ? 0 : wire_open(w, &err);
	if (r < 0)
		return warren_errs_add(errs, &err);
	r = net_check_kind(*w, k, &err);
	if (r < 0)
		lacking(p, op, r, err.text, errs);
	return r;
}

static int check_kinds(struct plan *p, struct warren_errs *errs)
{
	struct wire *w = NULL;
	uint32_t asked = 0;
	int ret = 0;

	vec_foreach(op, &p->ops[PLAN_PHASE_CONNECT]) {
		int r = op->kind == PLAN_LINK_ADD ? check_kind(p, op, &w, &asked, errs) : 0;

		ret = ret ? ret : r;
	}
	wire_close(w);
	return ret;
}

/* With ipv6.disable=1 the family is not there, though the module is. */
static bool has_ipv6(void)
{
	auto_close int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd >= 0 || errno != EAFNOSUPPORT;
}

static int check_ipv6(struct plan *p, struct warren_errs *errs)
{
	for (int phase = PLAN_PHASE_SETTLE; phase <= PLAN_PHASE_ROUTE; phase++)
		vec_foreach(op, &p->ops[phase]) {
			if (!plan_is_ipv6(p, op))
				continue;
			if (has_ipv6())
				return 0;
			lacking(p, op, -EAFNOSUPPORT, "there is no IPv6 here; " PLAN_NO_IPV6, errs);
			return -EAFNOSUPPORT;
		}
	return 0;
}

int plan_check_kernel(struct plan *p, struct warren_errs *errs)
{
	int kinds = check_kinds(p, errs), ipv6 = check_ipv6(p, errs);

	return kinds ? kinds : ipv6;
}
