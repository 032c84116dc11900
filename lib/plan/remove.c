/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/remove.h"

#include "base/cleanup.h"
#include "netns/netns.h"
#include "plan/fleet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int no_memory(struct warren_err *err)
{
	return warren_fail(err, -ENOMEM, "out of memory");
}

/* What has not the name any more needs no removing. */
static bool is_gone(int r)
{
	return r == -ENOENT || r == -EINVAL || r == -ESTALE;
}

/* @return 0, also where its name is another's */
static int add(struct plan *p, struct process_set *set, uint32_t i, struct warren_err *err)
{
	int fd = fleet_fd(p->fleet, i, MODEL_NONE, err);

	if (is_gone(fd))
		err->code = 0;
	else if (fd < 0)
		return fd;
	else if (process_set_add(set, p->live.ns.v[i].id) < 0)
		return no_memory(err);
	return 0;
}

int remove_processes(struct plan *p, struct warren_err *err)
{
	struct process_set set = { 0 };
	int r = 0;

	for (size_t k = 0; r == 0 && k < p->ops[PLAN_PHASE_REMOVE].n; k++) {
		const struct plan_op *op = &p->ops[PLAN_PHASE_REMOVE].v[k];

		if (op->kind != PLAN_NS_DEL || p->live.ns.v[op->ns].missing)
			continue;
		/* what is looked through must be open, see process_end() */
		if (set.n == p->fleet->most) {
			r = process_end(p->w, &set, err);
			set.n = 0;
		}
		if (r == 0)
			r = add(p, &set, op->ns, err);
	}
	if (r == 0 && set.n)
		r = process_end(p->w, &set, err);
	process_set_fini(&set);
	return r;
}

/* Somebody else has the name by now: what was the network's is gone, and that is all that was wanted. */
static int leave(struct plan *p, struct warren_err *err)
{
	context_log(p->w, WARREN_LOG_WARNING, "%s", err->text);
	err->code = 0;
	return 0;
}

int remove_placeholder(struct plan *p, const struct plan_op *op, struct warren_err *err)
{
	char note[160];
	int r;

	if (!p->live.ns.v[op->ns].missing)
		return 0;
	snprintf(note, sizeof(note), PLAN_MARK "%s", p->network);
	r = netns_remove_placeholder(p->w, p->ns.v[op->ns].name, note, err);
	return r == -ESTALE ? leave(p, err) : r;
}

static int detach(struct removal *r, uint32_t i, struct warren_err *err)
{
	struct plan *p = r->p;
	int fd = fleet_fd(p->fleet, i, MODEL_NONE, err);

	if (is_gone(fd))
		return leave(p, err);
	if (fd < 0)
		return fd;
	if (process_set_add(&r->going, p->live.ns.v[i].id) < 0 || vec_push(&r->members, i) < 0)
		return no_memory(err);
	if (r->spare < 0)
		r->spare = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return netns_detach(p->w, p->ns.v[i].name, fd, r->spare, fleet_id(p->fleet, i), err);
}

static int unpin(struct removal *r, struct warren_err *err)
{
	struct plan *p = r->p;

	while (r->unpinned < r->members.n) {
		const uint32_t i = r->members.v[r->unpinned++];
		int code = netns_unpin_detached(p->w, p->ns.v[i].name, fleet_id(p->fleet, i), err);

		if (code == -ESTALE)
			leave(p, err);
		else if (code < 0)
			return code;
	}
	return 0;
}

int remove_names(struct removal *r, const struct plan_op *ops, size_t n,
		 const struct plan_op **failed, struct warren_err *err)
{
	struct plan *p = r->p;
	uint64_t since = context_now();
	int code = 0;

	for (size_t k = 0; code == 0 && k < n; k++) {
		*failed = &ops[k];
		if (ops[k].kind != PLAN_NS_DEL || p->live.ns.v[ops[k].ns].missing)
			continue;
		if (context_cancelled(p->w))
			return warren_fail(err, -ECANCELED, "interrupted");
		/* fleet_fd() would close one of them to make room */
		if (r->members.n == p->fleet->most) {
			context_phase(p->w, WARREN_PHASE_NAMESPACES, since);
			code = remove_finish(r, err);
			since = context_now();
		}
		if (code == 0)
			code = detach(r, ops[k].ns, err);
	}
	if (code == 0)
		code = unpin(r, err);
	context_phase(p->w, WARREN_PHASE_NAMESPACES, since);
	return code;
}

int remove_finish(struct removal *r, struct warren_err *err)
{
	struct plan *p = r->p;
	struct warren_err own;
	int code = unpin(r, err ? err : &own), ended = 0;
	uint64_t since;

	if (r->going.n)
		ended = process_end(p->w, &r->going, code < 0 ? NULL : err);
	since = context_now();
	fleet_close_all(p->fleet, r->members.v, r->members.n);
	if (r->spare >= 0)
		close(take_fd(&r->spare));
	r->going.n = 0;
	r->members.n = 0;
	r->unpinned = 0;
	context_phase(p->w, WARREN_PHASE_NAMESPACES, since);
	return code < 0 ? code : ended;
}

void removal_fini(struct removal *r)
{
	process_set_fini(&r->going);
	vec_fini(&r->members);
}
