/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-draft.h"

#include <glib/gi18n.h>

#include "policy-doc/document.h"
#include "rpc/json.h"

/* Typing pauses for so long before the text is checked. */
#define PAUSE_MS 250

struct _DmcPolicyDraft {
  GObject parent_instance;

  DmcEndpoint *endpoint;
  GCancellable *cancellable;
  gulong on_resync;
  gulong on_connected;

  JsonObject *loaded; /* of policy.get; NULL: none yet */
  char *loaded_text;
  char *previous_text; /* what the last load has replaced; NULL: none was */
  char *why_empty;
  char *text;
  JsonNode *node;
  gint64 syntax_offset;
  GPtrArray *problems;
  DmcPolicyDraftState state;

  guint pause;                /* source id */
  GCancellable *checking;     /* of the policy.validate under way */
  gboolean discard_on_answer; /* the next policy.get replaces the text, whatever was typed */
};

G_DEFINE_FINAL_TYPE (DmcPolicyDraft, dmc_policy_draft, G_TYPE_OBJECT)

enum { SIGNAL_CHANGED, SIGNAL_REPLACED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
set_state (DmcPolicyDraft *self, DmcPolicyDraftState state)
{
  self->state = state;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* Checking */

static void
take_problems (DmcPolicyDraft *self, JsonObject *answer)
{
  JsonArray *array = dmc_json_get_array (answer, "problems");

  g_ptr_array_set_size (self->problems, 0);
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    JsonNode *node = json_array_get_element (array, i);
    JsonObject *problem = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

    dmc_policy_problems_add (
        self->problems, g_str_equal (dmc_json_get_string (problem, "severity", "error"), "error"),
        dmc_json_get_string (problem, "path", ""),
        g_strdup (dmc_json_get_string (problem, "message", "")));
  }
}

static void
on_validated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcPolicyDraft) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || g_error_matches (error, DMC_ERROR, DMC_ERROR_CANCELLED))
    return; /* the text has changed since */
  g_clear_object (&self->checking);
  if (answer == NULL || !JSON_NODE_HOLDS_OBJECT (answer)) {
    set_state (self, DMC_POLICY_DRAFT_UNCHECKED);
    return;
  }
  take_problems (self, json_node_get_object (answer));
  set_state (self, dmc_json_get_boolean (json_node_get_object (answer), "valid", FALSE)
                       ? DMC_POLICY_DRAFT_VALID
                       : DMC_POLICY_DRAFT_INVALID);
}

static void
stop_checking (DmcPolicyDraft *self)
{
  g_clear_handle_id (&self->pause, g_source_remove);
  if (self->checking != NULL)
    g_cancellable_cancel (self->checking);
  g_clear_object (&self->checking);
}

/* The parser counts bytes; people count lines. */
static guint
line_of (const char *text, gsize offset)
{
  guint line = 1;

  for (const char *p = text; *p != '\0' && (gsize)(p - text) < offset; p++)
    line += *p == '\n';
  return line;
}

static void
take_syntax_error (DmcPolicyDraft *self, const GError *error)
{
  gint64 offset = dmc_json_get_int (dmc_error_get_data (error), "offset", 0);
  g_autofree char *place = g_strdup_printf (_ ("Line %u"), line_of (self->text, (gsize)offset));

  self->syntax_offset = offset;
  g_ptr_array_set_size (self->problems, 0);
  dmc_policy_problems_add (self->problems, TRUE, place, g_strdup (error->message));
  set_state (self, DMC_POLICY_DRAFT_INVALID);
}

static void
check (DmcPolicyDraft *self)
{
  g_autoptr (GError) error = NULL;

  stop_checking (self);
  g_clear_pointer (&self->node, json_node_unref);
  self->syntax_offset = -1;
  self->node = dmc_json_parse (self->text, -1, &error);
  if (self->node == NULL) {
    take_syntax_error (self, error);
    return;
  }
  if (!JSON_NODE_HOLDS_OBJECT (self->node)) {
    g_clear_pointer (&self->node, json_node_unref);
    g_ptr_array_set_size (self->problems, 0);
    dmc_policy_problems_add (self->problems, TRUE, "", g_strdup (_ ("A policy is a JSON object.")));
    set_state (self, DMC_POLICY_DRAFT_INVALID);
    return;
  }
  if (!dmc_endpoint_is_connected (self->endpoint)) {
    set_state (self, DMC_POLICY_DRAFT_UNCHECKED);
    return;
  }
  self->checking = g_cancellable_new ();
  dmc_endpoint_call_async (self->endpoint, "policy.validate",
                           dmc_json_node ("policy:n", json_node_copy (self->node), NULL),
                           self->checking, on_validated, g_object_ref (self));
  set_state (self, DMC_POLICY_DRAFT_CHECKING);
}

