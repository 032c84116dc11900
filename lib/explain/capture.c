/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/fd.h"
#include "explain/pcapng.h"
#include "explain/sight.h"
#include "process/node.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <warren/capture.h>

#define SNAP_LEN 262144 /* what tcpdump and Wireshark take: more than any packet has */
#define BUFFER	 (8 * 1024 * 1024)
#define LOOK_MS	 200 /* how often it is looked whether the caller wants to stop */
#define BATCH	 64  /* packets of one interface before it is another's turn */

/* LINKTYPE_* of the file format. */
#define LINK_ETHERNET 1
#define LINK_RAW      101 /* an IP packet without anything before it */

#define MACS 12 /* bytes before the type of an Ethernet frame, where a VLAN's tag goes */

struct source {
	uint32_t ns, iface;
	int fd;
	uint64_t received, dropped;
};

struct capture {
	struct warren *w;
	const struct warren_capture_options *o;
	struct warren_capture_result *result;
	struct warren_err *err;
	struct sight s;
	VEC(struct source) sources;
	int epoll;
	uint8_t *buf;
	size_t snap_len;
	struct pcapng *out;
	bool enough;
};

/* @return LINKTYPE_* of what a packet socket gives, or -1 */
static int link_of(const struct sight_iface *i)
{
	switch (i->type) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK: /* with an Ethernet header, too */
		return LINK_ETHERNET;
	case ARPHRD_NONE:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_PPP:
		return LINK_RAW;
	default:
		return -1;
	}
}

static int add_source(struct capture *c, uint32_t ns, uint32_t iface)
{
	vec_foreach(have, &c->sources)
		if (have->ns == ns && have->iface == iface)
			return 0;
	if (vec_push(&c->sources, (struct source){ .ns = ns, .iface = iface, .fd = -1 }) < 0)
		return warren_fail(c->err, -ENOMEM, "out of memory");
	return 0;
}

/* All of a namespace but lo, whose packets go nowhere. */
static int add_namespace(struct capture *c, uint32_t ns)
{
	const struct sight_ns *n;
	int r = sight_read(&c->s, ns, &n, c->err);

	for (size_t i = 0; r == 0 && i < n->ifaces.n; i++) {
		const struct sight_iface *f = &n->ifaces.v[i];

		if (f->index == 1)
			continue;
		if (link_of(f) >= 0)
			r = add_source(c, ns, f->index);
		else
			context_log(
				c->w, WARREN_LOG_WARNING,
				"%s of %s is left out: it is of a kind of hardware that is not known",
				f->name, n->name);
	}
	return r;
}

static int add_iface(struct capture *c, uint32_t ns, const char *name)
{
	const struct sight_ns *n;
	int r = sight_read(&c->s, ns, &n, c->err);

	if (r < 0)
		return r;
	vec_foreach(f, &n->ifaces) {
		if (strcmp(f->name, name) != 0)
			continue;
		if (link_of(f) < 0)
			return warren_fail(c->err, -EOPNOTSUPP,
					   "%s of %s is of a kind of hardware that is not known",
					   name, n->name);
		return add_source(c, ns, f->index);
	}
	return warren_fail(
		c->err, -ENOENT,
		"%s has no interface '%s'; 'warren exec %s ip link' shows those that it has",
		n->name, name, n->name);
}

/* NODE or NODE:INTERFACE. */
static int add_named(struct capture *c, const char *what)
{
	const char *colon = strrchr(what, ':');
	uint32_t ns = sight_find(&c->s, what);
	auto_free char *node = NULL;

	if (ns != SIGHT_NONE)
		return add_namespace(c, ns);
	node = colon ? strndup(what, (size_t)(colon - what)) : strdup(what);
	if (!node)
		return warren_fail(c->err, -ENOMEM, "out of memory");
	ns = sight_find(&c->s, node);
	if (ns == SIGHT_NONE || !colon)
		return node_missing(c->w, node, c->err);
	return add_iface(c, ns, colon + 1);
}

