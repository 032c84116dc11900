/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "process/run.h"
#include "topo/topo.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <warren/view.h>

#include <cmocka.h>

/* Topologies made by hand: pictures need no parser. */

static uint32_t add_iface(struct warren_topo *t, uint32_t ns, const char *name,
			  enum model_iface_kind kind, const char *addr)
{
	uint32_t self = (uint32_t)t->model.ifaces.n;
	struct model_addr a = { .iface = self };

	assert_int_equal(vec_push(&t->model.ifaces,
				  (struct model_iface){ .name = name, .ns = ns, .kind = kind }),
			 0);
	if (!addr)
		return self;
	assert_int_equal(ip_parse(addr, &a.ip), 0);
	assert_int_equal(vec_push(&t->model.addrs, a), 0);
	return self;
}

static uint32_t add_ns(struct warren_topo *t, const char *name, const char *loopback)
{
	uint32_t self = (uint32_t)t->model.ns.n;

	assert_int_equal(vec_push(&t->model.ns, (struct model_ns){ .name = name,
								   .kind = self ? MODEL_NS_NODE
										: MODEL_NS_HOST }),
			 0);
	add_iface(t, self, "lo", MODEL_IFACE_LOOPBACK, loopback);
	return self;
}

static void add_segment(struct warren_topo *t, const char *label, bool is_switch, uint32_t cost)
{
	struct topo_segment s = {
		.label = label,
		.is_switch = is_switch,
		.bridge = MODEL_NONE,
		.ports.first = (uint32_t)t->ports.n,
		.cost = cost,
	};

	assert_int_equal(vec_push(&t->segments, s), 0);
}

static void add_port(struct warren_topo *t, uint32_t ns, const char *iface, const char *addr)
{
	uint32_t i = add_iface(t, ns, iface, MODEL_IFACE_VETH, addr);

	assert_int_equal(vec_push(&t->ports, i), 0);
	t->segments.v[t->segments.n - 1].ports.n++;
}

/* Sort by namespace; the ports follow their interfaces. */
static void finish(struct warren_topo *t)
{
	for (uint32_t i = 0; i < t->model.ifaces.n; i++)
		t->model.ifaces.v[i].index = i + 1;
	assert_int_equal(model_index(&t->model), 0);
	vec_foreach(p, &t->ports) {
		uint32_t i = 0;

		while (t->model.ifaces.v[i].index != *p + 1)
			i++;
		*p = i;
	}
}

/* host - near - far, and a ring of three with a cable doubled. */
static void make_chain(struct warren_topo *t)
{
	uint32_t host = add_ns(t, "host", NULL), near = add_ns(t, "near", "10.255.0.1/32"),
		 far = add_ns(t, "far", "10.255.0.2/32");

	t->model.name = "s13";
	add_segment(t, "host:near - near:eth0", false, 1);
	add_port(t, host, "near", "10.0.1.1/24");
	add_port(t, near, "eth0", "10.0.1.2/24");
	add_segment(t, "near:eth1 - far:eth0", false, 5);
	add_port(t, near, "eth1", "10.0.2.1/24");
	add_port(t, far, "eth0", "10.0.2.2/24");
	finish(t);
}

static void make_rooms(struct warren_topo *t)
{
	uint32_t host = add_ns(t, "host", NULL), red = add_ns(t, "red", NULL),
		 blue = add_ns(t, "blue", NULL), green = add_ns(t, "green", NULL);

	t->model.name = "rooms";
	add_segment(t, "br0", true, 1);
	add_port(t, host, "br0", "10.0.0.1/24");
	add_port(t, red, "eth0", "10.0.0.2/24");
	add_port(t, blue, "eth0", "10.0.0.3/24");
	add_port(t, green, "eth0", "10.0.0.4/24");
	finish(t);
}

static void make_ring(struct warren_topo *t)
{
	uint32_t a, b, c;

	add_ns(t, "host", NULL);
	a = add_ns(t, "a", NULL);
	b = add_ns(t, "b", NULL);
	c = add_ns(t, "c", NULL);
	add_ns(t, "alone", NULL);
	t->model.name = "ring";
	add_segment(t, "a - b", false, 1);
	add_port(t, a, "eth0", "10.0.0.0/31");
	add_port(t, b, "eth0", "10.0.0.1/31");
	add_segment(t, "b - c", false, 1);
	add_port(t, b, "eth1", "10.0.0.2/31");
	add_port(t, c, "eth0", "10.0.0.3/31");
	add_segment(t, "c - a", false, 1);
	add_port(t, c, "eth1", "10.0.0.4/31");
	add_port(t, a, "eth1", "10.0.0.5/31");
	add_segment(t, "a - b", false, 1);
	add_port(t, a, "eth2", NULL);
	add_port(t, b, "eth2", NULL);
	finish(t);
}

