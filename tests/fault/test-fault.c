/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every piece of the library that can be without memory, without it. Run with the source tree as argument. */
#include "base/cleanup.h"
#include "base/fd.h"
#include "fault.h"
#include "plan/plan.h"
#include "topo/topo.h"
#include "wire/wire.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <warren/import.h>
#include <warren/netns.h>
#include <warren/view.h>

/* Bytes that a case works on. */
struct input {
	const char *name;
	char *text, *second;
	size_t len;
	const struct warren_var *vars;
	size_t n_vars;
};

/* The first of several errors; a list that has no room even for that has counted it. */
static int first(struct warren_errs *errs, int code, struct warren_err *err)
{
	if (errs->n > 0)
		*err = errs->v[0];
	else if (errs->total > 0)
		snprintf(err->text, sizeof(err->text), "no room for the error");
	warren_errs_fini(errs);
	return code;
}

/* What a run gives, kept apart from what it must leave free. */
static char *keep(const char *text)
{
	char *copy;

	fault_off();
	copy = strdup(text);
	fault_on();
	return copy;
}

__attribute__((format(printf, 1, 2))) static char *keep_format(const char *format, ...)
{
	char *text = NULL;
	va_list ap;

	fault_off();
	va_start(ap, format);
	if (vasprintf(&text, format, ap) < 0)
		text = NULL;
	va_end(ap);
	fault_on();
	return text;
}

struct sum {
	uint64_t v;
};

static void add(struct sum *s, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s->v = (s->v ^ ((const unsigned char *)p)[i]) * 0x100000001b3;
}

static void add_text(struct sum *s, const char *text)
{
	add(s, text ? text : "-", text ? strlen(text) + 1 : 1);
}

/* A number for all that a model says. */
static uint64_t digest(const struct model *m)
{
	struct sum s = { 0xcbf29ce484222325 };

	add_text(&s, m->name);
	add_text(&s, m->hosts);
	vec_foreach(ns, &m->ns) {
		add_text(&s, ns->name);
		add_text(&s, ns->resolv);
		add_text(&s, ns->hosts);
		add(&s, &ns->forwarding, sizeof(ns->forwarding));
		add(&s, &ns->ipv6, sizeof(ns->ipv6));
	}
	vec_foreach(i, &m->ifaces) {
		add_text(&s, i->name);
		add_text(&s, i->altname);
		add(&s, i->mac, sizeof(i->mac));
		add(&s, &i->mtu, sizeof(i->mtu));
	}
	vec_foreach(a, &m->addrs)
		add(&s, a->ip.b, sizeof(a->ip.b));
	vec_foreach(r, &m->routes) {
		add(&s, r->to.b, sizeof(r->to.b));
		add(&s, &r->hops, sizeof(r->hops));
		add(&s, &r->metric, sizeof(r->metric));
	}
	vec_foreach(h, &m->hops)
		add(&s, h->via.b, sizeof(h->via.b));
	vec_foreach(r, &m->rules)
		add(&s, &r->priority, sizeof(r->priority));
	vec_foreach(y, &m->sysctls) {
		add_text(&s, y->key);
		add_text(&s, y->value);
	}
	return s.v;
}

static int parse(const struct input *in, const char *text, struct warren_topo **ret,
		 struct warren_err *err)
{
	struct warren_errs errs = WARREN_ERRS_INIT;
	int r = warren_topo_parse(NULL, in->name, text, strlen(text), in->vars, in->n_vars, ret,
				  &errs);

	return first(&errs, r, err);
}

static int topology(const void *data, char **ret, struct warren_err *err)
{
	const struct input *in = data;
	struct warren_topo *t;
	int r = parse(in, in->text, &t, err);

	if (r < 0)
		return r;
	*ret = keep_format("%zu %zu %zu %zu %016llx", t->segments.n, t->ports.n, t->expects.n,
			   t->subnets.n, (unsigned long long)digest(&t->model));
	warren_topo_free(t);
	return 0;
}

static int import(const void *data, char **ret, struct warren_err *err)
{
	const struct input *in = data;
	struct warren_import_options o = { .file = in->name };
	struct warren_errs errs = WARREN_ERRS_INIT;
	char *text;
	int r = warren_import(NULL, in->text, in->len, &o, &text, &errs);

	if (r < 0)
		return first(&errs, r, err);
	*ret = keep(text);
	free(text);
	return first(&errs, 0, err);
}

