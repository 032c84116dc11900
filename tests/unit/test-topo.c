/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Golden files: tests/topo/CASE.yaml has either CASE.err, all its problems in
 * the words that the user sees, or CASE.model, what becomes of it. The examples
 * must load. WARREN_REGEN=1 writes what is there now; look at the difference
 * before it is committed.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "link/link-kind.h"
#include "topo/topo.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *source_dir(void)
{
	const char *dir = getenv("WARREN_SOURCE");

	return dir ? dir : "..";
}

static char *read_text(const char *path, size_t *len)
{
	char *text = NULL;

	return fd_read_file(AT_FDCWD, path, 1 << 24, &text, len) < 0 ? NULL : text;
}

static const char *tri_words(enum model_tri t)
{
	static const char *const words[] = { "keep", "off", "on" };

	return words[t];
}

static void dump_iface(FILE *f, const struct model *m, const struct model_iface *i)
{
	fprintf(f, "  %s %s", i->name,
		i->kind == MODEL_IFACE_LOOPBACK ? "loopback" : link_kind_of(i->kind)->name);
	if (i->altname)
		fprintf(f, " altname %s", i->altname);
	if (i->peer != MODEL_NONE)
		fprintf(f, " peer %s:%s", m->ns.v[m->ifaces.v[i->peer].ns].name,
			model_iface_label(&m->ifaces.v[i->peer]));
	if (i->master != MODEL_NONE)
		fprintf(f, " master %s", m->ifaces.v[i->master].name);
	if (i->kind != MODEL_IFACE_LOOPBACK)
		fprintf(f, " mac %02x:%02x:%02x:%02x:%02x:%02x", i->mac[0], i->mac[1], i->mac[2],
			i->mac[3], i->mac[4], i->mac[5]);
	if (i->mtu)
		fprintf(f, " mtu %u", i->mtu);
	if (i->values) {
		const struct field_values *v = i->values;
		const struct field *field = link_kind_of(i->kind)->fields;

		for (size_t k = 0; field[k].key; k++)
			if (v->v[k] != field[k].preset)
				fprintf(f, " %s %llu", field[k].key, (unsigned long long)v->v[k]);
	}
	fprintf(f, "%s\n", i->up ? "" : " down");
}

static void dump_route(FILE *f, const struct model *m, const struct model_route *r)
{
	static const char *const types[] = { "unicast", "blackhole", "unreachable", "prohibit" };
	char text[IP_TEXT];

	fprintf(f, "  route %s %s table %u", types[r->type], ip_format(&r->to, text), r->table);
	if (r->metric)
		fprintf(f, " metric %u", r->metric);
	if (r->src.family)
		fprintf(f, " src %s", ip_format_host(&r->src, text));
	for (uint32_t k = 0; k < r->hops.n; k++) {
		const struct model_hop *h = &m->hops.v[r->hops.first + k];

		fprintf(f, " [via %s dev %s]",
			h->via.family ? ip_format_host(&h->via, text) : "link",
			h->iface == MODEL_NONE ? "-" : m->ifaces.v[h->iface].name);
	}
	fprintf(f, "%s%s\n", r->onlink ? " onlink" : "", r->computed ? " computed" : "");
}

static void dump_rule(FILE *f, const struct model_rule *r)
{
	char text[IP_TEXT];

	fprintf(f, "  rule %s %u", r->family == AF_INET ? "inet" : "inet6", r->priority);
	if (r->from.family)
		fprintf(f, " from %s", ip_format(&r->from, text));
	if (r->to.family)
		fprintf(f, " to %s", ip_format(&r->to, text));
	if (r->iif)
		fprintf(f, " iif %s", r->iif);
	if (r->oif)
		fprintf(f, " oif %s", r->oif);
	if (r->fwmask)
		fprintf(f, " fwmark 0x%x/0x%x", r->fwmark, r->fwmask);
	fprintf(f, " action %u table %u\n", r->action, r->table);
}

