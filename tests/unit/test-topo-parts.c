/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges, pools, variables from outside, files that are none, the schema. */
#include "base/cleanup.h"
#include "topo/pool.h"
#include "topo/problem.h"
#include "topo/range.h"
#include "topo/topo.h"

#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static void test_ranges(void **state)
{
	static const struct {
		const char *text, *names;
	} rows[] = {
		{ "h", "h" },
		{ "h[1-3]", "h1 h2 h3" },
		{ "h[3]", "h3" },
		{ "h[01-10]", "h01 h02 h03 h04 h05 h06 h07 h08 h09 h10" },
		{ "h[098-101]", "h098 h099 h100 h101" },
		{ "h[0-1]", "h0 h1" },
		{ "h[1,3,7-9]x", "h1x h3x h7x h8x h9x" },
		{ "a[1-2]b[1-2]", "a1b1 a1b2 a2b1 a2b2" },
		{ "[1-2]", "1 2" },
		{ "h[3-1]", NULL },
		{ "h[", NULL },
		{ "h[]", NULL },
		{ "h[1-]", NULL },
		{ "h[-1]", NULL },
		{ "h[1,]", NULL },
		{ "h[a-b]", NULL },
		{ "h]", NULL },
		{ "h[[1]]", NULL },
		{ "h[010-9]", NULL },
		{ "h[1-9999999999]", NULL },
		{ "h[1][1][1][1][1][1][1][1][1]", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char name[RANGE_NAME_MOST], all[512] = "";
		struct arena a = { 0 };
		struct range r = { 0 };
		const char *why;

		assert_int_equal(range_parse(&a, rows[i].text, &r, &why), 0);
		if (!rows[i].names) {
			assert_non_null(why);
			arena_fini(&a);
			continue;
		}
		if (why)
			fail_msg("%s: %s", rows[i].text, why);
		for (uint64_t k = 0; k < r.n; k++)
			snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", k ? " " : "",
				 range_name(&r, k, name));
		assert_string_equal(all, rows[i].names);
		arena_fini(&a);
	}
}

static void test_range_of_many(void **state)
{
	char name[RANGE_NAME_MOST];
	struct arena a = { 0 };
	struct range r = { 0 };
	const char *why;

	(void)state;
	assert_int_equal(range_parse(&a, "h[0-999999999][0-999999999][0-999999999]", &r, &why), 0);
	assert_true(r.n == UINT64_MAX);
	assert_int_equal(range_parse(&a, "h[0-999999999]", &r, &why), 0);
	assert_true(r.n == 1000000000);
	assert_string_equal(range_name(&r, 123456789, name), "h123456789");
	assert_true(a.bytes < 1000);
	arena_fini(&a);
}

static struct ip net(const char *s)
{
	struct ip ip;

	assert_int_equal(ip_parse(s, &ip), 0);
	return ip;
}

static void assert_cut(struct pool *p, const struct ip *used, size_t n, unsigned plen,
		       const char *want)
{
	char text[IP_TEXT];
	struct ip got;

	assert_int_equal(pool_cut(p, used, n, plen, &got), want ? 0 : -ENOSPC);
	if (want)
		assert_string_equal(ip_format(&got, text), want);
}

static void test_pool_goes_around_what_is_used(void **state)
{
	struct pool p = { .prefix = net("10.0.0.0/28") };
	struct ip used[] = { net("9.0.0.0/8"), net("10.0.0.0/31"), net("10.0.0.4/30"),
			     net("10.0.0.6/32"), net("11.0.0.0/8") };

	(void)state;
	assert_cut(&p, used, 5, 31, "10.0.0.2/31");
	assert_cut(&p, used, 5, 31, "10.0.0.8/31");
	assert_cut(&p, used, 5, 30, "10.0.0.12/30");
	assert_cut(&p, used, 5, 31, NULL);
}

static void test_pool_ends(void **state)
{
	struct pool whole = { .prefix = net("0.0.0.0/0") },
		    last = { .prefix = net("255.255.255.254/31") };
	struct pool six = { .prefix = net("fd00::/48") }, one = { .prefix = net("fd00::1/128") };
	struct ip covers = net("fd00::/16");

	(void)state;
	assert_cut(&whole, NULL, 0, 1, "0.0.0.0/1");
	assert_cut(&whole, NULL, 0, 1, "128.0.0.0/1");
	assert_cut(&whole, NULL, 0, 1, NULL);
	assert_cut(&last, NULL, 0, 32, "255.255.255.254/32");
	assert_cut(&last, NULL, 0, 32, "255.255.255.255/32");
	assert_cut(&last, NULL, 0, 32, NULL);
	assert_cut(&last, NULL, 0, 30, NULL);
	assert_cut(&six, NULL, 0, 127, "fd00::/127");
	assert_cut(&six, NULL, 0, 120, "fd00::100/120");
	assert_cut(&six, &covers, 1, 127, NULL);
	assert_cut(&one, NULL, 0, 128, "fd00::1/128");
	assert_cut(&one, NULL, 0, 128, NULL);
}

