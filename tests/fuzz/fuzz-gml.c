/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_import(data, size, WARREN_IMPORT_GML);
}
