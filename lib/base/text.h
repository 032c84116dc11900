/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdio.h>

/**
 * Finish text that was written to a stream of open_memstream(3). Whether all of
 * it could be kept shows only here: glibc's fclose(3) is content where the last
 * of its memory was refused, and leaves NULL.
 * @param f     the stream, closed in any case; may be NULL, which is a failure
 * @param text  what was given to open_memstream(); freed and NULL on failure
 * @return 0 or -ENOMEM
 */
int text_close(FILE *f, char **text);

#endif
