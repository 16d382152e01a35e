/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The unit of a service that a workspace starts. */
#include "apps/unit-file.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *copy = g_memdup2 (data, size); /* without a NUL after it */
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = unit_file_command ("fuzz.service", copy != NULL ? copy : "", size, "/home/user", notes, &error);

  if ((argv == NULL) == (error == NULL))
    g_error ("neither a command nor why there is none");
  if (argv != NULL && (g_strv_length (argv) != 4 || strstr (argv[2], "exec \n") != NULL))
    g_error ("a unit without a command was accepted");
  for (guint i = 0; i < notes->len; i++)
    if (!g_utf8_validate (g_ptr_array_index (notes, i), -1, NULL))
      g_error ("a note is not text");
  return 0;
}
