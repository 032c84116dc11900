/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/schema.h"

#include <stdio.h>
#include <string.h>

static const char *kind_words(const struct yaml *v)
{
	switch (v->kind) {
	case YAML_NULL:
		return "nothing";
	case YAML_TEXT:
		return "a text";
	case YAML_LIST:
		return "a list";
	case YAML_MAP:
		return "a mapping";
	}
	return "?";
}

/* What is written, for errors: the text, or what else it is. */
static const char *shown(const struct yaml *v, char buf[64])
{
	if (v->kind == YAML_TEXT)
		snprintf(buf, 64, "'%.*s'", 60, v->text);
	else
		snprintf(buf, 64, "%s", kind_words(v));
	return buf;
}

static void wrong(struct reader *r, const struct key *key, const struct yaml *v)
{
	char buf[64];

	reader_problem(r, v->mark, "%s: %s is not %s", key->key, shown(v, buf),
		       value_type_words(key->type));
}

/* YAML 1.1's words, which people type, 1.2's among them. */
static bool parse_bool(const struct yaml *v, uint64_t *ret)
{
	static const char *const words[] = { "false", "true", "no", "yes", "off",
					     "on",    "n",    "y",  NULL };

	for (size_t i = 0; v->kind == YAML_TEXT && words[i]; i++)
		if (!strcasecmp(v->text, words[i])) {
			*ret = i % 2;
			return true;
		}
	return false;
}

/* @return value of a hexadecimal digit, 99 where it is none */
static uint64_t hex(char c)
{
	if (c >= '0' && c <= '9')
		return (uint64_t)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (uint64_t)(c - 'a' + 10) : 99;
}

/* Decimal, or hexadecimal with 0x. */
static bool parse_uint(const char *s, uint64_t max, uint64_t *ret)
{
	unsigned base = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? 16 : 10;
	uint64_t n = 0;

	if (base == 16)
		s += 2;
	if (!*s)
		return false;
	for (; *s; s++) {
		uint64_t digit = hex(*s);

		if (digit >= base || digit > max || n > (max - digit) / base)
			return false;
		n = n * base + digit;
	}
	*ret = n;
	return true;
}

static bool read_number(const struct yaml *v, uint64_t min, uint64_t max, struct number *out)
{
	uint64_t n;

	if (v->kind != YAML_TEXT || !parse_uint(v->text, max, &n) || n < min)
		return false;
	*out = (struct number){ n, true, v->mark };
	return true;
}

static int read_uint(struct reader *r, const struct key *key, const struct yaml *v, void *out)
{
	char buf[64];

	if (!read_number(v, key->min, key->max, out))
		reader_problem(r, v->mark, "%s: %s is not a number from %llu to %llu", key->key,
			       shown(v, buf), (unsigned long long)key->min,
			       (unsigned long long)key->max);
	return 0;
}

static int read_bool(struct reader *r, const struct key *key, const struct yaml *v, void *out)
{
	uint64_t n;

	if (parse_bool(v, &n))
		*(struct number *)out = (struct number){ n, true, v->mark };
	else
		wrong(r, key, v);
	return 0;
}

static const char *word_at(const void *data, size_t i)
{
	return ((const char *const *)data)[i];
}

/* One of some words. "on" and "off" may be written as any of YAML's booleans. */
static int read_word(struct reader *r, const struct key *key, const struct yaml *v, void *out)
{
	const char *text = v->kind == YAML_TEXT ? v->text : "";
	char all[200] = "", buf[64];
	struct hint hint;
	uint64_t yes;
	size_t n = 0;

	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; key->words[i]; i++)
			if (!strcmp(text, key->words[i])) {
				*(struct number *)out = (struct number){ i, true, v->mark };
				return 0;
			}
		if (!parse_bool(v, &yes))
			break;
		text = yes ? "on" : "off";
	}
	for (size_t i = 0; key->words[i] && n < sizeof(all); i++)
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s",
				      !i		  ? ""
				      : key->words[i + 1] ? ", "
							  : " or ",
				      key->words[i]);
	reader_problem(r, v->mark, "%s: %s is not %s%s", key->key, shown(v, buf), all,
		       hint_nearest(r->p, &hint, text, word_at, key->words));
	return 0;
}

static const char *standalone_at(const void *data, size_t i)
{
	(void)data;
	return link_kind_standalone(i);
}

