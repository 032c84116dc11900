/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link/link-kind.h"

const struct link_kind link_kind_dummy = {
	.name = "dummy",
	.config = "CONFIG_DUMMY",
	.standalone = true,
	.mtu = 1500,
	.help = "swallows what is sent; a place for addresses that is always up",
};
