/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/build.h"

#include <stdio.h>
#include <string.h>

#define SERVERS_MOST 3		  /* MAXNS of the C library's resolver: it does not see more */
#define HOSTS_MOST   (256u << 20) /* bytes of all hosts files together */

/* Growing text. */
struct out {
	char *v;
	size_t n, cap;
};

static int out_line(struct out *o, const char *a, const char *sep, const char *z)
{
	size_t len = strlen(a) + strlen(sep) + strlen(z) + 2;

	if (vec_reserve(o, len) < 0)
		return -ENOMEM;
	o->n += (size_t)snprintf(o->v + o->n, len, "%s%s%s\n", a, sep, z);
	return 0;
}

static const char *take_text(struct build *b, struct out *o)
{
	const char *text = arena_dup(&b->t->model.arena, o->v ? o->v : "", o->n);

	vec_fini(o);
	return text;
}

/* Letters, digits, '-', '_' and '.', as in names of hosts and domains. */
static bool domain_ok(const char *s)
{
	size_t n = strlen(s);

	if (!n || n > 253 || s[0] == '-')
		return false;
	return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == n;
}

static int join(struct out *o, const char *word, const struct texts *texts)
{
	int r = texts->n ? out_line(o, word, "", "") : 0;

	for (uint32_t i = 0; i < texts->n && r == 0; i++) {
		o->n--; /* the line goes on */
		r = out_line(o, " ", texts->v[i].s, "");
	}
	return r;
}

static void check_dns(struct build *b, const struct spec_node *spec)
{
	const struct spec_dns *dns = &spec->dns;

	if (dns->servers.n > SERVERS_MOST)
		problem(b->p, dns->servers.v[SERVERS_MOST].at,
			"namespace %s: dns: programs ask the first %d servers only; leave the rest out",
			spec->name.s, SERVERS_MOST);
	for (uint32_t i = 0; i < dns->search.n; i++)
		if (!domain_ok(dns->search.v[i].s))
			problem(b->p, dns->search.v[i].at,
				"namespace %s: dns: '%s' is no domain name", spec->name.s,
				dns->search.v[i].s);
	for (uint32_t i = 0; i < dns->options.n; i++)
		if (strpbrk(dns->options.v[i].s, " \t\r\n;#"))
			problem(b->p, dns->options.v[i].at,
				"namespace %s: dns: '%s' is no option; write several as a list",
				spec->name.s, dns->options.v[i].s);
}

static int make_resolv(struct build *b, const struct spec_node *spec, const char **ret)
{
	const struct spec_dns *dns = &spec->dns;
	struct out o = { 0 };
	char text[IP_TEXT];
	int r = 0;

	if (!dns->servers.given && !dns->search.given && !dns->options.given)
		return 0;
	check_dns(b, spec);
	for (uint32_t i = 0; i < dns->servers.n && r == 0; i++)
		r = out_line(&o, "nameserver", " ", ip_format_host(&dns->servers.v[i].ip, text));
	if (r == 0)
		r = join(&o, "search", &dns->search);
	if (r == 0)
		r = join(&o, "options", &dns->options);
	*ret = take_text(b, &o);
	return r < 0 || !*ret ? -ENOMEM : 0;
}

static int own_entries(struct out *o, const struct spec_node *spec)
{
	char text[IP_TEXT];
	int r = 0;

	for (uint32_t i = 0; i < spec->hosts.n; i++)
		for (uint32_t k = 0; k < spec->hosts.v[i].ips.n && r == 0; k++)
			r = out_line(o, ip_format_host(&spec->hosts.v[i].ips.v[k].ip, text), "\t",
				     spec->hosts.v[i].name.s);
	return r;
}

