/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domain screenshot: what a domain shows, as a picture file. */
#include "domain.h"

#include <stdio.h>
#include <string.h>

static gboolean
write_picture (const char *path, const guchar *bytes, gsize length, GError **error)
{
  if (!g_str_equal (path, "-"))
    return g_file_set_contents (path, (const char *)bytes, (gssize)length, error);
  if (fwrite (bytes, 1, length, stdout) == length && fflush (stdout) == 0)
    return TRUE;
  g_set_error_literal (error, CTL_ERROR, CTL_ERROR_FAILED,
                       "The picture could not be written to the standard output.");
  return FALSE;
}

gboolean
ctl_run_screenshot (Ctl *ctl, char **arguments, GError **error)
{
  const char *path = arguments[1];
  g_autoptr (JsonNode) node = NULL;
  g_autofree guchar *bytes = NULL;
  JsonObject *picture;
  const char *type;
  gsize length;
  gint64 id;

  if (!path && !ctl->json) {
    g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                         "Say where the picture goes: FILE.png, or - for the standard output.");
    return FALSE;
  }
  if (!ctl_domain_id (ctl, arguments[0], &id, error))
    return FALSE;
  node = ctl_call (ctl, CTL_CONTROL, "domain.screenshot", dmc_json_node ("id:i", id, NULL), error);
  if (!node)
    return FALSE;
  if (!path)
    return ctl_print_json (node);
  picture = json_node_get_object (node);
  bytes = g_base64_decode (dmc_json_get_string (picture, "data", ""), &length);
  if (!write_picture (path, bytes, length, error))
    return FALSE;
  type = dmc_json_get_string (picture, "content_type", "");
  if (!g_str_equal (path, "-"))
    printf ("%s: %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " pixels, %s\n", path,
            dmc_json_get_int (picture, "width", 0), dmc_json_get_int (picture, "height", 0), type);
  return TRUE;
}
