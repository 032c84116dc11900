/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/build.h"

#include <stdio.h>
#include <string.h>

/* One expectation while it is read. */
struct expecting {
	struct build *b;
	const struct text *text;
	const char *s; /* what is left of the text */
	struct topo_expect e;
	struct range from, to;
	bool to_is_address;
};

static int bad(struct expecting *x, const char *why)
{
	problem(x->b->p, x->text->at, "expect '%s': %s", x->text->s, why);
	return 1;
}

/* The next word: up to white space, a comma outside of brackets, or the end. NULL: none is left, or no memory. */
static char *next_word(struct expecting *x)
{
	const char *start;
	bool inside = false;

	x->s += strspn(x->s, " \t\n");
	start = x->s;
	for (; *x->s && (inside || !strchr(" \t\n,", *x->s)); x->s++) {
		if (*x->s == '[')
			inside = true;
		if (*x->s == ']')
			inside = false;
	}
	return x->s == start ? NULL : arena_dup(x->b->scratch, start, (size_t)(x->s - start));
}

static int parse_nodes(struct expecting *x, char *word, struct range *range)
{
	const char *why;
	int r = range_parse(x->b->scratch, word, range, &why);

	return r < 0 ? r : why ? bad(x, why) : 0;
}

/* ":PORT" or ":PORT/PROTO" behind the last colon; cut off the word. */
static int parse_port(struct expecting *x, char *colon)
{
	char *slash = strchr(colon, '/');
	unsigned long port;
	char *end;

	*colon++ = 0;
	x->e.proto = TOPO_TCP;
	if (slash) {
		*slash++ = 0;
		if (!strcmp(slash, "udp"))
			x->e.proto = TOPO_UDP;
		else if (strcmp(slash, "tcp"))
			return bad(x, "the protocol behind the port is 'tcp' or 'udp'");
	}
	port = *colon >= '0' && *colon <= '9' ? strtoul(colon, &end, 10) : 0;
	if (!port || *end || port > 65535)
		return bad(x, "a port is a number from 1 to 65535");
	x->e.port = (uint16_t)port;
	return 0;
}

/* The bracket that ends an address in brackets; NULL for anything else, also "[1-3]", a range. */
static char *closing_bracket(char *word)
{
	char *end = word[0] == '[' ? strchr(word, ']') : NULL;

	return end && strcspn(word, ":.") < (size_t)(end - word) ? end : NULL;
}

/* An address, [ADDRESS]:PORT, or nodes with or without :PORT. */
static int parse_to(struct expecting *x, char *word)
{
	char *bracket = closing_bracket(word);
	char *colon = bracket ? strchr(bracket, ':') : strrchr(word, ':');
	int r;

	x->to_is_address = true;
	if (bracket && bracket[1] && bracket + 1 != colon)
		return bad(x, "only ':' and a port may follow the address in brackets");
	if (!bracket && ip_parse(word, &x->e.addr) == 0)
		return ip_has_plen(word)
			       ? bad(x, "an address, not a network, belongs behind the arrow")
			       : 0;
	r = colon ? parse_port(x, colon) : 0;
	if (r)
		return r;
	if (bracket) {
		*bracket = 0;
		word++;
	}
	if (ip_parse(word, &x->e.addr) == 0 && !ip_has_plen(word))
		return 0;
	if (bracket)
		return bad(x, "what is in the brackets is no IPv6 address");
	x->to_is_address = false;
	return parse_nodes(x, word, &x->to);
}

static int find_node(struct expecting *x, const char *name, uint32_t *ret)
{
	struct build *b = x->b;
	char object[96];

	*ret = name ? map_get_str(&b->t->by_name, name) : MODEL_NONE;
	if (*ret != MODEL_NONE && b->t->model.ns.v[*ret].kind != MODEL_NS_SWITCH)
		return 0;
	if (name && map_get_str(&b->switch_by_name, name) != MAP_NONE)
		return bad(x, "a switch neither sends nor answers; name one of its nodes");
	snprintf(object, sizeof(object), "expect '%.80s'", x->text->s);
	build_unknown_node(b, x->text->at, object, name ? name : x->text->s);
	return 1;
}