/* A cable with both ends in one node: there it is drawn once. */
static void make_loop(struct warren_topo *t)
{
	uint32_t a, b;

	add_ns(t, "host", NULL);
	a = add_ns(t, "a", NULL);
	b = add_ns(t, "b", NULL);
	t->model.name = "loop";
	add_segment(t, "a - a", false, 1);
	add_port(t, a, "one", NULL);
	add_port(t, a, "two", NULL);
	add_segment(t, "a - b", false, 1);
	add_port(t, a, "eth0", NULL);
	add_port(t, b, "eth0", NULL);
	finish(t);
}

static void topo_fini(struct warren_topo *t)
{
	model_fini(&t->model);
	vec_fini(&t->segments);
	vec_fini(&t->ports);
}

static const struct {
	const char *what;
	void (*make)(struct warren_topo *t);
	enum warren_graph_format format;
	unsigned flags;
	const char *want;
} pictures[] = {
	{ "a chain from the host, with loopbacks and a cost", make_chain, WARREN_GRAPH_TEXT, 0,
	  "s13: 2 namespaces, 2 links\n"
	  "\n"
	  "host\n"
	  "└─ near    10.255.0.1  near 10.0.1.1/24 ── eth0 10.0.1.2/24\n"
	  "   └─ far  10.255.0.2  eth1 10.0.2.1/24 ── eth0 10.0.2.2/24, cost 5\n" },
	{ "a switch with the host on it", make_rooms, WARREN_GRAPH_TEXT, 0,
	  "rooms: 3 namespaces, 0 links, 1 switch\n"
	  "\n"
	  "host\n"
	  "└─ br0       switch 10.0.0.0/24  br0 10.0.0.1/24\n"
	  "   ├─ red                        eth0 10.0.0.2/24\n"
	  "   ├─ blue                       eth0 10.0.0.3/24\n"
	  "   └─ green                      eth0 10.0.0.4/24\n" },
	{ "rings, parallel cables and a node alone, in ASCII", make_ring, WARREN_GRAPH_TEXT,
	  WARREN_GRAPH_ASCII,
	  "ring: 4 namespaces, 4 links\n"
	  "\n"
	  "a\n"
	  "|- b       eth0 10.0.0.0/31 -- eth0 10.0.0.1/31\n"
	  "|  `- (a)  eth2 -- eth2\n"
	  "`- c       eth1 10.0.0.5/31 -- eth1 10.0.0.4/31\n"
	  "   `- (b)  eth0 10.0.0.3/31 -- eth1 10.0.0.2/31\n"
	  "alone\n" },
	{ "a cable from a node to itself", make_loop, WARREN_GRAPH_TEXT, WARREN_GRAPH_ASCII,
	  "loop: 2 namespaces, 2 links\n"
	  "\n"
	  "a\n"
	  "|- (a)  one -- two\n"
	  "`- b    eth0 -- eth0\n" },
	{ "DOT of a chain", make_chain, WARREN_GRAPH_DOT, 0,
	  "graph \"s13\" {\n"
	  "\tgraph [layout=dot, rankdir=LR, nodesep=0.35, ranksep=1.9, pad=0.3,"
	  " fontname=\"Helvetica\", fontsize=16, labelloc=t, label=\"s13\"]\n"
	  "\tnode [fontname=\"Helvetica\", fontsize=12, margin=\"0.15,0.07\"]\n"
	  "\tedge [fontname=\"Helvetica\", fontsize=8, color=\"#6b7785\","
	  " fontcolor=\"#8791a0\", labelfontcolor=\"#2f3b47\", labeldistance=2.2]\n"
	  "\t\"host\" [shape=box, style=\"rounded,filled,bold\", fillcolor=\"#fdebc8\","
	  " color=\"#b9770e\", label=<<b>host</b>>]\n"
	  "\t\"near\" [shape=box, style=\"rounded,filled\", fillcolor=\"#e6f0fa\","
	  " color=\"#3b6ea5\", label=<<b>near</b><font point-size=\"9\"><br/>10.255.0.1</"
	  "font>>]\n"
	  "\t\"far\" [shape=box, style=\"rounded,filled\", fillcolor=\"#e6f0fa\","
	  " color=\"#3b6ea5\", label=<<b>far</b><font point-size=\"9\"><br/>10.255.0.2</f"
	  "ont>>]\n"
	  "\t\"host\" -- \"near\" [penwidth=1.5, taillabel=<near<br/>10.0.1.1>,"
	  " headlabel=<eth0<br/>10.0.1.2>, label=<10.0.1.0/24>,"
	  " edgetooltip=\"host:near 10.0.1.1/24 - near:eth0 10.0.1.2/24\"]\n"
	  "\t\"near\" -- \"far\" [penwidth=1.5, taillabel=<eth1<br/>10.0.2.1>,"
	  " headlabel=<eth0<br/>10.0.2.2>, label=<10.0.2.0/24<br/>cost 5>,"
	  " edgetooltip=\"near:eth1 10.0.2.1/24 - far:eth0 10.0.2.2/24\"]\n"
	  "}\n" },
	{ "DOT of a switch", make_rooms, WARREN_GRAPH_DOT, 0,
	  "graph \"rooms\" {\n"
	  "\tgraph [layout=dot, rankdir=LR, nodesep=0.35, ranksep=1.9, pad=0.3,"
	  " fontname=\"Helvetica\", fontsize=16, labelloc=t, label=\"rooms\"]\n"
	  "\tnode [fontname=\"Helvetica\", fontsize=12, margin=\"0.15,0.07\"]\n"
	  "\tedge [fontname=\"Helvetica\", fontsize=8, color=\"#6b7785\","
	  " fontcolor=\"#8791a0\", labelfontcolor=\"#2f3b47\", labeldistance=2.2]\n"
	  "\t\"host\" [shape=box, style=\"rounded,filled,bold\", fillcolor=\"#fdebc8\","
	  " color=\"#b9770e\", label=<<b>host</b>>]\n"
	  "\t\"red\" [shape=box, style=\"rounded,filled\", fillcolor=\"#e6f0fa\","
	  " color=\"#3b6ea5\", label=<<b>red</b>>]\n"
	  "\t\"blue\" [shape=box, style=\"rounded,filled\", fillcolor=\"#e6f0fa\","
	  " color=\"#3b6ea5\", label=<<b>blue</b>>]\n"
	  "\t\"green\" [shape=box, style=\"rounded,filled\", fillcolor=\"#e6f0fa\","
	  " color=\"#3b6ea5\", label=<<b>green</b>>]\n"
	  "\t\"switch br0\" [shape=box, style=\"filled\", fillcolor=\"#e4f3e4\","
	  " color=\"#3f7f3f\", label=<<b>br0</b><font point-size=\"9\"><br/>10.0.0.0/24</"
	  "font>>]\n"
	  "\t\"switch br0\" -- \"host\" [penwidth=1.5, headlabel=<br0<br/>10.0.0.1>,"
	  " edgetooltip=\"br0 - host:br0 10.0.0.1/24\"]\n"
	  "\t\"switch br0\" -- \"red\" [penwidth=1.5, headlabel=<eth0<br/>10.0.0.2>,"
	  " edgetooltip=\"br0 - red:eth0 10.0.0.2/24\"]\n"
	  "\t\"switch br0\" -- \"blue\" [penwidth=1.5, headlabel=<eth0<br/>10.0.0.3>,"
	  " edgetooltip=\"br0 - blue:eth0 10.0.0.3/24\"]\n"
	  "\t\"switch br0\" -- \"green\" [penwidth=1.5, headlabel=<eth0<br/>10.0.0.4>,"
	  " edgetooltip=\"br0 - green:eth0 10.0.0.4/24\"]\n"
	  "}\n" },
	{ "JSON of a switch", make_rooms, WARREN_GRAPH_JSON, 0,
	  "{\"name\":\"rooms\",\"nodes\":[{\"name\":\"host\",\"kind\":\"host\","
	  "\"addresses\":[]},{\"name\":\"red\",\"kind\":\"namespace\",\"addresses\":[]},"
	  "{\"name\":\"blue\",\"kind\":\"namespace\",\"addresses\":[]},"
	  "{\"name\":\"green\",\"kind\":\"namespace\",\"addresses\":[]},"
	  "{\"name\":\"br0\",\"kind\":\"switch\",\"addresses\":[]}],"
	  "\"links\":[{\"label\":\"br0\",\"cost\":1,\"subnets\":[\"10.0.0.0/24\"],"
	  "\"ends\":[{\"node\":\"br0\",\"interface\":null,\"addresses\":[]},"
	  "{\"node\":\"host\",\"interface\":\"br0\",\"addresses\":[\"10.0.0.1/24\"]}]},"
	  "{\"label\":\"br0\",\"cost\":1,\"subnets\":[\"10.0.0.0/24\"],"
	  "\"ends\":[{\"node\":\"br0\",\"interface\":null,\"addresses\":[]},"
	  "{\"node\":\"red\",\"interface\":\"eth0\",\"addresses\":[\"10.0.0.2/24\"]}]},"
	  "{\"label\":\"br0\",\"cost\":1,\"subnets\":[\"10.0.0.0/24\"],"
	  "\"ends\":[{\"node\":\"br0\",\"interface\":null,\"addresses\":[]},"
	  "{\"node\":\"blue\",\"interface\":\"eth0\",\"addresses\":[\"10.0.0.3/24\"]}]},"
	  "{\"label\":\"br0\",\"cost\":1,\"subnets\":[\"10.0.0.0/24\"],"
	  "\"ends\":[{\"node\":\"br0\",\"interface\":null,\"addresses\":[]},"
	  "{\"node\":\"green\",\"interface\":\"eth0\","
	  "\"addresses\":[\"10.0.0.4/24\"]}]}]}\n" },
};