static void dump_text(FILE *f, const char *title, const char *text)
{
	if (!text)
		return;
	fprintf(f, "  %s:\n", title);
	for (size_t n; *text; text += n) {
		n = strcspn(text, "\n") + 1;
		fprintf(f, "    %.*s", (int)n, text);
	}
}

static void dump_ns(FILE *f, const struct model *m, const struct model_ns *ns)
{
	static const char *const kinds[] = { "host", "node", "switch" };
	char text[IP_TEXT];

	fprintf(f, "%s %s forwarding %s ipv6 %s\n", kinds[ns->kind], ns->name,
		tri_words(ns->forwarding), tri_words(ns->ipv6));
	for (uint32_t i = ns->ifaces.first; i < ns->ifaces.first + ns->ifaces.n; i++) {
		dump_iface(f, m, &m->ifaces.v[i]);
		for (uint32_t k = ns->addrs.first; k < ns->addrs.first + ns->addrs.n; k++)
			if (m->addrs.v[k].iface == i)
				fprintf(f, "    %s\n", ip_format(&m->addrs.v[k].ip, text));
	}
	for (uint32_t k = 0; k < ns->routes.n; k++)
		dump_route(f, m, &m->routes.v[ns->routes.first + k]);
	for (uint32_t k = 0; k < ns->rules.n; k++)
		dump_rule(f, &m->rules.v[ns->rules.first + k]);
	for (uint32_t k = 0; k < ns->sysctls.n; k++)
		fprintf(f, "  sysctl %s = %s\n", m->sysctls.v[ns->sysctls.first + k].key,
			m->sysctls.v[ns->sysctls.first + k].value);
	dump_text(f, "resolv.conf", ns->resolv);
	dump_text(f, "hosts", ns->hosts);
}

static void dump_segment(FILE *f, const struct warren_topo *t, const struct topo_segment *s)
{
	const struct model *m = &t->model;

	fprintf(f, "segment %s cost %u%s", s->label, s->cost, s->is_switch ? " bridge " : "");
	if (s->is_switch)
		fprintf(f, "%s", m->ifaces.v[s->bridge].name);
	for (uint32_t i = 0; i < s->ports.n; i++) {
		const struct model_iface *port = &m->ifaces.v[t->ports.v[s->ports.first + i]];

		fprintf(f, " %s:%s", m->ns.v[port->ns].name, model_iface_label(port));
	}
	fputc('\n', f);
}

static void dump_expect(FILE *f, const struct warren_topo *t, const struct topo_expect *e)
{
	static const char *const protos[] = { "icmp", "tcp", "udp" };
	char text[IP_TEXT];

	fprintf(f, "expect %s %s %s %s:%u %s", t->model.ns.v[e->from].name,
		e->must_fail ? "-x" : "->", e->to == MODEL_NONE ? "-" : t->model.ns.v[e->to].name,
		ip_format_host(&e->addr, text), e->port, protos[e->proto]);
	for (uint32_t i = 0; i < e->via.n; i++) {
		const struct topo_via *via = &t->vias.v[e->via.first + i];

		fprintf(f, " via %s",
			via->ns == MODEL_NONE ? ip_format_host(&via->addr, text)
					      : t->model.ns.v[via->ns].name);
	}
	fputc('\n', f);
}

static char *dump(const struct warren_topo *t)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	fprintf(f, "network %s\n", t->model.name);
	vec_foreach(ns, &t->model.ns)
		dump_ns(f, &t->model, ns);
	vec_foreach(s, &t->segments)
		dump_segment(f, t, s);
	vec_foreach(e, &t->expects)
		dump_expect(f, t, e);
	dump_text(f, "hosts", t->model.hosts);
	fclose(f);
	return text;
}

static char *list_errors(const struct warren_errs *errs)
{
	char *text = NULL, line[1600];
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	for (size_t i = 0; i < errs->n; i++)
		fprintf(f, "%s\n", warren_err_format(&errs->v[i], line, sizeof(line)));
	if (errs->total > errs->n)
		fprintf(f, "%zu in all\n", errs->total);
	fclose(f);
	return text;
}

