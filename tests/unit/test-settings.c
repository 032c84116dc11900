/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of a new namespace: whatever it was born with, in the end all are the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/net.h"
#include "plan/plan.h"
#include "plan/settings.h"
#include "wire/wire.h"

#include "box.h"

#include <dirent.h>

static const char *const folders[] = { "ipv4.conf.all", "ipv4.conf.default", "ipv6.conf.all",
				       "ipv6.conf.default" };

#define KEYS_MOST 512
struct values {
	size_t n;
	struct {
		char key[96], value[32];
	} v[KEYS_MOST];
};

struct world {
	int proc;
	bool refused;
	struct values one, two;
};

static int make(void **state)
{
	static struct world world;

	box_root();
	world.proc = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	world.refused = unshare(CLONE_NEWNET) < 0;
	*state = &world;
	return 0;
}

static int unmake(void **state)
{
	struct world *t = *state;

	close(t->proc);
	return 0;
}

static struct world *in_a_new_namespace(void **state)
{
	struct world *t = *state;

	if (t->refused)
		skip();
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	return t;
}

static void read_all(int proc, struct values *to)
{
	to->n = 0;
	for (size_t f = 0; f < sizeof(folders) / sizeof(folders[0]); f++) {
		char path[64];
		struct dirent *e;
		DIR *d;

		snprintf(path, sizeof(path), "/proc/sys/net/%s", folders[f]);
		for (char *c = path; *c; c++)
			*c = *c == '.' ? '/' : *c;
		d = opendir(path);
		while (d && (e = readdir(d))) {
			if (e->d_name[0] == '.' || to->n == KEYS_MOST)
				continue;
			snprintf(to->v[to->n].key, sizeof(to->v[0].key), "net.%s.%.48s", folders[f],
				 e->d_name);
			if (net_sysctl_read(proc, to->v[to->n].key, to->v[to->n].value,
					    sizeof(to->v[0].value), NULL) == 0)
				to->n++; /* not a stable_secret that is not set */
		}
		if (d)
			closedir(d);
	}
}

static const char *get(const struct values *v, const char *key)
{
	for (size_t i = 0; i < v->n; i++)
		if (!strcmp(v->v[i].key, key))
			return v->v[i].value;
	return "";
}

/* As a host with other settings would have it: every key that can be written says something else. */
static void spoil(int proc)
{
	static const char *const other[] = { "1", "0", "2", "1281" };
	static struct values was;

	read_all(proc, &was);
	assert_true(was.n > 60);
	for (size_t i = 0; i < was.n; i++)
		for (size_t k = 0; k < sizeof(other) / sizeof(other[0]); k++)
			if (strcmp(was.v[i].value, other[k]) != 0 &&
			    net_sysctl_write(proc, was.v[i].key, other[k], NULL) == 0)
				break;
}

/* What is Warren's own business, and what is looked at by nobody; see the tables of settings.c. */
static bool is_left_alone(const char *key)
{
	static const char *const keys[] = { "stable_secret", "mc_forwarding", "mtu" };
	static const char *const interface_only[] = {
		"accept_ra", "autoconf", "dad_transmits", "ioam6", "max_",	   "mldv",
		"ra_",	     "regen_",	 "router_",	  "temp_", "use_tempaddr",
	};
	const char *name = strrchr(key, '.') + 1;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(name, keys[i]))
			return true;
	if (strncmp(key, "net.ipv6.conf.all.", 18) != 0)
		return false;
	for (size_t i = 0; i < sizeof(interface_only) / sizeof(interface_only[0]); i++)
		if (!strncmp(name, interface_only[i], strlen(interface_only[i])))
			return true;
	return false;
}

static void compare(const struct values *a, const struct values *b)
{
	size_t differ = 0;

	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		if (is_left_alone(a->v[i].key) || !strcmp(a->v[i].value, get(b, a->v[i].key)))
			continue;
		print_message("%s: %s, and %s in a spoilt namespace\n", a->v[i].key, a->v[i].value,
			      get(b, a->v[i].key));
		differ++;
	}
	/* A later kernel may have a key that the tables lack. */
	if (differ && getenv("CI"))
		fail_msg("%zu settings depend on the host", differ);
}

static void write_here(struct settings *s, const struct world *t, const struct model_ns *ns)
{
	struct warren_err err = WARREN_ERR_INIT;

	if (settings_write(s, t->proc, NULL, ns, &err) < 0)
		fail_msg("%s", err.text);
}

