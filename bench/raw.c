/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "raw.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The limit: a network by the least work that is known to make it. One process,
 * no forks, few and large netlink messages without acknowledgements, every
 * device made where it belongs. It checks nothing beforehand, undoes nothing
 * and remembers nothing.
 *
 *	raw up FILE		make a network
 *	raw down FILE		drop it
 *	raw up-as|down-as FILE	the same with the names of all nodes in /etc/netns, as
 *				`warren up` and `warren down` do it
 *	raw namespaces N	N namespaces with a setting each
 *	raw exec NAME CMD...	run a command in a namespace
 *	raw exec-as NAME CMD...	the same with all that `warren exec` gives it
 */

#define NETNS	  "/run/netns/"
#define ETC	  "/etc/netns/"
#define HOSTS_DIR "/run/raw"  /* what the names in /etc/netns lead to: one file for all nodes */
#define BATCH	  (64u << 10) /* bytes in one send(); more gains nothing */
#define PROC_REUSE                                                                                 \
	64 /* namespaces that share a procfs instance: the kernel's lookup in /proc/sys takes
		       * time in proportion to how many were visited through one instance */

struct batch {
	unsigned char *at, data[BATCH + 4096];
	struct nlmsghdr *message;
	int sock;
};

struct network {
	struct raw_head *head;
	struct raw_ns *ns;
	struct raw_bridge *bridges;
	struct raw_link *links;
	struct raw_end *ends;
	struct raw_addr *addrs;
	struct raw_hop *hops;
	struct raw_set *sets;
	uint32_t *members;
	struct raw_route *routes;
	int *fd, *sock; /* by namespace */
};

static struct batch batch = { .at = batch.data, .sock = -1 };

static void die(const char *what)
{
	fprintf(stderr, "raw: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int check(int r, const char *what)
{
	if (r < 0)
		die(what);
	return r;
}

/* ---- netlink ---- */

/* Without acknowledgements only errors come back, and they are there when send() returns. */
static void flush(void)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char rest[512];
	} reply;

	if (batch.at == batch.data)
		return;
	check((int)send(batch.sock, batch.data, (size_t)(batch.at - batch.data), 0), "send");
	batch.at = batch.data;
	if (recv(batch.sock, &reply, sizeof(reply), MSG_DONTWAIT) < 0)
		return;
	errno = -reply.e.error;
	fprintf(stderr, "raw: request %u: %s\n", reply.e.msg.nlmsg_type, strerror(errno));
	exit(1);
}

static void *room(size_t len)
{
	void *p = batch.at;

	memset(p, 0, NLMSG_ALIGN(len));
	batch.at += NLMSG_ALIGN(len);
	batch.message->nlmsg_len = (uint32_t)(batch.at - (unsigned char *)batch.message);
	return p;
}

static void *begin(int sock, uint16_t type, uint16_t flags, size_t body)
{
	if (sock != batch.sock || batch.at > batch.data + BATCH)
		flush();
	batch.sock = sock;
	batch.message = (struct nlmsghdr *)batch.at;
	room(sizeof(*batch.message));
	batch.message->nlmsg_type = type;
	batch.message->nlmsg_flags = NLM_F_REQUEST | flags;
	return room(body);
}

static void put(uint16_t type, const void *p, size_t len)
{
	struct rtattr *a = room(RTA_LENGTH(len));

	a->rta_type = type;
	a->rta_len = (uint16_t)RTA_LENGTH(len);
	memcpy(RTA_DATA(a), p, len);
}

static void put_u32(uint16_t type, uint32_t v)
{
	put(type, &v, sizeof(v));
}

static void put_str(uint16_t type, const char *s)
{
	put(type, s, strlen(s) + 1);
}

static struct rtattr *nest(uint16_t type)
{
	struct rtattr *a = room(RTA_LENGTH(0));

	a->rta_type = type;
	return a;
}

static void nest_end(struct rtattr *a)
{
	a->rta_len = (uint16_t)(batch.at - (unsigned char *)a);
}

/* ---- namespaces ---- */

static int fresh_proc(void)
{
	int fs = check((int)syscall(SYS_fsopen, "proc", 1), "fsopen"), fd;

	check((int)syscall(SYS_fsconfig, fs, 6, NULL, NULL, 0), "fsconfig");
	fd = check((int)syscall(SYS_fsmount, fs, 1, 0), "fsmount");
	close(fs);
	return fd;
}

static void set(const char *key, const char *value)
{
	static int proc = -1, used;
	int fd;

	if (proc < 0 || ++used > PROC_REUSE) {
		if (proc >= 0)
			close(proc);
		proc = fresh_proc();
		used = 1;
	}
	fd = check(openat(proc, key, O_WRONLY | O_CLOEXEC), key);
	check((int)write(fd, value, 1), key);
	close(fd);
}

