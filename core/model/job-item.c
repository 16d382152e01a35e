/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-model"

#include "model/job-item.h"

#include "model/item-private.h"
#include "rpc/json.h"

struct _DmcJobItem {
  DmcItem      parent_instance;
  DmcEndpoint *endpoint;
  guint        watch;
  GPtrArray   *waiting; /* of GTask */
  GError *lost; /* the endpoint went away or forgot the job: it will not be known how it ended */
};

G_DEFINE_FINAL_TYPE (DmcJobItem, dmc_job_item, DMC_TYPE_ITEM)

enum { PROP_IS_RUNNING = 1 };
static GParamSpec *is_running_spec;

static const DmcItemField fields[] = {
  { "kind", "kind", G_TYPE_STRING },
  { "state", "state", G_TYPE_STRING },
  { "text", "text", G_TYPE_STRING },
  { "fraction", "fraction", G_TYPE_DOUBLE },
};

static void ask (DmcJobItem *self);

static void
dmc_job_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_IS_RUNNING)
    g_value_set_boolean (value, dmc_job_item_is_running (DMC_JOB_ITEM (object)));
  else
    G_OBJECT_CLASS (dmc_job_item_parent_class)->get_property (object, id, value, pspec);
}

static void
dmc_job_item_dispose (GObject *object)
{
  DmcJobItem *self = DMC_JOB_ITEM (object);

  if (self->endpoint != NULL) {
    g_signal_handlers_disconnect_by_data (self->endpoint, self);
    dmc_endpoint_unwatch (self->endpoint, self->watch);
    g_clear_object (&self->endpoint);
  }
  G_OBJECT_CLASS (dmc_job_item_parent_class)->dispose (object);
}

static void
dmc_job_item_finalize (GObject *object)
{
  DmcJobItem *self = DMC_JOB_ITEM (object);

  g_ptr_array_unref (self->waiting);
  g_clear_error (&self->lost);
  G_OBJECT_CLASS (dmc_job_item_parent_class)->finalize (object);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void
return_to (DmcJobItem *self, GTask *task)
{
  JsonObject *object = dmc_item_get_object (DMC_ITEM (self));
  JsonNode *result;

  if (self->lost != NULL) {
    g_task_return_error (task, g_error_copy (self->lost));
  } else if (g_strcmp0 (dmc_job_item_get_state (self), "done") == 0) {
    result = json_object_dup_member (object, "result");
    g_task_return_pointer (task, result != NULL ? result : dmc_json_node (NULL, NULL),
                           (GDestroyNotify) json_node_unref);
  } else if (json_object_has_member (object, "error")) {
    g_task_return_error (task, dmc_error_from_json (json_object_get_member (object, "error")));
  } else {
    g_task_return_error (
        task, dmc_error_new (DMC_ERROR_INTERNAL, NULL, "The job ended without saying how"));
  }
}

static void
end (DmcJobItem *self)
{
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);

  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < waiting->len; i++)
    return_to (self, g_ptr_array_index (waiting, i));
}

static void
dmc_job_item_updated (DmcItem *item, JsonObject *old, gint64 time_us)
{
  DmcJobItem *self = DMC_JOB_ITEM (item);
  gboolean was_running = g_strcmp0 (dmc_json_get_string (old, "state", "running"), "running") == 0;

  if (!was_running || dmc_job_item_is_running (self))
    return;
  g_object_notify_by_pspec (G_OBJECT (self), is_running_spec);
  end (self);
}