static void nothing_of_the_host_is_left(void **state)
{
	static const struct model_ns kinds[] = {
		{ .forwarding = MODEL_OFF, .ipv6 = MODEL_ON },
		{ .forwarding = MODEL_ON, .ipv6 = MODEL_ON },
	};

	for (size_t i = 0; i < 2; i++) {
		struct world *t = in_a_new_namespace(state);
		struct settings clean = { 0 }, spoilt = { 0 };

		write_here(&clean, t, &kinds[i]);
		read_all(t->proc, &t->one);
		in_a_new_namespace(state);
		spoil(t->proc);
		write_here(&spoilt, t, &kinds[i]);
		read_all(t->proc, &t->two);
		compare(&t->one, &t->two);
	}
}

static void known_names_are_as_they_shall_be(void **state)
{
	struct world *t = in_a_new_namespace(state);
	struct settings s = { 0 };
	static const char *const want[][2] = {
		{ "net.ipv4.conf.all.forwarding", "1" },
		{ "net.ipv4.conf.default.forwarding", "1" },
		{ "net.ipv4.conf.all.accept_redirects", "0" },
		{ "net.ipv4.conf.default.accept_redirects", "1" },
		{ "net.ipv4.conf.all.send_redirects", "1" },
		{ "net.ipv4.conf.default.rp_filter", "0" },
		{ "net.ipv4.conf.default.promote_secondaries", "0" },
		{ "net.ipv6.conf.all.forwarding", "1" },
		{ "net.ipv6.conf.all.accept_dad", "0" },
		{ "net.ipv6.conf.default.accept_dad", "0" },
		{ "net.ipv6.conf.default.accept_ra", "0" },
		{ "net.ipv6.conf.default.hop_limit", "64" },
		{ "net.ipv6.conf.default.disable_ipv6", "0" },
	};

	spoil(t->proc);
	write_here(&s, t, &(struct model_ns){ .forwarding = MODEL_ON, .ipv6 = MODEL_ON });
	read_all(t->proc, &t->one);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		if (strcmp(get(&t->one, want[i][0]), want[i][1]) != 0)
			fail_msg("%s is '%s', not '%s'", want[i][0], get(&t->one, want[i][0]),
				 want[i][1]);
}

/* The first namespace forwards, and the kernel changes another setting with that; the next ones are no worse for it. */
static void one_namespace_says_nothing_of_the_next(void **state)
{
	static const struct model_ns kinds[] = {
		{ .forwarding = MODEL_ON, .ipv6 = MODEL_OFF },
		{ .forwarding = MODEL_OFF, .ipv6 = MODEL_ON },
		{ .forwarding = MODEL_ON, .ipv6 = MODEL_ON },
		{ .forwarding = MODEL_OFF, .ipv6 = MODEL_OFF },
	};
	struct settings shared = { 0 };

	for (size_t i = 0; i < 4; i++) {
		struct world *t = in_a_new_namespace(state);
		struct settings alone = { 0 };

		write_here(&alone, t, &kinds[i]);
		read_all(t->proc, &t->one);
		in_a_new_namespace(state);
		write_here(&shared, t, &kinds[i]);
		read_all(t->proc, &t->two);
		assert_int_equal(t->one.n, t->two.n);
		for (size_t k = 0; k < t->one.n; k++)
			assert_string_equal(t->one.v[k].value, get(&t->two, t->one.v[k].key));
	}
}

/* A thousand namespaces: what the first one had right is neither read nor written again. */
static void only_what_differs_is_written(void **state)
{
	struct world *t = in_a_new_namespace(state);
	static const struct model_ns ns = { .forwarding = MODEL_OFF, .ipv6 = MODEL_OFF };
	static const char key[] = "net.ipv4.conf.default.igmpv3_unsolicited_report_interval";
	struct settings s = { 0 };
	size_t n;

	write_here(&s, t, &ns);
	n = s.differ[SETTINGS_IPV4].n;
	assert_false(s.differ[SETTINGS_IPV6].known);
	in_a_new_namespace(state);
	if (n == 0) {
		assert_int_equal(net_sysctl_write(t->proc, key, "77", NULL), 0);
		write_here(&s, t, &ns);
		read_all(t->proc, &t->one);
		assert_string_equal(get(&t->one, key), "77");
	}
}