static int parse_via(struct expecting *x)
{
	struct topo_via via;
	char *word;
	int r;

	x->e.via.first = (uint32_t)x->b->t->vias.n;
	do {
		word = next_word(x);
		if (!word)
			return bad(
				x,
				"'via' needs nodes or addresses behind it, in the order of the path: via A, B");
		via = (struct topo_via){ .ns = MODEL_NONE };
		r = ip_parse(word, &via.addr) == 0 ? 0 : find_node(x, word, &via.ns);
		if (r)
			return r;
		if (vec_push(&x->b->t->vias, via) < 0)
			return -ENOMEM;
		x->e.via.n++;
		x->s += strspn(x->s, " \t\n");
	} while (*x->s == ',' && x->s++);
	return *x->s ? bad(x, "separate the nodes behind 'via' by commas") : 0;
}

static int parse(struct expecting *x)
{
	static const char usage[] =
		"write 'A -> B', 'A -> B:80', 'A -> B:53/udp', 'A -x B:22' or 'A -> B via C, D'";
	char *from = next_word(x), *arrow = from ? next_word(x) : NULL,
	     *to = arrow ? next_word(x) : NULL, *via;
	int r;

	if (!to || (strcmp(arrow, "->") && strcmp(arrow, "-x")))
		return bad(x, usage);
	x->e.must_fail = arrow[1] == 'x';
	r = parse_nodes(x, from, &x->from);
	if (r == 0)
		r = parse_to(x, to);
	if (r)
		return r;
	via = next_word(x);
	if (!via)
		return *x->s ? bad(x, usage) : 0;
	if (strcmp(via, "via"))
		return bad(x, usage);
	if (x->e.must_fail)
		return bad(x, "what must not arrive has no path; leave 'via' out");
	return parse_via(x);
}

/* The address to probe: of a family that both have, IPv4 first. */
static int choose_address(struct expecting *x)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	const struct warren_topo *t = x->b->t;
	const struct ip *to;

	if (x->to_is_address)
		return 0;
	for (int k = 0; k < 2; k++) {
		to = topo_first_address(t, x->e.to, families[k]);
		if (to && (x->e.from == x->e.to || topo_first_address(t, x->e.from, families[k]))) {
			x->e.addr = ip_host(to);
			return 0;
		}
	}
	problem(x->b->p, x->text->at,
		"expect '%s': '%s' and '%s' have no addresses of one family; give both an address",
		x->text->s, t->model.ns.v[x->e.from].name, t->model.ns.v[x->e.to].name);
	return 1;
}

static int add_pair(struct expecting *x, uint64_t i, uint64_t k)
{
	char name[RANGE_NAME_MOST];
	int r = find_node(x, range_name(&x->from, i, name), &x->e.from);

	x->e.to = MODEL_NONE;
	if (r == 0 && !x->to_is_address)
		r = find_node(x, range_name(&x->to, k, name), &x->e.to);
	if (r == 0 && x->e.from == x->e.to && (x->from.n > 1 || x->to.n > 1))
		return 0; /* of all pairs of a range, not those of a node with itself */
	/* Nothing is handed out once something is wrong. */
	if (r == 0 && !x->b->p->n)
		r = choose_address(x);
	return r == 0 ? vec_push(&x->b->t->expects, x->e) : r;
}

static int add_pairs(struct expecting *x)
{
	uint64_t n_to = x->to_is_address ? 1 : x->to.n;
	int r = 0;

	if (x->from.n > BUILD_EXPECTS_MOST || n_to > BUILD_EXPECTS_MOST ||
	    x->from.n * n_to > BUILD_EXPECTS_MOST - x->b->t->expects.n) {
		problem_code(x->b->p, x->text->at, -E2BIG,
			     "expect '%s': more than %d pairs in one file; take smaller ranges",
			     x->text->s, BUILD_EXPECTS_MOST);
		return 1;
	}
	for (uint64_t i = 0; i < x->from.n; i++)
		for (uint64_t k = 0; k < n_to && r == 0; k++)
			r = add_pair(x, i, k);
	return r;
}

int build_expects(struct build *b)
{
	for (uint32_t i = 0; i < b->spec->expect.n; i++) {
		struct expecting x = { .b = b, .text = &b->spec->expect.v[i] };
		int r;

		x.s = x.text->s;
		x.e.mark = x.text->at;
		x.e.text = arena_str(&b->t->model.arena, x.text->s);
		if (!x.e.text)
			return -ENOMEM;
		r = parse(&x);
		if (r == 0)
			r = add_pairs(&x);
		if (r < 0)
			return r;
	}
	return 0;
}
