/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLAN_STATE_H
#define PLAN_STATE_H

#include "base/context.h"
#include "topo/topo.h"

/*
 * What stays between two runs, under the state directory:
 *
 *   net/NETWORK/topology      the text that was applied, with its variables
 *   net/NETWORK/next         the text that an `up` is at work on, or a note that a `down` is;
 *                         there only while one works, or after one was killed
 *   net/NETWORK/host-sysctls  settings of the host that were changed, with their old and new values
 *   net/NETWORK/etc, /nodes  files that stand in for /etc/… inside the namespaces; etc is a
 *                         read-only mount, or etc-writable says that it cannot be one
 *   lock/NETWORK          locked by whoever works on it; has the pid of the last one who did;
 *                         goes with the network
 *   made                  directories elsewhere that were made and go with the last network
 *
 * Everything is on a tmpfs that does not outlive the namespaces, so nothing is synced.
 */
enum state_text { STATE_APPLIED, STATE_NEXT };

struct state_lock {
	int fd;
	struct warren *w;
	char *path, *dir;
};

/**
 * Take the lock of a network.
 * @param wait  wait for whoever has it (until cancelled), else refuse
 * @return 0; -EBUSY with his pid in the text, -ECANCELED, -EACCES, …
 */
int state_lock(struct warren *w, const char *network, bool wait, struct state_lock *ret,
	       struct warren_err *err);
void state_unlock(struct state_lock *lock);

/**
 * Take the lock of the host's links, addresses, routes, rules and settings: who looks what
 * is there and then adds to it must not be overtaken. After the network's.
 * Waits. @return 0, -ECANCELED, …
 */
int state_lock_host(struct warren *w, struct state_lock *ret, struct warren_err *err);

/**
 * Write a text down.
 * @param t  NULL: the note that a `down` is at work
 */
int state_write(struct warren *w, const char *network, enum state_text which,
		const struct warren_topo *t, struct warren_err *err);

/** Whether what is written down is just this topology (text, variables, file). */
bool state_is(struct warren *w, const char *network, enum state_text which,
	      const struct warren_topo *t);

/**
 * Read a text back into a topology.
 * @param flags  TOPO_OUTLINE
 * @param[out] ret  NULL where it is the note of a `down`
 * @return 0, -ENOENT where there is none
 */
int state_read(struct warren *w, const char *network, enum state_text which, unsigned flags,
	       struct warren_topo **ret, struct warren_errs *errs);

/**
 * The topology file that a text came from, see warren_topo_path().
 * @param[out] ret  to be freed
 * @return 0, -ENOENT where there is none, -EINVAL where it is damaged, -ENOMEM
 */
int state_file(struct warren *w, const char *network, enum state_text which, char **ret);

/** NEXT becomes APPLIED. */
int state_commit(struct warren *w, const char *network, struct warren_err *err);

/** Drop NEXT; what was applied before stands. */
void state_drop_next(struct warren *w, const char *network);

/** Remove all of a network's state, and the directories that are empty then. */
int state_forget(struct warren *w, const char *network, struct warren_err *err);

/** Whether there is any state of a network, and what. */
bool state_has(struct warren *w, const char *network, enum state_text which);

/**
 * Whether a sysctl of the host is noted for a network, and is as `value` makes it.
 * @param value  what it shall be
 * @param now    what it is
 * @return 0 or a negative errno
 */
int state_has_sysctl(struct warren *w, const char *network, const char *key, const char *value,
		     const char *now, bool *ret, struct warren_err *err);

/**
 * Set a sysctl of the host, with a note of what it had before, and of what the
 * kernel changes along with it. On failure all is as before.
 * @param proc  descriptor of the host's /proc/sys, in which the thread is
 */
int state_set_sysctl(struct warren *w, const char *network, const char *key, const char *value,
		     int proc, struct warren_err *err);

/**
 * Give a sysctl of the host its noted value back. Where another network wants
 * the same, the value stays, and it is that one's to give back; where somebody
 * else changed it since, it stays as he wants it. Where that cannot be done,
 * the log hears of it, and the note goes all the same.
 */
int state_restore_sysctl(struct warren *w, const char *network, const char *key, int proc,
			 struct warren_err *err);

#endif
