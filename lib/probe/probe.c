/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/probe.h"

#include "base/cleanup.h"
#include "netns/netns.h"
#include "probe/engine.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

/* Probes that may wait at once; the slot's number has to fit an ICMP sequence number. */
#define MOST_FLIGHTS 16384

#define EVENTS 128

/* How often to look whether more may be sent, where not all may be at once. */
#define PACED_NS (1000000u)

/* How long a wait may be before the caller is asked whether to stop. */
#define LONGEST_WAIT_MS 200

void engine_finish(struct engine *e, uint32_t slot, uint8_t status, const struct ip *from,
		   uint64_t rtt)
{
	struct flight *f = &e->flights[slot];
	struct probe *p = &e->run->probes[f->probe];

	if (!rtt)
		rtt = context_now() - f->sent;
	p->result.status = status;
	p->result.rtt_ns = rtt;
	if (from)
		p->result.from = *from;
	if (status == WARREN_REACH_OK)
		pace_answered(e);
	e->nodes[p->node].users--;
	if (f->fd >= 0) {
		close(take_fd(&f->fd));
		e->flows--;
		if (p->target != PROBE_NOWHERE)
			e->nodes[p->target].users--;
	}
	f->probe = FLIGHT_FREE;
	e->free.v[e->free.n++] = slot; /* reserved in begin() */
	e->done++;
}

/* All tries were in vain, or it is known that no answer will come. */
static void give_up(struct engine *e, uint32_t slot)
{
	struct flight *f = &e->flights[slot];
	const struct probe *p = &e->run->probes[f->probe];
	uint8_t status = WARREN_REACH_NO_ANSWER;
	const struct ip *from = NULL;

	if (f->arrived) {
		int r = arrival_has_listener(e, slot);

		from = r >= 0 ? &p->to : NULL;
		if (r >= 0)
			status = r ? WARREN_REACH_DELIVERED : WARREN_REACH_PORT_UNREACHABLE;
	} else if (e->run->neighbours_limit || p->result.error == ENOBUFS) {
		status = WARREN_REACH_NO_NEIGHBOUR;
	}
	engine_finish(e, slot, status, from, 0);
}

static void next_try(struct engine *e, uint32_t slot)
{
	struct flight *f = &e->flights[slot];
	const struct probe *p = &e->run->probes[f->probe];

	if (f->arrived || (p->result.tries >= e->tries && !pace_doubts(e, f)))
		give_up(e, slot);
	else if (p->proto == PROBE_ICMP)
		echo_again(e, slot);
	else
		flow_again(e, slot);
}

/* What has waited long enough: the next try, as far as the pace allows, or the end. */
static void expire(struct engine *e)
{
	uint64_t now = context_now();
	unsigned room;

	if (now < e->scan_at)
		return;
	pace_lost(e);
	room = pace_room(e);
	e->scan_at = UINT64_MAX;
	for (uint32_t i = 0; i < e->n_flights; i++) {
		struct flight *f = &e->flights[i];

		if (f->probe == FLIGHT_FREE)
			continue;
		if (f->deadline <= now && room > 0) {
			room--;
			next_try(e, i);
		}
		if (f->probe != FLIGHT_FREE && f->deadline < e->scan_at)
			e->scan_at = f->deadline;
	}
	/* Those that had no room are due, but not before some of the others have ended. */
	if (e->scan_at <= now)
		e->scan_at = now + PACED_NS;
}

/* Send the next probe. @return 0, -EAGAIN where others must end first, or another negative errno */
static int launch(struct engine *e, struct warren_err *err)
{
	struct probe *p = &e->run->probes[e->next];
	uint32_t slot;
	struct flight *f;
	int r;

	memset(&p->result, 0, sizeof(p->result));
	if (!p->to.family) {
		p->result.status = WARREN_REACH_NO_ADDRESS;
		e->next++;
		e->done++;
		return 0;
	}
	if (!e->free.n)
		return -EAGAIN;
	slot = e->free.v[e->free.n - 1];
	f = &e->flights[slot];
	*f = (struct flight){ .probe = (uint32_t)e->next, .fd = -1, .dropped = e->dropped };
	e->free.n--;
	r = p->proto == PROBE_ICMP ? echo_fly(e, slot, err) : flow_fly(e, slot, err);
	if (r < 0) {
		f->probe = FLIGHT_FREE;
		e->free.v[e->free.n++] = slot;
		/* Descriptors come free when others end. */
		return r == -EMFILE && e->done < e->next ? -EAGAIN : r;
	}
	e->next++;
	e->nodes[p->node].touched = true;
	if (p->target != PROBE_NOWHERE)
		e->nodes[p->target].touched = true;
	if (f->probe != FLIGHT_FREE && f->deadline < e->scan_at)
		e->scan_at = f->deadline;
	return 0;
}

/* @return 1 where more could be sent at once, 0 where not, or a negative errno */
static int launch_burst(struct engine *e, struct warren_err *err)
{
	unsigned room;
	bool paced;
	int r;

	if (e->next == e->run->n || !e->free.n)
		return 0;
	room = pace_room(e);
	if (!room)
		pace_lost(e);
	r = room ? neighbour_room(e, room, err) : 0;
	for (unsigned i = 0; r == 0 && i < room && e->next < e->run->n; i++)
		r = launch(e, err);
	paced = !room || e->pace < PACE_MOST;
	if (paced && e->next < e->run->n && e->scan_at > context_now() + PACED_NS)
		e->scan_at = context_now() + PACED_NS;
	if (r == -EAGAIN)
		return 0;
	return r < 0 ? r : !paced && e->next < e->run->n;
}

