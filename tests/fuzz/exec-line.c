/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command of a desktop file, and the list of default applications that lies beside them. */
#include "apps/exec-line.h"
#include "apps/mime-apps.h"
#include "fuzz.h"

#define TYPE "text/plain"
#define APP  "org.example.Editor.desktop"

static void
check_default (const char *text)
{
  g_autofree char *changed = mime_apps_with_default (text, TYPE, APP);
  g_autofree char *back = mime_apps_with_default (changed, TYPE, NULL);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *chosen = NULL;

  if (!g_key_file_load_from_data (file, changed, strlen (changed), G_KEY_FILE_NONE, NULL))
    g_error ("what was written cannot be read");
  chosen = g_key_file_get_string (file, "Default Applications", TYPE, NULL);
  if (chosen == NULL || !g_str_has_prefix (chosen, APP))
    g_error ("what was chosen is not the default");
  g_clear_pointer (&file, g_key_file_unref);
  file = g_key_file_new ();
  if (g_key_file_load_from_data (file, back, strlen (back), G_KEY_FILE_NONE, NULL)
      && g_key_file_has_key (file, "Default Applications", TYPE, NULL))
    g_error ("what was taken back is still the default");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *const files[] = { "/home/user/a b;$(reboot)", NULL };
  const ExecFields fields = { .files = files, .name = "Name", .icon = "icon", .desktop_file = "/x.desktop" };
  g_autofree char *copy = g_strndup ((const char *) data, size);
  g_autoptr (GPtrArray) commands = exec_line_expand (copy, &fields, NULL);

  for (guint i = 0; commands != NULL && i < commands->len; i++) {
    const char *const *argv = g_ptr_array_index (commands, i);

    if (argv[0] == NULL || *argv[0] == '\0')
      g_error ("a command without a program was accepted");
  }
  if (g_utf8_validate (copy, -1, NULL))
    check_default (copy);
  return 0;
}
