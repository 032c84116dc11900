/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain/watch.h"

#include "base/fd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* An interface that is watched. */
struct point {
	uint32_t ns, iface;
	int fd;			   /* -1: not */
	struct watch_seen ways[2]; /* there, back */
};

struct watch {
	VEC(struct point) points;
};

static struct point *find(const struct watch *w, uint32_t ns, uint32_t iface)
{
	vec_foreach(p, &w->points)
		if (p->ns == ns && p->iface == iface)
			return p;
	return NULL;
}

/* Room for what a busy interface carries meanwhile, where it may be had. */
#define BUFFER (4 * 1024 * 1024)

static int open_point(void *data)
{
	struct point *p = data;
	const struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL), /* all: else nothing that goes out is seen */
		.sll_ifindex = (int)p->iface,
	};
	const int size = BUFFER;

	/* Protocol 0: nothing of other interfaces comes before it is bound. */
	p->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return 0;
	(void)setsockopt(p->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(p->fd, (const struct sockaddr *)&to, sizeof(to)) < 0) {
		close(p->fd);
		p->fd = -1;
	}
	return 0;
}

static int add_point(struct watch *w, struct sight *s, uint32_t ns, uint32_t iface,
		     struct warren_err *err)
{
	struct point p = { .ns = ns, .iface = iface, .fd = -1 };
	int r;

	if (iface == 0 || find(w, ns, iface))
		return 0;
	if (vec_reserve(&w->points, 1) < 0)
		return warren_fail(err, -ENOMEM, "out of memory");
	r = sight_inside(s, ns, open_point, &p, err);
	if (r == 0)
		w->points.v[w->points.n++] = p;
	return r;
}

static int add_walk(struct watch *w, struct sight *s, const struct walk *walk,
		    struct warren_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < walk->hops.n; i++) {
		r = add_point(w, s, walk->hops.v[i].ns, walk->hops.v[i].in, err);
		if (r == 0)
			r = add_point(w, s, walk->hops.v[i].ns, walk->hops.v[i].out, err);
	}
	return r;
}

int watch_open(struct sight *s, const struct walk *forth, const struct walk *back,
	       struct watch **ret, struct warren_err *err)
{
	struct watch *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return warren_fail(err, -ENOMEM, "out of memory");
	r = add_walk(w, s, forth, err);
	if (r == 0)
		r = add_walk(w, s, back, err);
	if (r < 0)
		watch_close(w);
	else
		*ret = w;
	return r;
}

/* Behind the header; a later fragment has none. */
static void read_ports(const uint8_t *packet, size_t len, size_t at, struct watch_header *ret)
{
	uint16_t ports[2];

	if ((ret->protocol != IPPROTO_TCP && ret->protocol != IPPROTO_UDP) ||
	    len < at + sizeof(ports))
		return;
	memcpy(ports, packet + at, sizeof(ports));
	ret->from_port = ntohs(ports[0]);
	ret->to_port = ntohs(ports[1]);
}

bool watch_read(const void *packet, size_t len, struct watch_header *ret)
{
	const uint8_t *version = packet;
	struct ipv6hdr six;
	struct iphdr four;

	*ret = (struct watch_header){ 0 };
	if (len >= sizeof(four) && *version >> 4 == 4) {
		memcpy(&four, packet, sizeof(four));
		ret->from.family = ret->to.family = AF_INET;
		memcpy(ret->from.b, &four.saddr, 4);
		memcpy(ret->to.b, &four.daddr, 4);
		ret->protocol = four.protocol;
		ret->ttl = four.ttl;
		read_ports(packet, len, (size_t)(*version & 15) * 4, ret);
		return true;
	}
	if (len >= sizeof(six) && *version >> 4 == 6) {
		memcpy(&six, packet, sizeof(six));
		ret->from.family = ret->to.family = AF_INET6;
		memcpy(ret->from.b, &six.saddr, 16);
		memcpy(ret->to.b, &six.daddr, 16);
		ret->protocol = six.nexthdr;
		ret->ttl = six.hop_limit;
		read_ports(packet, len, sizeof(six), ret);
		return true;
	}
	return false;
}

/* What is looked for. */
struct wanted {
	const struct ip *from, *to;
	uint8_t protocol;
	uint16_t port;
};

static void take_packet(struct point *p, const struct watch_header *h, bool outgoing,
			const struct wanted *x)
{
	const bool forth = ip_same_host(&h->from, x->from) && ip_same_host(&h->to, x->to) &&
			   (!x->port || h->to_port == x->port);
	struct watch_seen *seen = &p->ways[forth ? 0 : 1];

	if (h->protocol != x->protocol)
		return;
	if (!forth && !(ip_same_host(&h->from, x->to) && ip_same_host(&h->to, x->from) &&
			(!x->port || h->from_port == x->port)))
		return;
	seen->in |= !outgoing;
	seen->out |= outgoing;
	if (!outgoing)
		seen->ttl = h->ttl;
}

void watch_take(struct watch *w, const struct ip *from, const struct ip *to, uint8_t protocol,
		uint16_t port)
{
	const struct wanted x = { from, to, protocol, port };
	uint8_t buf[128];

	vec_foreach(p, &w->points) {
		struct watch_header h;
		struct sockaddr_ll ll;
		socklen_t size = sizeof(ll);
		ssize_t n;

		while (p->fd >= 0 && (n = recvfrom(p->fd, buf, sizeof(buf), MSG_TRUNC,
						   (struct sockaddr *)&ll, &size)) >= 0) {
			size = sizeof(ll);
			/* What is for another hardware address goes nowhere from here. */
			if (ll.sll_pkttype != PACKET_OTHERHOST &&
			    watch_read(buf, (size_t)n < sizeof(buf) ? (size_t)n : sizeof(buf), &h))
				take_packet(p, &h, ll.sll_pkttype == PACKET_OUTGOING, &x);
		}
	}
}

struct watch_seen watch_seen(const struct watch *w, const struct walk_hop *hop, bool back)
{
	const struct point *in = find(w, hop->ns, hop->in), *out = find(w, hop->ns, hop->out);

	return (struct watch_seen){
		.in = in && in->ways[back].in,
		.out = out && out->ways[back].out,
		.ttl = in ? in->ways[back].ttl : 0,
	};
}

bool watch_can(const struct watch *w, const struct walk_hop *hop)
{
	const struct point *in = find(w, hop->ns, hop->in), *out = find(w, hop->ns, hop->out);

	return (!hop->in || (in && in->fd >= 0)) && (!hop->out || (out && out->fd >= 0));
}

void watch_close(struct watch *w)
{
	if (!w)
		return;
	if (w->points.n)
		fd_close_slow(&w->points.v->fd, w->points.n, sizeof(*w->points.v));
	vec_fini(&w->points);
	free(w);
}
