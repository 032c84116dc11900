/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool cli_means_file(const char *arg)
{
	static const char *const endings[] = { ".yaml", ".yml", ".json" };
	size_t n = strlen(arg);

	if (strchr(arg, '/') || strcmp(arg, "-") == 0)
		return true;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t k = strlen(endings[i]);

		if (n > k && strcmp(arg + n - k, endings[i]) == 0)
			return true;
	}
	return false;
}

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

/* The only network that is up from a file. NULL where there is none, or several (by --set). */
static const char *network_of_file(const struct warren_networks *nets, const char *file)
{
	char *path = warren_topo_path(file);
	const char *found = NULL;
	size_t n = 0;

	for (size_t i = 0; path && i < nets->n; i++) {
		if (strcmp(nets->v[i].file, path) != 0)
			continue;
		found = nets->v[i].name;
		n++;
	}
	free(path);
	return n == 1 ? found : NULL;
}

static const char *network_at(const void *data, size_t i)
{
	const struct warren_networks *nets = data;

	return i < nets->n ? nets->v[i].name : NULL;
}

/* What an argument FILE or NAME means. */
struct found {
	const char *up; /* name of the network that is up, by name or by file; in nets; or NULL */
	bool by_name;
	struct warren_networks nets;
};

/* What is up answers first: a network must be found when its file is broken or gone. */
static int find_up(struct cli *c, const char *arg, unsigned flags, struct found *f,
		   struct warren_errs *errs)
{
	struct warren_err err = WARREN_ERR_INIT;

	*f = (struct found){ 0 };
	if (c->entered && warren_networks(c->warren, flags, &f->nets, &err) < 0)
		return warren_errs_add(errs, &err);
	for (size_t i = 0; !cli_means_file(arg) && i < f->nets.n; i++)
		if (strcmp(f->nets.v[i].name, arg) == 0)
			f->up = f->nets.v[i].name;
	f->by_name = f->up != NULL;
	if (!f->up && c->sets.n == 0)
		f->up = network_of_file(&f->nets, arg);
	return 0;
}

static int no_such(const struct found *f, const char *arg, struct warren_errs *errs)
{
	const char *like = warren_nearest(arg, network_at, &f->nets);

	return cli_fail(errs, -ENOENT, "%s: no such network is up and no such file is here%s%s%s",
			arg, like ? "; did you mean " : "", like ? like : "", like ? "?" : "");
}

int cli_means_network(struct cli *c, const char *arg, bool *ret, struct warren_errs *errs)
{
	struct found f;
	int r;

	*ret = arg && cli_means_file(arg);
	if (!arg || *ret)
		return 0;
	r = find_up(c, arg, 0, &f, errs);
	*ret = f.by_name;
	if (r == 0 && !f.by_name && !is_file(CLI_DEFAULT_FILE))
		r = no_such(&f, arg, errs);
	warren_networks_fini(&f.nets);
	return r;
}

/* The file of an argument that names no network that is up. */
static int load(struct cli *c, const char *arg, const struct found *f, struct warren_topo **ret,
		struct warren_errs *errs)
{
	const char *file = arg ? arg : CLI_DEFAULT_FILE;
	struct warren_err err = WARREN_ERR_INIT;
	int r;

	if (arg && !cli_means_file(file) && !is_file(file))
		return no_such(f, arg, errs);
	r = cli_topology(c, arg ? 1 : 0, (char **)&arg, ret, errs);
	if (r || !c->entered || warren_check_origin(c->warren, *ret, &err) == 0)
		return r;
	warren_topo_free(*ret);
	*ret = NULL;
	return warren_errs_add(errs, &err);
}

int cli_network(struct cli *c, const char *arg, char **ret, struct warren_errs *errs)
{
	const char *what = arg ? arg : CLI_DEFAULT_FILE;
	struct warren_topo *t = NULL;
	struct found f;
	int r = find_up(c, what, 0, &f, errs);

	/* what is left of networks that are gone is to be looked for in many places */
	if (r == 0 && !f.up) {
		warren_networks_fini(&f.nets);
		r = find_up(c, what, WARREN_NETWORKS_LEFT, &f, errs);
	}
	if (r == 0 && !f.up)
		r = load(c, arg, &f, &t, errs);
	if (r == 0) {
		*ret = strdup(f.up ? f.up : warren_topo_name(t));
		r = *ret ? 0 : cli_fail(errs, -ENOMEM, "out of memory");
	}
	warren_topo_free(t);
	warren_networks_fini(&f.nets);
	return r;
}

int cli_topology_of(struct cli *c, const char *arg, struct warren_topo **ret,
		    struct warren_errs *errs)
{
	struct found f;
	int r = find_up(c, arg ? arg : CLI_DEFAULT_FILE, 0, &f, errs);

	if (r == 0 && f.by_name && c->sets.n)
		r = cli_usage(errs, "--set goes with a file; %s is a network that is up", arg);
	else if (r == 0)
		r = f.by_name ? warren_applied(c->warren, arg, ret, errs)
			      : load(c, arg, &f, ret, errs);
	warren_networks_fini(&f.nets);
	return r;
}
