/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "upstream.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <unistd.h>

#include "handshake.h"
#include "watch.h"

#define RETRY_FIRST_MS   100
#define RETRY_MAX_MS     2000
#define HANDSHAKE_MAX_MS 5000
#define CALL_MAX_US      (10 * G_USEC_PER_SEC)
#define CALL_CHECK_MS    500
/* Enough to keep the channel full; the control domain answers one after the other anyway. */
#define CALLS_UNDER_WAY_MAX 64

typedef struct {
  char *method;
  JsonNode *params;
  gint64 deadline_us; /* monotonic; set when it is sent */
} Call;

struct _DmcUpstream {
  GObject parent_instance;
  char *path;
  GCancellable *closing; /* cancelled by dmc_upstream_close() */
  GCancellable *attempt; /* the handshake under way */
  guint attempt_timeout;
  guint retry; /* source that starts the next attempt */
  guint retry_ms;
  GError *why;       /* why there is no connection */
  DmcClient *client; /* NULL while there is none */
  GQueue waiting;    /* GTask, not sent yet */
  GQueue under_way;  /* GTask, in the order they were sent, which is the order of their deadlines */
  guint deadline;    /* source that looks at the deadlines */
  DmcWatchSet *watches;
};

enum { SIGNAL_EVENT, SIGNAL_RESET, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DmcUpstream, dmc_upstream, G_TYPE_OBJECT)

static void try_to_connect (DmcUpstream *self);
static void send_waiting (DmcUpstream *self);

static void
call_free (Call *call)
{
  g_free (call->method);
  g_clear_pointer (&call->params, json_node_unref);
  g_free (call);
}

static GError *
make_io_error (DmcUpstream *self)
{
  return dmc_error_new (DMC_ERROR_IO,
                        "The gateway keeps trying; look at the log of the machine if it lasts.",
                        "The control domain cannot be reached: %s",
                        self->why != NULL ? self->why->message : "the connection is being made.");
}

static void
fail_all (DmcUpstream *self, GQueue *calls)
{
  GQueue failing = *calls;
  GTask *task;

  /* A callback may make new calls, which must not be failed in the same turn. */
  g_queue_init (calls);
  while ((task = g_queue_pop_head (&failing)) != NULL) {
    g_task_return_error (task, make_io_error (self));
    g_object_unref (task);
  }
}

static gboolean
on_retry (gpointer user_data)
{
  DmcUpstream *self = user_data;

  self->retry = 0;
  try_to_connect (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (DmcUpstream *self)
{
  if (self->retry != 0 || g_cancellable_is_cancelled (self->closing)) {
    return;
  }
  self->retry = g_timeout_add (self->retry_ms, on_retry, self);
  self->retry_ms = MIN (self->retry_ms * 2, RETRY_MAX_MS);
}

/* Keeps the reason and logs it, but not the same one at each attempt. */
static void
set_reason (DmcUpstream *self, const GError *why)
{
  if (self->why == NULL || strcmp (self->why->message, why->message) != 0) {
    g_message ("No connection to the control domain: %s", why->message);
  }
  g_clear_error (&self->why);
  self->why = g_error_copy (why);
}

static void
lose_connection (DmcUpstream *self, const GError *why)
{
  g_autoptr (DmcClient) client = g_steal_pointer (&self->client);

  set_reason (self, why);
  g_clear_handle_id (&self->deadline, g_source_remove);
  if (client != NULL) {
    g_signal_handlers_disconnect_by_data (client, self);
    dmc_client_close (client);
  }
  dmc_watch_set_disconnect (self->watches);
  fail_all (self, &self->under_way);
  fail_all (self, &self->waiting);
  retry_later (self);
  if (client != NULL) {
    g_signal_emit (self, signals[SIGNAL_RESET], 0, FALSE);
  }
}

static void
on_closed (DmcClient *client, GError *why, DmcUpstream *self)
{
  g_autoptr (DmcUpstream) hold = g_object_ref (self);

  lose_connection (self, why);
}

static void
on_event (DmcClient *client,
          const char *subscription,
          gint64 seq,
          const char *topic,
          JsonNode *data,
          DmcUpstream *self)
{
  if (g_str_equal (topic, "restart")) {
    g_autoptr (GError) why
        = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "it was started anew.");
    g_autoptr (DmcUpstream) hold = g_object_ref (self);

    lose_connection (self, why);
    return;
  }
  if (dmc_watch_set_wants (self->watches, topic)) {
    g_signal_emit (self, signals[SIGNAL_EVENT], 0, topic, data);
  }
}

static void
start_client (DmcUpstream *self, GIOStream *stream)
{
  g_message ("Connected to the control domain.");
  g_clear_error (&self->why);
  self->retry_ms = RETRY_FIRST_MS;
  self->client = dmc_client_new_for_stream (stream);
  g_signal_connect (self->client, "event", G_CALLBACK (on_event), self);
  g_signal_connect (self->client, "closed", G_CALLBACK (on_closed), self);
  dmc_watch_set_connect (self->watches, self->client);
  g_signal_emit (self, signals[SIGNAL_RESET], 0, TRUE);
}

static void
end_attempt (DmcUpstream *self)
{
  g_clear_handle_id (&self->attempt_timeout, g_source_remove);
  g_clear_object (&self->attempt);
}

/* What a failed attempt means to whoever reads of it. */
static GError *
explain (DmcUpstream *self, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    return g_error_new_literal (
        G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
        "nobody answers on its channel, or another program has the channel.");
  }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)) {
    return g_error_new (G_IO_ERROR, error->code, "no machine listens on %s.", self->path);
  }
  return g_error_copy (error);
}