/* A hosts file: own entries first, as the first match counts. */
static int make_hosts(struct build *b, const struct spec_node *spec, const char *common,
		      const char **ret)
{
	struct out o = { 0 };
	int r = out_line(&o, "127.0.0.1", "\t", "localhost");

	if (r == 0)
		r = out_line(&o, "::1", "\t", "localhost ip6-localhost ip6-loopback");
	if (r == 0 && spec)
		r = own_entries(&o, spec);
	if (r == 0 && (r = vec_reserve(&o, strlen(common) + 1)) == 0) {
		memcpy(o.v + o.n, common, strlen(common));
		o.n += strlen(common);
	}
	*ret = take_text(b, &o);
	return r < 0 || !*ret ? -ENOMEM : 0;
}

/* A line a node and family: what every hosts file ends with. */
static int list_nodes(struct build *b, struct out *o)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	const struct ip *ip;
	char text[IP_TEXT];
	int r = 0;

	for (uint32_t ns = 0; ns < b->ns.n; ns++)
		for (int k = 0; k < 2 && r == 0; k++) {
			ip = topo_first_address(b->t, ns, families[k]);
			if (ip)
				r = out_line(o, ip_format_host(ip, text), "\t",
					     b->t->model.ns.v[ns].name);
		}
	return r < 0 ? r : vec_reserve(o, 1);
}

static void check_entries(struct build *b, const struct spec_node *spec)
{
	for (uint32_t i = 0; i < spec->hosts.n; i++)
		if (!domain_ok(spec->hosts.v[i].name.s))
			problem(b->p, spec->hosts.v[i].name.at,
				"namespace %s: hosts: '%s' is no host name", spec->name.s,
				spec->hosts.v[i].name.s);
}

/* The files of one row; all nodes of a range share them. */
static int make_files(struct build *b, const struct spec_node *spec, const char *common,
		      const char **resolv, const char **hosts)
{
	int r = make_resolv(b, spec, resolv);

	check_entries(b, spec);
	if (r == 0 && spec->hosts.n)
		r = make_hosts(b, spec, common, hosts);
	return r;
}

static int files_of_nodes(struct build *b, const char *common)
{
	const char *resolv = NULL, *hosts = NULL;
	const struct spec_node *last = NULL;
	size_t bytes = 0;
	int r = 0;

	for (uint32_t ns = 0; ns < b->ns.n && r == 0; ns++) {
		const struct spec_node *spec = b->ns.v[ns].spec;

		if (spec && spec != last) {
			resolv = hosts = NULL;
			r = make_files(b, spec, common, &resolv, &hosts);
			bytes += hosts ? strlen(hosts) : 0;
			last = spec;
		}
		if (bytes > HOSTS_MOST) {
			problem(b->p, spec->name.at,
				"namespace %s: 'hosts' on so many nodes makes more than 256 MiB of files; write it on fewer, or once for a range",
				spec->name.s);
			return 0;
		}
		if (spec && b->t->model.ns.v[ns].kind == MODEL_NS_NODE) {
			b->t->model.ns.v[ns].resolv = resolv;
			b->t->model.ns.v[ns].hosts = hosts;
		}
	}
	return r;
}

/* /etc of the host is not warren's to write. */
static void check_host(struct build *b)
{
	const struct spec_node *spec = b->ns.v[MODEL_HOST].spec;

	if (spec && spec->hosts.n)
		problem(b->p, spec->hosts.v[0].name.at,
			"namespace host: 'hosts' would be the machine's own /etc/hosts, which stays as it is; write it there");
	if (spec && spec->dns.name.at.line)
		problem(b->p, spec->dns.name.at,
			"namespace host: 'dns' would be the machine's own /etc/resolv.conf, which stays as it is; write it there");
}

int build_files(struct build *b)
{
	struct out nodes = { 0 };
	int r = list_nodes(b, &nodes);

	check_host(b);
	if (r == 0)
		nodes.v[nodes.n] = 0;
	if (r == 0)
		r = make_hosts(b, NULL, nodes.v, &b->t->model.hosts);
	if (r == 0)
		r = files_of_nodes(b, nodes.v);
	vec_fini(&nodes);
	return r;
}
