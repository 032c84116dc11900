/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain/doctor-private.h"

#include "netns/netns.h"
#include "process/userns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <warren/process.h>

const char *warren_finding_word(enum warren_finding_state s)
{
	switch (s) {
	case WARREN_FINDING_OK:
		return "ok";
	case WARREN_FINDING_LIMIT:
		return "limit";
	case WARREN_FINDING_MISSING:
		break;
	}
	return "missing";
}

void doctor_add(struct doctor *d, const struct warren_finding *f)
{
	struct warren_finding copy = *f;

	copy.what = arena_str(&d->arena, f->what);
	copy.use = arena_str(&d->arena, f->use ? f->use : "");
	copy.detail = arena_str(&d->arena, f->detail ? f->detail : "");
	copy.remedy = arena_str(&d->arena, f->remedy ? f->remedy : "");
	if (!copy.what || !copy.use || !copy.detail || !copy.remedy || vec_push(&d->found, copy) < 0)
		d->failed = true;
}

static void look_at_kernel(struct doctor *d)
{
	struct utsname u;

	if (uname(&u) == 0)
		doctor_add(d, &(struct warren_finding){ .what = u.sysname, .detail = u.release });
}

/* Names that others see need the host's mounts; of an ordinary user, they are his own. */
static void look_at_names(struct doctor *d)
{
	struct warren_finding f = { .what = "names", .use = "namespaces that ip(8) and others see" };
	struct warren_err err = WARREN_ERR_INIT;

	if (!userns_direct()) {
		f.use = "namespaces of your own";
		f.detail = "seen within 'warren exec' and 'warren shell'";
	} else if (netns_dir_is_seen(d->w, "names of namespaces", &err) < 0) {
		f.state = WARREN_FINDING_MISSING;
		f.needed = true;
		f.detail = err.text;
	}
	doctor_add(d, &f);
}

/* @return whether it could be made, and the process is in it */
static bool look_at_namespaces(struct doctor *d)
{
	struct warren_finding f = { .what = "network namespaces",
				    .use = "everything",
				    .needed = true };
	const bool direct = userns_direct();
	struct warren_err err = WARREN_ERR_INIT;

	if (warren_sandbox(&err) < 0) {
		f.state = WARREN_FINDING_MISSING;
		f.detail = err.text;
	} else {
		f.detail = direct ? "as root" : "as an ordinary user, in a user namespace";
	}
	doctor_add(d, &f);
	return f.state == WARREN_FINDING_OK;
}

static bool in_path(const char *program)
{
	const char *path = getenv("PATH");
	char file[4096];
	struct stat st;

	for (size_t n; path && *path; path += n + (path[n] == ':')) {
		n = strcspn(path, ":");
		if (snprintf(file, sizeof(file), "%.*s/%s", (int)n, path, program) <
			    (int)sizeof(file) &&
		    stat(file, &st) == 0 && S_ISREG(st.st_mode) && access(file, X_OK) == 0)
			return true;
	}
	return false;
}

static void look_at_programs(struct doctor *d)
{
	struct warren_finding f = { .what = "dot", .use = "graph -f svg" };

	if (!in_path("dot")) {
		f.state = WARREN_FINDING_MISSING;
		f.detail = "it is not in PATH";
		f.remedy = "install the package graphviz";
	}
	doctor_add(d, &f);
}

int warren_doctor(struct warren *w, struct warren_findings *ret, struct warren_err *err)
{
	struct doctor d = { .w = w };
	struct arena *kept;

	look_at_kernel(&d);
	look_at_names(&d);
	doctor_limits(&d);
	look_at_programs(&d);
	if (look_at_namespaces(&d))
		doctor_kernel(&d);
	kept = malloc(sizeof(*kept));
	if (kept)
		*kept = d.arena;
	if (!kept || d.failed || vec_reserve(&d.found, 1) < 0) {
		arena_fini(&d.arena);
		vec_fini(&d.found);
		free(kept);
		return warren_fail(err, -ENOMEM, "out of memory");
	}
	*ret = (struct warren_findings){ .n = d.found.n, .v = d.found.v, .owner = kept };
	for (size_t i = 0; i < ret->n; i++)
		ret->missing += ret->v[i].needed && ret->v[i].state == WARREN_FINDING_MISSING;
	return 0;
}

void warren_findings_fini(struct warren_findings *f)
{
	if (f->owner)
		arena_fini(f->owner);
	free(f->owner);
	free(f->v);
	*f = (struct warren_findings){ 0 };
}