static void
fail_attempt (DmcUpstream *self, const GError *error)
{
  g_autoptr (GError) explained = NULL;

  end_attempt (self);
  if (g_cancellable_is_cancelled (self->closing)) {
    return;
  }
  explained = explain (self, error);
  set_reason (self, explained);
  retry_later (self);
}

static void
on_handshake (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcUpstream) self = user_data;
  GIOStream *stream = G_IO_STREAM (source);
  g_autoptr (GError) error = NULL;

  if (!dmc_handshake_finish (result, &error)) {
    g_io_stream_close (stream, NULL, NULL);
    fail_attempt (self, error);
    return;
  }
  end_attempt (self);
  if (g_cancellable_is_cancelled (self->closing)) {
    g_io_stream_close (stream, NULL, NULL);
  } else {
    start_client (self, stream);
  }
}

/* The channel decides over domains: take it from nobody but ourselves and root. */
static gboolean
check_owner (GSocketConnection *connection, GError **error)
{
  g_autoptr (GCredentials) peer
      = g_socket_get_credentials (g_socket_connection_get_socket (connection), error);
  uid_t uid;

  if (peer == NULL || (uid = g_credentials_get_unix_user (peer, error)) == (uid_t)-1) {
    return FALSE;
  }
  if (uid != geteuid () && uid != 0) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 "the channel's socket belongs to another user (%u).", (unsigned)uid);
    return FALSE;
  }
  return TRUE;
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcUpstream) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection
      = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);

  if (connection == NULL || !check_owner (connection, &error)) {
    fail_attempt (self, error);
    return;
  }
  dmc_handshake_async (G_IO_STREAM (connection), self->attempt, on_handshake, g_object_ref (self));
}

static gboolean
on_attempt_timeout (gpointer user_data)
{
  DmcUpstream *self = user_data;

  self->attempt_timeout = 0;
  g_cancellable_cancel (self->attempt);
  return G_SOURCE_REMOVE;
}

static void
try_to_connect (DmcUpstream *self)
{
  g_autoptr (GSocketClient) connector = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (self->path);

  self->attempt = g_cancellable_new ();
  self->attempt_timeout = g_timeout_add (HANDSHAKE_MAX_MS, on_attempt_timeout, self);
  g_socket_client_connect_async (connector, G_SOCKET_CONNECTABLE (address), self->attempt,
                                 on_connected, g_object_ref (self));
}

/* Calls are answered in the order in which they were sent, so that the oldest tells about all. */
static gboolean
on_deadline (gpointer user_data)
{
  DmcUpstream *self = user_data;
  GTask *oldest = g_queue_peek_head (&self->under_way);
  Call *call;

  if (oldest == NULL) {
    self->deadline = 0;
    return G_SOURCE_REMOVE;
  }
  call = g_task_get_task_data (oldest);
  if (g_get_monotonic_time () >= call->deadline_us) {
    g_autoptr (GError) why
        = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "it did not answer %s within %d seconds.",
                       call->method, (int)(CALL_MAX_US / G_USEC_PER_SEC));

    self->deadline = 0;
    lose_connection (self, why);
    return G_SOURCE_REMOVE;
  }
  return G_SOURCE_CONTINUE;
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  DmcUpstream *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) value = dmc_client_call_finish (DMC_CLIENT (source), result, &error);
  GList *link = g_queue_find (&self->under_way, task);

  if (link == NULL) {
    return; /* failed already, with the connection */
  }
  if (value == NULL && !dmc_client_is_open (DMC_CLIENT (source))) {
    return; /* fails with the connection in a moment */
  }
  g_queue_delete_link (&self->under_way, link);
  if (value != NULL) {
    g_task_return_pointer (task, g_steal_pointer (&value), (GDestroyNotify)json_node_unref);
  } else {
    g_task_return_error (task, g_steal_pointer (&error));
  }
  g_object_unref (task); /* the queue's */
  send_waiting (self);
}

