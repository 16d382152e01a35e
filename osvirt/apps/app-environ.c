/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/app-environ.h"

/* What the user has set up on this host and wants in the workspace too; everything else stays out, for the
 * host's environment names the host's files, buses and sockets. */
static const char *const carried[] = {
  "LANG",        "LANGUAGE",   "LC_CTYPE",          "LC_NUMERIC",   "LC_TIME",           "LC_COLLATE",
  "LC_MONETARY", "LC_MESSAGES", "LC_PAPER",         "LC_NAME",      "LC_ADDRESS",        "LC_TELEPHONE",
  "LC_ALL",      "TZ",         "LC_IDENTIFICATION", "LC_MEASUREMENT", "GTK_THEME",       "GDK_SCALE",
  "GDK_DPI_SCALE", "QT_SCALE_FACTOR", NULL,
};

/**
 * app_environ:
 * @view_environ: (transfer full): the view's own environment
 *
 * Returns: (transfer full): what an app of the workspace gets
 */
GStrv
app_environ (GStrv view_environ)
{
  GStrv env = view_environ;

  for (gsize i = 0; carried[i] != NULL; i++) {
    const char *value = g_getenv (carried[i]);
    if (value != NULL)
      env = g_environ_setenv (env, carried[i], value, TRUE);
  }
  env = g_environ_setenv (env, "XDG_DATA_DIRS", "/usr/local/share:/usr/share", FALSE);
  env = g_environ_setenv (env, "XDG_CURRENT_DESKTOP", "Domicile", FALSE);
  env = g_environ_setenv (env, "TERM", "xterm-256color", FALSE);
  return env;
}
