/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/fleet.h"
#include "plan/outline.h"
#include "plan/plan.h"
#include "plan/state.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "net/net.h"
#include "netns/netns.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The row of namespace i in the live model; net_read() reads into the last one. */
static struct model_ns *begin_row(struct plan *p, uint32_t i)
{
	struct model *m = &p->live;
	struct model_ns ns = {
		.name = p->ns.v[i].name,
		.kind = i == MODEL_HOST ? MODEL_NS_HOST : MODEL_NS_NODE,
		.missing = i != MODEL_HOST,
		.ifaces = { (uint32_t)m->ifaces.n, 0 },
		.addrs = { (uint32_t)m->addrs.n, 0 },
		.routes = { (uint32_t)m->routes.n, 0 },
		.rules = { (uint32_t)m->rules.n, 0 },
		.sysctls = { (uint32_t)m->sysctls.n, 0 },
	};

	return vec_push(&m->ns, ns) < 0 ? NULL : &m->ns.v[i];
}

/* The host is read only where a topology has or had something in it. */
bool plan_has_host_part(const struct plan *p)
{
	if (model_has_host_part(&p->desired))
		return true;
	for (size_t i = 0; i < p->n_before; i++)
		if (model_has_host_part(p->before[i]))
			return true;
	return false;
}

static bool is_mark(const struct plan *p, const char *alias)
{
	size_t n = strlen(PLAN_MARK);

	return alias && !strncmp(alias, PLAN_MARK, n) && !strcmp(alias + n, p->network);
}

static int read_values(struct plan *p, struct fleet *f, uint32_t i, struct netns_proc *proc,
		       struct warren_err *err)
{
	const struct model_ns *want = &p->desired.ns.v[i];
	int dir, r;

	if (!p->ns.v[i].desired || !want->sysctls.n)
		return 0;
	r = fleet_enter(f, i, err);
	if (r < 0)
		return r;
	dir = netns_proc_next(proc, err);
	if (dir < 0)
		return dir;
	for (uint32_t k = 0; k < want->sysctls.n; k++) {
		const struct model_sysctl *s = &p->desired.sysctls.v[want->sysctls.first + k];
		struct model_sysctl got = { .ns = i, .key = s->key };
		auto_free char *value = NULL;
		bool right = true;

		r = net_sysctl_get(dir, s->key, &value, err);
		/* what cannot be read is set anew, and setting it will say why it cannot be */
		if (r < 0 && r != -ENOMEM)
			continue;
		/* likewise in the host what has just the right value: another network may take it away again */
		if (r == 0 && i == MODEL_HOST)
			r = state_has_sysctl(p->w, p->network, s->key, s->value, value, &right, err);
		if (r < 0)
			return r;
		if (!right)
			continue;
		/* the kernel may print it in another way */
		got.value = i == MODEL_HOST ? s->value : arena_str(&p->live.arena, value);
		if (!got.value || vec_push(&p->live.sysctls, got) < 0)
			return warren_fail(err, -ENOMEM, "out of memory");
	}
	return 0;
}

static int read_content(struct plan *p, struct fleet *f, uint32_t i, struct netns_proc *proc,
			struct warren_err *err)
{
	struct model *m = &p->live;
	struct wire *w = fleet_wire(f, i, err);
	int r;

	if (!w)
		return err->code;
	/* a route that is asked for in the host may be there for an address of others */
	r = net_read(w, m, i == MODEL_HOST ? NET_READ_ALL | NET_READ_KERNEL : NET_READ_ALL, err);
	if (r == 0)
		r = read_values(p, f, i, proc, err);
	if (r < 0)
		return r;
	m->ns.v[i].sysctls.n = (uint32_t)m->sysctls.n - m->ns.v[i].sysctls.first;
	return 0;
}

static bool uses_ipv6_in_host(const struct model *m)
{
	const struct model_ns *host = &m->ns.v[MODEL_HOST];

	for (uint32_t k = 0; k < host->addrs.n; k++)
		if (m->addrs.v[host->addrs.first + k].ip.family == AF_INET6)
			return true;
	for (uint32_t k = 0; k < host->routes.n; k++)
		if (m->routes.v[host->routes.first + k].to.family == AF_INET6)
			return true;
	return false;
}

/* Whether links that are made in the host have no IPv6, where the network needs it there. */
static int read_host_ipv6(struct plan *p, struct fleet *f, struct netns_proc *proc,
			  struct warren_err *err)
{
	char value[16];
	int dir, r;

	p->host_ipv6 = uses_ipv6_in_host(&p->desired);
	if (!p->host_ipv6)
		return 0;
	r = fleet_enter(f, MODEL_HOST, err);
	dir = r < 0 ? r : netns_proc_next(proc, err);
	if (dir < 0)
		return dir;
	r = net_sysctl_read(dir, "net.ipv6.conf.default.disable_ipv6", value, sizeof(value), NULL);
	p->host_ipv6_off = r == 0 && strcmp(value, "0") != 0;
	return 0;
}

