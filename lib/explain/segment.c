/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain/segment.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <string.h>

/* A bridge that was gone through. */
struct visited {
	uint32_t ns, iface;
};

/* A side of an interface that is still to be followed: to what it is joined to, or to whom it belongs. */
struct step {
	uint32_t ns, iface;
	bool arrives; /* from outside; else it leaves here */
	const struct fault *fault;
};

struct following {
	struct sight *s;
	struct segment *g;
	struct warren_err *err;
	VEC(struct step) steps;
	VEC(struct visited) bridges;
};

static int no_memory(struct following *f)
{
	return warren_fail(f->err, -ENOMEM, "out of memory");
}

/* The first thing that is wrong is what matters. @return 0 or -ENOMEM */
static int note(struct following *f, const struct fault **fault, const struct fault *found)
{
	if (!found)
		return no_memory(f);
	if (!*fault)
		*fault = found;
	return 0;
}

static int check_up(struct following *f, uint32_t ns, const struct sight_iface *i,
		    const struct fault **fault)
{
	return i->up || *fault ? 0 : note(f, fault, fault_down(f->s, ns, i));
}

/* A port that is up and does not forward. */
static int check_port(struct following *f, uint32_t ns, const struct sight_iface *port,
		      const struct fault **fault)
{
	struct sight *s = f->s;
	const char *name = s->ns.v[ns].name;
	struct fault *found;

	if (check_up(f, ns, port, fault) < 0)
		return -ENOMEM;
	if (port->port_state == BR_STATE_FORWARDING || *fault)
		return 0;
	if (port->port_state == BR_STATE_BLOCKING)
		found = fault_new(s, ns,
				  "the bridge port %s of %s is blocked by the spanning tree "
				  "protocol, which leads another way",
				  port->name, name);
	else if (port->port_state == BR_STATE_DISABLED && !port->carrier)
		return 0; /* its other end says why */
	else if (port->port_state == BR_STATE_DISABLED)
		found = fault_new(s, ns, "the bridge port %s of %s is disabled", port->name, name);
	else
		found = fault_new(s, ns,
				  "the bridge port %s of %s does not forward yet: the spanning tree "
				  "protocol is %s",
				  port->name, name,
				  port->port_state == BR_STATE_LISTENING ? "listening" : "learning");
	if (found && port->port_state == BR_STATE_DISABLED)
		found = fault_mend(s, found, "bridge", "link set dev %s state 3",
				   fault_word(s, port->name));
	else if (found && port->port_state != BR_STATE_BLOCKING)
		found->remedy = "wait: it takes twice the bridge's forward_delay, 30 s by default";
	return note(f, fault, found);
}

static bool is_bridge(const struct sight_iface *i)
{
	return i && strcmp(i->kind, "bridge") == 0;
}

static int push(struct following *f, uint32_t ns, uint32_t iface, bool arrives,
		const struct fault *fault)
{
	return vec_push(&f->steps, (struct step){ ns, iface, arrives, fault }) < 0 ? no_memory(f)
										   : 0;
}

static int add_end(struct following *f, uint32_t ns, uint32_t iface, const struct fault *fault)
{
	return vec_push(&f->g->ends, (struct segment_end){ ns, iface, fault }) < 0 ? no_memory(f)
										   : 0;
}

/* Out of all ports but the one that it came in by; 0: it is the bridge's own. */
static int through(struct following *f, uint32_t ns, const struct sight_ns *n,
		   const struct sight_iface *bridge, uint32_t from, const struct fault *fault)
{
	vec_foreach(b, &f->bridges)
		if (b->ns == ns && b->iface == bridge->index)
			return 0;
	if (vec_push(&f->bridges, (struct visited){ ns, bridge->index }) < 0)
		return no_memory(f);
	if (check_up(f, ns, bridge, &fault) < 0)
		return -ENOMEM;
	if (from && add_end(f, ns, bridge->index, fault) < 0)
		return -ENOMEM;
	vec_foreach(port, &n->ifaces) {
		const struct fault *here = fault;

		if (port->master != bridge->index || port->index == from)
			continue;
		if (check_port(f, ns, port, &here) < 0 || push(f, ns, port->index, false, here) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int arrive(struct following *f, const struct step *step, const struct sight_ns *n,
		  const struct sight_iface *i)
{
	const struct sight_iface *master = i->master ? sight_iface(n, i->master) : NULL;
	const struct fault *fault = step->fault;

	if (check_up(f, step->ns, i, &fault) < 0)
		return -ENOMEM;
	if (!is_bridge(master))
		return add_end(f, step->ns, i->index, fault);
	if (check_up(f, step->ns, master, &fault) < 0 || check_port(f, step->ns, i, &fault) < 0)
		return -ENOMEM;
	return through(f, step->ns, n, master, i->index, fault);
}

/* It goes on to what is not seen from here. */
static int leaves(struct following *f, const char *iface, const char *ns, const char *what)
{
	if (!f->g->leaves)
		f->g->leaves = arena_printf(&f->s->arena, "%s of %s%s", iface, ns, what);
	return f->g->leaves ? 0 : no_memory(f);
}

static int leave(struct following *f, const struct step *step, const struct sight_ns *n,
		 const struct sight_iface *i)
{
	uint32_t peer;
	int r;

	if (is_bridge(i))
		return through(f, step->ns, n, i, 0, step->fault);
	if (strcmp(i->kind, "veth") == 0) {
		r = sight_peer(f->s, step->ns, i, &peer, f->err);
		if (r < 0)
			return r;
		if (peer == SIGHT_NONE)
			return leaves(f, i->name, n->name,
				      ", whose other end is in a namespace without a name");
		return push(f, peer, i->peer, true, step->fault);
	}
	if (strcmp(i->kind, "dummy") == 0 || strcmp(i->kind, "ifb") == 0 || i->index == 1)
		return 0; /* nothing is behind these */
	return leaves(f, i->name, n->name, ", which leads out of what can be seen from here");
}

static int follow(struct following *f)
{
	for (size_t k = 0; k < f->steps.n; k++) {
		const struct step step = f->steps.v[k];
		const struct sight_iface *i;
		const struct sight_ns *n;
		int r = sight_read(f->s, step.ns, &n, f->err);

		if (r < 0)
			return r;
		i = sight_iface(n, step.iface);
		if (!i)
			continue; /* gone meanwhile */
		r = step.arrives ? arrive(f, &step, n, i) : leave(f, &step, n, i);
		if (r < 0)
			return r;
	}
	return 0;
}

int segment_read(struct sight *s, uint32_t ns, uint32_t iface, struct segment *ret,
		 struct warren_err *err)
{
	struct following f = { .s = s, .g = ret, .err = err };
	int r;

	*ret = (struct segment){ 0 };
	r = push(&f, ns, iface, false, NULL);
	if (r == 0)
		r = follow(&f);
	vec_fini(&f.steps);
	vec_fini(&f.bridges);
	return r;
}

void segment_fini(struct segment *g)
{
	vec_fini(&g->ends);
}
