/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs with a label, from a suspension to the resume, which another agent may do. */
#include "agent/mediator-private.h"

#include <string.h>

#include "rpc/json.h"

static JsonArray *
places_to_record (const GPtrArray *places)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < places->len; i++) {
    const Place *place = g_ptr_array_index (places, i);
    const char level[] = { place->level, '\0' };

    json_array_add_object_element (array, dmc_json_object ("path:s", place->path, "label:s", place->label, "level:s", level, NULL));
  }
  return array;
}

JsonArray *
agent_mediator_to_record (AgentMediator *self)
{
  JsonArray *array = json_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->programs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const Program *program = value;

    json_array_add_object_element (array, dmc_json_object ("id:i", (gint64) program->id, "pid:i", (gint64) program->pid, "app:s",
                                                           program->app, "own:s", program->own, "subject:s", program->subject,
                                                           "network:b", program->asks_network, "scoped:b", program->scoped,
                                                           "places:a", places_to_record (program->places), NULL));
  }
  return array;
}

static GPtrArray *
places_from_record (JsonArray *array)
{
  GPtrArray *places = g_ptr_array_new_with_free_func (mediator_place_free);

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    JsonNode *node = json_array_get_element (array, i);
    JsonObject *one = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
    Place *place = g_new0 (Place, 1);

    place->path = g_strdup (one != NULL ? dmc_json_get_string (one, "path", "") : "");
    place->label = g_strdup (one != NULL ? dmc_json_get_string (one, "label", "") : "");
    place->level = one != NULL ? dmc_json_get_string (one, "level", "n")[0] : 'n';
    if (place->level == '\0' || strchr ("nrw", place->level) == NULL)
      place->level = 'n';
    g_ptr_array_add (places, place);
  }
  return places;
}

/* Its control group went with the host that it ran on. */
static void
join_group (AgentMediator *self, Program *program)
{
  g_autoptr (GStrvBuilder) rules = g_strv_builder_new ();
  AgentConfinement groups = { 0 };

  mediator_open_group (self, program, &groups, rules);
  dmc_view_join_label (self->view, program->id, groups.joins, groups.n_joins);
  agent_confinement_clear (&groups);
}

static void
adopt (AgentMediator *self, JsonObject *record)
{
  const char *subject = dmc_json_get_string (record, "subject", NULL);
  gint64 id = dmc_json_get_int (record, "id", 0);
  Program *program;

  if (subject == NULL || id <= 0 || id >= G_MAXINT32)
    return;
  program = g_new0 (Program, 1);
  program->id = (guint) id;
  program->pid = (int) dmc_json_get_int (record, "pid", 0);
  program->app = g_strdup (dmc_json_get_string (record, "app", NULL));
  program->own = g_strdup (dmc_json_get_string (record, "own", NULL));
  program->subject = g_strdup (subject);
  program->asks_network = dmc_json_get_boolean (record, "network", FALSE);
  program->scoped = dmc_json_get_boolean (record, "scoped", FALSE);
  program->places = places_from_record (dmc_json_get_array (record, "places"));
  self->last_id = MAX (self->last_id, program->id);
  g_hash_table_replace (self->programs, GUINT_TO_POINTER (program->id), program);
  join_group (self, program);
}

static void
on_revoked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  (void) source;
  if (g_task_propagate_int (G_TASK (result), &error) < 0)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/* All are in their groups. */
static void
on_settled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (dmc_view_settle_finish (DMC_VIEW (source), result, &error))
    agent_mediator_revoke_async (g_task_get_source_object (task), on_revoked, g_object_ref (task));
  else
    g_task_return_error (task, error);
}

void
agent_mediator_adopt_async (AgentMediator *self, JsonArray *record, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, agent_mediator_adopt_async);
  for (guint i = 0; record != NULL && i < json_array_get_length (record); i++) {
    JsonNode *node = json_array_get_element (record, i);

    if (JSON_NODE_HOLDS_OBJECT (node))
      adopt (self, json_node_get_object (node));
  }
  dmc_view_settle_async (self->view, on_settled, task);
}

gboolean
agent_mediator_adopt_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
