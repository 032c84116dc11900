/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain/doctor-private.h"

#include "link/link-kind.h"
#include "net/net.h"
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/nexthop.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What Warren does not make, and programs in nodes often want. */
static const struct {
	struct link_kind kind;
	const char *use;
} others[] = {
	{ { .name = "vlan", .config = "CONFIG_VLAN_8021Q" }, "VLANs" },
	{ { .name = "vxlan", .config = "CONFIG_VXLAN" }, "VXLAN tunnels" },
	{ { .name = "macvlan", .config = "CONFIG_MACVLAN" }, "more MAC addresses on one NIC" },
	{ { .name = "ipvlan", .config = "CONFIG_IPVLAN" }, "more IP addresses on one NIC" },
	{ { .name = "wireguard", .config = "CONFIG_WIREGUARD" }, "WireGuard in the kernel" },
	{ { .name = "vrf", .config = "CONFIG_NET_VRF" }, "several routing tables in a node" },
};

static void add(struct doctor *d, const char *what, const char *use, bool needed, int code,
		const char *lacks)
{
	struct warren_finding f = { .needed = needed, .what = what, .use = use };
	char detail[256] = "";

	if (code == -ENOENT || code == -EOPNOTSUPP || code == -EPROTONOSUPPORT ||
	    code == -EAFNOSUPPORT || code == -ENODEV || code == -ENXIO || code == -EINVAL) {
		snprintf(detail, sizeof(detail), "this kernel lacks %s, built in or as a module",
			 lacks);
		f.remedy = "install the package with more modules of this kernel "
			   "(linux-modules-extra, kernel-modules-extra), or another kernel";
	} else if (code < 0) {
		snprintf(detail, sizeof(detail), "%s", strerror(-code));
		f.remedy = code == -EPERM || code == -EACCES
				   ? "run it as root, or where CAP_NET_ADMIN and CAP_NET_RAW are had"
				   : "";
	}
	f.state = code < 0 ? WARREN_FINDING_MISSING : WARREN_FINDING_OK;
	f.detail = detail;
	doctor_add(d, &f);
}

static void add_kinds(struct doctor *d, struct wire *w)
{
	const struct link_kind *k;

	for (size_t i = 0; (k = link_kind_at(i)) != NULL; i++)
		add(d, k->name, k->standalone ? "interfaces of this type" : k->help, !k->standalone,
		    net_check_kind(w, k, NULL), k->config);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		add(d, others[i].kind.name, others[i].use, false,
		    net_check_kind(w, &others[i].kind, NULL), others[i].kind.config);
}

/* A queue on lo that delays nothing, which goes with the namespace. */
static int try_netem(struct wire *w)
{
	struct tc_netem_qopt opt = { .limit = 1000 };
	struct tcmsg *t = wire_begin(w, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK,
				     sizeof(*t), 0);

	t->tcm_ifindex = 1;
	t->tcm_parent = TC_H_ROOT;
	t->tcm_handle = TC_H_MAKE(1u << 16, 0);
	wire_put_str(w, TCA_KIND, "netem");
	wire_put(w, TCA_OPTIONS, &opt, sizeof(opt));
	wire_end(w);
	return wire_call(w, NULL, NULL, NULL);
}

static int ignore(void *data, const struct nlmsghdr *h)
{
	(void)data;
	(void)h;
	return 0;
}

static int try_nexthops(struct wire *w)
{
	wire_begin(w, RTM_GETNEXTHOP, 0, sizeof(struct nhmsg), 0);
	wire_end(w);
	return wire_dump(w, ignore, NULL, NULL);
}

static int try_nftables(void)
{
	struct wire *w = NULL;
	int r = wire_open_family(NETLINK_NETFILTER, &w, NULL);

	if (r < 0)
		return r;
	wire_begin(w, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, 0, sizeof(struct nfgenmsg), 0);
	wire_end(w);
	r = wire_dump(w, ignore, NULL, NULL);
	wire_close(w);
	return r;
}

static int try_socket(int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* A device node, which may be missing or closed though the kernel has the driver. */
static void add_tun(struct doctor *d)
{
	struct warren_finding f = { .what = "tun", .use = "VPNs in user space (/dev/net/tun)" };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC), code = errno;

	if (fd >= 0) {
		close(fd);
		doctor_add(d, &f);
		return;
	}
	if (code == ENODEV || code == ENXIO) {
		add(d, f.what, f.use, false, -code, "CONFIG_TUN");
		return;
	}
	f.state = WARREN_FINDING_MISSING;
	f.detail = strerror(code);
	if (code == ENOENT)
		f.remedy = "mkdir -p /dev/net && mknod -m 666 /dev/net/tun c 10 200, as root; of a "
			   "container, --device /dev/net/tun";
	if (code == EACCES)
		f.remedy = "chmod 666 /dev/net/tun, as root";
	doctor_add(d, &f);
}

void doctor_kernel(struct doctor *d)
{
	struct wire *w = NULL;
	int r = wire_open(&w, NULL);

	add(d, "rtnetlink", "everything", true, r, "CONFIG_NET");
	if (r < 0)
		return;
	add(d, "IPv6", "addresses of version 6", false, try_socket(AF_INET6, SOCK_DGRAM),
	    "CONFIG_IPV6 (or has it switched off by ipv6.disable=1)");
	add_kinds(d, w);
	add(d, "nexthop objects", "many routes in half the time", false, try_nexthops(w),
	    "nexthop objects (Linux 5.3)");
	add(d, "nftables", "explain names the filter that drops a packet", false, try_nftables(),
	    "CONFIG_NF_TABLES");
	add(d, "packet sockets", "explain follows a packet, tcpdump", false,
	    try_socket(AF_PACKET, SOCK_DGRAM), "CONFIG_PACKET");
	add(d, "netem", "delay and loss, with tc(8)", false, try_netem(w), "CONFIG_NET_SCH_NETEM");
	add_tun(d);
	wire_close(w);
}