static int picture(const struct input *in, enum warren_graph_format format, char **ret,
		   struct warren_err *err)
{
	struct warren_topo *t;
	char *text;
	int r;

	fault_off();
	r = parse(in, in->text, &t, err);
	fault_on();
	if (r < 0)
		return r;
	r = warren_graph(t, format, 0, &text, NULL, err);
	if (r == 0) {
		*ret = keep(text);
		free(text);
	}
	fault_off();
	warren_topo_free(t);
	fault_on();
	return r;
}

static int tree(const void *data, char **ret, struct warren_err *err)
{
	return picture(data, WARREN_GRAPH_TEXT, ret, err);
}

static int dot(const void *data, char **ret, struct warren_err *err)
{
	return picture(data, WARREN_GRAPH_DOT, ret, err);
}

static int json(const void *data, char **ret, struct warren_err *err)
{
	return picture(data, WARREN_GRAPH_JSON, ret, err);
}

static int whole(char *text, char **ret, struct warren_err *err)
{
	if (!text)
		return warren_fail(err, -ENOMEM, "out of memory");
	*ret = keep(text);
	free(text);
	return 0;
}

static int schema(const void *data, char **ret, struct warren_err *err)
{
	(void)data;
	return whole(warren_topo_schema(), ret, err);
}

static int reference(const void *data, char **ret, struct warren_err *err)
{
	(void)data;
	return whole(warren_topo_reference(), ret, err);
}

/* What a network is made of where there is nothing, or nothing of it where all is. */
static void be_empty(struct plan *p)
{
	vec_foreach(ns, &p->ns)
		vec_push(&p->live.ns,
			 (struct model_ns){ .name = ns->name, .missing = ns != p->ns.v });
}

/* The kernel has what a model says. */
static void come_true(struct plan *p, const struct model *m)
{
	p->live = *m;
	p->live.arena = (struct arena){ 0 };
	memset(&p->live.ns, 0, sizeof(p->live.ns));
	vec_foreach(ns, &p->ns) {
		uint32_t before = ns->before[0];
		struct model_ns one = { .name = ns->name, .missing = true };

		if (before != MODEL_NONE)
			one = m->ns.v[before];
		one.owned = true;
		vec_push(&p->live.ns, one);
	}
}

/* Whatever was borrowed from another model. */
static void let_go(struct plan *p)
{
	void *ns = p->live.ns.v;

	memset(&p->live, 0, sizeof(p->live));
	free(ns);
}

static int steps(struct plan *p, char **ret, struct warren_err *err)
{
	struct warren_errs errs = WARREN_ERRS_INIT;
	struct warren_steps all = { 0 };
	struct sum s = { 0 };
	int r = plan_diff(p, &errs);

	if (r < 0)
		return first(&errs, r, err);
	warren_errs_fini(&errs);
	r = plan_steps(p, &all);
	if (r < 0)
		return warren_fail(err, r, "out of memory");
	for (size_t i = 0; i < all.n; i++) {
		add_text(&s, all.v[i].object);
		add_text(&s, all.v[i].node);
		add_text(&s, all.v[i].name);
		add_text(&s, all.v[i].detail);
	}
	*ret = keep_format("%zu steps %016llx", all.n, (unsigned long long)s.v);
	warren_steps_fini(&all);
	return 0;
}

/* From the second text to the first; from nothing where there is none. */
static int difference(const void *data, char **ret, struct warren_err *err)
{
	const struct input *in = data;
	struct warren_topo *t = NULL, *old = NULL;
	const struct model *before[1];
	struct warren *w = NULL;
	struct plan p = { 0 };
	int r;

	fault_off();
	r = warren_new(&w, err);
	if (r == 0)
		r = parse(in, in->text, &t, err);
	if (r == 0 && in->second)
		r = parse(in, in->second, &old, err);
	fault_on();
	if (r == 0) {
		before[0] = old ? &old->model : NULL;
		r = plan_init(&p, w, t->model.name, &t->model, before, old ? 1 : 0);
		if (r < 0)
			warren_fail(err, r, "out of memory");
	}
	if (r == 0) {
		fault_off();
		if (old)
			come_true(&p, before[0]);
		else
			be_empty(&p);
		fault_on();
		r = steps(&p, ret, err);
		fault_off();
		if (old)
			let_go(&p);
		else
			vec_fini(&p.live.ns);
		fault_on();
	}
	plan_fini(&p);
	fault_off();
	warren_topo_free(old);
	warren_topo_free(t);
	warren_free(w);
	fault_on();
	return r;
}

