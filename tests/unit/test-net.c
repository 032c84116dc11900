/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net-world.h"

static void a_cable_has_both_ends_in_place(void **state)
{
	struct world *t = the_world(state);
	const char *mac, *other;
	struct model m;
	int mtu, index, up;
	json_t *j;

	cable(t, 1);
	j = ip(t, NEAR, "link show a1");
	assert_int_equal(json_unpack(j, "[{s:s, s:i, s:i, s:[*]}]", "address", &mac, "mtu", &mtu,
				     "ifindex", &index, "flags"),
			 0);
	assert_string_equal(mac, "02:00:00:00:00:0b");
	assert_int_equal(mtu, 1400);
	assert_int_equal(index, 11);
	json_decref(j);
	j = ip(t, FAR, "link show b1 up");
	assert_int_equal(json_unpack(j, "[{s:s, s:i, s:s}]", "address", &mac, "link_index", &up,
				     "operstate", &other),
			 0);
	assert_string_equal(mac, "02:00:00:00:00:15");
	assert_int_equal(up, 11);
	assert_string_equal(other, "UP");
	json_decref(j);

	observe(t, NEAR, NET_READ_ALL, &m);
	assert_int_equal(m.ns.v[0].ifaces.n, 2);
	assert_int_equal(seen_iface(&m, "lo")->kind, MODEL_IFACE_LOOPBACK);
	assert_false(seen_iface(&m, "lo")->up);
	assert_int_equal(seen_iface(&m, "a1")->kind, MODEL_IFACE_VETH);
	assert_string_equal(seen_iface(&m, "a1")->kind_name, "veth");
	assert_int_equal(seen_iface(&m, "a1")->mac[5], 0x0b);
	assert_int_equal(seen_iface(&m, "a1")->mtu, 1400);
	assert_int_equal(seen_iface(&m, "a1")->index, 11);
	assert_int_equal(seen_iface(&m, "a1")->peer_index, 21);
	assert_int_equal(seen_iface(&m, "a1")->peer, MODEL_NONE); /* elsewhere */
	assert_int_equal(seen_iface(&m, "a1")->master, MODEL_NONE);
	assert_true(seen_iface(&m, "a1")->up);
	model_fini(&m);
}

static void a_cable_inside_one_namespace_knows_its_peer(void **state)
{
	struct world *t = the_world(state);
	uint32_t a = add_iface(t, NEAR, "x", MODEL_IFACE_VETH, 0);
	uint32_t b = add_iface(t, NEAR, "y", MODEL_IFACE_VETH, 0);
	const struct model_iface *x, *y;
	struct model m;

	t->m.ifaces.v[a].peer = b;
	net_put_link_add(t->w[NEAR], &t->m, &t->m.ifaces.v[a], -1, false, 0);
	flush(t, NEAR);
	observe(t, NEAR, NET_READ_LINKS, &m);
	x = seen_iface(&m, "x");
	y = seen_iface(&m, "y");
	assert_ptr_equal(&m.ifaces.v[x->peer], y);
	assert_ptr_equal(&m.ifaces.v[y->peer], x);
	assert_false(x->up);
	model_fini(&m);
	net_put_link_del(t->w[NEAR], &t->m.ifaces.v[a], 0); /* by name */
	flush(t, NEAR);
	assert_ip(t, NEAR, "-o link show type veth", "");
}

static void a_kind_that_the_kernel_lacks_is_named(void **state)
{
	struct world *t = the_world(state);
	uint32_t i = add_iface(t, NEAR, "dummy0", MODEL_IFACE_DUMMY, 0);
	struct warren_err err = WARREN_ERR_INIT;
	struct model m;

	net_put_link_add(t->w[NEAR], &t->m, &t->m.ifaces.v[i], -1, true, 0);
	if (wire_flush(t->w[NEAR], &err) < 0) {
		assert_int_equal(err.code, -EOPNOTSUPP);
		assert_non_null(strstr(err.text, "'dummy'"));
		assert_non_null(strstr(err.text, "CONFIG_DUMMY"));
		return;
	}
	observe(t, NEAR, NET_READ_LINKS, &m);
	assert_int_equal(seen_iface(&m, "dummy0")->kind, MODEL_IFACE_DUMMY);
	model_fini(&m);
	net_put_link_del(t->w[NEAR], &t->m.ifaces.v[i], 0);
	flush(t, NEAR);
}

