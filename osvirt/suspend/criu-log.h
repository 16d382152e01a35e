/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdbool.h>
#include <sys/types.h>

/**
 * criu_log_read:
 * @folder: where the log is
 * @name: its name
 * @reason: (out) (array length=room): what failed first, one phrase; "" where nothing did
 *
 * All errors in it go to standard error besides.
 *
 * Returns: the pid of the process that CRIU was at, on the host for a dump and inside for a restore; 0 where it names none
 */
pid_t criu_log_read (int folder, const char *name, char *reason, size_t room);

/* Takes out of one line what comes last, and the process if it names one; false if the line is no error. */
bool criu_log_take_error (const char *line, pid_t *pid, char *reason, size_t room);