static void draws(void **state)
{
	bool all = true;

	(void)state;
	for (size_t i = 0; i < sizeof(pictures) / sizeof(pictures[0]); i++) {
		auto_(topo_fini) struct warren_topo t = { 0 };
		struct warren_err err = WARREN_ERR_INIT;
		auto_free char *text = NULL;

		pictures[i].make(&t);
		assert_int_equal(warren_graph(&t, pictures[i].format, pictures[i].flags, &text,
					      NULL, &err),
				 0);
		if (strcmp(text, pictures[i].want)) {
			fprintf(stderr, "%s: got:\n%s", pictures[i].what, text);
			all = false;
		}
	}
	assert_true(all);
}

/* A chain of n nodes, for what depends on size. */
static void make_long(struct warren_topo *t, uint32_t n)
{
	t->model.name = "long";
	add_ns(t, "host", NULL);
	for (uint32_t i = 1; i <= n; i++) {
		add_ns(t, arena_printf(&t->model.arena, "n%u", i), NULL);
		if (i == 1)
			continue;
		add_segment(t, "x", false, 1);
		add_port(t, i - 1, "eth1", NULL);
		add_port(t, i, "eth0", NULL);
	}
	finish(t);
}

static void a_deep_tree_goes_on_below(void **state)
{
	auto_(topo_fini) struct warren_topo t = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	auto_free char *text = NULL;
	char row[2][32];

	(void)state;
	make_long(&t, 300);
	assert_int_equal(warren_graph(&t, WARREN_GRAPH_TEXT, 0, &text, NULL, &err), 0);
	assert_non_null(strstr(text, "... (goes on below)"));
	assert_non_null(strstr(text, " (continued)"));
	for (unsigned i = 1; i <= 300; i++) {
		snprintf(row[0], sizeof(row[0]), "n%u ", i);
		snprintf(row[1], sizeof(row[1]), "n%u\n", i);
		assert_true(strstr(text, row[0]) || strstr(text, row[1]));
	}
}

