/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Attributes as text: "TYPE:LENGTH " each; length is as written, the content n bytes of 'x'. */
struct row {
	const char *what;
	struct {
		uint16_t len, type;
		size_t n;
	} attrs[3];
	size_t cut; /* bytes that are missing at the end */
	const char *want;
};

static const struct row rows[] = {
	{ "none", { { 0 } }, 0, "" },
	{ "one", { { 8, 1, 4 } }, 0, "1:4 " },
	{ "without content", { { 4, 1, 0 }, { 8, 2, 4 } }, 0, "1:0 2:4 " },
	{ "padding between two", { { 5, 1, 4 }, { 6, 2, 4 } }, 0, "1:1 2:2 " },
	{ "no padding behind the last", { { 8, 1, 4 }, { 5, 2, 4 } }, 3, "1:4 2:1 " },
	{ "flags are not part of the type", { { 8, 3 | NLA_F_NESTED, 4 } }, 0, "3:4 " },
	{ "shorter than its own header", { { 8, 1, 4 }, { 3, 2, 4 } }, 0, "1:4 " },
	{ "length zero", { { 0, 7, 4 } }, 0, "" },
	{ "longer than there is", { { 8, 1, 4 }, { 9, 2, 4 } }, 0, "1:4 " },
	{ "a header cut off", { { 8, 1, 4 }, { 4, 2, 0 } }, 1, "1:4 " },
};

static size_t fill(const struct row *row, char *to)
{
	size_t at = 0;

	for (int i = 0; i < 3 && (row->attrs[i].len || row->attrs[i].type); i++) {
		struct nlattr a = { row->attrs[i].len, row->attrs[i].type };

		memcpy(to + at, &a, sizeof(a));
		memset(to + at + sizeof(a), 'x', row->attrs[i].n);
		at += sizeof(a) + row->attrs[i].n;
	}
	return at - row->cut;
}

static void loops_end_where_the_bytes_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char bytes[64], got[64] = "";
		size_t len = fill(&rows[i], bytes);
		void *exact = malloc(len ? len : 1); /* a sanitizer sees who reads past it */
		const struct nlattr *a;

		memcpy(exact, bytes, len);
		attr_foreach_in(a, exact, len) {
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%u:%zu ",
				 attr_type(a), attr_len(a));
		}
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: got '%s', not '%s'", rows[i].what, got, rows[i].want);
		free(exact);
	}
}

static void a_text_ends_within(void **state)
{
	struct {
		struct nlattr a;
		char text[4];
	} t = { { 8, 1 }, "abc" };

	(void)state;
	assert_string_equal(attr_str(&t.a), "abc");
	t.a.nla_len = 7;
	assert_null(attr_str(&t.a));
	t.a.nla_len = 4;
	assert_null(attr_str(&t.a));
}

static void a_message_shorter_than_its_header_is_empty(void **state)
{
	struct {
		struct nlmsghdr h;
		struct nlattr a;
	} m = { { .nlmsg_len = sizeof(m) }, { 4, 9 } };
	const struct nlattr *a;
	int n = 0;

	(void)state;
	attr_foreach(a, &m.h, 0) {
		n += attr_type(a);
	}
	assert_int_equal(n, 9);
	attr_foreach(a, &m.h, 8) {
		fail();
	}
	m.h.nlmsg_len = 3;
	assert_int_equal(wire_payload_len(&m.h), 0);
	attr_foreach(a, &m.h, 0) {
		fail();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loops_end_where_the_bytes_do),
		cmocka_unit_test(a_text_ends_within),
		cmocka_unit_test(a_message_shorter_than_its_header_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
