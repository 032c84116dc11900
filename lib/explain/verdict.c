/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain/verdict.h"

#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <string.h>

static const char *ns_name(const struct evidence *e, uint32_t ns)
{
	return e->s->ns.v[ns].name;
}

static const char *iface_of(const struct evidence *e, uint32_t ns, uint32_t index)
{
	const struct sight_iface *i = sight_iface(&e->s->ns.v[ns], index);

	return i ? i->name : "?";
}

static const char *protocol_of(const struct target *t)
{
	return t->protocol == IPPROTO_TCP ? "tcp" : t->protocol == IPPROTO_UDP ? "udp" : "icmp";
}

/* What is returned with a fault, which is missing only without memory. */
static int told(const struct fault *f, struct warren_err *err)
{
	return f ? 0 : warren_fail(err, -ENOMEM, "out of memory");
}

/* Where filters see what is sent, what passes, what comes for the namespace itself, and what it answers. */
enum {
	OUTGOING = 1 << NF_INET_LOCAL_OUT | 1 << NF_INET_POST_ROUTING,
	PASSING = 1 << NF_INET_PRE_ROUTING | 1 << NF_INET_FORWARD | 1 << NF_INET_POST_ROUTING,
	INCOMING = 1 << NF_INET_PRE_ROUTING | 1 << NF_INET_LOCAL_IN,
	ANSWERED = INCOMING | OUTGOING,
};

/* A filter is behind it. Which there are is told, as they cannot be asked what they would do. */
static int filtered(const struct evidence *e, uint32_t ns, unsigned hooks, struct fault *f,
		    const struct fault **ret, struct warren_err *err)
{
	const char *chains;
	int r = sight_filters(e->s, ns, e->target->ip.family, hooks, &chains, err);

	if (r < 0)
		return r;
	if (f && chains) {
		f->cause = arena_printf(&e->s->arena, "%s: %s", f->cause, chains);
		f = f->cause ? fault_mend(e->s, f, "nft", "list ruleset") : NULL;
	} else if (f) {
		f->cause = arena_printf(&e->s->arena,
					"%s: nftables has no filter there; iptables, or a setting "
					"may be behind it",
					f->cause);
		f = f->cause ? fault_mend(e->s, f, "iptables-save", "-c") : NULL;
	}
	*ret = f;
	return told(f, err);
}

/* Between two namespaces: it went out here, and did not come in there. */
static int lost(const struct evidence *e, const struct walk_hop *from, const struct walk_hop *to,
		const char *what, const struct fault **ret, struct warren_err *err)
{
	*ret = fault_new(e->s, to->ns,
			 "%s goes out of %s of %s and does not come in by %s of %s: what is in between "
			 "drops it (a filter of a bridge, traffic control)",
			 what, iface_of(e, from->ns, from->out), ns_name(e, from->ns),
			 iface_of(e, to->ns, to->in), ns_name(e, to->ns));
	return told(*ret, err);
}

/* A router is handed a packet that may make no further hop. Who sent it can have it make more. */
static int too_far(const struct evidence *e, const struct walk *way, const struct walk_hop *hop,
		   const char *what, const struct fault **ret, struct warren_err *err)
{
	struct fault *f = fault_new(e->s, way->hops.v[0].ns,
				    "the time to live of %s is over in %s, after %zu hops", what,
				    ns_name(e, hop->ns), (size_t)(hop - way->hops.v));

	if (e->target->ip.family == AF_INET)
		f = fault_mend(e->s, f, "sysctl -w", "net.ipv4.ip_default_ttl=255");
	else
		f = fault_mend(e->s, f, "sysctl -w", "%s",
			       fault_setting(e->s, 6,
					     iface_of(e, way->hops.v[0].ns, way->hops.v[0].out),
					     "hop_limit", 255));
	*ret = f;
	return told(f, err);
}

