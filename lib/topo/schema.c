/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define AT(type, member) offsetof(struct type, member)
#define U32		 UINT32_MAX

static const struct key interface_key[] = {
	{ "addresses", VALUE_IFADDRS, AT(spec_interface, addresses),
	  "its addresses with prefix length; it then has just these" },
	{ "mac", VALUE_MAC, AT(spec_interface, mac),
	  "MAC address; without: one that is the same in every run" },
	{ "mtu", VALUE_UINT, AT(spec_interface, mtu), "largest packet in bytes", .min = 68,
	  .max = 65535 },
	{ "up", VALUE_BOOL, AT(spec_interface, up), "whether it is switched on; default true" },
	{ "type", VALUE_KIND, AT(spec_interface, type),
	  "makes an interface of this kind, for one that is no end of a link and no port of a switch" },
	{ 0 },
};
static const struct keys interface_keys = {
	"interface",   "INTERFACE",	     sizeof(struct spec_interface),
	interface_key, MODEL_IFACE_LOOPBACK, AT(spec_interface, fields),
	"type"
};

static const char *const route_types[] = { "unicast", "blackhole", "unreachable", "prohibit", NULL };
static const struct key route_key[] = {
	{ "to", VALUE_TARGET, AT(spec_route, to), "network, address or *default*",
	  .required = true },
	{ "via", VALUE_HOSTS, AT(spec_route, via),
	  "the next router, or several that share the load" },
	{ "dev", VALUE_TEXT, AT(spec_route, dev), "interface; without: the one that *via* is on" },
	{ "metric", VALUE_UINT, AT(spec_route, metric), "of equal routes the lowest wins",
	  .max = U32 },
	{ "table", VALUE_TABLE, AT(spec_route, table), "routing table; default *main*" },
	{ "src", VALUE_HOST, AT(spec_route, src),
	  "source address of packets that the node itself sends" },
	{ "type", VALUE_WORD, AT(spec_route, type),
	  "what becomes of the packets; default *unicast*", .words = route_types },
	{ "onlink", VALUE_BOOL, AT(spec_route, onlink),
	  "*via* is on the wire of *dev* although no address says so" },
	{ 0 },
};
static const struct keys route_keys = { "route", "ROUTE", sizeof(struct spec_route), route_key };

static const char *const rule_actions[] = { "lookup", "blackhole", "unreachable", "prohibit", NULL };
static const struct key rule_key[] = {
	{ "from", VALUE_PREFIX, AT(spec_rule, from), "source network or address; without: any" },
	{ "to", VALUE_PREFIX, AT(spec_rule, to), "destination network or address; without: any" },
	{ "iif", VALUE_TEXT, AT(spec_rule, iif), "interface that the packet came in on" },
	{ "oif", VALUE_TEXT, AT(spec_rule, oif), "interface that the sending socket is bound to" },
	{ "fwmark", VALUE_FWMARK, AT(spec_rule, fwmark), "mark of the packet, or MARK/MASK" },
	{ "table", VALUE_TABLE, AT(spec_rule, table), "routing table to look in" },
	{ "priority", VALUE_UINT, AT(spec_rule, priority),
	  "lower ones are asked first; default 10000, 10001 … in the order of the file",
	  .max = 32765 },
	{ "action", VALUE_WORD, AT(spec_rule, action), "default *lookup* in *table*",
	  .words = rule_actions },
	{ 0 },
};
static const struct keys rule_keys = { "rule", "RULE", sizeof(struct spec_rule), rule_key };

static const struct key dns_key[] = {
	{ "servers", VALUE_HOSTS, AT(spec_dns, servers), "name servers, at most three" },
	{ "search", VALUE_TEXTS, AT(spec_dns, search), "domains that short names are looked up in" },
	{ "options", VALUE_TEXTS, AT(spec_dns, options),
	  "options of resolv.conf(5), such as *ndots:2*" },
	{ 0 },
};
static const struct keys dns_keys = { "dns", "DNS", sizeof(struct spec_dns), dns_key };

