/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/engine.h"

#include "base/cleanup.h"
#include "netns/netns.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <linux/icmp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* Packets that wait for a neighbour to be found count as the sender's; the default holds some 270. */
#define BUFFER (4 * 1024 * 1024)

static const char *node_label(const struct engine *e, uint32_t node)
{
	const char *name = e->run->nodes[node].name;

	return name ? name : "host";
}

int sockets_inside(struct engine *e, uint32_t node, int (*fn)(void *data), void *data,
		   struct warren_err *err)
{
	const char *name = e->run->nodes[node].name;
	auto_close int ns = -1;
	int r, back;

	if (!name)
		return fn(data);
	ns = warren_netns_open(e->w, name, err);
	if (ns < 0)
		return ns;
	r = netns_enter(ns, err);
	if (r < 0)
		return r;
	r = fn(data);
	back = netns_enter(e->home, err);
	return back < 0 ? back : r;
}

struct socket_wanted {
	int domain, type, protocol;
	const char *node;
	struct warren_err *err;
};

static int make_socket(void *data)
{
	const struct socket_wanted *s = data;
	int fd = socket(s->domain, s->type | SOCK_NONBLOCK | SOCK_CLOEXEC, s->protocol);

	if (fd < 0)
		return warren_fail(s->err, -errno, "%s: open a socket: %s", s->node,
				   strerror(errno));
	return fd;
}

/* Close the node whose sockets were used longest ago. @return whether there was one that nobody needs */
static bool close_oldest(struct engine *e)
{
	uint32_t oldest = UINT32_MAX, age = 0;

	for (uint32_t i = 0; i < e->run->n_nodes; i++) {
		const struct node_sockets *s = &e->nodes[i];
		bool is_open = s->echo[0] >= 0 || s->echo[1] >= 0 || s->watch[0] >= 0 ||
			       s->watch[1] >= 0;

		if (is_open && s->users == 0 && e->clock - s->used >= age) {
			oldest = i;
			age = e->clock - s->used;
		}
	}
	if (oldest == UINT32_MAX)
		return false;
	sockets_close(e, oldest);
	return true;
}

int sockets_open(struct engine *e, uint32_t node, int domain, int type, int protocol,
		 struct warren_err *err)
{
	struct socket_wanted s = { domain, type, protocol, node_label(e, node), err };
	int fd;

	do {
		fd = sockets_inside(e, node, make_socket, &s, err);
	} while ((fd == -EMFILE || fd == -ENFILE) && close_oldest(e));
	if (fd == -EMFILE || fd == -ENFILE)
		return warren_fail(err, -EMFILE,
				   "%s: no descriptor left for a socket; raise the limit of open files "
				   "(ulimit -n)",
				   s.node);
	return fd;
}

int sockets_watch(struct engine *e, int fd, uint32_t events, enum event_kind kind, uint32_t index,
		  struct warren_err *err)
{
	struct epoll_event ev = { .events = events, .data.u64 = (uint64_t)kind << 32 | index };

	if (epoll_ctl(e->epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		return warren_fail(err, -errno, "watch a socket: %s", strerror(errno));
	return 0;
}

/* Only echo replies and errors: a busy namespace's other messages would fill the buffer. */
static int filter_icmp(int fd, enum event_kind kind)
{
	struct icmp_filter f4 = { ~(1u << ICMP_ECHOREPLY | 1u << ICMP_DEST_UNREACH |
				    1u << ICMP_TIME_EXCEEDED | 1u << ICMP_PARAMETERPROB) };
	struct icmp6_filter f6;

	if (kind == EVENT_ECHO4)
		return setsockopt(fd, SOL_RAW, ICMP_FILTER, &f4, sizeof(f4));
	ICMP6_FILTER_SETBLOCKALL(&f6);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &f6);
	ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &f6);
	ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &f6);
	ICMP6_FILTER_SETPASS(ICMP6_PACKET_TOO_BIG, &f6);
	ICMP6_FILTER_SETPASS(ICMP6_PARAM_PROB, &f6);
	return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &f6, sizeof(f6));
}

/* Improvements only: where large buffers are refused (an ordinary user), the defaults lose more and retries mend it. */
static void improve(int fd)
{
	int size = BUFFER, yes = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof(yes));

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static int open_raw(struct engine *e, uint32_t node, enum event_kind kind, struct warren_err *err)
{
	static const struct {
		int domain, protocol;
	} table[] = {
		[EVENT_ECHO4] = { AF_INET, IPPROTO_ICMP },
		[EVENT_ECHO6] = { AF_INET6, IPPROTO_ICMPV6 },
		[EVENT_WATCH4] = { AF_INET, IPPROTO_UDP },
		[EVENT_WATCH6] = { AF_INET6, IPPROTO_UDP },
	};
	auto_close int fd = sockets_open(e, node, table[kind].domain, SOCK_RAW,
					 table[kind].protocol, err);
	int r;

	if (fd < 0)
		return fd;
	if ((kind == EVENT_ECHO4 || kind == EVENT_ECHO6) && filter_icmp(fd, kind) < 0)
		return warren_fail(err, -errno, "%s: filter ICMP: %s", node_label(e, node),
				   strerror(errno));
	improve(fd);
	r = sockets_watch(e, fd, EPOLLIN, kind, node, err);
	return r < 0 ? r : take_fd(&fd);
}

int sockets_raw(struct engine *e, uint32_t node, enum event_kind kind, struct warren_err *err)
{
	struct node_sockets *s = &e->nodes[node];
	int *slot = kind <= EVENT_ECHO6 ? &s->echo[kind - EVENT_ECHO4]
					: &s->watch[kind - EVENT_WATCH4];

	s->used = ++e->clock;
	if (*slot >= 0)
		return *slot;
	if (e->open_nodes >= e->max_open_nodes)
		(void)close_oldest(e);
	*slot = open_raw(e, node, kind, err);
	if (*slot < 0) {
		int r = *slot;

		*slot = -1;
		return r;
	}
	e->open_nodes++;
	return *slot;
}

void sockets_close(struct engine *e, uint32_t node)
{
	struct node_sockets *s = &e->nodes[node];
	int *fds[] = { &s->echo[0], &s->echo[1], &s->watch[0], &s->watch[1] };

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		if (*fds[i] < 0)
			continue;
		close(take_fd(fds[i]));
		e->open_nodes--;
	}
}
