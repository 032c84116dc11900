/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool model_has_host_part(const struct model *m)
{
	const struct model_ns *h = m->ns.n ? &m->ns.v[MODEL_HOST] : NULL;

	/* lo is in every namespace; it counts where it has addresses */
	return h && (h->ifaces.n > 1 || h->addrs.n || h->routes.n || h->rules.n || h->sysctls.n);
}

void model_fini(struct model *m)
{
	vec_fini(&m->ns);
	vec_fini(&m->ifaces);
	vec_fini(&m->addrs);
	vec_fini(&m->routes);
	vec_fini(&m->hops);
	vec_fini(&m->rules);
	vec_fini(&m->sysctls);
	arena_fini(&m->arena);
	memset(m, 0, sizeof(*m));
}

/*
 * Counting sort of n rows of `size` bytes by their namespace. ns_of() tells a
 * row's namespace; moved (may be NULL) receives where each old row went. Rows
 * that stand in order already, as hundreds of thousands of computed routes do,
 * are not touched.
 */
static int sort_by_ns(void *rows, size_t n, size_t size, size_t n_ns,
		      uint32_t (*ns_of)(const struct model *m, const void *row),
		      const struct model *m, struct model_range *(*range)(struct model_ns *ns),
		      struct model_ns *ns, uint32_t *moved)
{
	unsigned char *old = rows, *sorted = NULL;
	uint32_t *next = calloc(n_ns + 1, sizeof(*next)), last = 0;
	bool in_order = true;

	if (!next)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		uint32_t at = ns_of(m, old + i * size);

		in_order &= at >= last;
		last = at;
		next[at + 1]++;
	}
	if (!in_order && !(sorted = malloc(n * size))) {
		free(next);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n_ns; i++) {
		range(&ns[i])->n = next[i + 1];
		next[i + 1] += next[i];
		range(&ns[i])->first = next[i];
	}
	for (size_t i = 0; i < n && (sorted || moved); i++) {
		uint32_t to = next[ns_of(m, old + i * size)]++;

		if (sorted)
			memcpy(sorted + to * size, old + i * size, size);
		if (moved)
			moved[i] = to;
	}
	if (sorted)
		memcpy(rows, sorted, n * size);
	free(sorted);
	free(next);
	return 0;
}

#define NS_OF(name, type)                                                                          \
	static uint32_t name##_ns(const struct model *m, const void *row)                          \
	{                                                                                          \
		(void)m;                                                                           \
		return ((const struct type *)row)->ns;                                             \
	}
NS_OF(iface, model_iface)
NS_OF(route, model_route)
NS_OF(rule, model_rule)
NS_OF(sysctl, model_sysctl)

static uint32_t addr_ns(const struct model *m, const void *row)
{
	return m->ifaces.v[((const struct model_addr *)row)->iface].ns;
}

#define RANGE(name)                                                                                \
	static struct model_range *name##_range(struct model_ns *ns)                               \
	{                                                                                          \
		return &ns->name##s;                                                               \
	}
RANGE(iface)
RANGE(addr)
RANGE(route)
RANGE(rule)
RANGE(sysctl)

static void follow(uint32_t *ref, const uint32_t *moved)
{
	if (*ref != MODEL_NONE)
		*ref = moved[*ref];
}

static int sort_ifaces(struct model *m, uint32_t *moved)
{
	int r = sort_by_ns(m->ifaces.v, m->ifaces.n, sizeof(*m->ifaces.v), m->ns.n, iface_ns, m,
			   iface_range, m->ns.v, moved);
	if (r == 0) {
		vec_foreach(i, &m->ifaces) {
			follow(&i->master, moved);
			follow(&i->peer, moved);
		}
		vec_foreach(a, &m->addrs)
			follow(&a->iface, moved);
		vec_foreach(h, &m->hops)
			follow(&h->iface, moved);
	}
	return r;
}

int model_index_moved(struct model *m, uint32_t *moved)
{
	int r = sort_ifaces(m, moved);

	if (r == 0)
		r = sort_by_ns(m->addrs.v, m->addrs.n, sizeof(*m->addrs.v), m->ns.n, addr_ns, m,
			       addr_range, m->ns.v, NULL);
	if (r == 0)
		r = sort_by_ns(m->routes.v, m->routes.n, sizeof(*m->routes.v), m->ns.n, route_ns, m,
			       route_range, m->ns.v, NULL);
	if (r == 0)
		r = sort_by_ns(m->rules.v, m->rules.n, sizeof(*m->rules.v), m->ns.n, rule_ns, m,
			       rule_range, m->ns.v, NULL);
	if (r == 0)
		r = sort_by_ns(m->sysctls.v, m->sysctls.n, sizeof(*m->sysctls.v), m->ns.n,
			       sysctl_ns, m, sysctl_range, m->ns.v, NULL);
	return r;
}

int model_index(struct model *m)
{
	uint32_t *moved = malloc((m->ifaces.n + 1) * sizeof(*moved));
	int r = moved ? model_index_moved(m, moved) : -ENOMEM;

	free(moved);
	return r;
}

void model_mac(const char *network, const char *node, const char *iface, uint8_t ret[6])
{
	uint64_t h = hash_str(iface, hash_str(node, hash_str(network, 0)));

	for (int i = 0; i < 6; i++)
		ret[i] = (uint8_t)(h >> (8 * i));
	ret[0] = (uint8_t)((ret[0] & 0xfc) | 0x02); /* IEEE 802: local, not a group */
}

bool model_ifname(const char *name, char ret[IFNAMSIZ])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	uint64_t h;

	if (strlen(name) < IFNAMSIZ) {
		snprintf(ret, IFNAMSIZ, "%s", name);
		return false;
	}
	h = hash_str(name, 0);
	snprintf(ret, IFNAMSIZ, "%.8s-", name);
	for (int i = 9; i < 15; i++, h /= 36)
		ret[i] = digits[h % 36];
	ret[15] = 0;
	return true;
}