static void
send_waiting (DmcUpstream *self)
{
  while (self->client != NULL && !g_queue_is_empty (&self->waiting)
         && g_queue_get_length (&self->under_way) < CALLS_UNDER_WAY_MAX) {
    GTask *task = g_queue_pop_head (&self->waiting);
    Call *call = g_task_get_task_data (task);

    call->deadline_us = g_get_monotonic_time () + CALL_MAX_US;
    g_queue_push_tail (&self->under_way, task);
    dmc_client_call_async (self->client, call->method, call->params, NULL, on_answer,
                           g_object_ref (task));
    if (self->deadline == 0) {
      self->deadline = g_timeout_add (CALL_CHECK_MS, on_deadline, self);
    }
  }
}

static void
dmc_upstream_dispose (GObject *object)
{
  DmcUpstream *self = DMC_UPSTREAM (object);

  g_clear_handle_id (&self->retry, g_source_remove);
  g_clear_handle_id (&self->deadline, g_source_remove);
  g_clear_handle_id (&self->attempt_timeout, g_source_remove);
  if (self->client != NULL) {
    g_signal_handlers_disconnect_by_data (self->client, self);
    dmc_client_close (self->client);
    g_clear_object (&self->client);
  }
  g_clear_pointer (&self->watches, dmc_watch_set_free);
  G_OBJECT_CLASS (dmc_upstream_parent_class)->dispose (object);
}

static void
dmc_upstream_finalize (GObject *object)
{
  DmcUpstream *self = DMC_UPSTREAM (object);

  g_free (self->path);
  g_clear_error (&self->why);
  g_clear_object (&self->attempt);
  g_clear_object (&self->closing);
  G_OBJECT_CLASS (dmc_upstream_parent_class)->finalize (object);
}

static void
dmc_upstream_class_init (DmcUpstreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = dmc_upstream_dispose;
  object_class->finalize = dmc_upstream_finalize;
  signals[SIGNAL_EVENT]
      = g_signal_new ("event", DMC_TYPE_UPSTREAM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_STRING, JSON_TYPE_NODE | G_SIGNAL_TYPE_STATIC_SCOPE);
  signals[SIGNAL_RESET] = g_signal_new ("reset", DMC_TYPE_UPSTREAM, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
}

static void
dmc_upstream_init (DmcUpstream *self)
{
  self->closing = g_cancellable_new ();
  self->retry_ms = RETRY_FIRST_MS;
  self->watches = dmc_watch_set_new ();
  g_queue_init (&self->waiting);
  g_queue_init (&self->under_way);
}

DmcUpstream *
dmc_upstream_new (const char *path)
{
  DmcUpstream *self = g_object_new (DMC_TYPE_UPSTREAM, NULL);

  self->path = g_strdup (path);
  self->retry = g_idle_add (on_retry, self);
  return self;
}

void
dmc_upstream_close (DmcUpstream *self)
{
  g_autoptr (GError) why
      = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "the gateway is ending.");

  g_cancellable_cancel (self->closing);
  g_clear_handle_id (&self->retry, g_source_remove);
  if (self->attempt != NULL) {
    g_cancellable_cancel (self->attempt);
  }
  lose_connection (self, why);
}

void
dmc_upstream_call_async (DmcUpstream *self,
                         const char *method,
                         JsonNode *params,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Call *call = g_new0 (Call, 1);

  g_task_set_source_tag (task, dmc_upstream_call_async);
  call->method = g_strdup (method);
  call->params = params != NULL ? json_node_ref (params) : NULL;
  g_task_set_task_data (task, call, (GDestroyNotify)call_free);
  if (self->client == NULL) {
    g_task_return_error (task, make_io_error (self));
    return;
  }
  g_queue_push_tail (&self->waiting, g_steal_pointer (&task));
  send_waiting (self);
}

JsonNode *
dmc_upstream_call_finish (DmcUpstream *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
dmc_upstream_watch (DmcUpstream *self, const char *topic, guint interval_ms)
{
  dmc_watch_set_want (self->watches, topic, interval_ms);
}
