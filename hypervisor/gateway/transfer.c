/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer.h"

#include <string.h>

#include "rpc/json.h"

#define PROGRESS_MS 100
#define GREETING_MS 60000
#define RETRY_MS    250
#define TRIES_MAX   40u
#define PAGES_AT    offsetof (struct pv_state_header, pages)

struct _DmcTransfers {
  DmcServer *server; /* weak */
  DmcUpstream *upstream;
  char *state_path, *folder;
  int patience_s;
  GQueue all, waiting;
  DmcTransfer *current; /* NULL: none */
  guint progress;       /* source that tells of it */
};

static void start_next (DmcTransfers *self);

/* The control domain has started anew, or is gone: of the transfer under way it knows nothing. */
static void
on_reset (DmcUpstream *upstream, gboolean connected, DmcTransfers *self)
{
  if (self->current != NULL && self->current->wire != NULL) {
    dmc_wire_break (self->current->wire);
  }
}

DmcTransfers *
dmc_transfers_new (DmcServer *server, DmcUpstream *upstream, const char *state_path, int patience_s)
{
  DmcTransfers *self = g_new0 (DmcTransfers, 1);

  self->server = server;
  self->upstream = g_object_ref (upstream);
  self->patience_s = patience_s;
  self->state_path = g_strdup (state_path);
  self->folder = g_path_get_dirname (state_path);
  g_signal_connect (upstream, "reset", G_CALLBACK (on_reset), self);
  g_queue_init (&self->all);
  g_queue_init (&self->waiting);
  return self;
}

void
dmc_transfers_limit (DmcTransfers *self, DmcWire *wire)
{
  dmc_wire_set_patience (wire, self->patience_s * 1000);
}

const char *
dmc_transfers_get_folder (DmcTransfers *self)
{
  return self->folder;
}

static void
transfer_free (DmcTransfer *self)
{
  g_clear_object (&self->request);
  g_clear_object (&self->job);
  g_clear_pointer (&self->wire, dmc_wire_free);
  g_clear_pointer (&self->answer, json_node_unref);
  if (self->kind->free != NULL && self->data != NULL) {
    self->kind->free (self->data);
  }
  g_free (self);
}

void
dmc_transfers_free (DmcTransfers *self)
{
  for (GList *link = self->all.head; link != NULL; link = link->next) {
    DmcTransfer *transfer = link->data;

    if (transfer->job != NULL) {
      g_cancellable_cancel (dmc_job_get_cancellable (transfer->job));
    }
  }
  while (!g_queue_is_empty (&self->all)) {
    g_main_context_iteration (NULL, TRUE);
  }
  g_signal_handlers_disconnect_by_data (self->upstream, self);
  g_clear_object (&self->upstream);
  g_free (self->state_path);
  g_free (self->folder);
  g_free (self);
}

/* ---- progress ---- */

void
dmc_transfer_set_text (DmcTransfer *self, const char *text)
{
  g_atomic_pointer_set (&self->text, text);
}

gboolean
dmc_transfer_count (DmcTransfer *self, const DmcRecord *record, GError **error)
{
  /* Which version it is, and whether that can be taken, is for the control domain to say. */
  if (record->type == PV_RECORD_HEADER && record->length >= PAGES_AT + sizeof (guint32)) {
    guint32 pages;

    memcpy (&pages, record->payload + PAGES_AT, sizeof pages);
    g_atomic_int_set (&self->pages, (gint)MIN (pages, G_MAXINT));
  } else if (record->type == PV_RECORD_PAGES && record->length >= 2 * sizeof (guint32)) {
    guint32 words[2];

    memcpy (words, record->payload, sizeof words);
    g_atomic_int_set (&self->pages_done, (gint)(words[1] & PV_STATE_PAGE));
  } else if (record->type == PV_RECORD_HEADER || record->type == PV_RECORD_PAGES) {
    g_propagate_error (
        error, dmc_error_new (DMC_ERROR_INTEGRITY, NULL, "The state of the domain is damaged."));
    return FALSE;
  }
  return TRUE;
}

