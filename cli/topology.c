/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --set NAME=VALUE as variables; *ret is one block, names included. */
static int variables(const struct text_list *sets, struct warren_var **ret, struct warren_errs *errs)
{
	size_t size = sets->n * sizeof(struct warren_var) + 1;
	struct warren_var *vars;
	char *names;

	for (size_t i = 0; i < sets->n; i++) {
		const char *eq = strchr(sets->v[i], '=');

		if (!eq || eq == sets->v[i])
			return cli_usage(errs, "--set %s: NAME=VALUE is what it takes", sets->v[i]);
		size += (size_t)(eq - sets->v[i]) + 1;
	}
	vars = calloc(1, size);
	if (!vars)
		return cli_fail(errs, -ENOMEM, "out of memory");
	names = (char *)(vars + sets->n);
	for (size_t i = 0; i < sets->n; i++) {
		size_t n = strcspn(sets->v[i], "=");

		memcpy(names, sets->v[i], n);
		vars[i].name = names;
		vars[i].value = sets->v[i] + n + 1;
		names += n + 1;
	}
	*ret = vars;
	return 0;
}

static int load(struct cli *c, const char *file, struct warren_topo **ret, struct warren_errs *errs)
{
	struct warren_var *vars = NULL;
	int r = variables(&c->sets, &vars, errs);

	if (r == 0)
		r = warren_topo_load(c->warren, file, vars, c->sets.n, ret, errs);
	free(vars);
	return r;
}

int cli_topology(struct cli *c, int argc, char **argv, struct warren_topo **ret,
		 struct warren_errs *errs)
{
	if (argc == 0 && access(CLI_DEFAULT_FILE, F_OK) != 0)
		return cli_fail(errs, -errno,
				"which topology? There is no " CLI_DEFAULT_FILE
				" here: %s; name a file, or see 'man warren-topology'",
				strerror(errno));
	return load(c, argc > 0 ? argv[0] : CLI_DEFAULT_FILE, ret, errs);
}
