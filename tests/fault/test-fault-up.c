/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Networks come up and go without memory, or with system calls that fail, in a
 * box of their own. What failed has left the machine as it was; where not even
 * that could be done, `down` does it later.
 */
#include "base/context.h"
#include "fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <warren/plan.h>

static const char small[] = "name: net\n"
			    "namespaces:\n"
			    "  a: {gateway: 10.0.0.2, dns: {servers: [192.0.2.1]}}\n"
			    "  b:\n"
			    "links:\n"
			    "  - {endpoints: [a, b], subnet: 10.0.0.0/30}\n";

static const char changed[] = "name: net\n"
			      "namespaces:\n"
			      "  a: {rules: [{from: 10.0.0.0/8, table: 7}]}\n"
			      "  c:\n"
			      "  host: {sysctls: {net.ipv4.ip_default_ttl: 65}}\n"
			      "links:\n"
			      "  - {endpoints: [a, c], subnet: 10.1.0.0/30, mtu: 1400}\n"
			      "switches:\n"
			      "  s: {ports: [a, c, host], subnet: 10.2.0.0/24}\n";

struct change {
	const char *old, *new; /* NULL: nothing */
};

static int first(struct warren_errs *errs, int code, struct warren_err *err)
{
	if (errs->n > 0)
		*err = errs->v[0];
	else if (errs->total > 0)
		snprintf(err->text, sizeof(err->text), "no room for the error");
	warren_errs_fini(errs);
	return code;
}

static int go_up(struct warren *w, const char *text, struct warren_err *err)
{
	struct warren_errs errs = WARREN_ERRS_INIT;
	struct warren_result res = { 0 };
	struct warren_topo *t = NULL;
	int r;

	fault_off();
	r = warren_topo_parse(w, "net.yaml", text, strlen(text), NULL, 0, &t, &errs);
	fault_on();
	if (r == 0)
		r = warren_up(w, t, 0, &res, &errs);
	fault_off();
	warren_topo_free(t);
	fault_on();
	return first(&errs, r, err);
}

static int go_down(struct warren *w, struct warren_err *err)
{
	struct warren_errs errs = WARREN_ERRS_INIT;
	struct warren_result res = { 0 };
	int r = warren_down(w, "net", 0, &res, &errs);

	return first(&errs, r, err);
}

static int work(const void *data, char **ret, struct warren_err *err)
{
	const struct change *c = data;
	struct warren *w;
	int r = warren_new(&w, err);

	(void)ret;
	if (r < 0)
		return r;
	/* /etc is the machine's */
	free(w->etc_dir);
	fault_off();
	w->etc_dir = strdup("/run/etc");
	fault_on();
	r = c->new ? go_up(w, c->new, err) : go_down(w, err);
	fault_off();
	free(w->etc_dir);
	w->etc_dir = NULL;
	fault_on();
	warren_free(w);
	return r;
}

/* The same with nothing in the way. @return code */
static int calmly(const char *text)
{
	const struct change c = { NULL, text };
	struct warren_err err = WARREN_ERR_INIT;
	int r = work(&c, NULL, &err);

	if (r < 0)
		fprintf(stderr, "# %s: %s\n", text ? "up" : "down", err.text);
	return r;
}

static bool before(const void *data)
{
	const struct change *c = data;

	return !c->old || calmly(c->old) == 0;
}

static int count(const char *path)
{
	struct dirent *e;
	DIR *d = opendir(path);
	int n = 0;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.') {
			fprintf(stderr, "# there is %s/%s\n", path, e->d_name);
			n++;
		}
	if (d)
		closedir(d);
	return n;
}

static bool nothing_left(void)
{
	struct dirent **links;
	int n = scandir("/sys/class/net", &links, NULL, alphasort), here = 0;

	for (int i = 0; i < n; i++) {
		here += links[i]->d_name[0] != '.' && strcmp(links[i]->d_name, "lo") != 0;
		free(links[i]);
	}
	if (n >= 0)
		free(links);
	if (here)
		fprintf(stderr, "# there is a link in the host\n");
	return count("/run/netns") + count("/run/etc") + count("/run/warren/net") + here == 0;
}

/* Whether the machine is just as a text says. */
static bool is(const char *text)
{
	struct warren_errs errs = WARREN_ERRS_INIT;
	struct warren_steps steps = { 0 };
	struct warren_err err = WARREN_ERR_INIT;
	struct warren_topo *t = NULL;
	struct warren *w = NULL;
	int r = warren_new(&w, &err);
	bool same;

	free(w->etc_dir);
	w->etc_dir = strdup("/run/etc");
	if (r == 0)
		r = warren_topo_parse(w, "net.yaml", text, strlen(text), NULL, 0, &t, &errs);
	if (r == 0)
		r = warren_plan(w, t, "net", &steps, &errs);
	first(&errs, r, &err);
	if (r < 0)
		fprintf(stderr, "# plan: %s\n", err.text);
	for (size_t i = 0; i < steps.n; i++)
		fprintf(stderr, "# differs: %d %s %s %s %s\n", steps.v[i].verb, steps.v[i].object,
			steps.v[i].node, steps.v[i].name, steps.v[i].detail);
	same = r == 0 && steps.n == 0;
	warren_steps_fini(&steps);
	warren_topo_free(t);
	warren_free(w);
	return same;
}

/* The network namespace that stands for the machine's. */
static int home = -1;

static bool after(const void *data, int code, bool lasting)
{
	const struct change *c = data;
	const char *text = code < 0 ? c->old : c->new;
	bool well;

	/* where the way back failed, a program could only end */
	if (setns(home, CLONE_NEWNET) < 0)
		return false;
	/* a `down` that failed has taken some away, and goes on from there */
	well = lasting || (code < 0 && !c->new) || (text ? is(text) : nothing_left());
	if (!well)
		fprintf(stderr, "# code %d: it is not as it should be\n", code);
	if (calmly(NULL) < 0 || !nothing_left())
		well = false;
	return well;
}

static const struct {
	const char *name;
	struct change change;
} changes[] = {
	{ "up", { NULL, small } },
	{ "up, with the host", { NULL, changed } },
	{ "up with a change", { small, changed } },
	{ "up, with nothing to do", { small, small } },
	{ "down", { small, NULL } },
};

/* A machine of its own: no network, an empty /run. */
static bool box(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS | CLONE_NEWNET) < 0 ||
	    mount("", "/", "none", MS_PRIVATE | MS_REC, NULL) < 0)
		return false;
	home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	umount2("/sys", MNT_DETACH);
	return mount("t", "/sys", "sysfs", 0, NULL) == 0 &&
	       mount("t", "/run", "tmpfs", 0, NULL) == 0 && mkdir("/run/netns", 0755) == 0;
}

int main(void)
{
	static const char *const kinds[] = { "without memory", "with calls that fail" };
	int number = 0, failed = 0;
	char name[100];

	if (!box()) {
		puts("1..0 # SKIP not as root");
		return 0;
	}
	for (int kind = FAULT_MEMORY; kind <= FAULT_CALLS; kind++)
		for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
			struct fault_case c = { .name = name,
						.kind = (enum fault_kind)kind,
						.stride = 5,
						.run = work,
						.data = &changes[i].change,
						.before = before,
						.after = after };

			snprintf(name, sizeof(name), "%s, %s", changes[i].name, kinds[kind]);
			failed += !fault_run(&c, ++number);
		}
	printf("1..%d\n", number);
	return failed > 0;
}