/* A name that is no namespace: a placeholder of ours whose mount is gone, or somebody else's. */
static int look_at_place(struct plan *p, struct plan_ns *n, struct warren_err *err)
{
	auto_free char *path = NULL, *note = NULL, *ours = NULL;
	struct stat st;

	if (asprintf(&path, "%s/%s", warren_netns_dir(p->w), n->name) < 0 ||
	    asprintf(&ours, "%s%s", PLAN_MARK, p->network) < 0)
		return warren_fail(err, -ENOMEM, "out of memory");
	n->alien = arena_str(&p->live.arena, netns_describe(p->w, n->name));
	if (!n->alien)
		return warren_fail(err, -ENOMEM, "out of memory");
	/* no opening of what may be a FIFO or a device */
	n->place = lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
				   fd_read_file(AT_FDCWD, path, 4096, &note, NULL) == 0 &&
				   !strcmp(note, ours)
			   ? PLAN_PLACE_STALE
			   : PLAN_PLACE_ALIEN;
	return 0;
}

/* A symbolic link to nothing is in the way all the same. */
static bool is_link(const struct plan *p, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	return snprintf(path, sizeof(path), "%s/%s", warren_netns_dir(p->w), name) < PATH_MAX &&
	       lstat(path, &st) == 0;
}

static int observe_named(struct plan *p, struct fleet *f, uint32_t i, struct netns_proc *proc,
			 struct warren_err *err)
{
	struct model_ns *ns = &p->live.ns.v[i];
	struct netns_id id;
	struct wire *w;
	char mark[256];
	int r;

	if (p->outline && !p->ns.v[i].desired && !p->look_for_extras &&
	    outline_proves(p->outline, p->ns.v[i].name, &id) &&
	    fleet_open_seen(f, i, p->outline->dir, &id) == 0) {
		ns->id = id.inode;
		ns->owned = true;
		ns->missing = false;
		return 0;
	}
	r = fleet_fd(f, i, MODEL_NONE, err);
	if (r == -ENOENT || r == -EINVAL) {
		bool taken = r == -EINVAL || is_link(p, p->ns.v[i].name);

		err->code = 0;
		return taken ? look_at_place(p, &p->ns.v[i], err) : 0;
	}
	if (r < 0)
		return r;
	ns->missing = false;
	ns->id = fleet_id(f, i)->inode;
	w = fleet_wire(f, i, err);
	if (!w)
		return err->code;
	if (p->ns.v[i].desired) {
		r = read_content(p, f, i, proc, err);
		ns = &p->live.ns.v[i];
		ns->owned = r == 0 && is_mark(p, ns->alias);
	} else {
		r = net_read_mark(w, mark, sizeof(mark), err);
		ns->owned = r == 0 && is_mark(p, mark);
		if (ns->owned && p->look_for_extras)
			r = net_read(w, &p->live, NET_READ_LINKS, err);
	}
	if (ns->owned)
		fleet_hang_up(f, i);
	else
		fleet_close_all(f, &i, 1);
	return r;
}

int plan_observe(struct plan *p, struct warren_err *err)
{
	struct netns_proc proc = NETNS_PROC_INIT;
	uint64_t since = context_now();
	struct warren_err local;
	int r, back = 0;

	err = err ? err : &local;
	r = fleet_new(&p->fleet, p->w, p->ns.n, err);
	for (uint32_t i = 0; r == 0 && i < p->ns.n; i++) {
		struct model_ns *ns = begin_row(p, i);

		context_progress(p->w, "observed", i, p->ns.n);
		if (!ns) {
			r = warren_fail(err, -ENOMEM, "out of memory");
		} else if (i != MODEL_HOST) {
			fleet_name(p->fleet, i, p->ns.v[i].name);
			r = observe_named(p, p->fleet, i, &proc, err);
		} else if (plan_has_host_part(p)) {
			ns->owned = true;
			r = read_content(p, p->fleet, i, &proc, err);
			r = r < 0 ? r : read_host_ipv6(p, p->fleet, &proc, err);
			fleet_hang_up(p->fleet, i);
		}
		if (r < 0)
			warren_err_prefix(err, "namespace '%s'", p->ns.v[i].name);
	}
	netns_proc_close(&proc);
	if (p->fleet)
		back = fleet_go_home(p->fleet, r < 0 ? NULL : err);
	r = r < 0 ? r : back;
	if (r == 0)
		r = files_observe(p, err);
	context_phase(p->w, WARREN_PHASE_OBSERVE, since);
	return r;
}
