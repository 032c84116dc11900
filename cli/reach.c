/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reach.h"

#include <errno.h>
#include <stdlib.h>

int reach_options(unsigned long timeout, unsigned long count, struct warren_probe_options *ret,
		  struct warren_errs *errs)
{
	if (timeout > 3600000)
		return cli_usage(errs, "--timeout %lu: at most 3600000 ms, an hour", timeout);
	if (count > 16)
		return cli_usage(errs, "--count %lu: at most 16", count);
	ret->timeout_ms = (unsigned)timeout;
	ret->tries = (unsigned)count;
	return 0;
}

int reach_family(bool only4, bool only6, int *ret, struct warren_errs *errs)
{
	if (only4 && only6)
		return cli_usage(errs, "-4 and -6: only one of them");
	*ret = only4 ? 4 : only6 ? 6 : 0;
	return 0;
}

int reach_topology(struct cli *c, const char *arg, bool *other, struct warren_topo **ret,
		   struct warren_errs *errs)
{
	int entered = cli_enter(c, 0, errs), r;
	bool network = true;

	if (entered < 0 && entered != -ENOENT)
		return entered;
	if (other) {
		r = cli_means_network(c, arg, &network, errs);
		if (r)
			return r;
		*other = arg && !network;
	}
	/* Nothing may be up, and the file wrong in itself all the same. */
	entered = cli_topology_of(c, network ? arg : NULL, ret, errs) ?: entered;
	if (entered == -ENOENT && *ret) {
		cli_fail(errs, -ENOENT, "network '%s' is not up; bring it up with 'warren up'",
			 warren_topo_name(*ret));
		warren_topo_free(*ret);
		*ret = NULL;
	}
	return entered;
}

void reach_json(struct out_json *j, const struct warren_reach *r)
{
	bool ok = warren_reach_ok(r->status);

	out_text(j, "from", r->from);
	out_text(j, "to", r->to);
	out_text(j, "address", *r->address ? r->address : NULL);
	out_text(j, "status", warren_reach_name(r->status));
	if (*r->reason)
		out_text(j, "reason", r->reason);
	if (*r->hop)
		out_text(j, "hop", r->hop);
	if (ok)
		out_real(j, "rtt_ms", (double)r->rtt_ns / 1e6);
	out_uint(j, "tries", r->tries);
}