static void a_bridge_has_its_fields_and_ports(void **state)
{
	struct world *t = the_world(state);
	const struct link_kind *k = link_kind_find("bridge");
	struct field_values v = { 0 };
	const struct model_iface *seen;
	struct model m;
	uint32_t br, a;
	size_t field;
	int stp, delay;
	json_t *j;

	v.given = 1;
	v.v[0] = 1; /* stp */
	assert_null(link_kind_complete(k, &v, &field));
	a = cable(t, 1);
	br = add_iface(t, NEAR, "br", MODEL_IFACE_BRIDGE, 0);
	t->m.ifaces.v[br].values = &v;
	t->m.ifaces.v[br].index = 77;
	net_put_link_add(t->w[NEAR], &t->m, &t->m.ifaces.v[br], -1, true, 0);
	t->m.ifaces.v[a].master = br;
	net_put_link_set(t->w[NEAR], &t->m, &t->m.ifaces.v[a], NET_LINK_MASTER | NET_LINK_UP, NULL,
			 0);
	flush(t, NEAR);
	assert_ip(t, NEAR, "-br link show master br | cut -c1-10", "a1@if21");
	observe(t, NEAR, NET_READ_LINKS, &m);
	seen = seen_iface(&m, "br");
	assert_int_equal(seen->kind, MODEL_IFACE_BRIDGE);
	assert_int_equal(((const struct field_values *)seen->values)->given, v.given);
	assert_memory_equal(((const struct field_values *)seen->values)->v, v.v, sizeof(v.v));
	assert_ptr_equal(&m.ifaces.v[seen_iface(&m, "a1")->master], seen);
	model_fini(&m);

	/* From STP with 15 s to none with 0 s: the kernel wants the two in that order. */
	v = (struct field_values){ 0 };
	link_kind_complete(k, &v, &field);
	t->m.ifaces.v[a].master = MODEL_NONE;
	net_put_link_set(t->w[NEAR], &t->m, &t->m.ifaces.v[br], NET_LINK_FIELDS, NULL, 0);
	net_put_link_set(t->w[NEAR], &t->m, &t->m.ifaces.v[a], NET_LINK_MASTER, NULL, 0);
	flush(t, NEAR);
	j = ip(t, NEAR, "-d link show br");
	assert_int_equal(json_unpack(j, "[{s:{s:{s:i, s:i}}}]", "linkinfo", "info_data",
				     "stp_state", &stp, "forward_delay", &delay),
			 0);
	assert_int_equal(stp, 0);
	assert_int_equal(delay, 0);
	json_decref(j);
	assert_ip(t, NEAR, "-br link show master br", "");
}

static void a_port_can_be_made_in_its_bridge(void **state)
{
	struct world *t = the_world(state);
	uint32_t br = add_iface(t, NEAR, "br", MODEL_IFACE_BRIDGE, 77);
	uint32_t a = add_iface(t, NEAR, "a", MODEL_IFACE_VETH, 5);
	uint32_t b = add_iface(t, FAR, "b", MODEL_IFACE_VETH, 6);

	t->m.ifaces.v[a].peer = b;
	t->m.ifaces.v[a].master = br;
	net_put_link_add(t->w[NEAR], &t->m, &t->m.ifaces.v[br], -1, true, 0);
	net_put_link_add(t->w[NEAR], &t->m, &t->m.ifaces.v[a], t->ns[FAR], true, 0);
	flush(t, NEAR);
	assert_ip(t, NEAR, "-br link show master br up | cut -c1-5", "a@if6");
}

