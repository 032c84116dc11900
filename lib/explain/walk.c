/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain/walk.h"

#include "explain/segment.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

/* A packet lives no longer than this (the largest time to live). */
#define MOST_HOPS 255

/* One walk. */
struct walking {
	struct sight *s;
	const struct walk_to *to;
	struct walk *walk;
	struct warren_err *err;
	uint32_t ns, in; /* where it is now, and by which interface it came */
	const struct sight_ns *n;
	bool done;
};

/* The walk ends here. */
static int stop(struct walking *k, const struct fault *f)
{
	k->walk->fault = f;
	k->done = true;
	return f ? 0 : warren_fail(k->err, -ENOMEM, "out of memory");
}

static const char *iface_name(const struct sight_ns *n, uint32_t index)
{
	const struct sight_iface *i = sight_iface(n, index);

	return i ? i->name : "?";
}

/* What came in by an interface and is for somebody else. */
static int check_forwarding(struct walking *k)
{
	const struct sight_iface *in = sight_iface(k->n, k->in);
	struct fault *f;

	if (!in || sight_addr(k->n, &k->to->to))
		return 0;
	if (k->to->to.family == AF_INET6 ? k->n->forwards6 : in->forwards4)
		return 0;
	f = fault_new(k->s, k->ns, "%s does not forward IPv%d: net.ipv%d.conf.%s.forwarding is 0",
		      k->n->name, k->to->to.family == AF_INET6 ? 6 : 4,
		      k->to->to.family == AF_INET6 ? 6 : 4,
		      k->to->to.family == AF_INET6 ? "all" : in->name);
	if (k->to->to.family == AF_INET6)
		f = fault_mend(k->s, f, "sysctl -w", "net.ipv6.conf.all.forwarding=1");
	else if (k->n->forwards4) /* writing it again would change nothing */
		f = fault_mend(k->s, f, "sysctl -w", "%s",
			       fault_setting(k->s, 4, in->name, "forwarding", 1));
	else
		f = fault_mend(k->s, f, "sysctl -w", "net.ipv4.ip_forward=1");
	return stop(k, f);
}

/* The source is refused: fib_validate_source() in net/ipv4/fib_frontend.c. */
static int bad_source(struct walking *k)
{
	const struct sight_iface *in = sight_iface(k->n, k->in);
	char from[IP_TEXT];
	struct fault *f;

	ip_format_host(&k->walk->source, from);
	if (sight_addr(k->n, &k->walk->source))
		return stop(k, fault_new(k->s, k->ns,
					 "%s refuses what comes in by %s from %s: that address is "
					 "its own",
					 k->n->name, in->name, from));
	f = fault_new(k->s, k->ns,
		      "%s drops what comes in by %s from %s: the reverse path filter is strict "
		      "(rp_filter), and its own route to there does not lead out of %s",
		      k->n->name, in->name, from, in->name);
	return stop(k, fault_mend(k->s, f, "sysctl -w", "%s",
				  fault_setting(k->s, 4, in->name, "rp_filter", 2)));
}

static int refused(struct walking *k, int error)
{
	char to[IP_TEXT];
	const char *why = error == EACCES   ? "prohibits it"
			  : error == EINVAL ? "swallows it (blackhole)"
					    : "says that it is unreachable";
	struct fault *f;
	int r;

	ip_format_host(&k->to->to, to);
	if (error != EHOSTUNREACH && error != ENETUNREACH && error != EACCES && error != EINVAL)
		f = fault_new(k->s, k->ns, "%s cannot tell its route%s to %s: %s", k->n->name,
			      k->to->who, to, strerror(error));
	else
		f = fault_new(k->s, k->ns, "a route or rule of %s%s to %s %s", k->n->name,
			      k->to->who, to, why);
	r = sight_refuses(k->s, k->ns, k->to->to.family, k->err);
	if (r < 0)
		return r;
	if (r)
		return stop(k, fault_mend(k->s, f, "ip", "%srule show",
					  k->to->to.family == AF_INET6 ? "-6 " : ""));
	return stop(k, fault_mend(k->s, f, "ip", "route show table all match %s", to));
}

static int no_route(struct walking *k)
{
	const struct fault *f;
	int r = walk_no_route(k->s, k->ns, k->to, &f, k->err);

	return r < 0 ? r : stop(k, f);
}

/* Whether the reverse path filter may be behind a refusal: the stricter of two settings counts. */
static bool filters_sources(const struct walking *k)
{
	const struct sight_iface *in = sight_iface(k->n, k->in);

	return k->to->to.family == AF_INET && in && (in->rp_filter > 0 || k->n->rp_filter > 0);
}

