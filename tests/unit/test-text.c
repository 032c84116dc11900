/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include "base/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void all_of_it_is_kept(void **state)
{
	auto_free char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	for (int i = 0; i < 10000; i++)
		fputs("line\n", f);
	assert_int_equal(text_close(f, &text), 0);
	assert_int_equal(len, 50000);
	assert_int_equal(strlen(text), 50000);
}

static void a_stream_that_failed_leaves_nothing(void **state)
{
	char *text = strdup("half of it");
	FILE *full = fopen("/dev/full", "we");

	(void)state;
	fputs("text", full);
	fflush(full);
	assert_int_equal(text_close(full, &text), -ENOMEM);
	assert_null(text);
}

static void no_stream_is_a_failure(void **state)
{
	char *text = NULL;

	(void)state;
	assert_int_equal(text_close(NULL, &text), -ENOMEM);
	assert_null(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_kept),
		cmocka_unit_test(a_stream_that_failed_leaves_nothing),
		cmocka_unit_test(no_stream_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
