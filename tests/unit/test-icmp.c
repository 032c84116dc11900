/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/icmp.h"

#include "probe/probe.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct icmp_stamp stamp = {
	.cookie = 0x1122334455667788, .sent_ns = 99, .probe = 7, .attempt = 2
};

/* An IPv4 packet with a header of so many words. @return its length */
static size_t packet4(uint8_t *buf, unsigned words, uint8_t last, const void *body, size_t len)
{
	memset(buf, 0, words * 4);
	buf[0] = (uint8_t)(0x40 | words);
	buf[9] = 1;
	buf[12] = buf[16] = 10;
	buf[15] = last;
	buf[19] = 2;
	memcpy(buf + words * 4, body, len);
	return words * 4 + len;
}

static uint16_t sum(const uint8_t *p, size_t len)
{
	uint32_t s = 0;

	for (size_t i = 0; i < len; i += 2)
		s += (uint32_t)(p[i] << 8 | p[i + 1]);
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)s;
}

static void request_has_checksum(void **state)
{
	uint8_t v4[ICMP_ECHO_SIZE], v6[ICMP_ECHO_SIZE];

	(void)state;
	icmp_build_echo(v4, AF_INET, 0xabcd, 0x1234, &stamp);
	assert_int_equal(v4[0], 8);
	assert_int_equal(sum(v4, sizeof(v4)), 0xffff);
	icmp_build_echo(v6, AF_INET6, 0xabcd, 0x1234, &stamp);
	assert_int_equal(v6[0], 128);
	assert_int_equal(v6[2] | v6[3], 0);
}

static void reply_is_read_behind_options(void **state)
{
	uint8_t echo[ICMP_ECHO_SIZE], buf[128];
	struct icmp_seen seen;

	(void)state;
	icmp_build_echo(echo, AF_INET, 0xabcd, 0x1234, &stamp);
	echo[0] = 0;
	for (unsigned words = 5; words <= 15; words++) {
		icmp_parse4(buf, packet4(buf, words, 9, echo, sizeof(echo)), &seen);
		assert_int_equal(seen.kind, ICMP_REPLY);
		assert_int_equal(seen.id, 0xabcd);
		assert_int_equal(seen.seq, 0x1234);
		assert_true(seen.stamped);
		assert_memory_equal(&seen.stamp, &stamp, sizeof(stamp));
		assert_int_equal(seen.from.b[3], 9);
	}
}

static void reply_without_stamp_is_told(void **state)
{
	uint8_t echo[ICMP_ECHO_SIZE], buf[128];
	struct icmp_seen seen;

	(void)state;
	icmp_build_echo(echo, AF_INET, 1, 2, &stamp);
	echo[0] = 0;
	icmp_parse4(buf, packet4(buf, 5, 9, echo, 8), &seen);
	assert_int_equal(seen.kind, ICMP_REPLY);
	assert_false(seen.stamped);
}

/* An error from 10.0.0.9 about an echo request to 10.0.0.2, of which so many bytes are quoted. */
static void read_error4(uint8_t type, uint8_t code, size_t quoted, struct icmp_seen *seen)
{
	uint8_t echo[ICMP_ECHO_SIZE], inner[128], error[128] = { type, code }, outer[192];
	size_t len;

	icmp_build_echo(echo, AF_INET, 1, 2, &stamp);
	len = packet4(inner, 5, 1, echo, sizeof(echo));
	assert_true(quoted <= len);
	memcpy(error + 8, inner, quoted);
	icmp_parse4(outer, packet4(outer, 5, 9, error, 8 + quoted), seen);
}

static void error_finds_the_request(void **state)
{
	struct icmp_seen seen;

	(void)state;
	read_error4(3, 1, 28, &seen);
	assert_int_equal(seen.kind, ICMP_ERROR);
	assert_int_equal(seen.seq, 2);
	assert_int_equal(seen.to.b[3], 2);
	assert_int_equal(seen.from.b[3], 9);
	assert_false(seen.stamped);
	read_error4(11, 0, 28 + sizeof(stamp), &seen);
	assert_true(seen.stamped);
	assert_int_equal(seen.stamp.probe, 7);
}

