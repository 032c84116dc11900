/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP and UDP: a socket a probe, so that the kernel tells which one an answer is for. */
#include "probe/engine.h"

#include "base/cleanup.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <linux/errqueue.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

static socklen_t set_address(struct sockaddr_storage *to, const struct ip *ip, uint16_t port)
{
	memset(to, 0, sizeof(*to));
	to->ss_family = ip->family;
	if (ip->family == AF_INET) {
		struct sockaddr_in *sin = (struct sockaddr_in *)to;

		sin->sin_port = htons(port);
		memcpy(&sin->sin_addr, ip->b, 4);
		return sizeof(*sin);
	} else {
		struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)to;

		sin6->sin6_port = htons(port);
		memcpy(&sin6->sin6_addr, ip->b, 16);
		return sizeof(*sin6);
	}
}

static void set_options(int fd, const struct probe *p)
{
	bool v4 = p->to.family == AF_INET;
	int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
	int yes = 1, ttl = p->ttl;

	/* ICMP errors come with type, code and sender; also ENOBUFS is told (udp_send_skb() hides it else). */
	(void)setsockopt(fd, level, v4 ? IP_RECVERR : IPV6_RECVERR, &yes, sizeof(yes));
	if (ttl)
		(void)setsockopt(fd, level, v4 ? IP_TTL : IPV6_UNICAST_HOPS, &ttl, sizeof(ttl));
}

static int do_connect(int fd, const struct probe *p)
{
	struct sockaddr_storage to;
	socklen_t len = set_address(&to, &p->to, p->port);

	return connect(fd, (struct sockaddr *)&to, len) < 0 ? -errno : 0;
}

static void read_offender(const struct sock_extended_err *ee, struct ip *from)
{
	const struct sockaddr *who = SO_EE_OFFENDER(ee);

	if (who->sa_family == AF_INET) {
		*from = (struct ip){ .family = AF_INET, .plen = 32 };
		memcpy(from->b, &((const struct sockaddr_in *)who)->sin_addr, 4);
	} else if (who->sa_family == AF_INET6) {
		*from = (struct ip){ .family = AF_INET6, .plen = 128 };
		memcpy(from->b, &((const struct sockaddr_in6 *)who)->sin6_addr, 16);
	}
}

/* The ICMP error that a socket met, if one. @return its status, or WARREN_REACH_OK for none */
static uint8_t read_icmp(int fd, uint8_t family, struct ip *from)
{
	_Alignas(struct cmsghdr) char control[512];
	char quoted[256];
	struct iovec iov = { quoted, sizeof(quoted) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };

	if (recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return WARREN_REACH_OK;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		const struct sock_extended_err *ee = (const void *)CMSG_DATA(c);
		bool v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
		bool v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;

		if (!v4 && !v6)
			continue;
		if (ee->ee_origin != SO_EE_ORIGIN_ICMP && ee->ee_origin != SO_EE_ORIGIN_ICMP6)
			continue;
		read_offender(ee, from);
		return probe_status_of_icmp(family, ee->ee_type, ee->ee_code);
	}
	return WARREN_REACH_OK;
}

/* End a flight with what the socket or ICMP says of an error. */
static void fail(struct engine *e, uint32_t slot, int code)
{
	struct flight *f = &e->flights[slot];
	struct probe *p = &e->run->probes[f->probe];
	struct ip from = { 0 };
	uint8_t status = read_icmp(f->fd, p->to.family, &from);

	if (status == WARREN_REACH_OK) {
		status = probe_status_of_errno(-code);
		p->result.error = (uint16_t)-code;
		if (status == WARREN_REACH_REFUSED)
			from = p->to;
	}
	engine_finish(e, slot, status, from.family ? &from : NULL, 0);
}

static void begin_tcp(struct engine *e, uint32_t slot)
{
	struct flight *f = &e->flights[slot];
	struct probe *p = &e->run->probes[f->probe];
	int r;

	/* The kernel repeats the SYN itself, so this one try has the time of all. */
	f->sent = context_now();
	f->deadline = f->sent;
	for (unsigned i = 0; i < e->tries; i++)
		f->deadline += engine_wait(e, i);
	p->result.tries = (uint8_t)e->tries;
	r = do_connect(f->fd, p);
	if (r == 0)
		engine_finish(e, slot, WARREN_REACH_OK, &p->to, 0);
	else if (r != -EINPROGRESS)
		fail(e, slot, r);
}

