/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The allocating functions, in front of the C library's or (with -DFAULT_WRAP) of what the linker redirects. */
#include "fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool fails(void)
{
	if (!fault_hits(FAULT_MEMORY))
		return false;
	errno = ENOMEM;
	return true;
}

#ifdef FAULT_WRAP

const bool fault_counts = false;

/* One line each: what it is called, what it gives where it fails. */
#define WRAP(type, name, failure, parameters, arguments)                                           \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		return fails() ? (failure) : __real_##name arguments;                              \
	}

WRAP(void *, malloc, NULL, (size_t n), (n))
WRAP(void *, calloc, NULL, (size_t n, size_t size), (n, size))
WRAP(void *, realloc, NULL, (void *p, size_t n), (p, n))
WRAP(char *, strdup, NULL, (const char *s), (s))
WRAP(char *, strndup, NULL, (const char *s, size_t n), (s, n))
WRAP(FILE *, open_memstream, NULL, (char **text, size_t *n), (text, n))
WRAP(int, vasprintf, -1, (char **ret, const char *format, va_list ap), (ret, format, ap))

int __wrap_asprintf(char **ret, const char *format, ...);
int __wrap_asprintf(char **ret, const char *format, ...)
{
	va_list ap;
	int n;

	if (fails())
		return -1;
	va_start(ap, format);
	n = __real_vasprintf(ret, format, ap);
	va_end(ap);
	return n;
}

#else

const bool fault_counts = true;

/* By these names the C library's own functions stay within reach (glibc). */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);

static void *counted(void *p)
{
	fault_count(p ? 1 : 0);
	return p;
}

void *malloc(size_t n)
{
	return fails() ? NULL : counted(__libc_malloc(n));
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : counted(__libc_calloc(n, size));
}

void free(void *p)
{
	fault_count(p ? -1 : 0);
	__libc_free(p);
}

void *realloc(void *p, size_t n)
{
	if (!p)
		return malloc(n);
	if (n == 0) {
		free(p);
		return NULL;
	}
	return fails() ? NULL : __libc_realloc(p, n);
}

#endif