static gboolean
on_progress (gpointer user_data)
{
  DmcTransfers *self = user_data;
  DmcTransfer *transfer = self->current;
  gint pages = g_atomic_int_get (&transfer->pages);
  gint done = g_atomic_int_get (&transfer->pages_done);

  if (transfer->job != NULL) {
    /* The last hundredth is for what comes behind the pages. */
    dmc_job_set_progress (transfer->job, pages > 0 ? 0.99 * done / pages : -1,
                          g_atomic_pointer_get (&transfer->text));
  }
  return G_SOURCE_CONTINUE;
}

/* ---- the job and its end ---- */

static GCancellable *
cancellable_of (DmcTransfer *self)
{
  return self->job != NULL ? dmc_job_get_cancellable (self->job) : NULL;
}

static void
answer (DmcTransfer *self)
{
  if (self->request == NULL) {
    return;
  }
  self->job = dmc_job_new (self->owner->server, self->kind->name);
  dmc_request_reply (self->request, self->kind->reply != NULL ? self->kind->reply (self)
                                                              : dmc_job_to_reply (self->job));
  g_clear_object (&self->request);
}

/* @why: (transfer full) (nullable) */
static void
close_transfer (DmcTransfer *self, GError *why)
{
  DmcTransfers *owner = self->owner;

  if (why == NULL) {
    dmc_job_done (self->job, self->kind->result (self, self->answer));
  } else if (self->request != NULL) {
    dmc_request_fail (self->request, why);
  } else {
    dmc_job_fail (self->job, why);
  }
  g_queue_remove (&owner->all, self);
  if (owner->current == self) {
    owner->current = NULL;
    g_clear_handle_id (&owner->progress, g_source_remove);
    transfer_free (self);
    start_next (owner);
  } else {
    transfer_free (self);
  }
}

static void
end (DmcTransfer *self, GError *why)
{
  if (why != NULL && self->kind->undo != NULL) {
    self->kind->undo (self, why);
  }
  close_transfer (self, why);
}

static JsonNode *
outcome_node (const char *outcome)
{
  return dmc_json_node ("outcome:s", outcome, NULL);
}

static gboolean ask_to_give_up (gpointer task);

static void
on_given_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  DmcTransfer *self = g_task_get_task_data (task);
  g_autoptr (GError) ignored = NULL;
  g_autoptr (JsonNode) node = dmc_upstream_call_finish (DMC_UPSTREAM (source), result, &ignored);
  GError *why = NULL;

  /* One that has just started anew does not hear us yet. */
  if (node == NULL && g_error_matches (ignored, DMC_ERROR, DMC_ERROR_IO) && self->id >= 0
      && self->tries++ < TRIES_MAX) {
    g_timeout_add (RETRY_MS, ask_to_give_up, task);
    return;
  }
  g_task_propagate_boolean (task, &why);
  g_object_unref (task);
  end (self, why);
}


static gboolean
ask_to_give_up (gpointer task)
{
  DmcTransfer *self = g_task_get_task_data (task);
  g_autoptr (JsonNode) params = outcome_node ("abort");

  if (self->id >= 0 && !self->stood_still) {
    json_object_set_int_member (json_node_get_object (params), "id", self->id);
  }
  dmc_upstream_call_async (self->owner->upstream, "state.finish", params, on_given_up, task);
  return G_SOURCE_REMOVE;
}

/* @why: (transfer full) */
static void
give_up (DmcTransfer *self, GError *why)
{
  GTask *task;

  if (self->wire == NULL) {
    end (self, why);
    return;
  }
  task = g_task_new (NULL, NULL, NULL, NULL);
  g_task_set_task_data (task, self, NULL);
  g_task_return_error (task, why);
  ask_to_give_up (task);
}

/* ---- workers ---- */

typedef gboolean (*StepFunc) (DmcTransfer *self, GCancellable *cancellable, GError **error);
typedef struct {
  DmcTransfer *transfer;
  StepFunc step;
  void (*next) (DmcTransfer *self);
  void (*failed) (DmcTransfer *self, GError *why);
} Work;

static void
work (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Work *self = data;
  GError *error = NULL;

  if (self->step (self->transfer, cancellable, &error)) {
    g_task_return_boolean (task, TRUE);
  } else {
    g_task_return_error (task, error);
  }
}

static void
on_worked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Work *self = g_task_get_task_data (G_TASK (result));
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error)) {
    self->next (self->transfer);
  } else {
    self->failed (self->transfer, error);
  }
}