/* Nobody out there answers to the address of the next hop. */
static int no_neighbour(const struct evidence *e, const struct walk_hop *hop,
			const struct fault **ret, struct warren_err *err)
{
	char text[IP_TEXT];
	struct fault *f;

	ip_format_host(&hop->via, text);
	f = fault_new(e->s, hop->ns,
		      "%s asks out of %s who has %s and gets no answer: nobody has it there, or what "
		      "is in between drops the question (a filter)",
		      ns_name(e, hop->ns), iface_of(e, hop->ns, hop->out), text);
	*ret = fault_mend(e->s, f, "ip", "neighbour show to %s", text);
	return told(*ret, err);
}

/* The hop of the way there that is a namespace; of what is none, the first. */
static const struct walk_hop *hop_of(const struct evidence *e, uint32_t ns)
{
	for (size_t i = 0; i < e->forth->hops.n; i++)
		if (e->forth->hops.v[i].ns == ns)
			return &e->forth->hops.v[i];
	return &e->forth->hops.v[0];
}

/* It was seen to come in, and not to go out. */
static int stuck(const struct evidence *e, const struct walk *way, const struct walk_hop *hop,
		 const char *what, const struct fault **ret, struct warren_err *err)
{
	const char *name = ns_name(e, hop->ns);
	int asks = sight_asks(e->s, hop->ns, hop->out, &hop->via, err);

	if (asks)
		return asks < 0 ? asks : no_neighbour(e, hop, ret, err);
	if (hop->in && watch_seen(e->watch, hop, way == e->back).ttl == 1)
		return too_far(e, way, hop, what, ret, err);
	if (!hop->in)
		return filtered(e, hop->ns, OUTGOING,
				fault_new(e->s, hop->ns, "%s does not send %s out of %s", name,
					  what, iface_of(e, hop->ns, hop->out)),
				ret, err);
	return filtered(e, hop->ns, PASSING,
			fault_new(e->s, hop->ns, "%s comes in by %s of %s and does not go out of %s",
				  what, iface_of(e, hop->ns, hop->in), name,
				  iface_of(e, hop->ns, hop->out)),
			ret, err);
}

/*
 * The first place of a way at which the packet was not seen.
 * @return 1 where there is none, 0 with the fault, or a negative errno
 */
static int follow(const struct evidence *e, const struct walk *way, const char *what,
		  const struct fault **ret, struct warren_err *err)
{
	for (size_t i = 0; i < way->hops.n; i++) {
		const struct walk_hop *hop = &way->hops.v[i];
		struct watch_seen seen = watch_seen(e->watch, hop, way == e->back);

		if (i > 0 && hop->in && !seen.in)
			return lost(e, &way->hops.v[i - 1], hop, what, ret, err);
		if (hop->out && !seen.out)
			return stuck(e, way, hop, what, ret, err);
	}
	return 1;
}

/* A filter may refuse a connection in the same words. */
static int nobody_listens(const struct evidence *e, uint32_t ns, const struct fault **ret,
			  struct warren_err *err)
{
	const char *chains;
	struct fault *f;
	int r = sight_filters(e->s, ns, e->target->ip.family, INCOMING, &chains, err);

	if (r < 0)
		return r;
	f = fault_new(e->s, ns, "%s is reached, but nobody listens on its %s port %u%s%s",
		      ns_name(e, ns), protocol_of(e->target), e->target->port,
		      chains ? ", or a filter refuses it: " : "", chains ? chains : "");
	*ret = fault_mend(e->s, f, "ss", e->target->protocol == IPPROTO_UDP ? "-lunp" : "-ltnp");
	return told(*ret, err);
}

/* Who answered with an error: the namespace of the way that has the address. */
static uint32_t who(const struct evidence *e, const struct ip *from)
{
	for (size_t i = 0; from->family && i < e->forth->hops.n; i++) {
		uint32_t ns = e->forth->hops.v[i].ns;

		if (sight_addr(&e->s->ns.v[ns], from))
			return ns;
	}
	return SIGHT_NONE;
}

