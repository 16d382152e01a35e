/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A unit is a few lines; anything larger than this is not one. */
#define UNIT_FILE_MAX_SIZE (64 * 1024)

/**
 * unit_file_command:
 * @name: the unit's name with its suffix
 * @data: (array length=length): the unit, which anybody may have written
 * @length: its size
 * @home: what %h stands for
 * @notes: (element-type utf8): gets a sentence for each setting that has no effect here
 * @error: %DMC_ERROR_INTEGRITY: it is not the unit of a service, or cannot be understood
 *
 * Reads what of systemd.service(5) makes sense without systemd: ExecStart, ExecStartPre, Environment, WorkingDirectory, Type=oneshot,
 * Restart and RestartSec, with specifiers and variables.
 *
 * Returns: (transfer full) (nullable): a command that runs the service, and starts it again as it wants. It is a shell, which is one
 *   of the workspace's programs like others: it goes on after a resume.
 */
GStrv unit_file_command (const char *name, const char *data, gsize length, const char *home, GPtrArray *notes, GError **error);

G_END_DECLS
