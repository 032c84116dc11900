/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "import/graph.h"
#include "import/label.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <warren/import.h>
#include <warren/topo.h>

#include <cmocka.h>

#define TWO "node [ id 1 label \"A\" ] node [ id 2 label \"B\" ] "

/* What a file becomes, from its first namespace on; "" where it is refused with `error` as its first. */
static const struct {
	const char *what, *text, *want, *error;
} rows[] = {
	{ "nodes, a link, what else a file may hold",
	  "# by hand\nCreator \"me\"\ngraph [\n  directed 0 weight -1.5e3\n" TWO
	  "edge [ source 1 target 2 LinkLabel \"10G\" graphics [ w 1 ] ] ]\n",
	  "  a:  # A\n  b:  # B\n\nlinks:\n  - {endpoints: [a, b]}  # 10G\n", NULL },
	{ "labels that repeat are numbered; a name that is one's own stays",
	  "graph [ node [ id 1 label \"x\" ] node [ id 2 label \"X\" ] node [ id 3 label \"x-2\" ] ]",
	  "  x:\n  x-3:  # X\n  x-2:\n", NULL },
	{ "without a label, or with one of nothing that can be in a name: the id",
	  "graph [ node [ id 1 ] node [ id 2 label \"\" ] node [ id -3 label \"???\" ] "
	  "node [ id \"e8\" ] node [ id \"!\" ] ]",
	  "  n1:\n  n2:\n  n3:  # ???\n  e8:\n  n4:\n", NULL },
	{ "words that YAML would not take for text, and names that are taken",
	  "graph [ node [ id 1 label \"No\" ] node [ id 2 label \"2010\" ] node [ id 3 label \"host\" ] "
	  "node [ id 4 label \"null\" ] ]",
	  "  \"no\":  # No\n  \"2010\":\n  host-2:  # host\n  \"null\":\n", NULL },
	{ "names that are reserved, in whatever case",
	  "graph [ node [ id 1 label \"LO\" ] node [ id 2 label \"Localhost\" ] "
	  "node [ id 3 label \"ip6-localhost\" ] node [ id 4 label \"ip6 loopback\" ] "
	  "node [ id 5 label \"lo-2\" ] ]",
	  "  lo-3:  # LO\n  localhost-2:  # Localhost\n  ip6-localhost-2:  # ip6-localhost\n"
	  "  ip6-loopback-2:  # ip6 loopback\n  lo-2:\n",
	  NULL },
	{ "entities of XML and HTML, and what only looks like one",
	  "graph [ node [ id 1 label \"L&apos;Aquila\" ] node [ id 2 label \"Lyc&#233;e &amp; Universit&eacute;\" ] "
	  "node [ id 3 label \"A & B &nosuch; &#xD800;\" ] node [ id 4 label \"&#x110;&#x10D;\" ] ]",
	  "  laquila:  # L'Aquila\n  lycee-universite:  # Lyc\u00e9e & Universit\u00e9\n"
	  "  a-b-nosuch-xd800:  # A & B &nosuch; &#xD800;\n  dc:  # \u0110\u010d\n",
	  NULL },
	{ "UTF-8, Latin-1, combining accents",
	  "graph [ node [ id 1 label \"D\u00fcsseldorf\" ] node [ id 2 label \"M\xfcnchen\" ] "
	  "node [ id 3 label \"Ce\u0301\" ] ]",
	  "  dusseldorf:  # D\u00fcsseldorf\n  munchen:  # M\u00fcnchen\n  ce:  # Ce\u0301\n",
	  NULL },
	{ "line breaks, control characters and those that turn text round do not reach the comment",
	  "graph [ node [ id 1 label \"a\n  links: \x1b[2J\" ] node [ id 2 label \"b\u2028c\u202ed\xc2\x85"
	  "e\" ] ]",
	  "  a-links-2j:  # a links: [2J\n  b-c-d-e:  # b c d e\n", NULL },
	{ "parallel edges stay, a self-loop goes",
	  "graph [ " TWO
	  "edge [ source 1 target 2 ] edge [ source 2 target 1 ] edge [ source 1 target 1 ] ]",
	  "  a:  # A\n  b:  # B\n\nlinks:\n  - {endpoints: [a, b]}\n  - {endpoints: [b, a]}\n",
	  NULL },
	{ "edges may come before their nodes", "graph [ edge [ source 1 target 2 ] " TWO "]",
	  "  a:  # A\n  b:  # B\n\nlinks:\n  - {endpoints: [a, b]}\n", NULL },
	{ "an edge to no node", "graph [\n " TWO "\n edge [ source 1 target 5 ] ]", "",
	  "t.gml:3:2: edge to '5': no node has this id" },
	{ "an id twice", "graph [ node [ id 1 ]\nnode [ id 1 ] ]", "",
	  "t.gml:2:1: node id '1' is used twice (before at line 1)" },
	{ "a node without id", "graph [ node [ label \"x\" ] ]", "",
	  "t.gml:1:9: node without id: edges could not name it" },
	{ "an edge without target", "graph [ node [ id 1 ] edge [ source 1 ] ]", "",
	  "t.gml:1:23: edge without target: it needs a node at both ends" },
	{ "no nodes", "graph [ ]", "", "t.gml:1:1: no nodes: there is nothing to build" },
	{ "two graphs", "graph [ node [ id 1 ] ]\ngraph [ ]", "",
	  "t.gml:2:1: a second graph (the first is at line 1): keep one graph a file" },
	{ "a string without an end", "graph [\n  label \"a\n]\n", "",
	  "t.gml:2:9: string without an end: a closing '\"' is missing" },
	{ "a list without an end", "graph [\n  node [ id 1 ]\n", "",
	  "t.gml:1:7: list 'graph' without an end: a ']' is missing" },
	{ "a bracket too many", "graph [ node [ id 1 ] ] ]", "",
	  "t.gml:1:25: found ']', want a key (a letter begins it): a ']' too many" },
	{ "text without quotes; columns count characters", "graph [ label \"\u00e9\" x y ]", "",
	  "t.gml:1:21: value of 'x': 'y' is no number; text stands in quotes" },
	{ "a key without value", "graph [ id ]", "",
	  "t.gml:1:12: value of 'id': found ']', want a number, a \"string\" or a list in []" },
	{ "a byte that belongs nowhere", "graph [ \x01 ]", "",
	  "t.gml:1:9: found byte 0x01, want a key (a letter begins it)" },
	{ "something else", "hello 1", "", "t.gml:1:1: no 'graph [ ... ]' in it: is this GML?" },
	{ "nothing", "", "", "t.gml: empty: want GML or GraphML" },
};

