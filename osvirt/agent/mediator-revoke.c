/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another policy: what running programs have that it does not allow is taken back, and what cannot be taken from a
 * program ends it. */
#include "agent/mediator-private.h"

#include "policy-doc/contexts.h"
#include "policy-doc/history.h"
#include "rpc/json.h"

typedef struct {
  GArray *asking; /* ids of programs whose connections are still to be asked about */
  guint next;
  gssize revoked;
} Revoke;

static void
revoke_free (Revoke *revoke)
{
  g_array_unref (revoke->asking);
  g_free (revoke);
}

static const Place *
find_place (const GPtrArray *places, const char *path)
{
  for (guint i = 0; i < places->len; i++)
    if (g_str_equal (((const Place *) g_ptr_array_index (places, i))->path, path))
      return g_ptr_array_index (places, i);
  return NULL;
}

/* Whether a program would have to have places that it was not started with, or lose the label of one. */
static gboolean
lacks_places (AgentMediator *self, DmcPolicyState *state, const Program *program)
{
  g_autoptr (GPtrArray) wanted = mediator_places (state, program->subject, self->home);

  for (guint i = 0; i < wanted->len; i++) {
    const Place *place = g_ptr_array_index (wanted, i), *own = find_place (program->places, place->path);

    if (own == NULL || !g_str_equal (own->label, place->label))
      return TRUE;
  }
  return FALSE;
}

/* Why a program cannot go on under @state: (nullable) */
static const char *
reason_to_end (AgentMediator *self, DmcPolicyState *state, const Program *program)
{
  DmcPolicyDocument *document = dmc_policy_state_get_document (state);
  const DmcPolicyContexts *contexts = dmc_policy_document_get_contexts (document);
  g_autofree char *object = program->app != NULL ? g_strconcat ("app:", program->app, NULL) : NULL;

  if (!dmc_policy_document_get_enforcing (document))
    return NULL;
  if (dmc_policy_names_find (dmc_policy_document_get_subjects (document), program->subject) < 0)
    return "its label is no more";
  if (contexts != NULL && program->app != NULL
      && g_strcmp0 (dmc_policy_contexts_find_app (contexts, program->app, program->own), program->subject) != 0)
    return "it has another label";
  if (object == NULL || dmc_policy_names_find (dmc_policy_document_get_objects (document), object) < 0) {
    g_free (object);
    object = g_strdup (DMC_POLICY_OBJECT_APP);
  }
  if (!mediator_would_allow (state, DMC_POLICY_SUBJECT_USER, object, "app", "launch", NULL))
    return "it may not be started any more";
  if (lacks_places (self, state, program))
    return "its label has directories now that it cannot be kept out of while it runs";
  if (mediator_asks_network (state, program->subject) && !program->asks_network)
    return "its connections have to be asked about now";
  if (mediator_is_scoped (state, program->subject) && !program->scoped)
    return "it may not reach other labels' processes any more";
  return NULL;
}

/* --- asking beforehand --- */

static void
add_finding (AgentMediator *self, JsonArray *findings, const Program *program, const char *effect, const char *target, const char *reason)
{
  json_array_add_object_element (findings, dmc_json_object ("workspace:s", self->workspace, "app:s", program->app, "pid:i",
                                                            (gint64) program->pid, "label:s", program->subject, "effect:s",
                                                            effect, "target:s", target, "reason:s", reason, NULL));
}

static void
preview_program (AgentMediator *self, DmcPolicyState *state, const Program *program, JsonArray *findings)
{
  const char *end = reason_to_end (self, state, program);

  if (end != NULL) {
    add_finding (self, findings, program, "end", NULL, end);
    return;
  }
  for (guint i = 0; i < program->places->len; i++) {
    const Place *place = g_ptr_array_index (program->places, i);
    char level = mediator_level (state, program->subject, place->label);

    if (place->level != 'n' && level == 'n')
      add_finding (self, findings, program, "take-back", place->path, "it is hidden; with a file of it open the app is ended");
    else if (place->level == 'w' && level == 'r')
      add_finding (self, findings, program, "take-back", place->path, "it is only for reading; with a file of it open for writing the app is ended");
  }
  if (program->asks_network)
    add_finding (self, findings, program, "ask", NULL, "connections that are not allowed any more are cut");
}

