/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link/link-kind.h"

const struct link_kind link_kind_ifb = {
	.name = "ifb",
	.config = "CONFIG_IFB",
	.standalone = true,
	.mtu = 1500,
	.help = "takes what tc redirects to it, so that incoming packets can be queued and shaped",
};
