/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launchpad.h"

#include <glib/gi18n.h>
#include <handy.h>
#include <string.h>

#include "app-grid.h"
#include "app-tile.h"
#include "app-work.h"
#include "bundle-work.h"
#include "catalogue-dialog.h"
#include "install-dialog.h"
#include "model/app-filter.h"
#include "open-dialog.h"
#include "plugin/context-menu.h"
#include "plugin/status.h"
#include "present.h"
#include "rpc/json.h"
#include "section-bar.h"
#include "trust-dialog.h"

struct _DmcLaunchpad {
  GtkBox parent_instance;

  DmcHost *host;
  DmcEndpoint *agent;
  DmcAppList *apps;
  DmcAppFilter *filter;
  DmcApp *dragged; /* what the pointer was pressed on */
  gconstpointer activated; /* the tile that was activated last, and when: a double click starts one app, not two */
  guint32 activated_at;

  GtkEntry *search;
  DmcSectionBar *sections;
  GtkWidget *install_button;
  DmcAppWork *work;
  char *source; /* what was installed last, in case it needs trust */
  GtkStack *stack;
  GtkFlowBox *grid;
  HdyStatusPage *empty;
};

G_DEFINE_FINAL_TYPE (DmcLaunchpad, dmc_launchpad, GTK_TYPE_BOX)

/* What is shown */

static void
say_empty (DmcLaunchpad *self)
{
  const char *section = dmc_app_filter_get_section (self->filter);

  if (*gtk_entry_get_text (self->search) != '\0')
    dmc_status_show (self->empty, _ ("No Application Found"), _ ("Nothing matches what you search for."));
  else if (g_str_equal (section, DMC_APP_SECTION_FAVOURITES))
    dmc_status_show (self->empty, _ ("No Favourites"),
                     _ ("Add an application from its menu, by dragging it to “Favourites”, or with Ctrl+D."));
  else if (g_str_equal (section, DMC_APP_SECTION_RECENT))
    dmc_status_show (self->empty, _ ("Nothing Recent"), _ ("What you start appears here, on every computer."));
  else if (g_str_equal (section, DMC_APP_SECTION_RUNNING))
    dmc_status_show (self->empty, _ ("Nothing Is Running"), NULL);
  else if (!g_str_equal (section, DMC_APP_SECTION_ALL))
    dmc_status_show (self->empty, _ ("Nothing in This Category"), NULL);
  else
    dmc_status_show (self->empty, _ ("No Applications"), _ ("This workspace has no applications yet."));
}

static void
update_empty (DmcLaunchpad *self)
{
  gboolean shown = g_list_model_get_n_items (G_LIST_MODEL (self->filter)) > 0;

  if (!shown && dmc_item_list_get_n_items (DMC_ITEM_LIST (self->apps)) == 0
      && !dmc_item_list_get_synced (DMC_ITEM_LIST (self->apps)))
    dmc_status_show (self->empty, _ ("Looking for Applications…"), NULL);
  else if (!shown)
    say_empty (self);
  gtk_stack_set_visible_child_name (self->stack, shown ? "grid" : "empty");
}

/* Who types looks for an app wherever it is, but for a category that was chosen. */
static void
on_chosen (DmcLaunchpad *self)
{
  const char *words = gtk_entry_get_text (self->search);
  const char *section = dmc_section_bar_get_section (self->sections);

  if (self->filter == NULL)
    return; /* while the template is built */
  dmc_app_filter_set_section (self->filter, *words != '\0' && !dmc_section_bar_is_category (self->sections)
                                                ? DMC_APP_SECTION_ALL : section);
  dmc_app_filter_set_search (self->filter, words);
  update_empty (self);
}

static void
on_apps_changed (GListModel *model, guint position, guint removed, guint added, DmcLaunchpad *self)
{
  for (guint i = 0; i < added; i++) {
    g_autoptr (DmcApp) app = g_list_model_get_item (model, position + i);
    const char *category = dmc_app_get_category (app);

    if (category != NULL)
      dmc_section_bar_add_category (self->sections, category);
  }
  update_empty (self);
}

/* Start and stop */

/* Who clicks again after it has failed does not double-click. */
static void
forget_click (DmcAppTile *tile)
{
  GtkWidget *self = gtk_widget_get_ancestor (GTK_WIDGET (tile), DMC_TYPE_LAUNCHPAD); /* NULL: the tile has gone */

  if (self != NULL && DMC_LAUNCHPAD (self)->activated == GTK_FLOW_BOX_CHILD (tile))
    DMC_LAUNCHPAD (self)->activated = NULL;
}

