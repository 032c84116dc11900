/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "route-oracle.h"

/* Networks built by hand, and the routes that they must get. */

static void a_stub_needs_one_route(void **state)
{
	struct lab l;
	uint32_t r, h[3];

	(void)state;
	lab_init(&l);
	r = node(&l, true);
	for (uint32_t i = 0; i < 3; i++) {
		char net[IP_TEXT];

		h[i] = node(&l, false);
		snprintf(net, sizeof(net), "10.0.%u.0/31", i * 2);
		cable(&l, r, h[i], 1, net);
	}
	ready(&l);
	check_both(&l);
	assert_string_equal(hops(&l, h[0], "0.0.0.0/0"), "10.0.0.0");
	assert_int_equal(n_computed(&l, h[0]), 1);
	assert_int_equal(n_computed(&l, r), 0);
	compute(&l, false);
	assert_int_equal(n_computed(&l, h[0]), 2);
	lab_fini(&l);
}

static void one_route_alone_stays_specific(void **state)
{
	struct lab l;
	uint32_t a, b;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	b = node(&l, true);
	cable(&l, a, b, 1, "10.0.0.0/31");
	loopback(&l, a, "10.1.0.1");
	loopback(&l, b, "10.1.0.2");
	ready(&l);
	check_both(&l);
	assert_string_equal(hops(&l, a, "10.1.0.2"), "10.0.0.1");
	assert_string_equal(hops(&l, b, "10.1.0.1"), "10.0.0.0");
	assert_int_equal(l.t.model.routes.n, 2);
	lab_fini(&l);
}

static void equal_costs_give_several_hops(void **state)
{
	struct lab l;
	uint32_t a, b, c, d;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	b = node(&l, true);
	c = node(&l, true);
	d = node(&l, true);
	cable(&l, a, b, 1, "10.0.0.0/31");
	cable(&l, a, c, 1, "10.0.0.2/31");
	cable(&l, b, d, 1, "10.0.0.4/31");
	cable(&l, c, d, 1, "10.0.0.6/31");
	loopback(&l, d, "10.1.0.4");
	ready(&l);
	check_both(&l);
	assert_string_equal(hops(&l, a, "10.1.0.4"), "10.0.0.1 10.0.0.3");
	assert_string_equal(hops(&l, b, "10.1.0.4"), "10.0.0.5");
	lab_fini(&l);
}

static void parallel_links_share_unless_one_costs_more(void **state)
{
	struct lab l;
	uint32_t a, b;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	b = node(&l, true);
	cable(&l, a, b, 2, "10.0.0.0/31");
	cable(&l, a, b, 2, "10.0.0.2/31");
	cable(&l, a, b, 3, "10.0.0.4/31");
	cable(&l, a, a, 1, "10.0.0.6/31");
	loopback(&l, b, "10.1.0.2");
	ready(&l);
	check_both(&l);
	assert_string_equal(hops(&l, a, "10.1.0.2"), "10.0.0.1 10.0.0.3");
	assert_string_equal(hops(&l, b, "10.0.0.6/31"), "10.0.0.0 10.0.0.2");
	lab_fini(&l);
}

static void the_long_way_is_taken_where_it_costs_less(void **state)
{
	struct lab l;
	uint32_t a, b, c;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	b = node(&l, true);
	c = node(&l, true);
	cable(&l, a, c, 10, "10.0.0.0/31");
	cable(&l, a, b, 4, "10.0.0.2/31");
	cable(&l, b, c, 5, "10.0.0.4/31");
	loopback(&l, c, "10.1.0.3");
	ready(&l);
	check_both(&l);
	compute(&l, false);
	assert_string_equal(hops(&l, a, "10.1.0.3"), "10.0.0.3");
	lab_fini(&l);
}

