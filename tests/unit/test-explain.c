/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain/target.h"
#include "explain/watch.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct sight_ns namespaces[] = {
	{ .name = "host", .inode = 1 },	  { .name = "red", .inode = 2 },
	{ .name = "blue", .inode = 3 },	  { .name = "rot", .inode = 2 }, /* another name of red */
	{ .name = "broken", .inode = 0 }, { .name = "80", .inode = 4 },
};

static struct sight sight = {
	.home = -1,
	.ns = { .v = namespaces, .n = sizeof(namespaces) / sizeof(*namespaces) },
};

static void names_are_found(void **state)
{
	(void)state;
	assert_int_equal(sight_find(&sight, "host"), SIGHT_HOST);
	assert_int_equal(sight_find(&sight, "blue"), 2);
	assert_int_equal(sight_find(&sight, "rot"), 1);
	assert_int_equal(sight_find(&sight, "broken"), SIGHT_NONE);
	assert_int_equal(sight_find(&sight, "re"), SIGHT_NONE);
}

static void targets_are_read(void **state)
{
	static const struct {
		const char *text;
		uint32_t ns;
		const char *ip;
		uint8_t protocol;
		uint16_t port;
	} good[] = {
		{ "red", 1, NULL, IPPROTO_ICMP, 0 },
		{ "red:80", 1, NULL, IPPROTO_TCP, 80 },
		{ "red:80/tcp", 1, NULL, IPPROTO_TCP, 80 },
		{ "host:65535/udp", 0, NULL, IPPROTO_UDP, 65535 },
		{ "80:80", 5, NULL, IPPROTO_TCP, 80 },
		{ "10.0.0.1", SIGHT_NONE, "10.0.0.1", IPPROTO_ICMP, 0 },
		{ "10.0.0.1:53/udp", SIGHT_NONE, "10.0.0.1", IPPROTO_UDP, 53 },
		{ "fd00::80", SIGHT_NONE, "fd00::80", IPPROTO_ICMP, 0 },
		{ "[fd00::1]", SIGHT_NONE, "fd00::1", IPPROTO_ICMP, 0 },
		{ "[fd00::1]:22", SIGHT_NONE, "fd00::1", IPPROTO_TCP, 22 },
	};
	char buf[IP_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct warren_err err = WARREN_ERR_INIT;
		struct target t;

		assert_int_equal(target_read(&sight, good[i].text, &t, &err), 0);
		assert_int_equal(t.ns, good[i].ns);
		assert_int_equal(t.protocol, good[i].protocol);
		assert_int_equal(t.port, good[i].port);
		assert_int_equal(t.ip.family != 0, good[i].ip != NULL);
		if (good[i].ip)
			assert_string_equal(ip_format_host(&t.ip, buf), good[i].ip);
	}
}

static void what_is_no_target_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
		int code;
	} bad[] = {
		{ "", "there is no namespace ''", -ENOENT },
		{ "no-such-one", "there is no namespace 'no-such-one'", -ENOENT },
		{ "red:", "a port is a number", -EINVAL },
		{ "red:0", "a port is a number", -EINVAL },
		{ "red:65536", "a port is a number", -EINVAL },
		{ "red:-1", "a port is a number", -EINVAL },
		{ "red:80/sctp", "'/tcp', '/udp' or nothing", -EINVAL },
		{ "red:80x", "'/tcp', '/udp' or nothing", -EINVAL },
		{ "10.0.0.0/8", "not a network", -EINVAL },
		{ "[red]:80", "no address", -EINVAL },
		{ "[fd00::/64]", "no address", -EINVAL },
		{ "[]", "no address", -EINVAL },
	};

	(void)state;
	assert_int_equal(warren_new(&sight.w, NULL), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct warren_err err = WARREN_ERR_INIT;
		struct target t;

		assert_int_equal(target_read(&sight, bad[i].text, &t, &err), bad[i].code);
		assert_non_null(strstr(err.text, bad[i].why));
	}
	warren_free(sight.w);
	sight.w = NULL;
}

static void headers_are_read(void **state)
{
	static const uint8_t four[20] = { 0x45, 0, 0,  20, 0, 0, 0,  0, 7, 6,
					  0,	0, 10, 0,  0, 1, 10, 0, 0, 2 };
	uint8_t six[40] = { 0x60, [6] = 58, 9, 0xfd, [23] = 1, 0xfd, [39] = 2 };
	struct watch_header h;
	char buf[IP_TEXT];

	(void)state;
	assert_true(watch_read(four, sizeof(four), &h));
	assert_int_equal(h.protocol, IPPROTO_TCP);
	assert_int_equal(h.ttl, 7);
	assert_string_equal(ip_format_host(&h.from, buf), "10.0.0.1");
	assert_string_equal(ip_format_host(&h.to, buf), "10.0.0.2");
	assert_true(watch_read(six, sizeof(six), &h));
	assert_int_equal(h.protocol, IPPROTO_ICMPV6);
	assert_int_equal(h.ttl, 9);
	assert_string_equal(ip_format_host(&h.from, buf), "fd00::1");
	assert_string_equal(ip_format_host(&h.to, buf), "fd00::2");
	assert_false(watch_read(four, sizeof(four) - 1, &h));
	assert_false(watch_read(six, sizeof(six) - 1, &h));
	assert_false(watch_read(six, 0, &h));
	six[0] = 0x50;
	assert_false(watch_read(six, sizeof(six), &h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found),
		cmocka_unit_test(targets_are_read),
		cmocka_unit_test(what_is_no_target_is_refused),
		cmocka_unit_test(headers_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
