/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/settings.h"

#include "net/net.h"
#include "plan/plan.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum value { ZERO, ONE, FORWARDING, NO_IPV6 };

/*
 * Order counts: forwarding of `all` also sets what new interfaces get, and an
 * interface gets its link-local address, with or without detection of
 * duplicates, when disable_ipv6 goes. Interfaces are made afterwards, so
 * `default` decides. With disable_ipv6 on `default` alone, lo keeps ::1.
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
	{ "net.ipv6.conf.default.accept_ra", ZERO },
	{ "net.ipv6.conf.default.accept_dad", ZERO },
	{ "net.ipv6.conf.default.autoconf", ZERO },
	{ "net.ipv6.conf.default.disable_ipv6", NO_IPV6 },
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
		int r = 0;

		if (!s->known)
			r = net_sysctl_read(proc, rows[i].key, s->fresh[i], sizeof(s->fresh[i]),
					    err);
		if (r == -ENOENT)
			s->fresh[i][0] = 0; /* a kernel without IPv6 */
		else if (r < 0)
			return r;
		if (!s->fresh[i][0] || !strcmp(s->fresh[i], want) || !matters(i, ns))
			continue;
		r = net_sysctl_write(proc, rows[i].key, want, err);
		if (r < 0)
			return r;
	}
	s->known = true;
	return 0;
}

/* The same setting of one interface. Without IPv6 (MTU below 1280) it has none, and gets `default` with it. */
static int set_interface(int proc, const char *key, const char *iface, const char *value,
			 struct warren_err *err)
{
	static const char preset[] = "net.ipv6.conf.default.";
	char buf[96], name[IFNAMSIZ];
	int r;

	snprintf(name, sizeof(name), "%s", iface);
	for (char *c = name; *c; c++)
		*c = *c == '.' ? '/' : *c; /* as sysctl(8) has it: a dot in a name */
	snprintf(buf, sizeof(buf), "net.ipv6.conf.%s.%s", name, key + sizeof(preset) - 1);
	r = net_sysctl_write(proc, buf, value, NULL);
	return r == -ENOENT || r == 0 ? 0 : net_sysctl_write(proc, buf, value, err);
}

static int change_ipv6(int proc, const struct model_ns *ns, const struct model *live,
		       struct model_range ifaces, struct warren_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < SETTINGS_N; i++) {
		const char *value = value_of(rows[i].value, ns);

		if (strncmp(rows[i].key, "net.ipv6.", 9) != 0 || !matters(i, ns))
			continue;
		r = net_sysctl_write(proc, rows[i].key, value, err);
		for (uint32_t k = 0; r == 0 && k < ifaces.n; k++) {
			const struct model_iface *l = &live->ifaces.v[ifaces.first + k];

			if (!strstr(rows[i].key, ".default."))
				break;
			if (l->kind != MODEL_IFACE_LOOPBACK)
				r = set_interface(proc, rows[i].key, l->name, value, err);
			else if (rows[i].value == NO_IPV6)
				r = set_interface(proc, rows[i].key, l->name, "0", err);
		}
	}
	return r;
}

int settings_change(int proc, const struct model_ns *ns, unsigned what, const struct model *live,
		    struct model_range ifaces, struct warren_err *err)
{
	int r = 0;

	if (what & PLAN_SET_FORWARDING)
		r = net_sysctl_write(proc, "net.ipv4.ip_forward", value_of(FORWARDING, ns), err);
	if (r == 0 && what & PLAN_SET_FORWARDING && ns->ipv6 != MODEL_OFF)
		r = net_sysctl_write(proc, "net.ipv6.conf.all.forwarding", value_of(FORWARDING, ns),
				     err);
	if (r == 0 && what & PLAN_SET_IPV6)
		r = change_ipv6(proc, ns, live, ifaces, err);
	return r;
}
