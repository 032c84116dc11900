/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The difference of two models: pure, so the models are made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net/net.h"
#include "plan/plan.h"

/* red:eth0 - blue:eth0 over 10.0.0.0/24, red has a default route through blue */
static void build(struct model *m)
{
	static const char *const names[] = { "host", "red", "blue" };
	struct model_route route = { .ns = 1, .table = 254, .hops = { 0, 1 } };

	memset(m, 0, sizeof(*m));
	m->name = "net";
	for (uint32_t i = 0; i < 3; i++)
		vec_push(&m->ns, (struct model_ns){ .name = names[i],
						    .kind = i ? MODEL_NS_NODE : MODEL_NS_HOST,
						    .forwarding = i ? MODEL_OFF : MODEL_KEEP,
						    .ipv6 = i ? MODEL_OFF : MODEL_KEEP,
						    .mark = { 10 + i, 3 } });
	for (uint32_t i = 0; i < 3; i++)
		vec_push(&m->ifaces, (struct model_iface){ .name = "lo",
							   .ns = i,
							   .kind = MODEL_IFACE_LOOPBACK,
							   .up = true,
							   .master = MODEL_NONE,
							   .peer = MODEL_NONE });
	for (uint32_t i = 1; i < 3; i++)
		vec_push(&m->ifaces, (struct model_iface){ .name = "eth0",
							   .ns = i,
							   .kind = MODEL_IFACE_VETH,
							   .up = true,
							   .mac = { 2, 0, 0, 0, 0, (uint8_t)i },
							   .master = MODEL_NONE,
							   .peer = i == 1 ? 4 : 3 });
	for (uint32_t i = 0; i < 2; i++) {
		struct model_addr a = { .iface = 3 + i };

		assert_int_equal(ip_parse(i ? "10.0.0.2/24" : "10.0.0.1/24", &a.ip), 0);
		vec_push(&m->addrs, a);
	}
	assert_int_equal(ip_parse("0.0.0.0/0", &route.to), 0);
	vec_push(&m->routes, route);
	vec_push(&m->hops, (struct model_hop){ .iface = 3, .weight = 1 });
	assert_int_equal(ip_parse("10.0.0.2", &m->hops.v[0].via), 0);
	assert_int_equal(model_index(m), 0);
}

/* The kernel has just what the model says. */
static void come_true(struct plan *p, const struct model *m)
{
	build(&p->live);
	for (uint32_t i = 0; i < m->ns.n; i++) {
		p->live.ns.v[i].owned = true;
		p->live.ns.v[i].forwarding6 = MODEL_OFF;
		p->ns.v[i].files = PLAN_FILES_RIGHT;
	}
	for (uint32_t i = 0; i < m->ifaces.n; i++) {
		struct model_iface *l = &p->live.ifaces.v[i];

		l->index = l->kind == MODEL_IFACE_LOOPBACK ? 1 : 2;
		l->peer_index = l->peer == MODEL_NONE ? 0 : 2;
		l->mtu = l->kind == MODEL_IFACE_LOOPBACK ? 65536 : 1500;
		l->ipv6 = l->kind == MODEL_IFACE_LOOPBACK ? MODEL_ON : MODEL_OFF;
	}
}

/* The kernel has nothing. */
static void be_empty(struct plan *p)
{
	for (size_t i = 0; i < p->ns.n; i++)
		vec_push(&p->live.ns,
			 (struct model_ns){ .name = p->ns.v[i].name, .missing = i > 0 });
}

static size_t count(const struct plan *p, enum plan_kind kind)
{
	size_t n = 0;

	for (int i = 0; i < PLAN_PHASE_N; i++)
		vec_foreach(op, &p->ops[i])
			n += op->kind == kind;
	return n;
}

static size_t count_all(const struct plan *p)
{
	size_t n = 0;

	for (int i = 0; i < PLAN_PHASE_N; i++)
		n += p->ops[i].n;
	return n;
}

struct scene {
	struct warren *w;
	struct model desired, before;
	const struct model *befores[1];
	struct plan plan;
	struct warren_errs errs;
};

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	assert_int_equal(warren_new(&s->w, NULL), 0);
	build(&s->desired);
	build(&s->before);
	s->befores[0] = &s->before;
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	plan_fini(&s->plan);
	model_fini(&s->desired);
	model_fini(&s->before);
	warren_errs_fini(&s->errs);
	warren_free(s->w);
	free(s);
	return 0;
}

