/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workspace-page.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "budget-view.h"
#include "default-apps.h"
#include "denial-view.h"
#include "desktop-window.h"
#include "launchpad.h"
#include "model/job-item.h"
#include "plugin/close-question.h"
#include "plugin/context-menu.h"
#include "plugin/info-bar.h"
#include "plugin/lazy-module.h"
#include "plugin/status.h"
#include "present.h"
#include "process-view.h"
#include "rpc/error.h"
#include "rpc/json.h"
#include "settings-dialog.h"
#include "suspend-dialogs.h"

#define NOT_SUSPENDED N_ ("The workspace could not be suspended")
#define NOT_CLOSED N_ ("The workspace could not be closed")

struct _DmcWorkspacePage {
  GtkBin parent_instance;

  DmcHost *host;
  DmcEndpoint *agent;
  DmcWorkspaceList *workspaces;
  GCancellable *cancellable;
  DmcWorkspace *shown; /* the workspace whose launchpad is there */
  char *chosen;        /* id of the one to show, of several that are open; NULL: the first */
  char *ended;         /* why the one that was shown is closed, where that was not the user's wish */
  GtkWidget *launchpad;
  GtkWidget *desktop; /* the window on its desktop, NULL while there is none */
  GtkWidget *obstacles; /* the question about what cannot be suspended, NULL while it is not asked */
  gboolean logging_out; /* from the wish to the user's "Done" */
  gboolean suspending;  /* ... where it is suspended and not closed */
  gboolean anywhere;

  GtkStack *stack;
  HdyStatusPage *none;
  GtkWidget *open_button;
  GtkWidget *create_button;
  GtkLabel *name;
  GtkLabel *summary;
  GtkWidget *others_button;
  GtkWidget *remarks_button;
  GtkInfoBar *remarks_bar;
  GtkLabel *remarks;
  GtkWidget *desktop_button;
  GtkWidget *suspend_button;
  GtkStack *views;
  GtkLabel *closing_title;
  GtkProgressBar *progress;
  GtkLabel *progress_text;
  HdyStatusPage *closed;
};

G_DEFINE_FINAL_TYPE (DmcWorkspacePage, dmc_workspace_page, GTK_TYPE_BIN)

/* Which of the page's faces to show */

static void
show_none (DmcWorkspacePage *self)
{
  gboolean connected = dmc_endpoint_is_connected (self->agent);
  gboolean any = dmc_item_list_get_n_items (DMC_ITEM_LIST (self->workspaces)) > 0;

  if (!connected)
    dmc_status_show (self->none, _ ("No Workspace Agent"), _ ("Your workspace appears here as soon as the agent answers."));
  else if (self->ended != NULL)
    dmc_status_show (self->none, _ ("The Workspace Was Closed"), self->ended);
  else
    dmc_status_show (self->none, _ ("No Workspace Is Open"), _ ("Log in to a workspace to use its programs and files."));
  gtk_widget_set_visible (self->open_button, connected && any);
  gtk_widget_set_visible (self->create_button, connected);
  gtk_stack_set_visible_child_name (self->stack, "none");
}

static void
drop_views (DmcWorkspacePage *self)
{
  gtk_container_foreach (GTK_CONTAINER (self->views),
                         (GtkCallback)(void (*) (void))gtk_widget_destroy, NULL);
  self->launchpad = NULL;
  if (self->desktop != NULL)
    gtk_widget_destroy (self->desktop);
  g_clear_object (&self->shown);
}

/* A window that has just come up goes in front of all others; the desktop waits for that. */
static void
present_desktop (DmcWorkspacePage *self)
{
  GtkWindow *window = dmc_host_get_window (self->host);

  if (self->desktop == NULL || !gtk_window_is_active (window))
    return;
  g_signal_handlers_disconnect_by_func (window, present_desktop, self);
  gtk_window_present (GTK_WINDOW (self->desktop));
}