typedef struct {
  DmcHost *host;
  DmcAppTile *tile; /* NULL where none shows that something goes on */
  char *what; /* the sentence's beginning in case it fails */
} Call;

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  if (call->tile != NULL)
    dmc_app_tile_set_starting (call->tile, FALSE);
  if (call->tile != NULL && error != NULL)
    forget_click (call->tile);
  dmc_host_tell_outcome (call->host, call->what, error);
  g_object_unref (call->host);
  g_clear_object (&call->tile);
  g_free (call->what);
  g_free (call);
}

/* @failure: (transfer full) */
static void
call (DmcLaunchpad *self, DmcAppTile *tile, const char *method, char *failure)
{
  Call *data = g_new0 (Call, 1);
  const char *app = dmc_item_get_id (DMC_ITEM (dmc_app_tile_get_app (tile)));

  data->host = g_object_ref (self->host);
  data->tile = g_object_ref (tile);
  data->what = failure;
  dmc_endpoint_call_async (
      self->agent, method,
      dmc_json_node ("workspace:s", dmc_app_list_get_workspace (self->apps), "app:s", app, NULL),
      NULL, on_answer, data);
}

static void
launch (DmcLaunchpad *self, DmcAppTile *tile)
{
  const char *name = dmc_app_get_name (dmc_app_tile_get_app (tile));

  dmc_app_tile_set_starting (tile, TRUE);
  call (self, tile, "app.launch", g_strdup_printf (_ ("“%s” could not be started"), name));
}

static void
stop (DmcLaunchpad *self, DmcAppTile *tile)
{
  const char *name = dmc_app_get_name (dmc_app_tile_get_app (tile));

  call (self, tile, "app.stop", g_strdup_printf (_ ("“%s” could not be stopped"), name));
}

/* Favourites */

/* @app: an app's id */
static void
set_favourite (DmcLaunchpad *self, const char *app, gboolean favourite)
{
  Call *data = g_new0 (Call, 1);

  data->host = g_object_ref (self->host);
  data->what = g_strdup (_ ("The favourites could not be changed"));
  dmc_endpoint_call_async (self->agent, "app.set",
                           dmc_json_node ("workspace:s", dmc_app_list_get_workspace (self->apps), "app:s", app,
                                          "favourite:b", favourite, NULL),
                           NULL, on_answer, data);
}

static void
on_favourite_dropped (DmcLaunchpad *self, const char *app)
{
  set_favourite (self, app, TRUE);
}

static void
on_child_activated (DmcLaunchpad *self, GtkFlowBoxChild *child)
{
  guint32 now = gtk_get_current_event_time ();
  int double_click;

  g_object_get (gtk_settings_get_default (), "gtk-double-click-time", &double_click, NULL);
  if (child != self->activated || now == GDK_CURRENT_TIME || now - self->activated_at > (guint32)double_click)
    launch (self, DMC_APP_TILE (child));
  self->activated = child;
  self->activated_at = now;
}

static void
on_search_activate (DmcLaunchpad *self)
{
  GtkFlowBoxChild *child = gtk_flow_box_get_child_at_index (self->grid, 0);

  if (child != NULL && *gtk_entry_get_text (self->search) != '\0')
    launch (self, DMC_APP_TILE (child));
}

static void
on_stop_search (DmcLaunchpad *self)
{
  gtk_entry_set_text (self->search, "");
  gtk_widget_grab_focus (GTK_WIDGET (self->grid));
}

/* Install and remove */

/* @trust: (nullable): the signer of a bundle */
static void
start_install (DmcLaunchpad *self, const char *trust)
{
  g_autofree char *name = g_path_get_basename (self->source);
  g_autofree char *title = g_strdup_printf (_ ("Installing “%s”"), name);
  g_autofree char *failure = g_strdup_printf (_ ("“%s” could not be installed"), name);

  if (!dmc_app_work_is_running (self->work))
    dmc_app_work_start (self->work, self->host, "app.install",
                        dmc_json_node ("workspace:s", dmc_app_list_get_workspace (self->apps), "source:s", self->source,
                                       "trust:s", trust, NULL),
                        title, failure);
}