static void begin(struct scene *s, bool was_up)
{
	assert_int_equal(plan_init(&s->plan, s->w, "net", &s->desired, s->befores, was_up), 0);
	s->plan.file = "net.yaml";
}

static void nothing_there_makes_everything(void **state)
{
	struct scene *s = *state;

	begin(s, false);
	be_empty(&s->plan);
	assert_int_equal(plan_diff(&s->plan, &s->errs), 0);
	assert_int_equal(count(&s->plan, PLAN_NS_ADD), 2);
	assert_int_equal(count(&s->plan, PLAN_LINK_ADD), 1);
	assert_int_equal(count(&s->plan, PLAN_LINK_SET), 1); /* the far end is set up */
	assert_int_equal(count(&s->plan, PLAN_ADDR_ADD), 2);
	assert_int_equal(count(&s->plan, PLAN_ROUTE_ADD), 1);
	/* no more is asked of the kernel to know an ifindex */
	vec_foreach(i, &s->plan.desired.ifaces)
		if (i->ns)
			assert_int_equal(i->index, i->kind == MODEL_IFACE_LOOPBACK ? 1 : 2);
}

static void as_it_shall_be_does_nothing(void **state)
{
	struct scene *s = *state;

	begin(s, true);
	come_true(&s->plan, &s->desired);
	assert_int_equal(plan_diff(&s->plan, &s->errs), 0);
	assert_true(plan_empty(&s->plan));
}

static void silence_of_the_file_has_an_mtu_too(void **state)
{
	struct scene *s = *state;

	begin(s, true);
	come_true(&s->plan, &s->desired);
	s->plan.live.ifaces.v[2].mtu = 9000;
	assert_int_equal(plan_diff(&s->plan, &s->errs), 0);
	assert_int_equal(count_all(&s->plan), 1);
	assert_int_equal(s->plan.ops[PLAN_PHASE_SETTLE].v[0].what, NET_LINK_MTU);
	assert_int_equal(s->plan.desired.ifaces.v[2].mtu, 1500);
}

static void ipv6_that_was_off_is_set_before_links_come(void **state)
{
	struct scene *s = *state;

	begin(s, true);
	come_true(&s->plan, &s->desired);
	s->before.ns.v[1].ipv6 = MODEL_ON; /* and the kernel has it off, as desired */
	assert_int_equal(plan_diff(&s->plan, &s->errs), 0);
	assert_int_equal(count_all(&s->plan), 1);
	assert_int_equal(s->plan.ops[PLAN_PHASE_CREATE].v[0].kind, PLAN_NS_SET);
	assert_int_equal(s->plan.ops[PLAN_PHASE_CREATE].v[0].what, PLAN_SET_IPV6);
}

static void alien_namespace_is_in_the_way(void **state)
{
	struct scene *s = *state;

	begin(s, false);
	come_true(&s->plan, &s->desired);
	s->plan.live.ns.v[1].owned = false;
	assert_int_equal(plan_diff(&s->plan, &s->errs), -EEXIST);
	assert_int_equal(s->errs.n, 1);
	assert_int_equal(s->errs.v[0].line, 11);
	assert_non_null(strstr(s->errs.v[0].text, "namespace 'red' exists"));
}

static void missing_address_comes_alone(void **state)
{
	struct scene *s = *state;

	begin(s, true);
	come_true(&s->plan, &s->desired);
	s->plan.live.ns.v[2].addrs.n = 0;
	assert_int_equal(plan_diff(&s->plan, &s->errs), 0);
	assert_int_equal(count(&s->plan, PLAN_ADDR_ADD), 1);
	assert_int_equal(count_all(&s->plan), 1);
}

static void address_no_longer_asked_for_goes(void **state)
{
	struct scene *s = *state;

	begin(s, true);
	come_true(&s->plan, &s->desired);
	assert_int_equal(ip_parse("10.0.0.9/24", &s->plan.desired.addrs.v[0].ip), 0);
	assert_int_equal(plan_diff(&s->plan, &s->errs), 0);
	assert_int_equal(count(&s->plan, PLAN_ADDR_ADD), 1);
	assert_int_equal(count(&s->plan, PLAN_ADDR_DEL), 1);
	assert_true(s->plan.again);
}

