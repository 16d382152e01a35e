/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage-page.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "plugin/pass-focus.h"
#include "plugin/status.h"
#include "rpc/json.h"
#include "volume-card.h"

struct _DmcStoragePage {
  GtkBin parent_instance;

  DmcHost *host;
  DmcEndpoint *agent;
  DmcVolumeList *volumes;
  GCancellable *cancellable;
  GSimpleActionGroup *actions;
  gboolean scanning;

  GtkLabel *summary;
  GtkStack *scan_stack;
  GtkWidget *scan_button;
  GtkStack *stack;
  GtkListBox *list;
  HdyStatusPage *empty;
};

G_DEFINE_FINAL_TYPE (DmcStoragePage, dmc_storage_page, GTK_TYPE_BIN)

/* The list, or why there is none */

static char *
summary_text (DmcStoragePage *self, guint n_volumes)
{
  guint n_workspaces = 0;
  g_autofree char *volumes = NULL;
  g_autofree char *workspaces = NULL;

  for (guint i = 0; i < n_volumes; i++) {
    g_autoptr (DmcVolume) volume = g_list_model_get_item (G_LIST_MODEL (self->volumes), i);
    g_auto (GStrv) ids = dmc_volume_dup_workspaces (volume);

    n_workspaces += g_strv_length (ids);
  }
  volumes = g_strdup_printf (ngettext ("%u volume", "%u volumes", n_volumes), n_volumes);
  workspaces
      = g_strdup_printf (ngettext ("%u workspace", "%u workspaces", n_workspaces), n_workspaces);
  /* TRANSLATORS: how many volumes, how many workspaces */
  return g_strdup_printf (_ ("%s · %s"), volumes, workspaces);
}

static void
show_empty (DmcStoragePage *self, gboolean connected, gboolean synced)
{
  const char *title, *description;

  if (!connected) {
    title = _ ("No Agent");
    description = _ ("The volumes appear here as soon as the agent answers.");
  } else if (!synced) {
    title = _ ("Looking for Storage");
    description = _ ("The agent is asked which volumes there are.");
  } else {
    title = _ ("No Storage");
    description = _ ("Plug in a stick or a disk, and it appears here.");
  }
  dmc_status_show (self->empty, title, description);
  gtk_stack_set_visible_child_name (self->stack, "empty");
}

static void
update (DmcStoragePage *self)
{
  gboolean connected = dmc_endpoint_is_connected (self->agent);
  guint n = dmc_item_list_get_n_items (DMC_ITEM_LIST (self->volumes));
  g_autofree char *summary = summary_text (self, n);

  gtk_label_set_text (self->summary, n > 0 ? summary : "");
  if (n > 0)
    gtk_stack_set_visible_child_name (self->stack, "list");
  else
    show_empty (self, connected, dmc_item_list_get_synced (DMC_ITEM_LIST (self->volumes)));
  gtk_stack_set_visible_child_name (self->scan_stack, self->scanning ? "scanning" : "button");
  g_simple_action_set_enabled (
      G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), "scan")),
      connected && !self->scanning);
  gtk_widget_set_tooltip_text (self->scan_button, connected
                                                      ? _ ("Look again for volumes and workspaces")
                                                      : _ ("The agent is not connected"));
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  DmcStoragePage *self = user_data;
  GtkWidget *row = gtk_list_box_row_new ();

  gtk_container_add (GTK_CONTAINER (row), dmc_volume_card_new (self->host, item));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_list_box_row_set_selectable (GTK_LIST_BOX_ROW (row), FALSE);
  /* The card's own rows take the focus. */
  dmc_pass_focus (row);
  gtk_widget_show (row);
  return row;
}

/* Scanning */

static void
on_scanned (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcStoragePage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);
  g_autofree char *text = NULL;
  gint64 found;

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  self->scanning = FALSE;
  update (self);
  if (answer == NULL) {
    dmc_host_show_error (self->host, _ ("Could not look for workspaces"), error);
    return;
  }
  found = JSON_NODE_HOLDS_OBJECT (answer)
              ? dmc_json_get_int (json_node_get_object (answer), "found", 0)
              : 0;
  dmc_item_list_reload (DMC_ITEM_LIST (self->volumes));
  text = g_strdup_printf (
      ngettext ("Found %lu new workspace", "Found %lu new workspaces", (gulong)found),
      (gulong)found);
  dmc_host_show_message (self->host, found > 0 ? text : _ ("No new workspaces found"));
}

static void
activate_scan (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcStoragePage *self = user_data;

  self->scanning = TRUE;
  update (self);
  dmc_endpoint_call_async (self->agent, "storage.scan", NULL, self->cancellable, on_scanned,
                           g_object_ref (self));
}

static void
dmc_storage_page_dispose (GObject *object)
{
  DmcStoragePage *self = DMC_STORAGE_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->volumes);
  g_clear_object (&self->agent);
  g_clear_object (&self->host);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (dmc_storage_page_parent_class)->dispose (object);
}

static void
dmc_storage_page_finalize (GObject *object)
{
  g_clear_object (&DMC_STORAGE_PAGE (object)->cancellable);
  G_OBJECT_CLASS (dmc_storage_page_parent_class)->finalize (object);
}

static void
dmc_storage_page_class_init (DmcStoragePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dmc_storage_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = dmc_storage_page_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/storage/storage-page.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcStoragePage, summary);
  gtk_widget_class_bind_template_child (widget_class, DmcStoragePage, scan_stack);
  gtk_widget_class_bind_template_child (widget_class, DmcStoragePage, scan_button);
  gtk_widget_class_bind_template_child (widget_class, DmcStoragePage, stack);
  gtk_widget_class_bind_template_child (widget_class, DmcStoragePage, list);
  gtk_widget_class_bind_template_child (widget_class, DmcStoragePage, empty);
}

static void
dmc_storage_page_init (DmcStoragePage *self)
{
  static const GActionEntry entries[] = { { .name = "scan", .activate = activate_scan } };

  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "page", G_ACTION_GROUP (self->actions));
}

GtkWidget *
dmc_storage_page_new (DmcHost *host)
{
  DmcStoragePage *self = g_object_new (DMC_TYPE_STORAGE_PAGE, "visible", TRUE, NULL);

  self->host = g_object_ref (host);
  self->agent = g_object_ref (dmc_host_get_endpoint (host, "agent"));
  self->volumes = g_object_ref (dmc_host_get_volumes (host));
  dmc_pass_focus (GTK_WIDGET (self->list));
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (self->volumes), create_row, self, NULL);
  g_signal_connect_object (self->volumes, "items-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->volumes, "item-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->volumes, "notify::synced", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->agent, "notify::connected", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}
