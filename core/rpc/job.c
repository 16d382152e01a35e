/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/job.h"

#include "rpc/json.h"
#include "rpc/server-private.h"

/* How many finished jobs a server remembers, for a client that asks late. */
#define MAX_FINISHED 128
/* Progress is told at most this often, in ms; the end is told at once. */
#define PROGRESS_MS 100

typedef enum {
  RUNNING,
  DONE,
  FAILED,
  CANCELLED,
} State;

static const char *const state_words[] = { "running", "done", "failed", "cancelled" };

struct _DmcJob {
  GObject       parent_instance;
  DmcServer    *server; /* owns us; weak */
  char         *id;
  char         *kind;
  State         state;
  double        fraction;
  char         *text;
  JsonNode     *result;
  JsonNode     *error;
  GCancellable *cancellable;
  gint64        told_at; /* monotonic µs */
  guint         timer;
};

G_DEFINE_FINAL_TYPE (DmcJob, dmc_job, G_TYPE_OBJECT)

static void
dmc_job_finalize (GObject *object)
{
  DmcJob *self = DMC_JOB (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_weak_pointer (&self->server);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->result, json_node_unref);
  g_clear_pointer (&self->error, json_node_unref);
  g_free (self->id);
  g_free (self->kind);
  g_free (self->text);
  G_OBJECT_CLASS (dmc_job_parent_class)->finalize (object);
}

static void
dmc_job_class_init (DmcJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dmc_job_finalize;
}

static void
dmc_job_init (DmcJob *self)
{
  self->cancellable = g_cancellable_new ();
  self->text = g_strdup ("");
}

static JsonNode *
describe (DmcJob *self)
{
  JsonObject *object = dmc_json_object ("job:s", self->id, "kind:s", self->kind, "state:s",
                                        state_words[self->state], "fraction:d", self->fraction,
                                        "text:s", self->text, NULL);

  if (self->result != NULL)
    json_object_set_member (object, "result", json_node_copy (self->result));
  if (self->error != NULL)
    json_object_set_member (object, "error", json_node_copy (self->error));
  return dmc_json_take_object (object);
}

/* --- telling ---------------------------------------------------------------------------------- */

static void
tell (DmcJob *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  self->told_at = g_get_monotonic_time ();
  if (self->server != NULL)
    dmc_server_emit (self->server, "job", describe (self));
}

static gboolean
tell_later (gpointer data)
{
  DmcJob *self = data;

  self->timer = 0;
  tell (self);
  return G_SOURCE_REMOVE;
}

static void
tell_soon (DmcJob *self)
{
  gint64 elapsed_ms = (g_get_monotonic_time () - self->told_at) / 1000;

  if (self->timer != 0)
    return;
  if (elapsed_ms >= PROGRESS_MS)
    tell (self);
  else
    self->timer = g_timeout_add ((guint) (PROGRESS_MS - elapsed_ms), tell_later, self);
}

static void
forget_old (GQueue *jobs)
{
  guint finished = 0;

  for (GList *l = jobs->tail; l != NULL;) {
    GList *older = l->prev;
    DmcJob *job = l->data;

    if (job->state != RUNNING && ++finished > MAX_FINISHED) {
      g_queue_delete_link (jobs, l);
      g_object_unref (job);
    }
    l = older;
  }
}

static void
finish (DmcJob *self, State state)
{
  self->state = state;
  if (state == DONE)
    self->fraction = 1.0;
  tell (self);
  if (self->server != NULL)
    forget_old (dmc_server_get_jobs (self->server));
}

/* --- for methods ------------------------------------------------------------------------------ */

/**
 * dmc_job_new:
 * @server: the server that reports it
 * @kind: what it does ("workspace.create")
 *
 * Begins a job. The server keeps it too; the caller drops its reference when the work has ended.
 *
 * Returns: (transfer full): a running job
 */
DmcJob *
dmc_job_new (DmcServer *server, const char *kind)
{
  DmcJob *self;

  g_return_val_if_fail (DMC_IS_SERVER (server), NULL);
  g_return_val_if_fail (kind != NULL, NULL);
  self = g_object_new (DMC_TYPE_JOB, NULL);
  g_set_weak_pointer (&self->server, server);
  self->id = g_strdup_printf ("j%" G_GUINT64_FORMAT, dmc_server_next_number (server));
  self->kind = g_strdup (kind);
  g_queue_push_tail (dmc_server_get_jobs (server), g_object_ref (self));
  tell (self);
  return self;
}

/**
 * dmc_job_get_id:
 * @self: a job
 *
 * Returns: (transfer none): its name on the wire
 */
const char *
dmc_job_get_id (DmcJob *self)
{
  g_return_val_if_fail (DMC_IS_JOB (self), NULL);
  return self->id;
}