static void dispatch(struct engine *e, const struct epoll_event *ev)
{
	enum event_kind kind = (enum event_kind)(ev->data.u64 >> 32);
	uint32_t index = (uint32_t)ev->data.u64;

	switch (kind) {
	case EVENT_ECHO4:
	case EVENT_ECHO6:
		echo_event(e, kind, index);
		break;
	case EVENT_WATCH4:
	case EVENT_WATCH6:
		arrival_event(e, kind, index);
		break;
	case EVENT_FLOW:
		flow_event(e, index);
		break;
	}
}

static int wait_ms(const struct engine *e)
{
	uint64_t now = context_now(), ms;

	if (e->scan_at <= now)
		return 0;
	ms = (e->scan_at - now + 999999) / 1000000;
	return ms > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : (int)ms;
}

static int loop(struct engine *e, struct warren_err *err)
{
	struct epoll_event events[EVENTS];

	while (e->done < e->run->n) {
		int more, n;

		if (context_cancelled(e->w))
			return warren_fail(err, -ECANCELED, "interrupted");
		more = launch_burst(e, err);
		if (more < 0)
			return more;
		if (e->done == e->run->n)
			break;
		n = epoll_wait(e->epoll, events, EVENTS, more ? 0 : wait_ms(e));
		if (n < 0 && errno != EINTR)
			return warren_fail(err, -errno, "wait for answers: %s", strerror(errno));
		for (int i = 0; i < n; i++)
			dispatch(e, &events[i]);
		expire(e);
		context_progress(e->w, "probes", e->done, e->run->n);
	}
	return 0;
}

static int begin_flights(struct engine *e, struct warren_err *err)
{
	e->n_flights = e->run->n < MOST_FLIGHTS ? (uint32_t)e->run->n : MOST_FLIGHTS;
	e->flights = calloc(e->n_flights + 1, sizeof(*e->flights));
	e->nodes = calloc(e->run->n_nodes + 1, sizeof(*e->nodes));
	if (!e->flights || !e->nodes || vec_reserve(&e->free, e->n_flights) < 0)
		return warren_fail(err, -ENOMEM, "out of memory");
	for (uint32_t i = e->n_flights; i-- > 0;) {
		e->flights[i] = (struct flight){ .probe = FLIGHT_FREE, .fd = -1 };
		e->free.v[e->free.n++] = i;
	}
	for (size_t i = 0; i < e->run->n_nodes; i++)
		e->nodes[i] = (struct node_sockets){ .echo = { -1, -1 }, .watch = { -1, -1 } };
	for (size_t i = 0; i < e->run->n; i++)
		e->versions[version_index(e->run->probes[i].to.family)] = true;
	return 0;
}

/* The rest of the descriptors is the program's. */
static void share_descriptors(struct engine *e)
{
	struct rlimit limit = { .rlim_cur = 1024 };
	size_t quarter;

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	quarter = limit.rlim_cur > 65536 ? 16384 : (size_t)limit.rlim_cur / 4;
	e->max_flows = e->max_open_nodes = quarter > 4 ? quarter : 4;
}

static int begin(struct engine *e, struct warren_err *err)
{
	int r = begin_flights(e, err);

	if (r < 0)
		return r;
	share_descriptors(e);
	pace_begin(e);
	if (getrandom(&e->cookie, sizeof(e->cookie), GRND_NONBLOCK) != sizeof(e->cookie))
		e->cookie = context_now() ^ (uint64_t)getpid() << 40;
	e->id = (uint16_t)(e->cookie >> 16);
	e->home = netns_current(err);
	if (e->home < 0)
		return e->home;
	e->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (e->epoll < 0)
		return warren_fail(err, -errno, "wait for answers: %s", strerror(errno));
	return 0;
}

static void end(struct engine *e)
{
	for (uint32_t i = 0; e->flights && i < e->n_flights; i++)
		if (e->flights[i].fd >= 0)
			close(e->flights[i].fd);
	for (uint32_t i = 0; e->nodes && i < e->run->n_nodes; i++)
		sockets_close(e, i);
	if (e->home >= 0)
		neighbour_leave(e);
	if (e->epoll >= 0)
		close(e->epoll);
	if (e->home >= 0)
		close(e->home);
	vec_fini(&e->free);
	free(e->flights);
	free(e->nodes);
}

int probe_run(struct warren *w, struct probe_run *run, struct warren_err *err)
{
	const struct warren_probe_options *o = &run->options;
	struct engine e = { .w = w,
			    .run = run,
			    .epoll = -1,
			    .home = -1,
			    .scan_at = UINT64_MAX,
			    .tries = o->tries ? o->tries : 3,
			    .timeout_ms = o->timeout_ms ? o->timeout_ms : 1000 };
	int r;

	if (e.tries > 16)
		return warren_fail(err, -EINVAL, "at most 16 tries");
	if (e.timeout_ms > 3600000)
		return warren_fail(err, -EINVAL, "a timeout is at most an hour");
	r = begin(&e, err);
	if (r == 0)
		r = loop(&e, err);
	end(&e);
	return r;
}
