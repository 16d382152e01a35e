/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domains-page.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "create-domain-dialog.h"
#include "device-dialog.h"
#include "domain-details.h"
#include "domain-row.h"
#include "domain-transfer.h"
#include "graph-view.h"
#include "plugin/context-menu.h"
#include "plugin/status.h"
#include "rpc/json.h"

struct _DmcDomainsPage {
  GtkBin parent_instance;

  DmcHost *host;
  DmcEndpoint *control;
  DmcDomainList *domains;
  GCancellable *cancellable;
  GSimpleAction *create;
  GSimpleAction *restore;
  GSimpleAction *graph; /* its state: whether the connections are shown */
  gint64 device_memory_kib;
  gint64 wanted; /* id of a new domain to select when its row comes; -1 for none */

  GtkStack *stack;
  HdyLeaflet *leaflet;
  GtkEntry *search;
  GtkWidget *create_button;
  GtkWidget *restore_button;
  GtkListBox *list;
  HdyStatusPage *empty;
  GtkLabel *summary;
  GtkStack *details_stack;
  GtkWidget *details_pane;
  GtkWidget *graph_view; /* NULL until it is wanted */
};

G_DEFINE_FINAL_TYPE (DmcDomainsPage, dmc_domains_page, GTK_TYPE_BIN)

/* The list, or why there is none */

static gboolean
matches (GtkListBoxRow *row, gpointer user_data)
{
  DmcDomainsPage *self = user_data;

  return dmc_domain_row_matches (DMC_DOMAIN_ROW (row), gtk_entry_get_text (self->search));
}

static void
update_empty (DmcDomainsPage *self)
{
  gboolean any = dmc_item_list_get_n_items (DMC_ITEM_LIST (self->domains)) > 0;
  gboolean connected = dmc_endpoint_is_connected (self->control);
  const char *title = connected ? _ ("No Domains") : _ ("No Hypervisor");

  gtk_stack_set_visible_child_name (self->stack, any ? "domains" : "empty");
  dmc_status_show (self->empty, title, connected ? _ ("The hypervisor runs no domains.")
                                                 : _ ("The domains appear here as soon as the hypervisor answers."));
}

static void
update_create (DmcDomainsPage *self)
{
  gboolean connected = dmc_endpoint_is_connected (self->control);

  gboolean restores = connected && dmc_endpoint_has_capability (self->control, "domain.restore");

  g_simple_action_set_enabled (self->create, connected);
  g_simple_action_set_enabled (self->restore, restores);
  gtk_widget_set_tooltip_text (self->restore_button,
                               restores     ? _ ("Restore a saved domain")
                               : !connected ? _ ("The hypervisor is not connected")
                                            : _ ("This hypervisor cannot restore domains"));
  gtk_widget_set_tooltip_text (
      self->create_button, connected ? _ ("New domain") : _ ("The hypervisor is not connected"));
  update_empty (self);
}

/* What the device has in all */

/* What the signatures of the images say. */
static const char *
describe_start (JsonObject *host)
{
  JsonObject *boot = dmc_json_get_object (host, "secure_boot");

  if (boot == NULL || g_strcmp0 (dmc_json_get_string (boot, "state", ""), "verified") != 0)
    return _ ("no secure boot");
  return dmc_json_get_boolean (boot, "developer", FALSE) ? _ ("secure boot with developer keys")
                                                          : _ ("secure boot");
}

/* Who signed what runs here, for those who ask. (transfer full) */
static char *
describe_signature (JsonObject *host)
{
  JsonObject *boot = dmc_json_get_object (host, "secure_boot");

  if (boot == NULL || g_strcmp0 (dmc_json_get_string (boot, "state", ""), "verified") != 0)
    return g_strdup (_ ("The images were not verified when this device started."));
  /* TRANSLATORS: name of a maker, a number, name of a device */
  return g_strdup_printf (_ ("Images signed by %s, version %d, sealed for device %s."),
                          dmc_json_get_string (boot, "maker", ""), (int)dmc_json_get_int (boot, "version", 0),
                          dmc_json_get_string (boot, "serial", ""));
}