static void error_that_quotes_too_little_is_not_ours(void **state)
{
	struct icmp_seen seen;

	(void)state;
	for (size_t quoted = 0; quoted < 28; quoted++) {
		read_error4(3, 1, quoted, &seen);
		assert_int_equal(seen.kind, ICMP_OTHER);
	}
}

static void broken_ones_are_not_ours(void **state)
{
	uint8_t echo[ICMP_ECHO_SIZE], buf[128];
	struct icmp_seen seen;
	size_t len;

	(void)state;
	icmp_build_echo(echo, AF_INET, 1, 2, &stamp);
	echo[0] = 0;
	len = packet4(buf, 5, 9, echo, sizeof(echo));
	for (size_t cut = 0; cut < 28; cut++) {
		icmp_parse4(buf, cut, &seen);
		assert_int_equal(seen.kind, ICMP_OTHER);
	}
	buf[0] = 0x44; /* a header shorter than a header */
	icmp_parse4(buf, len, &seen);
	assert_int_equal(seen.kind, ICMP_OTHER);
	buf[0] = 0x65;
	icmp_parse4(buf, len, &seen);
	assert_int_equal(seen.kind, ICMP_OTHER);
	icmp_parse6(echo, 7, &seen);
	assert_int_equal(seen.kind, ICMP_OTHER);
}

static void version_6_is_read_without_header(void **state)
{
	uint8_t echo[ICMP_ECHO_SIZE], error[48 + ICMP_ECHO_SIZE] = { 3 };
	struct icmp_seen seen;

	(void)state;
	icmp_build_echo(echo, AF_INET6, 1, 2, &stamp);
	error[8] = 0x60;
	error[14] = 58;
	error[47] = 5;
	memcpy(error + 48, echo, sizeof(echo));
	icmp_parse6(error, sizeof(error), &seen);
	assert_int_equal(seen.kind, ICMP_ERROR);
	assert_int_equal(seen.to.b[15], 5);
	assert_true(seen.stamped);
	echo[0] = 129;
	icmp_parse6(echo, sizeof(echo), &seen);
	assert_int_equal(seen.kind, ICMP_REPLY);
}

static void meanings(void **state)
{
	static const struct {
		uint8_t family, type, code, status;
	} rows[] = {
		{ AF_INET, 3, 0, WARREN_REACH_NET_UNREACHABLE },
		{ AF_INET, 3, 1, WARREN_REACH_HOST_UNREACHABLE },
		{ AF_INET, 3, 3, WARREN_REACH_PORT_UNREACHABLE },
		{ AF_INET, 3, 13, WARREN_REACH_PROHIBITED },
		{ AF_INET, 3, 200, WARREN_REACH_HOST_UNREACHABLE },
		{ AF_INET, 11, 0, WARREN_REACH_TTL },
		{ AF_INET, 12, 0, WARREN_REACH_ERROR },
		{ AF_INET6, 1, 0, WARREN_REACH_NET_UNREACHABLE },
		{ AF_INET6, 1, 1, WARREN_REACH_PROHIBITED },
		{ AF_INET6, 1, 3, WARREN_REACH_HOST_UNREACHABLE },
		{ AF_INET6, 1, 4, WARREN_REACH_PORT_UNREACHABLE },
		{ AF_INET6, 1, 6, WARREN_REACH_PROHIBITED },
		{ AF_INET6, 3, 0, WARREN_REACH_TTL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(probe_status_of_icmp(rows[i].family, rows[i].type, rows[i].code),
				 rows[i].status);
	assert_int_equal(probe_status_of_errno(ENETUNREACH), WARREN_REACH_NO_ROUTE);
	assert_int_equal(probe_status_of_errno(ENOMEM), WARREN_REACH_ERROR);
	for (unsigned i = 0; i < WARREN_REACH_STATUS_N; i++)
		assert_non_null(warren_reach_name(i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_has_checksum),
		cmocka_unit_test(reply_is_read_behind_options),
		cmocka_unit_test(reply_without_stamp_is_told),
		cmocka_unit_test(error_finds_the_request),
		cmocka_unit_test(error_that_quotes_too_little_is_not_ours),
		cmocka_unit_test(broken_ones_are_not_ours),
		cmocka_unit_test(version_6_is_read_without_header),
		cmocka_unit_test(meanings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