/* Names of nodes cannot hold these; that of a network in a file that is not checked yet could. */
static void dot_quotes(void **state)
{
	auto_(topo_fini) struct warren_topo t = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	auto_free char *text = NULL;

	(void)state;
	add_ns(&t, "host", NULL);
	add_ns(&t, "<&>\"\\", NULL);
	t.model.name = "\"\\";
	finish(&t);
	assert_int_equal(warren_graph(&t, WARREN_GRAPH_DOT, 0, &text, NULL, &err), 0);
	assert_non_null(strstr(text, "graph \"\\\"\\\\\" {"));
	assert_non_null(strstr(text, "<b>&lt;&amp;&gt;&quot;\\</b>"));
}

static void svg_without_graphviz_names_the_package(void **state)
{
	auto_(topo_fini) struct warren_topo t = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	auto_free char *path = strdup(getenv("PATH") ?: "");
	char *text = NULL;

	(void)state;
	make_chain(&t);
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(warren_graph(&t, WARREN_GRAPH_SVG, 0, &text, NULL, &err), -ENOENT);
	setenv("PATH", path, 1);
	assert_null(text);
	assert_non_null(strstr(err.text, "package graphviz"));
}

static void a_filter_gives_what_its_program_gives(void **state)
{
	static const char *const cat[] = { "cat", NULL }, *const fails[] = { "ls", "/nonexistent",
									     NULL };
	static const char *const early[] = { "true", NULL };
	struct warren_err err = WARREN_ERR_INIT;
	const size_t len = 5 << 20; /* more than any pipe holds */
	auto_free char *in = malloc(len), *out = NULL, *none = NULL, *empty = NULL;
	size_t n;

	(void)state;
	memset(in, 'x', len);
	assert_int_equal(process_filter(cat, in, len, &out, &n, &err), 0);
	assert_int_equal(n, len);
	assert_memory_equal(in, out, len);
	assert_int_equal(process_filter(fails, "", 0, &none, &n, &err), -EIO);
	assert_null(none);
	assert_non_null(strstr(err.text, "/nonexistent"));
	assert_int_equal(process_filter(early, in, len, &empty, &n, &err), 0);
	assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draws),
		cmocka_unit_test(a_deep_tree_goes_on_below),
		cmocka_unit_test(dot_quotes),
		cmocka_unit_test(svg_without_graphviz_names_the_package),
		cmocka_unit_test(a_filter_gives_what_its_program_gives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
