/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preferences-window.h"

#include <glib/gi18n.h>
#include <handy.h>

typedef struct {
  DmcPluginLoader *loader;
  GSettings *settings; /* NULL: nothing is kept */
  PeasPluginInfo *info;
} PluginSwitch;

static void
plugin_switch_free (gpointer data, GClosure *closure)
{
  PluginSwitch *plugin = data;

  g_object_unref (plugin->loader);
  g_clear_object (&plugin->settings);
  g_boxed_free (PEAS_TYPE_PLUGIN_INFO, plugin->info);
  g_free (plugin);
}

static void
on_plugin_switched (GtkSwitch *widget, GParamSpec *pspec, PluginSwitch *plugin)
{
  gboolean enabled = gtk_switch_get_active (widget);
  g_auto (GStrv) disabled = NULL;

  if (!dmc_plugin_loader_set_enabled (plugin->loader, plugin->info, enabled) && enabled)
    gtk_widget_set_tooltip_text (GTK_WIDGET (widget), _ ("This plugin could not be loaded."));
  disabled = dmc_plugin_loader_dup_disabled (plugin->loader);
  if (plugin->settings != NULL)
    g_settings_set_strv (plugin->settings, "disabled-plugins", (const char *const *)disabled);
}

static GtkWidget *
plugin_row (DmcPluginLoader *loader, GSettings *settings, PeasPluginInfo *info)
{
  GtkWidget *row = hdy_action_row_new ();
  GtkWidget *toggle = gtk_switch_new ();
  PluginSwitch *plugin = g_new0 (PluginSwitch, 1);

  plugin->loader = g_object_ref (loader);
  plugin->settings = settings != NULL ? g_object_ref (settings) : NULL;
  plugin->info = g_boxed_copy (PEAS_TYPE_PLUGIN_INFO, info);
  hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (row), peas_plugin_info_get_name (info));
  hdy_action_row_set_subtitle (HDY_ACTION_ROW (row), peas_plugin_info_get_description (info));
  hdy_action_row_set_subtitle_lines (HDY_ACTION_ROW (row), 2);
  gtk_switch_set_active (GTK_SWITCH (toggle), dmc_plugin_loader_is_enabled (loader, info));
  gtk_widget_set_valign (toggle, GTK_ALIGN_CENTER);
  atk_object_set_name (gtk_widget_get_accessible (toggle), peas_plugin_info_get_name (info));
  g_signal_connect_data (toggle, "notify::active", G_CALLBACK (on_plugin_switched), plugin,
                         plugin_switch_free, 0);
  gtk_container_add (GTK_CONTAINER (row), toggle);
  hdy_action_row_set_activatable_widget (HDY_ACTION_ROW (row), toggle);
  return row;
}

static void
on_scheme_changed (HdyComboRow *row, GParamSpec *pspec, GSettings *settings)
{
  g_settings_set_enum (settings, "color-scheme", hdy_combo_row_get_selected_index (row));
}

static char *
name_of (gpointer item, gpointer user_data)
{
  return hdy_value_object_dup_string (item);
}

static gboolean
to_description (GBinding *binding, const GValue *from, GValue *to, gpointer names)
{
  g_autoptr (HdyValueObject) name = g_list_model_get_item (names, (guint) g_value_get_int (from));

  g_value_take_string (to, name != NULL ? hdy_value_object_dup_string (name) : NULL);
  return TRUE;
}

static GtkWidget *
color_scheme_row (GSettings *settings)
{
  GtkWidget *row = hdy_combo_row_new ();
  g_autoptr (GListStore) names = g_list_store_new (HDY_TYPE_VALUE_OBJECT);
  const char *texts[] = { _ ("Follow the system"), _ ("Light"), _ ("Dark") };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (HdyValueObject) value = hdy_value_object_new_string (texts[i]);
    g_list_store_append (names, value);
  }
  hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (row), _ ("Appearance"));
  hdy_combo_row_bind_name_model (HDY_COMBO_ROW (row), G_LIST_MODEL (names), name_of, NULL, NULL);
  hdy_combo_row_set_selected_index (HDY_COMBO_ROW (row),
                                    g_settings_get_enum (settings, "color-scheme"));
  g_signal_connect_object (row, "notify::selected-index", G_CALLBACK (on_scheme_changed), settings,
                           0);
  atk_object_set_name (gtk_widget_get_accessible (row), _ ("Appearance"));
  g_object_bind_property_full (row, "selected-index", gtk_widget_get_accessible (row), "accessible-description", G_BINDING_SYNC_CREATE,
                               to_description, NULL, g_object_ref (names), g_object_unref);
  return row;
}

static GtkWidget *
desktop_keys_row (GSettings *settings)
{
  GtkWidget *row = hdy_action_row_new ();
  GtkWidget *toggle = gtk_switch_new ();

  hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (row), _ ("All Keys Go to the Desktop"));
  hdy_action_row_set_subtitle (HDY_ACTION_ROW (row), _ ("While a workspace's desktop is used it gets Alt+Tab and Super, too. "
                                                        "Ctrl+Alt gives them back."));
  hdy_action_row_set_subtitle_lines (HDY_ACTION_ROW (row), 3);
  g_settings_bind (settings, "desktop-keys", toggle, "active", G_SETTINGS_BIND_DEFAULT);
  gtk_widget_set_valign (toggle, GTK_ALIGN_CENTER);
  atk_object_set_name (gtk_widget_get_accessible (toggle), _ ("All Keys Go to the Desktop"));
  gtk_container_add (GTK_CONTAINER (row), toggle);
  hdy_action_row_set_activatable_widget (HDY_ACTION_ROW (row), toggle);
  return row;
}

static GtkWidget *
plugin_group (DmcPluginLoader *loader, GSettings *settings)
{
  GtkWidget *group
      = g_object_new (HDY_TYPE_PREFERENCES_GROUP, "title", _ ("Plugins"), "description",
                      _ ("Each page of the console is a plugin."), NULL);
  g_autoptr (GList) plugins = dmc_plugin_loader_get_plugins (loader);

  for (GList *l = plugins; l != NULL; l = l->next)
    gtk_container_add (GTK_CONTAINER (group), plugin_row (loader, settings, l->data));
  return group;
}

/**
 * dmc_preferences_window_new:
 * @loader: (transfer none): the plugins to switch
 * @settings: (nullable) (transfer none): where choices are kept
 *
 * Returns: (transfer floating): the preferences, shown by gtk_window_present()
 */
GtkWidget *
dmc_preferences_window_new (DmcPluginLoader *loader, GSettings *settings)
{
  GtkWidget *window = g_object_new (HDY_TYPE_PREFERENCES_WINDOW, "modal", TRUE, "search-enabled",
                                    FALSE, "default-width", 480, "default-height", 520, NULL);
  GtkWidget *page = g_object_new (HDY_TYPE_PREFERENCES_PAGE, "title", _ ("General"), NULL);

  if (settings != NULL) {
    GtkWidget *look = g_object_new (HDY_TYPE_PREFERENCES_GROUP, NULL);
    gtk_container_add (GTK_CONTAINER (look), color_scheme_row (settings));
    gtk_container_add (GTK_CONTAINER (look), desktop_keys_row (settings));
    gtk_container_add (GTK_CONTAINER (page), look);
  }
  gtk_container_add (GTK_CONTAINER (page), plugin_group (loader, settings));
  gtk_container_add (GTK_CONTAINER (window), page);
  gtk_widget_show_all (page);
  return window;
}
