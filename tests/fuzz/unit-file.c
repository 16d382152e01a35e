/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A unit of systemd's, from the medium. */
#include "apps/unit-file.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) argv = unit_file_command ("unit.service", (const char *) data, size, "/home/user", notes, NULL);

  if (argv != NULL && (g_strv_length (argv) != 4 || *argv[2] == '\0'))
    g_error ("a unit without a command was accepted");
  return 0;
}
