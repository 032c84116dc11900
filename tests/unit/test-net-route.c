/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net-world.h"

#include <linux/fib_rules.h>

static struct model_route route(struct world *t, const char *to, const char *via1, uint32_t if1,
				const char *via2, uint32_t if2)
{
	struct model_route r = { .to = addr(to), .table = 254 };

	r.hops.first = (uint32_t)t->m.hops.n;
	if (if1 != MODEL_NONE || via1)
		assert_int_equal(vec_push(&t->m.hops, (struct model_hop){ addr(via1), if1, 1 }), 0);
	if (if2 != MODEL_NONE || via2)
		assert_int_equal(vec_push(&t->m.hops, (struct model_hop){ addr(via2), if2, 3 }), 0);
	r.hops.n = (uint32_t)t->m.hops.n - r.hops.first;
	return r;
}

/* Two cables with addresses 10.0.N.1/24, fd00:N::1/64. */
static void two_cables(struct world *t, uint32_t *a, uint32_t *b)
{
	*a = cable(t, 1);
	*b = cable(t, 2);
	add_addr(t, *a, "10.0.1.1/24");
	add_addr(t, *b, "10.0.2.1/24");
	add_addr(t, *a, "fd00:1::1/64");
	add_addr(t, *b, "fd00:2::1/64");
}

static void many_shapes(struct world *t, uint32_t a, uint32_t b)
{
	const uint32_t none = MODEL_NONE;
	struct model_route r[] = {
		route(t, "0.0.0.0/0", "10.0.1.2", a, NULL, none),
		route(t, "10.1.0.0/16", "10.0.1.2", a, "10.0.2.2", b),
		route(t, "10.2.0.0/16", "10.0.1.2", none, NULL, none), /* the kernel finds the way */
		route(t, "10.3.0.0/16", NULL, a, NULL, none),
		route(t, "10.4.0.0/16", NULL, none, NULL, none),
		route(t, "10.5.0.1/32", "192.0.2.9", a, NULL, none),
		route(t, "10.6.0.0/16", "fd00:1::2", a, NULL, none),
		route(t, "10.7.0.0/16", "10.0.2.2", b, NULL, none),
		route(t, "10.8.0.0/16", NULL, a, NULL, b),
		route(t, "::/0", "fd00:1::2", a, NULL, none),
		route(t, "fd01::/16", "fd00:1::2", a, "fd00:2::2", b),
		route(t, "fd02::/16", NULL, a, NULL, none),
		route(t, "fd03::/16", NULL, none, NULL, none),
		route(t, "fd04::1/128", "fd00:1::2", a, NULL, none),
	};

	r[1].metric = 50;
	r[4].type = MODEL_ROUTE_BLACKHOLE;
	r[5].onlink = true;
	r[7].table = 1000;
	r[7].src = addr("10.0.1.1");
	r[12].type = MODEL_ROUTE_UNREACHABLE;
	r[13].table = 77;
	r[13].metric = 7;
	for (size_t i = 0; i < sizeof(r) / sizeof(*r); i++)
		assert_int_equal(vec_push(&t->m.routes, r[i]), 0);
}

static bool has_route(const struct model *m, const char *text)
{
	char buf[NET_TEXT];

	vec_foreach(r, &m->routes)
		if (!strcmp(net_format_route(m, r, buf), text))
			return true;
	return false;
}

static void every_shape_of_route_comes_back(void **state)
{
	struct world *t = the_world(state);
	char want[NET_TEXT];
	struct model m;
	uint32_t a, b;

	two_cables(t, &a, &b);
	many_shapes(t, a, b);
	vec_foreach(r, &t->m.routes)
		net_put_route_add(t->w[NEAR], &t->m, r, 0, 0);
	flush(t, NEAR);
	assert_ip(t, NEAR, "route show default", "default via 10.0.1.2 dev a1 proto 87");
	assert_ip(
		t, NEAR, "route show 10.1.0.0/16",
		"10.1.0.0/16 proto 87 metric 50| nexthop via 10.0.1.2 dev a1 weight 1| nexthop via 10.0.2.2 dev a2 weight 3");
	assert_ip(t, NEAR, "route show type blackhole", "blackhole 10.4.0.0/16 proto 87");
	observe(t, NEAR, NET_READ_LINKS | NET_READ_ROUTES, &m);
	assert_int_equal(m.routes.n, t->m.routes.n);
	t->m.hops.v[t->m.routes.v[2].hops.first].iface = a; /* what the kernel found */
	vec_foreach(r, &t->m.routes) {
		net_format_route(&t->m, r, want);
		if (!has_route(&m, want))
			fail_msg("not read back: %s", want);
	}
	model_fini(&m);
	vec_foreach(r, &t->m.routes)
		net_put_route_del(t->w[NEAR], &t->m, r, 0);
	flush(t, NEAR);
	observe(t, NEAR, NET_READ_LINKS | NET_READ_ROUTES, &m);
	assert_int_equal(m.routes.n, 0);
	model_fini(&m);
}