static int import(const char *text, size_t len, char **ret, char error[2048])
{
	struct warren_import_options o = { .file = "t.gml" };
	auto_(warren_errs_fini) struct warren_errs errs = WARREN_ERRS_INIT;
	int r = warren_import(NULL, text, len, &o, ret, &errs);

	error[0] = 0;
	assert_int_equal(r<0, errs.n> 0);
	if (r < 0) {
		assert_int_equal(errs.v[0].code, r);
		warren_err_format(&errs.v[0], error, 2048);
	}
	return r;
}

/* What is wrong with an imported topology; "" where nothing is. */
static const char *check(const char *text, char error[2048])
{
	auto_(warren_errs_fini) struct warren_errs errs = WARREN_ERRS_INIT;
	struct warren_topo *t = NULL;

	error[0] = 0;
	if (warren_topo_parse(NULL, "t.yaml", text, strlen(text), NULL, 0, &t, &errs) < 0)
		warren_err_format(&errs.v[0], error, 2048);
	warren_topo_free(t);
	return error;
}

static void reads(void **state)
{
	bool all = true;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_free char *text = NULL;
		char error[2048];
		const char *body = "";

		import(rows[i].text, strlen(rows[i].text), &text, error);
		if (text)
			body = strstr(text, "\nnamespaces:\n") + strlen("\nnamespaces:\n");
		if (text)
			check(text, error);
		if (!strcmp(body, rows[i].want) && !strcmp(error, rows[i].error ?: ""))
			continue;
		fprintf(stderr, "%s: got:\n%s%s\n", rows[i].what, body, error);
		all = false;
	}
	assert_true(all);
}

