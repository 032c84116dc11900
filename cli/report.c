/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"

#include "out.h"

#include <stdio.h>
#include <string.h>

void cli_timings(const struct cli *c, struct out_json *j)
{
	uint64_t total = cli_elapsed(), known = 0, ns;

	if (j)
		out_object(j, "timings");
	for (int i = 0; i < WARREN_PHASE_N; i++) {
		const char *name = warren_phase_name((enum warren_phase)i);

		ns = warren_phase_ns(c->warren, (enum warren_phase)i);
		known += ns;
		if (j)
			out_real(j, name, (double)ns / 1e9);
		else if (ns)
			fprintf(stderr, "%-12s %10.3f ms\n", name, (double)ns / 1e6);
	}
	ns = total > known ? total - known : 0;
	if (j) {
		out_real(j, "other", (double)ns / 1e9);
		out_real(j, "total", (double)total / 1e9);
		out_end(j);
	} else {
		fprintf(stderr, "%-12s %10.3f ms\n", "other", (double)ns / 1e6);
		fprintf(stderr, "%-12s %10.3f ms\n", "total", (double)total / 1e6);
	}
}

static const struct {
	const char *word, *sign;
	enum out_colour colour;
} step_verbs[] = {
	[WARREN_STEP_ADD] = { "add", "+", OUT_GREEN },
	[WARREN_STEP_CHANGE] = { "change", "~", OUT_YELLOW },
	[WARREN_STEP_DELETE] = { "delete", "-", OUT_RED },
	[WARREN_STEP_NONE] = { "", " ", OUT_PLAIN },
};

static void step_json(const struct warren_step *s, struct out_json *j)
{
	out_object(j, NULL);
	if (s->verb != WARREN_STEP_NONE)
		out_text(j, "do", step_verbs[s->verb].word);
	out_text(j, "object", s->object);
	out_text(j, "node", s->node);
	out_text(j, "name", s->name);
	if (s->detail && *s->detail)
		out_text(j, "detail", s->detail);
	if (s->line) {
		out_int(j, "line", s->line);
		out_int(j, "column", s->column);
	}
	out_end(j);
}

static void step_line(const struct warren_step *s, const char *file)
{
	printf("%s%s %s ", out_colour(step_verbs[s->verb].colour), step_verbs[s->verb].sign,
	       s->object);
	out_safe(stdout, s->name);
	if (s->node && *s->node && strcmp(s->node, s->name) != 0) {
		fputs(" in ", stdout);
		out_safe(stdout, s->node);
	}
	if (s->detail && *s->detail) {
		fputs(": ", stdout);
		out_safe(stdout, s->detail);
	}
	fputs(out_colour(OUT_PLAIN), stdout);
	if (s->line && file) {
		printf("  %s(", out_colour(OUT_DIM));
		out_safe(stdout, file);
		printf(":%d)%s", s->line, out_colour(OUT_PLAIN));
	}
	putchar('\n');
}

void cli_steps(const struct warren_steps *s, const char *file, const char *key, struct out_json *j)
{
	if (j)
		out_array(j, key);
	for (size_t i = 0; i < s->n; i++) {
		if (j)
			step_json(&s->v[i], j);
		else
			step_line(&s->v[i], file);
	}
	if (j)
		out_end(j);
}

static const struct {
	const char *word;
	size_t offset;
} result_parts[] = {
	{ "added", offsetof(struct warren_result, added) },
	{ "changed", offsetof(struct warren_result, changed) },
	{ "deleted", offsetof(struct warren_result, deleted) },
};

#define N_PARTS (sizeof(result_parts) / sizeof(result_parts[0]))

static size_t part(const struct warren_result *res, size_t i)
{
	return *(const size_t *)((const char *)res + result_parts[i].offset);
}

void cli_result_text(const struct warren_result *res)
{
	const char *comma = "";

	for (size_t i = 0; i < N_PARTS; i++) {
		if (part(res, i) == 0)
			continue;
		printf("%s%zu %s", comma, part(res, i), result_parts[i].word);
		comma = ", ";
	}
}

void cli_result_json(const struct warren_result *res, struct out_json *j)
{
	for (size_t i = 0; i < N_PARTS; i++)
		out_uint(j, result_parts[i].word, part(res, i));
}

void cli_plan_print(const struct cli *c, const char *name, const char *file,
		    const struct warren_steps *s)
{
	struct out_json j = OUT_JSON(stdout);

	if (c->json) {
		out_object(&j, NULL);
		out_text(&j, "network", name);
		cli_steps(s, file, "steps", &j);
		out_end(&j);
		return;
	}
	if (c->verbosity < 0)
		return;
	if (s->n == 0) {
		out_safe(stdout, name);
		puts(": nothing to do");
	}
	cli_steps(s, file, NULL, NULL);
}