static int add_all(struct capture *c)
{
	int r = 0;

	for (size_t i = 0; r == 0 && c->o->what && i < c->o->n_what; i++)
		r = add_named(c, c->o->what[i]);
	for (uint32_t i = 0; r == 0 && !c->o->what && i < c->s.ns.n; i++)
		if (i != SIGHT_HOST && sight_find(&c->s, c->s.ns.v[i].name) == i)
			r = add_namespace(c, i);
	if (r == 0 && c->sources.n == 0)
		r = warren_fail(c->err, -ENOENT,
				"there is nothing to capture from: no namespace with a name has an "
				"interface besides lo");
	return r;
}

/* Inside the namespace. */
static int open_source(void *data)
{
	struct source *src = data;
	const struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)src->iface,
	};
	const int yes = 1, size = BUFFER;

	src->fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (src->fd < 0)
		return -errno;
	if (setsockopt(src->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(src->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(src->fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof(yes)) < 0 ||
	    setsockopt(src->fd, SOL_PACKET, PACKET_AUXDATA, &yes, sizeof(yes)) < 0 ||
	    bind(src->fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return 0;
}

static int open_one(struct capture *c, uint32_t number)
{
	struct source *src = &c->sources.v[number];
	const struct sight_ns *n = &c->s.ns.v[src->ns];
	const struct sight_iface *f = sight_iface(n, src->iface);
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = number };
	int r = sight_inside(&c->s, src->ns, open_source, src, NULL);
	auto_free char *label = NULL;

	if (r == 0 && epoll_ctl(c->epoll, EPOLL_CTL_ADD, src->fd, &ev) < 0)
		r = -errno;
	if (r == -EMFILE || r == -ENFILE)
		return warren_fail(c->err, r,
				   "no descriptor left for %s of %s, the %uth interface; raise the "
				   "limit of open files (ulimit -n), or name fewer",
				   f->name, n->name, number + 1);
	if (r < 0)
		return warren_fail(c->err, r, "cannot capture from %s of %s: %s", f->name, n->name,
				   strerror(-r));
	if (asprintf(&label, "%s:%s", n->name, f->name) < 0)
		return warren_fail(c->err, -ENOMEM, "out of memory");
	(void)pcapng_iface(c->out, label, (uint16_t)link_of(f), (uint32_t)c->snap_len);
	return 0;
}

/* What comes with a packet. */
struct beside {
	uint64_t ns;
	bool tagged; /* it had a VLAN's tag, which the kernel has taken out */
	uint16_t tag[2];
};

static void read_beside(struct msghdr *m, struct beside *ret)
{
	struct tpacket_auxdata aux;
	struct timespec t;

	*ret = (struct beside){ 0 };
	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&t, CMSG_DATA(h), sizeof(t));
			ret->ns = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
		}
		if (h->cmsg_level == SOL_PACKET && h->cmsg_type == PACKET_AUXDATA) {
			memcpy(&aux, CMSG_DATA(h), sizeof(aux));
			ret->tagged = aux.tp_status & TP_STATUS_VLAN_VALID;
			ret->tag[0] = htons(aux.tp_status & TP_STATUS_VLAN_TPID_VALID
						    ? aux.tp_vlan_tpid
						    : ETH_P_8021Q);
			ret->tag[1] = htons(aux.tp_vlan_tci);
		}
	}
}

static void write_packet(struct capture *c, uint32_t number, const struct beside *b, size_t len,
			 bool outgoing)
{
	size_t kept = len < c->snap_len ? len : c->snap_len;
	const bool tagged = b->tagged && kept >= MACS;
	uint8_t head[MACS + sizeof(b->tag)];
	const struct pcapng_packet p = {
		.iface = number,
		.ns = b->ns,
		.length = (uint32_t)(len + (tagged ? sizeof(b->tag) : 0)),
		.outgoing = outgoing,
	};

	memcpy(head, c->buf, MACS);
	memcpy(head + MACS, b->tag, sizeof(b->tag));
	(void)pcapng_packet(c->out, &p, head, tagged ? sizeof(head) : 0,
			    c->buf + (tagged ? MACS : 0), kept - (tagged ? MACS : 0));
	c->result->packets++;
	c->enough = c->o->packets && c->result->packets >= c->o->packets;
}