static gboolean
on_pause (gpointer user_data)
{
  DmcPolicyDraft *self = user_data;

  self->pause = 0;
  check (self);
  return G_SOURCE_REMOVE;
}

/* The loaded policy */

void
dmc_policy_draft_replace_text (DmcPolicyDraft *self, const char *text)
{
  char *copy = g_strdup (text);

  g_free (self->text);
  self->text = copy;
  g_signal_emit (self, signals[SIGNAL_REPLACED], 0);
  check (self);
}

static void
on_got (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcPolicyDraft) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);
  gboolean modified = dmc_policy_draft_is_modified (self) && !self->discard_on_answer;
  JsonObject *loaded;

  /* Without an answer the connection is gone, and after the reconnect it is asked again; or there is no policy. */
  if (answer == NULL) {
    g_free (self->why_empty);
    self->why_empty = g_strdup (error->message);
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  }
  if (answer == NULL || !JSON_NODE_HOLDS_OBJECT (answer))
    return;
  loaded = json_node_get_object (answer);
  if (!json_object_has_member (loaded, "policy"))
    return;
  self->discard_on_answer = FALSE;
  /* What someone has typed stays, and remembers which policy it was begun from. */
  if (modified) {
    check (self);
    return;
  }
  g_clear_pointer (&self->loaded, json_object_unref);
  self->loaded = json_object_ref (loaded);
  g_free (self->loaded_text);
  self->loaded_text = dmc_policy_format_text (json_object_get_member (loaded, "policy"));
  g_clear_pointer (&self->why_empty, g_free);
  dmc_policy_draft_replace_text (self, self->loaded_text);
}

static void
get (DmcPolicyDraft *self)
{
  if (dmc_endpoint_is_connected (self->endpoint))
    dmc_endpoint_call_async (self->endpoint, "policy.get", NULL, self->cancellable, on_got,
                             g_object_ref (self));
}

static void
on_connected (DmcPolicyDraft *self)
{
  if (!dmc_endpoint_is_connected (self->endpoint) && self->state != DMC_POLICY_DRAFT_EMPTY) {
    stop_checking (self);
    set_state (self, DMC_POLICY_DRAFT_UNCHECKED);
  }
}

/* Public */

DmcPolicyDraft *
dmc_policy_draft_new (DmcEndpoint *endpoint)
{
  DmcPolicyDraft *self = g_object_new (DMC_TYPE_POLICY_DRAFT, NULL);

  self->endpoint = g_object_ref (endpoint);
  self->on_resync = g_signal_connect_swapped (endpoint, "resync", G_CALLBACK (get), self);
  self->on_connected
      = g_signal_connect_swapped (endpoint, "notify::connected", G_CALLBACK (on_connected), self);
  get (self);
  return self;
}

DmcEndpoint *
dmc_policy_draft_get_endpoint (DmcPolicyDraft *self)
{
  return self->endpoint;
}

void
dmc_policy_draft_set_text (DmcPolicyDraft *self, const char *text)
{
  if (g_strcmp0 (text, self->text) == 0)
    return;
  g_free (self->text);
  self->text = g_strdup (text);
  stop_checking (self);
  self->pause = g_timeout_add (PAUSE_MS, on_pause, self);
  set_state (self, DMC_POLICY_DRAFT_CHECKING);
}

const char *
dmc_policy_draft_get_text (DmcPolicyDraft *self)
{
  return self->text;
}

DmcPolicyDraftState
dmc_policy_draft_get_state (DmcPolicyDraft *self)
{
  return self->state;
}

gboolean
dmc_policy_draft_is_modified (DmcPolicyDraft *self)
{
  return g_strcmp0 (self->text, self->loaded_text) != 0;
}

JsonNode *
dmc_policy_draft_get_node (DmcPolicyDraft *self)
{
  return self->node;
}

JsonNode *
dmc_policy_draft_begin_edit (DmcPolicyDraft *self)
{
  /* From the text and not from the node: that shares its objects with what is shown. */
  g_autoptr (JsonNode) node = self->text != NULL ? dmc_json_parse (self->text, -1, NULL) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? g_steal_pointer (&node) : NULL;
}