static int read_kind(struct reader *r, const struct key *key, const struct yaml *v, void *out)
{
	const char *text = v->kind == YAML_TEXT ? v->text : "", *name;
	char all[200] = "", buf[64];
	struct hint hint;
	size_t n = 0;

	hint_nearest(r->p, &hint, text, standalone_at, NULL);
	for (size_t i = 0; (name = link_kind_standalone(i)) != NULL && n < sizeof(all); i++) {
		if (!strcmp(text, name)) {
			*(struct number *)out = (struct number){
				link_kind_number(link_kind_find(name)), true, v->mark
			};
			return 0;
		}
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s", i ? ", " : "", name);
	}
	reader_problem(r, v->mark, "%s: %s is no kind of interface%s%s", key->key, shown(v, buf),
		       hint.text[0] ? hint.text : "; there are: ", hint.text[0] ? "" : all);
	return 0;
}

static int read_table(struct reader *r, const struct key *key, const struct yaml *v, void *out)
{
	/* The three of every Linux; names of /etc/iproute2 are the host's, not the file's. */
	static const struct {
		const char *name;
		uint32_t id;
	} tables[] = { { "default", 253 }, { "main", 254 }, { "local", 255 } };

	for (size_t i = 0; v->kind == YAML_TEXT && i < 3; i++)
		if (!strcmp(v->text, tables[i].name)) {
			*(struct number *)out = (struct number){ tables[i].id, true, v->mark };
			return 0;
		}
	if (!read_number(v, 1, UINT32_MAX, out))
		wrong(r, key, v);
	return 0;
}

static int read_fwmark(struct reader *r, const struct key *key, const struct yaml *v, void *out)
{
	struct number *mark = out, *mask = mark + 1;
	const char *slash = v->kind == YAML_TEXT ? strchr(v->text, '/') : NULL;
	char head[32];

	mask->v = UINT32_MAX;
	if (slash) {
		snprintf(head, sizeof(head), "%.*s", (int)(slash - v->text), v->text);
		mark->given = parse_uint(head, UINT32_MAX, &mark->v) &&
			      parse_uint(slash + 1, UINT32_MAX, &mask->v);
		mark->at = v->mark;
	} else if (v->kind == YAML_TEXT) {
		mark->given = parse_uint(v->text, UINT32_MAX, &mark->v);
		mark->at = v->mark;
	}
	if (!mark->given)
		wrong(r, key, v);
	return 0;
}

static int read_mac(struct reader *r, const struct key *key, const struct yaml *v, void *out)
{
	const char *s = v->kind == YAML_TEXT ? v->text : "";
	struct mac mac = { .given = true, .at = v->mark };
	bool zero = true;

	for (int i = 0; i < 6; i++, s += i < 6 ? 3 : 2) {
		if (hex(s[0]) > 15 || hex(s[1]) > 15 || (i < 5 ? s[2] != ':' : s[2] != 0)) {
			wrong(r, key, v);
			return 0;
		}
		mac.b[i] = (uint8_t)(hex(s[0]) << 4 | hex(s[1]));
		zero = zero && !mac.b[i];
	}
	if (mac.b[0] & 1)
		reader_problem(
			r, v->mark,
			"mac: %s is a group (multicast) address; an interface's first byte is even, such as 02:…",
			v->text);
	else if (zero)
		reader_problem(
			r, v->mark,
			"mac: 00:00:00:00:00:00 is no address; leave 'mac' out for one that is chosen");
	else
		*(struct mac *)out = mac;
	return 0;
}

static int read_text(struct reader *r, const struct key *key, const struct yaml *v, void *out)
{
	if (v->kind == YAML_TEXT && *v->text)
		*(struct text *)out = (struct text){ v->text, v->mark };
	else
		wrong(r, key, v);
	return 0;
}

/* A list's items, or the value as the only one. */
static uint32_t items_of(const struct yaml *const *v, const struct yaml *const **items)
{
	if ((*v)->kind == YAML_LIST) {
		*items = (const struct yaml *const *)(*v)->items;
		return (*v)->n;
	}
	*items = v;
	return (*v)->kind == YAML_NULL ? 0 : 1;
}

static int read_texts(struct reader *r, const struct key *key, const struct yaml *v, void *out)
{
	const struct yaml *const *items;
	uint32_t n = items_of(&v, &items);
	struct texts *texts = out;

	texts->v = arena_alloc(r->arena, n * sizeof(*texts->v) + 1);
	if (!texts->v)
		return -ENOMEM;
	texts->given = true;
	texts->at = v->mark;
	for (uint32_t i = 0; i < n; i++)
		if (items[i]->kind == YAML_TEXT && *items[i]->text)
			texts->v[texts->n++] = (struct text){ items[i]->text, items[i]->mark };
		else
			wrong(r, key, items[i]);
	return 0;
}

