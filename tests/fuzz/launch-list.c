/* SPDX-License-Identifier: GPL-2.0-or-later */
/* launchpad.json of a vault. */
#include "apps/launch-list.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *copy = g_memdup2 (data, size);
  g_autoptr (LaunchList) list = launch_list_parse (copy, size, NULL);
  g_autoptr (LaunchList) again = NULL;
  g_autofree char *text = NULL;

  if (list == NULL)
    return 0;
  launch_list_note (list, "an.app", 1);
  text = launch_list_print (list);
  again = launch_list_parse (text, strlen (text), NULL);
  if (again == NULL || launch_list_get_launched (again, "an.app") != launch_list_get_launched (list, "an.app"))
    g_error ("what was accepted is not the same when it is written and read again");
  return 0;
}