/* A namespace that gets IPv6 later ends up as one that was made with it. */
static void ipv6_switched_on_later_is_the_same(void **state)
{
	struct world *t = in_a_new_namespace(state);
	struct model_ns off = { .forwarding = MODEL_ON, .ipv6 = MODEL_OFF }, on = off;
	struct settings clean = { 0 }, spoilt = { 0 };
	struct model live = { 0 };
	struct warren_err err = WARREN_ERR_INIT;

	on.ipv6 = MODEL_ON;
	write_here(&clean, t, &on);
	read_all(t->proc, &t->one);
	in_a_new_namespace(state);
	spoil(t->proc);
	write_here(&spoilt, t, &off);
	assert_int_equal(settings_change(t->proc, &on, PLAN_SET_IPV6, &live,
					 (struct model_range){ 0 }, &err),
			 0);
	read_all(t->proc, &t->two);
	compare(&t->one, &t->two);
}

static void presets_are_what_is_written(void **state)
{
	const struct model_ns on = { .forwarding = MODEL_ON, .ipv6 = MODEL_ON };
	const struct model_ns off = { .forwarding = MODEL_OFF, .ipv6 = MODEL_OFF };
	struct world *t = in_a_new_namespace(state);
	struct settings s = { 0 };

	write_here(&s, t, &on);
	read_all(t->proc, &t->one);
	for (size_t i = 0; i < t->one.n; i++) {
		const char *preset = settings_preset(t->one.v[i].key, &on);

		if (preset)
			assert_string_equal(preset, t->one.v[i].value);
	}
	assert_string_equal(settings_preset("net.ipv4.conf.all.accept_redirects", &on), "0");
	assert_string_equal(settings_preset("net.ipv4.conf.all.accept_redirects", &off), "1");
	assert_string_equal(settings_preset("net.ipv4.conf.default.rp_filter", &off), "0");
	assert_null(settings_preset("net.ipv4.ip_default_ttl", &on));
	assert_null(settings_preset("net.ipv6.conf.default.accept_ra", &off));
}

static bool write_other(int proc, const char *key, const char *was)
{
	static const char *const other[] = { "1", "0", "2" };

	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (strcmp(was, other[i]) != 0 && net_sysctl_write(proc, key, other[i], NULL) == 0)
			return true;
	return false;
}

/* What lo was born with tells of `default`, one setting as well as the next. */
static void lo_tells_what_default_is(void **state)
{
	static const char start[] = "net.ipv4.conf.default.";
	const struct model_ns ns = { .forwarding = MODEL_OFF, .ipv6 = MODEL_OFF };
	struct world *t = in_a_new_namespace(state);
	struct warren_err err = WARREN_ERR_INIT;
	struct settings clean = { 0 }, before = { 0 };
	struct wire *w = NULL;
	char lo[96], value[32];
	size_t n = 0;

	write_here(&clean, t, &ns);
	in_a_new_namespace(state);
	assert_int_equal(wire_open(&w, &err), 0);
	assert_int_equal(settings_write(&before, t->proc, w, &ns, &err), 0);
	assert_int_equal(before.differ[SETTINGS_IPV4].n, clean.differ[SETTINGS_IPV4].n);
	assert_memory_equal(before.differ[SETTINGS_IPV4].at, clean.differ[SETTINGS_IPV4].at,
			    clean.differ[SETTINGS_IPV4].n * sizeof(clean.differ[0].at[0]));
	read_all(t->proc, &t->one);
	for (size_t i = 0; i < t->one.n; i++) {
		const char *key = t->one.v[i].key, *was = t->one.v[i].value;
		struct settings s = { 0 };

		if (strncmp(key, start, strlen(start)) != 0 || is_left_alone(key) ||
		    !settings_preset(key, &ns))
			continue;
		snprintf(lo, sizeof(lo), "net.ipv4.conf.lo.%s", key + strlen(start));
		if (!write_other(t->proc, lo, was) || !write_other(t->proc, key, was))
			continue;
		assert_int_equal(settings_write(&s, t->proc, w, &ns, &err), 0);
		assert_int_equal(net_sysctl_read(t->proc, key, value, sizeof(value), &err), 0);
		if (strcmp(value, was) != 0)
			fail_msg("%s is '%s', not '%s'", key, value, was);
		assert_in_range(s.differ[SETTINGS_IPV4].n, before.differ[SETTINGS_IPV4].n,
				before.differ[SETTINGS_IPV4].n + 1);
		net_sysctl_write(t->proc, lo, was, NULL);
		n++;
	}
	assert_true(n > 20);
	wire_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_of_the_host_is_left),
		cmocka_unit_test(known_names_are_as_they_shall_be),
		cmocka_unit_test(one_namespace_says_nothing_of_the_next),
		cmocka_unit_test(only_what_differs_is_written),
		cmocka_unit_test(ipv6_switched_on_later_is_the_same),
		cmocka_unit_test(presets_are_what_is_written),
		cmocka_unit_test(lo_tells_what_default_is),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
