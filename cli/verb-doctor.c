/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"

#include "out.h"

#include <warren/doctor.h>

#include <string.h>

static enum out_colour colour_of(const struct warren_finding *f)
{
	if (f->state == WARREN_FINDING_MISSING && f->needed)
		return OUT_RED;
	return f->state == WARREN_FINDING_OK ? OUT_GREEN : OUT_YELLOW;
}

/* One remedy may be that of many. */
static void print_remedy(const struct warren_findings *all, size_t at)
{
	const char *remedy = all->v[at].remedy;

	for (size_t i = 0; i < at; i++)
		if (strcmp(all->v[i].remedy, remedy) == 0)
			return;
	if (!*remedy)
		return;
	printf("remedy for %s", all->v[at].what);
	for (size_t i = at + 1; i < all->n; i++)
		if (strcmp(all->v[i].remedy, remedy) == 0)
			printf(", %s", all->v[i].what);
	printf(": %s\n", remedy);
}

static void print_text(const struct cli *c, const struct warren_findings *all)
{
	int widest = 0;

	for (size_t i = 0; i < all->n; i++)
		if ((int)strlen(all->v[i].what) > widest)
			widest = (int)strlen(all->v[i].what);
	for (size_t i = 0; i < all->n; i++) {
		const struct warren_finding *f = &all->v[i];
		const bool has_both = *f->use && *f->detail;

		if (c->verbosity < 0 && !(f->needed && f->state == WARREN_FINDING_MISSING))
			continue;
		printf("%s%-7s%s  %-*s  %s%s%s\n", out_colour(colour_of(f)),
		       warren_finding_word(f->state), out_colour(OUT_PLAIN), widest, f->what,
		       f->use, has_both ? ": " : "", f->detail);
	}
	for (size_t i = 0; c->verbosity >= 0 && i < all->n; i++)
		print_remedy(all, i);
}

static void print_json(const struct warren_findings *all)
{
	struct out_json j = OUT_JSON(stdout);

	out_object(&j, NULL);
	out_uint(&j, "missing", all->missing);
	out_array(&j, "findings");
	for (size_t i = 0; i < all->n; i++) {
		const struct warren_finding *f = &all->v[i];

		out_object(&j, NULL);
		out_text(&j, "state", warren_finding_word(f->state));
		out_text(&j, "what", f->what);
		out_bool(&j, "needed", f->needed);
		if (*f->use)
			out_text(&j, "use", f->use);
		if (*f->detail)
			out_text(&j, "detail", f->detail);
		if (*f->remedy)
			out_text(&j, "remedy", f->remedy);
		out_end(&j);
	}
	out_end(&j);
	out_end(&j);
}

static int doctor_run(struct cli *c, const void *o, int argc, char **argv, struct warren_errs *errs)
{
	struct warren_findings all = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	int r = warren_doctor(c->warren, &all, &err);

	(void)o;
	(void)argc;
	(void)argv;
	if (r < 0)
		return warren_errs_add(errs, &err);
	if (c->json)
		print_json(&all);
	else
		print_text(c, &all);
	r = all.missing ? EXIT_FAILED : EXIT_OK;
	warren_findings_fini(&all);
	return r;
}

const struct verb verb_doctor = {
	.name = "doctor",
	.summary = "say what this kernel, user and machine can and cannot do",
	.details =
		"Tries what networks are made of, in a namespace that nobody sees and that is gone when it is "
		"done, and looks at the machine's limits. Nothing is changed, and no kernel configuration is "
		"read. Each line says what is there, what it is for, and where it is missing, why and what to "
		"do about it. 'limit' is what is enough for most, and may be met by a large network.\n\n"
		"The exit code is 1 where something is missing that no network can do without.",
	.flags = VERB_JSON,
	.run = doctor_run,
};
