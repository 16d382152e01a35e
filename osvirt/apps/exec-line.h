/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the field codes of an Exec value stand for; every member may be NULL. */
typedef struct {
  const char *const *files; /* absolute paths or URIs, as the workspace sees them */
  const char *icon;         /* %i becomes two arguments: --icon NAME */
  const char *name;         /* %c, in the user's language */
  const char *desktop_file; /* %k */
} ExecFields;

GPtrArray *exec_line_expand (const char *exec, const ExecFields *fields, GError **error);

G_END_DECLS
