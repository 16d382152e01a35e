/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A desktop file. */
#include "apps/desktop-entry.h"
#include "fuzz.h"

/* GLib 2.74 itself loses what it had read of a list in which an escape sequence is wrong. */
const char *__lsan_default_suppressions (void);

const char *
__lsan_default_suppressions (void)
{
  return "leak:libglib-2.0";
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *copy = g_strndup ((const char *)data, size);
  g_autoptr (DesktopEntry) entry = NULL;

  entry = desktop_entry_parse ("fuzz.desktop", "/usr/share/applications/fuzz.desktop", copy,
                               strlen (copy), NULL);
  if (entry != NULL && !g_utf8_validate (entry->name, -1, NULL))
    g_error ("the name is not text");
  return 0;
}