static void
show_desktop (DmcWorkspacePage *self)
{
  static DmcDesktopWindowNewFunc new_window;
  g_autofree char *address = NULL, *clipboard = NULL;
  g_autoptr (GError) error = NULL;

  if (self->desktop != NULL) {
    gtk_window_present (GTK_WINDOW (self->desktop));
    return;
  }
  if (new_window == NULL)
    new_window = (DmcDesktopWindowNewFunc)dmc_lazy_module_symbol (
        &dmc_workspace_page_new, "libworkspace-desktop.so", "dmc_desktop_window_new", &error);
  if (new_window == NULL) {
    dmc_host_show_error (self->host, _ ("The desktop cannot be shown"), error);
    return;
  }
  g_object_get (self->shown, "desktop-address", &address, "desktop-clipboard", &clipboard, NULL);
  self->desktop = new_window (dmc_workspace_get_name (self->shown), address, clipboard);
  g_signal_connect (self->desktop, "destroy", G_CALLBACK (gtk_widget_destroyed), &self->desktop);
  gtk_window_set_application (GTK_WINDOW (self->desktop),
                              gtk_window_get_application (dmc_host_get_window (self->host)));
  gtk_widget_show (self->desktop);
  g_signal_connect_object (dmc_host_get_window (self->host), "notify::is-active", G_CALLBACK (present_desktop), self,
                           G_CONNECT_SWAPPED);
  present_desktop (self);
}

static void
show_summary (DmcWorkspacePage *self, DmcWorkspace *workspace)
{
  gint64 used, size;
  g_autofree char *vault = NULL, *used_text = NULL, *size_text = NULL, *space = NULL, *text = NULL;

  g_object_get (workspace, "used-bytes", &used, "size-bytes", &size, "vault", &vault, NULL);
  used_text = g_format_size_full ((guint64)MAX (used, 0), G_FORMAT_SIZE_IEC_UNITS);
  size_text = g_format_size_full ((guint64)MAX (size, 0), G_FORMAT_SIZE_IEC_UNITS);
  if (size > 0)
    space = g_strdup_printf (_ ("%s of %s used"), used_text, size_text);
  else
    space = g_strdup_printf (_ ("%s used"), used_text);
  text = g_strdup_printf ("%s · %s · %s", _ ("Open"),
                          g_strcmp0 (vault, "luks") == 0 ? _ ("encrypted") : _ ("not encrypted"),
                          space);
  gtk_label_set_text (self->name, dmc_workspace_get_name (workspace));
  gtk_label_set_text (self->summary, text);
}

/* What its user has to know of it for longer than a message lasts: a line each. */
static char *
describe_remarks (DmcWorkspace *workspace)
{
  static const char *const properties[] = { "problem", "recovered", "notes" };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) lines = NULL;
  g_autofree char *list = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (properties); i++) {
    g_autofree char *text = NULL;
    g_auto (GStrv) some = NULL;

    g_object_get (workspace, properties[i], &text, NULL);
    some = g_strsplit (text != NULL ? g_strstrip (text) : "", "\n", -1);
    g_strv_builder_addv (builder, (const char **)some);
  }
  lines = g_strv_builder_end (builder);
  list = g_strjoinv ("\n• ", lines);
  return g_strv_length (lines) > 1 ? g_strconcat ("• ", list, NULL) : g_steal_pointer (&list);
}

/* They can be closed and found again; what is new is shown once more. */
static void
show_remarks (DmcWorkspacePage *self, DmcWorkspace *workspace)
{
  g_autofree char *text = describe_remarks (workspace);

  if (strcmp (text, gtk_label_get_text (self->remarks)) == 0)
    return;
  gtk_label_set_text (self->remarks, text);
  gtk_widget_set_visible (self->remarks_button, *text != '\0');
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->remarks_button), *text != '\0');
}