static const char *count_asked(const void *data, size_t i)
{
	static const char *const words[] = { "near", "far", NULL };

	++*(size_t *)data;
	return words[i];
}

/* A hint is for a problem that is shown: the search for one is long where names are many. */
static void test_hints(void **state)
{
	struct problems p = { .n = WARREN_ERRS_KEPT - 1 };
	size_t asked = 0;
	struct hint hint;

	(void)state;
	assert_string_equal(hint_nearest(&p, &hint, "naer", count_asked, &asked),
			    "; did you mean 'near'?");
	assert_int_equal(asked, 3);
	p.n++;
	assert_string_equal(hint_nearest(&p, &hint, "naer", count_asked, &asked), "");
	assert_int_equal(asked, 3);
}

static void test_pool_wraps_around(void **state)
{
	struct ip prefix = net("10.0.0.0/27");
	struct ip used[] = { net("10.0.0.4/30"), net("10.0.0.20/30") };
	struct pool p = pool_begin(&prefix, 16), full = pool_begin(&prefix, 16),
		    large = pool_begin(&prefix, 16);

	(void)state;
	assert_cut(&p, used, 2, 31, "10.0.0.16/31");
	assert_cut(&p, used, 2, 30, "10.0.0.24/30");
	assert_cut(&p, used, 2, 29,
		   "10.0.0.8/29");	   /* none behind: around, and there past what is used */
	assert_cut(&p, used, 2, 31, NULL); /* never into what it began with */
	for (unsigned i = 0; i < 32; i++) {
		char want[IP_TEXT];

		snprintf(want, sizeof(want), "10.0.0.%u/32", (i + 16) % 32);
		assert_cut(&full, NULL, 0, 32, want);
	}
	assert_cut(&full, NULL, 0, 32, NULL);
	assert_cut(&large, NULL, 0, 27, NULL);
	assert_cut(&large, NULL, 0, 28, "10.0.0.0/28");
}

/* Where networks begin: apart, the same each time, and within the pool; where the file has a pool, at its beginning. */
static void first_address(const char *name, const char *more, char text[IP_TEXT])
{
	static char file[400];
	struct warren_errs errs = WARREN_ERRS_INIT;
	struct warren_topo *t = NULL;

	snprintf(file, sizeof(file),
		 "name: %s\n%snamespaces: {a: , b: }\nlinks: [{endpoints: [a, b]}]\n", name, more);
	assert_int_equal(warren_topo_parse(NULL, "f.yaml", file, strlen(file), NULL, 0, &t, &errs),
			 0);
	ip_format(&t->model.addrs.v[0].ip, text);
	warren_topo_free(t);
}

static void test_networks_begin_apart(void **state)
{
	struct ip pool = net("198.18.0.0/15"), got[12];
	char text[IP_TEXT], again[IP_TEXT], name[16];

	(void)state;
	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "lab%d", i);
		first_address(name, "", text);
		first_address(name, "", again);
		assert_string_equal(text, again);
		got[i] = net(text);
		assert_true(ip_contains(&pool, &got[i]));
		assert_int_equal(got[i].b[3] % 32, 0);
		for (int k = 0; k < i; k++)
			assert_false(ip_overlaps(&got[i], &got[k]));
	}
	first_address("lab1", "pool: 198.18.0.0/15\n", text);
	assert_string_equal(text, "198.18.0.0/31");
}

static int parse(const char *text, const struct warren_var *vars, size_t n,
		 struct warren_topo **ret, struct warren_errs *errs)
{
	return warren_topo_parse(NULL, "t.yaml", text, strlen(text), vars, n, ret, errs);
}

