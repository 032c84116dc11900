/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WARREN_CAPTURE_H
#define WARREN_CAPTURE_H

#include <warren/warren.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Packets of many interfaces in many namespaces, as one file that Wireshark and
 * tcpdump read: pcapng, in which each packet says which interface it was on
 * and whether it came in or went out. Times are nanoseconds of one clock.
 */

struct warren_capture_options {
	const char *const *what; /* NODE or NODE:INTERFACE; NULL: all namespaces with names */
	size_t n_what;
	int fd;		   /* that is written to */
	const char *name;  /* of that, for errors */
	bool replace;	   /* it is a file, whose content goes once all is ready */
	uint64_t packets;  /* end after so many; 0: no bound */
	uint64_t seconds;  /* end after so long; 0: no bound */
	uint32_t snap_len; /* bytes kept of each packet; 0: 262144, all of any */
};

struct warren_capture_result {
	size_t interfaces;
	uint64_t packets; /* written */
	uint64_t dropped; /* by the kernel, as they came faster than they were written */
};

/**
 * Capture until there are enough, the time is over, the context is cancelled or nobody reads
 * any more.
 * @param w         the context, entered
 * @param[out] ret  also where it was cancelled
 * @param err       filled on failure
 * @return 0, also where it was cancelled or the reader went; -ENOENT (no such namespace or
 *         interface), -EMFILE, -EPERM, …
 */
int warren_capture(struct warren *w, const struct warren_capture_options *o,
		   struct warren_capture_result *ret, struct warren_err *err);

#ifdef __cplusplus
}
#endif

#endif
