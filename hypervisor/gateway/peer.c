/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peer.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rpc/client.h"
#include "rpc/json.h"

#define ANSWER_MAX_MS 4000

static const char hint[]
    = "Is the other machine running? The destination is the path of its control socket.";

/* ---- one call, within the time there is ---- */

static gboolean
time_is_over (gpointer limit)
{
  g_cancellable_cancel (limit);
  return G_SOURCE_REMOVE;
}

static void
on_cancelled (GCancellable *cancellable, GCancellable *limit)
{
  g_cancellable_cancel (limit);
}

static JsonNode *
call_within (const char *to, const char *method, GCancellable *limit, GError **error)
{
  g_autoptr (DmcClient) client = dmc_client_connect_sync (to, limit, error);
  g_autoptr (JsonNode) params = dmc_json_node (NULL, NULL);
  JsonNode *answer;

  if (client == NULL) {
    return NULL;
  }
  answer = dmc_client_call_sync (client, method, params, limit, error);
  dmc_client_close (client);
  return answer;
}

/* What went wrong, in words of the whole. */
static GError *
explain (const char *to, gboolean late, const GError *why)
{
  gboolean refused = why->domain == DMC_ERROR && why->code != DMC_ERROR_IO;

  if (late) {
    return dmc_error_new (DMC_ERROR_IO, hint, "Nobody answers at %s: it took more than %d seconds.",
                          to, ANSWER_MAX_MS / 1000);
  }
  if (refused) {
    return dmc_error_new ((DmcError)why->code, dmc_error_get_hint (why),
                          "The other machine does not take it: %s", why->message);
  }
  return dmc_error_new (DMC_ERROR_IO, hint, "The other machine cannot be reached: %s",
                        why->message);
}

static JsonNode *
call (const char *to, const char *method, GCancellable *cancellable, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GCancellable) limit = g_cancellable_new ();
  g_autoptr (GSource) timer = g_timeout_source_new (ANSWER_MAX_MS);
  g_autoptr (GError) why = NULL;
  gulong handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), limit, NULL);
  JsonNode *answer;

  g_main_context_push_thread_default (context);
  g_source_set_callback (timer, time_is_over, limit, NULL);
  g_source_attach (timer, context);
  answer = call_within (to, method, limit, &why);
  g_source_destroy (timer);
  g_main_context_pop_thread_default (context);
  g_cancellable_disconnect (cancellable, handler);
  if (answer == NULL && !g_cancellable_set_error_if_cancelled (cancellable, error)) {
    g_propagate_error (error, explain (to, g_cancellable_is_cancelled (limit), why));
  }
  return answer;
}

/* ---- who is there ---- */

static gboolean
is_same_folder (const char *to, const char *folder)
{
  g_autofree char *theirs = g_path_get_dirname (to);
  struct stat a, b;

  return stat (theirs, &a) == 0 && stat (folder, &b) == 0 && a.st_dev == b.st_dev
         && a.st_ino == b.st_ino;
}

gboolean
dmc_peer_look (const char *to, const char *folder, GCancellable *cancellable, GError **error)
{
  g_autoptr (JsonNode) answer = call (to, "server.info", cancellable, error);
  JsonObject *info;

  if (answer == NULL) {
    return FALSE;
  }
  info = JSON_NODE_HOLDS_OBJECT (answer) ? json_node_get_object (answer) : NULL;
  if (info == NULL || g_strcmp0 (dmc_json_get_string (info, "endpoint", NULL), "control") != 0) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_UNSUPPORTED, hint,
                                             "What answers at %s is no hypervisor.", to));
    return FALSE;
  }
  if (dmc_json_get_int (info, "pid", 0) == getpid () && is_same_folder (to, folder)) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_STATE, "Choose another machine.",
                                             "The domain is on the machine at %s already.", to));
    return FALSE;
  }
  return TRUE;
}

/* ---- where it takes a domain ---- */

static gboolean
take_nonce (const char *text, guint8 *nonce)
{
  if (strlen (text) != 2 * PV_STREAM_NONCE_SIZE) {
    return FALSE;
  }
  for (gsize i = 0; i < PV_STREAM_NONCE_SIZE; i++) {
    int high = g_ascii_xdigit_value (text[2 * i]), low = g_ascii_xdigit_value (text[2 * i + 1]);

    if (high < 0 || low < 0) {
      return FALSE;
    }
    nonce[i] = (guint8)(high << 4 | low);
  }
  return TRUE;
}

/* The socket beside the one that was called, if there is one: both may be forwarded from another
   host, where the path that it gives is. */
static char *
find_socket (const char *to, const char *given)
{
  g_autofree char *folder = g_path_get_dirname (to), *name = g_path_get_basename (given);
  g_autofree char *beside = g_build_filename (folder, name, NULL);

  return g_file_test (beside, G_FILE_TEST_EXISTS) ? g_steal_pointer (&beside) : g_strdup (given);
}

DmcWire *
dmc_peer_receive (const char *to, guint8 *nonce, GCancellable *cancellable, GError **error)
{
  g_autoptr (JsonNode) answer = call (to, "domain.receive", cancellable, error);
  g_autofree char *path = NULL;
  JsonObject *object;

  if (answer == NULL) {
    return NULL;
  }
  object = JSON_NODE_HOLDS_OBJECT (answer) ? json_node_get_object (answer) : NULL;
  if (object == NULL || !take_nonce (dmc_json_get_string (object, "nonce", ""), nonce)) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL,
                                             "The other machine gave an answer of unknown form."));
    return NULL;
  }
  path = find_socket (to, dmc_json_get_string (object, "socket", ""));
  return dmc_wire_connect (path, error);
}