static void who_does_not_forward_is_an_end_only(void **state)
{
	struct lab l;
	uint32_t a, h, b, r;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	h = node(&l, false);
	b = node(&l, true);
	r = node(&l, true);
	cable(&l, a, h, 1, "10.0.0.0/31");
	cable(&l, h, b, 1, "10.0.0.2/31");
	loopback(&l, a, "10.1.0.1");
	loopback(&l, h, "10.1.0.2");
	loopback(&l, b, "10.1.0.3");
	cable(&l, r, a, 1, "10.0.0.4/31");
	ready(&l);
	check_both(&l);
	compute(&l, false);
	assert_string_equal(hops(&l, a, "10.1.0.2"), "10.0.0.1");
	assert_string_equal(hops(&l, a, "10.1.0.3"), "-");
	assert_string_equal(hops(&l, a, "10.0.0.2/31"), "-");
	assert_string_equal(hops(&l, a, "10.0.0.2"), "10.0.0.1");
	assert_string_equal(hops(&l, h, "10.1.0.3"), "10.0.0.3");
	lab_fini(&l);
}

static void a_switch_is_entered_through_its_nearest_router(void **state)
{
	struct lab l;
	uint32_t ports[5], far;

	(void)state;
	lab_init(&l);
	for (uint32_t i = 0; i < 5; i++)
		ports[i] = node(&l, i < 2);
	far = node(&l, false);
	segment(&l, ports, 5, 1, "10.0.0.1/24", "fd00::1/64");
	segment(&l, (uint32_t[]){ far, ports[1] }, 2, 1, "10.9.0.0/31", "fd09::/127");
	loopback(&l, ports[4], "10.1.0.5");
	ready(&l);
	check_both(&l);
	compute(&l, false);
	assert_string_equal(hops(&l, far, "10.0.0.0/24"), "10.9.0.1");
	assert_string_equal(hops(&l, far, "fd00::/64"), "fd09::1");
	assert_string_equal(hops(&l, ports[2], "10.9.0.0/31"), "10.0.0.2");
	assert_string_equal(hops(&l, ports[2], "fd09::/127"), "fd00::2");
	assert_string_equal(hops(&l, ports[2], "10.1.0.5"), "10.0.0.5");
	lab_fini(&l);
}

static void families_go_their_own_ways(void **state)
{
	struct lab l;
	uint32_t a, b, c;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	b = node(&l, true);
	c = node(&l, true);
	segment(&l, (uint32_t[]){ a, c }, 2, 1, "10.0.0.0/31", NULL);
	segment(&l, (uint32_t[]){ a, b }, 2, 1, "10.0.0.2/31", "fd00::/127");
	segment(&l, (uint32_t[]){ b, c }, 2, 1, "10.0.0.4/31", "fd00::2/127");
	loopback(&l, c, "10.1.0.3");
	loopback(&l, c, "fd01::3");
	ready(&l);
	check_both(&l);
	compute(&l, false);
	assert_string_equal(hops(&l, a, "10.1.0.3"), "10.0.0.1");
	assert_string_equal(hops(&l, a, "fd01::3"), "fd00::1");
	lab_fini(&l);
}

static void parts_apart_stay_apart(void **state)
{
	struct lab l;
	uint32_t n[8];

	(void)state;
	lab_init(&l);
	for (uint32_t i = 0; i < 8; i++)
		n[i] = node(&l, true);
	for (uint32_t i = 0; i < 8; i++) {
		char net[IP_TEXT];

		snprintf(net, sizeof(net), "10.0.0.%u/31", i * 2);
		if (i % 4 < 3)
			cable(&l, n[i], n[i + 1], 1, net);
		snprintf(net, sizeof(net), "10.1.0.%u", i);
		loopback(&l, n[i], net);
	}
	ready(&l);
	check_both(&l);
	assert_int_not_equal(n_computed(&l, n[0]), 0);
	lab_fini(&l);
}

static void written_routes_win(void **state)
{
	struct lab l;
	uint32_t a, b, c, h;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	b = node(&l, true);
	c = node(&l, true);
	h = node(&l, false);
	cable(&l, a, b, 1, "10.0.0.0/31");
	cable(&l, b, c, 1, "10.0.0.2/31");
	cable(&l, a, c, 1, "10.0.0.4/31");
	cable(&l, a, h, 1, "10.0.0.6/31");
	loopback(&l, b, "10.1.0.2");
	loopback(&l, c, "10.1.0.3");
	written(&l, a, "10.1.0.3", "10.0.0.1");
	written(&l, c, "0.0.0.0/0", "10.0.0.2");
	written(&l, h, "0.0.0.0/0", "10.0.0.6");
	ready(&l);
	compute(&l, true);
	assert_string_equal(hops(&l, a, "10.1.0.3"), "10.0.0.1");
	assert_false(route_to(&l, a, &(struct ip){ .family = AF_INET }) != NULL);
	assert_string_equal(hops(&l, c, "0.0.0.0/0"), "10.0.0.2");
	assert_string_equal(way(&l, c, "10.0.0.6"), "10.0.0.4");
	assert_int_equal(n_computed(&l, h), 0); /* its gateway is the way to all */
	check_reach(&l, false);
	lab_fini(&l);
}