static void a_link_is_changed_without_anew(void **state)
{
	struct world *t = the_world(state);
	uint32_t a = cable(t, 1);
	struct model_iface *i = &t->m.ifaces.v[a];
	auto_close int proc = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[64], text[256];
	struct model m;

	enter(t, NEAR);
	assert_int_equal(net_sysctl_write(proc, "net.ipv4.conf.a1.rp_filter", "1", NULL), 0);
	i->altname = "a-name-that-is-longer-than-15";
	i->mac[3] = 0x77;
	i->mtu = 1300;
	net_put_altname(t->w[NEAR], i, 0);
	net_put_link_set(t->w[NEAR], &t->m, i,
			 NET_LINK_MTU | NET_LINK_MAC | NET_LINK_NO_LL | NET_LINK_ALIAS |
				 NET_LINK_FORWARD | NET_LINK_NO_RP | NET_LINK_DOWN,
			 "what for", 0);
	flush(t, NEAR);
	snprintf(name, sizeof(name), "-d -o link show %s", i->altname);
	ip_text(t, NEAR, name, text, sizeof(text));
	assert_non_null(strstr(text, "mtu 1300"));
	assert_non_null(strstr(text, "02:00:00:77:00:0b"));
	observe(t, NEAR, NET_READ_LINKS, &m);
	assert_string_equal(seen_iface(&m, "a1")->altname, i->altname);
	assert_int_equal(seen_iface(&m, "a1")->forwarding, MODEL_ON);
	assert_int_equal(net_sysctl_read(proc, "net.ipv4.conf.a1.rp_filter", text, sizeof(text),
					 NULL),
			 0);
	assert_string_equal(text, "0");
	assert_false(seen_iface(&m, "a1")->up);
	model_fini(&m);
	net_put_link_set(t->w[NEAR], &t->m, i, NET_LINK_UP, NULL, 0);
	flush(t, NEAR);
	assert_ip(t, NEAR, "-6 addr show dev a1", ""); /* no link-local address */
	observe(t, NEAR, NET_READ_LINKS, &m);
	assert_true(seen_iface(&m, "a1")->up);
	model_fini(&m);
	net_put_link_del(t->w[NEAR], i, 0);
	flush(t, NEAR);
	assert_ip(t, FAR, "-o link show type veth", ""); /* the other end went with it */
}

/* The kernel sets a link up before it looks at the rest of a request. */
static void a_link_comes_up_without_a_link_local_address(void **state)
{
	struct world *t = the_world(state);
	uint32_t a = cable(t, 1), b = cable(t, 2);
	char text[256] = "";

	for (int i = 1; i <= 2; i++) {
		const struct model_iface *near = &t->m.ifaces.v[i == 1 ? a : b];

		net_put_link_set(t->w[NEAR], &t->m, near, NET_LINK_DOWN, NULL, 0);
		net_put_link_set(t->w[FAR], &t->m, &t->m.ifaces.v[near->peer], NET_LINK_UP, NULL, 0);
	}
	flush(t, NEAR);
	flush(t, FAR);
	net_put_link_set(t->w[NEAR], &t->m, &t->m.ifaces.v[b], NET_LINK_NO_LL | NET_LINK_UP, NULL,
			 0);
	net_put_link_set(t->w[NEAR], &t->m, &t->m.ifaces.v[a], NET_LINK_UP, NULL, 0);
	flush(t, NEAR);
	/* The kernel gives the address when it has found the carrier; first to the one that came up first. */
	for (int i = 0; i < 1000 && !strstr(text, "fe80"); i++) {
		usleep(10 * 1000);
		ip_text(t, NEAR, "-6 -o addr show dev a1", text, sizeof(text));
	}
	assert_non_null(strstr(text, "fe80"));
	assert_ip(t, NEAR, "-6 -o addr show dev a2", "");
}

static void a_group_of_links_goes_at_once(void **state)
{
	struct world *t = the_world(state);
	uint32_t a = cable(t, 1), b = cable(t, 2);

	cable(t, 3);
	net_put_link_group(t->w[NEAR], &t->m.ifaces.v[a], 4711, 0);
	net_put_link_group(t->w[NEAR], &t->m.ifaces.v[b], 4711, 0);
	net_put_group_del(t->w[NEAR], 4711, 0);
	flush(t, NEAR);
	assert_ip(t, NEAR, "-br link show type veth | cut -c1-5", "a3@if");
}

