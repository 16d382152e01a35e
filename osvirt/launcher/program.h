/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#include "launcher/wire.h"

/**
 * program_find:
 * @folder: where the build tree has it below osvirt/
 * @name: as it is installed in libexecdir
 * @path: (out) (array length=room): its path
 *
 * Looks for one of Domicile's own small programs: in $DOMICILE_LIBEXECDIR, beside this program, in the build tree, and
 * where it is installed. 0, or -1 with errno.
 */
int program_find (const char *folder, const char *name, char *path, size_t room);

/**
 * program_start:
 * @folder: where the build tree has it below osvirt/
 * @argv: its name, as it is installed in libexecdir, and arguments
 * @fds: (array length=n_fds): become its descriptors 4, 5, …; at most 8
 * @pid: (out): to be reaped by the caller
 *
 * Starts one of Domicile's own small programs with a SEQPACKET socket at its descriptor 3. The program ends when the
 * socket is closed: a parent-death signal would come when the thread that called this ends.
 *
 * Returns: our end of the socket, or -1
 */
int program_start (const char *folder, char *const *argv, const int *fds, unsigned n_fds, pid_t *pid,
                   struct wire_fault *fault);
