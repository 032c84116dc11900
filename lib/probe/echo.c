/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/engine.h"

#include "probe/icmp.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Replies read from one socket before the others get their turn. */
#define READS 256

static void set_address(struct sockaddr_storage *to, const struct ip *ip)
{
	memset(to, 0, sizeof(*to));
	to->ss_family = ip->family;
	if (ip->family == AF_INET)
		memcpy(&((struct sockaddr_in *)to)->sin_addr, ip->b, 4);
	else
		memcpy(&((struct sockaddr_in6 *)to)->sin6_addr, ip->b, 16);
}

/* A time to live for this packet only: the socket is shared by all probes of its namespace. */
static void set_ttl(struct msghdr *m, uint8_t family, int ttl)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	c->cmsg_level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	c->cmsg_type = family == AF_INET ? IP_TTL : IPV6_HOPLIMIT;
	c->cmsg_len = CMSG_LEN(sizeof(ttl));
	memcpy(CMSG_DATA(c), &ttl, sizeof(ttl));
}

/* @return 0 or the kernel's negative errno */
static int send_echo(struct engine *e, uint32_t slot, int fd)
{
	const struct flight *f = &e->flights[slot];
	const struct probe *p = &e->run->probes[f->probe];
	struct icmp_stamp stamp = { .cookie = e->cookie,
				    .sent_ns = f->sent,
				    .probe = f->probe,
				    .attempt = p->result.tries };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	uint8_t packet[ICMP_ECHO_SIZE];
	struct sockaddr_storage to;
	struct iovec iov = { packet, sizeof(packet) };
	struct msghdr m = { .msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	icmp_build_echo(packet, p->to.family, e->id, (uint16_t)slot, &stamp);
	set_address(&to, &p->to);
	m.msg_namelen = p->to.family == AF_INET ? sizeof(struct sockaddr_in)
						: sizeof(struct sockaddr_in6);
	if (p->ttl) {
		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		set_ttl(&m, p->to.family, p->ttl);
	}
	do
		n = sendmsg(fd, &m, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static void try_once(struct engine *e, uint32_t slot, int fd)
{
	struct flight *f = &e->flights[slot];
	struct probe *p = &e->run->probes[f->probe];
	int r;

	f->sent = context_now();
	f->deadline = f->sent + engine_wait(e, p->result.tries);
	p->result.tries++;
	r = send_echo(e, slot, fd);
	/*
	 * A full buffer or table may have room at the next try. What the source
	 * says of routes and filters is final.
	 */
	if (r == 0 || r == -EAGAIN || r == -ENOBUFS || r == -ENOMEM)
		return;
	p->result.error = (uint16_t)-r;
	engine_finish(e, slot, probe_status_of_errno(-r), NULL, 0);
}

static enum event_kind kind_of(uint8_t family)
{
	return family == AF_INET ? EVENT_ECHO4 : EVENT_ECHO6;
}

int echo_fly(struct engine *e, uint32_t slot, struct warren_err *err)
{
	struct flight *f = &e->flights[slot];
	const struct probe *p = &e->run->probes[f->probe];
	int fd = sockets_raw(e, p->node, kind_of(p->to.family), err);

	if (fd < 0)
		return fd;
	e->nodes[p->node].users++;
	try_once(e, slot, fd);
	return 0;
}

void echo_again(struct engine *e, uint32_t slot)
{
	const struct probe *p = &e->run->probes[e->flights[slot].probe];

	/* Open as long as a flight uses it. */
	try_once(e, slot, e->nodes[p->node].echo[version_index(p->to.family)]);
}

/*
 * Whose reply or error it is. The slot comes back in the sequence number; a
 * stamp tells a late answer to the slot's earlier flight. Errors that quote too
 * little for the stamp are known by socket and destination.
 */
static bool is_ours(const struct engine *e, uint32_t node, const struct icmp_seen *s)
{
	const struct flight *f;
	const struct probe *p;

	if (s->kind == ICMP_OTHER || s->id != e->id || s->seq >= e->n_flights)
		return false;
	f = &e->flights[s->seq];
	if (f->probe == FLIGHT_FREE || f->fd >= 0)
		return false;
	p = &e->run->probes[f->probe];
	if (p->node != node)
		return false;
	if (s->stamped)
		return s->stamp.cookie == e->cookie && s->stamp.probe == f->probe;
	return s->kind == ICMP_ERROR && ip_same_host(&s->to, &p->to);
}

/* After a router's word that is doubted: until it asks its neighbours anew. */
#define AGAIN_NS (100 * 1000000u)

/* waited: how long the message lay in the socket, which is not the network's time. */
static void hear(struct engine *e, uint32_t node, const struct icmp_seen *s, uint64_t waited)
{
	struct flight *f = &e->flights[s->seq < e->n_flights ? s->seq : 0];
	uint64_t rtt, now = context_now();
	uint8_t status = WARREN_REACH_OK;

	if (!is_ours(e, node, s))
		return;
	rtt = now - (s->stamped ? s->stamp.sent_ns : e->flights[s->seq].sent);
	if (s->kind == ICMP_ERROR)
		status = probe_status_of_icmp(s->from.family, s->type, s->code);
	if (status == WARREN_REACH_HOST_UNREACHABLE && pace_doubts(e, f)) {
		f->deadline = now + AGAIN_NS;
		e->scan_at = f->deadline < e->scan_at ? f->deadline : e->scan_at;
		return;
	}
	engine_finish(e, s->seq, status, &s->from, waited < rtt ? rtt - waited : rtt);
}

/* Nanoseconds since the kernel received what m holds; 0 where it does not say. */
static uint64_t age(struct msghdr *m)
{
	struct timespec then, now;
	int64_t ns;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&then, CMSG_DATA(c), sizeof(then));
		clock_gettime(CLOCK_REALTIME, &now);
		ns = (now.tv_sec - then.tv_sec) * 1000000000LL + now.tv_nsec - then.tv_nsec;
		return ns > 0 ? (uint64_t)ns : 0;
	}
	return 0;
}

/* @return whether there was a message */
static bool read_one(struct engine *e, enum event_kind kind, uint32_t node, int fd)
{
	_Alignas(struct cmsghdr) char control[256];
	uint8_t buf[2048];
	struct sockaddr_in6 from;
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr m = { .msg_name = &from,
			    .msg_namelen = sizeof(from),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);
	struct icmp_seen seen;

	if (n < 0)
		return false;
	if (kind == EVENT_ECHO4) {
		icmp_parse4(buf, (size_t)n, &seen);
	} else {
		icmp_parse6(buf, (size_t)n, &seen);
		seen.from = (struct ip){ .family = AF_INET6, .plen = 128 };
		memcpy(seen.from.b, &from.sin6_addr, 16);
	}
	hear(e, node, &seen, age(&m));
	return true;
}

void echo_event(struct engine *e, enum event_kind kind, uint32_t node)
{
	int fd = e->nodes[node].echo[kind - EVENT_ECHO4];

	for (int i = 0; i < READS && read_one(e, kind, node, fd); i++)
		;
}
