/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/settings.h"

#include "net/net.h"
#include "plan/plan.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum value { ZERO, ONE, FORWARDING, NO_IPV6 };

/*
 * Order counts: net.ipv6.conf.all.disable_ipv6 and .forwarding also set what
 * new interfaces get. Interfaces are made afterwards, so `default` decides.
 * With disable_ipv6 on `default` alone, lo keeps ::1.
 */
static const struct {
	const char *key;
	enum value value;
} rows[] = {
	{ "net.ipv4.ip_forward", FORWARDING },
	{ "net.ipv4.conf.all.rp_filter", ZERO },
	{ "net.ipv4.conf.default.rp_filter", ZERO },
	{ "net.ipv4.conf.all.arp_ignore", ZERO },
	{ "net.ipv4.conf.default.arp_ignore", ZERO },
	{ "net.ipv4.conf.all.arp_announce", ZERO },
	{ "net.ipv4.conf.default.arp_announce", ZERO },
	{ "net.ipv4.conf.all.proxy_arp", ZERO },
	{ "net.ipv4.conf.default.proxy_arp", ZERO },
	{ "net.ipv4.conf.all.accept_local", ZERO },
	{ "net.ipv4.conf.default.accept_local", ZERO },
	{ "net.ipv4.conf.all.log_martians", ZERO },
	{ "net.ipv4.conf.default.log_martians", ZERO },
	{ "net.ipv6.conf.all.forwarding", FORWARDING },
	{ "net.ipv6.conf.default.disable_ipv6", NO_IPV6 },
	{ "net.ipv6.conf.default.accept_ra", ZERO },
	{ "net.ipv6.conf.default.accept_dad", ZERO },
	{ "net.ipv6.conf.default.autoconf", ZERO },
};
static_assert(sizeof(rows) / sizeof(rows[0]) == SETTINGS_N, "one fresh value a row");

static const char *value_of(enum value v, const struct model_ns *ns)
{
	switch (v) {
	case ZERO:
		return "0";
	case ONE:
		return "1";
	case FORWARDING:
		return ns->forwarding == MODEL_ON ? "1" : "0";
	case NO_IPV6:
		return ns->ipv6 == MODEL_OFF ? "1" : "0";
	}
	return "";
}

/* Forwarding of a version that the namespace does not have, and what only matters with IPv6 on, can stay. */
static bool matters(size_t row, const struct model_ns *ns)
{
	if (strncmp(rows[row].key, "net.ipv6.", 9))
		return true;
	return ns->ipv6 != MODEL_OFF || rows[row].value == NO_IPV6;
}

int settings_write(struct settings *s, int proc, const struct model_ns *ns, struct warren_err *err)
{
	for (size_t i = 0; i < SETTINGS_N; i++) {
		const char *want = value_of(rows[i].value, ns);
		int r;

		if (!s->known && net_sysctl_read(proc, rows[i].key, s->fresh[i],
						 sizeof(s->fresh[i]), NULL) < 0)
			s->fresh[i][0] = 0;
		if (!s->fresh[i][0] || !strcmp(s->fresh[i], want) || !matters(i, ns))
			continue;
		r = net_sysctl_write(proc, rows[i].key, want, err);
		if (r < 0)
			return r;
	}
	s->known = true;
	return 0;
}

int settings_change(int proc, const struct model_ns *ns, unsigned what, struct warren_err *err)
{
	int r = 0;

	if (what & PLAN_SET_FORWARDING)
		r = net_sysctl_write(proc, "net.ipv4.ip_forward",
				     value_of(FORWARDING, ns), err);
	if (r == 0 && what & PLAN_SET_FORWARDING && ns->ipv6 != MODEL_OFF)
		r = net_sysctl_write(proc, "net.ipv6.conf.all.forwarding",
				     value_of(FORWARDING, ns), err);
	/* on `all` it goes to every interface, lo too: that one is given back its address */
	if (r == 0 && what & PLAN_SET_IPV6)
		r = net_sysctl_write(proc, "net.ipv6.conf.all.disable_ipv6",
				     value_of(NO_IPV6, ns), err);
	if (r == 0 && what & PLAN_SET_IPV6 && ns->ipv6 == MODEL_OFF)
		r = net_sysctl_write(proc, "net.ipv6.conf.lo.disable_ipv6", "0", err);
	return r;
}