static void a_route_that_is_there_is_refused(void **state)
{
	struct world *t = the_world(state);
	struct warren_err err = WARREN_ERR_INIT;
	struct model_route r;
	char want[128];
	uint32_t a, b;

	two_cables(t, &a, &b);
	r = route(t, "10.1.0.0/16", "10.0.1.2", a, NULL, MODEL_NONE);
	net_put_route_add(t->w[NEAR], &t->m, &r, 0, 0);
	flush(t, NEAR);
	net_put_route_add(t->w[NEAR], &t->m, &r, 0, 0);
	assert_int_equal(wire_flush(t->w[NEAR], &err), -EEXIST);
	r = route(t, "10.2.0.0/16", "203.0.113.1", a, NULL, MODEL_NONE);
	net_put_route_add(t->w[NEAR], &t->m, &r, 0, 0);
	assert_int_equal(wire_flush(t->w[NEAR], &err), -ENETUNREACH);
	snprintf(want, sizeof(want), "%s: Nexthop has invalid gateway", strerror(ENETUNREACH));
	assert_string_equal(err.text, want);
}

static void a_route_is_replaced_by_another_shape(void **state)
{
	struct world *t = the_world(state);
	const uint32_t none = MODEL_NONE;
	struct model_route r[4];
	char text[NET_TEXT];
	struct model m;
	uint32_t a, b;

	two_cables(t, &a, &b);
	r[0] = route(t, "10.1.0.0/16", "10.0.1.2", a, NULL, none);
	r[1] = route(t, "fd01::/16", "fd00:1::2", a, "fd00:2::2", b);
	r[2] = route(t, "10.1.0.0/16", "10.0.1.2", a, "10.0.2.2", b);
	r[3] = route(t, "fd01::/16", "fd00:2::2", b, NULL, none);
	for (int i = 0; i < 4; i++) {
		if (i < 2)
			net_put_route_add(t->w[NEAR], &t->m, &r[i], 0, 0);
		else
			net_put_route_replace(t->w[NEAR], &t->m, &r[i], 0);
	}
	flush(t, NEAR);
	observe(t, NEAR, NET_READ_LINKS | NET_READ_ROUTES, &m);
	assert_int_equal(m.routes.n, 2);
	assert_string_equal(
		net_format_route(&m, &m.routes.v[0], text),
		"10.1.0.0/16 nexthop via 10.0.1.2 dev a1 nexthop via 10.0.2.2 dev a2 weight 3");
	assert_string_equal(net_format_route(&m, &m.routes.v[1], text),
			    "fd01::/16 via fd00:2::2 dev a2");
	model_fini(&m);
}

