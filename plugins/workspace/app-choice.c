/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app-choice.h"

#include <glib/gi18n.h>

#include "rpc/json.h"

struct _DmcAppChoice {
  GtkComboBoxText parent_instance;

  DmcEndpoint *agent;
  char *workspace;
  GCancellable *looking; /* NULL: nothing is being looked for */
  char *kind;            /* a MIME type; NULL while it is not known */
  char *preferred;       /* an app's id; NULL where there is none */
  char *problem;
};

G_DEFINE_FINAL_TYPE (DmcAppChoice, dmc_app_choice, GTK_TYPE_COMBO_BOX_TEXT)

enum { LOOKED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
forget (DmcAppChoice *self)
{
  g_cancellable_cancel (self->looking);
  g_clear_object (&self->looking);
  g_clear_pointer (&self->kind, g_free);
  g_clear_pointer (&self->preferred, g_free);
  g_clear_pointer (&self->problem, g_free);
}

static void
dmc_app_choice_destroy (GtkWidget *widget)
{
  forget (DMC_APP_CHOICE (widget));
  GTK_WIDGET_CLASS (dmc_app_choice_parent_class)->destroy (widget);
}

static void
dmc_app_choice_finalize (GObject *object)
{
  DmcAppChoice *self = DMC_APP_CHOICE (object);

  g_object_unref (self->agent);
  g_free (self->workspace);
  G_OBJECT_CLASS (dmc_app_choice_parent_class)->finalize (object);
}

static void
dmc_app_choice_class_init (DmcAppChoiceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dmc_app_choice_finalize;
  GTK_WIDGET_CLASS (klass)->destroy = dmc_app_choice_destroy;
  signals[LOOKED] = g_signal_new ("looked", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dmc_app_choice_init (DmcAppChoice *self)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self), FALSE);
}

static void
show_apps (DmcAppChoice *self, JsonObject *handlers)
{
  JsonArray *apps = dmc_json_get_array (handlers, "apps");
  guint n = apps != NULL ? json_array_get_length (apps) : 0;

  self->kind = g_strdup (dmc_json_get_string (handlers, "type", NULL));
  for (guint i = 0; i < n; i++) {
    JsonObject *app = json_array_get_object_element (apps, i);
    const char *id = dmc_json_get_string (app, "id", "");

    if (i == 0)
      self->preferred = g_strdup (id);
    gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (self), id, dmc_json_get_string (app, "name", id));
  }
  if (n == 0)
    gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (self), NULL, _ ("No application for it"));
  gtk_widget_set_sensitive (GTK_WIDGET (self), n > 0);
  gtk_combo_box_set_active (GTK_COMBO_BOX (self), 0);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcAppChoice) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->looking == NULL)
    return; /* something else is being looked for */
  g_clear_object (&self->looking);
  if (answer != NULL)
    show_apps (self, json_node_get_object (answer));
  else
    self->problem = g_strdup (error->message);
  g_signal_emit (self, signals[LOOKED], 0);
}

/**
 * dmc_app_choice_new:
 * @agent: (transfer none): whom to ask
 * @workspace: id of an open workspace
 *
 * Returns: (transfer floating): a choice of nothing yet
 */
GtkWidget *
dmc_app_choice_new (DmcEndpoint *agent, const char *workspace)
{
  DmcAppChoice *self = g_object_new (DMC_TYPE_APP_CHOICE, NULL);
  g_autoptr (GList) cells = gtk_cell_layout_get_cells (GTK_CELL_LAYOUT (self));

  g_object_set (cells->data, "ellipsize", PANGO_ELLIPSIZE_END, "width-chars", 24, "max-width-chars", 24, NULL);
  self->agent = g_object_ref (agent);
  self->workspace = g_strdup (workspace);
  return GTK_WIDGET (self);
}

/* Shows nothing. */
void
dmc_app_choice_clear (DmcAppChoice *self)
{
  forget (self);
  gtk_combo_box_text_remove_all (GTK_COMBO_BOX_TEXT (self));
  gtk_widget_set_sensitive (GTK_WIDGET (self), FALSE);
}

/**
 * dmc_app_choice_look:
 * @self: the choice
 * @member: "type" or "file", as app.handlers takes it
 * @value: a MIME type, or a file's path in the workspace, or a link
 */
void
dmc_app_choice_look (DmcAppChoice *self, const char *member, const char *value)
{
  JsonNode *params = dmc_json_node ("workspace:s", self->workspace, NULL);

  dmc_app_choice_clear (self);
  self->looking = g_cancellable_new ();
  json_object_set_string_member (json_node_get_object (params), member, value);
  dmc_endpoint_call_async (self->agent, "app.handlers", params, self->looking, on_looked, g_object_ref (self));
}

/* (nullable): the MIME type of what is shown. */
const char *
dmc_app_choice_get_kind (DmcAppChoice *self)
{
  return self->kind;
}

/* (nullable): why nothing is shown, for a person. */
const char *
dmc_app_choice_get_problem (DmcAppChoice *self)
{
  return self->problem;
}

/* (nullable): the app that is chosen, where it is another one than the default. */
const char *
dmc_app_choice_get_other (DmcAppChoice *self)
{
  const char *chosen = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self));

  return chosen != NULL && g_strcmp0 (chosen, self->preferred) != 0 ? chosen : NULL;
}

/**
 * dmc_app_choice_keep:
 * @self: a choice that has another app than the default
 * @callback: gets the result of dmc_endpoint_call_async()
 * @user_data: for @callback
 *
 * Makes what is chosen the default of the workspace.
 */
void
dmc_app_choice_keep (DmcAppChoice *self, GAsyncReadyCallback callback, gpointer user_data)
{
  dmc_endpoint_call_async (self->agent, "app.set_default",
                           dmc_json_node ("workspace:s", self->workspace, "type:s", self->kind, "app:s",
                                          gtk_combo_box_get_active_id (GTK_COMBO_BOX (self)), NULL),
                           NULL, callback, user_data);
}
