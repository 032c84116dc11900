/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <warren/import.h>

#include <cmocka.h>

#define KEYS                                                                                       \
	"<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">"                                \
	"<key id=\"d0\" for=\"node\" attr.name=\"label\"/>"                                        \
	"<key id=\"d1\" for=\"edge\" attr.name=\"LinkLabel\"/>"                                    \
	"<key id=\"d2\" for=\"graph\" attr.name=\"label\"/>"

static const struct {
	const char *what, *text, *want, *error;
} rows[] = {
	{ "nodes, labels, an edge with its own",
	  KEYS
	  "<graph><data key=\"d2\">G</data><node id=\"0\"><data key=\"d0\">New York</data></node>"
	  "<node id=\"1\"/><edge source=\"0\" target=\"1\"><data key=\"d1\">OC-3</data></edge>"
	  "</graph></graphml>",
	  "  new-york:  # New York\n  n1:\n\nlinks:\n  - {endpoints: [new-york, n1]}  # OC-3\n",
	  NULL },
	{ "data of other keys, and of keys that none declares, is no label",
	  KEYS "<graph><node id=\"n0\"><data key=\"d1\">x</data><data key=\"d9\">y</data></node>"
	       "</graph></graphml>",
	  "  n0:\n", NULL },
	{ "prefixes and yEd's labels",
	  "<g:graphml xmlns:g=\"x\" xmlns:y=\"y\"><g:graph><g:node id=\"n0\"><g:data><y:ShapeNode>"
	  "<y:NodeLabel a=\"b\">Core 1</y:NodeLabel></y:ShapeNode></g:data></g:node></g:graph>"
	  "</g:graphml>",
	  "  core-1:  # Core 1\n", NULL },
	{ "a graph in a node is one more level",
	  "<graphml><graph><node id=\"a\"><graph><node id=\"b\"/><edge source=\"a\" target=\"b\"/>"
	  "</graph></node></graph></graphml>",
	  "  b:\n  a:\n\nlinks:\n  - {endpoints: [a, b]}\n", NULL },
	{ "entities of XML once, of HTML where a tool wrote them twice",
	  KEYS
	  "<graph><node id=\"0\"><data key=\"d0\">A&amp;B &#233; &amp;eacute; <![CDATA[<c>]]></data>"
	  "</node></graph></graphml>",
	  "  a-b-e-e-c:  # A&B \u00e9 \u00e9 <c>\n", NULL },
	{ "an entity of its own", "<!DOCTYPE graphml [\n<!ENTITY a \"b\">]>\n<graphml/>", "",
	  "entity 'a' is declared: remove <!ENTITY ...>" },
	{ "entities that grow without end",
	  "<!DOCTYPE graphml [<!ENTITY a \"aaaaaaaaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">"
	  "<!ENTITY c \"&b;&b;&b;&b;&b;&b;\">]><graphml>&c;</graphml>",
	  "", "entity 'a' is declared: remove <!ENTITY ...>" },
	{ "a file of the machine",
	  "<!DOCTYPE graphml [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><graphml>&a;</graphml>",
	  "", "entity 'a' is declared: remove <!ENTITY ...>" },
	{ "XML that does not fit", "<graphml>\n<graph></node>", "",
	  "t.xml:2:10: not well-formed XML: mismatched tag" },
	{ "XML without an end", "<graphml><graph>", "",
	  "t.xml:1:17: not well-formed XML: no element found" },
	{ "other XML", "<svg/>", "",
	  "t.xml:1:1: found <svg>, want <graphml>: this is XML, but no GraphML" },
	{ "no graph", "<graphml></graphml>", "", "t.xml:1:1: no <graph> in it" },
	{ "a node without id", "<graphml><graph>\n<node/></graph></graphml>", "",
	  "t.xml:2:1: node without id: edges could not name it" },
	{ "an edge without source", "<graphml><graph>\n<edge target=\"a\"/></graph></graphml>", "",
	  "t.xml:2:1: edge without source: it needs a node at both ends" },
	{ "an edge to no node",
	  "<graphml><graph><node id=\"a\"/>\n <edge source=\"a\" target=\"z\"/></graph></graphml>",
	  "", "t.xml:2:2: edge to 'z': no node has this id" },
	{ "two graphs", "<graphml><graph><node id=\"a\"/></graph>\n<graph/></graphml>", "",
	  "t.xml:2:1: a second graph (the first is at line 1): keep one graph a file" },
	{ "a hyperedge", "<graphml><graph>\n<hyperedge/></graph></graphml>", "",
	  "t.xml:2:1: a hyperedge: draw it as a node with an edge to each end" },
};

static int import(const char *text, size_t len, char **ret, char error[2048])
{
	struct warren_import_options o = { .file = "t.xml" };
	auto_(warren_errs_fini) struct warren_errs errs = WARREN_ERRS_INIT;
	int r = warren_import(NULL, text, len, &o, ret, &errs);

	error[0] = 0;
	assert_int_equal(r<0, errs.n> 0);
	if (r < 0)
		warren_err_format(&errs.v[0], error, 2048);
	return r;
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
		if (!strcmp(body, rows[i].want) &&
		    (rows[i].error ? strstr(error, rows[i].error) != NULL : !*error))
			continue;
		fprintf(stderr, "%s: got:\n%s%s\n", rows[i].what, body, error);
		all = false;
	}
	assert_true(all);
}

static void utf16(void **state)
{
	static const char ascii[] = "<graphml><graph><node id=\"a\"/></graph></graphml>";
	char wide[2 * sizeof(ascii)] = "\xff\xfe";
	auto_free char *text = NULL;
	char error[2048];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(ascii); i++) {
		wide[2 + 2 * i] = ascii[i];
		wide[3 + 2 * i] = 0;
	}
	assert_int_equal(import(wide, 2 * sizeof(ascii), &text, error), 0);
	assert_non_null(strstr(text, "\n  a:\n"));
}

static void depth(void **state)
{
	auto_free char *deep = NULL, *text = NULL;
	char error[2048];
	size_t len;
	FILE *f = open_memstream(&deep, &len);

	(void)state;
	fputs("<graphml><graph>", f);
	for (int i = 0; i < 100000; i++)
		fputs("<a>", f);
	fclose(f);
	assert_int_equal(import(deep, len, &text, error), -EINVAL);
	assert_non_null(strstr(error, "more than 64 elements in each other"));
}

static void every_beginning(void **state)
{
	static const char xml[] = KEYS "<graph><node id=\"a\"><data key=\"d0\">&#233;</data></node>"
				       "<edge source=\"a\" target=\"a\"/></graph></graphml>";

	(void)state;
	for (size_t len = 0; len < strlen(xml); len++) {
		auto_free char *copy = malloc(len + 1), *text = NULL;
		char error[2048];

		memcpy(copy, xml, len);
		assert_true(import(copy, len, &text, error) < 0);
		assert_null(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(utf16),
		cmocka_unit_test(depth),
		cmocka_unit_test(every_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