static void a_route_by_nexthop_object_shows_its_hops(void **state)
{
	struct world *t = the_world(state);
	const uint32_t ids[] = { 1, 2 }, weights[] = { 1, 3 };
	char text[NET_TEXT];
	struct model_route r;
	struct model m;
	uint32_t a, b;

	two_cables(t, &a, &b);
	r = route(t, "10.1.0.0/16", "10.0.1.2", a, "10.0.2.2", b);
	net_put_nexthop_add(t->w[NEAR], &t->m, &t->m.hops.v[r.hops.first], 1, 0);
	net_put_nexthop_add(t->w[NEAR], &t->m, &t->m.hops.v[r.hops.first + 1], 2, 0);
	net_put_nexthop_group(t->w[NEAR], 3, ids, weights, 2, 0);
	net_put_route_add(t->w[NEAR], &t->m, &r, 3, 0);
	flush(t, NEAR);
	assert_ip(
		t, NEAR, "-o nexthop show",
		"id 1 via 10.0.1.2 dev a1 scope link proto static|id 2 via 10.0.2.2 dev a2 scope link proto static|id 3 group 1/2,3 proto static");
	observe(t, NEAR, NET_READ_LINKS | NET_READ_ROUTES, &m);
	assert_int_equal(m.routes.n, 1);
	assert_string_equal(
		net_format_route(&m, m.routes.v, text),
		"10.1.0.0/16 nexthop via 10.0.1.2 dev a1 nexthop via 10.0.2.2 dev a2 weight 3");
	model_fini(&m);
	net_put_route_del(t->w[NEAR], &t->m, &r, 0);
	flush(t, NEAR);
	net_put_nexthop_del(t->w[NEAR], 3, 0);
	net_put_nexthop_del(t->w[NEAR], 2, 0);
	net_put_nexthop_del(t->w[NEAR], 1, 0);
	flush(t, NEAR);
	assert_ip(t, NEAR, "nexthop show", "");
}

