/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_PROCESS_H
#define CLI_PROCESS_H

#include <stdbool.h>

/*
 * What the program does to its own process: descriptors, limits, signals. Part
 * of main, apart because all of it is about being started in odd surroundings.
 */

/** Descriptors 0 to 2 that are closed are opened, so that no file of ours becomes "standard output". */
void process_open_standard(void);

/** Raise the soft limit of open files to the hard one. */
void process_raise_limits(void);

/** Make SIGINT, SIGTERM and SIGHUP ask the work to stop, and SIGPIPE an error of write(2). */
void process_catch_signals(void);

/** @return the signal that asked us to stop, or 0 */
int process_stopped(void);

/** End as the default action of a signal does, so that who started us sees why. */
void process_die_of(int sig);

#endif