/**
 * dmc_job_get_cancellable:
 * @self: a job
 *
 * Returns: (transfer none): cancelled by job.cancel, and when the server closes
 */
GCancellable *
dmc_job_get_cancellable (DmcJob *self)
{
  g_return_val_if_fail (DMC_IS_JOB (self), NULL);
  return self->cancellable;
}

/**
 * dmc_job_set_progress:
 * @self: a running job
 * @fraction: from 0 to 1; a negative one leaves it as it is
 * @text: (nullable): what is done just now, for a person; NULL leaves it as it is
 */
void
dmc_job_set_progress (DmcJob *self, double fraction, const char *text)
{
  g_return_if_fail (DMC_IS_JOB (self));
  g_return_if_fail (self->state == RUNNING);
  if (fraction >= 0)
    self->fraction = MIN (fraction, 1.0);
  if (text != NULL && g_strcmp0 (text, self->text) != 0) {
    g_free (self->text);
    self->text = g_strdup (text);
  }
  tell_soon (self);
}

/**
 * dmc_job_done:
 * @self: a running job
 * @result: (transfer full) (nullable): what came of it
 *
 * Ends the job well.
 */
void
dmc_job_done (DmcJob *self, JsonNode *result)
{
  g_return_if_fail (DMC_IS_JOB (self));
  g_return_if_fail (self->state == RUNNING);
  self->result = result;
  finish (self, DONE);
}

/**
 * dmc_job_fail:
 * @self: a running job
 * @error: (transfer full): why; a cancellation makes the job "cancelled"
 *
 * Ends the job badly.
 */
void
dmc_job_fail (DmcJob *self, GError *error)
{
  gboolean cancelled;

  g_return_if_fail (DMC_IS_JOB (self));
  g_return_if_fail (self->state == RUNNING);
  g_return_if_fail (error != NULL);
  cancelled = g_error_matches (error, DMC_ERROR, DMC_ERROR_CANCELLED)
              || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  self->error = dmc_error_to_json (error);
  g_error_free (error);
  finish (self, cancelled ? CANCELLED : FAILED);
}

/**
 * dmc_job_to_reply:
 * @self: a job
 *
 * Returns: (transfer full): {job}, what a method that began it answers
 */
JsonNode *
dmc_job_to_reply (DmcJob *self)
{
  g_return_val_if_fail (DMC_IS_JOB (self), NULL);
  return dmc_json_node ("job:s", self->id, NULL);
}

/* --- job.list, job.get, job.cancel ------------------------------------------------------------ */

static DmcJob *
find_job (DmcServer *server, DmcRequest *request, JsonObject *params)
{
  const char *id = dmc_json_get_string (params, "job", "");

  for (GList *l = dmc_server_get_jobs (server)->head; l != NULL; l = l->next)
    if (g_str_equal (DMC_JOB (l->data)->id, id))
      return l->data;
  dmc_request_fail (request, dmc_error_new (DMC_ERROR_NOT_FOUND,
                                            "The list of jobs shows those that are remembered",
                                            "There is no job \"%.100s\"", id));
  return NULL;
}

static void
list_jobs (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  JsonArray *jobs = json_array_new ();

  for (GList *l = dmc_server_get_jobs (user_data)->head; l != NULL; l = l->next)
    json_array_add_element (jobs, describe (l->data));
  dmc_request_reply (request, dmc_json_node ("jobs:a", jobs, NULL));
}

static void
get_job (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  DmcJob *job = find_job (user_data, request, params);

  if (job != NULL)
    dmc_request_reply (request, describe (job));
}

static void
cancel_job (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  DmcJob *job = find_job (user_data, request, params);
  GError *error;

  if (job == NULL)
    return;
  if (job->state == RUNNING) {
    /* A handler of the cancellation may end the job, and the server may forget it, right in here.
     */
    g_autoptr (DmcJob) keep = g_object_ref (job);

    g_cancellable_cancel (job->cancellable);
    dmc_request_reply (request, describe (job));
    return;
  }
  error = dmc_error_new (DMC_ERROR_STATE, NULL, "The job %s has ended already", job->id);
  dmc_error_set_data (error, "state",
                      json_node_init_string (json_node_alloc (), state_words[job->state]));
  dmc_request_fail (request, error);
}

/**
 * dmc_server_add_job_methods: (skip)
 * @self: a new server
 */
void
dmc_server_add_job_methods (DmcServer *self)
{
  dmc_server_add_topic (self, "job", FALSE, NULL, NULL, NULL);
  dmc_server_add_method (self, "job.list", list_jobs, self, NULL);
  dmc_server_add_method (self, "job.get", get_job, self, NULL);
  dmc_server_add_method (self, "job.cancel", cancel_job, self, NULL);
}
