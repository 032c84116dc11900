/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/map.h"
#include "explain/fault.h"
#include "explain/pcapng.h"
#include "process/node.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <limits.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <warren/capture.h>

#define SNAP_LEN 262144 /* what tcpdump and Wireshark take: more than any packet has */
#define BUFFER	 (8 * 1024 * 1024)
#define LOOK_MS	 200 /* how often it is looked whether the caller wants to stop */
#define BATCH	 64  /* packets of one interface before it is another's turn */

/* LINKTYPE_* of the file format. */
#define LINK_ETHERNET 1
#define LINK_RAW      101 /* an IP packet without anything before it */

#define MACS 12 /* bytes before the type of an Ethernet frame, where a VLAN's tag goes */

/* An interface, as the file has it by its number. */
struct face {
	uint32_t ns, iface;
	uint64_t packets;
};

/* A socket in a namespace: of its only interface that is wanted, else of all. */
struct source {
	uint32_t ns;
	uint32_t only; /* ifindex; 0: all */
	int fd;
};

struct capture {
	struct warren *w;
	const struct warren_capture_options *o;
	struct warren_capture_result *result;
	struct warren_err *err;
	struct sight s;
	VEC(struct face) faces;
	struct map numbers; /* first bytes of a face -> its number */
	VEC(struct source) sources;
	int epoll;
	uint8_t *buf;
	size_t snap_len;
	struct pcapng *out;
	uint64_t end; /* by context_now(); 0: none */
	bool enough;
};

#define FACE_KEY (2 * sizeof(uint32_t))
#define READER	 UINT32_MAX /* event of who reads, no source */

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

static int add_face(struct capture *c, uint32_t ns, uint32_t iface)
{
	vec_foreach(have, &c->faces)
		if (have->ns == ns && have->iface == iface)
			return 0;
	if (vec_push(&c->faces, (struct face){ .ns = ns, .iface = iface }) < 0)
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
			r = add_face(c, ns, f->index);
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
		return add_face(c, ns, f->index);
	}
	return warren_fail(c->err, -ENOENT,
			   "%s has no interface '%s'; warren exec %s ip link shows those that it has",
			   n->name, name, fault_word(&c->s, n->name));
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
	if (r == 0 && c->faces.n == 0)
		r = warren_fail(c->err, -ENOENT,
				"there is nothing to capture from: %s has an interface besides lo",
				c->o->what ? "none of the namespaces named"
					   : "no namespace with a name");
	return r;
}

static int index_faces(struct capture *c)
{
	int failed = 0;

	vec_foreach(f, &c->faces) {
		const uint32_t number = (uint32_t)(f - c->faces.v);
		struct source *last = c->sources.n ? &c->sources.v[c->sources.n - 1] : NULL;

		(void)map_put(&c->numbers, f, FACE_KEY, number, &failed);
		vec_foreach(src, &c->sources)
			if (src->ns == f->ns)
				last = src;
		if (last && last->ns == f->ns)
			last->only = 0;
		else if (vec_push(&c->sources, (struct source){ f->ns, f->iface, -1 }) < 0)
			failed = 1;
	}
	return failed ? warren_fail(c->err, -ENOMEM, "out of memory") : 0;
}

/* Inside the namespace. */
static int open_source(void *data)
{
	struct source *src = data;
	const struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)src->only,
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
	const char *name = c->s.ns.v[src->ns].name;
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = number };
	int r = sight_inside(&c->s, src->ns, open_source, src, NULL);

	if (r == 0 && epoll_ctl(c->epoll, EPOLL_CTL_ADD, src->fd, &ev) < 0)
		r = -errno;
	if (r == -EMFILE || r == -ENFILE)
		return warren_fail(c->err, r,
				   "no descriptor left for namespace %s; raise the limit of open files "
				   "(ulimit -n), or name fewer",
				   name);
	if (r < 0)
		return warren_fail(c->err, r, "cannot capture in %s: %s%s", name, strerror(-r),
				   r == -EPERM ? "; it takes CAP_NET_RAW there" : "");
	return 0;
}

static int describe(struct capture *c, const struct face *face)
{
	const struct sight_ns *n = &c->s.ns.v[face->ns];
	const struct sight_iface *f = sight_iface(n, face->iface);
	auto_free char *label = NULL;

	if (asprintf(&label, "%s:%s", n->name, f->name) < 0)
		return warren_fail(c->err, -ENOMEM, "out of memory");
	(void)pcapng_iface(c->out, label, (uint16_t)link_of(f), (uint32_t)c->snap_len);
	return 0;
}

static bool is_over(const struct capture *c)
{
	return context_cancelled(c->w) || (c->end && context_now() >= c->end);
}

/* Wait for whoever reads, but not for ever. */
static int wait_for_reader(void *data)
{
	struct capture *c = data;
	struct pollfd p = { .fd = c->o->fd, .events = POLLOUT };

	for (;;) {
		int n = poll(&p, 1, LOOK_MS);

		if (n > 0 && p.revents & POLLERR)
			return -EPIPE;
		if (n > 0)
			return 0;
		if (is_over(c))
			return -ECANCELED;
	}
}