static void the_head_tells_where_it_comes_from(void **state)
{
	static const char gml[] = "graph [ label \"Three\" node [ id 1 ] node [ id 2 ] "
				  "node [ id 3 label \"C\" ] edge [ source 1 target 2 ]\n"
				  "edge [ source 3 target 3 ] ]";
	auto_free char *text = NULL;
	char error[2048];

	(void)state;
	assert_int_equal(import(gml, strlen(gml), &text, error), 0);
	*strstr(text, "\nnamespaces") = 0;
	assert_string_equal(text, "# Three. Imported from t.gml (GML) by warren import:\n"
				  "# 3 nodes, 1 link, 2 components.\n"
				  "# Left out: the edge from C to itself (line 2).\n"
				  "name: t\nrouting: static\nloopbacks: 10.255.0.0/16\n");
}

/* YAML's words for nothing and for yes and no, in any case. */
static void a_network_may_be_called_by_any_word(void **state)
{
	static const char *const words[] = { "null", "Null", "NULL", "Yes", "OFF", "7", "lab" };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct warren_import_options o = { .file = "t.gml", .network = words[i] };
		auto_free char *text = NULL;
		char error[2048];

		assert_int_equal(warren_import(NULL, "graph [ " TWO "]", strlen("graph [ " TWO "]"),
					       &o, &text, NULL),
				 0);
		assert_string_equal(check(text, error), "");
	}
}

static void a_zero_byte_is_no_text(void **state)
{
	auto_free char *text = NULL;
	char error[2048];

	(void)state;
	assert_int_equal(import("graph\n[\0]", 9, &text, error), -EINVAL);
	assert_string_equal(error, "t.gml:2:2: a zero byte: this is no text; want GML or GraphML");
}

/* Text of many pieces: head, n times a middle with the number in it, tail. */
static char *many(const char *head, const char *middle, unsigned n, const char *tail)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	fputs(head, f);
	for (unsigned i = 0; i < n; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		fprintf(f, middle, i);
#pragma GCC diagnostic pop
	}
	fputs(tail, f);
	fclose(f);
	return text;
}

static void limits(void **state)
{
	static const struct {
		const char *middle;
		unsigned n;
		int want;
	} sizes[] = {
		{ "a [ ", 40, -EINVAL }, /* no ']' */
		{ "a [ ", 100000, -EINVAL },
		{ "node [ id %u ] ", 754, 0 },
		{ "node [ id %u label \"same\" ] ", 50000, 0 },
		{ "node [ id %u ] ", GRAPH_NODES_MAX, 0 },
		{ "node [ id %u ] ", GRAPH_NODES_MAX + 1, -E2BIG },
		{ "node [ id 1 ] ", 1000, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		auto_free char *gml = many("graph [ ", sizes[i].middle, sizes[i].n, "]");
		auto_free char *text = NULL;
		char error[2048];

		assert_int_equal(import(gml, strlen(gml), &text, error), sizes[i].want);
	}
}

static void a_long_label_is_cut_where_that_shows(void **state)
{
	auto_free char *gml = many("graph [ node [ id 1 label \"", "n%05u", 1000, "\" ] ]");
	auto_free char *text = NULL;
	char error[2048], *name, *comment;

	(void)state;
	assert_int_equal(import(gml, strlen(gml), &text, error), 0);
	name = strstr(text, "  n00000");
	assert_true(strcspn(name + 2, ":") <= 64);
	comment = strchr(name, '#');
	assert_true(strlen(comment) < LABEL_BYTES_MAX + 10);
	assert_non_null(strstr(comment, "...\n"));
}

/* Every beginning of a file is refused or read, and nothing is lost on the way (the sanitizers look). */
static void every_beginning(void **state)
{
	static const char gml[] = "graph [ label \"&eacute;\" " TWO "edge [ source 1 target 2 ] ]";

	(void)state;
	for (size_t len = 0; len < strlen(gml); len++) {
		auto_free char *copy = malloc(len + 1), *text = NULL;
		char error[2048];

		memcpy(copy, gml, len);
		assert_true(import(copy, len, &text, error) < 0);
		assert_null(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(the_head_tells_where_it_comes_from),
		cmocka_unit_test(a_network_may_be_called_by_any_word),
		cmocka_unit_test(a_zero_byte_is_no_text),
		cmocka_unit_test(limits),
		cmocka_unit_test(a_long_label_is_cut_where_that_shows),
		cmocka_unit_test(every_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