static const char *const ipv6_words[] = { "off", "on", "auto", NULL };
static const struct key node_key[] = {
	{ "interfaces", VALUE_NAMED, AT(spec_node, interfaces),
	  "settings of its interfaces, which are ends of links, ports of switches, and *lo*",
	  &interface_keys },
	{ "forwarding", VALUE_BOOL, AT(spec_node, forwarding),
	  "whether it passes packets on; default: yes where *routing* is not *none* and it has two connected interfaces or more; the host: only where it is written, and until *down*" },
	{ "gateway", VALUE_HOSTS, AT(spec_node, gateway),
	  "router of the default route, one a family" },
	{ "routes", VALUE_ROWS, AT(spec_node, routes), "routes", &route_keys },
	{ "rules", VALUE_ROWS, AT(spec_node, rules), "policy routing rules", &rule_keys },
	{ "sysctls", VALUE_PAIRS, AT(spec_node, sysctls),
	  "settings below *net.*, as sysctl(8) names them" },
	{ "dns", VALUE_MAP, AT(spec_node, dns), "what its /etc/resolv.conf says", &dns_keys },
	{ "hosts", VALUE_ENTRIES, AT(spec_node, hosts),
	  "NAME: address or list; more lines for its /etc/hosts" },
	{ "ipv6", VALUE_WORD, AT(spec_node, ipv6),
	  "*on*, *off*, or *auto*: on where the file gives it any IPv6 address or route",
	  .words = ipv6_words },
	{ 0 },
};
static const struct keys node_keys = { "namespace", "NAMESPACE", sizeof(struct spec_node),
				       node_key };

static const struct key link_key[] = {
	{ "endpoints", VALUE_TEXTS, AT(spec_link, endpoints),
	  "the two ends, NODE or NODE:INTERFACE; ranges on both are paired off, a single node against a range is a cable to each",
	  .required = true, .min = 2 },
	{ "subnet", VALUE_SUBNETS, AT(spec_link, subnet),
	  "network that the ends get the first two addresses of, or *none*; without: cut from the pool",
	  .min = 1 },
	{ "addresses", VALUE_ENDS, AT(spec_link, addresses),
	  "of the two ends, each an address with prefix length or a list" },
	{ "mtu", VALUE_UINT, AT(spec_link, mtu), "largest packet in bytes, for both ends",
	  .min = 68, .max = 65535 },
	{ "cost", VALUE_UINT, AT(spec_link, cost), "for shortest paths; default 1", .min = 1,
	  .max = 1000000 },
	{ 0 },
};
static const struct keys link_keys = { "link", "LINK", sizeof(struct spec_link), link_key };

static const char *const switch_types[] = { "bridge", NULL };
static const struct key switch_key[] = {
	{ "type", VALUE_WORD, AT(spec_switch, type), "kind of switch; default *bridge*",
	  .words = switch_types },
	{ "ports", VALUE_TEXTS, AT(spec_switch, ports),
	  "what is plugged in: NODE or NODE:INTERFACE, ranges allowed" },
	{ "subnet", VALUE_SUBNETS, AT(spec_switch, subnet),
	  "network that the ports get addresses of in order, or *none*; without: cut from the pool",
	  .min = 1 },
	{ "address", VALUE_IFADDRS, AT(spec_switch, address),
	  "the host's own address on it; the switch then stands in the host", .min = 1 },
	{ "mtu", VALUE_UINT, AT(spec_switch, mtu), "largest packet in bytes, for all ports",
	  .min = 68, .max = 65535 },
	{ "cost", VALUE_UINT, AT(spec_switch, cost), "for shortest paths; default 1", .min = 1,
	  .max = 1000000 },
	{ 0 },
};
static const struct keys switch_keys = { "switch",   "SWITCH",		 sizeof(struct spec_switch),
					 switch_key, MODEL_IFACE_BRIDGE, AT(spec_switch, fields) };