/* @return whether there was one */
static bool take_packet(struct capture *c, uint32_t number)
{
	union {
		struct cmsghdr align;
		char space[256];
	} control;
	struct sockaddr_ll from = { 0 };
	struct iovec part = { c->buf, c->snap_len };
	struct msghdr m = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(c->sources.v[number].fd, &m, MSG_TRUNC);
	struct beside b;

	if (n < 0)
		return false; /* none, or the interface went down: it may come up again */
	read_beside(&m, &b);
	write_packet(c, number, &b, (size_t)n, from.sll_pkttype == PACKET_OUTGOING);
	return true;
}

static void run(struct capture *c)
{
	const uint64_t start = context_now();
	struct epoll_event events[BATCH];

	while (!c->enough && !c->out->error && !context_cancelled(c->w)) {
		int n = epoll_wait(c->epoll, events, BATCH, LOOK_MS);

		for (int i = 0; i < n; i++)
			for (int k = 0; k < BATCH && !c->enough; k++)
				if (!take_packet(c, events[i].data.u32))
					break;
		(void)pcapng_flush(c->out);
		if (c->o->seconds && context_now() - start >= c->o->seconds * 1000000000u)
			break;
	}
}

static void finish(struct capture *c)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	for (uint32_t i = 0; i < c->sources.n; i++) {
		struct tpacket_stats st = { 0 };
		socklen_t size = sizeof(st);

		(void)getsockopt(c->sources.v[i].fd, SOL_PACKET, PACKET_STATISTICS, &st, &size);
		c->result->dropped += st.tp_drops;
		(void)pcapng_statistics(c->out, i,
					(uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec,
					st.tp_packets, st.tp_drops);
	}
	(void)pcapng_flush(c->out);
}

static int capture(struct capture *c)
{
	int r = sight_init(&c->s, c->w, c->err);

	if (r == 0)
		r = add_all(c);
	if (r < 0)
		return r;
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (c->epoll < 0)
		return warren_fail(c->err, -errno, "cannot wait for packets: %s", strerror(errno));
	(void)pcapng_begin(c->out, c->o->fd);
	for (uint32_t i = 0; r == 0 && i < c->sources.n; i++)
		r = open_one(c, i);
	if (r < 0)
		return r;
	c->result->interfaces = c->sources.n;
	(void)pcapng_flush(c->out);
	run(c);
	finish(c);
	/* Whoever read has seen enough. */
	if (c->out->error && c->out->error != -EPIPE)
		return warren_fail(c->err, c->out->error, "cannot write the packets: %s",
				   strerror(-c->out->error));
	return 0;
}

int warren_capture(struct warren *w, const struct warren_capture_options *o,
		   struct warren_capture_result *ret, struct warren_err *err)
{
	struct capture c = { .w = w, .o = o, .result = ret, .err = err, .epoll = -1 };
	int r;

	*ret = (struct warren_capture_result){ 0 };
	c.s.home = -1;
	c.snap_len = o->snap_len && o->snap_len < SNAP_LEN ? o->snap_len : SNAP_LEN;
	c.buf = malloc(c.snap_len > MACS ? c.snap_len : MACS);
	c.out = malloc(sizeof(*c.out));
	r = c.buf && c.out ? capture(&c) : warren_fail(err, -ENOMEM, "out of memory");
	vec_foreach(src, &c.sources)
		if (src->fd >= 0)
			close(src->fd);
	if (c.epoll >= 0)
		close(c.epoll);
	vec_fini(&c.sources);
	sight_fini(&c.s);
	free(c.buf);
	free(c.out);
	return r;
}
