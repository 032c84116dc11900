/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "process/idmap.h"
#include "process/user-dir.h"
#include "process/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <warren/process.h>

#include <cmocka.h>

static char base[] = "/tmp/warren-test-XXXXXX";

static void path(char buf[128], const char *name)
{
	snprintf(buf, 128, "%s/%s", base, name);
}

static void put(const char *name, const char *text)
{
	char p[128];
	auto_fclose FILE *f = NULL;

	path(p, name);
	f = fopen(p, "w");
	assert_non_null(f);
	fputs(text, f);
}

static int make_base(void **state)
{
	(void)state;
	return mkdtemp(base) && setenv("XDG_RUNTIME_DIR", base, 1) == 0 ? 0 : -1;
}

static int remove_base(void **state)
{
	char p[128];

	(void)state;
	path(p, "subuid");
	unlink(p);
	return rmdir(base);
}

static void a_range_is_found_by_name_or_number(void **state)
{
	static const struct {
		const char *text;
		unsigned long first, n; /* n 0: none */
	} rows[] = {
		{ "ann:100000:65536\n", 100000, 65536 },
		{ "bob:1:2\nann:100000:65536\nann:7:7\n", 100000, 65536 },
		{ "1000:5:6\n", 5, 6 },
		{ "anna:100000:65536\n", 0, 0 },
		{ "ann:100000:0\n", 0, 0 },
		{ "ann\nann:\nann:x:y\n", 0, 0 },
		{ "ann:100000:65536", 100000, 65536 },
		{ "", 0, 0 },
		{ ":::\n\n", 0, 0 },
	};
	char p[128];

	(void)state;
	path(p, "subuid");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct id_range r = { 0 };

		put("subuid", rows[i].text);
		assert_int_equal(idmap_find_range(p, "ann", 1000, &r), rows[i].n > 0);
		if (rows[i].n) {
			assert_int_equal(r.first, rows[i].first);
			assert_int_equal(r.n, rows[i].n);
		}
	}
	assert_false(idmap_find_range("/nonexistent", "ann", 1000, &(struct id_range){ 0 }));
}

static int open_dir(bool make, struct warren_err *err)
{
	auto_free char *got = NULL;
	auto_close int fd = user_dir_open(make, &got, err);
	char want[128];

	path(want, "warren");
	if (fd >= 0)
		assert_string_equal(got, want);
	return fd < 0 ? fd : 0;
}

static void the_user_dir_is_ours_alone(void **state)
{
	struct warren_err err = WARREN_ERR_INIT;
	struct stat st;
	char p[128];
	const mode_t mask = umask(0);

	(void)state;
	path(p, "warren");
	assert_int_equal(open_dir(false, &err), -ENOENT);
	assert_int_equal(open_dir(true, &err), 0);
	assert_int_equal(stat(p, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(open_dir(false, &err), 0);

	assert_int_equal(chmod(p, 0777), 0);
	assert_int_equal(open_dir(false, &err), -EPERM);
	assert_non_null(strstr(err.text, p));
	assert_int_equal(rmdir(p), 0);

	assert_int_equal(symlink("/tmp", p), 0);
	assert_true(open_dir(true, &err) < 0);
	assert_non_null(strstr(err.text, p));
	assert_int_equal(unlink(p), 0);

	put("warren", "");
	assert_int_equal(open_dir(true, &err), -ENOTDIR);
	assert_int_equal(unlink(p), 0);
	umask(mask);
}

static void a_runtime_dir_that_others_write_to_is_not_taken(void **state)
{
	struct warren_err err = WARREN_ERR_INIT;
	auto_free char *got = NULL;
	auto_close int fd = -1;
	char p[128];

	(void)state;
	path(p, "warren");
	assert_int_equal(chmod(base, 0777), 0);
	fd = user_dir_open(false, &got, &err);
	assert_true(fd < 0 || strcmp(got, p) != 0);
	assert_int_equal(chmod(base, 0700), 0);
}

static void a_refusal_has_reason_and_remedy(void **state)
{
	static const int codes[] = { EPERM, ENOSPC, EUSERS, EINVAL, EACCES };

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct warren_err err = WARREN_ERR_INIT;

		assert_int_equal(userns_refused(-codes[i], "make a user namespace", &err),
				 -codes[i]);
		assert_int_equal(strncmp(err.text, "cannot make a user namespace: ", 30), 0);
		assert_non_null(strstr(err.text, "; or "));
	}
}

static void exec_says_what_is_missing(void **state)
{
	static const struct {
		const char *program;
		int code;
		const char *says;
	} rows[] = {
		{ "warren-no-such-program", -ENOENT, "PATH" },
		{ "/no/such/program", -ENOENT, "/no/such/program" },
		{ "/", -EACCES, "not executable" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct warren_err err = WARREN_ERR_INIT;
		char name[64];
		char *argv[] = { name, NULL };

		snprintf(name, sizeof(name), "%s", rows[i].program);
		assert_int_equal(warren_exec(argv, &err), rows[i].code);
		assert_non_null(strstr(err.text, rows[i].says));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_is_found_by_name_or_number),
		cmocka_unit_test(the_user_dir_is_ours_alone),
		cmocka_unit_test(a_runtime_dir_that_others_write_to_is_not_taken),
		cmocka_unit_test(a_refusal_has_reason_and_remedy),
		cmocka_unit_test(exec_says_what_is_missing),
	};

	return cmocka_run_group_tests(tests, make_base, remove_base);
}
