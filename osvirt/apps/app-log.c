/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/app-log.h"

#define MAX_NAME 96

/**
 * app_log_name:
 * @app: an app's id, or a command's name
 *
 * Returns: (transfer full): the name of the file in the workspace's log folder that takes what it writes to its output; what
 * could climb or hide is "_"
 */
char *
app_log_name (const char *app)
{
  GString *out = g_string_new (NULL);

  for (const char *p = app; *p != '\0' && out->len < MAX_NAME; p++)
    g_string_append_c (out, g_ascii_isalnum (*p) || (p != app && (*p == '.' || *p == '-')) ? *p : '_');
  g_string_append (out, ".log");
  return g_string_free (out, FALSE);
}