static const char *const routing_words[] = { "none", "static", NULL };
static const struct key topo_key[] = {
	{ "name", VALUE_TEXT, AT(spec, name),
	  "of the network: letters, digits, '.', '_', '-'; default: the file's name without its ending" },
	{ "vars", VALUE_ELSEWHERE, 0,
	  "NAME: VALUE; ${NAME} anywhere in the file stands for the value, $$ for a dollar sign" },
	{ "pool", VALUE_PREFIXES, AT(spec, pool),
	  "networks, one a family, that subnets are cut from where none is written; default 198.18.0.0/15",
	  .min = 1 },
	{ "loopbacks", VALUE_PREFIXES, AT(spec, loopbacks),
	  "networks, one a family, that each namespace gets one address of on *lo*, in order",
	  .min = 1 },
	{ "namespaces", VALUE_NAMED, AT(spec, namespaces),
	  "the nodes, NAME: {…}; ranges such as h[1-50] allowed; *host* is where warren runs",
	  &node_keys },
	{ "links", VALUE_ROWS, AT(spec, links), "cables between two nodes", &link_keys },
	{ "switches", VALUE_NAMED, AT(spec, switches), "what joins any number of nodes, NAME: {…}",
	  &switch_keys },
	{ "routing", VALUE_WORD, AT(spec, routing),
	  "*none* (default), or *static*: routes along shortest paths, computed",
	  .words = routing_words },
	{ "expect", VALUE_TEXTS, AT(spec, expect),
	  "who reaches whom: *A -> B*, *A -> B:80*, *A -> B:53/udp*, *A -x B:22*, *A -> B via C, D*" },
	{ 0 },
};
const struct keys topo_keys = { "topology", "TOPOLOGY", sizeof(struct spec), topo_key };

void reader_problem(struct reader *r, struct mark at, const char *fmt, ...)
{
	char text[800];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	problem(r->p, at, "%s%s", r->path, text);
}

static size_t path_push(struct reader *r, const char *object, const char *name)
{
	size_t n = strlen(r->path);

	snprintf(r->path + n, sizeof(r->path) - n, "%s%s%s: ", object, name ? " " : "",
		 name ? name : "");
	return n;
}

/* What a mapping may have: the keys of a table and the fields of a link kind. */
struct allowed {
	const struct keys *keys;
	const struct link_kind *kind; /* or NULL */
};

/* One after the other. */
static const char *key_at(const void *data, size_t i)
{
	const struct allowed *a = data;
	size_t n = 0;

	for (; a->keys->key[n].key; n++)
		if (n == i)
			return a->keys->key[n].key;
	for (const struct field *f = a->kind ? a->kind->fields : NULL; f && f->key; f++, n++)
		if (n == i)
			return f->key;
	return NULL;
}

static size_t find_key(const struct allowed *a, const char *word)
{
	const char *key;

	for (size_t i = 0; (key = key_at(a, i)) != NULL; i++)
		if (!strcmp(key, word))
			return i;
	return SIZE_MAX;
}

/* The kind is the table's, or what the mapping says; that may be wrong, which is told when it is read. */
static const struct link_kind *kind_of(const struct keys *keys, const struct yaml *map)
{
	const struct yaml *type = keys->type && map->kind == YAML_MAP ? yaml_get(map, keys->type)
								      : NULL;
	const struct link_kind *kind;

	if (!keys->type)
		return link_kind_of(keys->kind);
	kind = type && type->kind == YAML_TEXT ? link_kind_find(type->text) : NULL;
	return kind && kind->standalone ? kind : NULL;
}

