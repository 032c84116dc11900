/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link/link-kind.h"

const struct link_kind link_kind_veth = {
	.name = "veth",
	.kind = MODEL_IFACE_VETH,
	.help = "a cable between two namespaces",
};
