/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/net.h"

#include <linux/fib_rules.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct ip addr(const char *text)
{
	struct ip ip = { 0 };

	if (text)
		assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

static void routes_read_as_iproute2_writes_them(void **state)
{
	static const struct {
		struct model_route r;
		const char *to, *src, *via[2];
		const char *want;
	} rows[] = {
		{ { .table = 254 },
		  "0.0.0.0/0",
		  NULL,
		  { "10.0.0.1" },
		  "default via 10.0.0.1 dev eth0" },
		{ { .table = 254, .metric = 5 },
		  "::/0",
		  NULL,
		  { "fe80::1" },
		  "default via fe80::1 dev eth0 metric 5" },
		{ { .table = 254 },
		  "10.1.0.1/32",
		  "10.0.0.9",
		  { "10.0.0.1" },
		  "10.1.0.1 via 10.0.0.1 dev eth0 src 10.0.0.9" },
		{ { .table = 255, .onlink = true },
		  "10.1.0.0/16",
		  NULL,
		  { "10.0.0.1" },
		  "10.1.0.0/16 via 10.0.0.1 dev eth0 table local onlink" },
		{ { .table = 9 },
		  "10.1.0.0/16",
		  NULL,
		  { "fd00::1" },
		  "10.1.0.0/16 via inet6 fd00::1 dev eth0 table 9" },
		{ { .table = 254, .type = MODEL_ROUTE_PROHIBIT },
		  "10.1.0.0/16",
		  NULL,
		  { NULL },
		  "prohibit 10.1.0.0/16" },
		{ { .table = 254 },
		  "10.1.0.0/16",
		  NULL,
		  { "10.0.0.1", "10.0.0.2" },
		  "10.1.0.0/16 nexthop via 10.0.0.1 dev eth0 nexthop via 10.0.0.2 dev eth0 weight 2" },
	};
	struct model m = { 0 };
	char text[NET_TEXT];

	(void)state;
	assert_int_equal(vec_push(&m.ifaces, (struct model_iface){ .name = "eth0" }), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct model_route r = rows[i].r;

		r.to = addr(rows[i].to);
		r.src = addr(rows[i].src);
		r.hops.first = (uint32_t)m.hops.n;
		for (uint32_t h = 0; h < 2 && rows[i].via[h]; h++, r.hops.n++)
			assert_int_equal(vec_push(&m.hops, (struct model_hop){ addr(rows[i].via[h]),
									       0, h + 1 }),
					 0);
		assert_string_equal(net_format_route(&m, &r, text), rows[i].want);
	}
	model_fini(&m);
}

static void a_long_route_is_cut_not_spilt(void **state)
{
	struct model m = { 0 };
	struct model_route r = { .to = addr("fd00::/8"), .table = 254, .hops = { 0, 100 } };
	char text[NET_TEXT];

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(vec_push(&m.hops,
					  (struct model_hop){ addr("fd00::1"), MODEL_NONE, 1 }),
				 0);
	net_format_route(&m, &r, text);
	assert_int_equal(strlen(text), NET_TEXT - 1);
	model_fini(&m);
}

static void rules_read_as_iproute2_writes_them(void **state)
{
	const struct model_rule any = { .family = AF_INET, .table = 253 };
	const struct model_rule all = { .family = AF_INET,
					.from = addr("10.0.0.1/32"),
					.to = addr("10.2.0.0/16"),
					.iif = "a",
					.oif = "b",
					.fwmark = 16,
					.fwmask = UINT32_MAX,
					.priority = 5,
					.action = FR_ACT_UNREACHABLE };
	char text[NET_TEXT];

	(void)state;
	assert_string_equal(net_format_rule(&any, text), "from all lookup default");
	assert_string_equal(net_format_rule(&all, text),
			    "5: from 10.0.0.1 to 10.2.0.0/16 fwmark 0x10 iif a oif b unreachable");
}

static void macs_read_as_usual(void **state)
{
	char text[18];

	(void)state;
	assert_string_equal(net_format_mac((const uint8_t[]){ 2, 0, 0xab, 0xcd, 0xef, 0x10 }, text),
			    "02:00:ab:cd:ef:10");
}

/* The kernel prints numbers in base 10, and lists of ports in order and without overlaps. */
static void sysctls_are_the_same_however_they_are_written(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "1", "1", true },
		{ "1", "0", false },
		{ "1", "11", false },
		{ "0\t10", "0 10", true },
		{ " 0  10 ", "0 10", true },
		{ "010", "0 10", false },
		{ "", " ", true },
		{ "", "0", false },
		{ "0 10", "010", false },
		{ "1", "1\n", true },
		{ "0x403", "1027", true },
		{ "0x403", "1028", false },
		{ "-1", "-0x1", true },
		{ "-1", "1", false },
		{ "cubic", "reno", false },
		{ "010", "8", true },
		{ "08", "8", false },
		{ "0x", "0", false },
		{ "1,2,3", "1-3", true },
		{ "3-4,1-3", "1-4", true },
		{ "1,2", "1-3", false },
		{ "1-3", "1-3,9", false },
		{ "1-65535", "1", false },
		{ "1-65536", "1-65535", false },
		{ "3-1", "1-3", false },
		{ "1,", "1", false },
		{ "1-2-3", "1-3", false },
		{ "4 0x10", "4\t16", true },
		{ "18446744073709551616", "0", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (net_sysctl_same(rows[i].a, rows[i].b) != rows[i].same)
			fail_msg("'%s' and '%s'", rows[i].a, rows[i].b);
}

static void fewer_numbers_leave_the_others(void **state)
{
	(void)state;
	assert_true(net_sysctl_holds("5000\t131072\t6291456\n", "5000"));
	assert_true(net_sysctl_holds("5000\t131072\t6291456\n", "0x1388 131072"));
	assert_true(net_sysctl_holds("5000", "5000"));
	assert_false(net_sysctl_holds("5000\t131072", "131072"));
	assert_false(net_sysctl_holds("5000", "5000 131072"));
	assert_false(net_sysctl_holds("reno cubic", "reno"));
	assert_false(net_sysctl_holds("5000", ""));
	assert_true(net_sysctl_holds("\n", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes_read_as_iproute2_writes_them),
		cmocka_unit_test(a_long_route_is_cut_not_spilt),
		cmocka_unit_test(rules_read_as_iproute2_writes_them),
		cmocka_unit_test(macs_read_as_usual),
		cmocka_unit_test(sysctls_are_the_same_however_they_are_written),
		cmocka_unit_test(fewer_numbers_leave_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
