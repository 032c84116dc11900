/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast to send. Mostly as fast as it goes: on one machine a packet has
 * made its whole way when send() returns. Not so on a large switch: a question
 * for a hardware address is flooded to every port, through a queue that each
 * CPU has once for all namespaces (net.core.netdev_max_backlog, 1000 packets).
 * Two such floods at once on a switch of 1000 ports are too many, and what is
 * over the limit is dropped and counted in /proc/net/softnet_stat. So when
 * answers are missing and that count has grown, fewer packets are sent before
 * the answers to those before them are waited for. Missing answers alone say
 * nothing: there may be a filter. Without further drops it is faster again.
 * A try that was in vain while packets were dropped is not counted, nor is a
 * router's word that it finds no neighbour: it may not have heard him.
 */
#include "probe/engine.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Tries beyond those that were asked for, where the machine drops packets. */
#define MORE_TRIES 16

/* Packets that old without an answer are taken as lost, or as going to nobody. */
#define YOUNG_NS (20 * 1000000u)

/* To begin with: a flood of each on a switch of 100 ports just fits the queue. */
#define PACE_FIRST 8

/* So many without an answer, and it is time to look whether packets are dropped. */
#define YOUNG_MOST 512

/* One sum for all packets before a loss shows, not one for each. */
#define ONE_LOSS_NS (20 * 1000000u)

/* The second column of each row, a row a CPU, in hexadecimal. @return false where it cannot be read */
static bool read_dropped(uint64_t *ret)
{
	auto_free char *text = NULL;
	uint64_t sum = 0;

	if (fd_read_file(AT_FDCWD, "/proc/net/softnet_stat", 1 << 20, &text, NULL) < 0)
		return false;
	for (const char *row = text; row; row = strchr(row, '\n')) {
		uint64_t packets, dropped;

		row += *row == '\n';
		if (sscanf(row, "%" SCNx64 " %" SCNx64, &packets, &dropped) == 2)
			sum += dropped;
	}
	*ret = sum;
	return true;
}

void pace_begin(struct engine *e)
{
	e->can_pace = read_dropped(&e->dropped);
	e->pace = e->can_pace ? PACE_FIRST : PACE_MOST;
	e->lossless = true;
}

void pace_lost(struct engine *e)
{
	uint64_t now = context_now(), dropped;

	if (!e->can_pace || now < e->paced_at + ONE_LOSS_NS || !read_dropped(&dropped))
		return;
	if (dropped != e->dropped) {
		e->pace = e->pace > 1 ? e->pace / 2 : 1;
		e->lossless = false;
	} else {
		e->pace = e->pace < PACE_MOST / 2 ? e->pace * 2 : PACE_MOST;
	}
	e->run->dropped += dropped - e->dropped;
	e->dropped = dropped;
	e->answered = 0;
	e->paced_at = now;
}

bool pace_doubts(struct engine *e, struct flight *f)
{
	pace_lost(e);
	if (e->dropped == f->dropped || f->unlucky >= MORE_TRIES)
		return false;
	f->unlucky++;
	f->dropped = e->dropped;
	return true;
}

void pace_answered(struct engine *e)
{
	/* until the first loss, twice as many each time; then one more where all is well for long */
	if (e->pace == PACE_MOST || (++e->answered < 8 * e->pace && !e->lossless))
		return;
	e->pace++;
	e->answered = 0;
}

unsigned pace_room(const struct engine *e)
{
	uint64_t now = context_now();
	unsigned young = 0;

	for (uint32_t i = 0; i < e->n_flights; i++) {
		const struct flight *f = &e->flights[i];

		young += f->probe != FLIGHT_FREE && now - f->sent < YOUNG_NS;
	}
	if (e->pace == PACE_MOST)
		return young < YOUNG_MOST ? PACE_MOST : 0;
	return young < e->pace ? e->pace - young : 0;
}