static DmcPolicyState *
state_for (AgentMediator *self, DmcPolicyDocument *document)
{
  DmcPolicyState *state = dmc_policy_state_new (document);

  dmc_policy_state_carry_over (state, self->state);
  if (self->history != NULL) /* it knows names that the policy before did not have */
    dmc_policy_history_load (state, self->history, NULL);
  return state;
}

JsonArray *
agent_mediator_preview (AgentMediator *self, DmcPolicyDocument *document)
{
  g_autoptr (DmcPolicyState) state = state_for (self, document);
  JsonArray *findings = json_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->programs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    preview_program (self, state, value, findings);
  return findings;
}

/* --- doing it --- */

static void
on_connections_asked (GObject *source, GAsyncResult *result, gpointer user_data);

static void
ask_next (GTask *task)
{
  AgentMediator *self = g_task_get_source_object (task);
  Revoke *revoke = g_task_get_task_data (task);

  while (revoke->next < revoke->asking->len && self->view != NULL) {
    guint id = g_array_index (revoke->asking, guint, revoke->next++);

    if (g_hash_table_contains (self->programs, GUINT_TO_POINTER (id))) {
      dmc_view_ask_connections_async (self->view, id, on_connections_asked, task);
      return;
    }
  }
  g_task_return_int (task, revoke->revoked + self->n_shut);
  self->n_shut = 0;
  g_object_unref (task);
}

static void
on_connections_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  dmc_view_ask_connections_finish (DMC_VIEW (source), result, NULL);
  ask_next (user_data);
}

static void
on_taken_back (GObject *source, GAsyncResult *result, gpointer user_data)
{
  AgentMediator *self = AGENT_MEDIATOR (source);
  GTask *task = user_data;
  Revoke *revoke = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  gssize taken = mediator_apply_finish (self, result, &error);

  if (taken < 0)
    g_warning ("Not everything could be taken back: %s", error->message);
  revoke->revoked += MAX (taken, 0);
  ask_next (task);
}

static void
end_those_that_must (AgentMediator *self, Revoke *revoke)
{
  g_autoptr (GList) programs = g_hash_table_get_values (self->programs);

  for (GList *item = programs; item != NULL; item = item->next) {
    Program *program = item->data;
    const char *reason = reason_to_end (self, self->state, program);
    DmcPolicyBudget budget;

    if (reason != NULL) {
      mediator_audit (self, program, program->subject, "process", "set", program->app != NULL ? program->app : "a command", FALSE,
                      "engine", reason);
      mediator_end (self, program);
      revoke->revoked++;
      continue;
    }
    if (program->asks_network)
      g_array_append_val (revoke->asking, program->id);
    if (program->group != NULL) {
      dmc_policy_document_get_budget (dmc_policy_state_get_document (self->state), program->subject, &budget);
      agent_guard_set (self->guard, program->group, &budget);
    }
  }
}

void
agent_mediator_revoke_async (AgentMediator *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Revoke *revoke = g_new0 (Revoke, 1);
  DmcPolicyState *state = state_for (self, dmc_policy_service_get_document (self->policy));

  dmc_policy_state_free (self->state);
  self->state = state;
  self->n_shut = 0;
  dmc_policy_service_learn (self->policy, state);
  revoke->asking = g_array_new (FALSE, FALSE, sizeof (guint));
  g_task_set_source_tag (task, agent_mediator_revoke_async);
  g_task_set_task_data (task, revoke, (GDestroyNotify) revoke_free);
  end_those_that_must (self, revoke);
  mediator_apply_async (self, NULL, 0, G_MAXUINT, 'n', on_taken_back, task);
}