static void rules_come_back(void **state)
{
	struct world *t = the_world(state);
	const struct model_rule rules[] = {
		{ .family = AF_INET,
		  .from = addr("10.1.0.0/16"),
		  .priority = 100,
		  .table = 7,
		  .action = FR_ACT_TO_TBL },
		{ .family = AF_INET,
		  .to = addr("10.2.0.1/32"),
		  .iif = "lo",
		  .priority = 200,
		  .table = 1000 },
		{ .family = AF_INET,
		  .fwmark = 1,
		  .fwmask = 0xff,
		  .oif = "eth9",
		  .priority = 300,
		  .table = 254 },
		{ .family = AF_INET6,
		  .from = addr("fd00::/8"),
		  .priority = 400,
		  .action = FR_ACT_PROHIBIT },
		{ .family = AF_INET6, .fwmark = 2, .priority = 500, .action = FR_ACT_BLACKHOLE },
	};
	static const char *const want[] = {
		"100: from 10.1.0.0/16 lookup 7",
		"200: from all to 10.2.0.1 iif lo lookup 1000",
		"300: from all fwmark 0x1/0xff oif eth9 lookup main",
		"400: from fd00::/8 prohibit",
		"500: from all fwmark 0x2 blackhole",
	};
	const size_t n = sizeof(rules) / sizeof(*rules);
	char text[NET_TEXT];
	struct model m;

	for (size_t i = 0; i < n; i++)
		net_put_rule_add(t->w[NEAR], &rules[i], (uint32_t)i);
	flush(t, NEAR);
	assert_ip(t, NEAR, "rule show priority 200",
		  "200: from all to 10.2.0.1 iif lo lookup 1000 proto 87");
	assert_ip(t, NEAR, "-6 rule show priority 400", "400: from fd00::/8 prohibit proto 87");
	observe(t, NEAR, NET_READ_ALL, &m);
	assert_int_equal(m.rules.n, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(net_format_rule(&m.rules.v[i], text), want[i]);
	assert_int_equal(m.ns.v[0].rules.n, n);
	model_fini(&m);
	net_put_rule_add(t->w[NEAR], &rules[0], 0);
	assert_int_equal(wire_flush(t->w[NEAR], NULL), -EEXIST);
	for (size_t i = 0; i < n; i++)
		net_put_rule_del(t->w[NEAR], &rules[i], (uint32_t)i);
	flush(t, NEAR);
	observe(t, NEAR, NET_READ_RULES, &m);
	assert_int_equal(m.rules.n, 0);
	model_fini(&m);
}

static void set(int proc, const char *key, const char *value)
{
	struct warren_err err = WARREN_ERR_INIT;

	if (net_sysctl_write(proc, key, value, &err) < 0)
		fail_msg("%s", err.text);
}

static void settings_of_a_namespace_are_read(void **state)
{
	struct world *t = the_world(state);
	auto_close int proc = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct model m;

	cable(t, 1);
	enter(t, NEAR);
	observe(t, NEAR, NET_READ_LINKS | NET_READ_CONF, &m);
	assert_int_equal(m.ns.v[0].forwarding, MODEL_OFF);
	assert_int_equal(m.ns.v[0].forwarding6, MODEL_OFF);
	assert_int_equal(m.ns.v[0].ipv6, MODEL_ON);
	model_fini(&m);
	set(proc, "net.ipv4.ip_forward", "1");
	set(proc, "net.ipv6.conf.a1.disable_ipv6", "1");
	observe(t, NEAR, NET_READ_LINKS | NET_READ_CONF, &m);
	assert_int_equal(m.ns.v[0].forwarding, MODEL_ON);
	assert_int_equal(m.ns.v[0].forwarding6, MODEL_OFF);
	assert_int_equal(m.ns.v[0].ipv6, MODEL_OFF);
	model_fini(&m);
	set(proc, "net.ipv6.conf.all.forwarding", "1");
	observe(t, NEAR, NET_READ_LINKS | NET_READ_CONF, &m);
	assert_int_equal(m.ns.v[0].forwarding6, MODEL_ON);
	model_fini(&m);
}

static void sysctls_are_written_and_read(void **state)
{
	struct world *t = the_world(state);
	auto_close int proc = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint32_t a = add_iface(t, NEAR, "a.7", MODEL_IFACE_BRIDGE, 0);
	struct warren_err err = WARREN_ERR_INIT;
	static const char *const bad[] = { "",		 ".net",	  "net.",  "net..ipv4",
					   "net./.ipv4", "net.//.kernel", "//.etc" };
	char buf[64];

	net_put_link_add(t->w[NEAR], &t->m, &t->m.ifaces.v[a], -1, false, 0);
	flush(t, NEAR);
	enter(t, NEAR);
	set(proc, "net.ipv4.conf.a/7.rp_filter", "2");
	assert_int_equal(net_sysctl_read(proc, "net.ipv4.conf.a/7.rp_filter", buf, sizeof(buf),
					 &err),
			 0);
	assert_string_equal(buf, "2");
	set(proc, "net.ipv4.ip_local_port_range", "2000 3000");
	assert_int_equal(net_sysctl_read(proc, "net.ipv4.ip_local_port_range", buf, sizeof(buf),
					 &err),
			 0);
	assert_true(net_sysctl_same(buf, "2000 3000"));
	assert_int_equal(net_sysctl_write(proc, "net.ipv4.ip_forward", "yes", &err), -EINVAL);
	assert_non_null(strstr(err.text, "refuses the value 'yes'"));
	assert_int_equal(net_sysctl_write(proc, "net.ipv4.no_such", "1", &err), -ENOENT);
	assert_non_null(strstr(err.text, "no such setting"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(net_sysctl_write(proc, bad[i], "1", &err), -EINVAL);
}

/* Every second port from 1: no two can be joined. @return to be freed */
static char *odd_ports(size_t n)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s%zu", i ? "," : "", 2 * i + 1);
	fclose(f);
	assert_non_null(text);
	return text;
}

static void a_sysctl_may_be_long(void **state)
{
	static const size_t lengths[] = { 100, 2000, 32768 };
	static const char key[] = "net.ipv4.ip_local_reserved_ports";
	struct world *t = the_world(state);
	auto_close int proc = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct warren_err err = WARREN_ERR_INIT;
	char small[64];

	enter(t, NEAR);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		auto_free char *want = odd_ports(lengths[i]), *got = NULL;

		set(proc, key, want);
		assert_int_equal(net_sysctl_get(proc, key, &got, &err), 0);
		assert_string_equal(got, want);
		assert_int_equal(net_sysctl_read(proc, key, small, sizeof(small), &err), -EOVERFLOW);
		assert_non_null(strstr(err.text, key));
	}
	set(proc, key, "");
	assert_int_equal(net_sysctl_read(proc, key, small, sizeof(small), &err), 0);
	assert_string_equal(small, "");
}

static void a_sysctl_says_why_it_cannot_be(void **state)
{
	static const struct {
		const char *key, *value; /* NULL: read */
		int code;
		const char *says;
	} rows[] = {
		{ "net.ipv4.route.flush", NULL, -ENODATA, "can only be written" },
		{ "net.ipv4.tcp_congestion_control", "nosuch", -EINVAL,
		  "refuses the value 'nosuch'" },
		{ "net.ipv4.tcp_available_congestion_control", "x", -EACCES,
		  "not allowed to change" },
	};
	struct world *t = the_world(state);
	auto_close int proc = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);

	enter(t, NEAR);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct warren_err err = WARREN_ERR_INIT;
		auto_free char *got = NULL;
		int r = rows[i].value ? net_sysctl_write(proc, rows[i].key, rows[i].value, &err)
				      : net_sysctl_get(proc, rows[i].key, &got, &err);

		if (r != rows[i].code || !strstr(err.text, rows[i].says))
			fail_msg("%s: %d '%s'", rows[i].key, r, err.text);
	}
}

