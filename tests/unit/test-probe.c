/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/probe.h"

#include "base/context.h"
#include "box.h"
#include "probe/engine.h"
#include "wire/wire.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cmocka.h>

/* The engine in a network namespace that has only loopback: the source is its own target. */
struct fixture {
	struct warren *w;
	bool boxed;
};

static void lo_up(void)
{
	struct wire *w;
	struct ifinfomsg *i;

	assert_int_equal(wire_open(&w, NULL), 0);
	i = wire_begin(w, RTM_NEWLINK, 0, sizeof(*i), 0);
	i->ifi_index = 1;
	i->ifi_flags = i->ifi_change = IFF_UP;
	wire_end(w);
	assert_int_equal(wire_flush(w, NULL), 0);
	wire_close(w);
}

static int set_up(void **state)
{
	static struct fixture f;

	box_root();
	f.boxed = box_network() >= 0;
	if (f.boxed)
		lo_up();
	*state = &f;
	return warren_new(&f.w, NULL);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	warren_free(f->w);
	return 0;
}

static struct fixture *boxed(void **state)
{
	struct fixture *f = *state;

	if (!f->boxed)
		skip();
	return f;
}

static struct probe to(const char *address, uint8_t proto, uint16_t port)
{
	struct probe p = { .node = 0, .target = 0, .proto = proto, .port = port };

	if (*address)
		assert_int_equal(ip_parse(address, &p.to), 0);
	return p;
}

static int run(struct fixture *f, struct probe *probes, size_t n, struct warren_err *err)
{
	static const struct probe_node here = { NULL };
	struct probe_run r = { .nodes = &here,
			       .n_nodes = 1,
			       .probes = probes,
			       .n = n,
			       .options = { .timeout_ms = 200 } };

	return probe_run(f->w, &r, err);
}

static int status_of(struct fixture *f, struct probe p)
{
	struct warren_err err = WARREN_ERR_INIT;
	int r = run(f, &p, 1, &err);

	if (r < 0)
		fail_msg("%s", err.text);
	return p.result.status;
}

/* A socket bound to a port of loopback that the kernel chooses. */
static int serve(int family, int type, uint16_t *port)
{
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in a4 = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr *a = family == AF_INET ? (struct sockaddr *)&a4 : (struct sockaddr *)&a6;
	socklen_t len = family == AF_INET ? sizeof(a4) : sizeof(a6);
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, a, len), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, a, &len), 0);
	*port = ntohs(family == AF_INET ? a4.sin_port : a6.sin6_port);
	return fd;
}

static const struct {
	int family;
	const char *address;
} versions[] = { { AF_INET, "127.0.0.1" }, { AF_INET6, "::1" } };

static void echo(void **state)
{
	struct fixture *f = boxed(state);
	struct probe p[2] = { to("127.0.0.1", PROBE_ICMP, 0), to("::1", PROBE_ICMP, 0) };

	assert_int_equal(run(f, p, 2, NULL), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(p[i].result.status, WARREN_REACH_OK);
		assert_int_equal(p[i].result.tries, 1);
		assert_true(p[i].result.rtt_ns > 0);
		assert_true(ip_same_host(&p[i].result.from, &p[i].to));
	}
}

