/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_CONTEXT_H
#define BASE_CONTEXT_H

#include <time.h>
#include <warren/plan.h>

/* What a struct warren is, for the library's own files. */
struct warren {
	warren_log_fn log;
	enum warren_log_level log_most;
	void *log_data;
	warren_cancel_fn cancel;
	void *cancel_data;
	warren_progress_fn progress;
	void *progress_data;
	char *netns_dir;
	char *etc_dir;
	char *state_dir;
	bool rootless;	 /* entered the user's own namespaces */
	bool at_host;	 /* ... and stands in the one that is their host */
	int inside_lock; /* keeps these from ending while the context is open; -1 */
	uint64_t phase_ns[WARREN_PHASE_N];
};

/** Whether anybody hears events of a level. */
bool context_logs(const struct warren *w, enum warren_log_level level);

/** Tell the caller's log. Cheap where nobody listens. */
void context_log(const struct warren *w, enum warren_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** Whether the caller wants to stop. */
bool context_cancelled(const struct warren *w);

/** Tell of progress; what = NULL: the work is over, before its result is told. */
void context_progress(const struct warren *w, const char *what, size_t done, size_t total);

/** @return CLOCK_MONOTONIC in nanoseconds */
uint64_t context_now(void);

/** Add the time since `since` to a phase. @return now, to start the next one; w may be NULL */
uint64_t context_phase(struct warren *w, enum warren_phase p, uint64_t since);

#endif
