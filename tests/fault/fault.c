/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fault.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if __has_include(<execinfo.h>) /* musl has none: the number of the call must do */
#include <execinfo.h>
#endif

/* Where it fails: at one call, or at it and all later ones. */
enum mode { ONCE, EVER };
static const char *const modes[] = { "once", "from then on" };

static struct {
	const struct fault_case *c;
	enum mode mode;
	long calls; /* of the kind, since the run began */
	long at;    /* which of them fails, from 1; 0: none */
	long live;  /* blocks */
	long show;  /* print where this call comes from; 0: none */
	int off;
} now = { .off = 1 };

void fault_off(void)
{
	now.off++;
}

void fault_on(void)
{
	now.off--;
}

static void show_stack(void)
{
#if __has_include(<execinfo.h>)
	void *stack[40];
	int n;

	fault_off();
	n = backtrace(stack, 40);
	backtrace_symbols_fd(stack, n, 2);
	fault_on();
#endif
}

bool fault_hits(enum fault_kind kind)
{
	if (now.off || kind != now.c->kind)
		return false;
	now.calls++;
	if (now.calls == now.show)
		show_stack();
	return now.at && (now.mode == ONCE ? now.calls == now.at : now.calls >= now.at);
}

void fault_count(int change)
{
	if (!now.off)
		now.live += change;
}

/* Which run it was that crashed. */
static void on_crash(int sig)
{
	char text[256];
	int n = snprintf(text, sizeof(text), "%s: signal %d, where call %ld fails %s\n",
			 now.c->name, sig, now.at, modes[now.mode]);

	(void)!write(2, text, (size_t)n);
	show_stack();
	signal(sig, SIG_DFL);
	raise(sig);
}

struct outcome {
	int code;
	char *text;
	struct warren_err err;
	long leaked;
	bool reached; /* the call that was to fail */
	bool after;
};

static struct outcome run(const struct fault_case *c, enum mode mode, long at)
{
	struct outcome o = { 0 };

	now.c = c;
	now.mode = mode;
	now.at = at;
	now.calls = now.live = 0;
	o.after = !c->before || c->before(c->data);
	now.off = 0;
	o.code = c->run(c->data, &o.text, &o.err);
	now.off = 1;
	now.show = 0;
	o.leaked = fault_counts ? now.live : 0;
	o.reached = at && now.calls >= at;
	if (c->after)
		o.after = c->after(c->data, o.code, mode == EVER) && o.after;
	return o;
}

/* @return what is wrong, or NULL */
static const char *judge(const struct fault_case *c, const struct outcome *o,
			 const struct outcome *calm)
{
	if (o->leaked)
		return "it leaks";
	if (!o->after)
		return "it leaves something behind";
	if (o->code == 0 && calm->code == 0)
		return c->lossy || strcmp(o->text ? o->text : "", calm->text ? calm->text : "") == 0
			       ? NULL
			       : "it succeeds with another result";
	if (o->code == 0)
		return "it succeeds where it must not";
	if (c->kind == FAULT_MEMORY && o->code != -ENOMEM && o->code != calm->code)
		return "it fails with another code";
	return o->err.text[0] ? NULL : "it fails without a word";
}

static void tell(const struct fault_case *c, const struct outcome *o, const char *wrong)
{
	const enum mode mode = now.mode;
	const long at = now.at;
	struct outcome again;

	fprintf(stderr, "# %s: call %ld fails %s: %s; code %d '%s', %ld blocks leaked\n", c->name,
		at, modes[mode], wrong, o->code, o->err.text, o->leaked);
	fprintf(stderr, "# got:\n%s\n# the call comes from:\n", o->text ? o->text : "");
	now.show = at;
	again = run(c, mode, at);
	free(again.text);
}

bool fault_run(const struct fault_case *c, int number)
{
	struct outcome calm, o;
	bool well = true;
	long runs = 0;

	for (int sig = 1; sig < 16; sig++)
		if (sig == SIGSEGV || sig == SIGABRT || sig == SIGBUS || sig == SIGFPE)
			signal(sig, on_crash);
	/* What libraries keep for ever is allocated in the first run. */
	free(run(c, ONCE, 0).text);
	calm = run(c, ONCE, 0);
	if (calm.leaked || !calm.after || (calm.code < 0) != c->refused) {
		fprintf(stderr, "# %s: undisturbed: code %d '%s', %ld blocks leaked\n", c->name,
			calm.code, calm.err.text, calm.leaked);
		well = false;
	}
	for (int mode = ONCE; mode <= EVER && well; mode++) {
		o.reached = true;
		for (long at = 1; o.reached && well;
		     at += mode == EVER && c->stride ? c->stride : 1, runs++) {
			const char *wrong;

			o = run(c, (enum mode)mode, at);
			wrong = o.reached ? judge(c, &o, &calm) : NULL;
			if (wrong)
				tell(c, &o, wrong);
			well = well && !wrong;
			free(o.text);
		}
	}
	free(calm.text);
	printf("%sok %d - %s, %ld runs\n", well ? "" : "not ", number, c->name, runs);
	fflush(stdout);
	return well;
}