/* What an address may look like, by type. */
struct ip_form {
	bool list, bare, length; /* a list; without, with prefix length */
	bool network;		 /* no bit set behind the prefix length */
	const char *word;	 /* instead of an address */
};

static struct ip_form form_of(enum value_type type)
{
	switch ((int)type) {
	case VALUE_HOSTS:
		return (struct ip_form){ .list = true, .bare = true };
	case VALUE_IFADDRS:
		return (struct ip_form){ .list = true, .length = true };
	case VALUE_PREFIX:
		return (struct ip_form){ .bare = true, .length = true, .network = true };
	case VALUE_TARGET:
		return (struct ip_form){
			.bare = true, .length = true, .network = true, .word = "default"
		};
	case VALUE_PREFIXES:
		return (struct ip_form){ .list = true, .length = true, .network = true };
	case VALUE_SUBNETS:
		return (struct ip_form){
			.list = true, .length = true, .network = true, .word = "none"
		};
	default:
		return (struct ip_form){ .bare = true };
	}
}

/* Addresses that no interface and no packet on the wire can have. */
static const char *unusable(const struct ip *ip, bool network)
{
	static const struct {
		const char *prefix, *why;
	} table[] = {
		{ "224.0.0.0/4", "is a multicast address, which no interface can have" },
		{ "ff00::/8", "is a multicast address, which no interface can have" },
		{ "255.255.255.255", "is the broadcast address, which no interface can have" },
		{ "::ffff:0:0/96", "is IPv4 in IPv6's clothes; write it as IPv4" },
	};
	struct ip zero = { .family = ip->family, .plen = ip->plen }, bad;

	if (!network && ip_same_host(ip, &zero))
		return "is the unspecified address, which no interface can have";
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (ip_parse(table[i].prefix, &bad) == 0 && ip_contains(&bad, ip))
			return table[i].why;
	return NULL;
}

/* @return whether it is one; a problem was recorded where it is not */
static bool read_ip(struct reader *r, const struct key *key, const struct ip_form *form,
		    const struct yaml *v, struct ip_at *out)
{
	char net[IP_TEXT];
	const char *why;
	struct ip ip;

	if (v->kind != YAML_TEXT || ip_parse(v->text, &ip) < 0) {
		wrong(r, key, v);
		return false;
	}
	if (ip_has_plen(v->text) && !form->length) {
		reader_problem(r, v->mark,
			       "%s: %s has a prefix length; an address alone belongs here: %s",
			       key->key, v->text, ip_format_host(&ip, net));
		return false;
	}
	if (!ip_has_plen(v->text) && !form->bare) {
		reader_problem(r, v->mark, "%s: %s lacks its prefix length, such as %s%s", key->key,
			       v->text, v->text, ip.family == AF_INET ? "/24" : "/64");
		return false;
	}
	if (form->network && memcmp(ip_network(&ip).b, ip.b, sizeof(ip.b))) {
		struct ip base = ip_network(&ip);

		reader_problem(r, v->mark, "%s: %s is an address in a network; the network is %s",
			       key->key, v->text, ip_format(&base, net));
		return false;
	}
	why = unusable(&ip, form->network);
	if (why && key->type != VALUE_PREFIX && key->type != VALUE_TARGET) {
		reader_problem(r, v->mark, "%s: %s %s", key->key, v->text, why);
		return false;
	}
	*out = (struct ip_at){ ip, v->mark };
	return true;
}

/* A key with nothing behind it is forgotten more often than meant; an empty list is meant, where none is an answer. */
static bool is_blank(struct reader *r, const struct key *key, const struct yaml *v)
{
	bool null = v->kind == YAML_NULL;

	if (!null && (v->kind != YAML_LIST || v->n >= key->min))
		return false;
	reader_problem(r, v->mark, "%s: %s; write %s%s, or leave '%s' out", key->key,
		       null ? "nothing is written here" : "the list is empty",
		       value_type_words(key->type), key->min ? "" : ", [] for none", key->key);
	return true;
}

static int read_ips(struct reader *r, const struct key *key, const struct yaml *v, void *out)
{
	struct ip_form form = form_of(key->type);
	const struct yaml *const *items;
	uint32_t n = items_of(&v, &items);
	struct ips *ips = out;

	if (form.list && is_blank(r, key, v))
		return 0;
	ips->v = arena_alloc(r->arena, (n + 1) * sizeof(*ips->v));
	if (!ips->v)
		return -ENOMEM;
	ips->given = true;
	ips->at = v->mark;
	if (form.word && v->kind == YAML_TEXT && !strcmp(v->text, form.word)) {
		ips->none = true;
		ips->v[0].at = v->mark;
		ips->n = key->type == VALUE_TARGET;
		return 0;
	}
	if (!form.list && v->kind != YAML_TEXT) {
		wrong(r, key, v);
		return 0;
	}
	for (uint32_t i = 0; i < n; i++)
		if (read_ip(r, key, &form, items[i], &ips->v[ips->n]))
			ips->n++;
	return 0;
}

