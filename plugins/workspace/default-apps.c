/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "default-apps.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "app-choice.h"

typedef struct {
  const char *title;
  const char *type;
} Kind;

static const Kind kinds[] = {
  { N_ ("Web Pages"), "x-scheme-handler/https" }, { N_ ("Mail Addresses"), "x-scheme-handler/mailto" },
  { N_ ("Text"), "text/plain" },                  { N_ ("Documents (PDF)"), "application/pdf" },
  { N_ ("Pictures"), "image/png" },               { N_ ("Photos"), "image/jpeg" },
  { N_ ("Music"), "audio/mpeg" },                 { N_ ("Videos"), "video/mp4" },
  { N_ ("Folders"), "inode/directory" },
};

struct _DmcDefaultApps {
  GtkBox parent_instance;

  DmcHost *host;
  DmcAppChoice *choices[G_N_ELEMENTS (kinds)];
};

G_DEFINE_FINAL_TYPE (DmcDefaultApps, dmc_default_apps, GTK_TYPE_BOX)

static void
dmc_default_apps_finalize (GObject *object)
{
  g_object_unref (DMC_DEFAULT_APPS (object)->host);
  G_OBJECT_CLASS (dmc_default_apps_parent_class)->finalize (object);
}

static void
dmc_default_apps_class_init (DmcDefaultAppsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dmc_default_apps_finalize;
}

static void
dmc_default_apps_init (DmcDefaultApps *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
}

/**
 * dmc_default_apps_new:
 * @host: (transfer none): for the agent and errors
 * @workspace: id of an open workspace
 *
 * Returns: (transfer floating): the rows, which fill themselves
 */
GtkWidget *
dmc_default_apps_new (DmcHost *host, const char *workspace)
{
  DmcDefaultApps *self = g_object_new (DMC_TYPE_DEFAULT_APPS, NULL);
  GtkWidget *group = g_object_new (HDY_TYPE_PREFERENCES_GROUP, "description", _ ("What opens files and links in this workspace"), NULL);

  self->host = g_object_ref (host);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
    GtkWidget *row = hdy_action_row_new (), *choice = dmc_app_choice_new (dmc_host_get_endpoint (host, "agent"), workspace);

    hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (row), _ (kinds[i].title));
    gtk_widget_set_valign (choice, GTK_ALIGN_CENTER);
    atk_object_set_name (gtk_widget_get_accessible (choice), _ (kinds[i].title));
    gtk_container_add (GTK_CONTAINER (row), choice);
    gtk_container_add (GTK_CONTAINER (group), row);
    self->choices[i] = DMC_APP_CHOICE (choice);
    dmc_app_choice_look (self->choices[i], "type", kinds[i].type);
  }
  gtk_container_add (GTK_CONTAINER (self), group);
  return GTK_WIDGET (self);
}

static void
on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcHost) host = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  dmc_host_tell_outcome (host, _ ("The default application could not be changed"), error);
}

/* Tells the agent what is chosen now. */
void
dmc_default_apps_keep (DmcDefaultApps *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (dmc_app_choice_get_other (self->choices[i]) != NULL)
      dmc_app_choice_keep (self->choices[i], on_kept, g_object_ref (self->host));
}
