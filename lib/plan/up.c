/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/fleet.h"
#include "plan/leftover.h"
#include "plan/outline.h"
#include "plan/plan.h"
#include "plan/remove.h"
#include "plan/state.h"

#include "base/cleanup.h"
#include "netns/netns.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * up, down and plan: the same engine with different ideas of what shall be.
 * What was removed may take more with it than was seen before (an address its
 * routes, a link both), so after removals the difference is taken once more.
 */
#define ROUNDS 4

/* A network while it is worked on. */
struct work {
	struct warren *w;
	const char *network;
	struct state_lock lock, host_lock;
	struct warren_topo *applied; /* what was applied last; NULL where nothing or the same */
	struct outline outline; /* of what was applied, in its place: all that a `down` may need */
	bool has_outline;
	bool looks;	   /* and does nothing: it names what is in namespaces that go, too */
	struct model left; /* where there is no state: the nodes that have files of it all the same */
	struct warren_topo *next; /* what a killed `up` was at work on; NULL where none */
	bool was_up;		  /* there is an applied text */
	bool interrupted;	  /* there is a next text */
	bool started;		  /* this run wrote what it is at work on */
	bool elsewhere;		  /* it was brought up from another network namespace */
	const struct model *before[PLAN_BEFORE_MOST];
	size_t n_before;
	struct netns_id *ids; /* of the namespaces that shall be, by their indexes; NULL: not known yet */
};

static struct work work_of(struct warren *w, const char *network)
{
	return (struct work){
		.w = w, .network = network, .lock = { .fd = -1 }, .host_lock = { .fd = -1 }
	};
}

static void work_fini(struct work *k)
{
	warren_topo_free(k->applied);
	warren_topo_free(k->next);
	outline_fini(&k->outline);
	model_fini(&k->left);
	free(k->ids);
	state_unlock(&k->host_lock);
	state_unlock(&k->lock);
}

static int fail_list(struct warren_errs *errs, const struct warren_err *err)
{
	return warren_errs_add(errs, err);
}

static void add_before(struct work *k, const struct model *m)
{
	k->before[k->n_before++] = m;
}

/*
 * Read what was there before. `t` is not read again where it is just what was
 * applied; where it is NULL, nothing shall stay, and no route needs to be known.
 */
static int read_before(struct work *k, const struct warren_topo *t, struct warren_errs *errs)
{
	unsigned flags = t ? 0 : TOPO_OUTLINE;
	uint64_t here = netns_current_id();
	struct warren_err err = WARREN_ERR_INIT;
	int r = t ? warren_check_origin(k->w, t, &err) : 0;

	if (r < 0)
		return fail_list(errs, &err);
	warren_topo_free(k->applied);
	warren_topo_free(k->next);
	k->applied = k->next = NULL;
	k->n_before = 0;
	k->was_up = state_has(k->w, k->network, STATE_APPLIED);
	k->interrupted = state_has(k->w, k->network, STATE_NEXT);
	/* where the host has no part, and nobody was killed at it, a `down` needs to know little */
	if (!t && !k->looks && k->was_up && !k->interrupted) {
		r = outline_read(k->w, k->network, &k->outline);
		k->has_outline = r == 0;
		if (r == 0)
			add_before(k, &k->outline.model);
		if (r == -ENOMEM) {
			warren_fail(&err, r, "out of memory");
			return fail_list(errs, &err);
		}
		if (r == 0)
			return r;
		outline_fini(&k->outline);
		r = 0;
	}
	model_fini(&k->left);
	if (!k->was_up && !k->interrupted) {
		r = leftover_read(k->w, k->network, &k->left, &err);
		if (r < 0)
			return fail_list(errs, &err);
		add_before(k, &k->left);
	}
	if (k->was_up && t && state_is(k->w, k->network, STATE_APPLIED, t)) {
		add_before(k, &t->model);
	} else if (k->was_up) {
		r = state_read(k->w, k->network, STATE_APPLIED, flags, &k->applied, errs);
		if (r == 0 && k->applied)
			add_before(k, &k->applied->model);
	}
	if (r == 0 && k->interrupted) {
		r = state_read(k->w, k->network, STATE_NEXT, flags, &k->next, errs);
		if (r == 0 && k->next)
			add_before(k, &k->next->model);
	}
	/* a new holder after a killed one is another namespace, but the host all the same */
	k->elsewhere = here && !k->w->at_host &&
		       ((k->applied && k->applied->host && k->applied->host != here) ||
			(k->next && k->next->host && k->next->host != here));
	return r;
}