static void address_of_others_stays(void **state)
{
	struct scene *s = *state;
	struct model_addr alien = { .iface = 2 };

	begin(s, true);
	come_true(&s->plan, &s->desired);
	alien.iface = s->plan.live.addrs.v[1].iface;
	assert_int_equal(ip_parse("10.9.9.9/24", &alien.ip), 0);
	vec_push(&s->plan.live.addrs, alien);
	s->plan.live.ns.v[2].addrs.n = 2;
	assert_int_equal(plan_diff(&s->plan, &s->errs), 0);
	assert_true(plan_empty(&s->plan));
}

static void other_hop_replaces_the_route(void **state)
{
	struct scene *s = *state;

	begin(s, true);
	come_true(&s->plan, &s->desired);
	assert_int_equal(ip_parse("10.0.0.3", &s->plan.live.hops.v[0].via), 0);
	assert_int_equal(plan_diff(&s->plan, &s->errs), 0);
	assert_int_equal(count(&s->plan, PLAN_ROUTE_REPLACE), 1);
	assert_int_equal(count_all(&s->plan), 1);
}

static void lost_cable_is_laid_again_with_all_on_it(void **state)
{
	struct scene *s = *state;
	struct model *live = &s->plan.live;

	begin(s, true);
	come_true(&s->plan, &s->desired);
	live->ns.v[1].ifaces.n = 1;
	live->ns.v[1].addrs.n = 0;
	live->ns.v[1].routes.n = 0;
	assert_int_equal(plan_diff(&s->plan, &s->errs), 0);
	assert_int_equal(count(&s->plan, PLAN_LINK_DEL), 1); /* the end that is left */
	assert_int_equal(count(&s->plan, PLAN_LINK_ADD), 1);
	assert_int_equal(count(&s->plan, PLAN_ADDR_ADD), 2);
	assert_int_equal(count(&s->plan, PLAN_ROUTE_ADD), 1);
}

static void ends_of_two_cables_are_not_one(void **state)
{
	struct scene *s = *state;

	begin(s, true);
	come_true(&s->plan, &s->desired);
	vec_foreach(i, &s->plan.live.ifaces)
		if (i->ns == 2 && i->kind == MODEL_IFACE_VETH)
			i->peer_index = 7;
	assert_int_equal(plan_diff(&s->plan, &s->errs), 0);
	assert_int_equal(count(&s->plan, PLAN_LINK_DEL), 2);
	assert_int_equal(count(&s->plan, PLAN_LINK_ADD), 1);
}

static void nothing_desired_removes_ours_only(void **state)
{
	struct scene *s = *state;

	assert_int_equal(plan_init(&s->plan, s->w, "net", NULL, s->befores, 1), 0);
	be_empty(&s->plan);
	s->plan.live.ns.v[1].missing = s->plan.live.ns.v[2].missing = false;
	s->plan.live.ns.v[1].owned = true;
	s->plan.ns.v[1].files = PLAN_FILES_WRONG;
	s->plan.ns.v[2].files = PLAN_FILES_ALIEN;
	assert_int_equal(plan_diff(&s->plan, &s->errs), 0);
	assert_int_equal(count(&s->plan, PLAN_NS_DEL), 1);
	assert_int_equal(count(&s->plan, PLAN_FILES_DEL), 1);
	assert_int_equal(count_all(&s->plan), 2);
}

static void stale_placeholder_of_ours_is_replaced(void **state)
{
	struct scene *s = *state;

	begin(s, true);
	be_empty(&s->plan);
	s->plan.ns.v[1].place = PLAN_PLACE_STALE;
	assert_int_equal(plan_diff(&s->plan, &s->errs), 0);
	assert_int_equal(count(&s->plan, PLAN_NS_ADD), 2);
}

static void file_in_the_way_is_named(void **state)
{
	struct scene *s = *state;

	begin(s, false);
	be_empty(&s->plan);
	s->plan.ns.v[2].place = PLAN_PLACE_ALIEN;
	s->plan.ns.v[2].alien = "a FIFO";
	assert_int_equal(plan_diff(&s->plan, &s->errs), -EEXIST);
	assert_non_null(strstr(s->errs.v[0].text, "/run/netns/blue is a FIFO"));
}

