/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a domain shows. The control domain gives the pixels in parts, because a message has its
 * bounds; here they become one PNG.
 */
#include "screenshot.h"

#include <gdk-pixbuf/gdk-pixbuf.h>

#include "rpc/json.h"
#include "upstream.h"

/* A side of a picture; the pixels of one then fit into memory easily. */
#define SIDE_MAX 4096
/* Bytes of a picture: in base64 they fit a message with room for the rest of it. */
#define PICTURE_MAX 720000

typedef struct {
  DmcRequest *request;
  DmcUpstream *upstream;
  gint64 id;
  gint64 width, height;
  gint64 row;     /* rows that have come */
  guint8 *pixels; /* three bytes each: red, green, blue */
} Shot;

static void
shot_free (Shot *shot)
{
  g_object_unref (shot->request);
  g_object_unref (shot->upstream);
  g_free (shot->pixels);
  g_free (shot);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Shot, shot_free)

static void ask (Shot *shot);

/* ---- pixels to a file, off the main loop ---- */

static gboolean
encode (GdkPixbuf *pixbuf, const char *type, char **bytes, gsize *length, GError **error)
{
  if (g_str_equal (type, "png")) {
    return gdk_pixbuf_save_to_buffer (pixbuf, bytes, length, type, error, "compression", "6", NULL);
  }
  return gdk_pixbuf_save_to_buffer (pixbuf, bytes, length, type, error, "quality", "90", NULL);
}

static void
encode_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Shot *shot = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkPixbuf) pixbuf
      = gdk_pixbuf_new_from_data (shot->pixels, GDK_COLORSPACE_RGB, FALSE, 8, (int)shot->width,
                                  (int)shot->height, (int)shot->width * 3, NULL, NULL);
  g_autofree char *bytes = NULL;
  g_autofree char *text = NULL;
  const char *type = "png";
  gsize length = 0;

  if (encode (pixbuf, type, &bytes, &length, &error) && length > PICTURE_MAX) {
    g_clear_pointer (&bytes, g_free);
    type = "jpeg"; /* noise does not compress without loss */
    encode (pixbuf, type, &bytes, &length, &error);
  }
  if (error == NULL && length > PICTURE_MAX) {
    g_set_error_literal (&error, DMC_ERROR, DMC_ERROR_RESOURCE,
                         "The picture is too large for a message.");
  }
  if (error != NULL) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  text = g_base64_encode ((const guchar *)bytes, length);
  g_task_return_pointer (task,
                         dmc_json_object ("id:i", shot->id, "width:i", shot->width, "height:i",
                                          shot->height, "content_type:s",
                                          g_str_equal (type, "png") ? "image/png" : "image/jpeg",
                                          "data:s", text, NULL),
                         (GDestroyNotify)json_object_unref);
}

static void
on_encoded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcRequest) request = user_data;
  g_autoptr (GError) error = NULL;
  JsonObject *answer = g_task_propagate_pointer (G_TASK (result), &error);

  if (answer != NULL) {
    dmc_request_reply (request, dmc_json_take_object (answer));
  } else {
    dmc_request_fail (request, g_steal_pointer (&error));
  }
}

static void
finish (Shot *shot)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_encoded, g_object_ref (shot->request));

  g_task_set_task_data (task, shot, (GDestroyNotify)shot_free);
  g_task_run_in_thread (task, encode_in_thread);
}

/* ---- parts ---- */

/* Adds the rows of one part; FALSE where they are not what was asked for. */
static gboolean
take_part (Shot *shot, JsonObject *part)
{
  gint64 width = dmc_json_get_int (part, "width", 0), height = dmc_json_get_int (part, "height", 0);
  gint64 stride = dmc_json_get_int (part, "stride", 0), rows = dmc_json_get_int (part, "rows", 0);
  const char *text = dmc_json_get_string (part, "data", "");
  g_autofree guchar *data = NULL;
  gsize length;

  if (shot->pixels == NULL && width > 0 && width <= SIDE_MAX && height > 0 && height <= SIDE_MAX) {
    shot->width = width;
    shot->height = height;
    shot->pixels = g_malloc ((gsize)(width * height * 3));
  }
  if (shot->pixels == NULL || width != shot->width || height != shot->height || stride < width * 4
      || stride > SIDE_MAX * 4 || rows <= 0 || rows > height - shot->row
      || dmc_json_get_int (part, "row", -1) != shot->row
      || !g_str_equal (dmc_json_get_string (part, "format", ""), "xrgb8888")) {
    return FALSE;
  }
  data = g_base64_decode (text, &length);
  if (length != (gsize)(stride * rows)) {
    return FALSE;
  }
  for (gint64 y = 0; y < rows; y++) {
    const guchar *from = data + y * stride;
    guint8 *to = shot->pixels + (shot->row + y) * width * 3;

    for (gint64 x = 0; x < width; x++, from += 4, to += 3) {
      to[0] = from[2];
      to[1] = from[1];
      to[2] = from[0];
    }
  }
  shot->row += rows;
  return TRUE;
}

static void
on_part (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Shot) shot = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_upstream_call_finish (DMC_UPSTREAM (source), result, &error);

  if (answer == NULL) {
    dmc_request_fail (shot->request, g_steal_pointer (&error));
  } else if (!JSON_NODE_HOLDS_OBJECT (answer) || !take_part (shot, json_node_get_object (answer))) {
    dmc_request_fail (
        shot->request,
        dmc_error_new (DMC_ERROR_IO, NULL,
                       "The control domain sent a picture that does not fit together."));
  } else if (shot->row < shot->height) {
    ask (g_steal_pointer (&shot));
  } else {
    finish (g_steal_pointer (&shot));
  }
}

static void
ask (Shot *shot)
{
  g_autoptr (JsonNode) params = dmc_json_node ("id:i", shot->id, "row:i", shot->row, NULL);

  dmc_upstream_call_async (shot->upstream, "domain.picture", params, on_part, shot);
}

void
dmc_screenshot (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  Shot *shot = g_new0 (Shot, 1);

  shot->request = g_object_ref (request);
  shot->upstream = g_object_ref (DMC_UPSTREAM (user_data));
  shot->id = dmc_json_get_int (params, "id", 0);
  ask (shot);
}
