/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/settings.h"

#include "base/cleanup.h"
#include "net/net.h"
#include "plan/plan.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SIZE 96

/*
 * The same for every namespace: below net.ipvN.conf, what `all` says and what
 * `default` says, which is what new interfaces get. These are the kernel's own
 * presets, but for the rows marked, which are Warren's: they matter only with
 * IPv6 on. NULL where the kernel does not look at `all`.
 *
 * Not here: mc_forwarding, which cannot be written; mtu, which each interface
 * has from its device; stable_secret, which cannot be unset, and which
 * addr_gen_mode makes unused.
 */
struct row {
	const char *key, *all, *preset;
	bool ours;
	uint8_t devconf; /* IPV4_DEVCONF_… of <linux/ip.h>; 0: lo has another value, or there is none */
};

#define DEVCONF_MOST 40

static const struct row rows4[] = {
	{ "accept_local", "0", "0", .devconf = 23 },
	{ "accept_redirects", NULL, "1", .devconf = 4 }, /* `all`: see below */
	{ "accept_source_route", "0", "1", .devconf = 9 },
	{ "arp_accept", "0", "0", .devconf = 21 },
	{ "arp_announce", "0", "0", .devconf = 18 },
	{ "arp_evict_nocarrier", "1", "1", .devconf = 33 },
	{ "arp_filter", "0", "0", .devconf = 13 },
	{ "arp_ignore", "0", "0", .devconf = 19 },
	{ "arp_notify", "0", "0", .devconf = 22 },
	{ "bc_forwarding", "0", "0", .devconf = 32 },
	{ "bootp_relay", "0", "0", .devconf = 10 },
	{ "disable_policy", "0", "0" },
	{ "disable_xfrm", "0", "0" },
	{ "drop_gratuitous_arp", "0", "0", .devconf = 31 },
	{ "drop_unicast_in_l2_multicast", "0", "0", .devconf = 30 },
	{ "force_igmp_version", "0", "0", .devconf = 17 },
	{ "igmpv2_unsolicited_report_interval", "10000", "10000", .devconf = 27 },
	{ "igmpv3_unsolicited_report_interval", "1000", "1000", .devconf = 28 },
	{ "ignore_routes_with_linkdown", "0", "0", .devconf = 29 },
	{ "log_martians", "0", "0", .devconf = 11 },
	{ "medium_id", "0", "0", .devconf = 14 },
	{ "promote_secondaries", "0", "0", .devconf = 20 },
	{ "proxy_arp", "0", "0", .devconf = 3 },
	{ "proxy_arp_pvlan", "0", "0", .devconf = 25 },
	{ "route_localnet", "0", "0", .devconf = 26 },
	{ "rp_filter", "0", "0", .devconf = 8 },
	{ "secure_redirects", "1", "1", .devconf = 5 },
	{ "send_redirects", "1", "1", .devconf = 6 },
	{ "shared_media", "1", "1", .devconf = 7 },
	{ "src_valid_mark", "0", "0", .devconf = 24 },
	{ "tag", "0", "0", .devconf = 12 },
};

static const struct row rows6[] = {
	{ "accept_dad", "0", "0", true },
	{ "accept_ra", NULL, "0", true },
	{ "autoconf", NULL, "0", true },
	{ "accept_ra_defrtr", NULL, "1" },
	{ "accept_ra_from_local", NULL, "0" },
	{ "accept_ra_min_hop_limit", NULL, "1" },
	{ "accept_ra_min_lft", NULL, "0" },
	{ "accept_ra_mtu", NULL, "1" },
	{ "accept_ra_pinfo", NULL, "1" },
	{ "accept_ra_rt_info_max_plen", NULL, "0" },
	{ "accept_ra_rt_info_min_plen", NULL, "0" },
	{ "accept_ra_rtr_pref", NULL, "1" },
	{ "accept_redirects", "1", "1" },
	{ "accept_source_route", "0", "0" },
	{ "accept_untracked_na", "0", "0" },
	{ "addr_gen_mode", "0", "0" },
	{ "dad_transmits", NULL, "1" },
	{ "disable_ipv6", "0", NULL }, /* `default`: see below */
	{ "disable_policy", "0", "0" },
	{ "drop_unicast_in_l2_multicast", "0", "0" },
	{ "drop_unsolicited_na", "0", "0" },
	{ "enhanced_dad", "1", "1" },
	{ "force_forwarding", "0", "0" },
	{ "force_mld_version", "0", "0" },
	{ "force_tllao", "0", "0" },
	{ "hop_limit", "64", "64" },
	{ "ignore_routes_with_linkdown", "0", "0" },
	{ "ioam6_enabled", NULL, "0" },
	{ "ioam6_id", NULL, "65535" },
	{ "ioam6_id_wide", NULL, "4294967295" },
	{ "keep_addr_on_down", "0", "0" },
	{ "max_addresses", NULL, "16" },
	{ "max_desync_factor", NULL, "600" },
	{ "mldv1_unsolicited_report_interval", NULL, "10000" },
	{ "mldv2_unsolicited_report_interval", NULL, "1000" },
	{ "ndisc_evict_nocarrier", "1", "1" },
	{ "ndisc_notify", "0", "0" },
	{ "ndisc_tclass", "0", "0" },
	{ "optimistic_dad", "0", "0" },
	{ "proxy_ndp", "0", "0" },
	{ "ra_defrtr_metric", NULL, "1024" },
	{ "ra_honor_pio_life", NULL, "0" },
	{ "ra_honor_pio_pflag", NULL, "0" },
	{ "regen_max_retry", NULL, "3" },
	{ "regen_min_advance", NULL, "2" },
	{ "router_probe_interval", NULL, "60" },
	{ "router_solicitation_delay", NULL, "1" },
	{ "router_solicitation_interval", NULL, "4" },
	{ "router_solicitation_max_interval", NULL, "3600" },
	{ "router_solicitations", NULL, "-1" },
	{ "rpl_seg_enabled", "0", "0" },
	{ "seg6_enabled", "0", "0" },
	{ "seg6_require_hmac", "0", "0" },
	{ "suppress_frag_ndisc", "1", "1" },
	{ "temp_prefered_lft", NULL, "86400" },
	{ "temp_valid_lft", NULL, "604800" },
	{ "use_oif_addrs_only", "0", "0" },
	{ "use_optimistic", "0", "0" },
	{ "use_tempaddr", NULL, "0" },
};

