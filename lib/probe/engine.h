/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROBE_ENGINE_H
#define PROBE_ENGINE_H

#include "base/context.h"
#include "base/vec.h"
#include "probe/probe.h"
#include "wire/wire.h"

/*
 * The inside of probe_run(), parted over files:
 *   probe.c      the loop: what is sent when, and what has waited long enough
 *   sockets.c    sockets inside namespaces, kept and closed as descriptors allow
 *   echo.c       ICMP
 *   flow.c       TCP and UDP
 *   arrival.c    UDP that nobody answers: did it come, does anybody listen
 *   neighbour.c  the machine's table of neighbours
 *   pace.c       how fast to send
 */

/* A probe that waits for an answer. */
struct flight {
	uint32_t probe;	   /* index, or FLIGHT_FREE */
	int fd;		   /* TCP, UDP; -1 for ICMP */
	bool arrived;	   /* UDP: was seen in the target's namespace */
	uint8_t unlucky;   /* tries more than asked for, as the machine dropped packets meanwhile */
	uint64_t dropped;  /* what the machine had dropped when it was sent last */
	uint64_t sent;	   /* last try */
	uint64_t deadline; /* of this try */
};
#define FLIGHT_FREE UINT32_MAX

/* What is open in a namespace: raw sockets by version (0: IPv4, 1: IPv6), -1 where there is none. */
struct node_sockets {
	int echo[2];	/* ICMP */
	int watch[2];	/* UDP that comes in */
	uint32_t users; /* flights that need them */
	uint32_t used;	/* when last, by engine->clock */
	bool touched;	/* may have new neighbours */
};

/* What an epoll event is about; the number of the node or flight is in the lower half of its data. */
enum event_kind { EVENT_ECHO4, EVENT_ECHO6, EVENT_WATCH4, EVENT_WATCH6, EVENT_FLOW };

struct engine {
	struct warren *w;
	struct probe_run *run;
	int epoll;
	int home; /* the thread's own namespace */
	struct node_sockets *nodes;
	size_t open_nodes, max_open_nodes;
	uint32_t clock;
	struct flight *flights;
	uint32_t n_flights;	 /* slots */
	VEC(uint32_t) free;	 /* slots; all are reserved */
	size_t flows, max_flows; /* TCP and UDP sockets */
	size_t next;		 /* probe to be sent */
	size_t done;
	uint64_t scan_at; /* not before this has any flight waited long enough */
	unsigned tries;
	unsigned timeout_ms;
	uint64_t cookie;
	uint16_t id;
	unsigned pace;	   /* packets sent before answers are waited for */
	unsigned answered; /* since it was changed last */
	bool can_pace;
	bool lossless;	  /* nothing was dropped yet */
	uint64_t dropped; /* by the machine, as it counts */
	uint64_t paced_at;
	/* Neighbour table, by version. */
	struct wire *table;
	bool versions[2];	/* that are probed */
	bool blind;		/* it cannot be read */
	uint64_t crowded_until; /* no look before */
	bool forgot;		/* entries were removed to make room */
};

static inline int version_index(uint8_t family)
{
	return family == AF_INET6;
}

/** @return nanoseconds that try i (0 and up) waits: the last the whole timeout, each before it half of the next */
static inline uint64_t engine_wait(const struct engine *e, unsigned i)
{
	i = i < e->tries ? i : e->tries - 1;
	return (uint64_t)e->timeout_ms * 1000000u >> (e->tries - 1 - i);
}

/** A flight has an answer: fill in the result and free its slot. from may be NULL; rtt 0: since the last try. */
void engine_finish(struct engine *e, uint32_t slot, uint8_t status, const struct ip *from,
		   uint64_t rtt);

/** Do something inside a node's namespace and be back. @return what fn does, or the error of entering */
int sockets_inside(struct engine *e, uint32_t node, int (*fn)(void *data), void *data,
		   struct warren_err *err);

/** Open a socket (non-blocking) in a node's namespace. @return descriptor, -EMFILE (try again when others are closed), … */
int sockets_open(struct engine *e, uint32_t node, int domain, int type, int protocol,
		 struct warren_err *err);

/** Have epoll tell of a descriptor. @return 0 or a negative errno */
int sockets_watch(struct engine *e, int fd, uint32_t events, enum event_kind kind, uint32_t index,
		  struct warren_err *err);

/** The raw socket of a node for an event kind other than FLOW, opened where it is not yet. @return borrowed, or a negative errno */
int sockets_raw(struct engine *e, uint32_t node, enum event_kind kind, struct warren_err *err);

/** Close what a node has open. */
void sockets_close(struct engine *e, uint32_t node);

/*
 * To send: fly() sends the first try, again() a further one. 0; -EAGAIN where it
 * must wait for others to end; a status that is known at once is finished by
 * them. Any other code ends the run.
 */
int echo_fly(struct engine *e, uint32_t slot, struct warren_err *err);
int flow_fly(struct engine *e, uint32_t slot, struct warren_err *err);
void echo_again(struct engine *e, uint32_t slot);
void flow_again(struct engine *e, uint32_t slot);

/* Something can be read. */
void echo_event(struct engine *e, enum event_kind kind, uint32_t node);
void flow_event(struct engine *e, uint32_t slot);
void arrival_event(struct engine *e, enum event_kind kind, uint32_t node);

/** What UDP carries: found again in the target's namespace. Port 53 gets a question that a name server answers. */
#define ARRIVAL_PAYLOAD 96
size_t arrival_payload(const struct engine *e, uint32_t slot, uint8_t buf[ARRIVAL_PAYLOAD]);

/** Whether a socket would get the datagrams of a flight that have arrived. @return 0, 1, or a negative errno */
int arrival_has_listener(struct engine *e, uint32_t slot);

/**
 * Before probes are sent: look whether the machine's table has room for their neighbours, and make some.
 * @return 0, -EAGAIN (wait for others to end), or another negative errno
 */
int neighbour_room(struct engine *e, unsigned burst, struct warren_err *err);

/*
 * Probes sent before answers are read; also what bounds a socket's receive
 * queue, as most answers are there when send() returns.
 */
#define PACE_MOST 64

void pace_begin(struct engine *e);

/** A try was in vain: send more slowly if the machine drops packets, else faster again. */
void pace_lost(struct engine *e);

/** Whether what became of a flight says nothing, as the machine dropped packets since it was sent; not for ever. */
bool pace_doubts(struct engine *e, struct flight *f);

/** A probe was answered: send a little faster again. */
void pace_answered(struct engine *e);

/** @return how many packets may be sent now, at most PACE_MOST */
unsigned pace_room(const struct engine *e);

/** At the end: leave no full table behind. */
void neighbour_leave(struct engine *e);

#endif
