/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WARREN_WARREN_H
#define WARREN_WARREN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <warren/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The context: where things stand on this machine, and how the caller hears of
 * what goes on. One context per thread; a context has no hidden globals, the
 * library never prints, exits or installs a signal handler.
 *
 *   struct warren_err err = WARREN_ERR_INIT;
 *   struct warren *w;
 *   if (warren_new(&w, &err) < 0) …
 *   if (warren_enter(w, WARREN_ENTER_MAKE, &err) < 0) …
 *   … warren_up(w, topo, …) …
 *   warren_free(w);
 */
struct warren;

enum warren_log_level {
	WARREN_LOG_WARNING,
	WARREN_LOG_INFO,  /* each thing that is made, changed or removed */
	WARREN_LOG_DEBUG, /* each batch of requests to the kernel: how many, how long */
};

typedef void (*warren_log_fn)(void *data, enum warren_log_level level, const char *text);

/** Asked between batches; true stops the work, which is then rolled back (-ECANCELED). */
typedef bool (*warren_cancel_fn)(void *data);

/**
 * Told how far a long piece of work is; `what` is a word such as "namespaces",
 * NULL when it is over; total is 0 where nobody knows.
 */
typedef void (*warren_progress_fn)(void *data, const char *what, size_t done, size_t total);

/**
 * Make a context.
 * @param[out] ret  release with warren_free(); untouched on failure
 * @param err       filled on failure; may be NULL
 * @return 0 or -ENOMEM
 */
int warren_new(struct warren **ret, struct warren_err *err);

/**
 * Release a context. Namespaces and processes stay as they are.
 * @param w  may be NULL
 */
void warren_free(struct warren *w);

/**
 * Say who hears of warnings and of what is done.
 * @param w     the context
 * @param most  events up to this level; what nobody hears costs nothing
 * @param fn    called in the thread that works; NULL for nobody
 * @param data  handed to fn
 */
void warren_set_log(struct warren *w, enum warren_log_level most, warren_log_fn fn, void *data);

/**
 * Say who is asked whether to stop.
 * @param w     the context
 * @param fn    returns true to stop; NULL for never
 * @param data  handed to fn
 */
void warren_set_cancel(struct warren *w, warren_cancel_fn fn, void *data);

/**
 * Say who is told of progress.
 * @param w     the context
 * @param fn    NULL for nobody
 * @param data  handed to fn
 */
void warren_set_progress(struct warren *w, warren_progress_fn fn, void *data);

enum {
	WARREN_ENTER_MAKE = 1 << 0, /* start a user namespace of one's own where there is none */
};

/**
 * Get the rights to work with namespaces. With CAP_SYS_ADMIN and CAP_NET_ADMIN
 * this does nothing. An ordinary user enters a user, mount and network
 * namespace of his own, shared by all his networks, which lives from his first
 * `up` to his last `down`; the calling process is in it from then on, so the
 * process must have one thread (setns(2)).
 * @param w      the context; its directories are right afterwards
 * @param flags  WARREN_ENTER_*
 * @param err    filled on failure; names the kernel setting that forbids it
 * @return 0, -ENOENT (no such namespace and not asked to make one), -EPERM, -ENOSPC
 */
int warren_enter(struct warren *w, unsigned flags, struct warren_err *err);

/**
 * End the user namespace made by warren_enter() if nothing is left in it: no
 * named namespace, no network. To be called at the end of whatever may have
 * removed the last one, or made none after all.
 * @param w    the context; only to be freed afterwards
 * @param err  filled on failure; may be NULL
 * @return 0, also where there is none or it is still needed
 */
int warren_leave(struct warren *w, struct warren_err *err);

/** @return true where the context works in the user's own namespaces */
bool warren_is_rootless(const struct warren *w);

/** @return directory of named namespaces, "/run/netns" */
const char *warren_netns_dir(const struct warren *w);

/** @return directory of per-namespace files, "/etc/netns" or one under the user's runtime directory */
const char *warren_etc_dir(const struct warren *w);

/** @return directory of Warren's own state, "/run/warren" or one under the user's runtime directory */
const char *warren_state_dir(const struct warren *w);

/** @return the version of the library, as "1.2.3" */
const char *warren_version(void);

#ifdef __cplusplus
}
#endif

#endif