static int read_ends(struct reader *r, const struct key *key, const struct yaml *v, void *out)
{
	struct key item = { key->key, VALUE_IFADDRS };
	struct ends *ends = out;
	int ret = 0;

	if (v->kind != YAML_LIST || v->n != 2) {
		wrong(r, key, v);
		return 0;
	}
	ends->v = arena_alloc(r->arena, v->n * sizeof(*ends->v));
	if (!ends->v)
		return -ENOMEM;
	ends->given = true;
	ends->at = v->mark;
	for (ends->n = 0; ends->n < v->n && ret == 0; ends->n++)
		if (v->items[ends->n]->kind == YAML_NULL)
			wrong(r, &item, v->items[ends->n]);
		else
			ret = read_ips(r, &item, v->items[ends->n], &ends->v[ends->n]);
	return ret;
}

static int read_pairs(struct reader *r, const struct key *key, const struct yaml *v, void *out)
{
	struct pairs *pairs = out;

	if (v->kind != YAML_MAP) {
		if (v->kind != YAML_NULL)
			wrong(r, key, v);
		return 0;
	}
	pairs->v = arena_alloc(r->arena, v->n * sizeof(*pairs->v) + 1);
	if (!pairs->v)
		return -ENOMEM;
	for (uint32_t i = 0; i < v->n; i++) {
		const struct yaml *name = v->pairs[i].key, *value = v->pairs[i].value;

		if (value->kind == YAML_TEXT)
			pairs->v[pairs->n++] = (struct pair){ { name->text, name->mark },
							      { value->text, value->mark } };
		else
			reader_problem(r, value->mark,
				       "%s: %s: a text or a number belongs here, not %s", key->key,
				       name->text, kind_words(value));
	}
	return 0;
}

static int read_entries(struct reader *r, const struct key *key, const struct yaml *v, void *out)
{
	struct host_entries *entries = out;
	int ret = 0;

	if (v->kind != YAML_MAP) {
		if (v->kind != YAML_NULL)
			wrong(r, key, v);
		return 0;
	}
	entries->v = arena_alloc(r->arena, v->n * sizeof(*entries->v) + 1);
	if (!entries->v)
		return -ENOMEM;
	for (; entries->n < v->n && ret == 0; entries->n++) {
		struct host_entry *e = &entries->v[entries->n];
		const struct yaml *name = v->pairs[entries->n].key;
		const struct yaml *value = v->pairs[entries->n].value;
		struct key item = { arena_printf(r->arena, "%s: %s", key->key, name->text),
				    VALUE_HOSTS };

		if (!item.key)
			return -ENOMEM;
		e->name = (struct text){ name->text, name->mark };
		if (value->kind == YAML_NULL || (value->kind == YAML_LIST && !value->n))
			reader_problem(r, name->mark, "%s has no address", item.key);
		else
			ret = read_ips(r, &item, value, &e->ips);
	}
	return ret;
}

static int read_elsewhere(struct reader *r, const struct key *key, const struct yaml *v, void *out)
{
	(void)r;
	(void)key;
	(void)v;
	(void)out;
	return 0;
}

#define JSON_SCALAR   "{\"type\":[\"string\",\"number\",\"boolean\"]}"
#define JSON_TEXT     "{\"type\":[\"string\",\"number\",\"boolean\"],\"minLength\":1}"
#define JSON_TEXTS    JSON_LIST_OF(JSON_TEXT, "[\"array\",\"null\"]", "0")
#define JSON_IP	      "{\"type\":\"string\",\"minLength\":1}"
#define JSON_IPS      JSON_LIST_OF(JSON_IP, "\"array\"", "0")
#define JSON_SOME_IPS JSON_LIST_OF(JSON_IP, "\"array\"", "1")
#define JSON_LIST_OF(item, type, least)                                                            \
	"{\"anyOf\":[" item ",{\"type\":" type ",\"minItems\":" least ",\"items\":" item "}]}"
#define JSON_MAP_OF(value) "{\"type\":[\"object\",\"null\"],\"additionalProperties\":" value "}"

