/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "handshake.h"

#include <string.h>

#include "rpc/error.h"

#define CHANNEL_VERSION 1
#define READ_SIZE       4096
/* The answer to the nonce is far shorter; a longer line belongs to somebody before us. */
#define LINE_MAX_BYTES 1024

typedef struct {
  char *nonce;
  GString *line;
  gboolean skipping; /* the line under way is too long to be the answer */
  char buffer[READ_SIZE];
} Handshake;

static void read_more (GTask *task);

static void
handshake_free (Handshake *self)
{
  g_free (self->nonce);
  g_string_free (self->line, TRUE);
  g_free (self);
}

/* 128 random bits: nobody before us can have left an answer with this id in the channel. */
static char *
make_nonce (void)
{
  g_autofree char *uuid = g_uuid_string_random ();

  return g_strconcat ("hello-", uuid, NULL);
}

/* Whether @line answers the nonce; if it does, *@version is the channel's version, or 0. */
static gboolean
is_answer (Handshake *self, const char *line, gint64 *version)
{
  g_autoptr (JsonParser) parser = NULL;
  JsonNode *root;
  JsonObject *object;
  JsonNode *id, *result;

  if (strstr (line, self->nonce) == NULL || !g_utf8_validate (line, -1, NULL)) {
    return FALSE;
  }
  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, line, -1, NULL)) {
    return FALSE;
  }
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root)) {
    return FALSE;
  }
  object = json_node_get_object (root);
  id = json_object_get_member (object, "id");
  if (id == NULL || json_node_get_value_type (id) != G_TYPE_STRING
      || strcmp (json_node_get_string (id), self->nonce) != 0) {
    return FALSE;
  }
  result = json_object_get_member (object, "result");
  *version
      = result != NULL && JSON_NODE_HOLDS_OBJECT (result)
            ? json_object_get_int_member_with_default (json_node_get_object (result), "channel", 0)
            : 0;
  return TRUE;
}

/* Ends the handshake if the bytes bring the answer. Returns: whether it ended, well or not. */
static gboolean
take_bytes (GTask *task, Handshake *self, const char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++) {
    gint64 version = 0;

    if (bytes[i] != '\n') {
      self->skipping = self->skipping || self->line->len >= LINE_MAX_BYTES;
      if (!self->skipping) {
        g_string_append_c (self->line, bytes[i]);
      }
      continue;
    }
    if (!self->skipping && is_answer (self, self->line->str, &version)) {
      if (version != CHANNEL_VERSION) {
        g_task_return_error (
            task, dmc_error_new (DMC_ERROR_UNSUPPORTED,
                                 "Build the gateway and the control domain from one version.",
                                 "The control domain speaks another version of the channel."));
      } else if (i + 1 < length) {
        g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                                 "The control domain sent something that nobody asked for.");
      } else {
        g_task_return_boolean (task, TRUE);
      }
      return TRUE;
    }
    g_string_truncate (self->line, 0);
    self->skipping = FALSE;
  }
  return FALSE;
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Handshake *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  gssize length = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (length < 0) {
    g_task_return_error (task, g_steal_pointer (&error));
  } else if (length == 0) {
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "The channel was closed.");
  } else if (!take_bytes (task, self, self->buffer, (gsize)length)) {
    read_more (g_steal_pointer (&task));
  }
}

/* Takes over the reference to @task. */
static void
read_more (GTask *task)
{
  Handshake *self = g_task_get_task_data (task);
  GIOStream *stream = g_task_get_source_object (task);

  g_input_stream_read_async (g_io_stream_get_input_stream (stream), self->buffer, READ_SIZE,
                             G_PRIORITY_DEFAULT, g_task_get_cancellable (task), on_read, task);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error)) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  read_more (g_steal_pointer (&task));
}

void
dmc_handshake_async (GIOStream *stream,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (stream, cancellable, callback, user_data);
  Handshake *self = g_new0 (Handshake, 1);
  GOutputStream *output = g_io_stream_get_output_stream (stream);
  char *hello;

  g_task_set_source_tag (task, dmc_handshake_async);
  self->nonce = make_nonce ();
  self->line = g_string_new (NULL);
  g_task_set_task_data (task, self, (GDestroyNotify)handshake_free);

  /* The newline ends what another connection may have left half written. */
  hello = g_strdup_printf ("\n{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"method\":\"channel.hello\"}\n",
                           self->nonce);
  g_object_set_data_full (G_OBJECT (task), "hello", hello, g_free);
  g_output_stream_write_all_async (output, hello, strlen (hello), G_PRIORITY_DEFAULT, cancellable,
                                   on_written, g_steal_pointer (&task));
}

gboolean
dmc_handshake_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
