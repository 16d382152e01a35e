/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model-switches.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "rpc/json.h"
#include "what-if.h"

/* @empty: what the document needs of a model that it has not had */
static const struct model {
  const char *name, *member, *summary, *empty;
} models[] = {
  { "te", "te", N_ ("Rules between types"), "{\"types\": [], \"allow\": []}" },
  { "blp", "blp", N_ ("No read up, no write down"), "{\"levels\": [\"public\"], \"categories\": []}" },
  { "biba", "biba", N_ ("No read down, no write up"), "{\"levels\": [\"untrusted\"]}" },
  { "chinese-wall", "chinese_wall", N_ ("Never two competitors"), "{\"classes\": []}" },
  { "guard", "guard", N_ ("Nobody spends more than a budget"), "{\"defaults\": {}}" },
};

typedef struct {
  DmcPolicyDraft *draft;
  GtkSwitch *switches[G_N_ELEMENTS (models)];
  gboolean showing; /* the switches follow the document, not the user */
} ModelSwitches;

static void
model_switches_free (gpointer data)
{
  ModelSwitches *self = data;

  g_object_unref (self->draft);
  g_free (self);
}

static gboolean
is_active (JsonArray *active, const char *name)
{
  for (guint i = 0; active != NULL && i < json_array_get_length (active); i++) {
    JsonNode *node = json_array_get_element (active, i);

    if (JSON_NODE_HOLDS_VALUE (node) && g_strcmp0 (json_node_get_string (node), name) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
show (GObject *list)
{
  ModelSwitches *self = g_object_get_data (list, "dmc-model-switches");
  JsonNode *node = dmc_policy_draft_get_node (self->draft);
  JsonArray *active = node != NULL ? dmc_json_get_array (json_node_get_object (node), "models") : NULL;

  self->showing = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (models); i++) {
    gtk_widget_set_sensitive (GTK_WIDGET (self->switches[i]), node != NULL);
    if (node != NULL)
      gtk_switch_set_active (self->switches[i], is_active (active, models[i].name));
  }
  self->showing = FALSE;
}

/* In the order of the engine, whatever the order of the clicks. */
static JsonArray *
chosen_models (ModelSwitches *self)
{
  JsonArray *active = json_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (models); i++)
    if (gtk_switch_get_active (self->switches[i]))
      json_array_add_string_element (active, models[i].name);
  return active;
}

static void
on_switched (GObject *list)
{
  ModelSwitches *self = g_object_get_data (list, "dmc-model-switches");
  g_autoptr (JsonNode) policy = self->showing ? NULL : dmc_policy_draft_begin_edit (self->draft);
  JsonObject *object;

  if (policy == NULL)
    return;
  object = json_node_get_object (policy);
  json_object_set_array_member (object, "models", chosen_models (self));
  for (guint i = 0; i < G_N_ELEMENTS (models); i++)
    if (gtk_switch_get_active (self->switches[i]) && !json_object_has_member (object, models[i].member))
      json_object_set_member (object, models[i].member, json_from_string (models[i].empty, NULL));
  dmc_policy_draft_edit (self->draft, policy);
}

void
dmc_model_switches_fill (GtkListBox *list, DmcPolicyDraft *draft)
{
  ModelSwitches *self = g_new0 (ModelSwitches, 1);

  self->draft = g_object_ref (draft);
  for (guint i = 0; i < G_N_ELEMENTS (models); i++) {
    GtkWidget *row = hdy_action_row_new (), *toggle = gtk_switch_new ();
    const char *title = dmc_policy_model_title (models[i].name);

    self->switches[i] = GTK_SWITCH (toggle);
    gtk_widget_set_valign (toggle, GTK_ALIGN_CENTER);
    atk_object_set_name (gtk_widget_get_accessible (toggle), title);
    hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (row), title);
    hdy_action_row_set_subtitle (HDY_ACTION_ROW (row), _ (models[i].summary));
    hdy_action_row_set_activatable_widget (HDY_ACTION_ROW (row), toggle);
    gtk_list_box_row_set_selectable (GTK_LIST_BOX_ROW (row), FALSE);
    gtk_container_add (GTK_CONTAINER (row), toggle);
    gtk_widget_show_all (row);
    gtk_container_add (GTK_CONTAINER (list), row);
    g_signal_connect_object (toggle, "notify::active", G_CALLBACK (on_switched), list, G_CONNECT_SWAPPED);
  }
  g_object_set_data_full (G_OBJECT (list), "dmc-model-switches", self, model_switches_free);
  g_signal_connect_object (draft, "changed", G_CALLBACK (show), list, G_CONNECT_SWAPPED);
  show (G_OBJECT (list));
}
