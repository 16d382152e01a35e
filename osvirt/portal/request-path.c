/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "portal/request-path.h"

#include <string.h>

#include "portal/buses.h"

#define TOKEN     "handle_token"
#define MAX_TOKEN 255

char *
portal_request_path (const char *client, GVariant *options)
{
  static guint64 serial;
  g_autofree char *name = g_strdelimit (g_strdup (client + 1), ".", '_'), *made = g_strdup_printf ("t%" G_GUINT64_FORMAT, ++serial);
  g_autoptr (GVariant) chosen = g_variant_lookup_value (options, TOKEN, G_VARIANT_TYPE_STRING);
  const char *token = chosen != NULL ? g_variant_get_string (chosen, NULL) : made;

  if (*token == '\0' || strlen (token) > MAX_TOKEN || strspn (token, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_") != strlen (token))
    token = made;
  return g_strconcat (PORTAL_PATH "/request/", name, "/", token, NULL);
}
