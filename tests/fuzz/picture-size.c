/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An icon of a workspace, and a list of default apps. */
#include "apps/mime-apps.h"
#include "apps/picture-size.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *copy = g_memdup2 (data, size), *text = g_strndup ((const char *)data, size), *changed = NULL;

  picture_size_is_sane (size > 0 ? copy : "", size);
  changed = mime_apps_with_default (text, "text/plain", "an.desktop");
  if (changed == NULL || strstr (changed, "text/plain=an.desktop") == NULL)
    g_error ("the choice is not in the list");
  return 0;
}
