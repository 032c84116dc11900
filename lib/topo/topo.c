/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/topo.h"

#include "base/cleanup.h"
#include "base/context.h"
#include "base/fd.h"
#include "topo/build.h"
#include "topo/schema.h"
#include "topo/vars.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int copy_input(struct warren_topo *t, const struct topo_source *s)
{
	t->file = strdup(s->name);
	t->text = malloc(s->len + 1);
	t->vars = calloc(s->n_vars + 1, sizeof(*t->vars));
	if (!t->file || !t->text || !t->vars)
		return -ENOMEM;
	if (s->len)
		memcpy(t->text, s->text, s->len);
	t->text[s->len] = 0;
	t->len = s->len;
	for (; t->n_vars < s->n_vars; t->n_vars++) {
		struct warren_var *v = &t->vars[t->n_vars];

		v->name = arena_str(&t->model.arena, s->vars[t->n_vars].name);
		v->value = arena_str(&t->model.arena, s->vars[t->n_vars].value);
		if (!v->name || !v->value)
			return -ENOMEM;
	}
	return 0;
}

/* The steps from what is written to the model. */
static int build_all(struct build *b, struct warren *w, uint64_t *now)
{
	int (*const before[])(struct build *) = { build_network, build_nodes, build_links,
						  build_interfaces };
	int (*const after[])(struct build *) = { build_settings, build_files, build_expects };
	int r = 0;

	for (size_t i = 0; i < sizeof(before) / sizeof(*before) && r == 0; i++)
		r = before[i](b);
	*now = context_phase(w, WARREN_PHASE_VALIDATE, *now);
	if (r == 0)
		r = build_addresses(b);
	*now = context_phase(w, WARREN_PHASE_ADDRESSES, *now);
	for (size_t i = 0; i < sizeof(after) / sizeof(*after) && r == 0; i++)
		r = after[i](b);
	*now = context_phase(w, WARREN_PHASE_VALIDATE, *now);
	if (r == 0)
		r = model_index(&b->t->model);
	return r;
}

static void build_fini(struct build *b)
{
	vec_fini(&b->ns);
	vec_fini(&b->ifaces);
	vec_fini(&b->segments);
	vec_fini(&b->switches);
	vec_fini(&b->case_names);
	map_fini(&b->switch_by_name);
	map_fini(&b->iface_by_name);
	map_fini(&b->route_by_key);
	map_fini(&b->rule_by_key);
}

/* Read the text into a tree, the tree into what is written. */
static int read_spec(struct problems *p, struct arena *scratch, struct warren_topo *t,
		     struct spec *spec)
{
	struct reader reader = { .p = p, .arena = scratch };
	struct yaml_file file = { 0 };
	int r = yaml_read(p, scratch, t->text, t->len, &file);
	size_t before = p->n;

	if (r == 0 && file.root)
		r = vars_apply(p, scratch, &file, t->vars, t->n_vars);
	/* A text with a wrong variable in it would be wrong once more. */
	if (r == 0 && p->n > before)
		file.root = NULL;
	if (r == 0 && file.root)
		r = schema_read(&reader, file.root, &topo_keys, spec);
	if (r == 0 && !file.root)
		r = 1;
	vec_fini(&file.dollars);
	return r;
}

static bool routes_wanted(const struct warren_topo *t, unsigned flags)
{
	/* lo is in every namespace */
	bool has_host = t->model.ns.n && t->model.ns.v[MODEL_HOST].ifaces.n > 1;

	return t->routing == TOPO_ROUTING_STATIC && (has_host || !(flags & TOPO_OUTLINE));
}

static int topo_build(struct warren *w, struct problems *p, struct warren_topo *t, unsigned flags)
{
	struct arena scratch = { 0 };
	struct spec spec = { 0 };
	struct build b = { .p = p, .t = t, .spec = &spec, .scratch = &scratch, .path = t->file };
	uint64_t now = context_now();
	int r = read_spec(p, &scratch, t, &spec);

	now = context_phase(w, WARREN_PHASE_READ, now);
	t->routing = (enum topo_routing)number_or(&spec.routing, TOPO_ROUTING_NONE);
	t->routing_mark = spec.routing.at;
	if (r == 0)
		r = build_all(&b, w, &now);
	if (r == 0 && !p->n && routes_wanted(t, flags)) {
		r = static_routes(w, t, NULL);
		if (r == 0)
			r = model_index(&t->model);
	}
	context_phase(w, WARREN_PHASE_ROUTES, now);
	context_progress(w, NULL, 0, 0);
	build_fini(&b);
	arena_fini(&scratch);
	return r;
}

static int by_place(const void *x, const void *y)
{
	const struct warren_err *a = x, *b = y;

	return a->line != b->line ? (a->line > b->line) - (a->line < b->line)
				  : (a->column > b->column) - (a->column < b->column);
}

/* Problems are found step by step, but read from the top of the file. */
static void sort_problems(struct problems *p, size_t before)
{
	if (p->errs && p->errs->n > before)
		qsort(p->errs->v + before, p->errs->n - before, sizeof(*p->errs->v), by_place);
}

static int no_memory(struct problems *p)
{
	struct warren_err err = WARREN_ERR_INIT;

	warren_fail(&err, -ENOMEM, "out of memory");
	return warren_errs_add(p->errs, &err);
}