static void many_at_once(void **state)
{
	struct fixture *f = boxed(state);
	size_t n = 20000; /* more than wait at once */
	auto_free struct probe *p = calloc(n, sizeof(*p));

	for (size_t i = 0; i < n; i++)
		p[i] = to(versions[i % 2].address, PROBE_ICMP, 0);
	assert_int_equal(run(f, p, n, NULL), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(p[i].result.status, WARREN_REACH_OK);
}

static void tcp(void **state)
{
	struct fixture *f = boxed(state);

	for (int i = 0; i < 2; i++) {
		uint16_t port;
		int fd = serve(versions[i].family, SOCK_STREAM, &port);

		assert_int_equal(status_of(f, to(versions[i].address, PROBE_TCP, port)),
				 WARREN_REACH_OK);
		close(fd);
		assert_int_equal(status_of(f, to(versions[i].address, PROBE_TCP, port)),
				 WARREN_REACH_REFUSED);
	}
}

/* Bound, but never read from: silence is told from deafness. */
static void silent_udp_is_delivered(void **state)
{
	struct fixture *f = boxed(state);

	for (int i = 0; i < 2; i++) {
		uint16_t port;
		int fd = serve(versions[i].family, SOCK_DGRAM, &port);
		struct probe p = to(versions[i].address, PROBE_UDP, port);

		assert_int_equal(status_of(f, p), WARREN_REACH_DELIVERED);
		/* Who cannot look into the target's namespace cannot know. */
		p.target = PROBE_NOWHERE;
		assert_int_equal(status_of(f, p), WARREN_REACH_NO_ANSWER);
		close(fd);
		assert_int_equal(status_of(f, p), WARREN_REACH_PORT_UNREACHABLE);
	}
}

static void no_way(void **state)
{
	struct fixture *f = boxed(state);

	assert_int_equal(status_of(f, to("10.0.0.1", PROBE_ICMP, 0)), WARREN_REACH_NO_ROUTE);
	assert_int_equal(status_of(f, to("10.0.0.1", PROBE_TCP, 80)), WARREN_REACH_NO_ROUTE);
	assert_int_equal(status_of(f, to("10.0.0.1", PROBE_UDP, 80)), WARREN_REACH_NO_ROUTE);
	assert_int_equal(status_of(f, to("fd00::1", PROBE_ICMP, 0)), WARREN_REACH_NO_ROUTE);
	assert_int_equal(status_of(f, to("", PROBE_ICMP, 0)), WARREN_REACH_NO_ADDRESS);
}

static void missing_namespace_is_named(void **state)
{
	struct fixture *f = boxed(state);
	struct probe_node nowhere = { "no-such-node" };
	struct probe p = to("127.0.0.1", PROBE_ICMP, 0);
	struct probe_run r = { .nodes = &nowhere, .n_nodes = 1, .probes = &p, .n = 1 };
	struct warren_err err = WARREN_ERR_INIT;

	assert_int_equal(probe_run(f->w, &r, &err), -ENOENT);
	assert_non_null(strstr(err.text, "no-such-node"));
}

static bool enough(void *data)
{
	int *n = data;

	return ++*n > 2;
}

static void cancelled(void **state)
{
	struct fixture *f = boxed(state);
	struct warren_err err = WARREN_ERR_INIT;
	uint16_t port;
	int fd = serve(AF_INET, SOCK_DGRAM, &port), n = 0;
	struct probe p = to("127.0.0.1", PROBE_UDP, port);

	p.target = PROBE_NOWHERE;
	warren_set_cancel(f->w, enough, &n);
	assert_int_equal(run(f, &p, 1, &err), -ECANCELED);
	warren_set_cancel(f->w, NULL, NULL);
	close(fd);
}

/* With few descriptors, sockets take turns. */
static void few_descriptors(void **state)
{
	struct fixture *f = boxed(state);
	size_t n = 200;
	auto_free struct probe *p = calloc(n, sizeof(*p));
	struct rlimit old, few;
	uint16_t port;
	int fd = serve(AF_INET, SOCK_STREAM, &port);

	assert_int_equal(listen(fd, 256), 0);
	for (size_t i = 0; i < n; i++)
		p[i] = to("127.0.0.1", PROBE_TCP, port);
	getrlimit(RLIMIT_NOFILE, &old);
	few = (struct rlimit){ 24, old.rlim_max };
	setrlimit(RLIMIT_NOFILE, &few);
	assert_int_equal(run(f, p, n, NULL), 0);
	setrlimit(RLIMIT_NOFILE, &old);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(p[i].result.status, WARREN_REACH_OK);
	close(fd);
}

/* Whoever waits an hour may see an answer that took more than the 4.2 s that 32 bits hold. */
static void a_long_round_trip(void **state)
{
	struct probe p = to("127.0.0.1", PROBE_ICMP, 0);
	struct probe_run r = { .probes = &p, .n = 1 };
	struct flight flight = { .fd = -1 };
	struct node_sockets node = { .users = 1 };
	struct engine e = { .run = &r, .flights = &flight, .nodes = &node };

	(void)state;
	assert_int_equal(vec_reserve(&e.free, 1), 0);
	engine_finish(&e, 0, WARREN_REACH_OK, &p.to, 5000000000);
	assert_true(p.result.rtt_ns == 5000000000);
	vec_fini(&e.free);
}

static void nothing_to_do(void **state)
{
	struct fixture *f = boxed(state);

	assert_int_equal(run(f, NULL, 0, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(echo),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(tcp),
		cmocka_unit_test(silent_udp_is_delivered),
		cmocka_unit_test(no_way),
		cmocka_unit_test(missing_namespace_is_named),
		cmocka_unit_test(cancelled),
		cmocka_unit_test(few_descriptors),
		cmocka_unit_test(a_long_round_trip),
		cmocka_unit_test(nothing_to_do),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
