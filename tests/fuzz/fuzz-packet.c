/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain/watch.h"

/* Headers of packets that come by while `explain` watches: anybody's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct watch_header h;
	char buf[IP_TEXT];

	if (!watch_read(data, size, &h))
		return 0;
	if (h.from.family != h.to.family || !*ip_format_host(&h.from, buf) ||
	    !*ip_format_host(&h.to, buf))
		__builtin_trap();
	return 0;
}