static int judge_route(struct walking *k, int error)
{
	const struct sight_query bare = { .to = k->to->to };
	struct sight_route route;
	int r;

	if (error == ENETUNREACH) {
		r = sight_refuses(k->s, k->ns, k->to->to.family, k->err);
		if (r)
			return r < 0 ? r : refused(k, error);
		return no_route(k);
	}
	if (!k->in || (error != EXDEV && error != EINVAL))
		return refused(k, error);
	/* A blackhole is there for its own packets, too. */
	r = sight_route(k->s, k->ns, &bare, &route, k->err);
	if (r < 0)
		return r;
	if (route.error != error && (sight_addr(k->n, &k->walk->source) || filters_sources(k)))
		return bad_source(k);
	return refused(k, error);
}

/* How well an end of the segment does as the one that the packet is handed to. */
enum fit { FIT_NO, FIT_ELSEWHERE, FIT_WELL };

static enum fit fit(const struct sight_ns *n, uint32_t iface, const struct ip *via)
{
	enum fit best = FIT_NO;

	vec_foreach(a, &n->addrs) {
		if (!ip_same_host(&a->ip, via))
			continue;
		if (a->iface == iface)
			return FIT_WELL;
		/* IPv4 answers for all its addresses on any interface (arp_ignore 0). */
		if (via->family == AF_INET)
			best = FIT_ELSEWHERE;
	}
	return best;
}

/* Whoever has the address, rather over what works. @return NULL in *ret: nobody has */
static int find_end(struct walking *k, const struct segment *g, const struct ip *via,
		    const struct segment_end **ret)
{
	int best = 0;

	*ret = NULL;
	for (size_t i = 0; i < g->ends.n; i++) {
		const struct segment_end *end = &g->ends.v[i];
		const struct sight_ns *n;
		int r = sight_read(k->s, end->ns, &n, k->err), score;

		if (r < 0)
			return r;
		score = (int)fit(n, end->iface, via);
		if (end->ns == k->ns || score == FIT_NO)
			continue;
		score = score * 2 + (end->fault ? 0 : 1);
		if (score > best) {
			best = score;
			*ret = end;
		}
	}
	return 0;
}

/* The prefix length that an address on the segment would have. */
static unsigned prefix_at(const struct walking *k, uint32_t out, const struct ip *via)
{
	vec_foreach(a, &k->n->addrs) {
		const struct ip network = ip_network(&a->ip);

		if (a->iface == out && ip_contains(&network, via))
			return a->ip.plen;
	}
	return ip_bits(via);
}

/* Whoever is meant to have the address has it where the segment does not lead. */
static const char *elsewhere(struct walking *k, const struct ip *via)
{
	const struct sight_ns *owner = k->to->owner == SIGHT_NONE ? NULL : &k->s->ns.v[k->to->owner];
	const struct sight_addr *a = owner ? sight_addr(owner, via) : NULL;

	if (!a)
		return "";
	return arena_printf(&k->s->arena, "; it is on %s of %s, which is not joined to that",
			    iface_name(owner, a->iface), owner->name);
}

/*
 * Nobody has the address as far as can be seen. Where whoever is meant to lacks it, that is
 * certain; else somebody who is not seen may have it.
 */
static struct fault *absent(const struct walking *k, struct fault *f, const char *where)
{
	if (f)
		f->absent = k->to->owner == SIGHT_NONE || *where;
	return f;
}

/* One interface out there should have the address. */
static int unset(struct walking *k, const struct segment_end *end, uint32_t out,
		 const struct ip *via, const char *joined)
{
	const struct sight_ns *n = &k->s->ns.v[end->ns];
	const char *iface = iface_name(n, end->iface);
	const char *where = elsewhere(k, via);
	char text[IP_TEXT];
	struct fault *f;

	if (end->fault || !where)
		return stop(k, end->fault);
	ip_format_host(via, text);
	f = fault_new(k->s, end->ns, "%s of %s, %s %s of %s, does not have the address %s%s", iface,
		      n->name, joined, iface_name(k->n, out), k->n->name, text, where);
	f = absent(k, f, where);
	if (*where)
		return stop(k, f);
	return stop(k, fault_mend(k->s, f, "ip", "address add %s/%u dev %s", text,
				  prefix_at(k, out, via), fault_word(k->s, iface)));
}

/* Nobody out there has the address that the packet is to be handed to. */
static int nobody(struct walking *k, const struct segment *g, uint32_t out, const struct ip *via)
{
	const char *name = iface_name(k->n, out), *where;
	const struct segment_end *only = NULL, *meant = NULL;
	char text[IP_TEXT];
	struct fault *f;
	size_t others = 0;

	for (size_t i = 0; i < g->ends.n; i++) {
		const struct segment_end *end = &g->ends.v[i];

		if (end->ns == k->ns)
			continue;
		only = end;
		others++;
		if (end->ns == k->to->owner && ip_same_host(via, &k->to->to))
			meant = end;
	}
	if (others == 0)
		return stop(k, fault_new(k->s, k->ns,
					 "%s sends it out of %s, and nothing is at the other end",
					 k->n->name, name));
	if (others == 1)
		return unset(k, only, out, via, "at the other end of");
	if (meant)
		return unset(k, meant, out, via, "which is joined to");
	where = elsewhere(k, via);
	if (!where)
		return stop(k, NULL);
	f = fault_new(k->s, k->ns,
		      "of the %zu interfaces that %s of %s is joined to, none has the address %s%s",
		      others, name, k->n->name, ip_format_host(via, text), where);
	return stop(k, absent(k, f, where));
}