static void the_mark_is_the_alias_of_lo(void **state)
{
	struct world *t = the_world(state);
	uint32_t lo = add_iface(t, NEAR, "lo", MODEL_IFACE_LOOPBACK, 0);
	struct model m;
	char buf[64] = "?", small[4];

	assert_int_equal(net_read_mark(t->w[NEAR], buf, sizeof(buf), NULL), 0);
	assert_string_equal(buf, "");
	observe(t, NEAR, NET_READ_LINKS, &m);
	assert_string_equal(m.ns.v[0].alias, "");
	model_fini(&m);
	net_put_link_set(t->w[NEAR], &t->m, &t->m.ifaces.v[lo], NET_LINK_UP | NET_LINK_ALIAS,
			 "warren:lab", 0);
	flush(t, NEAR);
	assert_int_equal(net_read_mark(t->w[NEAR], buf, sizeof(buf), NULL), 0);
	assert_string_equal(buf, "warren:lab");
	assert_true(net_read_mark(t->w[NEAR], small, sizeof(small), NULL) < 0);
	observe(t, NEAR, NET_READ_LINKS, &m);
	assert_string_equal(m.ns.v[0].alias, "warren:lab");
	assert_true(m.ifaces.v[0].up);
	model_fini(&m);
	net_put_link_set(t->w[NEAR], &t->m, &t->m.ifaces.v[lo], NET_LINK_ALIAS, NULL, 0);
	flush(t, NEAR);
	assert_int_equal(net_read_mark(t->w[NEAR], buf, sizeof(buf), NULL), 0);
	assert_string_equal(buf, "");
}

static void addresses_are_given_and_taken(void **state)
{
	struct world *t = the_world(state);
	uint32_t a = cable(t, 1), lo = add_lo(t, NEAR);
	char text[512];
	struct model m;

	add_addr(t, a, "10.0.0.1/24");
	add_addr(t, a, "fd00::1/64");
	add_addr(t, a, "fe80::1/64"); /* asked for, unlike the kernel's own */
	add_addr(t, lo, "192.0.2.1/32");
	ip_text(t, NEAR, "-o -6 addr show dev a1 to fd00::/16", text, sizeof(text));
	assert_non_null(strstr(text, "fd00::1/64 scope global nodad"));
	assert_null(strstr(text, "tentative"));
	assert_ip(t, NEAR, "-br -4 addr show",
		  "lo UNKNOWN 127.0.0.1/8 192.0.2.1/32|a1@if21 UP 10.0.0.1/24");

	observe(t, NEAR, NET_READ_ALL, &m);
	assert_int_equal(m.addrs.n, t->m.addrs.n);
	vec_foreach(want, &t->m.addrs) {
		size_t hits = 0;

		vec_foreach(got, &m.addrs)
			hits += !ip_cmp(&got->ip, &want->ip) &&
				!strcmp(m.ifaces.v[got->iface].name,
					t->m.ifaces.v[want->iface].name);
		assert_int_equal(hits, 1);
	}
	assert_int_equal(m.routes.n, 0); /* all that there are are the kernel's own */
	assert_int_equal(m.rules.n, 0);
	model_fini(&m);
	vec_foreach(d, &t->m.addrs)
		net_put_addr_del(t->w[NEAR], &t->m, d, 0);
	flush(t, NEAR);
	observe(t, NEAR, NET_READ_LINKS | NET_READ_ADDRS, &m);
	assert_int_equal(m.addrs.n, 0);
	model_fini(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, make, unmake)
		T(a_cable_has_both_ends_in_place),
		T(a_cable_inside_one_namespace_knows_its_peer),
		T(a_kind_that_the_kernel_lacks_is_named),
		T(a_bridge_has_its_fields_and_ports),
		T(a_port_can_be_made_in_its_bridge),
		T(a_link_is_changed_without_anew),
		T(a_link_comes_up_without_a_link_local_address),
		T(a_group_of_links_goes_at_once),
		T(the_mark_is_the_alias_of_lo),
		T(addresses_are_given_and_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
