/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common.h"

#include "out.h"

#include <errno.h>
#include <stdio.h>

int cli_enter(struct cli *c, unsigned flags, struct warren_errs *errs)
{
	struct warren_err err = WARREN_ERR_INIT;
	int r = warren_enter(c->warren, flags, &err);

	/* Where nothing is to be made, that nothing is up is for the verb to say. */
	if (r < 0 && (r != -ENOENT || flags & WARREN_ENTER_MAKE))
		warren_errs_add(errs, &err);
	c->entered = r == 0;
	return r;
}

int cli_enter_up(struct cli *c, struct warren_errs *errs)
{
	int r = cli_enter(c, 0, errs);

	if (r == -ENOENT)
		return cli_fail(errs, r, "nothing is up; bring a network up with 'warren up'");
	return r;
}

void cli_leave(struct cli *c)
{
	struct warren_err err = WARREN_ERR_INIT;

	if (warren_leave(c->warren, &err) < 0 && c->verbosity > 0) {
		fputs("warren: ", stderr);
		out_safe(stderr, err.text);
		fputc('\n', stderr);
	}
}
