/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"

int cli_plan_up(struct cli *c, const struct warren_topo *t, const char *file,
		struct warren_errs *errs)
{
	struct warren_steps steps = { 0 };
	/* To compare with an ordinary user's namespaces they must be there; what was made for it goes again. */
	int r = cli_enter(c, WARREN_ENTER_MAKE, errs);

	if (r < 0)
		return r;
	r = warren_plan(c->warren, t, NULL, &steps, errs);
	if (r == 0)
		cli_plan_print(c, warren_topo_name(t), file, &steps);
	warren_steps_fini(&steps);
	return r;
}