static void
start_work (DmcTransfer *self,
            StepFunc step,
            void (*next) (DmcTransfer *),
            void (*failed) (DmcTransfer *, GError *))
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable_of (self), on_worked, NULL);
  Work *job = g_new0 (Work, 1);

  *job = (Work){ .transfer = self, .step = step, .next = next, .failed = failed };
  g_task_set_task_data (task, job, g_free);
  /* A worker looks at the cancellable itself, and must have ended before anything is freed. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_run_in_thread (task, work);
}

/* ---- the steps ---- */

static void
finish_well (DmcTransfer *self)
{
  end (self, NULL);
}

static void
on_afterwards (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DmcTransfer *self = user_data;
  GError *error = NULL;
  g_autoptr (JsonNode) node = dmc_upstream_call_finish (DMC_UPSTREAM (source), result, &error);

  end (self, node == NULL ? error : NULL);
}

static void
do_afterwards (DmcTransfer *self)
{
  g_autoptr (JsonNode) params = dmc_json_node ("id:i", self->id, NULL);

  if (self->kind->afterwards == NULL) {
    finish_well (self);
    return;
  }
  dmc_upstream_call_async (self->owner->upstream, self->kind->afterwards, params, on_afterwards,
                           self);
}

static void
on_finished (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DmcTransfer *self = user_data;
  GError *error = NULL;

  self->answer = dmc_upstream_call_finish (DMC_UPSTREAM (source), result, &error);
  if (self->answer == NULL && g_error_matches (error, DMC_ERROR, DMC_ERROR_IO)) {
    /* Whether the control domain has heard it is not known: what there is may be all there is. */
    close_transfer (self, error);
  } else if (self->answer == NULL) {
    end (self, error);
  } else if (self->kind->after != NULL) {
    start_work (self, self->kind->after, do_afterwards, end);
  } else {
    do_afterwards (self);
  }
}

static void
finish (DmcTransfer *self)
{
  g_autoptr (JsonNode) params = outcome_node (self->kind->outcome);
  GError *error = NULL;

  if (g_cancellable_set_error_if_cancelled (cancellable_of (self), &error)
      || (self->kind->keep != NULL && !self->kind->keep (self, &error))) {
    give_up (self, error);
    return;
  }
  dmc_upstream_call_async (self->owner->upstream, "state.finish", params, on_finished, self);
}

/* A control domain that is there greets at once; what it says afterwards may take any time. */
static gboolean
greet_and_run (DmcTransfer *self, GCancellable *cancellable, GError **error)
{
  dmc_wire_set_patience (self->wire, GREETING_MS);
  if (!dmc_wire_greet (self->wire, self->nonce, cancellable, error)
      || !dmc_wire_await_greeting (self->wire, self->nonce, cancellable, error)) {
    return FALSE;
  }
  dmc_wire_set_patience (self->wire, -1);
  return self->kind->run (self, cancellable, error);
}

static void
on_begun (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DmcTransfer *self = user_data;
  GError *error = NULL;
  g_autoptr (JsonNode) node = dmc_upstream_call_finish (DMC_UPSTREAM (source), result, &error);

  if (node == NULL) {
    end (self, error);
    return;
  }
  self->stood_still = JSON_NODE_HOLDS_OBJECT (node)
                      && dmc_json_get_boolean (json_node_get_object (node), "still", FALSE);
  answer (self);
  start_work (self, greet_and_run, finish, give_up);
}

static void
make_nonce (guint8 *nonce)
{
  for (gsize i = 0; i < PV_STREAM_NONCE_SIZE; i += sizeof (guint32)) {
    guint32 word = g_random_int ();

    memcpy (nonce + i, &word, sizeof word);
  }
}

static char *
hex (const guint8 *nonce)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < PV_STREAM_NONCE_SIZE; i++) {
    g_string_append_printf (text, "%02x", nonce[i]);
  }
  return g_string_free (text, FALSE);
}

static void
begin (DmcTransfer *self)
{
  g_autofree char *nonce = NULL;
  g_autoptr (JsonNode) params = NULL;
  JsonObject *object;
  GError *error = NULL;

  make_nonce (self->nonce);
  nonce = hex (self->nonce);
  self->wire = dmc_wire_connect (self->owner->state_path, &error);
  if (self->wire == NULL) {
    end (self, error);
    return;
  }
  object = dmc_json_object ("nonce:s", nonce, "kind:s", self->id >= 0 ? "save" : "restore", NULL);
  if (self->id >= 0) {
    json_object_set_int_member (object, "id", self->id);
  }
  if (self->kind->describe != NULL) {
    self->kind->describe (self, object);
  }
  params = dmc_json_take_object (object);
  dmc_upstream_call_async (self->owner->upstream, "state.begin", params, on_begun, self);
}

