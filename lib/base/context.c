/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/context.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int warren_new(struct warren **ret, struct warren_err *err)
{
	struct warren *w = calloc(1, sizeof(*w));

	if (w) {
		w->inside_lock = -1;
		w->netns_dir = strdup("/run/netns");
		w->etc_dir = strdup("/etc/netns");
		w->state_dir = strdup("/run/warren");
	}
	if (!w || !w->netns_dir || !w->etc_dir || !w->state_dir) {
		warren_free(w);
		return warren_fail(err, -ENOMEM, "out of memory");
	}
	*ret = w;
	return 0;
}

void warren_free(struct warren *w)
{
	if (!w)
		return;
	cleanup_close(&w->inside_lock);
	free(w->netns_dir);
	free(w->etc_dir);
	free(w->state_dir);
	free(w);
}

void warren_set_log(struct warren *w, enum warren_log_level most, warren_log_fn fn, void *data)
{
	w->log_most = most;
	w->log = fn;
	w->log_data = data;
}

void warren_set_cancel(struct warren *w, warren_cancel_fn fn, void *data)
{
	w->cancel = fn;
	w->cancel_data = data;
}

void warren_set_progress(struct warren *w, warren_progress_fn fn, void *data)
{
	w->progress = fn;
	w->progress_data = data;
}

bool warren_is_rootless(const struct warren *w)
{
	return w->rootless;
}

const char *warren_netns_dir(const struct warren *w)
{
	return w->netns_dir;
}

const char *warren_etc_dir(const struct warren *w)
{
	return w->etc_dir;
}

const char *warren_state_dir(const struct warren *w)
{
	return w->state_dir;
}

const char *warren_version(void)
{
	return WARREN_VERSION;
}

bool context_logs(const struct warren *w, enum warren_log_level level)
{
	return w && w->log && level <= w->log_most;
}

void context_log(const struct warren *w, enum warren_log_level level, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (!context_logs(w, level))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->log(w->log_data, level, text);
}

bool context_cancelled(const struct warren *w)
{
	return w && w->cancel && w->cancel(w->cancel_data);
}

void context_progress(const struct warren *w, const char *what, size_t done, size_t total)
{
	if (w && w->progress)
		w->progress(w->progress_data, what, done, total);
}

uint64_t context_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t context_phase(struct warren *w, enum warren_phase p, uint64_t since)
{
	uint64_t now = context_now();

	if (w)
		w->phase_ns[p] += now - since;
	return now;
}

uint64_t warren_phase_ns(const struct warren *w, enum warren_phase p)
{
	return w->phase_ns[p];
}

const char *warren_phase_name(enum warren_phase p)
{
	switch (p) {
	case WARREN_PHASE_READ:
		return "read";
	case WARREN_PHASE_VALIDATE:
		return "validate";
	case WARREN_PHASE_ADDRESSES:
		return "addresses";
	case WARREN_PHASE_ROUTES:
		return "routes";
	case WARREN_PHASE_OBSERVE:
		return "observe";
	case WARREN_PHASE_PLAN:
		return "plan";
	case WARREN_PHASE_JOURNAL:
		return "journal";
	case WARREN_PHASE_NAMESPACES:
		return "namespaces";
	case WARREN_PHASE_LINKS:
		return "links";
	case WARREN_PHASE_CONFIGURE:
		return "configure";
	case WARREN_PHASE_INSTALL:
		return "install";
	case WARREN_PHASE_FILES:
		return "files";
	case WARREN_PHASE_WAIT:
		return "wait";
	}
	return "?";
}
