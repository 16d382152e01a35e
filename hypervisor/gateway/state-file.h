/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Files of saved domains (docs/save-format.md). */

/* The error of a file operation, as the protocol tells it. */
GError *dmc_state_file_error (int number, const char *path);
/* Whether @path can be the name of a file: absolute, and not a folder's. */
gboolean dmc_state_file_check_path (const char *path, GError **error);

/**
 * dmc_state_file_verify:
 * @fd: a file, at its start; is there again when the call returns
 * @path: its name, for messages
 * @cancellable: (nullable): ends it
 * @error: (out): DMC_ERROR_INTEGRITY where anything of it is not as it was written
 *
 * Reads the whole file. Blocks.
 */
gboolean
dmc_state_file_verify (int fd, const char *path, GCancellable *cancellable, GError **error);

G_END_DECLS
