/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link/link-kind.h"

#include "wire/wire-private.h"

#include <linux/if_link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static size_t find(const struct link_kind *k, const char *key)
{
	size_t i = 0;

	while (k->fields[i].key && strcmp(k->fields[i].key, key) != 0)
		i++;
	assert_non_null(k->fields[i].key);
	return i;
}

static void give(const struct link_kind *k, struct field_values *v, const char *key, uint64_t x)
{
	size_t i = find(k, key);

	v->given |= 1u << i;
	v->v[i] = x;
}

static void every_kind_is_found_by_its_name_and_number(void **state)
{
	const struct link_kind *k;
	size_t n = 0;

	(void)state;
	for (; (k = link_kind_at(n)) != NULL; n++) {
		assert_ptr_equal(link_kind_find(k->name), k);
		assert_ptr_equal(link_kind_of(link_kind_number(k)), k);
		assert_memory_equal(k->config, "CONFIG_", 7);
		assert_non_null(k->help);
	}
	assert_true(n >= 2);
	assert_null(link_kind_at(n + 1));
	assert_null(link_kind_find("nosuch"));
	assert_null(link_kind_of(MODEL_IFACE_LOOPBACK));
	assert_null(link_kind_of(MODEL_IFACE_OTHER));
}

static void every_field_is_sound(void **state)
{
	const struct link_kind *k;

	(void)state;
	for (size_t n = 0; (k = link_kind_at(n)) != NULL; n++) {
		assert_true(link_kind_fields(k) <= FIELDS_MOST);
		for (const struct field *f = k->fields; f && f->key; f++) {
			uint64_t unit = f->type == FIELD_SECONDS ? 100 : 1;

			assert_non_null(f->help);
			assert_true(f->min <= f->preset && f->preset <= f->max);
			assert_true(f->wire_bytes == 1 || f->wire_bytes == 2 ||
				    f->wire_bytes == 4 || f->wire_bytes == 8);
			if (f->wire_bytes < 8)
				assert_true(f->max * unit >> (8 * f->wire_bytes) == 0);
		}
	}
}

static void what_is_written_is_read_back(void **state)
{
	const struct link_kind *k = link_kind_find("bridge");
	struct field_values v = { 0 }, back;
	struct wire w = { .most = 100, .seq = 1 };
	size_t nest, field;

	(void)state;
	give(k, &v, "ageing_time", 1000000);
	give(k, &v, "priority", 4096);
	assert_null(link_kind_complete(k, &v, &field));
	assert_int_equal(v.given, (1u << link_kind_fields(k)) - 1);
	wire_begin(&w, 1, 0, 0, 0);
	nest = wire_nest(&w, IFLA_INFO_DATA);
	link_kind_put(&w, k, &v, UINT32_MAX);
	wire_nest_end(&w, nest);
	assert_int_equal(w.code, 0);
	link_kind_get(k, (const struct nlattr *)(w.buf + nest), &back);
	assert_memory_equal(&v, &back, sizeof(v));
	free(w.buf);
	vec_fini(&w.tags);
}

static void half_a_second_is_not_none(void **state)
{
	const struct link_kind *k = link_kind_find("bridge");
	size_t delay = find(k, "forward_delay");
	struct wire w = { .most = 100, .seq = 1 };
	struct field_values back;
	size_t nest;

	(void)state;
	wire_begin(&w, 1, 0, 0, 0);
	nest = wire_nest(&w, IFLA_INFO_DATA);
	wire_put_u32(&w, IFLA_BR_FORWARD_DELAY, 50);
	wire_put_u8(&w, IFLA_BR_PRIORITY, 1); /* too short: counts as not there */
	wire_nest_end(&w, nest);
	link_kind_get(k, (const struct nlattr *)(w.buf + nest), &back);
	assert_int_equal(back.given, 1u << delay);
	assert_int_equal(back.v[delay], 1);
	link_kind_get(k, NULL, &back);
	assert_int_equal(back.given, 0);
	free(w.buf);
	vec_fini(&w.tags);
}

static void bridge_values_are_checked_together(void **state)
{
	static const struct {
		const char *what, *key;
		uint64_t stp, value;
		const char *wrong; /* the key that is told, or NULL */
	} rows[] = {
		{ "no delay without stp", "forward_delay", 0, 0, NULL },
		{ "stp wants a delay", "forward_delay", 1, 1, "forward_delay" },
		{ "stp with a delay", "forward_delay", 1, 2, NULL },
		{ "LACP is not forwarded", "group_fwd_mask", 0, 4, "group_fwd_mask" },
		{ "LLDP is forwarded", "group_fwd_mask", 0, 0x4000, NULL },
	};
	const struct link_kind *k = link_kind_find("bridge");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct field_values v = { 0 };
		size_t field = 99;
		const char *text;

		give(k, &v, "stp", rows[i].stp);
		give(k, &v, rows[i].key, rows[i].value);
		text = link_kind_complete(k, &v, &field);
		if (!rows[i].wrong != !text)
			fail_msg("%s: %s", rows[i].what, text ? text : "not refused");
		if (rows[i].wrong)
			assert_int_equal(field, find(k, rows[i].wrong));
	}
}

static void stp_alone_gets_the_delay_of_the_standard(void **state)
{
	const struct link_kind *k = link_kind_find("bridge");
	struct field_values v = { 0 };
	size_t field;

	(void)state;
	give(k, &v, "stp", 1);
	assert_null(link_kind_complete(k, &v, &field));
	assert_int_equal(v.v[find(k, "forward_delay")], 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_found_by_its_name_and_number),
		cmocka_unit_test(every_field_is_sound),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(half_a_second_is_not_none),
		cmocka_unit_test(bridge_values_are_checked_together),
		cmocka_unit_test(stp_alone_gets_the_delay_of_the_standard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