static void test_set_wins(void **state)
{
	static const struct warren_var vars[] = { { "net", "10.1" },
						  { "net", "10.2" },
						  { "name", "x${net}" } };
	struct warren_topo *t = NULL;
	uint32_t ns;
	char text[IP_TEXT];

	(void)state;
	assert_int_equal(parse("vars: {net: 10.0, name: y}\nname: n${net}\nnamespaces: {a: {}, b: {}}\n"
			       "links:\n  - {endpoints: [a, b], subnet: '${net}.0.0/24'}\n",
			       vars, 2, &t, NULL),
			 0);
	assert_string_equal(warren_topo_name(t), "n10.2");
	ns = topo_find_ns(t, "b");
	assert_int_equal(ns, 2);
	assert_int_equal(topo_find_ns(t, "c"), MODEL_NONE);
	assert_string_equal(ip_format(&t->model.addrs.v[t->model.ns.v[ns].addrs.first].ip, text),
			    "10.2.0.2/24");
	assert_string_equal(t->vars[1].value, "10.2");
	warren_topo_free(t);
}

static void assert_fails(const char *text, const struct warren_var *vars, size_t n, const char *want)
{
	struct warren_errs errs = WARREN_ERRS_INIT;
	struct warren_topo *t = NULL;
	char line[1600];

	assert_true(parse(text, vars, n, &t, &errs) < 0);
	assert_null(t);
	assert_string_equal(warren_err_format(&errs.v[0], line, sizeof(line)), want);
	warren_errs_fini(&errs);
}

static void test_set_errors(void **state)
{
	static const struct warren_var typo = { "nett", "10.1" }, literal = { "n", "${x}" };

	(void)state;
	assert_fails("vars: {net: 10.0}\nnamespaces: {a: {}}\n", &typo, 1,
		     "t.yaml: --set nett: the file has no such variable; did you mean 'net'?");
	assert_fails("name: ${n}\nnamespaces: {a: {}}\n", &literal, 1,
		     "t.yaml:1:7: name: '${x}' must begin with a letter or digit");
}

/* What YAML does not take in a text is refused with its place. */
static void test_characters(void **state)
{
	static const struct {
		const char *bytes, *why;
	} refused[] = {
		{ "\x7f", "byte 0x7f: this is not a text file; a topology is YAML" },
		{ "\xc2\x80", "character U+0080, which YAML has no place for; take it out" },
		{ "\xc2\x84", "character U+0084, which YAML has no place for; take it out" },
		{ "\xc2\x86", "character U+0086, which YAML has no place for; take it out" },
		{ "\xc2\x9f", "character U+009F, which YAML has no place for; take it out" },
		{ "\xef\xbf\xbe", "character U+FFFE, which YAML has no place for; take it out" },
		{ "\xef\xbf\xbf", "character U+FFFF, which YAML has no place for; take it out" },
	};
	char text[64], want[256];

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		snprintf(text, sizeof(text), "namespaces:\n  a: # \u00e9%s\n", refused[i].bytes);
		snprintf(want, sizeof(want), "t.yaml:2:9: %s", refused[i].why);
		assert_fails(text, NULL, 0, want);
	}
}

static size_t put_utf8(char *to, uint32_t c)
{
	static const uint32_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; c >>= 6)
		to[i] = (char)(0x80 | (c & 0x3f));
	to[0] = (char)(lead[n] | c);
	return n;
}

/* All others are taken by libyaml too, whose errors would have no place. */
static void test_all_characters(void **state)
{
	auto_free char *text = malloc(16 << 20);
	struct warren_errs errs = WARREN_ERRS_INIT;
	struct warren_topo *t = NULL;
	size_t n = 0;

	(void)state;
	n += (size_t)sprintf(text, "namespaces: {a: }\n");
	for (uint32_t c = ' '; c <= 0x10ffff; c++) {
		if ((c >= 0x7f && c <= 0x9f && c != 0x85) || (c >= 0xd800 && c <= 0xdfff) ||
		    c == 0xfffe || c == 0xffff)
			continue;
		n += (size_t)sprintf(text + n, "# ");
		n += put_utf8(text + n, c);
		text[n++] = '\n';
	}
	if (warren_topo_parse(NULL, "t.yaml", text, n, NULL, 0, &t, &errs) < 0)
		fail_msg("%d: %s", errs.v[0].line, errs.v[0].text);
	warren_topo_free(t);
}

/* Copies of a mapping are counted as they are made: the whole would not fit any memory. */
static void test_merge_bomb(void **state)
{
	auto_free char *text = malloc(2 << 20);
	size_t n = 0;

	(void)state;
	n += (size_t)sprintf(text, "a: &a\n");
	for (int i = 0; i < 30000; i++)
		n += (size_t)sprintf(text + n, "  k%d: 1\n", i);
	n += (size_t)sprintf(text + n, "b:\n");
	for (int i = 0; i < 1000; i++)
		n += (size_t)sprintf(text + n, "- {<<: *a}\n");
	assert_fails(text, NULL, 0,
		     "t.yaml:30072:4: '<<' brings in more than 2 million pairs in all");
}