static void
start_removal (DmcLaunchpad *self, DmcApp *app)
{
  g_autofree char *title = g_strdup_printf (_ ("Removing “%s”"), dmc_app_get_name (app));
  g_autofree char *failure = g_strdup_printf (_ ("“%s” could not be removed"), dmc_app_get_name (app));

  if (!dmc_app_work_is_running (self->work))
    dmc_app_work_start (self->work, self->host, "app.remove",
                        dmc_json_node ("workspace:s", dmc_app_list_get_workspace (self->apps), "app:s",
                                       dmc_item_get_id (DMC_ITEM (app)), NULL),
                        title, failure);
}

/* What is streamed comes as a whole, so that it needs its server no more. */
static void
start_pin (DmcLaunchpad *self, DmcApp *app)
{
  g_autofree char *title = g_strdup_printf (_ ("Fetching all of “%s”"), dmc_app_get_name (app));
  g_autofree char *failure = g_strdup_printf (_ ("Not all of “%s” could be fetched"), dmc_app_get_name (app));
  g_autofree char *success = g_strdup_printf (_ ("“%s” works without its server now."), dmc_app_get_name (app));

  if (dmc_app_work_is_running (self->work))
    return;
  dmc_app_work_start (self->work, self->host, "app.pin",
                      dmc_json_node ("workspace:s", dmc_app_list_get_workspace (self->apps), "app:s",
                                     dmc_item_get_id (DMC_ITEM (app)), NULL),
                      title, failure);
  dmc_app_work_set_success (self->work, success);
}

static void
on_trust_answered (GtkDialog *dialog, int response, DmcLaunchpad *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    start_install (self, dmc_trust_dialog_get_signer (dialog));
  gtk_widget_destroy (GTK_WIDGET (dialog));
}

static void
on_untrusted (DmcLaunchpad *self, const char *signer)
{
  g_autofree char *name = g_path_get_basename (self->source);
  g_autofree char *title = g_strdup_printf (_ ("Trust who made “%s”?"), name);
  GtkWidget *dialog = dmc_trust_dialog_new (
      dmc_host_get_window (self->host), title,
      _ ("This workspace does not know the signer. Install it only if you know who gave it to you, and that their key is:"),
      _ ("_Trust and Install"), signer);

  g_signal_connect_object (dialog, "response", G_CALLBACK (on_trust_answered), self, 0);
  dmc_present_with (dialog, GTK_WIDGET (self));
}

static void
on_get_more (DmcLaunchpad *self)
{
  dmc_present_with (dmc_catalogue_dialog_new (self->host, dmc_app_list_get_workspace (self->apps), self->work),
                    GTK_WIDGET (self));
}

static void
on_open (DmcLaunchpad *self)
{
  dmc_present_with (dmc_open_dialog_new (self->host, dmc_app_list_get_workspace (self->apps)), GTK_WIDGET (self));
}

static void
on_install_answered (GtkDialog *dialog, int response, DmcLaunchpad *self)
{
  g_autofree char *source = dmc_install_dialog_dup_source (DMC_INSTALL_DIALOG (dialog));

  gtk_widget_destroy (GTK_WIDGET (dialog));
  if (response != GTK_RESPONSE_ACCEPT || source == NULL)
    return;
  g_free (self->source);
  self->source = g_steal_pointer (&source);
  start_install (self, NULL);
}

static void
on_install (DmcLaunchpad *self)
{
  GtkWidget *dialog = dmc_install_dialog_new (dmc_host_get_window (self->host));

  g_signal_connect_object (dialog, "response", G_CALLBACK (on_install_answered), self, 0);
  dmc_present_with (dialog, GTK_WIDGET (self));
}

static void
on_remove_answered (GtkDialog *dialog, int response, DmcLaunchpad *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    start_removal (self, g_object_get_data (G_OBJECT (dialog), "app"));
  gtk_widget_destroy (GTK_WIDGET (dialog));
}

static void
ask_remove (DmcLaunchpad *self, DmcApp *app)
{
  GtkWidget *dialog, *button;

  dialog = gtk_message_dialog_new (dmc_host_get_window (self->host), GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT,
                                   GTK_MESSAGE_QUESTION, GTK_BUTTONS_NONE, _ ("Remove “%s” from this workspace?"),
                                   dmc_app_get_name (app));
  gtk_message_dialog_format_secondary_text (
      GTK_MESSAGE_DIALOG (dialog),
      _ ("What came with it and nothing else needs goes, too. Your documents and settings stay."));
  gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Cancel"), GTK_RESPONSE_CANCEL);
  button = gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Remove"), GTK_RESPONSE_ACCEPT);
  gtk_style_context_add_class (gtk_widget_get_style_context (button), "destructive-action");
  g_object_set_data_full (G_OBJECT (dialog), "app", g_object_ref (app), g_object_unref);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_remove_answered), self, 0);
  dmc_present_with (dialog, GTK_WIDGET (self));
}