void
dmc_policy_draft_edit (DmcPolicyDraft *self, JsonNode *policy)
{
  g_autofree char *text = dmc_policy_format_text (policy);

  dmc_policy_draft_replace_text (self, text);
}

GPtrArray *
dmc_policy_draft_get_problems (DmcPolicyDraft *self)
{
  return self->problems;
}

gint64
dmc_policy_draft_get_syntax_offset (DmcPolicyDraft *self)
{
  return self->syntax_offset;
}

JsonObject *
dmc_policy_draft_get_loaded (DmcPolicyDraft *self)
{
  return self->loaded;
}

void
dmc_policy_draft_revert (DmcPolicyDraft *self)
{
  if (self->loaded_text == NULL)
    return;
  /* At once from what is known, and again when the endpoint has told whether that still holds. */
  dmc_policy_draft_replace_text (self, self->loaded_text);
  self->discard_on_answer = TRUE;
  get (self);
}

const char *
dmc_policy_draft_get_why_empty (DmcPolicyDraft *self)
{
  return self->why_empty;
}

gboolean
dmc_policy_draft_has_previous (DmcPolicyDraft *self)
{
  return self->previous_text != NULL;
}

void
dmc_policy_draft_bring_back (DmcPolicyDraft *self)
{
  if (self->previous_text != NULL)
    dmc_policy_draft_replace_text (self, self->previous_text);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  DmcPolicyDraft *self = g_task_get_source_object (task);
  gboolean dry_run = GPOINTER_TO_INT (g_task_get_task_data (task));
  GError *error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  if (answer == NULL) {
    g_task_return_error (task, error);
    return;
  }
  if (!dry_run) {
    g_free (self->previous_text);
    self->previous_text = g_strdup (self->loaded_text);
    self->discard_on_answer = TRUE;
    get (self);
  }
  g_task_return_pointer (task, g_steal_pointer (&answer), (GDestroyNotify)json_node_unref);
}

void
dmc_policy_draft_load_async (DmcPolicyDraft *self,
                             gboolean dry_run,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  const char *expected = self->loaded != NULL ? dmc_json_get_string (self->loaded, "sha256", NULL) : NULL;

  g_return_if_fail (self->state == DMC_POLICY_DRAFT_VALID);
  g_task_set_task_data (task, GINT_TO_POINTER (dry_run), NULL);
  dmc_endpoint_call_async (self->endpoint, "policy.load",
                           dmc_json_node ("policy:n", json_node_copy (self->node), "dry_run:b", dry_run,
                                          "expect_sha256:s", expected, NULL),
                           cancellable, on_loaded, task);
}

JsonNode *
dmc_policy_draft_load_finish (DmcPolicyDraft *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
dmc_policy_draft_dispose (GObject *object)
{
  DmcPolicyDraft *self = DMC_POLICY_DRAFT (object);

  stop_checking (self);
  g_cancellable_cancel (self->cancellable);
  if (self->endpoint != NULL) {
    g_clear_signal_handler (&self->on_resync, self->endpoint);
    g_clear_signal_handler (&self->on_connected, self->endpoint);
  }
  g_clear_object (&self->endpoint);
  G_OBJECT_CLASS (dmc_policy_draft_parent_class)->dispose (object);
}

static void
dmc_policy_draft_finalize (GObject *object)
{
  DmcPolicyDraft *self = DMC_POLICY_DRAFT (object);

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->loaded, json_object_unref);
  g_clear_pointer (&self->node, json_node_unref);
  g_ptr_array_unref (self->problems);
  g_free (self->loaded_text);
  g_free (self->previous_text);
  g_free (self->why_empty);
  g_free (self->text);
  G_OBJECT_CLASS (dmc_policy_draft_parent_class)->finalize (object);
}

static void
dmc_policy_draft_class_init (DmcPolicyDraftClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  object_class->dispose = dmc_policy_draft_dispose;
  object_class->finalize = dmc_policy_draft_finalize;
  signals[SIGNAL_CHANGED]
      = g_signal_new ("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_REPLACED]
      = g_signal_new ("replaced", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dmc_policy_draft_init (DmcPolicyDraft *self)
{
  self->cancellable = g_cancellable_new ();
  self->problems = dmc_policy_problems_new ();
  self->syntax_offset = -1;
}
