/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-fetch.h"

#include <pv/policy.h>

#include "policy-doc/bundle.h"
#include "rpc/json.h"

struct _DmcPolicyFetch {
  gatomicrefcount ref_count;
  DmcUpstream *upstream;
  DmcHeldPolicy held; /* no document: none was read yet */
  gint64 size;        /* of the bundle that it is in */
};

/* One reading; data of its task. */
typedef struct {
  DmcPolicyFetch *fetch;
  gint64 sequence, size, loaded_us;
  GByteArray *bytes; /* that have come */
} Reading;

static DmcPolicyFetch *
fetch_ref (DmcPolicyFetch *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
dmc_policy_fetch_free (DmcPolicyFetch *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_clear_pointer (&self->held.document, dmc_policy_document_unref);
  g_object_unref (self->upstream);
  g_free (self);
}

DmcPolicyFetch *
dmc_policy_fetch_new (DmcUpstream *upstream)
{
  DmcPolicyFetch *self = g_new0 (DmcPolicyFetch, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->upstream = g_object_ref (upstream);
  return self;
}

static void
reading_free (Reading *reading)
{
  dmc_policy_fetch_free (reading->fetch);
  g_byte_array_unref (reading->bytes);
  g_free (reading);
}

/* The members of an answer; NULL after the task was failed. */
static JsonObject *
answer_of (GTask *task, GObject *source, GAsyncResult *result, JsonNode **node)
{
  GError *error = NULL;

  *node = dmc_upstream_call_finish (DMC_UPSTREAM (source), result, &error);
  if (*node != NULL && JSON_NODE_HOLDS_OBJECT (*node))
    return json_node_get_object (*node);
  if (error == NULL)
    error = dmc_error_new (DMC_ERROR_IO, NULL, "The control domain gave an answer of unknown form.");
  g_task_return_error (task, error);
  return NULL;
}

static void
finish (GTask *task)
{
  Reading *reading = g_task_get_task_data (task);
  DmcPolicyFetch *self = reading->fetch;
  g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (g_byte_array_ref (reading->bytes));
  GError *error = NULL;
  DmcPolicyDocument *document = dmc_policy_bundle_read (bytes, &error);

  if (document == NULL) {
    g_task_return_error (task, error);
    return;
  }
  g_clear_pointer (&self->held.document, dmc_policy_document_unref);
  self->held = (DmcHeldPolicy){ document, reading->sequence, reading->loaded_us };
  self->size = reading->size;
  g_task_return_boolean (task, TRUE);
}

static void read_part (GTask *task);

static void
on_part (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Reading *reading = g_task_get_task_data (task);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *answer = answer_of (task, source, result, &node);
  g_autofree guchar *data = NULL;
  gsize length;

  if (answer == NULL)
    return;
  data = g_base64_decode (dmc_json_get_string (answer, "data", ""), &length);
  if (dmc_json_get_int (answer, "sequence", -1) != reading->sequence || length == 0
      || (gint64)length > reading->size - (gint64)reading->bytes->len) {
    g_task_return_error (task, dmc_error_new (DMC_ERROR_STATE, "Try again.",
                                              "Another policy took over meanwhile."));
    return;
  }
  g_byte_array_append (reading->bytes, data, (guint)length);
  if ((gint64)reading->bytes->len < reading->size)
    read_part (g_steal_pointer (&task));
  else
    finish (task);
}

static void
read_part (GTask *task)
{
  Reading *reading = g_task_get_task_data (task);
  g_autoptr (JsonNode) params = dmc_json_node ("offset:i", (gint64)reading->bytes->len, NULL);

  dmc_upstream_call_async (reading->fetch->upstream, "policy.read", params, on_part, task);
}

static GError *
built_in_error (void)
{
  GError *error
      = dmc_error_new (DMC_ERROR_STATE, "Load a policy: from then on that one holds.",
                       "No policy was loaded: the hypervisor's built-in rules hold.");

  dmc_error_set_data (error, "state", json_node_init_string (json_node_alloc (), "built-in"));
  return error;
}

static void
on_status (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Reading *reading = g_task_get_task_data (task);
  DmcPolicyFetch *self = reading->fetch;
  g_autoptr (JsonNode) node = NULL;
  JsonObject *answer = answer_of (task, source, result, &node);

  if (answer == NULL)
    return;
  reading->sequence = dmc_json_get_int (answer, "sequence", 0);
  reading->size = dmc_json_get_int (answer, "size", 0);
  reading->loaded_us = g_get_real_time () - dmc_json_get_int (answer, "uptime_us", 0)
                       + dmc_json_get_int (answer, "loaded_us", 0);
  if (reading->size <= 0 || reading->size > PV_POLICY_MAX) {
    g_task_return_error (task, built_in_error ());
  } else if (self->held.document != NULL && self->held.sequence == reading->sequence
             && self->size == reading->size
             && ABS (self->held.loaded_us - reading->loaded_us) < G_USEC_PER_SEC) {
    g_task_return_boolean (task, TRUE);
  } else {
    read_part (g_steal_pointer (&task));
  }
}

void
dmc_policy_fetch_async (DmcPolicyFetch *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self->upstream, NULL, callback, user_data);
  Reading *reading = g_new0 (Reading, 1);

  reading->fetch = fetch_ref (self);
  reading->bytes = g_byte_array_new ();
  g_task_set_task_data (task, reading, (GDestroyNotify)reading_free);
  dmc_upstream_call_async (self->upstream, "policy.status", NULL, on_status, task);
}

const DmcHeldPolicy *
dmc_policy_fetch_finish (DmcPolicyFetch *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error) ? &self->held : NULL;
}