static int said_no(const struct evidence *e, const struct fault **ret, struct warren_err *err)
{
	uint32_t ns = who(e, &e->result->from);
	const uint32_t last = e->forth->hops.v[e->forth->hops.n - 1].ns;
	const uint32_t first = e->forth->hops.v[0].ns;
	const char *word = warren_reach_name(e->result->status);
	char text[IP_TEXT];

	if (e->result->status == WARREN_REACH_HOST_UNREACHABLE)
		return no_neighbour(e, hop_of(e, ns), ret, err);
	if (ns != SIGHT_NONE)
		return filtered(e, ns,
				ns == last    ? ANSWERED
				: ns == first ? OUTGOING
					      : PASSING,
				fault_new(e->s, ns, "%s rejects it (%s)", ns_name(e, ns), word),
				ret, err);
	*ret = fault_new(e->s, last, "%s answers with an error (%s)",
			 ip_format_host(&e->result->from, text), word);
	return told(*ret, err);
}

/* All the way there, and no answer from there. */
static int silent(const struct evidence *e, const struct walk_hop *last, const struct fault **ret,
		  struct warren_err *err)
{
	const struct walk_hop *first = &e->back->hops.v[0];
	int asks = sight_asks(e->s, first->ns, first->out, &first->via, err);

	if (asks)
		return asks < 0 ? asks : no_neighbour(e, first, ret, err);
	return filtered(e, last->ns, ANSWERED,
			fault_new(e->s, last->ns, "%s gets it by %s and does not answer",
				  ns_name(e, last->ns), iface_of(e, last->ns, last->in)),
			ret, err);
}

static int beyond(const struct evidence *e, const struct walk *way, const char *what,
		  const struct fault **ret, struct warren_err *err)
{
	const struct walk_hop *last = &way->hops.v[way->hops.n - 1];

	*ret = fault_new(e->s, last->ns, "%s leaves by %s, and no answer comes back (%s)", what,
			 way->beyond, warren_reach_name(e->result->status));
	return told(*ret, err);
}

static bool refuses_port(const struct evidence *e)
{
	return e->result->status == WARREN_REACH_REFUSED ||
	       (e->target->port && e->result->status == WARREN_REACH_PORT_UNREACHABLE &&
		(!e->result->from.family || ip_same_host(&e->result->from, &e->target->ip)));
}

/* Who refuses a port says that he is the target. It may be a router on the way. */
static int refused_port(const struct evidence *e, const struct fault **ret, struct warren_err *err)
{
	const struct walk_hop *last = &e->forth->hops.v[e->forth->hops.n - 1], *seen = NULL;
	char text[IP_TEXT];

	if (e->forth->beyond && e->target->ns == SIGHT_NONE) {
		*ret = fault_new(e->s, last->ns, "%s refuses it, behind %s",
				 ip_format_host(&e->target->ip, text), e->forth->beyond);
		return told(*ret, err);
	}
	if (e->forth->beyond)
		return nobody_listens(e, e->target->ns, ret, err);
	for (size_t i = 1; i < e->forth->hops.n; i++)
		if (watch_seen(e->watch, &e->forth->hops.v[i], false).in)
			seen = &e->forth->hops.v[i];
	if (!seen || seen == last)
		return nobody_listens(e, last->ns, ret, err);
	return filtered(e, seen->ns, PASSING,
			fault_new(e->s, seen->ns, "%s refuses it in the name of %s",
				  ns_name(e, seen->ns), ip_format_host(&e->target->ip, text)),
			ret, err);
}

/*
 * Behind a namespace that translates addresses, the packet is another one.
 * @return 1 where none does, or it did not come so far; 0 with the fault, or a negative errno
 */
static int translated(const struct evidence *e, const struct fault **ret, struct warren_err *err)
{
	for (size_t i = 0; i < e->forth->hops.n; i++) {
		const struct walk_hop *hop = &e->forth->hops.v[i];
		struct watch_seen seen = watch_seen(e->watch, hop, false);
		const char *chains;
		struct fault *f;
		int r;

		if (hop->in && !seen.in)
			return 1;
		r = sight_translators(e->s, hop->ns, e->target->ip.family, &chains, err);
		if (r < 0)
			return r;
		if (!chains)
			continue;
		f = fault_new(e->s, hop->ns,
			      "no answer (%s); the packet comes to %s, which translates addresses (%s): "
			      "from there on it cannot be followed",
			      warren_reach_name(e->result->status), ns_name(e, hop->ns), chains);
		*ret = fault_mend(e->s, f, "nft", "list ruleset");
		return told(*ret, err);
	}
	return 1;
}

