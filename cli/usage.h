/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_USAGE_H
#define CLI_USAGE_H

#include "verb.h"

#include <stdio.h>

/** Print what `warren --help` says. */
void usage_all(FILE *f);

/** Print what `warren VERB --help` says. */
void usage_verb(FILE *f, const struct verb *v);

/** Print the verbs and their options as the middle of warren(1), in scdoc. */
void usage_manual(FILE *f);

/** @return a verb by its exact name, or NULL */
const struct verb *usage_find(const char *name);

/** Say on standard error that there is no such verb, and which may be meant. */
void usage_unknown(const char *name);

#endif