/* ---- taking turns ---- */

static void
stop_waiting (DmcTransfer *self)
{
  if (self->leaving != NULL) {
    g_source_destroy (self->leaving);
    g_clear_pointer (&self->leaving, g_source_unref);
  }
}

static gboolean
on_left (GCancellable *cancellable, gpointer user_data)
{
  DmcTransfer *self = user_data;
  GError *error = NULL;

  g_queue_remove (&self->owner->waiting, self);
  stop_waiting (self);
  g_cancellable_set_error_if_cancelled (cancellable, &error);
  end (self, error);
  return G_SOURCE_REMOVE;
}

static void
start_next (DmcTransfers *self)
{
  DmcTransfer *transfer = g_queue_pop_head (&self->waiting);
  GError *error = NULL;

  if (transfer == NULL) {
    return;
  }
  stop_waiting (transfer);
  self->current = transfer;
  self->progress = g_timeout_add (PROGRESS_MS, on_progress, self);
  if (g_cancellable_set_error_if_cancelled (cancellable_of (transfer), &error)) {
    end (transfer, error);
  } else if (transfer->kind->check != NULL && !transfer->kind->takes_turns) {
    answer (transfer);
    start_work (transfer, transfer->kind->check, begin, end);
  } else {
    begin (transfer);
  }
}

static void
wait_for_turn (DmcTransfer *self)
{
  DmcTransfers *owner = self->owner;

  g_queue_push_tail (&owner->waiting, self);
  if (owner->current == NULL) {
    start_next (owner);
    return;
  }
  answer (self);
  dmc_job_set_progress (self->job, 0, "Waiting for another transfer");
  self->leaving = g_cancellable_source_new (cancellable_of (self));
  g_source_set_callback (self->leaving, G_SOURCE_FUNC (on_left), self, NULL);
  g_source_attach (self->leaving, NULL);
}

/* What can be said before its turn comes, nobody is to wait for. */
static void
look_ahead (DmcTransfer *self)
{
  if (self->kind->check == NULL || !self->kind->takes_turns) {
    wait_for_turn (self);
    return;
  }
  answer (self);
  dmc_job_set_progress (self->job, 0, g_atomic_pointer_get (&self->text));
  start_work (self, self->kind->check, wait_for_turn, end);
}

static void
on_domain (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DmcTransfer *self = user_data;
  GError *error = NULL;
  g_autoptr (JsonNode) node = dmc_upstream_call_finish (DMC_UPSTREAM (source), result, &error);

  if (node == NULL) {
    end (self, error);
  } else {
    look_ahead (self);
  }
}

/* Whether there is such a domain, and it can be saved as it is. */
static void
ask_for_domain (DmcTransfer *self)
{
  g_autoptr (JsonNode) params
      = dmc_json_node ("kind:s", "save", "id:i", self->id, "check:b", TRUE, NULL);

  dmc_upstream_call_async (self->owner->upstream, "state.begin", params, on_domain, self);
}

void
dmc_transfers_start (DmcTransfers *self,
                     const DmcTransferKind *kind,
                     DmcRequest *request,
                     JsonObject *params)
{
  DmcTransfer *transfer;
  GError *error = NULL;

  if (self->current != NULL && !kind->takes_turns) {
    dmc_request_fail (request,
                      dmc_error_new (DMC_ERROR_STATE, "job.list shows what is under way.",
                                     "Another domain is being saved, restored or moved there."));
    return;
  }
  transfer = g_new0 (DmcTransfer, 1);
  transfer->kind = kind;
  transfer->owner = self;
  transfer->id = -1;
  if (!kind->prepare (transfer, params, &error)) {
    transfer_free (transfer);
    dmc_request_fail (request, error);
    return;
  }
  transfer->request = g_object_ref (request);
  g_queue_push_tail (&self->all, transfer);
  if (transfer->id >= 0) {
    ask_for_domain (transfer);
  } else {
    look_ahead (transfer);
  }
}