static void
show_open (DmcWorkspacePage *self, DmcWorkspace *workspace)
{
  const char *id = dmc_item_get_id (DMC_ITEM (workspace));
  g_autofree char *address = NULL;
  gboolean had = gtk_widget_get_visible (self->desktop_button);

  g_object_get (workspace, "desktop-address", &address, NULL);
  if (self->shown != workspace) {
    had = FALSE;
    drop_views (self);
    self->shown = g_object_ref (workspace);
    self->launchpad = dmc_launchpad_new (self->host, id);
    gtk_stack_add_titled (self->views, self->launchpad, "launchpad", _ ("Applications"));
    gtk_stack_add_titled (self->views, dmc_process_view_new (self->host, id), "processes",
                          _ ("Processes"));
    gtk_stack_add_titled (self->views, dmc_app_budget_view_new (self->host, id), "budgets", _ ("Budgets"));
    gtk_stack_add_titled (self->views, dmc_denial_view_new (self->host, id), "denials", _ ("Denials"));
    gtk_widget_show (self->launchpad);
    g_clear_pointer (&self->ended, g_free);
    gtk_label_set_text (self->remarks, ""); /* those of another one */
  }
  show_remarks (self, workspace);
  gtk_widget_set_visible (self->desktop_button, address != NULL);
  gtk_widget_set_visible (self->suspend_button, address != NULL);
  if (address != NULL && !had) {
    g_clear_pointer (&self->desktop, gtk_widget_destroy); /* of one that has ended */
    show_desktop (self); /* who asked for a desktop wants to see it */
  }
  show_summary (self, workspace);
  gtk_stack_set_visible_child_name (self->stack, "open");
}

/* Of the open ones that which was chosen, else the first. */
static DmcWorkspace *
pick (DmcWorkspacePage *self, guint *n_open)
{
  DmcWorkspace *first = NULL, *chosen = NULL;

  *n_open = 0;
  for (guint i = 0; i < dmc_item_list_get_n_items (DMC_ITEM_LIST (self->workspaces)); i++) {
    g_autoptr (DmcWorkspace) workspace = g_list_model_get_item (G_LIST_MODEL (self->workspaces), i); /* the list keeps it */

    if (!dmc_workspace_is_open (workspace))
      continue;
    if ((*n_open)++ == 0)
      first = workspace;
    if (g_strcmp0 (dmc_item_get_id (DMC_ITEM (workspace)), self->chosen) == 0)
      chosen = workspace;
  }
  return chosen != NULL ? chosen : first;
}

static void
update (DmcWorkspacePage *self)
{
  guint n_open;
  DmcWorkspace *workspace = pick (self, &n_open);

  gtk_widget_set_visible (self->others_button, n_open > 1);
  if (self->logging_out)
    return;
  if (workspace != NULL && dmc_item_get_live (DMC_ITEM (workspace))) {
    show_open (self, workspace);
  } else if (workspace == NULL || self->shown == NULL) {
    const char *problem = self->shown != NULL ? dmc_item_get_string (DMC_ITEM (self->shown), "problem") : NULL;

    if (problem != NULL && *problem != '\0') { /* it was not the user who closed it */
      dmc_host_show_message (self->host, problem);
      g_free (self->ended);
      self->ended = g_strdup (problem);
    }
    drop_views (self);
    show_none (self);
  }
}

/* Logging out */

static void
show_closed (DmcWorkspacePage *self, JsonNode *result)
{
  g_autofree char *left = dmc_workspace_list_traces (result);
  g_autofree char *text = NULL;

  if (left == NULL && self->suspending)
    text = g_strdup (_ ("Your programs wait in the workspace, and nothing was left on this computer. Log in to go on with them."));
  else if (left == NULL)
    text = g_strdup (_ ("Everything is saved, and nothing was left on this computer."));
  else
    text = g_strdup_printf (_ ("The workspace is closed, but not all is as it should be:%s"), left);
  hdy_status_page_set_icon_name (self->closed,
                                 left == NULL ? "emblem-ok-symbolic" : "dialog-warning-symbolic");
  dmc_status_show (self->closed, self->suspending ? _ ("Suspended") : _ ("Logged Out"), text);
  gtk_stack_set_visible_child_name (self->stack, "closed");
}

static void ask_about_obstacles (DmcWorkspacePage *self, JsonArray *obstacles);

/* It would cover how far the work is, with the picture of a desktop that is not there any more. */
static void
hide_desktop (DmcWorkspacePage *self)
{
  GtkWindow *window = dmc_host_get_window (self->host);

  g_signal_handlers_disconnect_by_func (window, present_desktop, self);
  if (self->desktop == NULL)
    return;
  gtk_widget_hide (self->desktop);
  gtk_window_present (window);
}

