/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Part of the program only where it is built with sanitizers, which read
 * ASAN_OPTIONS from /proc/self/environ, and look for leaks in /proc. Tests take
 * /proc away: then there shall be no leak check, as nobody can ask for none.
 */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