static void
show_host (DmcDomainsPage *self, JsonObject *host)
{
  JsonObject *hypervisor = dmc_json_get_object (host, "hypervisor");
  gint64 memory_kib = dmc_json_get_int (host, "memory_kib", 0);
  gint64 free_kib = dmc_json_get_int (host, "free_kib", 0);
  g_autofree char *memory
      = g_format_size_full ((guint64)MAX (memory_kib, 0) * 1024, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *rest
      = g_format_size_full ((guint64)MAX (free_kib, 0) * 1024, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *signature = describe_signature (host);
  g_autofree char *text = NULL, *tip = NULL;
  GtkListBoxRow *row;

  /* TRANSLATORS: board, free memory, all memory, hypervisor's name and version, “secure boot” or the like */
  text = g_strdup_printf (
      _ ("%s · %s of %s free · %s %s · %s"), dmc_json_get_string (host, "machine", ""), rest, memory,
      hypervisor != NULL ? dmc_json_get_string (hypervisor, "name", "") : "",
      hypervisor != NULL ? dmc_json_get_string (hypervisor, "version", "") : "",
      describe_start (host));
  tip = g_strdup_printf ("%s\n%s", text, signature);
  gtk_label_set_text (self->summary, text);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->summary), tip);
  self->device_memory_kib = memory_kib;
  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    dmc_domain_row_set_device_memory (DMC_DOMAIN_ROW (row), memory_kib);
}

static void
on_host (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcDomainsPage) self = user_data;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, NULL);

  if (!g_cancellable_is_cancelled (self->cancellable) && answer != NULL
      && JSON_NODE_HOLDS_OBJECT (answer))
    show_host (self, json_node_get_object (answer));
}

static void
ask_host (DmcDomainsPage *self)
{
  if (dmc_endpoint_is_connected (self->control))
    dmc_endpoint_call_async (self->control, "host.info", NULL, self->cancellable, on_host,
                             g_object_ref (self));
}

/* Rows */

static char *
details_name (DmcDomain *domain)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT, dmc_domain_get_id (domain));
}

static void
remove_row (DmcDomainsPage *self, GtkListBoxRow *row)
{
  g_autofree char *name = details_name (dmc_domain_row_get_domain (DMC_DOMAIN_ROW (row)));
  GtkWidget *details = gtk_stack_get_child_by_name (self->details_stack, name);

  if (details != NULL)
    gtk_widget_destroy (details);
  gtk_widget_destroy (GTK_WIDGET (row));
}

static void
add_row (DmcDomainsPage *self, guint position)
{
  g_autoptr (DmcDomain) domain = g_list_model_get_item (G_LIST_MODEL (self->domains), position);
  GtkWidget *row = dmc_domain_row_new (self->host, domain);

  dmc_domain_row_set_device_memory (DMC_DOMAIN_ROW (row), self->device_memory_kib);
  gtk_list_box_insert (self->list, row, (int)position);
  if (dmc_domain_get_id (domain) == self->wanted) {
    self->wanted = -1;
    gtk_list_box_select_row (self->list, GTK_LIST_BOX_ROW (row));
  }
}

/* By hand, since GtkListBox filters only rows that are not bound to a model. */
static void
on_items_changed (
    GListModel *model, guint position, guint removed, guint added, DmcDomainsPage *self)
{
  for (; removed > 0; removed--)
    remove_row (self, gtk_list_box_get_row_at_index (self->list, (int)position));
  for (guint i = 0; i < added; i++)
    add_row (self, position + i);
  update_empty (self);
  ask_host (self);
}

static void
on_row_selected (DmcDomainsPage *self, GtkListBoxRow *row)
{
  GtkWidget *details, *before = gtk_stack_get_visible_child (self->details_stack);
  const char *view = DMC_IS_DOMAIN_DETAILS (before)
                         ? dmc_domain_details_get_view (DMC_DOMAIN_DETAILS (before))
                         : "overview";
  g_autofree char *name = NULL;
  DmcDomain *domain;

  if (row == NULL) {
    if (before != self->graph_view || before == NULL)
      gtk_stack_set_visible_child_name (self->details_stack, "none");
    return;
  }
  g_simple_action_set_state (self->graph, g_variant_new_boolean (FALSE));
  domain = dmc_domain_row_get_domain (DMC_DOMAIN_ROW (row));
  name = details_name (domain);
  details = gtk_stack_get_child_by_name (self->details_stack, name);
  if (details == NULL) {
    details = dmc_domain_details_new (self->host, domain);
    gtk_stack_add_named (self->details_stack, details, name);
  }
  gtk_stack_set_visible_child (self->details_stack, details);
  dmc_domain_details_show_view (DMC_DOMAIN_DETAILS (details), view);
}

static void
on_row_activated (DmcDomainsPage *self)
{
  hdy_leaflet_set_visible_child (self->leaflet, self->details_pane);
}

static void
on_back (DmcDomainsPage *self)
{
  hdy_leaflet_set_visible_child_name (self->leaflet, "list");
}

