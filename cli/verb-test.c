/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct test_options {
	unsigned long timeout, count;
	const char *junit;
};

static const struct option test_options[] = {
	REACH_OPTIONS(struct test_options),
	{ "junit", 0, OPTION_TEXT, OPTION_VALUE_FILE, offsetof(struct test_options, junit),
	  "write the results as JUnit XML as well; - for standard output instead of TAP" },
	{ NULL },
};

/*
 * The expectation as written, but on one line; where ranges make several of
 * one, which of them. The caller's to free; NULL without memory.
 */
static char *title_of(const struct warren_check *check)
{
	char *title = NULL, *to;

	if (strchr(check->text, '[')) {
		if (asprintf(&title, "%s (%s to %s)", check->text, check->reach.from,
			     check->reach.to) < 0)
			return NULL;
	} else {
		title = strdup(check->text);
	}
	to = title;
	for (const char *s = title; s && *s; s++)
		if (!strchr(" \t\r\n", *s))
			*to++ = *s;
		else if (to > title && s[1] && !strchr(" \t\r\n", s[1]))
			*to++ = ' ';
	if (to)
		*to = 0;
	return title;
}

static void print_tap(const struct warren_checks *all)
{
	if (all->n == 0)
		puts("1..0 # SKIP the file has no expectations");
	else
		printf("1..%zu\n", all->n);
	for (size_t i = 0; i < all->n; i++) {
		const struct warren_check *check = &all->v[i];
		char *title = title_of(check);

		printf("%s%s%s %zu - ", out_colour(check->passed ? OUT_GREEN : OUT_RED),
		       check->passed ? "ok" : "not ok", out_colour(OUT_PLAIN), i + 1);
		out_safe(stdout, title ? title : check->text);
		free(title);
		putchar('\n');
		if (check->passed)
			continue;
		fputs("# ", stdout);
		out_safe(stdout, check->file);
		printf(":%d:%d: ", check->line, check->column);
		out_safe(stdout, check->reach.reason);
		putchar('\n');
	}
	if (all->failed)
		printf("# %zu of %zu failed\n", all->failed, all->n);
}

static void print_json(const char *network, const struct warren_checks *all, uint64_t ns)
{
	struct out_json j = OUT_JSON(stdout);

	out_object(&j, NULL);
	out_text(&j, "network", network);
	out_uint(&j, "passed", all->passed);
	out_uint(&j, "failed", all->failed);
	out_real(&j, "seconds", (double)ns / 1e9);
	out_text(&j, "note", all->note);
	out_array(&j, "expectations");
	for (size_t i = 0; i < all->n; i++) {
		const struct warren_check *check = &all->v[i];

		out_object(&j, NULL);
		out_text(&j, "text", check->text);
		out_text(&j, "file", check->file);
		out_int(&j, "line", check->line);
		out_int(&j, "column", check->column);
		out_bool(&j, "passed", check->passed);
		reach_json(&j, &check->reach);
		out_end(&j);
	}
	out_end(&j);
	out_end(&j);
}

/* Control characters, U+FFFE and U+FFFF are not allowed in XML 1.0 even when escaped, nor is what is no UTF-8. */
static void xml_text(FILE *f, const char *s)
{
	static const char special[] = "&<>\"";
	static const char *const entities[] = { "&amp;", "&lt;", "&gt;", "&quot;" };

	while (*s) {
		const char *e = strchr(special, *s);
		char one[5] = { *s++ };

		/* a character of UTF-8 is a byte and those behind it that go on */
		for (size_t n = 1; n < 4 && (*s & 0xc0) == 0x80; n++)
			one[n] = *s++;
		if (e)
			fputs(entities[e - special], f);
		if (!strncmp(one, "\xef\xbf\xbe", 3) || !strncmp(one, "\xef\xbf\xbf", 3))
			fputc('?', f);
		else
			out_safe(f, e ? one + 1 : one);
	}
}