/* A row a type: how it is called, described, and read. */
static const struct {
	const char *words, *json;
	int (*read)(struct reader *r, const struct key *key, const struct yaml *v, void *out);
} types[] = {
	[VALUE_TEXT] = { "a text", JSON_TEXT, read_text },
	[VALUE_TEXTS] = { "a text or a list of texts", JSON_TEXTS, read_texts },
	[VALUE_BOOL] = { "true or false",
			 "{\"type\":[\"boolean\",\"string\"],\"pattern\":\"" SCHEMA_YES_NO
			 "|" SCHEMA_VARIABLE "\"}",
			 read_bool },
	[VALUE_UINT] = { "a number", NULL, read_uint },
	[VALUE_WORD] = { "a word", NULL, read_word },
	[VALUE_KIND] = { "a kind of interface", NULL, read_kind },
	[VALUE_TABLE] = { "a routing table: a number from 1, 'main', 'local' or 'default'",
			  "{\"anyOf\":[{\"type\":[\"integer\",\"string\"],\"minimum\":1,"
			  "\"maximum\":4294967295,\"pattern\":\"" SCHEMA_NUMBER "|" SCHEMA_VARIABLE
			  "\"},{\"enum\":[\"main\",\"local\",\"default\"]}]}",
			  read_table },
	[VALUE_FWMARK] = { "a mark such as 0x10 or 0x10/0xff",
			   "{\"type\":[\"string\",\"integer\"],\"minimum\":0,"
			   "\"maximum\":4294967295,\"minLength\":1}",
			   read_fwmark },
	/* One with decimal digits only is a number to YAML 1.1, to the base of 60. */
	[VALUE_MAC] = { "a MAC address such as 02:00:00:00:00:01",
			"{\"type\":[\"string\",\"integer\"],\"minimum\":777600000,\"pattern\":"
			"\"^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$|" SCHEMA_VARIABLE "\"}",
			read_mac },
	[VALUE_HOST] = { "an IP address", JSON_IP, read_ips },
	[VALUE_HOSTS] = { "an IP address", JSON_IPS, read_ips },
	[VALUE_IFADDRS] = { "an IP address with its prefix length, such as 10.0.0.1/24", JSON_IPS,
			    read_ips },
	[VALUE_PREFIX] = { "an IP address or a network such as 10.0.0.0/24", JSON_IP, read_ips },
	[VALUE_TARGET] = { "an IP address, a network such as 10.0.0.0/24, or 'default'", JSON_IP,
			   read_ips },
	[VALUE_PREFIXES] = { "a network such as 10.0.0.0/24", JSON_IPS, read_ips },
	[VALUE_SUBNETS] = { "a network such as 10.0.0.0/24, or 'none'", JSON_IPS, read_ips },
	[VALUE_ENDS] = { "a list of two, the addresses of the one end and of the other",
			 "{\"type\":\"array\",\"minItems\":2,\"maxItems\":2,\"items\":" JSON_IPS "}",
			 read_ends },
	[VALUE_PAIRS] = { "a mapping, NAME: VALUE", JSON_MAP_OF(JSON_SCALAR), read_pairs },
	[VALUE_ENTRIES] = { "a mapping, NAME: ADDRESS", JSON_MAP_OF(JSON_SOME_IPS), read_entries },
	[VALUE_ELSEWHERE] = { "a mapping, NAME: VALUE",
			      JSON_MAP_OF("{\"type\":[\"string\",\"number\",\"boolean\",\"null\"]}"),
			      read_elsewhere },
	[VALUE_MAP] = { "a mapping", NULL, read_elsewhere },
	[VALUE_ROWS] = { "a list of mappings", NULL, read_elsewhere },
	[VALUE_NAMED] = { "a mapping, NAME: {…}", NULL, read_elsewhere },
};

int value_read(struct reader *r, const struct key *key, const struct yaml *v, void *out)
{
	return types[key->type].read(r, key, v, out);
}

int value_read_field(struct reader *reader, const struct field *f, const struct yaml *v,
		     uint64_t *ret, bool *given)
{
	struct key key = { f->key, f->type == FIELD_BOOL ? VALUE_BOOL : VALUE_UINT, .min = f->min,
			   .max = f->max };
	struct number n = { 0 };
	int r = value_read(reader, &key, v, &n);

	*ret = n.v;
	*given = n.given;
	return r;
}

const char *value_type_words(enum value_type type)
{
	return types[type].words;
}

json_t *value_type_schema(enum value_type type)
{
	return types[type].json ? json_loads(types[type].json, 0, NULL) : NULL;
}
