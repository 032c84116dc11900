/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a topology file: a topology, or problems that each have a text. */
#include "topo/topo.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct warren_errs errs = WARREN_ERRS_INIT;
	struct warren_topo_counts counts;
	struct warren_topo *t = NULL;

	/* Large networks take long and show nothing that small ones do not. */
	if (size > 1 << 16)
		return 0;
	if (warren_topo_parse(NULL, "fuzz", (const char *)data, size, NULL, 0, &t, &errs) == 0) {
		warren_topo_count(t, &counts);
		if (errs.total || !warren_topo_name(t)[0])
			abort();
	} else if (!errs.n || !errs.v[0].code || !errs.v[0].text[0]) {
		abort();
	}
	warren_topo_free(t);
	warren_errs_fini(&errs);
	return 0;
}