static void
dmc_job_item_class_init (DmcJobItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  DMC_ITEM_CLASS (klass)->updated = dmc_job_item_updated;
  dmc_item_class_install_fields (DMC_ITEM_CLASS (klass), fields, G_N_ELEMENTS (fields));
  object_class->get_property = dmc_job_item_get_property;
  object_class->dispose = dmc_job_item_dispose;
  object_class->finalize = dmc_job_item_finalize;
  is_running_spec = g_param_spec_boolean ("is-running", NULL, NULL, FALSE,
                                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_property (object_class, PROP_IS_RUNNING, is_running_spec);
}

static void
dmc_job_item_init (DmcJobItem *self)
{
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
lose (DmcJobItem *self, GError *why)
{
  g_autoptr (DmcJobItem) keep = g_object_ref (self);

  if (self->lost != NULL || !dmc_job_item_is_running (self)) {
    g_error_free (why);
    return;
  }
  self->lost = why;
  dmc_item_set_live (DMC_ITEM (self), FALSE);
  g_object_notify_by_pspec (G_OBJECT (self), is_running_spec);
  end (self);
}

/* --- following -------------------------------------------------------------------------------- */

static void
take (DmcJobItem *self, JsonObject *object, gint64 time_us)
{
  const char *id = dmc_json_get_string (object, "job", NULL);

  /* What was told late of a job that has ended must not bring it back to life. */
  if (g_strcmp0 (id, dmc_item_get_id (DMC_ITEM (self))) == 0 && dmc_job_item_is_running (self)) {
    g_autoptr (DmcJobItem) keep = g_object_ref (self);

    dmc_item_update (DMC_ITEM (self), id, object, time_us);
  }
}

static void
event_came (const char *topic, gint64 time_us, JsonNode *data, gpointer user_data)
{
  if (JSON_NODE_HOLDS_OBJECT (data))
    take (user_data, json_node_get_object (data), time_us);
}

static void
got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (DmcJobItem) self = data;
  GError *error = NULL;
  g_autoptr (JsonNode) node = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  if (node == NULL)
    lose (self, error);
  else if (JSON_NODE_HOLDS_OBJECT (node))
    take (self, json_node_get_object (node), 0);
}

/* The job may have gone on before it was watched, and events may have been lost. */
static void
ask (DmcJobItem *self)
{
  if (dmc_job_item_is_running (self))
    dmc_endpoint_call_async (self->endpoint, "job.get", dmc_json_node ("job:s", dmc_item_get_id (DMC_ITEM (self)), NULL), NULL, got,
                             g_object_ref (self));
}

static void
connection_changed (DmcEndpoint *endpoint, GParamSpec *pspec, DmcJobItem *self)
{
  if (!dmc_endpoint_is_connected (endpoint))
    lose (self, dmc_error_new (DMC_ERROR_IO, "Look at its state when the endpoint is back",
                               "The connection was lost while the job ran"));
}

static DmcJobItem *
job_item_new (DmcEndpoint *endpoint, const char *id, const char *kind)
{
  static const char *const topics[] = { "job", NULL };
  DmcJobItem *self = g_object_new (DMC_TYPE_JOB_ITEM, NULL);
  g_autoptr (JsonObject) object = dmc_json_object (
      "job:s", id, "kind:s", kind, "state:s", "running", "fraction:d", 0.0, "text:s", "", NULL);

  self->endpoint = g_object_ref (endpoint);
  dmc_item_update (DMC_ITEM (self), id, object, 0);
  self->watch = dmc_endpoint_watch (endpoint, topics, 100, event_came, self, NULL);
  g_signal_connect_swapped (endpoint, "resync", G_CALLBACK (ask), self);
  g_signal_connect (endpoint, "notify::connected", G_CALLBACK (connection_changed), self);
  ask (self);
  return self;
}

/* --- starting --------------------------------------------------------------------------------- */

static void
started (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (JsonNode) node = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);
  const char *id = NULL;

  if (node == NULL) {
    g_task_return_error (task, error);
    return;
  }
  if (JSON_NODE_HOLDS_OBJECT (node))
    id = dmc_json_get_string (json_node_get_object (node), "job", NULL);
  if (id == NULL)
    g_task_return_error (
        task, dmc_error_new (DMC_ERROR_INTERNAL, NULL, "The endpoint did not begin a job"));
  else
    g_task_return_pointer (task,
                           job_item_new (DMC_ENDPOINT (source), id, g_task_get_task_data (task)),
                           g_object_unref);
}

/**
 * dmc_job_item_start_async:
 * @endpoint: an endpoint
 * @method: a method that answers {job}
 * @params: (transfer full) (nullable): an object with its parameters
 * @secret_member: (nullable): the name of a secret parameter
 * @secret: (nullable): its value
 * @cancellable: (nullable): to stop waiting for the beginning
 * @callback: called when the job has begun
 * @user_data: handed to @callback
 */
