/* SPDX-License-Identifier: GPL-2.0-or-later */
/* workspace.json, as it is found on a medium from anywhere. */
#include "agent/workspace-file.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *copy = g_memdup2 (data, size);
  g_autoptr (WorkspaceFile) file = workspace_file_parse (copy, size, NULL);

  if (file != NULL) {
    g_autofree char *text = workspace_file_print (file);
    g_autoptr (WorkspaceFile) again = workspace_file_parse (text, strlen (text), NULL);

    if (again == NULL || !workspace_file_equal (file, again))
      g_error ("what was accepted is not the same when it is written and read again");
  }
  return 0;
}
