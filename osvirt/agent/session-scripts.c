/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/session-scripts.h"

#include <gio/gio.h>

#define RESOURCES "/org/domicile/agent/"

const char *
session_script (const char *name)
{
  g_autofree char *path = g_strconcat (RESOURCES, name, NULL);
  g_autoptr (GBytes) bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  return g_bytes_get_data (bytes, NULL); /* of the program's own image */
}
