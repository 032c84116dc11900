/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"
#include "option.h"
#include "out.h"
#include "process.h"
#include "usage.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND 1000000000ull

/* The progress line: shown after a second, at most ten times a second. */
struct progress {
	uint64_t last; /* when it was drawn, nanoseconds since the start */
	bool shown;
};

static void progress_clear(struct progress *p)
{
	if (p->shown) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	p->shown = false;
}

static void on_progress(void *data, const char *what, size_t done, size_t total)
{
	struct progress *p = data;
	uint64_t now = cli_elapsed();

	if (!what)
		progress_clear(p);
	if (!what || now < SECOND || now - p->last < SECOND / 10)
		return;
	p->last = now;
	p->shown = true;
	if (total)
		fprintf(stderr, "\r\033[K%s %zu/%zu", what, done, total);
	else
		fprintf(stderr, "\r\033[K%s %zu", what, done);
	fflush(stderr);
}

static void on_log(void *data, enum warren_log_level level, const char *text)
{
	progress_clear(data);
	fputs(level == WARREN_LOG_WARNING ? "warren: warning: " : "warren: ", stderr);
	out_safe(stderr, text);
	fputc('\n', stderr);
}

static bool on_cancel(void *data)
{
	(void)data;
	return process_stopped() != 0;
}

static void print_error(const struct warren_err *err)
{
	char text[sizeof(err->file) + sizeof(err->text) + 32];

	fputs("warren: ", stderr);
	out_safe(stderr, warren_err_format(err, text, sizeof(text)));
	fputc('\n', stderr);
}

static void print_errors(const struct verb *v, int r, const struct warren_errs *errs)
{
	for (size_t i = 0; i < errs->n; i++)
		print_error(&errs->v[i]);
	if (errs->total > errs->n)
		fprintf(stderr, "warren: … and %zu more\n", errs->total - errs->n);
	if (errs->n == 0 && r < 0 && !(r == -ECANCELED && process_stopped()))
		fprintf(stderr, "warren: %s: %s\n", v->name, strerror(-r));
	if (r == EXIT_USAGE && errs->n > 0 && !(v->flags & VERB_RAW))
		fprintf(stderr, "warren: 'warren %s --help' says how it goes\n", v->name);
}

/* Not all is well before the last byte is written: a full disk shows only here. */
static int close_output(int code, bool changes)
{
	int error;

	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	error = errno;
	if (error == EPIPE)
		process_die_of(SIGPIPE);
	fprintf(stderr, "warren: standard output: %s%s\n", error ? strerror(error) : "write error",
		code == EXIT_OK && changes ? "; what was to be done is done all the same" : "");
	return code == EXIT_OK || code == EXIT_DRIFT ? EXIT_FAILED : code;
}

static int check_args(const struct verb *v, int argc, struct warren_errs *errs)
{
	if (argc < v->min_args)
		return cli_usage(errs, "%s: an argument is missing: %s", v->name,
				 v->arguments ? v->arguments : "");
	if (v->max_args >= 0 && argc > v->max_args)
		return cli_usage(errs, "%s: an argument too many%s%s", v->name,
				 v->max_args ? "; it takes " : "", v->max_args ? v->arguments : "");
	return 0;
}

/* --json before the verb is meant for it, too. */
static int check_globals(const struct verb *v, const struct globals *g, struct warren_errs *errs)
{
	const struct {
		bool given;
		unsigned flag;
		const char *name;
	} all[] = {
		{ g->json, VERB_JSON, "json" },
		{ g->dry_run, VERB_DRY_RUN, "dry-run" },
		{ g->sets.n > 0, VERB_TOPOLOGY, "set" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].given && !(v->flags & all[i].flag))
			return cli_usage(errs, "%s takes no --%s", v->name, all[i].name);
	return 0;
}