#define ROWS4 (sizeof(rows4) / sizeof(rows4[0]))
#define ROWS6 (sizeof(rows6) / sizeof(rows6[0]))
static_assert(2 * ROWS4 <= SETTINGS_MOST && 2 * ROWS6 <= SETTINGS_MOST, "room for all that differ");

static const struct table {
	const char *below, *dirs[2];
	const struct row *rows;
	size_t n;
} tables[] = {
	[SETTINGS_IPV4] = { "net.ipv4.conf.",
			    { "net/ipv4/conf/all", "net/ipv4/conf/default" },
			    rows4,
			    ROWS4 },
	[SETTINGS_IPV6] = { "net.ipv6.conf.",
			    { "net/ipv6/conf/all", "net/ipv6/conf/default" },
			    rows6,
			    ROWS6 },
};

enum value { FORWARDING, NOT_FORWARDING, NO_IPV6 };

/*
 * What depends on the namespace. Order counts: a change of forwarding of `all`
 * makes the kernel set the rows below that follow it. An interface gets its
 * link-local address, with or without detection of duplicates, when
 * disable_ipv6 goes. Interfaces are made afterwards, so `default` decides. With
 * disable_ipv6 on `default` alone, lo keeps ::1.
 */
static const struct {
	const char *key;
	enum value value;
	bool follows, ipv6;
} own[] = {
	{ "net.ipv4.ip_forward", FORWARDING },
	{ "net.ipv4.conf.default.forwarding", FORWARDING, .follows = true },
	{ "net.ipv4.conf.all.accept_redirects", NOT_FORWARDING, .follows = true },
	{ "net.ipv6.conf.all.forwarding", FORWARDING, .ipv6 = true },
	{ "net.ipv6.conf.default.forwarding", FORWARDING, .follows = true, .ipv6 = true },
	{ "net.ipv6.conf.default.disable_ipv6", NO_IPV6 },
};
static_assert(sizeof(own) / sizeof(own[0]) == SETTINGS_OWN, "one fresh value a row");

static const char *value_of(enum value v, const struct model_ns *ns)
{
	bool forwards = ns->forwarding == MODEL_ON;

	switch (v) {
	case FORWARDING:
		return forwards ? "1" : "0";
	case NOT_FORWARDING:
		return forwards ? "0" : "1";
	case NO_IPV6:
		return ns->ipv6 == MODEL_OFF ? "1" : "0";
	}
	return "";
}

/* A row's place in the list of what differs: twice its index, and one more for `default`. */
static const char *row_key(enum settings_family f, uint16_t at, char buf[KEY_SIZE])
{
	snprintf(buf, KEY_SIZE, "%s%s.%s", tables[f].below, at % 2 ? "default" : "all",
		 tables[f].rows[at / 2].key);
	return buf;
}

static const char *row_value(enum settings_family f, uint16_t at)
{
	const struct row *row = &tables[f].rows[at / 2];

	return at % 2 ? row->preset : row->all;
}

