/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "option.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct option global_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, offsetof(struct globals, json), "print JSON" },
	{ "dry-run", 0, OPTION_FLAG, NULL, offsetof(struct globals, dry_run),
	  "say what would be done, change nothing" },
	{ "set", 0, OPTION_LIST, "NAME=VALUE", offsetof(struct globals, sets),
	  "give a variable of the topology file another value" },
	{ "quiet", 'q', OPTION_COUNT, NULL, offsetof(struct globals, quiet), "print errors only" },
	{ "verbose", 'v', OPTION_COUNT, NULL, offsetof(struct globals, verbose),
	  "say each step on standard error; twice: each batch of requests to the kernel, too" },
	{ "help", 'h', OPTION_FLAG, NULL, offsetof(struct globals, help), "print this help" },
	{ "version", 0, OPTION_FLAG, NULL, offsetof(struct globals, version), "print the version" },
	{ NULL },
};

/* Which of them not every verb takes. */
static const struct {
	const char *name;
	unsigned flag;
} needs[] = {
	{ "json", VERB_JSON },
	{ "dry-run", VERB_DRY_RUN },
	{ "set", VERB_TOPOLOGY },
};

bool option_is_for(const struct option *o, const struct verb *verb)
{
	if (!verb)
		return true;
	if (strcmp(o->name, "version") == 0)
		return false;
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (strcmp(o->name, needs[i].name) == 0)
			return verb->flags & needs[i].flag;
	return true;
}

char *option_label(const struct option *o, char *buf, size_t size)
{
	char letter[] = { '-', o->letter, ',', ' ', 0 };

	snprintf(buf, size, "%s--%s%s%s", o->letter ? letter : "", o->name, o->value ? " " : "",
		 o->value ? o->value : "");
	return buf;
}

/* Option i that may be given here: the verb's own first. NULL after the last. */
static const struct option *option_at(const struct option_parse *p, size_t i, void **into)
{
	const struct option *o = p->verb ? p->verb->options : NULL;

	*into = p->own;
	for (; o && o->name; o++)
		if (i-- == 0)
			return o;
	*into = p->globals;
	for (o = global_options; o->name; o++)
		if (option_is_for(o, p->verb) && i-- == 0)
			return o;
	return NULL;
}

static const char *option_name_at(const void *data, size_t i)
{
	void *into;
	const struct option *o = option_at(data, i, &into);

	return o ? o->name : NULL;
}

static int list_add(struct text_list *list, const char *value)
{
	const char **v = realloc(list->v, (list->n + 1) * sizeof(*v));

	if (!v)
		return -ENOMEM;
	list->v = v;
	list->v[list->n++] = value;
	return 0;
}

static int store(const struct option *o, void *into, const char *value, struct warren_err *err)
{
	void *member = (char *)into + o->offset;
	char *end;

	switch (o->kind) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return 0;
	case OPTION_COUNT:
		++*(unsigned *)member;
		return 0;
	case OPTION_TEXT:
		*(const char **)member = value;
		return 0;
	case OPTION_LIST:
		if (list_add(member, value) < 0)
			return warren_fail(err, -ENOMEM, "out of memory");
		return 0;
	case OPTION_NUMBER:
		errno = 0;
		*(unsigned long *)member = strtoul(value, &end, 10);
		if (*value < '0' || *value > '9' || *end || errno || !*(unsigned long *)member)
			return warren_fail(err, -EINVAL, "--%s: '%s' is not a number from 1",
					   o->name, value);
		return 0;
	}
	return 0;
}

static bool takes_value(const struct option *o)
{
	return o->kind != OPTION_FLAG && o->kind != OPTION_COUNT;
}

/* "--name", "--name=value" or "--name value"; `next` is the argument after it. */
static int parse_long(const struct option_parse *p, const char *arg, const char *next, bool *used,
		      struct warren_err *err)
{
	size_t n = strcspn(arg, "=");
	const char *value = arg[n] ? arg + n + 1 : NULL, *like;
	const struct option *o;
	char name[64];
	void *into;

	for (size_t i = 0; (o = option_at(p, i, &into)) != NULL; i++)
		if (strlen(o->name) == n && memcmp(o->name, arg, n) == 0)
			break;
	if (!o) {
		snprintf(name, sizeof(name), "%.*s", n < sizeof(name) ? (int)n : 63, arg);
		like = warren_nearest(name, option_name_at, p);
		return warren_fail(err, -EINVAL, "there is no option --%s%s%s%s", name,
				   like ? "; did you mean --" : "", like ? like : "",
				   like ? "?" : "");
	}
	if (!takes_value(o) && value)
		return warren_fail(err, -EINVAL, "--%s takes no value", o->name);
	if (takes_value(o) && !value) {
		if (!next)
			return warren_fail(err, -EINVAL, "--%s needs a value: %s", o->name,
					   o->value);
		value = next;
		*used = true;
	}
	return store(o, into, value, err);
}

/* "-qv", "-n5" or "-n 5". */
static int parse_letters(const struct option_parse *p, const char *arg, const char *next,
			 bool *used, struct warren_err *err)
{
	int r = 0;

	for (; *arg && r == 0; arg++) {
		const struct option *o;
		void *into;

		for (size_t i = 0; (o = option_at(p, i, &into)) != NULL; i++)
			if (o->letter == *arg)
				break;
		if (!o)
			return warren_fail(err, -EINVAL, "there is no option -%c", *arg);
		if (!takes_value(o)) {
			r = store(o, into, NULL, err);
			continue;
		}
		if (arg[1])
			return store(o, into, arg + 1, err);
		if (!next)
			return warren_fail(err, -EINVAL, "-%c needs a value: %s", *arg, o->value);
		*used = true;
		return store(o, into, next, err);
	}
	return r;
}

int option_parse(struct option_parse *p, struct warren_err *err)
{
	bool stop_early = !p->verb || (p->verb->flags & VERB_COMMAND);
	int n = 0, i, r;

	for (i = 0; i < p->argc; i++) {
		char *arg = p->argv[i], *next = i + 1 < p->argc ? p->argv[i + 1] : NULL;
		bool used = false;

		if (strcmp(arg, "--") == 0) {
			i++;
			break;
		}
		if (arg[0] != '-' || !arg[1]) {
			if (stop_early)
				break;
			p->argv[n++] = arg;
			continue;
		}
		r = arg[1] == '-' ? parse_long(p, arg + 2, next, &used, err)
				  : parse_letters(p, arg + 1, next, &used, err);
		if (r < 0)
			return r;
		i += used;
	}
	for (; i < p->argc; i++)
		p->argv[n++] = p->argv[i];
	p->argv[n] = NULL; /* a command that follows is handed to execve(2) as it is */
	p->argc = n;
	return 0;
}

void option_fini(const struct option *options, void *o)
{
	for (; options && options->name; options++)
		if (options->kind == OPTION_LIST)
			free(((struct text_list *)((char *)o + options->offset))->v);
}
