/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One of Domicile's own small programs that runs for as long as it is held; see ../launcher/program.h. */
typedef struct _LeashedProgram LeashedProgram;

/* It has ended by itself. @status: as of waitpid(). The program may be freed here. */
typedef void (*LeashedProgramEnded) (int status, gpointer data);

/**
 * leashed_program_start:
 * @folder: as for program_start()
 * @argv: as for program_start()
 * @fds: (array length=n_fds): as for program_start()
 * @ended: called if it ends before leashed_program_free()
 * @data: for @ended
 *
 * Returns: (transfer full) (nullable): the program, or %NULL with %DMC_ERROR_IO or %DMC_ERROR_UNSUPPORTED
 */
LeashedProgram *leashed_program_start (const char *folder, char *const *argv, const int *fds, unsigned n_fds, LeashedProgramEnded ended, gpointer data,
                                       GError **error);
/* The socket to it, which is its leash. */
int             leashed_program_get_socket (LeashedProgram *self);
/* Lets it end. Does not wait. */
void            leashed_program_free (LeashedProgram *self);

G_END_DECLS
