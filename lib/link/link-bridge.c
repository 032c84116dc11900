/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link/link-kind.h"

#include "wire/attr.h"

#include <linux/if_link.h>

enum { STP, FORWARD_DELAY, GROUP_FWD_MASK, HELLO_TIME, MAX_AGE, AGEING_TIME };

/*
 * The kernel's limits (net/bridge/br_private.h, br_stp.c). The presets are the
 * kernel's own but for forward_delay: with 15 s each new port would be deaf for
 * 30 s. Explicit values for all, so that a bridge does not depend on who made it.
 */
static const struct field fields[] = {
	/* STP_STATE goes alone: br_changelink() works off the delay before it, and
	 * refuses a delay of 0 as long as STP is still on. */
	[STP] = { "stp", IFLA_BR_STP_STATE, FIELD_BOOL, 4, FIELD_LIVE | FIELD_FIRST, 0, 1, 0,
		  "spanning tree protocol (802.1D); *up* then waits until the ports forward, twice forward_delay" },
	[FORWARD_DELAY] = { "forward_delay", IFLA_BR_FORWARD_DELAY, FIELD_SECONDS, 4, FIELD_LIVE, 0,
			    30, 0,
			    "seconds that a new port listens, and then learns, before it forwards" },
	[GROUP_FWD_MASK] = { "group_fwd_mask", IFLA_BR_GROUP_FWD_MASK, FIELD_UINT, 2, FIELD_LIVE, 0,
			     0xffff, 0,
			     "bit n: forward frames to the link-local group 01:80:c2:00:00:0n" },
	[HELLO_TIME] = { "hello_time", IFLA_BR_HELLO_TIME, FIELD_SECONDS, 4, FIELD_LIVE, 1, 10, 2,
			 "seconds between the hellos of a root bridge" },
	[MAX_AGE] = { "max_age", IFLA_BR_MAX_AGE, FIELD_SECONDS, 4, FIELD_LIVE, 6, 40, 20,
		      "seconds after which a silent root bridge counts as gone" },
	[AGEING_TIME] = { "ageing_time", IFLA_BR_AGEING_TIME, FIELD_SECONDS, 4, FIELD_LIVE, 0,
			  1000000, 300,
			  "seconds that a learned address is kept; 0: never learn, always flood" },
	{ "priority", IFLA_BR_PRIORITY, FIELD_UINT, 2, FIELD_LIVE, 0, 0xffff, 32768,
	  "of this bridge when the root is chosen; the lowest wins" },
	{ "mcast_snooping", IFLA_BR_MCAST_SNOOPING, FIELD_BOOL, 1, FIELD_LIVE, 0, 1, 1,
	  "forward multicast to the ports that asked for it only" },
	{ "mcast_querier", IFLA_BR_MCAST_QUERIER, FIELD_BOOL, 1, FIELD_LIVE, 0, 1, 0,
	  "ask for multicast memberships where no router does" },
	{ 0 },
};

#define MIN_STP_DELAY 2	 /* BR_MIN_FORWARD_DELAY, seconds */
#define STP_DELAY     15 /* the delay of 802.1D and the kernel */
#define RESERVED_MASK 7	 /* BR_GROUPFWD_RESTRICTED: STP, pause and LACP frames */

static const char *check(struct field_values *v, size_t *field)
{
	bool stp = (v->given & 1u << STP) && v->v[STP];

	if ((v->given & 1u << GROUP_FWD_MASK) && (v->v[GROUP_FWD_MASK] & RESERVED_MASK)) {
		*field = GROUP_FWD_MASK;
		return "bits 0, 1 and 2 cannot be forwarded (they are STP, pause and LACP); leave them out";
	}
	if (!stp)
		return NULL;
	if (!(v->given & 1u << FORWARD_DELAY)) {
		v->given |= 1u << FORWARD_DELAY;
		v->v[FORWARD_DELAY] = STP_DELAY;
	}
	if (v->v[FORWARD_DELAY] < MIN_STP_DELAY) {
		*field = FORWARD_DELAY;
		return "must be 2 to 30 seconds where stp is on";
	}
	return NULL;
}

/*
 * While the spanning tree changes, the bridge learns for twice forward_delay only, and
 * tells that in place of its ageing_time (__br_set_topology_change(), net/bridge/br_stp.c).
 */
static uint32_t hidden(const struct nlattr *data, const struct field_values *v)
{
	const struct nlattr *a;

	if (v->v[AGEING_TIME] != 2 * v->v[FORWARD_DELAY])
		return 0;

	attr_foreach_nested(a, data)
		if (attr_type(a) == IFLA_BR_TOPOLOGY_CHANGE && attr_len(a) == 1 && attr_u8(a))
			return 1u << AGEING_TIME;
	return 0;
}

const struct link_kind link_kind_bridge = {
	.name = "bridge",
	.config = "CONFIG_BRIDGE",
	.fields = fields,
	.help = "a switch: joins its ports on layer 2",
	.check = check,
	.hidden = hidden,
};
