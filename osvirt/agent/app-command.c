/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/app-command.h"

#include "apps/app-catalog.h"
#include "apps/exec-line.h"
#include "rpc/error.h"

/* An app for terminals gets the first one that the workspace has. */
static gboolean
wrap_in_terminal (GPtrArray *commands, const RootDir *root, GError **error)
{
  static const char *const terminals[] = { "x-terminal-emulator", "xterm", "konsole", "xfce4-terminal" };
  g_autofree char *found = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (terminals) && found == NULL; i++)
    found = root_dir_find_program (root, terminals[i], APP_SEARCH_PATH);
  if (found == NULL) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_NOT_FOUND, "Install a terminal such as xterm.",
                                             "The app runs in a terminal, and the workspace has none."));
    return FALSE;
  }
  for (guint i = 0; i < commands->len; i++) {
    g_auto (GStrv) argv = g_steal_pointer (&g_ptr_array_index (commands, i));
    g_autoptr (GStrvBuilder) wrapped = g_strv_builder_new ();

    g_strv_builder_add_many (wrapped, found, "-e", NULL);
    g_strv_builder_addv (wrapped, (const char **) argv);
    g_ptr_array_index (commands, i) = g_strv_builder_end (wrapped);
  }
  return TRUE;
}

/**
 * app_command_expand:
 * @entry: an app
 * @files: (array zero-terminated=1): what to open with it
 * @root: the workspace's root
 * @error: %DMC_ERROR_STATE, %DMC_ERROR_INTEGRITY, %DMC_ERROR_NOT_FOUND
 *
 * Returns: (transfer full) (element-type GStrv) (nullable): what to start, one after the other
 */
GPtrArray *
app_command_expand (const DesktopEntry *entry, const char *const *files, const RootDir *root, GError **error)
{
  if (entry->exec == NULL) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_STATE, "Its files are in the workspace, for other apps.",
                                             "“%s” has no program to start.", entry->name));
    return NULL;
  }
  ExecFields fields = { .files = files, .icon = entry->icon, .name = entry->name, .desktop_file = entry->path };
  g_autoptr (GPtrArray) commands = exec_line_expand (entry->exec, &fields, error);

  if (commands == NULL || (entry->terminal && !wrap_in_terminal (commands, root, error)))
    return NULL;
  return g_steal_pointer (&commands);
}