static void
on_folded (DmcDomainsPage *self)
{
  /* Where only one pane fits, the list comes first until something is chosen. */
  if (hdy_leaflet_get_folded (self->leaflet) && gtk_list_box_get_selected_row (self->list) == NULL)
    hdy_leaflet_set_visible_child_name (self->leaflet, "list");
}

static void
activate_on_selected (DmcDomainsPage *self, const char *action)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->list);
  GActionGroup *group
      = row != NULL ? gtk_widget_get_action_group (GTK_WIDGET (row), "domain") : NULL;

  if (group != NULL)
    g_action_group_activate_action (group, action, NULL);
}

/* The menu of a row */

static void
open_menu (GtkListBoxRow *row)
{
  g_autoptr (GMenu) menu = g_menu_new ();

  g_menu_append (menu, _ ("Give _Focus"), "domain.focus");
  g_menu_append (menu, _ ("_Pause"), "domain.pause");
  g_menu_append (menu, _ ("_Resume"), "domain.resume");
  g_menu_append (menu, _ ("_Shut Down"), "domain.shutdown");
  g_menu_append (menu, _ ("R_estart"), "domain.reboot");
  g_menu_append (menu, _ ("Sa_ve to a File…"), "domain.save");
  g_menu_append (menu, _ ("_Move to Another Machine…"), "domain.migrate");
  g_menu_append (menu, _ ("_Destroy…"), "domain.destroy");
  dmc_context_menu_popup (GTK_WIDGET (row), G_MENU_MODEL (menu));
}

static gboolean
on_list_button (GtkWidget *widget, GdkEventButton *event, DmcDomainsPage *self)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_y (self->list, (int)event->y);

  if (!gdk_event_triggers_context_menu ((GdkEvent *)event) || row == NULL)
    return GDK_EVENT_PROPAGATE;
  gtk_list_box_select_row (self->list, row);
  open_menu (row);
  return GDK_EVENT_STOP;
}

static gboolean
on_list_popup (GtkWidget *widget, DmcDomainsPage *self)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->list);

  if (row != NULL)
    open_menu (row);
  return row != NULL;
}

static gboolean
on_list_key (GtkWidget *widget, GdkEventKey *event, DmcDomainsPage *self)
{
  if (event->keyval != GDK_KEY_Delete && event->keyval != GDK_KEY_KP_Delete)
    return GDK_EVENT_PROPAGATE;
  activate_on_selected (self, "destroy");
  return GDK_EVENT_STOP;
}

/* The page's actions */

static void
on_find (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcDomainsPage *self = user_data;

  hdy_leaflet_set_visible_child_name (self->leaflet, "list");
  gtk_widget_grab_focus (GTK_WIDGET (self->search));
}

static void
select_domain (DmcDomainsPage *self, gint64 id)
{
  DmcDomain *domain = dmc_domain_list_find (self->domains, id);
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    if (dmc_domain_row_get_domain (DMC_DOMAIN_ROW (row)) == domain)
      gtk_list_box_select_row (self->list, row);
}

static void
on_created (GtkWidget *dialog, gint64 id, DmcDomainsPage *self)
{
  self->wanted = dmc_domain_list_find (self->domains, id) == NULL ? id : -1;
  select_domain (self, id);
}

static void
on_create (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcDomainsPage *self = user_data;
  GtkWidget *dialog = dmc_create_domain_dialog_new (self->host);

  g_signal_connect_object (dialog, "created", G_CALLBACK (on_created), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_restore (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcDomainsPage *self = user_data;

  dmc_domain_restore (self->host);
}

static void
on_toggle (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  activate_on_selected (user_data, "toggle");
}

/* The connections, in the place of a domain's details */

static void
show_graph (DmcDomainsPage *self)
{
  if (self->graph_view == NULL) {
    self->graph_view = dmc_graph_view_new (self->host);
    g_signal_connect_swapped (self->graph_view, "show-domain", G_CALLBACK (select_domain), self);
    gtk_container_add (GTK_CONTAINER (self->details_stack), self->graph_view);
  }
  gtk_stack_set_visible_child (self->details_stack, self->graph_view);
  gtk_list_box_unselect_all (self->list);
  hdy_leaflet_set_visible_child (self->leaflet, self->details_pane);
}

static void
on_graph (GSimpleAction *action, GVariant *state, gpointer user_data)
{
  DmcDomainsPage *self = user_data;

  g_simple_action_set_state (action, state);
  if (g_variant_get_boolean (state))
    show_graph (self);
  else
    gtk_stack_set_visible_child_name (self->details_stack, "none");
}

static void
on_device (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcDomainsPage *self = user_data;

  dmc_device_dialog_run (self->host);
}

static const GActionEntry actions[] = {
  { .name = "device", .activate = on_device },
  { .name = "find", .activate = on_find },
  { .name = "create", .activate = on_create },
  { .name = "restore", .activate = on_restore },
  { .name = "toggle", .activate = on_toggle },
  { .name = "graph", .state = "false", .change_state = on_graph },
};

static void
add_actions (DmcDomainsPage *self)
{
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  GtkWindow *window = dmc_host_get_window (self->host);
  GtkApplication *application = window != NULL ? gtk_window_get_application (window) : NULL;

  g_action_map_add_action_entries (G_ACTION_MAP (group), actions, G_N_ELEMENTS (actions), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "page", G_ACTION_GROUP (group));
  self->create = G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (group), "create"));
  self->restore = G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (group), "restore"));
  self->graph = G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (group), "graph"));
  if (application == NULL)
    return;
  gtk_application_set_accels_for_action (application, "page.create",
                                         (const char *[]){ "<Primary>n", NULL });
  gtk_application_set_accels_for_action (application, "page.graph",
                                         (const char *[]){ "<Primary>g", NULL });
  gtk_application_set_accels_for_action (application, "page.toggle",
                                         (const char *[]){ "<Primary>p", NULL });
}

