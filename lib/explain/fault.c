/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT 1024

struct fault *fault_new(struct sight *s, uint32_t ns, const char *fmt, ...)
{
	struct fault *f = arena_alloc(&s->arena, sizeof(*f));
	char text[TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!f)
		return NULL;
	*f = (struct fault){ .ns = ns, .cause = arena_str(&s->arena, text), .remedy = "" };
	return f->cause ? f : NULL;
}

const char *fault_word(struct sight *s, const char *name)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "_-.,:/@=%+";
	/* Each quote becomes four bytes: '\'' */
	char *buf = arena_alloc(&s->arena, 4 * strlen(name) + 3), *to = buf;

	if (!buf)
		return "?";
	if (*name && !name[strspn(name, safe)])
		return name;
	*to++ = '\'';
	for (; *name; name++) {
		if (*name == '\'') {
			memcpy(to, "'\\'", 3);
			to += 3;
		}
		*to++ = *name;
	}
	*to = '\'';
	return buf;
}

const char *fault_setting(struct sight *s, int version, const char *iface, const char *key,
			  int value)
{
	/* sysctl(8): where the first separator is a slash, dots belong to the names. */
	const char c = strchr(iface, '.') ? '/' : '.';
	char *text = arena_printf(&s->arena, "net%cipv%d%cconf%c%s%c%s=%d", c, version, c, c, iface,
				  c, key, value);

	return text ? fault_word(s, text) : "?";
}

struct fault *fault_mend(struct sight *s, struct fault *f, const char *program, const char *fmt, ...)
{
	char rest[TEXT];
	const char *name;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(rest, sizeof(rest), fmt, ap);
	va_end(ap);
	if (!f)
		return NULL;
	name = fault_word(s, s->ns.v[f->ns].name);
	/* An ordinary user's namespaces are seen from inside only. */
	if (s->w->rootless)
		f->remedy = arena_printf(&s->arena, "warren exec %s %s %s", name, program, rest);
	else if (f->ns == SIGHT_HOST)
		f->remedy = arena_printf(&s->arena, "%s %s", program, rest);
	else if (strcmp(program, "ip") == 0)
		f->remedy = arena_printf(&s->arena, "ip -n %s %s", name, rest);
	else
		f->remedy = arena_printf(&s->arena, "ip netns exec %s %s %s", name, program, rest);
	return f->remedy ? f : NULL;
}

struct fault *fault_down(struct sight *s, uint32_t ns, const struct sight_iface *i)
{
	return fault_mend(s, fault_new(s, ns, "%s of %s is down", i->name, s->ns.v[ns].name), "ip",
			  "link set %s up", fault_word(s, i->name));
}