static void
end_logging_out (DmcWorkspacePage *self, const GError *error)
{
  JsonObject *data = error != NULL && error->domain == DMC_ERROR ? dmc_error_get_data (error) : NULL;
  JsonArray *obstacles = data != NULL ? dmc_json_get_array (data, "obstacles") : NULL;
  gboolean suspending = self->suspending;

  self->logging_out = self->suspending = FALSE;
  update (self);
  if (suspending && self->desktop != NULL) { /* its connection may have been cut */
    gtk_widget_destroy (self->desktop);
    if (obstacles != NULL)
      show_desktop (self); /* the programs in the way are there */
  }
  if (self->desktop != NULL)
    gtk_widget_show (self->desktop);
  if (obstacles != NULL)
    ask_about_obstacles (self, obstacles);
  else if (error != NULL)
    dmc_host_show_error (self->host, suspending ? _ (NOT_SUSPENDED) : _ (NOT_CLOSED), error);
}

/* Whichever way it was closed in the end. */
static void
clear_failures (DmcWorkspacePage *self)
{
  dmc_host_clear_error (self->host, _ (NOT_SUSPENDED));
  dmc_host_clear_error (self->host, _ (NOT_CLOSED));
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcWorkspacePage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_job_item_wait_finish (DMC_JOB_ITEM (source), result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (answer == NULL) {
    end_logging_out (self, error);
    return;
  }
  drop_views (self);
  clear_failures (self);
  show_closed (self, answer);
}

static void
on_closing (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcWorkspacePage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DmcJobItem) job = dmc_job_item_start_finish (result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (job == NULL) {
    end_logging_out (self, error);
    return;
  }
  g_object_bind_property (job, "fraction", self->progress, "fraction", G_BINDING_SYNC_CREATE);
  g_object_bind_property (job, "text", self->progress_text, "label", G_BINDING_SYNC_CREATE);
  dmc_job_item_wait_async (job, self->cancellable, on_closed, g_object_ref (self));
}

static void
log_out (DmcWorkspacePage *self, gboolean suspend)
{
  g_autofree char *title = g_strdup_printf (suspend ? _ ("Suspending “%s”") : _ ("Logging out of “%s”"),
                                            dmc_workspace_get_name (self->shown));
  JsonNode *params = dmc_json_node ("id:s", dmc_item_get_id (DMC_ITEM (self->shown)), NULL);

  if (suspend)
    json_object_set_boolean_member (json_node_get_object (params), "anywhere", self->anywhere);
  if (self->obstacles != NULL)
    gtk_widget_destroy (self->obstacles);
  hide_desktop (self);
  self->suspending = suspend;
  self->logging_out = TRUE;
  gtk_label_set_text (self->closing_title, title);
  gtk_label_set_text (self->progress_text, "");
  gtk_progress_bar_set_fraction (self->progress, 0);
  gtk_stack_set_visible_child_name (self->stack, "closing");
  dmc_job_item_start_async (self->agent, suspend ? "workspace.suspend" : "workspace.close", params, NULL, NULL,
                            self->cancellable, on_closing, g_object_ref (self));
}

/* Suspending */

typedef struct {
  DmcWorkspacePage *page;
  guint             left; /* programs that are being ended */
} Ending;

static void
ending_free (Ending *ending)
{
  g_object_unref (ending->page);
  g_free (ending);
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Ending *ending = user_data;
  DmcWorkspacePage *self = ending->page;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (self->agent, result, &error);

  if (--ending->left > 0)
    return;
  /* One that would not end is told of by the next attempt. */
  if (!g_cancellable_is_cancelled (self->cancellable) && self->shown != NULL && !self->logging_out)
    log_out (self, TRUE);
  ending_free (ending);
}

static void
on_obstacles_answered (GtkDialog *dialog, int response, DmcWorkspacePage *self)
{
  JsonArray *obstacles = g_object_get_data (G_OBJECT (dialog), "obstacles");
  Ending *ending = g_new0 (Ending, 1);

  ending->page = g_object_ref (self);
  for (guint i = 0; response == GTK_RESPONSE_ACCEPT && self->shown != NULL && i < json_array_get_length (obstacles); i++) {
    JsonObject *one = json_array_get_object_element (obstacles, i);

    if (!dmc_json_get_boolean (one, "blocks", TRUE))
      continue; /* it only loses something, and goes on */
    ending->left++;
    dmc_endpoint_call_async (self->agent, "app.stop",
                             dmc_json_node ("workspace:s", dmc_item_get_id (DMC_ITEM (self->shown)), "pid:i",
                                            dmc_json_get_int (one, "pid", 0), NULL),
                             self->cancellable, on_ended, ending);
  }
  if (ending->left == 0)
    ending_free (ending);
  gtk_widget_destroy (GTK_WIDGET (dialog));
  if (response == DMC_OBSTACLES_TRY_AGAIN && self->shown != NULL && !self->logging_out)
    log_out (self, TRUE);
}

static void
ask_about_obstacles (DmcWorkspacePage *self, JsonArray *obstacles)
{
  /* Above the desktop, which would cover it. */
  GtkWindow *parent = self->desktop != NULL ? GTK_WINDOW (self->desktop) : dmc_host_get_window (self->host);
  GtkWidget *dialog;

  if (self->shown == NULL || json_array_get_length (obstacles) == 0)
    return;
  if (self->obstacles != NULL)
    gtk_widget_destroy (self->obstacles);
  self->obstacles = dialog = dmc_obstacles_dialog_new (parent, dmc_workspace_get_name (self->shown), obstacles);
  g_signal_connect (dialog, "destroy", G_CALLBACK (gtk_widget_destroyed), &self->obstacles);
  g_object_set_data_full (G_OBJECT (dialog), "obstacles", json_array_ref (obstacles), (GDestroyNotify) json_array_unref);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_obstacles_answered), self, 0);
  dmc_present_with (dialog, self->launchpad);
}

