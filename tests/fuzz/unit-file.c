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
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (UnitFile) unit = NULL;

  g_ptr_array_add (texts, g_bytes_new (copy, size));
  unit = unit_file_parse ("fuzz@a-b.service", texts, "/home/user", notes, &error);
  if ((unit == NULL) == (error == NULL))
    g_error ("neither a command nor why there is none");
  if (unit != NULL && (g_strv_length (unit->argv) != 4 || strstr (unit->argv[2], "exec \n") != NULL))
    g_error ("a unit without a command was accepted");
  for (guint i = 0; i < notes->len; i++)
    if (!g_utf8_validate (g_ptr_array_index (notes, i), -1, NULL))
      g_error ("a note is not text");
  return 0;
}