static int run(const struct verb *v, struct cli *c, const struct globals *g, const void *own,
	       int argc, char **argv, struct warren_errs *errs)
{
	struct progress progress = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	int r;

	c->json = g->json;
	c->dry_run = g->dry_run;
	c->sets = g->sets;
	c->verbosity = g->quiet ? -1 : (int)g->verbose;
	if (warren_new(&c->warren, &err) < 0)
		return warren_errs_add(errs, &err);
	warren_set_cancel(c->warren, on_cancel, NULL);
	if (c->verbosity >= 0)
		warren_set_log(c->warren, (enum warren_log_level)c->verbosity, on_log, &progress);
	if (c->verbosity >= 0 && !(v->flags & VERB_BECOMES) && isatty(STDERR_FILENO))
		warren_set_progress(c->warren, on_progress, &progress);
	r = v->run(c, own, argc, argv, errs);
	if (c->entered)
		cli_leave(c);
	progress_clear(&progress);
	warren_free(c->warren);
	return r;
}

/* A verb with its arguments; g has what stood before it. */
static int verb_main(const struct verb *v, struct cli *c, struct globals *g, int argc, char **argv,
		     struct warren_errs *errs)
{
	struct warren_err err = WARREN_ERR_INIT;
	void *own = calloc(1, v->options_size + 1);
	struct option_parse p = { .verb = v, .own = own, .globals = g, .argc = argc, .argv = argv };
	int r = 0;

	if (!own)
		return cli_fail(errs, -ENOMEM, "out of memory");
	if (!(v->flags & VERB_RAW) && option_parse(&p, &err) < 0) {
		r = err.code == -EINVAL ? EXIT_USAGE : err.code;
		warren_err_prefix(&err, "%s", v->name);
		warren_errs_add(errs, &err);
	}
	if (r == 0 && g->help) {
		usage_verb(stdout, v);
	} else {
		r = r ? r : check_globals(v, g, errs);
		if (r == 0 && !(v->flags & VERB_RAW))
			r = check_args(v, p.argc, errs);
		if (r == 0)
			r = run(v, c, g, own, p.argc, argv, errs);
	}
	option_fini(v->options, own);
	free(own);
	return r;
}

/* @return the verb, or NULL where *code says how to end */
static const struct verb *choose(struct option_parse *p, int *code)
{
	struct warren_err err = WARREN_ERR_INIT;
	const struct verb *v;

	*code = EXIT_USAGE;
	if (option_parse(p, &err) < 0) {
		print_error(&err);
		return NULL;
	}
	if (p->globals->version) {
		printf("warren %s\n", warren_version());
		*code = EXIT_OK;
		return NULL;
	}
	if (p->argc == 0) {
		usage_all(p->globals->help ? stdout : stderr);
		*code = p->globals->help ? EXIT_OK : EXIT_USAGE;
		return NULL;
	}
	v = usage_find(p->argv[0]);
	if (!v)
		usage_unknown(p->argv[0]);
	return v;
}

int main(int argc, char **argv)
{
	struct cli c = { .program = argc > 0 ? argv[0] : "warren" };
	static char line[BUFSIZ];
	struct globals g = { 0 };
	struct option_parse p = { .globals = &g, .argc = argc > 0 ? argc - 1 : 0, .argv = argv + 1 };
	struct warren_errs errs = WARREN_ERRS_INIT;
	const struct verb *v;
	int r;

	process_open_standard();
	/* A line is one write, so that those of two programs do not mix. */
	setvbuf(stderr, line, _IOLBF, sizeof(line));
	v = choose(&p, &r);
	if (v) {
		if (!(v->flags & VERB_BECOMES)) {
			cli_elapsed();
			process_catch_signals();
		}
		/* What a command inherits is as it was: select(2) cannot take descriptors over 1024. */
		if (!(v->flags & (VERB_BECOMES | VERB_RAW)))
			process_raise_limits();
		r = verb_main(v, &c, &g, p.argc - 1, p.argv + 1, &errs);
		print_errors(v, r, &errs);
	}
	option_fini(global_options, &g);
	warren_errs_fini(&errs);
	if (process_stopped() && r == -ECANCELED) {
		fflush(stdout);
		process_die_of(process_stopped());
	}
	return close_output(r < 0 ? EXIT_FAILED : r, v && v->flags & VERB_DRY_RUN && !g.dry_run);
}