/* @param[out] buf  "" where the kernel has no such key: it is older, or without IPv6 */
static int read_value(int proc, const char *key, char buf[SETTINGS_VALUE], struct warren_err *err)
{
	int r = net_sysctl_read(proc, key, buf, SETTINGS_VALUE, NULL);

	if (r < 0)
		buf[0] = 0;
	return r == 0 || r == -ENOENT ? 0 : net_sysctl_read(proc, key, buf, SETTINGS_VALUE, err);
}

static int learn_own(struct settings *s, int proc, struct warren_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < SETTINGS_OWN; i++)
		r = read_value(proc, own[i].key, s->fresh[i], err);
	return r;
}

/* The kernel's presets are as they shall be, whichever version's they are. */
static bool are_compiled(const struct settings *s, enum settings_family f)
{
	return !strcmp(s->inherit, "2") || (f == SETTINGS_IPV6 && !strcmp(s->inherit, "0"));
}

/*
 * lo has what `default` was when the namespace was made, and one message tells
 * all of it: a look at a file takes 8 µs where nobody looked before.
 * @return how many of `ret` are known
 */
static int read_default(enum settings_family f, struct wire *w, uint32_t ret[DEVCONF_MOST])
{
	int n = w && f == SETTINGS_IPV4 ? net_read_lo_conf(w, ret, DEVCONF_MOST, NULL) : 0;

	return n < 0 ? 0 : n;
}

/* Those of `all` or of `default`: which of them differ goes to the list. */
static int learn_half(struct settings *s, enum settings_family f, uint16_t half, int proc,
		      struct wire *w, struct warren_err *err)
{
	struct settings_differ *d = &s->differ[f];
	uint32_t conf[DEVCONF_MOST];
	const int n_conf = half ? read_default(f, w, conf) : 0;
	/* each name by itself: of what a look at a setting costs, walking the path is most */
	auto_close int dir = openat(proc, tables[f].dirs[half], O_PATH | O_DIRECTORY | O_CLOEXEC);
	char key[KEY_SIZE], value[SETTINGS_VALUE];

	for (uint16_t at = half; at < 2 * tables[f].n; at += 2) {
		const struct row *row = &tables[f].rows[at / 2];
		int r;

		if (!row_value(f, at) || (are_compiled(s, f) && !row->ours))
			continue;
		if (row->devconf && row->devconf <= n_conf) {
			if (conf[row->devconf - 1] != strtoul(row->preset, NULL, 10))
				d->at[d->n++] = at;
			continue;
		}
		r = net_sysctl_read(dir, row->key, value, sizeof(value), NULL);
		if (r == -ENOENT)
			continue; /* an older kernel */
		if (r < 0)
			r = read_value(proc, row_key(f, at, key), value, err);
		if (r < 0)
			return r;
		if (value[0] && strcmp(value, row_value(f, at)) != 0)
			d->at[d->n++] = at;
	}
	return 0;
}

static int learn_rows(struct settings *s, enum settings_family f, int proc, struct wire *w,
		      struct warren_err *err)
{
	int r;

	s->differ[f].n = 0;
	r = learn_half(s, f, 0, proc, w, err);
	r = r ? r : learn_half(s, f, 1, proc, w, err);
	s->differ[f].known = r == 0;
	return r;
}

void settings_begin(struct settings *s, int proc)
{
	*s = (struct settings){ 0 };
	read_value(proc, "net.core.devconf_inherit_init_net", s->inherit, NULL);
}

/* Before anything is written in it. */
static int learn(struct settings *s, int proc, struct wire *w, bool ipv6, struct warren_err *err)
{
	int r = 0;

	if (!s->differ[SETTINGS_IPV4].known) {
		r = learn_own(s, proc, err);
		if (r == 0)
			r = learn_rows(s, SETTINGS_IPV4, proc, w, err);
	}
	if (r == 0 && ipv6 && !s->differ[SETTINGS_IPV6].known)
		r = learn_rows(s, SETTINGS_IPV6, proc, w, err);
	return r;
}

static int write_rows(const struct settings *s, enum settings_family f, int proc,
		      struct warren_err *err)
{
	const struct settings_differ *d = &s->differ[f];
	char key[KEY_SIZE];
	int r = 0;

	for (uint16_t i = 0; r == 0 && i < d->n; i++)
		r = net_sysctl_write(proc, row_key(f, d->at[i], key), row_value(f, d->at[i]), err);
	return r;
}

static int write_own(const struct settings *s, int proc, const struct model_ns *ns,
		     struct warren_err *err)
{
	bool led = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < SETTINGS_OWN; i++) {
		const char *want = value_of(own[i].value, ns);
		/* Forwarding of a version that the namespace does not have can stay. */
		bool write = s->fresh[i][0] && strcmp(s->fresh[i], want) != 0 &&
			     !(own[i].ipv6 && ns->ipv6 == MODEL_OFF);

		if (!own[i].follows)
			led = write;
		else if (led)
			continue;
		if (write)
			r = net_sysctl_write(proc, own[i].key, want, err);
	}
	return r;
}

