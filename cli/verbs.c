/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verb.h"

/* verbs.inc is one VERB(name) a verb, written by meson from cli/meson.build. */
#define VERB(name) extern const struct verb verb_##name;
#include "verbs.inc"
#undef VERB

#define VERB(name) &verb_##name,
const struct verb *const verbs[] = {
#include "verbs.inc"
	NULL,
};