static gboolean
is_from (DmcApp *app, const char *wanted)
{
  g_autofree char *source = NULL;

  g_object_get (app, "source", &source, NULL);
  return g_strcmp0 (source, wanted) == 0;
}

/* Only what is the workspace's own can go. */
static gboolean
can_remove (DmcLaunchpad *self, DmcApp *app)
{
  return !is_from (app, "host") && !dmc_app_is_running (app) && !dmc_app_work_is_running (self->work);
}

/* The menu of a tile */

static DmcAppTile *
selected_tile (DmcLaunchpad *self)
{
  g_autoptr (GList) selected = gtk_flow_box_get_selected_children (self->grid);

  return selected != NULL ? selected->data : NULL;
}

static void
on_launch (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcLaunchpad *self = user_data;

  if (selected_tile (self) != NULL)
    launch (self, selected_tile (self));
}

static void
on_stop (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcLaunchpad *self = user_data;

  if (selected_tile (self) != NULL)
    stop (self, selected_tile (self));
}

static void
on_remove (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcLaunchpad *self = user_data;

  if (selected_tile (self) != NULL)
    ask_remove (self, dmc_app_tile_get_app (selected_tile (self)));
}

static void
on_capture (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcLaunchpad *self = user_data;

  dmc_bundle_work_capture (self->work, self->host, dmc_app_list_get_workspace (self->apps));
}

static void
on_save_capture (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcLaunchpad *self = user_data;

  dmc_bundle_work_export (self->work, self->host, dmc_app_list_get_workspace (self->apps), NULL, NULL);
}

static void
on_export (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcLaunchpad *self = user_data;
  DmcApp *app = selected_tile (self) != NULL ? dmc_app_tile_get_app (selected_tile (self)) : NULL;

  if (app != NULL)
    dmc_bundle_work_export (self->work, self->host, dmc_app_list_get_workspace (self->apps), dmc_item_get_id (DMC_ITEM (app)),
                            dmc_app_get_name (app));
}

static void
on_pin (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcLaunchpad *self = user_data;

  if (selected_tile (self) != NULL)
    start_pin (self, dmc_app_tile_get_app (selected_tile (self)));
}

static void
on_favourite (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcLaunchpad *self = user_data;
  DmcApp *app = selected_tile (self) != NULL ? dmc_app_tile_get_app (selected_tile (self)) : NULL;

  if (app != NULL)
    set_favourite (self, dmc_item_get_id (DMC_ITEM (app)), !dmc_app_is_favourite (app));
}

static const GActionEntry actions[] = {
  { .name = "launch", .activate = on_launch },
  { .name = "stop", .activate = on_stop },
  { .name = "favourite", .activate = on_favourite },
  { .name = "pin", .activate = on_pin },
  { .name = "remove", .activate = on_remove },
  { .name = "export", .activate = on_export },
  { .name = "capture", .activate = on_capture },
  { .name = "save-capture", .activate = on_save_capture },
};

static void
enable (GActionGroup *group, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (group), name)), enabled);
}

static gboolean
open_menu (DmcLaunchpad *self)
{
  DmcAppTile *tile = selected_tile (self);
  GActionGroup *group = gtk_widget_get_action_group (GTK_WIDGET (self), "launchpad");
  g_autoptr (GMenu) menu = g_menu_new ();

  if (tile == NULL)
    return FALSE;
  enable (group, "stop", dmc_app_is_running (dmc_app_tile_get_app (tile)));
  enable (group, "pin", !dmc_app_work_is_running (self->work));
  enable (group, "remove", can_remove (self, dmc_app_tile_get_app (tile)));
  enable (group, "export", !is_from (dmc_app_tile_get_app (tile), "host") && !is_from (dmc_app_tile_get_app (tile), "bundle"));
  g_menu_append (menu, _ ("_Start"), "launchpad.launch");
  g_menu_append (menu, _ ("S_top"), "launchpad.stop");
  g_menu_append (menu,
                 dmc_app_is_favourite (dmc_app_tile_get_app (tile)) ? _ ("Remove from _Favourites") : _ ("Add to _Favourites"),
                 "launchpad.favourite");
  if (dmc_app_is_streamed (dmc_app_tile_get_app (tile)))
    g_menu_append (menu, _ ("Fetch _All of It"), "launchpad.pin");
  g_menu_append (menu, _ ("Save as _Bundle…"), "launchpad.export");
  g_menu_append (menu, _ ("_Remove…"), "launchpad.remove");
  dmc_context_menu_popup (GTK_WIDGET (tile), G_MENU_MODEL (menu));
  return TRUE;
}