int topo_parse(struct warren *w, const struct topo_source *source, unsigned flags,
	       struct warren_topo **ret, struct warren_errs *errs)
{
	struct problems p = { .file = source->name, .errs = errs };
	struct warren_topo *t = calloc(1, sizeof(*t));
	size_t before = errs ? errs->n : 0;
	int r = t ? copy_input(t, source) : -ENOMEM;

	if (r == 0 && source->len > YAML_BYTES_MOST)
		problem_code(
			&p, (struct mark){ 0 }, -EFBIG,
			"is larger than 64 MiB; a network has at most %d nodes, use ranges such as h[1-50]",
			BUILD_NODES_MOST);
	else if (r == 0)
		r = topo_build(w, &p, t, flags);
	if (r == 0 && !p.n) {
		*ret = t;
		return 0;
	}
	warren_topo_free(t);
	sort_problems(&p, before);
	if (r < 0)
		return no_memory(&p);
	return errs && errs->n > before ? errs->v[before].code : p.code;
}

int warren_topo_parse(struct warren *w, const char *name, const char *text, size_t len,
		      const struct warren_var *vars, size_t n_vars, struct warren_topo **ret,
		      struct warren_errs *errs)
{
	const struct topo_source source = { name, text, len, vars, n_vars };

	return topo_parse(w, &source, 0, ret, errs);
}

void warren_topo_free(struct warren_topo *t)
{
	if (!t)
		return;
	model_fini(&t->model);
	map_fini(&t->by_name);
	vec_fini(&t->segments);
	vec_fini(&t->ports);
	vec_fini(&t->expects);
	vec_fini(&t->vias);
	vec_fini(&t->subnets);
	free(t->file);
	free(t->text);
	free(t->vars);
	free(t);
}

static int read_file(const struct warren *w, struct problems *p, const char *path, char **text,
		     size_t *len)
{
	int r = fd_read_named(w, path, YAML_BYTES_MOST, text, len);
	struct mark none = { 0 };

	if (r == -EINVAL)
		problem_code(p, none, r,
			     "is not a regular file; give a file, or '-' for standard input");
	else if (r == -EISDIR)
		problem_code(p, none, r,
			     "is a directory; give the file in it, such as %s/warren.yaml", path);
	else if (r == -ENOENT)
		problem_code(p, none, r, "there is no such file; give the path of a topology file");
	else if (r == -EFBIG)
		problem_code(
			p, none, r,
			"is larger than 64 MiB; a network has at most %d nodes, use ranges such as h[1-50]",
			BUILD_NODES_MOST);
	else if (r < 0 && r != -ECANCELED)
		problem_code(p, none, r, "cannot be read: %s%s", strerror(-r), fd_read_remedy(r));
	return r;
}

int warren_topo_load(struct warren *w, const char *path, const struct warren_var *vars,
		     size_t n_vars, struct warren_topo **ret, struct warren_errs *errs)
{
	const char *name = strcmp(path, "-") ? path : "<stdin>";
	struct problems p = { .file = name, .errs = errs };
	uint64_t now = context_now();
	auto_free char *text = NULL;
	size_t len = 0;
	int r = read_file(w, &p, path, &text, &len);

	context_phase(w, WARREN_PHASE_READ, now);
	return r < 0 ? r : warren_topo_parse(w, name, text, len, vars, n_vars, ret, errs);
}

const char *warren_topo_name(const struct warren_topo *t)
{
	return t->model.name;
}

void warren_topo_count(const struct warren_topo *t, struct warren_topo_counts *ret)
{
	struct warren_topo_counts c = { .addresses = t->model.addrs.n,
					.routes = t->model.routes.n,
					.expectations = t->expects.n };

	vec_foreach(ns, &t->model.ns)
		c.namespaces += ns->kind == MODEL_NS_NODE;
	vec_foreach(s, &t->segments) {
		c.switches += s->is_switch;
		c.links += !s->is_switch;
	}
	*ret = c;
}

uint32_t topo_find_ns(const struct warren_topo *t, const char *name)
{
	return map_get_str(&t->by_name, name);
}

/* How late an address comes, 0 first; FOR_NOBODY: 127.0.0.0/8, ::1, fe80::/10 are not for others. */
#define FOR_NOBODY 3

static unsigned lateness(const struct warren_topo *t, const struct model_addr *a)
{
	static const struct ip loop6 = { AF_INET6, 128, { [15] = 1 } };
	const uint8_t *b = a->ip.b;

	if (a->ip.family == AF_INET && b[0] == 127)
		return FOR_NOBODY;
	if (a->ip.family == AF_INET6 &&
	    (ip_same_host(&a->ip, &loop6) || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80)))
		return FOR_NOBODY;
	if (a->ip.family == AF_INET && b[0] == 169 && b[1] == 254)
		return 2;
	/* Where routes are computed, lo's address is the one that no broken cable takes away. */
	return t->routing == TOPO_ROUTING_NONE &&
	       t->model.ifaces.v[a->iface].kind == MODEL_IFACE_LOOPBACK;
}

const struct ip *topo_first_address(const struct warren_topo *t, uint32_t ns, uint8_t family)
{
	const struct model_range *range = &t->model.ns.v[ns].addrs;
	const struct ip *best = NULL;
	unsigned late = FOR_NOBODY;

	for (uint32_t i = 0; i < range->n && late; i++) {
		const struct model_addr *a = &t->model.addrs.v[range->first + i];

		if (a->ip.family == family && lateness(t, a) < late) {
			late = lateness(t, a);
			best = &a->ip;
		}
	}
	return best;
}