void
dmc_job_item_start_async (DmcEndpoint         *endpoint,
                          const char          *method,
                          JsonNode            *params,
                          const char          *secret_member,
                          DmcPassphrase       *secret,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  const DmcSecretParam param = { secret_member, secret };

  g_return_if_fail ((secret_member == NULL) == (secret == NULL));
  dmc_job_item_start_secret_async (endpoint, method, params, &param, secret != NULL ? 1 : 0, cancellable, callback,
                                   user_data);
}

/**
 * dmc_job_item_start_secret_async:
 * @endpoint: an endpoint
 * @method: a method that answers {job}
 * @params: (transfer full) (nullable): an object with its parameters, but the secret ones
 * @secrets: (array length=n_secrets): the secret ones
 * @n_secrets: how many
 * @cancellable: (nullable): to stop waiting for the beginning
 * @callback: called when the job has begun
 * @user_data: handed to @callback
 */
void
dmc_job_item_start_secret_async (DmcEndpoint          *endpoint,
                                 const char           *method,
                                 JsonNode             *params,
                                 const DmcSecretParam *secrets,
                                 guint                 n_secrets,
                                 GCancellable         *cancellable,
                                 GAsyncReadyCallback   callback,
                                 gpointer              user_data)
{
  GTask *task;

  g_return_if_fail (DMC_IS_ENDPOINT (endpoint));
  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, dmc_job_item_start_secret_async);
  g_task_set_task_data (task, g_strdup (method), g_free);
  if (n_secrets > 0)
    dmc_endpoint_call_secret_async (endpoint, method, params, secrets, n_secrets, cancellable, started, task);
  else
    dmc_endpoint_call_async (endpoint, method, params, cancellable, started, task);
}

/**
 * dmc_job_item_start_finish:
 * @result: what the callback got
 * @error: the endpoint's error
 *
 * Returns: (transfer full) (nullable): the job
 */
DmcJobItem *
dmc_job_item_start_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * dmc_job_item_wait_async:
 * @self: a job
 * @cancellable: (nullable): to stop waiting; the job goes on
 * @callback: called when the job has ended
 * @user_data: handed to @callback
 */
void
dmc_job_item_wait_async (DmcJobItem          *self,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (DMC_IS_JOB_ITEM (self));
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, dmc_job_item_wait_async);
  if (dmc_job_item_is_running (self))
    g_ptr_array_add (self->waiting, g_steal_pointer (&task));
  else
    return_to (self, task);
}

/**
 * dmc_job_item_wait_finish:
 * @self: a job
 * @result: what the callback got
 * @error: why the job failed
 *
 * Returns: (transfer full) (nullable): the job's result; an empty object where it has none
 */
JsonNode *
dmc_job_item_wait_finish (DmcJobItem *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * dmc_job_item_cancel:
 * @self: a job
 *
 * Asks the endpoint to cancel it; its state tells whether it did.
 */
void
dmc_job_item_cancel (DmcJobItem *self)
{
  g_return_if_fail (DMC_IS_JOB_ITEM (self));
  if (dmc_job_item_is_running (self))
    dmc_endpoint_call_async (self->endpoint, "job.cancel", dmc_json_node ("job:s", dmc_item_get_id (DMC_ITEM (self)), NULL), NULL,
                             NULL, NULL);
}

/* --- reading ---------------------------------------------------------------------------------- */

/**
 * dmc_job_item_get_state:
 * @self: a job
 *
 * Returns: (transfer none): "running", "done", "failed" or "cancelled"
 */
const char *
dmc_job_item_get_state (DmcJobItem *self)
{
  return dmc_item_get_string (DMC_ITEM (self), "state");
}

/**
 * dmc_job_item_get_text:
 * @self: a job
 *
 * Returns: (transfer none) (nullable): what is done just now
 */
const char *
dmc_job_item_get_text (DmcJobItem *self)
{
  return dmc_item_get_string (DMC_ITEM (self), "text");
}

/**
 * dmc_job_item_get_fraction:
 * @self: a job
 *
 * Returns: how much is done, 0 to 1
 */
double
dmc_job_item_get_fraction (DmcJobItem *self)
{
  return dmc_item_get_double (DMC_ITEM (self), "fraction");
}

/**
 * dmc_job_item_is_running:
 * @self: a job
 *
 * Returns: whether it runs, as far as is known
 */
gboolean
dmc_job_item_is_running (DmcJobItem *self)
{
  return self->lost == NULL && g_strcmp0 (dmc_job_item_get_state (self), "running") == 0;
}
