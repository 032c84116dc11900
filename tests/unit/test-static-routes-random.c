/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "route-oracle.h"

/* Random networks: every address is reached from exactly where it can be, aggregated or not. */

static uint32_t seed;

static uint32_t dice(uint32_t n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

static void random_segment(struct lab *l, uint32_t n_ns, uint32_t at, uint32_t max_cost)
{
	char net[IP_TEXT], net6[IP_TEXT];
	uint32_t ports[6], n = dice(4) ? 2 : 2 + dice(n_ns < 6 ? n_ns - 1 : 4), families = dice(5);

	for (uint32_t i = 0; i < n; i++) {
		bool again;

		do { /* a cable may end twice in one node; a switch has each once */
			again = false;
			ports[i] = dice(n_ns);
			for (uint32_t k = 0; n > 2 && k < i; k++)
				again |= ports[k] == ports[i];
		} while (again);
	}
	/* Neighbouring subnets are the halves of larger ones, so that there is what to merge. */
	snprintf(net, sizeof(net), "10.0.%u.%u/%u", at / 32, at % 32 * 8 + (n > 2), n > 2 ? 29 : 31);
	snprintf(net6, sizeof(net6), families == 3 ? "fe80::1/64" : "fd00:0:0:%x::1/64", at);
	segment(l, ports, n, 1 + dice(max_cost), families == 4 ? NULL : net,
		families > 1 ? net6 : NULL);
}

static void random_lab(struct lab *l, uint32_t s)
{
	uint32_t n_ns, n_segments, max_cost, share;
	char text[IP_TEXT];

	seed = s * 7919 + 1;
	n_ns = 3 + dice(12);
	n_segments = 1 + dice(2 * n_ns);
	max_cost = dice(2) ? 1 : 4;
	share = 1 + dice(10);
	lab_init(l);
	for (uint32_t i = 1; i < n_ns; i++) {
		node(l, dice(share) > 0 || dice(2));
		snprintf(text, sizeof(text), "10.1.0.%u", i);
		if (dice(3))
			loopback(l, i, text);
		snprintf(text, sizeof(text), "fd01::%u", i);
		if (!dice(3))
			loopback(l, i, text);
		snprintf(text, sizeof(text), "10.2.%u.1/24", i);
		if (!dice(20))
			loopback(l, i, text);
	}
	for (uint32_t i = 0; i < n_segments; i++)
		random_segment(l, n_ns, i, max_cost);
}

static void random_networks(void **state)
{
	(void)state;
	for (uint32_t s = 0; s < 1500; s++) {
		struct lab l;

		random_lab(&l, s);
		ready(&l);
		check_both(&l);
		lab_fini(&l);
	}
}

/* Routers in rows, with stubs here and there: there, each table is made from the one before. */
static void random_rows(void **state)
{
	(void)state;
	for (uint32_t s = 0; s < 500; s++) {
		struct lab l;
		uint32_t n_ns;

		seed = s * 7919 + 3;
		n_ns = 4 + dice(16);
		lab_init(&l);
		for (uint32_t i = 1; i < n_ns; i++) {
			char text[IP_TEXT];

			node(&l, dice(12) > 0);
			/* Halves of one network, or inside of one that others are connected to. */
			if (dice(4))
				snprintf(text, sizeof(text), "10.1.0.%u", i);
			else
				snprintf(text, sizeof(text), "10.0.0.%u", (n_ns - i) * 8 + 5);
			if (dice(2))
				loopback(&l, i, text);
		}
		for (uint32_t i = 1; i < n_ns; i++) {
			const uint32_t ends[] = { i, dice(6) ? i - 1 : dice(i) };
			char net[IP_TEXT], net6[IP_TEXT];

			snprintf(net, sizeof(net), "10.0.0.%u/%u", i * 8, dice(4) ? 31 : 29);
			snprintf(net6, sizeof(net6), "fd00:0:0:%x::1/64", i);
			segment(&l, ends, 2, 1, net, dice(2) ? net6 : NULL);
		}
		ready(&l);
		check_both(&l);
		lab_fini(&l);
	}
}

/* What is written stays, and aggregation changes nothing with it either: nor for addresses outside.
 */
static void random_networks_with_written_routes(void **state)
{
	(void)state;
	for (uint32_t s = 0; s < 500; s++) {
		struct lab l;
		uint8_t before[MAX][256];
		struct ip dst[256];
		uint32_t n = 0, n_addrs;

		random_lab(&l, s + 5000);
		n_addrs = (uint32_t)l.t.model.addrs.n;
		for (uint32_t i = 0; i < 4; i++) {
			static const char *const to[] = { "0.0.0.0/0", "10.0.0.0/26", "10.1.0.0/24",
							  "10.1.0.3",  "10.0.0.8/29", "::/0" };
			const char *net = to[dice(6)];
			const struct model_addr *via = &l.t.model.addrs.v[dice(n_addrs)];
			char text[IP_TEXT];

			if (via->ip.family == ip(net).family)
				written(&l, 1 + dice((uint32_t)l.t.model.ns.n - 1), net,
					ip_format_host(&via->ip, text));
		}
		ready(&l);
		compute(&l, false);
		dst[n++] = ip("192.0.2.1");
		dst[n++] = ip("10.0.0.255");
		dst[n++] = ip("2001:db8::1");
		vec_foreach(a, &l.t.model.addrs)
			if (n < 256 && routable(&a->ip))
				dst[n++] = ip_host(&a->ip);
		for (uint32_t ns = 0; ns < l.t.model.ns.n; ns++)
			for (uint32_t i = 0; i < n; i++)
				before[ns][i] = (uint8_t)walk(&l, ns, &dst[i]);
		compute(&l, true);
		for (uint32_t ns = 0; ns < l.t.model.ns.n; ns++)
			for (uint32_t i = 0; i < n; i++)
				assert_int_equal(walk(&l, ns, &dst[i]), before[ns][i]);
		lab_fini(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_networks),
		cmocka_unit_test(random_rows),
		cmocka_unit_test(random_networks_with_written_routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