/* Names of namespaces: no root needed where none of them is one. */
static int names(const void *data, char **ret, struct warren_err *err)
{
	struct warren_netns_list list = { 0 };
	struct warren *w;
	int r = warren_new(&w, err);

	if (r < 0)
		return r;
	free(w->netns_dir);
	fault_off();
	w->netns_dir = strdup(data);
	fault_on();
	r = warren_netns_list(w, &list, err);
	if (r == 0)
		*ret = keep_format("%zu names", list.n);
	warren_netns_list_fini(&list);
	fault_off();
	free(w->netns_dir);
	w->netns_dir = NULL;
	fault_on();
	warren_free(w);
	return r;
}

/* Requests, many of them; what cannot be kept comes out of the flush. */
static int requests(const void *data, char **ret, struct warren_err *err)
{
	struct wire *w;
	int r = wire_open(&w, err);

	(void)data;
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < 2000; i++) {
		struct ifinfomsg *link = wire_begin(w, RTM_NEWLINK, 0, sizeof(*link), i);
		size_t nest;

		link->ifi_index = 999999; /* of no link: nothing happens but an error */
		wire_put_str(w, IFLA_IFALIAS, "alias");
		nest = wire_nest(w, IFLA_LINKINFO);
		wire_put_u32(w, IFLA_INFO_KIND, i);
		wire_room(w, 16);
		wire_nest_end(w, nest);
		wire_end(w);
	}
	r = wire_flush(w, err);
	wire_close(w);
	*ret = r < 0 ? NULL : keep("");
	return r;
}

static int count_message(void *data, const struct nlmsghdr *h)
{
	*(int *)data = h ? *(int *)data + 1 : 0;
	return 0;
}

static int dump(const void *data, char **ret, struct warren_err *err)
{
	struct wire *w;
	int n = 0, r = wire_open(&w, err);

	(void)data;
	if (r < 0)
		return r;
	wire_begin(w, RTM_GETLINK, 0, sizeof(struct ifinfomsg), 0);
	wire_end(w);
	r = wire_dump(w, count_message, &n, err);
	wire_close(w);
	*ret = r < 0 ? NULL : keep_format("%d", n > 0);
	return r;
}

static const char *const nearest_words[] = { "namespaces", "links", "switches" };

static const char *word_at(const void *data, size_t i)
{
	(void)data;
	return i < 3 ? nearest_words[i] : NULL;
}

/* Nothing is near enough where there is no memory to find out. */
static int nearest(const void *data, char **ret, struct warren_err *err)
{
	const char *like = warren_nearest("namespacse", word_at, NULL);

	(void)data;
	if (!like)
		return warren_fail(err, -ENOMEM, "none");
	*ret = keep(like);
	return 0;
}

static const char *source;
static int number, failed;

static void check(const char *name, enum fault_kind kind, fault_fn run, const void *data)
{
	struct fault_case c = { .name = name, .kind = kind, .run = run, .data = data };

	/* the kernel has no link 999999 */
	c.refused = strstr(name, "/err-") || run == requests;
	/* jansson's reader (2.14) drops characters of a string that it has no room for */
	c.lossy = run == schema;
	failed += !fault_run(&c, ++number);
}

static struct input load(const char *path)
{
	struct input in = { .name = path };
	char whole_path[4096];

	snprintf(whole_path, sizeof(whole_path), "%s/%s", source, path);
	if (fd_read_file(AT_FDCWD, whole_path, 1 << 24, &in.text, &in.len) < 0) {
		printf("Bail out! cannot read %s\n", whole_path);
		exit(1);
	}
	return in;
}

/* One file, by one function. */
struct file_case {
	const char *path;
	fault_fn run;
	const char *what;
};

