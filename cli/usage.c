/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usage.h"

#include "option.h"
#include "out.h"

#include <string.h>

#define WIDTH 80

static const char *verb_name_at(const void *data, size_t i)
{
	const struct verb *const *all = data;

	return all[i] ? all[i]->name : NULL;
}

const struct verb *usage_find(const char *name)
{
	for (size_t i = 0; verbs[i]; i++)
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	return NULL;
}

void usage_unknown(const char *name)
{
	const char *like = warren_nearest(name, verb_name_at, verbs);

	fputs("warren: there is no verb '", stderr);
	out_safe(stderr, name);
	fprintf(stderr, "'%s%s%s 'warren --help' lists them\n", like ? "; did you mean '" : "",
		like ? like : "", like ? "'?" : ".");
}

static void usage_option(FILE *f, const struct option *o)
{
	char label[64];

	option_label(o, label, sizeof(label));
	if (strlen(label) > 24)
		fprintf(f, "  %s\n  %24s  %s\n", label, "", o->help);
	else
		fprintf(f, "  %-24s  %s\n", label, o->help);
}

void usage_all(FILE *f)
{
	fputs("usage: warren [OPTION]... VERB [ARGUMENT]...\n\n"
	      "Builds, runs and explains networks of Linux network namespaces.\n\nVerbs:\n",
	      f);
	for (size_t i = 0; verbs[i]; i++)
		fprintf(f, "  %-12s %s\n", verbs[i]->name, verbs[i]->summary);
	fputs("\nOptions:\n", f);
	for (const struct option *o = global_options; o->name; o++)
		usage_option(f, o);
	fputs("\n'warren VERB --help' says more of each; so do warren(1) and warren-topology(5).\n",
	      f);
}

static const char *space(const char *arguments)
{
	return arguments && *arguments ? " " : "";
}

void usage_verb(FILE *f, const struct verb *v)
{
	const char *arguments = v->arguments ? v->arguments : "";

	fprintf(f, "usage: warren %s %s%s%s\n\n%s\n", v->name,
		v->flags & VERB_RAW ? "" : "[OPTION]...",
		space(v->flags & VERB_RAW ? "" : arguments), arguments, v->summary);
	if (v->details) {
		fputc('\n', f);
		out_wrap(f, 0, WIDTH, v->details);
	}
	if (v->flags & VERB_RAW)
		return;
	fputs("\nOptions:\n", f);
	for (const struct option *o = v->options; o && o->name; o++)
		usage_option(f, o);
	for (const struct option *o = global_options; o->name; o++)
		if (option_is_for(o, v))
			usage_option(f, o);
}

/* Text for scdoc, where a few characters mean something. */
static void manual_text(FILE *f, const char *text)
{
	for (; *text; text++) {
		if (strchr("_*\\#<>", *text))
			fputc('\\', f);
		fputc(*text, f);
	}
}

static void manual_option(FILE *f, const struct option *o)
{
	fputc('*', f);
	if (o->letter)
		fprintf(f, "-%c*, *", o->letter);
	fprintf(f, "--%s*", o->name);
	if (o->value) {
		fputs(" _", f);
		manual_text(f, o->value);
		fputc('_', f);
	}
	fputs("\n\t", f);
	manual_text(f, o->help);
	fputs("\n\n", f);
}

/* Lines that begin with a space are examples: literal in the manual. */
static void manual_details(FILE *f, const char *text)
{
	bool literal = false;

	while (*text) {
		size_t n = strcspn(text, "\n");

		if ((*text == ' ') != literal && n) {
			fputs("```\n", f);
			literal = !literal;
		}
		if (literal)
			fprintf(f, "%.*s", (int)n, text);
		for (size_t i = 0; !literal && i < n; i++) {
			char one[] = { text[i], 0 };

			manual_text(f, one);
		}
		fputc('\n', f);
		text += n + (text[n] == '\n');
	}
	if (literal)
		fputs("```\n", f);
}

static void manual_verb(FILE *f, const struct verb *v)
{
	fprintf(f, "## warren %s ", v->name);
	manual_text(f, v->arguments ? v->arguments : "");
	fputs("\n\n", f);
	manual_text(f, v->summary);
	fputs(".\n\n", f);
	if (v->details)
		manual_details(f, v->details);
	fputc('\n', f);
	for (const struct option *o = v->options; o && o->name; o++)
		manual_option(f, o);
}

void usage_manual(FILE *f)
{
	fputs("# VERBS\n\n", f);
	for (size_t i = 0; verbs[i]; i++)
		manual_verb(f, verbs[i]);
	fputs("# OPTIONS\n\nBefore or after the verb. *--json*, *--dry-run* and *--set* go with the verbs "
	      "whose help names them.\n\n",
	      f);
	for (const struct option *o = global_options; o->name; o++)
		manual_option(f, o);
}