static int begin(struct work *k, struct warren *w, const char *network, unsigned flags,
		 struct warren_errs *errs)
{
	struct warren_err err = WARREN_ERR_INIT;
	int r;

	*k = work_of(w, network);
	r = state_lock(w, network, flags & WARREN_PLAN_WAIT, &k->lock, &err);
	return r < 0 ? fail_list(errs, &err) : 0;
}

/* What a `down` does without, as it makes room. */
static bool disk_is_full(int r)
{
	return r == -ENOSPC || r == -EDQUOT;
}

enum look {
	LOOK_FIRST,
	LOOK_AGAIN,	 /* after a round of changes */
	LOOK_FOR_EXTRAS, /* gather what is nobody's, too */
};

/* Look, and compare. @return 0 or a negative errno; errs says why */
static int look(struct plan *p, struct work *k, const struct warren_topo *t, enum look how,
		struct warren_errs *errs)
{
	struct warren_err err = WARREN_ERR_INIT;
	int r = plan_init(p, k->w, k->network, t ? &t->model : NULL, k->before, k->n_before);

	p->outline = k->has_outline ? &k->outline : NULL;
	p->look_for_extras = how == LOOK_FOR_EXTRAS;
	p->replugged = how == LOOK_AGAIN;
	if (r < 0)
		warren_fail(&err, r, "out of memory");
	p->file = t ? t->file : NULL;
	/* "host" would mean another namespace than the one that has to be changed back */
	if (r == 0 && k->elsewhere && plan_has_host_part(p))
		r = warren_fail(
			&err, -EXDEV,
			"network '%s' was brought up from another network namespace, and has a "
			"part in it; start warren there ('nsenter -t PID -n warren …', with a "
			"process in it; 1 is one of the machine)",
			k->network);
	/* who only looks holds no lock */
	if (r == 0 && k->lock.path && !k->host_lock.path && plan_has_host_part(p))
		r = state_lock_host(k->w, &k->host_lock, &err);
	if (!t && disk_is_full(r))
		r = 0;
	if (r == 0)
		r = plan_observe(p, &err);
	if (r < 0)
		return fail_list(errs, &err);
	r = plan_diff(p, errs);
	return r < 0 ? r : plan_check_kernel(p, errs);
}

/* A namespace, or a link of the host, that was ours, and that nothing says any more to be: it stays, and the user is told. */
static void tell_of_lost(const struct plan *p)
{
	for (uint32_t i = 1; i < p->ns.n; i++) {
		const struct plan_ns *n = &p->ns.v[i];

		if (plan_was_ours(p, i) && !n->desired && !p->live.ns.v[i].missing &&
		    !p->live.ns.v[i].owned)
			context_log(
				p->w, WARREN_LOG_WARNING,
				"namespace '%s' does not carry the mark of network '%s' (the alias "
				"of its lo) any more, and stays; 'warren netns delete %s' removes it",
				n->name, p->network, n->name);
	}
	vec_foreach(k, &p->lost) {
		const char *name = p->live.ifaces.v[*k].name;

		context_log(p->w, WARREN_LOG_WARNING,
			    "link '%s' in the host does not carry the mark of network '%s' (its "
			    "alias), and stays; 'ip link del %s' removes it",
			    name, p->network, name);
	}
}

/* What the namespaces of t are, as far as the last round made or found them. */
static void keep_ids(struct work *k, const struct plan *p)
{
	free(k->ids);
	k->ids = calloc(p->desired.ns.n, sizeof(*k->ids));
	for (uint32_t i = 1; k->ids && i < p->desired.ns.n; i++)
		k->ids[i] = *fleet_id(p->fleet, i);
}

