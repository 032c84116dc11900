/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns/ids.h"

#include "base/cleanup.h"
#include "base/vec.h"
#include "wire/attr.h"
#include "wire/wire.h"

#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <string.h>

static void close_wire(struct wire **w)
{
	wire_close(*w);
}

struct answers {
	VEC(struct warren_netns_id) ids;
	bool other; /* another namespace was asked */
};

static int on_id(void *data, const struct nlmsghdr *h)
{
	struct warren_netns_id id = { -1, -1, NULL };
	struct answers *a = data;
	const struct nlattr *attr;

	if (!h) {
		a->ids.n = 0;
		return 0;
	}
	attr_foreach(attr, h, sizeof(struct rtgenmsg)) {
		if (attr_len(attr) != sizeof(uint32_t))
			continue;
		if (attr_type(attr) == NETNSA_NSID)
			id.nsid = (int)attr_u32(attr);
		if (attr_type(attr) == NETNSA_CURRENT_NSID)
			id.current = (int)attr_u32(attr);
	}
	if (!a->other)
		id.current = id.nsid;
	return vec_push(&a->ids, id);
}

static int ask(struct wire *wire, int target, int nsid, struct answers *a, struct warren_err *err)
{
	wire_begin(wire, RTM_GETNSID, 0, sizeof(struct rtgenmsg), 0);
	if (target >= 0)
		wire_put_u32(wire, NETNSA_TARGET_NSID, (uint32_t)target);
	if (nsid >= 0)
		wire_put_u32(wire, NETNSA_NSID, (uint32_t)nsid);
	wire_end(wire);
	a->other = target >= 0;
	return nsid >= 0 ? wire_call(wire, on_id, a, err) : wire_dump(wire, on_id, a, err);
}

int ids_of(struct wire *wire, int fd, int *ret, struct warren_err *err)
{
	struct answers a = { 0 };
	int r;

	wire_begin(wire, RTM_GETNSID, 0, sizeof(struct rtgenmsg), 0);
	wire_put_u32(wire, NETNSA_FD, (uint32_t)fd);
	wire_end(wire);
	r = wire_call(wire, on_id, &a, err);
	*ret = r == 0 && a.ids.n > 0 ? a.ids.v[0].nsid : -1;
	vec_fini(&a.ids);
	return r == -ENOMEM ? r : 0;
}

static int fill(struct wire *wire, struct warren *w, struct warren_netns_list *list,
		struct warren_err *err)
{
	struct answers any = { 0 };
	size_t assigned;
	int fd, r;

	r = ask(wire, -1, -1, &any, err);
	assigned = any.ids.n;
	vec_fini(&any.ids);
	for (size_t i = 0; r == 0 && assigned > 0 && i < list->n; i++) {
		if (list->v[i].kind != WARREN_NETNS_LIVE)
			continue;
		fd = warren_netns_open(w, list->v[i].name, NULL);
		if (fd < 0)
			continue; /* gone, or may not be opened */
		r = ids_of(wire, fd, &list->v[i].nsid, err);
		close(fd);
	}
	return r;
}

int ids_fill(struct warren *w, struct warren_netns_list *list, struct warren_err *err)
{
	auto_(close_wire) struct wire *wire = NULL;
	int r = wire_open(&wire, err);

	if (r == 0)
		r = fill(wire, w, list, err);
	return r;
}

/* Whether a namespace may get an id: it has none, and no other has this one. */
static int check_id(struct wire *wire, int fd, int nsid, const char *name, struct warren_err *err)
{
	struct answers a = { 0 };
	int has, r = ids_of(wire, fd, &has, err);

	if (r < 0)
		return r;
	if (has >= 0)
		return warren_fail(err, -EEXIST,
				   "network namespace \"%s\" has the id %d; an id stays until the "
				   "namespace ends",
				   name, has);
	r = nsid < 0 ? -ENOENT : ask(wire, -1, nsid, &a, NULL);
	vec_fini(&a.ids);
	if (r == 0)
		return warren_fail(err, -EEXIST,
				   "id of network namespace \"%s\": another one has the id %d; "
				   "choose another, or 'auto'",
				   name, nsid);
	return 0;
}

int ids_check(struct warren *w, const char *name, int nsid, struct warren_err *err)
{
	auto_(close_wire) struct wire *wire = NULL;
	auto_close int fd = warren_netns_open(w, name, err);
	int r;

	if (fd < 0)
		return fd;
	r = wire_open(&wire, err);
	return r < 0 ? r : check_id(wire, fd, nsid, name, err);
}

int warren_netns_set_id(struct warren *w, const char *name, int nsid, struct warren_err *err)
{
	auto_(close_wire) struct wire *wire = NULL;
	auto_close int fd = warren_netns_open(w, name, err);
	int r;

	if (fd < 0)
		return fd;
	r = wire_open(&wire, err);
	if (r < 0)
		return r;
	wire_begin(wire, RTM_NEWNSID, NLM_F_ACK, sizeof(struct rtgenmsg), 0);
	wire_put_u32(wire, NETNSA_FD, (uint32_t)fd);
	wire_put_u32(wire, NETNSA_NSID, (uint32_t)nsid);
	wire_end(wire);
	r = wire_flush(wire, err);
	if (r < 0)
		warren_err_prefix(err, "id of network namespace \"%s\"", name);
	return r;
}

static int name_ids(struct warren *w, struct answers *a, struct warren_err *err)
{
	auto_(warren_netns_list_fini) struct warren_netns_list list = { 0 };
	int r = warren_netns_list(w, &list, err);

	if (r < 0)
		return r;
	vec_foreach(id, &a->ids) {
		for (size_t i = 0; id->current >= 0 && !id->name && i < list.n; i++) {
			if (list.v[i].nsid != id->current)
				continue;
			id->name = strdup(list.v[i].name);
			if (!id->name)
				return warren_fail(err, -ENOMEM, "out of memory");
		}
	}
	return 0;
}

int warren_netns_ids(struct warren *w, int target, int nsid, struct warren_netns_ids *ret,
		     struct warren_err *err)
{
	auto_(close_wire) struct wire *wire = NULL;
	struct answers a = { 0 };
	int r = wire_open(&wire, err);

	if (r == 0)
		r = ask(wire, target, nsid, &a, err);
	if (r == -EINVAL && target >= 0)
		warren_fail(err, r,
			    "Invalid target network namespace id %d, or its namespace is gone",
			    target);
	if (r == 0 && a.ids.n > 0)
		r = name_ids(w, &a, err);
	if (r < 0) {
		warren_netns_ids_fini(&(struct warren_netns_ids){ a.ids.n, a.ids.v });
		return r;
	}
	ret->n = a.ids.n;
	ret->v = a.ids.v;
	return 0;
}

void warren_netns_ids_fini(struct warren_netns_ids *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		free(ids->v[i].name);
	free(ids->v);
	ids->v = NULL;
	ids->n = 0;
}