static void pin(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), NETNS "%s", name);
	close(check(open(path, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0444), path));
	check(mount("/proc/thread-self/ns/net", path, NULL, MS_BIND, NULL), path);
}

static int open_socket(void)
{
	int sock = check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "socket");
	int size = 4 * BATCH, one = 1;

	if (setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(sock, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	return sock;
}

static void make_namespace(const struct raw_ns *ns, int *sock, int *fd)
{
	check(unshare(CLONE_NEWNET), "unshare");
	*sock = open_socket();
	*fd = check(ioctl(*sock, SIOCGSKNS), "SIOCGSKNS");
	set("sys/net/ipv6/conf/default/disable_ipv6", "1");
	if (ns->forwards)
		set("sys/net/ipv4/ip_forward", "1");
	pin(ns->name);
}

/* ---- links and addresses ---- */

#define NEW (NLM_F_CREATE | NLM_F_EXCL)

static void make_bridge(const struct network *n, const struct raw_bridge *b)
{
	struct ifinfomsg *i = begin(n->sock[b->ns], RTM_NEWLINK, NEW, sizeof(*i));
	struct rtattr *info, *data;

	i->ifi_index = (int)b->index;
	i->ifi_flags = i->ifi_change = IFF_UP;
	put_str(IFLA_IFNAME, b->name);
	info = nest(IFLA_LINKINFO);
	put_str(IFLA_INFO_KIND, "bridge");
	data = nest(IFLA_INFO_DATA);
	put_u32(IFLA_BR_FORWARD_DELAY, 0);
	nest_end(data);
	nest_end(info);
}

/* Both ends are made in their namespaces; the peer can not be up from the start. */
static void make_link(const struct network *n, const struct raw_link *l)
{
	struct ifinfomsg *i = begin(n->sock[l->a_ns], RTM_NEWLINK, NEW, sizeof(*i)), *p;
	struct rtattr *info, *data, *peer;

	i->ifi_index = (int)l->a_index;
	i->ifi_flags = i->ifi_change = IFF_UP;
	put_str(IFLA_IFNAME, l->a_name);
	info = nest(IFLA_LINKINFO);
	put_str(IFLA_INFO_KIND, "veth");
	data = nest(IFLA_INFO_DATA);
	peer = nest(VETH_INFO_PEER);
	p = room(sizeof(*p));
	p->ifi_index = (int)l->b_index;
	put_str(IFLA_IFNAME, l->b_name);
	put_u32(IFLA_NET_NS_FD, (uint32_t)n->fd[l->b_ns]);
	nest_end(peer);
	nest_end(data);
	nest_end(info);
}

static void set_up(int sock, uint32_t index, uint32_t master)
{
	struct ifinfomsg *i = begin(sock, RTM_NEWLINK, 0, sizeof(*i));

	i->ifi_index = (int)index;
	i->ifi_flags = i->ifi_change = IFF_UP;
	if (master)
		put_u32(IFLA_MASTER, master);
}

static void add_address(const struct network *n, const struct raw_addr *a)
{
	struct ifaddrmsg *m = begin(n->sock[a->ns], RTM_NEWADDR, NEW, sizeof(*m));

	m->ifa_family = AF_INET;
	m->ifa_prefixlen = (uint8_t)a->plen;
	m->ifa_index = a->index;
	put_u32(IFA_LOCAL, a->ip);
	put_u32(IFA_ADDRESS, a->ip);
}

/* ---- routes ---- */

static void add_hop(const struct network *n, const struct raw_hop *h)
{
	struct nhmsg *m = begin(n->sock[h->ns], RTM_NEWNEXTHOP, NEW, sizeof(*m));

	m->nh_family = AF_INET;
	m->nh_protocol = RTPROT_STATIC;
	put_u32(NHA_ID, h->id);
	put_u32(NHA_OIF, h->index);
	put_u32(NHA_GATEWAY, h->via);
}

static void add_group(const struct network *n, const struct raw_set *s)
{
	struct nhmsg *m = begin(n->sock[s->ns], RTM_NEWNEXTHOP, NEW, sizeof(*m));
	struct rtattr *a;

	m->nh_protocol = RTPROT_STATIC;
	put_u32(NHA_ID, s->id);
	a = nest(NHA_GROUP);
	for (uint32_t i = 0; i < s->n; i++) {
		struct nexthop_grp *g = room(sizeof(*g));

		g->id = n->hops[n->members[s->first + i]].id;
	}
	nest_end(a);
}

static void put_hops(const struct network *n, const struct raw_set *s)
{
	struct rtattr *all = s->n > 1 ? nest(RTA_MULTIPATH) : NULL;

	for (uint32_t i = 0; i < s->n; i++) {
		const struct raw_hop *h = &n->hops[n->members[s->first + i]];
		struct rtnexthop *hop = all ? room(sizeof(*hop)) : NULL;

		if (!all)
			put_u32(RTA_OIF, h->index);
		else
			hop->rtnh_ifindex = (int)h->index;
		put_u32(RTA_GATEWAY, h->via);
		if (all)
			hop->rtnh_len = (uint16_t)(batch.at - (unsigned char *)hop);
	}
	if (all)
		nest_end(all);
}

static void add_route(const struct network *n, const struct raw_route *r)
{
	struct rtmsg *m = begin(n->sock[r->ns], RTM_NEWROUTE, NEW, sizeof(*m));
	const struct raw_set *s = &n->sets[r->set];

	m->rtm_family = AF_INET;
	m->rtm_dst_len = (uint8_t)r->plen;
	m->rtm_table = RT_TABLE_MAIN;
	m->rtm_protocol = RTPROT_STATIC;
	m->rtm_type = RTN_UNICAST;
	if (r->plen)
		put_u32(RTA_DST, r->ip);
	if (s->id)
		put_u32(RTA_NH_ID, s->id);
	else
		put_hops(n, s);
}

/* ---- verbs ---- */

static void load(const char *path, struct network *n)
{
	int fd = check(open(path, O_RDONLY | O_CLOEXEC), path);
	struct stat st;
	unsigned char *p;

	check(fstat(fd, &st), path);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	n->head = (struct raw_head *)p;
	if (p == MAP_FAILED || n->head->magic != RAW_MAGIC)
		die(path);
	n->ns = (struct raw_ns *)(n->head + 1);
	n->bridges = (struct raw_bridge *)(n->ns + n->head->n_ns);
	n->links = (struct raw_link *)(n->bridges + n->head->n_bridges);
	n->ends = (struct raw_end *)(n->links + n->head->n_links);
	n->addrs = (struct raw_addr *)(n->ends + n->head->n_ends);
	n->hops = (struct raw_hop *)(n->addrs + n->head->n_addrs);
	n->sets = (struct raw_set *)(n->hops + n->head->n_hops);
	n->members = (uint32_t *)(n->sets + n->head->n_sets);
	n->routes = (struct raw_route *)(n->members + n->head->n_members);
	n->fd = calloc(n->head->n_ns, sizeof(*n->fd));
	n->sock = calloc(n->head->n_ns, sizeof(*n->sock));
}

static void configure(const struct network *n)
{
	const struct raw_head *h = n->head;
	uint32_t end = 0, addr = 0;

	for (uint32_t i = 0; i < h->n_ns; i++) {
		set_up(n->sock[i], 1, 0);
		for (; end < h->n_ends && n->ends[end].ns == i; end++)
			set_up(n->sock[i], n->ends[end].index, n->ends[end].master);
		for (; addr < h->n_addrs && n->addrs[addr].ns == i; addr++)
			add_address(n, &n->addrs[addr]);
	}
}

static void add_routes(const struct network *n)
{
	const struct raw_head *h = n->head;
	uint32_t hop = 0, s = 0, route = 0;

	for (uint32_t i = 0; i < h->n_ns; i++) {
		for (; hop < h->n_hops && n->hops[hop].ns == i; hop++)
			if (n->hops[hop].id)
				add_hop(n, &n->hops[hop]);
		for (; s < h->n_sets && n->sets[s].ns == i; s++)
			if (n->sets[s].id && n->sets[s].n > 1)
				add_group(n, &n->sets[s]);
		for (; route < h->n_routes && n->routes[route].ns == i; route++)
			add_route(n, &n->routes[route]);
	}
}

static void up(const struct network *n)
{
	const struct raw_head *h = n->head;

	for (uint32_t i = 0; i < h->n_ns; i++)
		make_namespace(&n->ns[i], &n->sock[i], &n->fd[i]);
	for (uint32_t i = 0; i < h->n_bridges; i++)
		make_bridge(n, &n->bridges[i]);
	for (uint32_t i = 0; i < h->n_links; i++)
		make_link(n, &n->links[i]);
	configure(n); /* of all, before the first route: its hop needs a carrier, so the far end up */
	add_routes(n);
	flush();
}

/* A namespace goes with its last reference; the kernel takes many together. */
static void down(const struct network *n)
{
	char path[64];

	for (uint32_t i = 0; i < n->head->n_ns; i++) {
		snprintf(path, sizeof(path), NETNS "%s", n->ns[i].name);
		check(umount2(path, MNT_DETACH), path);
		check(unlink(path), path);
	}
}

/* A switch has no file of names: no command is run in it. */
static bool has_hosts(const struct network *n, uint32_t ns)
{
	for (uint32_t i = 0; i < n->head->n_bridges; i++)
		if (n->bridges[i].ns == ns)
			return false;
	return true;
}

static void add_hosts(const struct network *n)
{
	char path[64], first[64] = "";
	FILE *f;

	check(mkdir(HOSTS_DIR, 0755), HOSTS_DIR);
	f = fopen(HOSTS_DIR "/hosts", "we");
	if (!f)
		die(HOSTS_DIR "/hosts");
	fprintf(f, "127.0.0.1 localhost\n");
	for (uint32_t i = 0; i < n->head->n_addrs; i++) {
		struct in_addr ip = { n->addrs[i].ip };

		fprintf(f, "%s %s\n", inet_ntoa(ip), n->ns[n->addrs[i].ns].name);
	}
	fclose(f);
	if (mkdir(ETC, 0755) < 0 && errno != EEXIST)
		die(ETC);
	for (uint32_t i = 0; i < n->head->n_ns; i++) {
		if (!has_hosts(n, i))
			continue;
		snprintf(path, sizeof(path), ETC "%s", n->ns[i].name);
		if (*first && !link(first, path)) /* cheaper than an inode for each */
			continue;
		/* the first, or where that has as many links as it may */
		check(symlink(HOSTS_DIR, path), path);
		memcpy(first, path, sizeof(first));
	}
}

static void drop_hosts(const struct network *n)
{
	char path[64];

	for (uint32_t i = 0; i < n->head->n_ns; i++) {
		snprintf(path, sizeof(path), ETC "%s", n->ns[i].name);
		if (has_hosts(n, i))
			check(unlink(path), path);
	}
	rmdir(ETC); /* others may have theirs there */
	check(unlink(HOSTS_DIR "/hosts"), HOSTS_DIR "/hosts");
	check(rmdir(HOSTS_DIR), HOSTS_DIR);
}

static void namespaces(int n)
{
	int sock, fd;

	for (int i = 1; i <= n; i++) {
		struct raw_ns ns = { .forwards = 1 };

		snprintf(ns.name, sizeof(ns.name), "n%d", i);
		make_namespace(&ns, &sock, &fd);
		set_up(sock, 1, 0);
		flush();
		close(sock);
		close(fd);
	}
}

static void make_readonly(const char *path)
{
	if (access(path, F_OK) < 0)
		return;
	check(mount(path, path, NULL, MS_BIND, NULL), path);
	check(mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), path);
}