/*
 * Make the machine match t (NULL: nothing), in as many rounds as it takes.
 * @param started  told before the first change; may be NULL
 */
typedef int (*started_fn)(struct work *k, const struct warren_topo *t, struct warren_err *err);

static int converge(struct work *k, const struct warren_topo *t, started_fn started,
		    struct warren_result *done, struct warren_errs *errs)
{
	bool again = true;
	int r = 0;

	for (int round = 0; r == 0 && again && round < ROUNDS; round++) {
		struct warren_err err = WARREN_ERR_INIT;
		struct plan p;

		r = look(&p, k, t, round ? LOOK_AGAIN : LOOK_FIRST, errs);
		again = r == 0 && !plan_empty(&p) && p.again;
		if (r == 0 && round == 0)
			tell_of_lost(&p);
		if (r == 0 && !plan_empty(&p)) {
			r = plan_check_limits(&p, &err);
			if (r == 0 && round == 0 && started)
				r = started(k, t, &err);
			if (r == 0)
				r = remove_processes(&p, &err);
			if (r == 0)
				r = plan_apply(&p, done, &err);
			if (r < 0)
				fail_list(errs, &err);
		}
		if (r == 0 && t)
			keep_ids(k, &p);
		plan_fini(&p);
	}
	if (r == 0 && again) {
		struct warren_err err;

		warren_fail(&err, -EAGAIN,
			    "network '%s': somebody else undoes what is done, or the kernel does not "
			    "do it; 'warren plan' shows what is missing",
			    k->network);
		r = fail_list(errs, &err);
	}
	return r;
}

/* Intent, before the first change. What a killed run was at work on is not forgotten by a `down`. */
static int write_next(struct work *k, const struct warren_topo *t, struct warren_err *err)
{
	int r;

	k->started = true;
	r = outline_drop(k->w, k->network);
	if (r < 0)
		return warren_fail(err, r, "cannot remove the outline of network '%s': %s",
				   k->network, strerror(-r));
	if (t)
		add_before(k, &t->model); /* what further rounds find of it is ours */
	if (!t && k->interrupted)
		return 0;
	r = state_write(k->w, k->network, STATE_NEXT, t, err);
	/* a killed `down` is finished by the next one also without a note */
	return !t && disk_is_full(r) ? 0 : r;
}

/* To what was applied before, or to nothing. */
static int take_back(struct work *k, struct warren_errs *errs)
{
	warren_cancel_fn cancel = k->w->cancel;
	struct warren_err err = WARREN_ERR_INIT;
	int r;

	k->w->cancel = NULL; /* being asked to stop is why */
	r = converge(k, k->applied, NULL, NULL, errs);
	k->w->cancel = cancel;
	if (r < 0)
		return r;
	if (k->was_up)
		state_drop_next(k->w, k->network);
	else
		r = state_forget(k->w, k->network, &err);
	return r < 0 ? fail_list(errs, &err) : 0;
}

static void roll_back(struct work *k, struct warren_errs *errs)
{
	struct warren_errs more = WARREN_ERRS_INIT;
	struct warren_err err = WARREN_ERR_INIT;
	int r;

	/* the same text was applied before: this run made good what was missing, which is no harm */
	if (k->was_up && !k->applied) {
		state_drop_next(k->w, k->network);
		return;
	}
	r = take_back(k, &more);
	if (r < 0) {
		warren_fail(&err, r,
			    "not all of it could be taken back: %s; 'warren down %s' removes what "
			    "is left",
			    more.n ? more.v[0].text : strerror(-r), k->network);
		fail_list(errs, &err);
	}
	warren_errs_fini(&more);
}

/* A killed run that was at work on another text is taken back first: nothing of it may be forgotten. */
static int settle_killed(struct work *k, const struct warren_topo *t, struct warren_errs *errs)
{
	int r;

	if (!k->interrupted || state_is(k->w, k->network, STATE_NEXT, t))
		return 0;
	if (!k->next)
		return 0; /* it was a `down`: what was applied is all there can be */
	if (k->was_up && !k->applied) {
		r = state_read(k->w, k->network, STATE_APPLIED, 0, &k->applied, errs);
		if (r < 0)
			return r;
	}
	r = take_back(k, errs);
	if (r < 0)
		return r;
	return read_before(k, t, errs);
}

