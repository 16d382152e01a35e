/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workspace-row.h"

#include <glib/gi18n.h>

struct _DmcWorkspaceRow {
  HdyActionRow parent_instance;

  DmcWorkspace *workspace;
  gboolean locked;
  GtkLabel *state;
};

G_DEFINE_FINAL_TYPE (DmcWorkspaceRow, dmc_workspace_row, HDY_TYPE_ACTION_ROW)

static const char *
state_text (const char *state)
{
  static const struct {
    const char *state, *text;
  } texts[] = {
    { "opening", N_ ("Opening…") },    { "open", N_ ("Open") },
    { "suspending", N_ ("Suspending…") }, { "suspended", N_ ("Suspended") }, { "closing", N_ ("Closing…") },
    { "lost", N_ ("Medium gone") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (g_strcmp0 (state, texts[i].state) == 0)
      return _ (texts[i].text);
  return ""; /* closed, as one expects before a login */
}

static void
update (DmcWorkspaceRow *self)
{
  const char *name = dmc_workspace_get_name (self->workspace);
  const char *path = dmc_workspace_get_path (self->workspace);
  const char *state = state_text (dmc_workspace_get_state (self->workspace));
  g_autofree char *spoken = g_strjoin (", ", name, path, *state != '\0' ? state : NULL, NULL);
  g_autofree char *tip = g_strjoin ("\n", name, path, self->locked ? _ ("Encrypted") : _ ("Not encrypted"), NULL);

  hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (self), name);
  hdy_action_row_set_subtitle (HDY_ACTION_ROW (self), path);
  gtk_label_set_text (self->state, state);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), tip); /* what is long is cut */
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self)), spoken);
}

static void
dmc_workspace_row_dispose (GObject *object)
{
  g_clear_object (&DMC_WORKSPACE_ROW (object)->workspace);
  G_OBJECT_CLASS (dmc_workspace_row_parent_class)->dispose (object);
}

static void
dmc_workspace_row_class_init (DmcWorkspaceRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dmc_workspace_row_dispose;
}

static void
dmc_workspace_row_init (DmcWorkspaceRow *self)
{
  GtkWidget *state = gtk_label_new (NULL);

  gtk_style_context_add_class (gtk_widget_get_style_context (state), "dim-label");
  gtk_container_add (GTK_CONTAINER (self), state);
  gtk_widget_show (state);
  self->state = GTK_LABEL (state);
  hdy_action_row_set_title_lines (HDY_ACTION_ROW (self), 1);
  hdy_action_row_set_subtitle_lines (HDY_ACTION_ROW (self), 1);
}

/**
 * dmc_workspace_row_new:
 * @workspace: (transfer none): what to show
 *
 * Returns: (transfer floating): the row, which follows the workspace
 */
GtkWidget *
dmc_workspace_row_new (DmcWorkspace *workspace)
{
  DmcWorkspaceRow *self
      = g_object_new (DMC_TYPE_WORKSPACE_ROW, "visible", TRUE, "activatable", TRUE, NULL);
  g_autofree char *vault = NULL;

  self->workspace = g_object_ref (workspace);
  g_object_get (workspace, "vault", &vault, NULL);
  self->locked = g_strcmp0 (vault, "luks") == 0;
  hdy_action_row_set_icon_name (HDY_ACTION_ROW (self),
                                self->locked ? "channel-secure-symbolic" : "drive-harddisk-symbolic");
  g_signal_connect_object (workspace, "notify", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}

/**
 * dmc_workspace_row_get_workspace:
 * @self: the row
 *
 * Returns: (transfer none): what it shows
 */
DmcWorkspace *
dmc_workspace_row_get_workspace (DmcWorkspaceRow *self)
{
  return self->workspace;
}
