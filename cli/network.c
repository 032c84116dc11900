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

/* What is up answers first: a network must be found when its file is broken or gone. */
static const char *find_up(const struct cli *c, const struct warren_networks *nets, const char *arg)
{
	for (size_t i = 0; !cli_means_file(arg) && i < nets->n; i++)
		if (strcmp(nets->v[i].name, arg) == 0)
			return arg;
	return c->sets.n == 0 ? network_of_file(nets, arg) : NULL;
}

int cli_network(struct cli *c, const char *arg, char **ret, struct warren_errs *errs)
{
	struct warren_networks nets = { 0 };
	struct warren_topo *t = NULL;
	struct warren_err err = WARREN_ERR_INIT;
	const char *name, *file = arg ? arg : CLI_DEFAULT_FILE;
	int r = warren_networks(c->warren, 0, &nets, &err);

	if (r < 0)
		return warren_errs_add(errs, &err);
	name = find_up(c, &nets, file);
	if (!name && (!arg || cli_means_file(file) || is_file(file))) {
		r = cli_topology(c, arg ? 1 : 0, (char **)&arg, &t, errs);
		if (r == 0 && warren_check_origin(c->warren, t, &err) < 0)
			r = warren_errs_add(errs, &err);
		name = r == 0 ? warren_topo_name(t) : NULL;
	} else if (!name) {
		const char *like = warren_nearest(file, network_at, &nets);

		r = cli_fail(errs, -ENOENT,
			     "%s: no such network is up and no such file is here%s%s%s", file,
			     like ? "; did you mean " : "", like ? like : "", like ? "?" : "");
	}
	if (name) {
		*ret = strdup(name);
		r = *ret ? 0 : cli_fail(errs, -ENOMEM, "out of memory");
	}
	warren_topo_free(t);
	warren_networks_fini(&nets);
	return r;
}