static const struct file_case file_cases[] = {
	{ "tests/data/zoo/Abilene.gml", import, "GML" },
	{ "tests/data/zoo/Abilene.graphml", import, "GraphML" },
	{ "tests/data/zoo/Arpanet196912.gml", import, "GML, small" },
	{ "tests/topo/rooms.yaml", tree, "a tree" },
	{ "tests/topo/chain.yaml", tree, "a tree of a chain" },
	{ "tests/topo/rooms.yaml", dot, "DOT" },
	{ "tests/topo/rooms.yaml", json, "JSON" },
	{ "tests/topo/settings.yaml", difference, "a plan from nothing" },
	{ "examples/chain-static.yaml", difference, "a plan from nothing, with routes" },
};

static void check_files(void)
{
	char name[256];

	for (size_t i = 0; i < sizeof(file_cases) / sizeof(file_cases[0]); i++) {
		struct input in = load(file_cases[i].path);

		snprintf(name, sizeof(name), "%s (%s)", file_cases[i].what, file_cases[i].path);
		check(name, FAULT_MEMORY, file_cases[i].run, &in);
		free(in.text);
	}
}

/* Every topology of a folder, sound or not. */
static void check_folder(const char *folder)
{
	char path[4096];
	struct dirent **entries;
	int n;

	snprintf(path, sizeof(path), "%s/%s", source, folder);
	n = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		struct input in;

		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		free(entries[i]);
		/* a network as large as it may be takes a second each time */
		if (!strstr(path, ".yaml") || strstr(path, "too-many"))
			continue;
		in = load(path);
		check(path, FAULT_MEMORY, topology, &in);
		free(in.text);
	}
	if (n >= 0)
		free(entries);
}

static void check_vars(void)
{
	static const char text[] =
		"name: net\n"
		"vars: {n: 10.0, who: a, all: \"${who}[1-3]\"}\n"
		"namespaces:\n"
		"  \"${all}\":\n"
		"links:\n"
		"  - {endpoints: [\"${who}1\", \"${who}2\"], subnet: \"${n}.0.0/24\"}\n"
		"expect:\n"
		"  - ${who}1 -> ${who}2 via ${who}2\n"
		"  - ${who}2 -x ${who}1:80\n";
	static const struct warren_var vars[] = { { "n", "10.1" }, { "who", "node" } };
	struct input in = { "net.yaml", (char *)(uintptr_t)text, NULL, sizeof(text) - 1, vars, 2 };

	check("variables from outside", FAULT_MEMORY, topology, &in);
}

static void check_change(void)
{
	static const char old[] = "name: net\n"
				  "namespaces:\n"
				  "  a: {sysctls: {net.ipv4.ip_default_ttl: 9}, gateway: 10.0.0.2}\n"
				  "  b:\n"
				  "  gone: {dns: {servers: [192.0.2.1]}}\n"
				  "links:\n"
				  "  - {endpoints: [a, b], subnet: 10.0.0.0/24}\n"
				  "  - {endpoints: [b, gone]}\n";
	static const char new[] =
		"name: net\n"
		"namespaces:\n"
		"  a: {rules: [{from: 10.0.0.0/8, table: 7}]}\n"
		"  b: {forwarding: true, routes: [{to: 10.9.0.0/16, via: 10.1.0.1}]}\n"
		"  c: {hosts: {name: 192.0.2.7}}\n"
		"links:\n"
		"  - {endpoints: [a, b], subnet: 10.1.0.0/24, mtu: 1400}\n"
		"  - {endpoints: [b, c]}\n"
		"switches:\n"
		"  s: {ports: [a, c]}\n";
	struct input in = {
		"net.yaml", (char *)(uintptr_t) new, (char *)(uintptr_t)old, sizeof(new) - 1, NULL,
		0
	};

	check("a plan of a change", FAULT_MEMORY, difference, &in);
}

int main(int argc, char **argv)
{
	source = argc > 1 ? argv[1] : ".";
	check_folder("examples");
	check_folder("tests/topo");
	check_files();
	check_vars();
	check_change();
	check("the schema", FAULT_MEMORY, schema, NULL);
	check("the reference", FAULT_MEMORY, reference, NULL);
	check("names of namespaces", FAULT_MEMORY, names, source);
	check("requests", FAULT_MEMORY, requests, NULL);
	check("a dump", FAULT_MEMORY, dump, NULL);
	check("the nearest word", FAULT_MEMORY, nearest, NULL);
	printf("1..%d\n", number);
	return failed > 0;
}
