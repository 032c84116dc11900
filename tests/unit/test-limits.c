/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The limits of the machine that a plan is held against, and what is said of them. */
#include "plan/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

struct world {
	struct warren w;
	struct plan p;
	struct limits l;
	size_t need;
	struct warren_err err;
	char warned[1024];
	unsigned warnings;
};

static void on_log(void *data, enum warren_log_level level, const char *text)
{
	struct world *s = data;

	assert_int_equal(level, WARREN_LOG_WARNING);
	strncat(s->warned, text, sizeof(s->warned) - strlen(s->warned) - 1);
	s->warnings++;
}

/* A plan that makes so many namespaces. */
static void begin(struct world *s, size_t namespaces)
{
	memset(s, 0, sizeof(*s));
	s->w.log = on_log;
	s->w.log_data = s;
	s->p.w = &s->w;
	s->need = namespaces;
	s->l = LIMITS_NONE;
}

static void test_what_is_not_known_is_no_limit(void **state)
{
	struct world s;

	(void)state;
	begin(&s, 1000000);
	assert_int_equal(limits_check(&s.p, &s.l, s.need, &s.err), 0);
	assert_int_equal(s.warnings, 0);
}

static void test_namespaces(void **state)
{
	struct world s;

	(void)state;
	begin(&s, 100);
	s.l.namespaces = 100;
	assert_int_equal(limits_check(&s.p, &s.l, s.need, &s.err), 0);
	s.l.namespaces = 99;
	assert_int_equal(limits_check(&s.p, &s.l, s.need, &s.err), -ENOSPC);
	assert_non_null(strstr(s.err.text, "user.max_net_namespaces=1100"));
}

static void test_mounts(void **state)
{
	struct world s;

	(void)state;
	begin(&s, 100);
	s.l.mounts = 150;
	s.l.mounts_now = 50;
	assert_int_equal(limits_check(&s.p, &s.l, s.need, &s.err), 0);
	s.l.mounts_now = 51;
	assert_int_equal(limits_check(&s.p, &s.l, s.need, &s.err), -ENOSPC);
	assert_non_null(strstr(s.err.text, "fs.mount-max=1151"));
}

static void test_memory_is_a_warning(void **state)
{
	struct world s;

	(void)state;
	begin(&s, 1024);
	s.l.memory_kib = 1024 * 1024;
	assert_int_equal(limits_check(&s.p, &s.l, s.need, &s.err), 0);
	assert_int_equal(s.warnings, 0);
	s.l.memory_kib = 100 * 1024;
	assert_int_equal(limits_check(&s.p, &s.l, s.need, &s.err), 0);
	assert_int_equal(s.warnings, 1);
	assert_non_null(strstr(s.warned, "1024 namespaces take about 300 MiB"));
}

static void test_neighbours_are_a_warning(void **state)
{
	struct model_iface ifaces[] = { { .kind = MODEL_IFACE_LOOPBACK },
					{ .kind = MODEL_IFACE_VETH } };
	struct model_addr addrs[] = { { .ip = { .family = AF_INET }, .iface = 0 },
				      { .ip = { .family = AF_INET }, .iface = 1 },
				      { .ip = { .family = AF_INET6 }, .iface = 1 },
				      { .ip = { .family = AF_INET6 }, .iface = 1 } };
	struct world s;

	(void)state;
	begin(&s, 2000);
	s.p.desired.ifaces.v = ifaces;
	s.p.desired.addrs.v = addrs;
	s.p.desired.addrs.n = 4;
	s.l.neighbours[0] = s.l.neighbours[1] = 1;
	assert_int_equal(limits_check(&s.p, &s.l, s.need, &s.err), 0);
	assert_int_equal(s.warnings, 1);
	assert_non_null(strstr(s.warned, "one table of 1 neighbours, and this network has 2"));
	assert_non_null(strstr(s.warned, "net.ipv6.neigh.default.gc_thresh3=8"));
}

/* Here, with what this machine says. */
static void test_read(void **state)
{
	struct limits l;

	(void)state;
	limits_read(&l, 0);
	assert_true(l.namespaces == SIZE_MAX);
	limits_read(&l, 100000);
	assert_true(l.mounts_now > 0);
	assert_true(l.mounts_now < l.mounts);
	assert_true(l.memory_kib > 1024 && l.memory_kib < SIZE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_not_known_is_no_limit),
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_memory_is_a_warning),
		cmocka_unit_test(test_neighbours_are_a_warning),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
