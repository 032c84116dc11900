/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOPO_VARS_H
#define TOPO_VARS_H

#include "topo/yaml.h"

#include <warren/topo.h>

/**
 * Replace ${NAME} and $$ in every text of a file: by the variables given from
 * outside, else by those under the file's "vars".
 * @param p       problems
 * @param a       what the new texts live in
 * @param file    read before; its texts are changed
 * @param sets    from outside; taken literally
 * @param n_sets  how many
 * @return 0, also where problems were found, or -ENOMEM
 */
int vars_apply(struct problems *p, struct arena *a, struct yaml_file *file,
	       const struct warren_var *sets, size_t n_sets);

#endif