/* What the file gives, and with which ending it is kept. */
static char *run_case(const char *path, const char **ending)
{
	struct warren_errs errs = WARREN_ERRS_INIT;
	struct warren_topo *t = NULL;
	auto_free char *text = NULL;
	char *result;
	size_t len;
	int r;

	text = read_text(path, &len);
	assert_non_null(text);
	r = warren_topo_parse(NULL, strrchr(path, '/') + 1, text, len, NULL, 0, &t, &errs);
	assert_int_equal(r == 0, errs.total == 0);
	if (errs.n)
		assert_int_equal(r, errs.v[0].code);
	*ending = r ? ".err" : ".model";
	result = r ? list_errors(&errs) : dump(t);
	warren_topo_free(t);
	warren_errs_fini(&errs);
	return result;
}

static void test_case(void **state)
{
	char path[600];
	const char *yaml = *state, *ending;
	auto_free char *result = run_case(yaml, &ending), *wanted = NULL;

	snprintf(path, sizeof(path), "%.*s%s", (int)(strlen(yaml) - strlen(".yaml")), yaml, ending);
	/* The fixture of a link kind is brought up elsewhere; here it must be right. */
	if (!strncmp(strrchr(yaml, '/') + 1, "kind-", 5)) {
		if (strcmp(ending, ".model"))
			fail_msg("%s", result);
		return;
	}
	if (getenv("WARREN_REGEN"))
		assert_int_equal(fd_replace_file(AT_FDCWD, path, result, strlen(result), 0644), 0);
	wanted = read_text(path, NULL);
	if (!wanted)
		fail_msg("%s is missing, and would be:\n%s", path, result);
	assert_string_equal(result, wanted);
	snprintf(path + strlen(path) - strlen(ending), 8, "%s",
		 strcmp(ending, ".err") ? ".err" : ".model");
	if (access(path, F_OK) == 0)
		fail_msg("%s is left from when this case was another", path);
}

static void test_example(void **state)
{
	struct warren_errs errs = WARREN_ERRS_INIT;
	struct warren_topo *t = NULL;
	auto_free char *text = read_text(*state, NULL), *wrong = NULL;
	int r;

	assert_non_null(text);
	assert_memory_equal(text, "# ", 2); /* says what it shows */
	r = warren_topo_load(NULL, *state, NULL, 0, &t, &errs);
	wrong = list_errors(&errs);
	if (r < 0)
		fail_msg("%s", wrong);
	assert_true(t->model.ns.n > 1);
	warren_topo_free(t);
	warren_errs_fini(&errs);
}

static int is_yaml(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return dot && !strcmp(dot, ".yaml");
}

/* A test a file of a folder. @return how many there are now */
static size_t add_tests(struct CMUnitTest *tests, size_t n, size_t most, const char *folder,
			CMUnitTestFunction run)
{
	struct dirent **files;
	char dir[400];
	int count;

	snprintf(dir, sizeof(dir), "%s/%s", source_dir(), folder);
	count = scandir(dir, &files, is_yaml, alphasort);
	for (int i = 0; i < count; i++) {
		char *path = NULL;

		if (n < most && asprintf(&path, "%s/%s", dir, files[i]->d_name) > 0)
			tests[n++] = (struct CMUnitTest){ strrchr(path, '/') + 1, run, NULL, NULL,
							  path };
		free(files[i]);
	}
	if (count >= 0)
		free(files);
	return n;
}

int main(void)
{
	static struct CMUnitTest tests[512];
	size_t n = add_tests(tests, 0, 512, "tests/topo", test_case), failed;

	n = add_tests(tests, n, 512, "examples", test_example);
	if (!n) {
		fprintf(stderr, "no files below %s\n", source_dir());
		return 1;
	}
	failed = (size_t)_cmocka_run_group_tests("topo", tests, n, NULL, NULL);
	for (size_t i = 0; i < n; i++)
		free(tests[i].initial_state);
	return failed != 0;
}