static int commit(struct work *k, const struct warren_topo *t, struct warren_errs *errs)
{
	struct warren_err err = WARREN_ERR_INIT;
	int r = 0;

	if (!k->started && !k->interrupted && k->was_up && !k->applied)
		return 0; /* it says so already */
	if (!k->started)
		r = state_write(k->w, k->network, STATE_NEXT, t, &err);
	if (r == 0)
		r = state_commit(k->w, k->network, &err);
	return r < 0 ? fail_list(errs, &err) : 0;
}

int warren_up(struct warren *w, const struct warren_topo *t, unsigned flags,
	      struct warren_result *ret, struct warren_errs *errs)
{
	struct warren_result done = { 0 };
	struct work k;
	int r = begin(&k, w, t->model.name, flags, errs);

	if (r == 0)
		r = read_before(&k, t, errs);
	if (r == 0)
		r = settle_killed(&k, t, errs);
	if (r == 0) {
		r = converge(&k, t, write_next, &done, errs);
		if (r == 0)
			r = commit(&k, t, errs);
		if (r == 0 && k.started && k.ids)
			outline_write(w, &t->model, k.ids);
		if (r < 0 && k.started)
			roll_back(&k, errs);
	}
	work_fini(&k);
	context_progress(w, NULL, 0, 0);
	if (r == 0 && ret)
		*ret = done;
	return r;
}

int warren_down(struct warren *w, const char *name, unsigned flags, struct warren_result *ret,
		struct warren_errs *errs)
{
	struct warren_result done = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	struct work k = work_of(w, name);
	int r = 0;

	/* where there is nothing of this network, perhaps the lock of one that was killed early */
	if (access(warren_state_dir(w), F_OK) == 0 || access(warren_etc_dir(w), F_OK) == 0) {
		r = begin(&k, w, name, flags, errs);
		if (r == 0)
			r = read_before(&k, NULL, errs);
		if (r == 0)
			r = converge(&k, NULL, write_next, &done, errs);
		if (r == 0)
			r = state_forget(w, name, &err);
		else if (r == -ECANCELED && k.started)
			warren_fail(&err, r, "network '%s' is half down; 'warren down %s' goes on",
				    name, name);
		if (r < 0 && err.code)
			fail_list(errs, &err);
	}
	work_fini(&k);
	context_progress(w, NULL, 0, 0);
	if (r == 0 && ret)
		*ret = done;
	return r;
}

static int compare(struct work *k, const struct warren_topo *t, struct warren_steps *ret,
		   struct warren_steps *also, struct warren_errs *errs)
{
	struct plan p = { 0 };
	struct warren_err err;
	int r = -ENOENT;

	k->looks = true;
	/* without its lock a network can come or go between two looks */
	for (int tries = 0; r == -ENOENT && tries < 10; tries++)
		r = read_before(k, t, errs);
	if (r < 0)
		return r;
	r = look(&p, k, t, LOOK_FOR_EXTRAS, errs);
	if (r == 0 && (plan_steps(&p, ret) < 0 || (also && plan_extras(&p, also) < 0))) {
		warren_steps_fini(ret);
		r = warren_fail(&err, -ENOMEM, "out of memory");
		fail_list(errs, &err);
	}
	plan_fini(&p);
	context_progress(k->w, NULL, 0, 0);
	return r;
}

int warren_plan(struct warren *w, const struct warren_topo *t, const char *name,
		struct warren_steps *ret, struct warren_errs *errs)
{
	struct work k = work_of(w, t ? t->model.name : name);
	int r = compare(&k, t, ret, NULL, errs);

	work_fini(&k);
	return r;
}

int warren_status(struct warren *w, const struct warren_topo *t, struct warren_steps *ret,
		  struct warren_steps *also, struct warren_errs *errs)
{
	struct work k = work_of(w, t->model.name);
	int r = compare(&k, t, ret, also, errs);

	work_fini(&k);
	return r;
}