/* Dragged to the favourites an app becomes one. The grid gives it, since its children have no windows that could. */

static void
on_drag_begin (GtkWidget *widget, GdkDragContext *context, DmcLaunchpad *self)
{
  g_autoptr (GIcon) icon = self->dragged != NULL ? dmc_app_dup_icon (self->dragged) : NULL;

  if (icon != NULL)
    gtk_drag_set_icon_gicon (context, icon, 0, 0);
  else
    gtk_drag_cancel (context); /* from between the tiles */
}

static void
on_drag_data_get (GtkWidget *widget, GdkDragContext *context, GtkSelectionData *data, guint info, guint time, DmcLaunchpad *self)
{
  const char *app = dmc_item_get_id (DMC_ITEM (self->dragged));

  gtk_selection_data_set (data, gtk_selection_data_get_target (data), 8, (const guchar *)app, (int)strlen (app));
}

static gboolean
on_grid_button (GtkWidget *widget, GdkEventButton *event, DmcLaunchpad *self)
{
  GtkFlowBoxChild *child = gtk_flow_box_get_child_at_pos (self->grid, (int)event->x, (int)event->y);
  DmcApp *app = child != NULL ? dmc_app_tile_get_app (DMC_APP_TILE (child)) : NULL;

  g_set_object (&self->dragged, app);
  if (!gdk_event_triggers_context_menu ((GdkEvent *)event) || child == NULL)
    return GDK_EVENT_PROPAGATE;
  gtk_flow_box_select_child (self->grid, child);
  return open_menu (self);
}

static gboolean
on_grid_popup (GtkWidget *widget, DmcLaunchpad *self)
{
  return open_menu (self);
}

/* Typing anywhere on the launchpad searches; from the search one goes down to what is found. */
static gboolean
on_key (GtkWidget *widget, GdkEventKey *event, gpointer user_data)
{
  DmcLaunchpad *self = DMC_LAUNCHPAD (widget);
  gboolean controlled = (event->state & gtk_accelerator_get_default_mod_mask ()) == GDK_CONTROL_MASK;
  GtkFlowBoxChild *first = gtk_flow_box_get_child_at_index (self->grid, 0);

  if (controlled && gdk_keyval_to_lower (event->keyval) == GDK_KEY_d) {
    on_favourite (NULL, NULL, self);
    return GDK_EVENT_STOP;
  }
  if (gtk_widget_has_focus (GTK_WIDGET (self->search)) && event->keyval == GDK_KEY_Down && first != NULL) {
    gtk_flow_box_select_child (self->grid, first);
    gtk_widget_grab_focus (GTK_WIDGET (first));
    return GDK_EVENT_STOP;
  }
  /* Return is for what has the focus, and the search would start what it has found first. */
  if (gtk_widget_has_focus (GTK_WIDGET (self->search)) || event->keyval == GDK_KEY_Return || event->keyval == GDK_KEY_KP_Enter)
    return GDK_EVENT_PROPAGATE;
  return gtk_search_entry_handle_event (GTK_SEARCH_ENTRY (self->search), (GdkEvent *)event);
}

static void
dmc_launchpad_destroy (GtkWidget *widget)
{
  DmcLaunchpad *self = DMC_LAUNCHPAD (widget);

  if (self->apps != NULL)
    g_signal_handlers_disconnect_by_data (self->apps, self);
  if (self->filter != NULL)
    g_signal_handlers_disconnect_by_data (self->filter, self);
  GTK_WIDGET_CLASS (dmc_launchpad_parent_class)->destroy (widget);
}