/* Over the wire to whoever has the address. */
static int cross(struct walking *k, uint32_t out, const struct ip *via)
{
	const struct segment_end *end;
	struct segment g;
	int r = segment_read(k->s, k->ns, out, &g, k->err);

	if (r == 0)
		r = find_end(k, &g, via, &end);
	if (r == 0 && end && end->fault) {
		r = stop(k, end->fault);
	} else if (r == 0 && end) {
		k->ns = end->ns;
		k->in = end->iface;
	} else if (r == 0 && g.leaves) {
		k->walk->beyond = g.leaves;
		k->done = true;
	} else if (r == 0) {
		r = nobody(k, &g, out, via);
	}
	segment_fini(&g);
	return r;
}

/* It is for the namespace itself. What that sends to itself goes over lo. */
static int arrived(struct walking *k)
{
	const struct sight_iface *lo = sight_iface(k->n, 1);

	k->done = true;
	if (k->in || !lo || lo->up)
		return 0;
	return stop(k, fault_down(k->s, k->ns, lo));
}

static int take_step(struct walking *k)
{
	struct sight_query q = {
		.to = k->to->to,
		.from = k->walk->source,
		.in = k->in,
		.protocol = k->to->protocol,
		.port = k->to->port,
	};
	struct walk_hop hop = { .ns = k->ns, .in = k->in };
	struct sight_route route;
	int r;

	r = sight_route(k->s, k->ns, &q, &route, k->err);
	if (r < 0)
		return r;
	if (!k->walk->source.family)
		k->walk->source = route.source;
	/* connect(2) asks once for a source, and then with it: rules may send that another way. */
	if (!k->in && !q.from.family && q.protocol != IPPROTO_ICMP && route.source.family) {
		q.from = route.source;
		r = sight_route(k->s, k->ns, &q, &route, k->err);
		if (r < 0)
			return r;
	}
	if (!route.error && !route.local) {
		hop.out = route.out;
		hop.via = route.via.family ? route.via : k->to->to;
	}
	hop.network = route.network;
	if (vec_push(&k->walk->hops, hop) < 0)
		return warren_fail(k->err, -ENOMEM, "out of memory");
	/* A namespace that does not forward answers as if it had no way. */
	r = check_forwarding(k);
	if (r < 0 || k->done)
		return r;
	if (route.error)
		return judge_route(k, route.error);
	if (route.local)
		return arrived(k);
	if (!route.unicast)
		return stop(k, fault_new(k->s, k->ns,
					 "to %s it is an address of no single host (broadcast or "
					 "multicast)",
					 k->n->name));
	return cross(k, hop.out, &hop.via);
}

/* It came here before by the same interface: it goes round for ever. @return that hop, or NULL */
static const struct walk_hop *been_here(const struct walking *k)
{
	for (size_t i = 1; i < k->walk->hops.n; i++)
		if (k->walk->hops.v[i].ns == k->ns && k->walk->hops.v[i].in == k->in)
			return &k->walk->hops.v[i];
	return NULL;
}

static int loop(struct walking *k, const struct walk_hop *since)
{
	const struct walk_hop *end = k->walk->hops.v + k->walk->hops.n;
	const char *circle = "";
	char to[IP_TEXT];
	struct fault *f;

	for (const struct walk_hop *hop = since; circle && hop < end; hop++)
		circle = arena_printf(&k->s->arena, "%s%s, ", circle, k->s->ns.v[hop->ns].name);
	ip_format_host(&k->to->to, to);
	f = fault_new(k->s, k->ns,
		      "a routing loop: what is for %s goes round in a circle, %s%s, ...", to,
		      circle ? circle : "", k->n->name);
	return stop(k, circle ? fault_mend(k->s, f, "ip", "route get %s", to) : NULL);
}

int walk(struct sight *s, uint32_t ns, const struct walk_to *to, struct walk *ret,
	 struct warren_err *err)
{
	struct walking k = { .s = s, .to = to, .walk = ret, .err = err, .ns = ns };
	const struct walk_hop *since;
	int r = 0;

	*ret = (struct walk){ .source = to->from };
	while (r == 0 && !k.done) {
		r = sight_read(s, k.ns, &k.n, err);
		if (r < 0)
			break;
		since = been_here(&k);
		if (since)
			r = loop(&k, since);
		else if (ret->hops.n >= MOST_HOPS)
			r = stop(&k, fault_new(s, k.ns,
					       "the way is longer than %d hops, which is "
					       "more than a packet can make",
					       MOST_HOPS));
		else
			r = take_step(&k);
	}
	return r;
}

void walk_fini(struct walk *w)
{
	vec_fini(&w->hops);
}