static void test_load(const char *path, int code, const char *want)
{
	struct warren_errs errs = WARREN_ERRS_INIT;
	struct warren_topo *t = NULL;

	assert_int_equal(warren_topo_load(NULL, path, NULL, 0, &t, &errs), code);
	assert_int_equal(errs.n, 1);
	assert_non_null(strstr(errs.v[0].text, want));
	assert_string_equal(errs.v[0].file, path);
	warren_errs_fini(&errs);
}

static void test_files_that_are_none(void **state)
{
	char dir[] = "/tmp/warren-test-XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x", dir);
	test_load(path, -ENOENT, "no such file");
	test_load(dir, -EISDIR, "is a directory");
	test_load("/dev/null", -EINVAL, "not a regular file");
	assert_int_equal(mkfifo(path, 0600), 0);
	test_load(path, -EINVAL, "not a regular file");
	unlink(path);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	test_load(path, -EINVAL, "is empty");
	assert_int_equal(truncate(path, (64 << 20) + 1), 0);
	test_load(path, -EFBIG, "larger than 64 MiB");
	unlink(path);
	rmdir(dir);
}

/* Every mapping is closed and every key described. @return keys seen */
static size_t check_schema(const json_t *s)
{
	const json_t *properties = json_object_get(s, "properties"), *value;
	size_t n = 0;
	const char *key;

	if (properties)
		assert_true(json_is_false(json_object_get(s, "additionalProperties")));
	json_object_foreach((json_t *)properties, key, value) {
		assert_non_null(json_string_value(json_object_get(value, "description")));
		n += 1 + check_schema(value);
	}
	if (json_is_object(json_object_get(s, "additionalProperties")))
		n += check_schema(json_object_get(s, "additionalProperties"));
	if (json_object_get(s, "items"))
		n += check_schema(json_object_get(s, "items"));
	return n;
}

static size_t routes_of(const char *text, unsigned flags)
{
	const struct topo_source source = { "t.yaml", text, strlen(text), NULL, 0 };
	struct warren_topo *t = NULL;
	size_t n;

	assert_int_equal(topo_parse(NULL, &source, flags, &t, NULL), 0);
	n = t->model.routes.n;
	warren_topo_free(t);
	return n;
}

/* An outline has no computed routes, but where the host is part of the network. */
static void test_outline(void **state)
{
	const char *apart =
		"routing: static\nlinks:\n- endpoints: [a, b]\n- endpoints: [b, c]\n"
		"namespaces: {a: , b: , c: {routes: [{to: 10.9.0.0/16, type: blackhole}]}}";
	const char *host = "routing: static\nlinks:\n- endpoints: [host, b]\n- endpoints: [b, c]\n"
			   "namespaces: {b: , c: }";

	(void)state;
	assert_int_equal(routes_of(apart, 0), 3);
	assert_int_equal(routes_of(apart, TOPO_OUTLINE), 1);
	assert_int_equal(routes_of(host, 0), 2);
	assert_int_equal(routes_of(host, TOPO_OUTLINE), 2);
}

static void test_schema(void **state)
{
	auto_free char *text = warren_topo_schema();
	json_t *schema;

	(void)state;
	assert_non_null(text);
	schema = json_loads(text, 0, NULL);
	assert_non_null(schema);
	assert_string_equal(json_string_value(json_object_get(schema, "$schema")),
			    "https://json-schema.org/draft/2020-12/schema");
	assert_true(check_schema(schema) > 50);
	json_decref(schema);
}

static void test_reference(void **state)
{
	auto_free char *text = warren_topo_reference();

	(void)state;
	assert_non_null(strstr(text, "*endpoints*: "));
	assert_non_null(strstr(text, "## SWITCH"));
	assert_non_null(strstr(text, "*forward_delay*: 0 to 30"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_range_of_many),
		cmocka_unit_test(test_pool_goes_around_what_is_used),
		cmocka_unit_test(test_pool_ends),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_pool_wraps_around),
		cmocka_unit_test(test_networks_begin_apart),
		cmocka_unit_test(test_set_wins),
		cmocka_unit_test(test_set_errors),
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_all_characters),
		cmocka_unit_test(test_merge_bomb),
		cmocka_unit_test(test_files_that_are_none),
		cmocka_unit_test(test_outline),
		cmocka_unit_test(test_schema),
		cmocka_unit_test(test_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