/* Who reads may go: of a pipe or socket, that is told. */
static int watch_reader(struct capture *c)
{
	struct epoll_event ev = { .events = 0, .data.u32 = READER };
	struct stat st;

	if (fstat(c->o->fd, &st) < 0)
		return warren_fail(c->err, -errno, "%s: %s", c->o->name, strerror(errno));
	/* After poll(2) a pipe takes as much as this without a wait. */
	c->out->most = S_ISREG(st.st_mode) ? sizeof(c->out->buf) : PIPE_BUF;
	if (S_ISREG(st.st_mode) && c->o->replace && ftruncate(c->o->fd, 0) < 0)
		return warren_fail(c->err, -errno, "%s: cannot be replaced: %s", c->o->name,
				   strerror(errno));
	if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
		(void)epoll_ctl(c->epoll, EPOLL_CTL_ADD, c->o->fd, &ev);
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
	const size_t tag = b->tagged && len >= MACS ? sizeof(b->tag) : 0;
	const size_t whole = len + tag, kept = whole < c->snap_len ? whole : c->snap_len;
	uint8_t head[MACS + sizeof(b->tag)];
	const size_t head_len = !tag ? 0 : kept < sizeof(head) ? kept : sizeof(head);
	const struct pcapng_packet p = {
		.iface = number,
		.ns = b->ns,
		.length = (uint32_t)whole,
		.outgoing = outgoing,
	};

	memcpy(head, c->buf, MACS);
	memcpy(head + MACS, b->tag, sizeof(b->tag));
	(void)pcapng_packet(c->out, &p, head, head_len, c->buf + (tag ? MACS : 0), kept - head_len);
	c->faces.v[number].packets++;
	c->result->packets++;
	c->enough = c->o->packets && c->result->packets >= c->o->packets;
}

/* @return whether there was one */
static bool take_packet(struct capture *c, const struct source *src, uint64_t until)
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
	ssize_t n = recvmsg(src->fd, &m, MSG_TRUNC);
	struct beside b;
	uint32_t key[2], number;

	if (n < 0)
		return false; /* none, or the interface went down: it may come up again */
	read_beside(&m, &b);
	if (b.ns > until)
		return false;
	key[0] = src->ns;
	key[1] = (uint32_t)from.sll_ifindex;
	number = map_get(&c->numbers, key, FACE_KEY);
	if (number != MAP_NONE)
		write_packet(c, number, &b, (size_t)n, from.sll_pkttype == PACKET_OUTGOING);
	return true;
}

static void run(struct capture *c)
{
	struct epoll_event events[BATCH];

	while (!c->enough && !c->out->error && !is_over(c)) {
		int n = epoll_wait(c->epoll, events, BATCH, LOOK_MS);

		for (int i = 0; i < n; i++) {
			if (events[i].data.u32 == READER) {
				c->out->error = -EPIPE;
				break;
			}
			for (int k = 0; k < BATCH && !c->enough; k++)
				if (!take_packet(c, &c->sources.v[events[i].data.u32], UINT64_MAX))
					break;
		}
		(void)pcapng_flush(c->out);
	}
}

static uint64_t wall_clock(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* What had come before the end is still in the queues. */
static void finish(struct capture *c)
{
	const uint64_t now = wall_clock();

	vec_foreach(src, &c->sources) {
		struct tpacket_stats st = { 0 };
		socklen_t size = sizeof(st);

		while (!c->enough && !c->out->error && take_packet(c, src, now))
			;
		(void)getsockopt(src->fd, SOL_PACKET, PACKET_STATISTICS, &st, &size);
		c->result->dropped += st.tp_drops;
	}
	vec_foreach(f, &c->faces)
		(void)pcapng_statistics(c->out, (uint32_t)(f - c->faces.v), now, f->packets);
	(void)pcapng_flush(c->out);
}

static int prepare(struct capture *c)
{
	int r = sight_init(&c->s, c->w, c->err);

	if (r == 0)
		r = add_all(c);
	if (r == 0)
		r = index_faces(c);
	if (r < 0)
		return r;
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (c->epoll < 0)
		return warren_fail(c->err, -errno, "cannot wait for packets: %s", strerror(errno));
	for (uint32_t i = 0; r == 0 && i < c->sources.n; i++)
		r = open_one(c, i);
	return r;
}

static int capture(struct capture *c)
{
	int r = prepare(c);

	if (r == 0)
		r = watch_reader(c);
	if (r < 0)
		return r;
	if (c->o->seconds && c->o->seconds < UINT64_MAX / 2000000000u)
		c->end = context_now() + c->o->seconds * 1000000000u;
	(void)pcapng_begin(c->out);
	for (size_t i = 0; r == 0 && i < c->faces.n; i++)
		r = describe(c, &c->faces.v[i]);
	if (r < 0)
		return r;
	c->result->interfaces = c->faces.n;
	(void)pcapng_flush(c->out);
	run(c);
	finish(c);
	/* Whoever read has seen enough, or does not read. */
	if (c->out->error && c->out->error != -EPIPE && c->out->error != -ECANCELED)
		return warren_fail(c->err, c->out->error, "%s: cannot write the packets: %s%s",
				   c->o->name, strerror(-c->out->error),
				   c->out->error == -ENOSPC
					   ? "; make room, or keep less of each packet (-s)"
					   : "");
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
	if (c.out)
		*c.out = (struct pcapng){ .fd = o->fd, .ready = wait_for_reader, .data = &c };
	r = c.buf && c.out ? capture(&c) : warren_fail(err, -ENOMEM, "out of memory");
	if (c.sources.n)
		fd_close_slow(&c.sources.v->fd, c.sources.n, sizeof(*c.sources.v));
	if (c.epoll >= 0)
		close(c.epoll);
	vec_fini(&c.sources);
	vec_fini(&c.faces);
	map_fini(&c.numbers);
	sight_fini(&c.s);
	free(c.buf);
	free(c.out);
	return r;
}