static void send_udp(struct engine *e, uint32_t slot)
{
	struct flight *f = &e->flights[slot];
	struct probe *p = &e->run->probes[f->probe];
	uint8_t payload[ARRIVAL_PAYLOAD];
	size_t len = arrival_payload(e, slot, payload);

	f->sent = context_now();
	f->deadline = f->sent + engine_wait(e, p->result.tries);
	p->result.tries++;
	p->result.error = 0;
	if (send(f->fd, payload, len, MSG_DONTWAIT) >= 0)
		return;
	if (errno == ENOBUFS || errno == EAGAIN)
		p->result.error = (uint16_t)errno;
	else
		fail(e, slot, -errno);
}

static void begin_udp(struct engine *e, uint32_t slot)
{
	struct flight *f = &e->flights[slot];
	int r = do_connect(f->fd, &e->run->probes[f->probe]);

	if (r < 0)
		fail(e, slot, r);
	else
		send_udp(e, slot);
}

/* The socket that sees datagrams come into the target's namespace, where that is known. */
static int watch_target(struct engine *e, const struct probe *p, struct warren_err *err)
{
	if (p->proto != PROBE_UDP || p->target == PROBE_NOWHERE)
		return 0;
	return sockets_raw(e, p->target, p->to.family == AF_INET ? EVENT_WATCH4 : EVENT_WATCH6, err);
}

static void count_users(struct engine *e, const struct probe *p, int more)
{
	e->nodes[p->node].users += (uint32_t)more;
	if (p->target != PROBE_NOWHERE)
		e->nodes[p->target].users += (uint32_t)more;
}

int flow_fly(struct engine *e, uint32_t slot, struct warren_err *err)
{
	struct flight *f = &e->flights[slot];
	const struct probe *p = &e->run->probes[f->probe];
	bool tcp = p->proto == PROBE_TCP;
	auto_close int fd = -1;
	int r;

	if (e->flows >= e->max_flows)
		return -EAGAIN;
	r = watch_target(e, p, err);
	if (r < 0)
		return r;
	/* Opening the socket must not close the watch. */
	count_users(e, p, 1);
	fd = sockets_open(e, p->node, p->to.family, tcp ? SOCK_STREAM : SOCK_DGRAM, 0, err);
	r = fd < 0 ? fd : sockets_watch(e, fd, tcp ? EPOLLOUT : EPOLLIN, EVENT_FLOW, slot, err);
	if (r < 0) {
		count_users(e, p, -1);
		return r;
	}
	set_options(fd, p);
	f->fd = take_fd(&fd);
	e->flows++;
	if (tcp)
		begin_tcp(e, slot);
	else
		begin_udp(e, slot);
	return 0;
}

void flow_again(struct engine *e, uint32_t slot)
{
	send_udp(e, slot);
}

/* The handshake as the kernel timed it, in nanoseconds; 0 where it does not say. */
static uint64_t handshake(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return 0;
	return (uint64_t)info.tcpi_rtt * 1000;
}

static void hear_tcp(struct engine *e, uint32_t slot)
{
	struct flight *f = &e->flights[slot];
	const struct probe *p = &e->run->probes[f->probe];
	struct ip from = { 0 };
	int r = do_connect(f->fd, p);
	uint8_t status;

	if (r == 0 || r == -EISCONN) {
		engine_finish(e, slot, WARREN_REACH_OK, &p->to, handshake(f->fd));
		return;
	}
	if (r != -EALREADY && r != -EINPROGRESS) {
		fail(e, slot, r);
		return;
	}
	/*
	 * An ICMP error ends an attempt to connect, but not one that comes back
	 * while connect() still holds the socket, as it does on one machine
	 * (tcp_v4_err() looks at sock_owned_by_user()): then it is only queued.
	 */
	status = read_icmp(f->fd, p->to.family, &from);
	if (status != WARREN_REACH_OK)
		engine_finish(e, slot, status, &from, 0);
}

static void hear_udp(struct engine *e, uint32_t slot)
{
	struct flight *f = &e->flights[slot];
	const struct probe *p = &e->run->probes[f->probe];
	char byte;

	if (recv(f->fd, &byte, 1, MSG_DONTWAIT) >= 0)
		engine_finish(e, slot, WARREN_REACH_OK, &p->to, 0);
	else if (errno != EAGAIN && errno != EINTR)
		fail(e, slot, -errno);
}

void flow_event(struct engine *e, uint32_t slot)
{
	const struct flight *f = &e->flights[slot];

	/* Ended by an event before this one in the same batch. */
	if (f->probe == FLIGHT_FREE || f->fd < 0)
		return;
	if (e->run->probes[f->probe].proto == PROBE_TCP)
		hear_tcp(e, slot);
	else
		hear_udp(e, slot);
}