static void
on_suspend_answered (GtkWidget *dialog, int response, DmcWorkspacePage *self)
{
  self->anywhere = dmc_suspend_dialog_get_anywhere (dialog);
  gtk_widget_destroy (dialog);
  if (response == GTK_RESPONSE_ACCEPT && self->shown != NULL && !self->logging_out)
    log_out (self, TRUE);
}

static void keep_settings (DmcWorkspacePage *self, JsonObject *settings);

static void
on_switch_answered (GtkWidget *dialog, int response, DmcWorkspacePage *self)
{
  gtk_widget_destroy (dialog);
  if (response == GTK_RESPONSE_ACCEPT && self->shown != NULL)
    keep_settings (self, dmc_json_object ("suspend:b", TRUE, NULL));
}

/* Whether the workspace is of a kind that can be suspended is known before anything is asked. */
static void
on_suspend_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcWorkspacePage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (self->agent, result, &error);
  JsonObject *data = error != NULL && error->domain == DMC_ERROR ? dmc_error_get_data (error) : NULL;
  gboolean is_off = data != NULL && g_str_equal (dmc_json_get_string (data, "needs", ""), "suspend");
  GtkWindow *window = dmc_host_get_window (self->host);
  GtkWidget *dialog;

  if (g_cancellable_is_cancelled (self->cancellable) || self->shown == NULL || self->logging_out)
    return;
  gtk_widget_set_sensitive (self->suspend_button, TRUE);
  dmc_host_tell_outcome (self->host, _ ("The workspace cannot be suspended"), is_off ? NULL : error);
  if (answer == NULL && !is_off)
    return;
  dialog = is_off ? dmc_suspend_switch_dialog_new (window, dmc_workspace_get_name (self->shown))
                  : dmc_suspend_dialog_new (window, dmc_workspace_get_name (self->shown));
  g_signal_connect_object (dialog, "response", is_off ? G_CALLBACK (on_switch_answered) : G_CALLBACK (on_suspend_answered), self, 0);
  dmc_present_with (dialog, self->launchpad);
}

static void
on_suspend (DmcWorkspacePage *self)
{
  if (self->shown == NULL)
    return;
  gtk_widget_set_sensitive (self->suspend_button, FALSE);
  dmc_endpoint_call_async (self->agent, "workspace.suspend_check",
                           dmc_json_node ("id:s", dmc_item_get_id (DMC_ITEM (self->shown)), NULL), self->cancellable,
                           on_suspend_checked, g_object_ref (self));
}

/* Settings */