/* A /sys of the namespace, the host's files only to be read, a host name. */
static void set_the_scene(const char *name)
{
	check(unshare(CLONE_NEWNS | CLONE_NEWUTS), "unshare");
	check(mount("", "/", NULL, MS_REC | MS_SLAVE, NULL), "/");
	check(mount(name, "/sys", "sysfs", 0, NULL), "/sys");
	make_readonly("/etc/resolv.conf");
	make_readonly("/etc/hosts");
	check(sethostname(name, strlen(name)), name);
}

static void run(char **argv, bool scene)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), NETNS "%s", argv[0]);
	fd = check(open(path, O_RDONLY | O_CLOEXEC), path);
	check(setns(fd, CLONE_NEWNET), path);
	if (scene)
		set_the_scene(argv[0]);
	execvp(argv[1], argv + 1);
	die(argv[1]);
}

int main(int argc, char **argv)
{
	struct rlimit files = { 1u << 20, 1u << 20 };
	struct network n;

	setrlimit(RLIMIT_NOFILE, &files);
	if (argc > 3 && !strcmp(argv[1], "exec")) {
		run(argv + 2, false);
	} else if (argc > 3 && !strcmp(argv[1], "exec-as")) {
		run(argv + 2, true);
	} else if (argc == 3 && !strcmp(argv[1], "namespaces")) {
		namespaces(atoi(argv[2]));
	} else if (argc == 3 && (!strcmp(argv[1], "up") || !strcmp(argv[1], "up-as"))) {
		load(argv[2], &n);
		up(&n);
		if (argv[1][2])
			add_hosts(&n);
	} else if (argc == 3 && (!strcmp(argv[1], "down") || !strcmp(argv[1], "down-as"))) {
		load(argv[2], &n);
		down(&n);
		if (argv[1][4])
			drop_hosts(&n);
	} else {
		fprintf(stderr,
			"usage: raw up|down|up-as|down-as FILE | raw namespaces N | raw exec|exec-as NAME CMD...\n");
		return 2;
	}
	/* Without a tour through each descriptor: they are gone with the process. */
	_exit(0);
}