static void the_host_has_no_computed_default(void **state)
{
	struct lab l;
	uint32_t a, b;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	b = node(&l, true);
	cable(&l, MODEL_HOST, a, 1, "10.0.0.0/31");
	cable(&l, a, b, 1, "10.0.0.4/31");
	loopback(&l, a, "10.1.0.1");
	loopback(&l, b, "10.1.0.8");
	ready(&l);
	check_both(&l);
	assert_string_equal(hops(&l, MODEL_HOST, "0.0.0.0/0"), "-");
	assert_string_equal(hops(&l, MODEL_HOST, "10.1.0.8"), "10.0.0.1");
	lab_fini(&l);
}

static void halves_become_one(void **state)
{
	struct lab l;
	uint32_t n[10];

	(void)state;
	lab_init(&l);
	for (uint32_t i = 0; i < 10; i++) {
		char net[IP_TEXT];

		n[i] = node(&l, true);
		snprintf(net, sizeof(net), "10.0.0.%u/31", i * 2 - 2);
		if (i)
			cable(&l, n[i - 1], n[i], 1, net);
	}
	/* Enough that the chain's middle is elsewhere. */
	for (uint32_t i = 0; i < 10; i++) {
		uint32_t more = node(&l, true);
		char net[IP_TEXT];

		snprintf(net, sizeof(net), "10.9.%u.0/31", i);
		cable(&l, i ? more - 1 : n[0], more, 1, net);
	}
	ready(&l);
	check_both(&l);
	/* Seven subnets are behind n[2]; six of them and the two that n[1] is in make a /28. */
	assert_string_equal(way(&l, n[1], "10.0.0.9"), "10.0.0.3");
	assert_string_equal(hops(&l, n[1], "10.0.0.0/28"), "10.0.0.3");
	assert_string_equal(hops(&l, n[1], "10.0.0.16/31"), "10.0.0.3");
	assert_string_equal(hops(&l, n[1], "0.0.0.0/0"), "10.0.0.0");
	assert_int_equal(n_computed(&l, n[1]), 3);
	lab_fini(&l);
}

static void hops_are_capped(void **state)
{
	struct lab l;
	uint32_t a, b;

	(void)state;
	lab_init(&l);
	a = node(&l, true);
	b = node(&l, true);
	for (uint32_t i = 0; i < 100; i++) {
		char net[IP_TEXT];

		snprintf(net, sizeof(net), "10.0.0.%u/31", i * 2);
		cable(&l, a, b, 1, net);
	}
	loopback(&l, b, "10.1.0.2");
	ready(&l);
	compute(&l, true);
	assert_int_equal(route_to(&l, a, &(struct ip){ AF_INET, 32, { 10, 1, 0, 2 } })->hops.n, 64);
	lab_fini(&l);
}
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stub_needs_one_route),
		cmocka_unit_test(one_route_alone_stays_specific),
		cmocka_unit_test(equal_costs_give_several_hops),
		cmocka_unit_test(parallel_links_share_unless_one_costs_more),
		cmocka_unit_test(the_long_way_is_taken_where_it_costs_less),
		cmocka_unit_test(who_does_not_forward_is_an_end_only),
		cmocka_unit_test(a_switch_is_entered_through_its_nearest_router),
		cmocka_unit_test(families_go_their_own_ways),
		cmocka_unit_test(parts_apart_stay_apart),
		cmocka_unit_test(written_routes_win),
		cmocka_unit_test(the_host_has_no_computed_default),
		cmocka_unit_test(halves_become_one),
		cmocka_unit_test(hops_are_capped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
