/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

int text_close(FILE *f, char **text)
{
	bool failed = !f || ferror(f);

	if (f && fclose(f))
		failed = true;
	if (*text && !failed)
		return 0;
	free(*text);
	*text = NULL;
	return -ENOMEM;
}
