/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domain-devices.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "rpc/json.h"

static const char *
state_text (const char *state)
{
  static const struct {
    const char *state, *text;
  } states[] = { { "waiting", N_ ("Waiting for the domain’s driver") },
                 { "connected", N_ ("In use") },
                 { "closing", N_ ("Being left") },
                 { "closed", N_ ("Left by the domain") } };

  for (gsize i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_strcmp0 (state, states[i].state) == 0)
      return _ (states[i].text);
  return state;
}

/* State, what it is, and what it did. */
static char *
subtitle_of (JsonObject *device)
{
  gint64 size = dmc_json_get_int (device, "size_bytes", 0);
  g_autofree char *moved = g_format_size_full (
      (guint64)MAX (dmc_json_get_int (device, "bytes", 0), 0), G_FORMAT_SIZE_IEC_UNITS);
  GString *text = g_string_new (state_text (dmc_json_get_string (device, "state", "")));
  const char *mac = dmc_json_get_string (device, "mac", NULL);

  if (size > 0) {
    g_autofree char *room = g_format_size_full ((guint64)size, G_FORMAT_SIZE_IEC_UNITS);
    g_string_append_printf (text, " · %s", room);
  }
  if (mac != NULL)
    g_string_append_printf (text, " · %s", mac);
  if (dmc_json_get_boolean (device, "read_only", FALSE))
    g_string_append_printf (text, " · %s", _ ("read-only"));
  /* TRANSLATORS: how much data a device has moved */
  g_string_append_printf (text, _ (" · %s moved"), moved);
  return g_string_free (text, FALSE);
}

static void
add_device (GtkContainer *group, JsonObject *device)
{
  gboolean disk = g_strcmp0 (dmc_json_get_string (device, "kind", ""), "disk") == 0;
  const char *name = dmc_json_get_string (device, "name", NULL);
  const char *kind = disk ? _ ("Disk") : _ ("Network interface");
  g_autofree char *title
      = name != NULL && *name != '\0' ? g_strdup_printf ("%s: %s", kind, name) : g_strdup (kind);
  g_autofree char *subtitle = subtitle_of (device), *spoken = NULL;
  GtkWidget *row = g_object_new (HDY_TYPE_ACTION_ROW, "title", title, "subtitle", subtitle,
                                 "subtitle-lines", 2, "visible", TRUE, NULL);
  GtkWidget *icon = gtk_image_new_from_icon_name (
      disk ? "drive-harddisk-symbolic" : "network-wired-symbolic", GTK_ICON_SIZE_BUTTON);

  spoken = g_strdup_printf ("%s, %s", title, subtitle);
  atk_object_set_name (gtk_widget_get_accessible (row), spoken);
  hdy_action_row_add_prefix (HDY_ACTION_ROW (row), icon);
  gtk_widget_show (icon);
  gtk_container_add (group, row);
}

/* The rows are made anew when what the domain says has changed. */
static void
update (DmcDomain *domain, GtkContainer *group)
{
  JsonNode *node = dmc_item_get_node (DMC_ITEM (domain), "devices");
  g_autofree char *text = node != NULL ? dmc_json_print (node, NULL) : NULL;
  const char *before = g_object_get_data (G_OBJECT (group), "dmc-devices");
  JsonArray *devices
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  g_autoptr (GList) rows = NULL;

  gtk_widget_set_visible (GTK_WIDGET (group),
                          devices != NULL && json_array_get_length (devices) > 0);
  if (g_strcmp0 (text, before) == 0)
    return;
  g_object_set_data_full (G_OBJECT (group), "dmc-devices", g_steal_pointer (&text), g_free);
  rows = gtk_container_get_children (group);
  for (GList *row = rows; row != NULL; row = row->next)
    gtk_widget_destroy (row->data);
  for (guint i = 0; devices != NULL && i < json_array_get_length (devices); i++) {
    JsonNode *device = json_array_get_element (devices, i);

    if (JSON_NODE_HOLDS_OBJECT (device))
      add_device (group, json_node_get_object (device));
  }
}

static void
on_sampled (DmcDomain *domain, GtkContainer *group)
{
  update (domain, group);
}

static void
on_notify (DmcDomain *domain, GParamSpec *pspec, GtkContainer *group)
{
  update (domain, group);
}

void
dmc_domain_devices_add (GtkBox *box, DmcDomain *domain)
{
  GtkWidget *group = g_object_new (HDY_TYPE_PREFERENCES_GROUP, "title", _ ("Devices"), NULL);

  gtk_container_add (GTK_CONTAINER (box), group);
  g_signal_connect_object (domain, "sampled", G_CALLBACK (on_sampled), group, 0);
  g_signal_connect_object (domain, "notify::state", G_CALLBACK (on_notify), group, 0);
  update (domain, GTK_CONTAINER (group));
}