static void
on_search_changed (DmcDomainsPage *self)
{
  gtk_list_box_invalidate_filter (self->list);
}

static void
on_stop_search (DmcDomainsPage *self)
{
  gtk_entry_set_text (self->search, "");
  gtk_widget_grab_focus (GTK_WIDGET (self->list));
}

static void
dmc_domains_page_destroy (GtkWidget *widget)
{
  DmcDomainsPage *self = DMC_DOMAINS_PAGE (widget);

  g_cancellable_cancel (self->cancellable);
  if (self->domains != NULL)
    g_signal_handlers_disconnect_by_data (self->domains, self);
  GTK_WIDGET_CLASS (dmc_domains_page_parent_class)->destroy (widget);
}

static void
dmc_domains_page_finalize (GObject *object)
{
  DmcDomainsPage *self = DMC_DOMAINS_PAGE (object);

  g_clear_object (&self->host);
  g_clear_object (&self->control);
  g_clear_object (&self->domains);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (dmc_domains_page_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/domains/domains-page.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcDomainsPage, leaflet);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainsPage, search);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainsPage, create_button);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainsPage, restore_button);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainsPage, stack);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainsPage, list);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainsPage, empty);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainsPage, summary);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainsPage, details_stack);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainsPage, details_pane);
  gtk_widget_class_bind_template_callback (widget_class, on_folded);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_stop_search);
  gtk_widget_class_bind_template_callback (widget_class, on_row_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_back);
}

static void
dmc_domains_page_class_init (DmcDomainsPageClass *klass)
{
  GTK_WIDGET_CLASS (klass)->destroy = dmc_domains_page_destroy;
  G_OBJECT_CLASS (klass)->finalize = dmc_domains_page_finalize;
  bind_template (GTK_WIDGET_CLASS (klass));
}

static void
dmc_domains_page_init (DmcDomainsPage *self)
{
  self->cancellable = g_cancellable_new ();
  self->wanted = -1;
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_filter_func (self->list, matches, self, NULL);
  g_signal_connect (self->list, "button-press-event", G_CALLBACK (on_list_button), self);
  g_signal_connect (self->list, "popup-menu", G_CALLBACK (on_list_popup), self);
  g_signal_connect (self->list, "key-press-event", G_CALLBACK (on_list_key), self);
}

/**
 * dmc_domains_page_new:
 * @host: (transfer none): for the domains and the window
 *
 * Returns: (transfer floating): the page
 */
GtkWidget *
dmc_domains_page_new (DmcHost *host)
{
  DmcDomainsPage *self = g_object_new (DMC_TYPE_DOMAINS_PAGE, NULL);

  self->host = g_object_ref (host);
  self->control = g_object_ref (dmc_host_get_endpoint (host, "control"));
  self->domains = g_object_ref (dmc_host_get_domains (host));
  add_actions (self);
  g_signal_connect (self->domains, "items-changed", G_CALLBACK (on_items_changed), self);
  g_signal_connect_object (self->domains, "notify::synced", G_CALLBACK (ask_host), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->control, "notify::state", G_CALLBACK (update_create), self,
                           G_CONNECT_SWAPPED);
  on_items_changed (G_LIST_MODEL (self->domains), 0, 0,
                    dmc_item_list_get_n_items (DMC_ITEM_LIST (self->domains)), self);
  update_create (self);
  return GTK_WIDGET (self);
}