#define MANY_ROUTES 20000

static void many_routes_share_their_hops(void **state)
{
	struct world *t = the_world(state);
	struct model_route one, two;
	struct model m;
	uint32_t a, b;

	two_cables(t, &a, &b);
	one = route(t, "20.0.0.0/32", "10.0.1.2", a, NULL, MODEL_NONE);
	two = route(t, "30.0.0.0/32", "10.0.1.2", a, "10.0.2.2", b);
	for (uint32_t i = 0; i < MANY_ROUTES / 2; i++) {
		net_put_route_add(t->w[NEAR], &t->m, &one, 0, i);
		net_put_route_add(t->w[NEAR], &t->m, &two, 0, i);
		one.to = ip_add(&one.to, 1);
		two.to = ip_add(&two.to, 1);
	}
	flush(t, NEAR);
	assert_ip(t, NEAR, "-o route show proto 87 | wc -l", "20000");
	observe(t, NEAR, NET_READ_LINKS | NET_READ_ROUTES, &m);
	assert_int_equal(m.routes.n, MANY_ROUTES);
	assert_int_equal(m.ns.v[0].routes.n, MANY_ROUTES);
	assert_int_equal(m.hops.n, 3);
	model_fini(&m);
}

#define MANY_LINKS 1000

static void many_links_in_one_batch(void **state)
{
	struct world *t = the_world(state);
	struct model m;

	for (uint32_t i = 0; i < MANY_LINKS; i++) {
		const char *name = arena_printf(&t->m.arena, "v%u", i);
		uint32_t a = add_iface(t, NEAR, name, MODEL_IFACE_VETH, 100 + i);
		uint32_t b = add_iface(t, FAR, name, MODEL_IFACE_VETH, 5000 + i);

		t->m.ifaces.v[a].peer = b;
		t->m.ifaces.v[b].peer = a;
	}
	for (uint32_t i = 0; i < t->m.ifaces.n; i += 2)
		net_put_link_add(t->w[NEAR], &t->m, &t->m.ifaces.v[i], t->ns[FAR], true, i);
	flush(t, NEAR);
	observe(t, FAR, NET_READ_ALL, &m);
	assert_int_equal(m.ifaces.n, MANY_LINKS + 1);
	for (uint32_t i = 1; i <= MANY_LINKS; i++)
		assert_int_equal(m.ifaces.v[i].peer_index, m.ifaces.v[i].index - 4900);
	model_fini(&m);
}

static void a_failed_read_appends_nothing(void **state)
{
	struct world *t = the_world(state);
	struct warren_err err = WARREN_ERR_INIT;
	struct model m = { 0 };

	assert_int_equal(vec_push(&m.ns, (struct model_ns){ .name = "seen" }), 0);
	net_put_link_del(t->w[NEAR], &(struct model_iface){ .name = "x" },
			 0); /* not flushed: in the way */
	assert_int_equal(net_read(t->w[NEAR], &m, NET_READ_ALL, &err), -EINVAL);
	assert_int_equal(m.ifaces.n, 0);
	assert_int_equal(strncmp(err.text, "read the links: ", 16), 0);
	model_fini(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, make, unmake)
		T(every_shape_of_route_comes_back),
		T(a_route_that_is_there_is_refused),
		T(a_route_is_replaced_by_another_shape),
		T(a_route_by_nexthop_object_shows_its_hops),
		T(rules_come_back),
		T(settings_of_a_namespace_are_read),
		T(sysctls_are_written_and_read),
		T(a_sysctl_may_be_long),
		T(a_sysctl_says_why_it_cannot_be),
		T(many_routes_share_their_hops),
		T(many_links_in_one_batch),
		T(a_failed_read_appends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