static int read_rows(struct reader *r, const struct key *key, const struct yaml *v, struct rows *out)
{
	bool named = key->type == VALUE_NAMED;
	const struct keys *sub = key->sub;
	size_t n;
	int ret = 0;

	if (v->kind == YAML_NULL)
		return 0;
	if (v->kind != (named ? YAML_MAP : YAML_LIST)) {
		reader_problem(r, v->mark, "%s: %s belongs here", key->key,
			       named ? "a mapping, 'NAME: {…}'," : "a list, '- {…}',");
		return 0;
	}
	*out = (struct rows){ arena_alloc(r->arena, v->n * sub->size + 1), v->n, true, v->mark };
	if (!out->v)
		return -ENOMEM;
	for (uint32_t i = 0; i < v->n && ret == 0; i++) {
		const struct yaml *row = named ? v->pairs[i].value : v->items[i];
		char *at = (char *)out->v + i * sub->size;
		struct text *name = (struct text *)at;

		*name = named ? (struct text){ v->pairs[i].key->text, v->pairs[i].key->mark }
			      : (struct text){ NULL, row->mark };
		n = path_push(r, sub->object, name->s);
		ret = schema_read(r, row, sub, at);
		r->path[n] = 0;
	}
	return ret;
}

static int read_key(struct reader *r, const struct key *key, const struct yaml *v, char *out)
{
	size_t n;
	int ret;

	if (key->type == VALUE_NAMED || key->type == VALUE_ROWS)
		return read_rows(r, key, v, (struct rows *)(out + key->offset));
	if (key->type != VALUE_MAP)
		return value_read(r, key, v, out + key->offset);
	n = path_push(r, key->key, NULL);
	((struct text *)(out + key->offset))->at = v->mark;
	ret = schema_read(r, v, key->sub, out + key->offset);
	r->path[n] = 0;
	return ret;
}

static int read_field(struct reader *r, const struct allowed *a, size_t i, const struct yaml *v,
		      char *out)
{
	struct field_values *values = (struct field_values *)(out + a->keys->fields);
	bool given = false;
	int ret = value_read_field(r, &a->kind->fields[i], v, &values->v[i], &given);

	values->mark[i] = v->mark;
	if (given)
		values->given |= 1u << i;
	return ret;
}

static void check_required(struct reader *r, const struct yaml *map, const struct keys *keys,
			   uint64_t seen)
{
	for (size_t i = 0; keys->key[i].key; i++)
		if (keys->key[i].required && !(seen & 1ull << i))
			reader_problem(r, map->mark, "'%s' is missing", keys->key[i].key);
}

static void unknown_key(struct reader *r, const struct yaml *name, const struct allowed *allowed)
{
	const struct keys *keys = allowed->keys;
	char all[400] = "";
	struct hint hint;
	const char *key;
	size_t n = 0;

	if (*hint_nearest(r->p, &hint, name->text, key_at, allowed)) {
		reader_problem(r, name->mark, "unknown key '%s'%s", name->text, hint.text);
		return;
	}
	for (size_t i = 0; (key = key_at(allowed, i)) != NULL && n < sizeof(all); i++)
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s", i ? ", " : "", key);
	reader_problem(r, name->mark, "unknown key '%s'; %s %s has: %s", name->text,
		       strchr("aeiou", keys->object[0]) ? "an" : "a", keys->object, all);
}

int schema_read(struct reader *r, const struct yaml *map, const struct keys *keys, void *out)
{
	const struct allowed allowed = { keys, kind_of(keys, map) };
	uint64_t seen = 0;
	size_t own = 0;
	int ret = 0;

	while (keys->key[own].key)
		own++;
	if (map->kind != YAML_MAP && map->kind != YAML_NULL) {
		reader_problem(r, map->mark, "a mapping, '{KEY: VALUE}', belongs here, not %s",
			       map->kind == YAML_LIST ? "a list" : "a text");
		return 0;
	}
	for (uint32_t k = 0; map->kind == YAML_MAP && k < map->n && ret == 0; k++) {
		const struct yaml *name = map->pairs[k].key;
		size_t i = find_key(&allowed, name->text);

		if (i == SIZE_MAX) {
			unknown_key(r, name, &allowed);
			continue;
		}
		if (seen & 1ull << i)
			reader_problem(r, name->mark, "key '%s' is here twice; keep one of them",
				       name->text);
		else if (i < own)
			ret = read_key(r, &keys->key[i], map->pairs[k].value, out);
		else
			ret = read_field(r, &allowed, i - own, map->pairs[k].value, out);
		seen |= 1ull << i;
	}
	check_required(r, map, keys, seen);
	return ret;
}
