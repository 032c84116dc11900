/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WARREN_DOCTOR_H
#define WARREN_DOCTOR_H

#include <warren/warren.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What this kernel, this user and this machine can and cannot do. Each thing is
 * tried, in a network namespace that nobody sees, and not looked up: a kernel's
 * configuration may be missing, and a module may not be installed.
 */

enum warren_finding_state {
	WARREN_FINDING_OK,
	WARREN_FINDING_LIMIT, /* it is there, up to a limit that may be met */
	WARREN_FINDING_MISSING,
};

struct warren_finding {
	enum warren_finding_state state;
	bool needed;	  /* without it nothing works */
	const char *what; /* "veth" */
	const char *use;  /* what it is for: "cables" */
	const char *detail; /* how much there is, or why it is missing; "" where there is no more to say */
	const char *remedy; /* a command, or what to do; "" where none is needed or known */
};

struct warren_findings {
	size_t n;
	struct warren_finding *v;
	size_t missing; /* of what is needed */
	void *owner;	/* what the texts live in */
};

/**
 * Look. The calling process must have one thread, and is in a network namespace
 * of its own afterwards (of an ordinary user, in a user namespace, too): it is good
 * for little else.
 * @param w         the context, not entered
 * @param[out] ret  release with warren_findings_fini(); untouched on failure
 * @param err       filled on failure
 * @return 0, whatever is missing, or -ENOMEM
 */
int warren_doctor(struct warren *w, struct warren_findings *ret, struct warren_err *err);

/** @return a state in a word: "ok", "limit", "missing" */
const char *warren_finding_word(enum warren_finding_state s);

/** Release findings. */
void warren_findings_fini(struct warren_findings *f);

#ifdef __cplusplus
}
#endif

#endif