static void
on_settings_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcWorkspacePage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (self->agent, result, &error);

  if (!g_cancellable_is_cancelled (self->cancellable))
    dmc_host_tell_outcome (self->host, _ ("The settings could not be kept"), error);
}

/* @settings: (transfer full) */
static void
keep_settings (DmcWorkspacePage *self, JsonObject *settings)
{
  dmc_endpoint_call_async (self->agent, "workspace.set",
                           dmc_json_node ("id:s", dmc_item_get_id (DMC_ITEM (self->shown)), "settings:o", settings, NULL),
                           self->cancellable, on_settings_kept, g_object_ref (self));
}

static void
on_settings_answered (GtkDialog *dialog, int response, DmcWorkspacePage *self)
{
  if (response == GTK_RESPONSE_ACCEPT && self->shown != NULL) {
    dmc_default_apps_keep (g_object_get_data (G_OBJECT (dialog), "default-apps"));
    keep_settings (self, dmc_settings_dialog_get_settings (DMC_SETTINGS_DIALOG (dialog)));
  }
  gtk_widget_destroy (GTK_WIDGET (dialog));
}

static void
on_settings_known (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcWorkspacePage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (self->agent, result, &error);
  JsonObject *settings = answer != NULL ? dmc_json_get_object (json_node_get_object (answer), "settings") : NULL;
  GtkWidget *dialog, *apps;

  if (g_cancellable_is_cancelled (self->cancellable) || self->shown == NULL)
    return;
  if (settings == NULL) {
    dmc_host_show_error (self->host, _ ("The settings cannot be shown"), error);
    return;
  }
  dialog = dmc_settings_dialog_new (dmc_host_get_window (self->host), dmc_workspace_get_name (self->shown), settings);
  apps = dmc_default_apps_new (self->host, dmc_item_get_id (DMC_ITEM (self->shown)));
  dmc_settings_dialog_add_page (DMC_SETTINGS_DIALOG (dialog), _ ("Default Applications"), apps);
  g_object_set_data (G_OBJECT (dialog), "default-apps", apps);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_settings_answered), self, 0);
  dmc_present_with (dialog, self->launchpad);
}

/* Without changes, setting tells what there is. */
static void
on_settings (DmcWorkspacePage *self)
{
  if (self->shown != NULL)
    dmc_endpoint_call_async (self->agent, "workspace.set",
                             dmc_json_node ("id:s", dmc_item_get_id (DMC_ITEM (self->shown)), NULL), self->cancellable,
                             on_settings_known, g_object_ref (self));
}

/* Logging out, again */

static void
on_confirmed (GtkDialog *dialog, int response, DmcWorkspacePage *self)
{
  gtk_widget_destroy (GTK_WIDGET (dialog));
  if (response == GTK_RESPONSE_ACCEPT && self->shown != NULL && !self->logging_out)
    log_out (self, FALSE);
}

static void
on_close (DmcWorkspacePage *self)
{
  GtkWidget *dialog;

  if (self->shown == NULL)
    return;
  dialog = dmc_close_question_new (dmc_host_get_window (self->host), self->shown);
  if (dialog == NULL) {
    log_out (self, FALSE);
    return;
  }
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_confirmed), self, 0);
  dmc_present_with (dialog, self->launchpad);
}

static void
on_done (DmcWorkspacePage *self)
{
  end_logging_out (self, NULL);
}

/* Several open workspaces */

static void
on_others (DmcWorkspacePage *self)
{
  g_autoptr (GMenu) menu = g_menu_new ();

  for (guint i = 0; i < dmc_item_list_get_n_items (DMC_ITEM_LIST (self->workspaces)); i++) {
    g_autoptr (DmcWorkspace) workspace = g_list_model_get_item (G_LIST_MODEL (self->workspaces), i);
    g_autoptr (GMenuItem) item = g_menu_item_new (dmc_workspace_get_name (workspace), NULL);

    g_menu_item_set_action_and_target (item, "page.show-workspace", "s", dmc_item_get_id (DMC_ITEM (workspace)));
    if (dmc_workspace_is_open (workspace) && workspace != self->shown)
      g_menu_append_item (menu, item);
  }
  dmc_context_menu_popup (self->others_button, G_MENU_MODEL (menu));
}