/* Somebody answered for the next hop's address, who cannot be seen to have it. */
static int lost_to_unknown(const struct evidence *e, const struct fault **ret,
			   struct warren_err *err)
{
	const struct walk_hop *last = &e->forth->hops.v[e->forth->hops.n - 1];
	char text[IP_TEXT];
	struct fault *f;

	ip_format_host(&last->via, text);
	f = fault_new(e->s, last->ns,
		      "%s; it goes out all the same, to whoever answers for %s there or did before, "
		      "and no answer comes back (%s)",
		      e->forth->fault->cause, text, warren_reach_name(e->result->status));
	*ret = fault_mend(e->s, f, "ip", "neighbour show to %s", text);
	return told(*ret, err);
}

static bool all_watched(const struct evidence *e, const struct walk *way)
{
	for (size_t i = 0; i < way->hops.n; i++)
		if (!watch_can(e->watch, &way->hops.v[i]))
			return false;
	return true;
}

/* There were no sockets to follow the packet with. */
static int unseen(const struct evidence *e, const struct fault **ret, struct warren_err *err)
{
	const uint32_t ns = e->forth->hops.v[0].ns;
	struct fault *f =
		fault_new(e->s, ns,
			  "%s gets no answer (%s), and where it is lost cannot be seen: there "
			  "are no packet sockets, or too few descriptors",
			  ns_name(e, ns), warren_reach_name(e->result->status));

	if (f)
		f->remedy = "ulimit -n 1024";
	*ret = f;
	return told(f, err);
}

/* The way there, as far as it can be followed. @return 1 where it is whole, 0 with the fault, or a negative errno */
static int judge_forth(const struct evidence *e, const struct fault **ret, struct warren_err *err)
{
	int r = translated(e, ret, err);

	if (r <= 0)
		return r;
	r = follow(e, e->forth, "what is sent", ret, err);
	if (r <= 0)
		return r;
	if (e->forth->beyond)
		return beyond(e, e->forth, "it", ret, err);
	if (e->forth->fault)
		return lost_to_unknown(e, ret, err);
	return 1;
}

int verdict(const struct evidence *e, const struct fault **ret, struct warren_err *err)
{
	const struct walk_hop *first = &e->forth->hops.v[0];
	const struct walk_hop *last = &e->forth->hops.v[e->forth->hops.n - 1];
	int r;

	if (refuses_port(e))
		return refused_port(e, ret, err);
	if (e->result->error == EPERM)
		return stuck(e, e->forth, first, "what is sent", ret, err);
	if (e->result->from.family && e->result->status != WARREN_REACH_TTL)
		return said_no(e, ret, err);
	*ret = e->back->fault;
	if (!all_watched(e, e->forth) || !all_watched(e, e->back))
		return *ret ? 0 : unseen(e, ret, err);
	r = judge_forth(e, ret, err);
	if (r <= 0 || e->back->fault)
		return r < 0 ? r : 0;
	if (last->in && e->back->hops.n && e->back->hops.v[0].out &&
	    !watch_seen(e->watch, &e->back->hops.v[0], true).out)
		return silent(e, last, ret, err);
	r = follow(e, e->back, "the answer", ret, err);
	if (r <= 0)
		return r;
	if (e->back->beyond)
		return beyond(e, e->back, "the answer", ret, err);
	return filtered(e, first->ns, INCOMING,
			fault_new(e->s, first->ns,
				  "the answer comes back to %s, which does not take it (%s)",
				  ns_name(e, first->ns), warren_reach_name(e->result->status)),
			ret, err);
}