static void junit_case(FILE *f, const char *network, const struct warren_check *check)
{
	char *title = title_of(check);

	fputs("  <testcase classname=\"", f);
	xml_text(f, network);
	fputs("\" name=\"", f);
	xml_text(f, title ? title : check->text);
	free(title);
	fputs("\" file=\"", f);
	xml_text(f, check->file);
	fprintf(f, "\" line=\"%d\" time=\"%.6f\"", check->line, (double)check->reach.rtt_ns / 1e9);
	if (check->passed) {
		fputs("/>\n", f);
		return;
	}
	fprintf(f, ">\n    <failure type=\"%s\" message=\"",
		warren_reach_ok(check->reach.status) ? "expectation"
						     : warren_reach_name(check->reach.status));
	xml_text(f, check->reach.reason);
	fputs("\"/>\n  </testcase>\n", f);
}

static int write_junit(const struct cli *c, const char *path, const char *network,
		       const struct warren_checks *all, uint64_t ns, struct warren_errs *errs)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int r;

	if (!f)
		return cli_fail(errs, -ENOMEM, "out of memory");
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"", f);
	xml_text(f, network);
	fprintf(f, "\" tests=\"%zu\" failures=\"%zu\" time=\"%.6f\">\n", all->n, all->failed,
		(double)ns / 1e9);
	for (size_t i = 0; i < all->n; i++)
		junit_case(f, network, &all->v[i]);
	fputs("</testsuite>\n", f);
	if (fclose(f) != 0)
		r = cli_fail(errs, -ENOMEM, "out of memory");
	else
		r = cli_write(c, path, text, len, errs);
	free(text);
	return r;
}

static int test(struct cli *c, const struct warren_topo *t, const struct warren_probe_options *o,
		const char *junit, struct warren_errs *errs)
{
	struct warren_checks all = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	uint64_t start = cli_elapsed();
	int r = warren_test(c->warren, t, o, &all, &err);

	if (r < 0)
		return warren_errs_add(errs, &err);
	start = cli_elapsed() - start;
	if (c->json)
		print_json(warren_topo_name(t), &all, start);
	else if (c->verbosity >= 0 && !(junit && strcmp(junit, "-") == 0))
		print_tap(&all);
	if (junit)
		r = write_junit(c, junit, warren_topo_name(t), &all, start, errs);
	if (all.note && c->verbosity >= 0)
		fprintf(stderr, "note: %s\n", all.note);
	if (r == 0)
		r = all.failed ? EXIT_FAILED : EXIT_OK;
	warren_checks_fini(&all);
	return r;
}

static int test_run(struct cli *c, const void *opts, int argc, char **argv, struct warren_errs *errs)
{
	const struct test_options *opt = opts;
	struct warren_probe_options o = { 0 };
	struct warren_topo *t = NULL;
	int r = reach_options(opt->timeout, opt->count, &o, errs);

	if (r)
		return r;
	if (c->json && opt->junit && strcmp(opt->junit, "-") == 0)
		return cli_usage(errs, "--json and --junit - both want standard output");
	r = reach_topology(c, argc > 0 ? argv[0] : NULL, NULL, &t, errs);
	if (r)
		return r;
	r = test(c, t, &o, opt->junit, errs);
	warren_topo_free(t);
	return r;
}

const struct verb verb_test = {
	.name = "test",
	.arguments = "[FILE|NAME]",
	.summary = "try what the topology file expects",
	.details =
		"Sends real packets from inside the nodes, all at once, for each line of 'expect', and prints "
		"TAP. 'A -> B' holds where B answers ICMP echo; with a port, where a TCP connection is made, "
		"or where UDP is answered or seen to come to a socket there. 'A -x B' holds where "
		"that fails, also where it is refused. With 'via', the path must have exactly "
		"the routers listed, in this order.\n\n"
		"The exit code is 1 where an expectation fails.",
	.options = test_options,
	.options_size = sizeof(struct test_options),
	.max_args = 1,
	.flags = VERB_JSON | VERB_TOPOLOGY,
	.complete = COMPLETE_NETWORK,
	.run = test_run,
};