static void
on_show_workspace (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcWorkspacePage *self = user_data;

  g_free (self->chosen);
  self->chosen = g_variant_dup_string (parameter, NULL);
  update (self);
}

static void
on_remarks_closed (DmcWorkspacePage *self)
{
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->remarks_button), FALSE);
}

static void
on_find (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcWorkspacePage *self = user_data;

  if (self->launchpad == NULL)
    return;
  gtk_stack_set_visible_child (self->views, self->launchpad);
  dmc_launchpad_find (DMC_LAUNCHPAD (self->launchpad));
}

static const GActionEntry actions[] = {
  { .name = "find", .activate = on_find },
  { .name = "show-workspace", .activate = on_show_workspace, .parameter_type = "s" },
};

static void
dmc_workspace_page_destroy (GtkWidget *widget)
{
  DmcWorkspacePage *self = DMC_WORKSPACE_PAGE (widget);

  g_cancellable_cancel (self->cancellable);
  if (self->workspaces != NULL)
    g_signal_handlers_disconnect_by_data (self->workspaces, self);
  if (self->desktop != NULL)
    gtk_widget_destroy (self->desktop);
  GTK_WIDGET_CLASS (dmc_workspace_page_parent_class)->destroy (widget);
}

static void
dmc_workspace_page_finalize (GObject *object)
{
  DmcWorkspacePage *self = DMC_WORKSPACE_PAGE (object);

  g_clear_object (&self->host);
  g_clear_object (&self->agent);
  g_clear_object (&self->workspaces);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->shown);
  g_free (self->chosen);
  g_free (self->ended);
  G_OBJECT_CLASS (dmc_workspace_page_parent_class)->finalize (object);
}

static void
dmc_workspace_page_class_init (DmcWorkspacePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = dmc_workspace_page_finalize;
  widget_class->destroy = dmc_workspace_page_destroy;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/workspace/workspace-page.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspacePage, stack);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspacePage, none);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspacePage, open_button);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspacePage, create_button);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspacePage, name);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspacePage, summary);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspacePage, others_button);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspacePage, remarks_button);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspacePage, remarks_bar);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspacePage, remarks);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspacePage, desktop_button);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspacePage, suspend_button);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspacePage, views);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspacePage, closing_title);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspacePage, progress);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspacePage, progress_text);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspacePage, closed);
  gtk_widget_class_bind_template_callback (widget_class, on_close);
  gtk_widget_class_bind_template_callback (widget_class, on_done);
  gtk_widget_class_bind_template_callback (widget_class, on_others);
  gtk_widget_class_bind_template_callback (widget_class, on_remarks_closed);
  gtk_widget_class_bind_template_callback (widget_class, on_settings);
  gtk_widget_class_bind_template_callback (widget_class, on_suspend);
  gtk_widget_class_bind_template_callback (widget_class, show_desktop);
}

static void
dmc_workspace_page_init (DmcWorkspacePage *self)
{
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();

  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  dmc_info_bar_name_close (self->remarks_bar);
  g_object_bind_property (self->remarks_button, "active", self->remarks_bar, "visible", G_BINDING_SYNC_CREATE);
  g_action_map_add_action_entries (G_ACTION_MAP (group), actions, G_N_ELEMENTS (actions), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "page", G_ACTION_GROUP (group));
}

/**
 * dmc_workspace_page_new:
 * @host: (transfer none): for the workspaces and the agent
 *
 * Returns: (transfer floating): the page
 */
GtkWidget *
dmc_workspace_page_new (DmcHost *host)
{
  DmcWorkspacePage *self = g_object_new (DMC_TYPE_WORKSPACE_PAGE, NULL);

  self->host = g_object_ref (host);
  self->agent = g_object_ref (dmc_host_get_endpoint (host, "agent"));
  self->workspaces = g_object_ref (dmc_host_get_workspaces (host));
  g_signal_connect_swapped (self->workspaces, "items-changed", G_CALLBACK (update), self);
  g_signal_connect_swapped (self->workspaces, "item-changed", G_CALLBACK (update), self);
  g_signal_connect_swapped (self->workspaces, "notify::synced", G_CALLBACK (update), self);
  g_signal_connect_object (self->agent, "notify::state", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}