int settings_write(struct settings *s, int proc, struct wire *w, const struct model_ns *ns,
		   struct warren_err *err)
{
	bool ipv6 = ns->ipv6 != MODEL_OFF;
	int r = learn(s, proc, w, ipv6, err);

	if (r == 0)
		r = write_rows(s, SETTINGS_IPV4, proc, err);
	if (r == 0 && ipv6)
		r = write_rows(s, SETTINGS_IPV6, proc, err);
	return r < 0 ? r : write_own(s, proc, ns, err);
}

const char *settings_preset(const char *key, const struct model_ns *ns)
{
	char text[KEY_SIZE];

	for (size_t i = 0; i < SETTINGS_OWN; i++)
		if (!strcmp(key, own[i].key))
			return value_of(own[i].value, ns);
	for (int f = 0; f < SETTINGS_FAMILIES; f++) {
		if (strncmp(key, tables[f].below, strlen(tables[f].below)) != 0)
			continue;
		for (uint16_t at = 0; at < 2 * tables[f].n; at++)
			if (row_value(f, at) && !strcmp(key, row_key(f, at, text)))
				return tables[f].rows[at / 2].ours && ns->ipv6 == MODEL_OFF
					       ? NULL
					       : row_value(f, at);
	}
	return NULL;
}

/* ---- a namespace that stands ---- */

/* The same setting of one interface. Without IPv6 (MTU below 1280) it has none, and gets `default` with it. */
static int set_interface(int proc, const char *key, const char *iface, const char *value,
			 struct warren_err *err)
{
	char buf[KEY_SIZE], name[IFNAMSIZ];
	int r;

	snprintf(name, sizeof(name), "%s", iface);
	for (char *c = name; *c; c++)
		*c = *c == '.' ? '/' : *c; /* as sysctl(8) has it: a dot in a name */
	snprintf(buf, sizeof(buf), "%s%s.%s", tables[SETTINGS_IPV6].below, name, key);
	r = net_sysctl_write(proc, buf, value, NULL);
	return r == -ENOENT || r == 0 ? 0 : net_sysctl_write(proc, buf, value, err);
}

int settings_link_ipv6(int proc, const char *iface, struct warren_err *err)
{
	return set_interface(proc, "disable_ipv6", iface, "0", err);
}

/* What new interfaces get, and the same for those that are there. */
static int set_preset(int proc, const char *key, const char *value, const char *lo,
		      const struct model *live, struct model_range ifaces, struct warren_err *err)
{
	char text[KEY_SIZE];
	int r;

	snprintf(text, sizeof(text), "%sdefault.%s", tables[SETTINGS_IPV6].below, key);
	r = net_sysctl_write(proc, text, value, err);
	for (uint32_t k = 0; r == 0 && k < ifaces.n; k++) {
		const struct model_iface *l = &live->ifaces.v[ifaces.first + k];

		if (l->kind != MODEL_IFACE_LOOPBACK)
			r = set_interface(proc, key, l->name, value, err);
		else if (lo)
			r = set_interface(proc, key, l->name, lo, err);
	}
	return r;
}

/* As it would be, had it had IPv6 when it was made. */
static int change_rows6(int proc, const struct model *live, struct model_range ifaces,
			struct warren_err *err)
{
	char key[KEY_SIZE], value[SETTINGS_VALUE];
	int r = 0;

	for (uint16_t at = 0; r == 0 && at < 2 * ROWS6; at++) {
		const struct row *row = &rows6[at / 2];
		const char *want = row_value(SETTINGS_IPV6, at);

		if (!want)
			continue;
		r = read_value(proc, row_key(SETTINGS_IPV6, at, key), value, err);
		if (r < 0 || !value[0])
			continue;
		if (at % 2 == 0 && strcmp(value, want) != 0)
			r = net_sysctl_write(proc, key, want, err);
		/* Warren's own may have reached `default` only, if a change was broken off. */
		else if (at % 2 && (row->ours || strcmp(value, want) != 0))
			r = set_preset(proc, row->key, want, NULL, live, ifaces, err);
	}
	return r;
}

static int change_ipv6(int proc, const struct model_ns *ns, const struct model *live,
		       struct model_range ifaces, struct warren_err *err)
{
	int r = 0;

	if (ns->ipv6 != MODEL_OFF) {
		r = net_sysctl_write(proc, "net.ipv6.conf.all.forwarding", value_of(FORWARDING, ns),
				     err);
		if (r == 0)
			r = change_rows6(proc, live, ifaces, err);
	}
	return r < 0 ? r
		     : set_preset(proc, "disable_ipv6", value_of(NO_IPV6, ns), "0", live, ifaces,
				  err);
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