static void rule_and_sysctl_come_and_go(void **state)
{
	struct scene *s = *state;
	struct model_rule rule = {
		.ns = 1, .family = AF_INET, .priority = 100, .table = 7, .action = 1
	};
	struct model_sysctl sysctl = { .ns = 1, .key = "net.ipv4.ip_default_ttl", .value = "99" };

	vec_push(&s->desired.rules, rule);
	vec_push(&s->before.sysctls, sysctl);
	assert_int_equal(model_index(&s->desired), 0);
	assert_int_equal(model_index(&s->before), 0);
	begin(s, true);
	come_true(&s->plan, &s->desired);
	assert_int_equal(plan_diff(&s->plan, &s->errs), 0);
	assert_int_equal(count(&s->plan, PLAN_RULE_ADD), 1);
	assert_int_equal(count(&s->plan, PLAN_SYSCTL_RESET), 1);
	assert_int_equal(count_all(&s->plan), 2);
}

/* The kernel sets accept_redirects when forwarding changes; what IPv6 gets when it is switched on is Warren's. */
static void sysctl_that_a_setting_sweeps_is_set_again(void **state)
{
	struct scene *s = *state;
	static const struct model_sysctl sysctls[] = {
		{ .ns = 1, .key = "net.ipv4.conf.all.accept_redirects", .value = "1" },
		{ .ns = 1, .key = "net.ipv4.ip_default_ttl", .value = "99" },
		{ .ns = 1, .key = "net.ipv6.conf.default.accept_ra", .value = "1" },
	};

	for (size_t i = 0; i < 3; i++) {
		vec_push(&s->desired.sysctls, sysctls[i]);
		vec_push(&s->before.sysctls, sysctls[i]);
	}
	assert_int_equal(model_index(&s->desired), 0);
	assert_int_equal(model_index(&s->before), 0);
	for (int what = 0; what < 3; what++) {
		begin(s, true);
		come_true(&s->plan, &s->desired);
		for (size_t i = 0; i < 3; i++)
			vec_push(&s->plan.live.sysctls, sysctls[i]);
		assert_int_equal(model_index(&s->plan.live), 0);
		s->desired.ns.v[1].forwarding = what == 1 ? MODEL_ON : MODEL_OFF;
		s->desired.ns.v[1].ipv6 = what == 2 ? MODEL_ON : MODEL_OFF;
		assert_int_equal(plan_diff(&s->plan, &s->errs), 0);
		assert_int_equal(count(&s->plan, PLAN_SYSCTL_SET), what > 0);
		plan_fini(&s->plan);
	}
	begin(s, true);
}

static void steps_say_what_and_where(void **state)
{
	struct scene *s = *state;
	struct warren_steps steps;

	begin(s, false);
	be_empty(&s->plan);
	assert_int_equal(plan_diff(&s->plan, &s->errs), 0);
	assert_int_equal(plan_steps(&s->plan, &steps), 0);
	assert_int_equal(steps.n, 6); /* 2 namespaces, 1 link, 2 addresses, 1 route */
	assert_string_equal(steps.v[0].object, "namespace");
	assert_string_equal(steps.v[0].name, "red");
	assert_int_equal(steps.v[0].line, 11);
	assert_string_equal(steps.v[2].name, "eth0 - blue:eth0");
	warren_steps_fini(&steps);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		ROW(nothing_there_makes_everything),
		ROW(as_it_shall_be_does_nothing),
		ROW(silence_of_the_file_has_an_mtu_too),
		ROW(ipv6_that_was_off_is_set_before_links_come),
		ROW(alien_namespace_is_in_the_way),
		ROW(missing_address_comes_alone),
		ROW(address_no_longer_asked_for_goes),
		ROW(address_of_others_stays),
		ROW(other_hop_replaces_the_route),
		ROW(lost_cable_is_laid_again_with_all_on_it),
		ROW(ends_of_two_cables_are_not_one),
		ROW(nothing_desired_removes_ours_only),
		ROW(stale_placeholder_of_ours_is_replaced),
		ROW(file_in_the_way_is_named),
		ROW(rule_and_sysctl_come_and_go),
		ROW(sysctl_that_a_setting_sweeps_is_set_again),
		ROW(steps_say_what_and_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