static void
dmc_launchpad_finalize (GObject *object)
{
  DmcLaunchpad *self = DMC_LAUNCHPAD (object);

  g_clear_object (&self->host);
  g_clear_object (&self->agent);
  g_clear_object (&self->dragged);
  g_clear_object (&self->filter);
  g_clear_object (&self->apps);
  g_free (self->source);
  G_OBJECT_CLASS (dmc_launchpad_parent_class)->finalize (object);
}

static void
dmc_launchpad_class_init (DmcLaunchpadClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = dmc_launchpad_finalize;
  widget_class->destroy = dmc_launchpad_destroy;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/workspace/launchpad.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcLaunchpad, search);
  gtk_widget_class_bind_template_child (widget_class, DmcLaunchpad, sections);
  gtk_widget_class_bind_template_child (widget_class, DmcLaunchpad, install_button);
  gtk_widget_class_bind_template_child (widget_class, DmcLaunchpad, work);
  gtk_widget_class_bind_template_child (widget_class, DmcLaunchpad, stack);
  gtk_widget_class_bind_template_child (widget_class, DmcLaunchpad, grid);
  gtk_widget_class_bind_template_child (widget_class, DmcLaunchpad, empty);
  gtk_widget_class_bind_template_callback (widget_class, on_chosen);
  gtk_widget_class_bind_template_callback (widget_class, on_favourite_dropped);
  gtk_widget_class_bind_template_callback (widget_class, on_stop_search);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_child_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_install);
  gtk_widget_class_bind_template_callback (widget_class, on_get_more);
  gtk_widget_class_bind_template_callback (widget_class, on_open);
}

static void
dmc_launchpad_init (DmcLaunchpad *self)
{
  static const GtkTargetEntry targets[] = { { (char *)DMC_APP_DRAG_TARGET, GTK_TARGET_SAME_APP, 0 } };
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();

  g_type_ensure (DMC_TYPE_APP_WORK);
  g_type_ensure (DMC_TYPE_SECTION_BAR);
  gtk_widget_init_template (GTK_WIDGET (self));
  g_object_bind_property (self->work, "reveal-child", self->install_button, "sensitive",
                          G_BINDING_SYNC_CREATE | G_BINDING_INVERT_BOOLEAN);
  g_action_map_add_action_entries (G_ACTION_MAP (group), actions, G_N_ELEMENTS (actions), self);
  g_signal_connect_object (self->work, "untrusted", G_CALLBACK (on_untrusted), self, G_CONNECT_SWAPPED);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "launchpad", G_ACTION_GROUP (group));
  g_signal_connect (self->grid, "button-press-event", G_CALLBACK (on_grid_button), self);
  gtk_drag_source_set (GTK_WIDGET (self->grid), GDK_BUTTON1_MASK, targets, G_N_ELEMENTS (targets), GDK_ACTION_LINK);
  g_signal_connect (self->grid, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (self->grid, "drag-data-get", G_CALLBACK (on_drag_data_get), self);
  g_signal_connect (self->grid, "popup-menu", G_CALLBACK (on_grid_popup), self);
  g_signal_connect (self, "key-press-event", G_CALLBACK (on_key), NULL);
}

/**
 * dmc_launchpad_new:
 * @host: (transfer none): for the agent and errors
 * @workspace: id of an open workspace
 *
 * Returns: (transfer floating): the launchpad
 */
GtkWidget *
dmc_launchpad_new (DmcHost *host, const char *workspace)
{
  DmcLaunchpad *self = g_object_new (DMC_TYPE_LAUNCHPAD, NULL);

  self->host = g_object_ref (host);
  self->agent = g_object_ref (dmc_host_get_endpoint (host, "agent"));
  self->apps = dmc_app_list_new (self->agent, workspace);
  self->filter = dmc_app_filter_new (self->apps);
  dmc_app_grid_bind (self->grid, G_LIST_MODEL (self->filter));
  g_signal_connect_swapped (self->filter, "items-changed", G_CALLBACK (update_empty), self);
  g_signal_connect (self->apps, "items-changed", G_CALLBACK (on_apps_changed), self);
  g_signal_connect_swapped (self->apps, "notify::synced", G_CALLBACK (update_empty), self);
  on_apps_changed (G_LIST_MODEL (self->apps), 0, 0, dmc_item_list_get_n_items (DMC_ITEM_LIST (self->apps)), self);
  update_empty (self);
  return GTK_WIDGET (self);
}

/**
 * dmc_launchpad_find:
 * @self: the launchpad
 *
 * Starts a search.
 */
void
dmc_launchpad_find (DmcLaunchpad *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->search));
}
