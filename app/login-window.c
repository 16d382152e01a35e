/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "login-window.h"

#include <glib/gi18n.h>

#include "host-check.h"
#include "model/job-item.h"
#include "plugin/fit-screen.h"
#include "rpc/json.h"
#include "secret/keyring.h"
#include "workspace-row.h"

/* Two rows and a half: of more one sees that there are more, and the form below stays in sight. */
#define LIST_HEIGHT_MAX 140

struct _DmcLoginWindow {
  HdyWindow parent_instance;

  DmcHost *host;
  DmcEndpoint *agent;
  GSettings *settings; /* NULL where nothing is kept */
  GCancellable *cancellable;
  DmcJobItem *job; /* while a workspace opens */
  char *opening;   /* its id */
  char *wanted;    /* id to select as soon as the list has it */
  gboolean from_keyring;
  char *asks_for_shares; /* id of the workspace whose rules share folders of this computer, when that was said */

  GtkStack *stack;
  GtkListBox *workspaces;
  GtkScrolledWindow *workspaces_scrolled;
  DmcHostCheck *host_check;
  GtkLabel *empty_label;
  GtkWidget *credentials;
  GtkEntry *user;
  GtkEntry *passphrase;
  GtkToggleButton *reveal;
  GtkToggleButton *remember;
  GtkToggleButton *own_desktop;
  GtkToggleButton *start_anew; /* in place of resuming */
  GtkScrolledWindow *form;
  GtkWidget *error;
  GtkLabel *error_label;
  GtkButton *open_button;
  GtkWidget *skip_button;
  GtkLabel *progress_title;
  GtkProgressBar *progress;
  GtkLabel *progress_text;
  GtkWidget *cancel_button;
};

G_DEFINE_FINAL_TYPE (DmcLoginWindow, dmc_login_window, HDY_TYPE_WINDOW)

enum { DONE, N_SIGNALS };
static guint signals[N_SIGNALS];

static DmcWorkspace *
selected_workspace (DmcLoginWindow *self)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->workspaces);

  return row != NULL ? dmc_workspace_row_get_workspace (DMC_WORKSPACE_ROW (row)) : NULL;
}

static void
show_error (DmcLoginWindow *self, const char *text)
{
  gtk_label_set_text (self->error_label, text != NULL ? text : "");
  gtk_widget_set_visible (self->error, text != NULL);
}

/* On a low screen the form scrolls, and what went wrong may be below what is seen. */
static void
on_error_placed (DmcLoginWindow *self, const GdkRectangle *place)
{
  gtk_adjustment_clamp_page (gtk_scrolled_window_get_vadjustment (self->form), place->y, place->y + place->height);
}

/* Whether opening it now also allows what it asks for. */
static gboolean
allows_shares (DmcLoginWindow *self)
{
  DmcWorkspace *workspace = selected_workspace (self);

  return workspace != NULL && g_strcmp0 (dmc_item_get_id (DMC_ITEM (workspace)), self->asks_for_shares) == 0;
}

static void
update (DmcLoginWindow *self)
{
  DmcWorkspace *workspace = selected_workspace (self);
  gboolean open = workspace != NULL && dmc_workspace_is_open (workspace);
  gboolean filled = gtk_entry_get_text_length (self->user) > 0
                    && gtk_entry_get_text_length (self->passphrase) > 0;
  const char *why = NULL;

  gboolean suspended = workspace != NULL && g_strcmp0 (dmc_workspace_get_state (workspace), "suspended") == 0;
  gboolean lost = workspace != NULL && g_strcmp0 (dmc_workspace_get_state (workspace), "lost") == 0;
  gboolean anew = gtk_toggle_button_get_active (self->start_anew);

  gtk_button_set_label (self->open_button, open                 ? _ ("_Show Workspace")
                                           : suspended && !anew ? _ ("_Resume")
                                           : allows_shares (self) ? _ ("_Allow and Log In")
                                                                : _ ("_Log In"));
  gtk_widget_set_visible (GTK_WIDGET (self->start_anew), suspended);
  if (!suspended)
    gtk_toggle_button_set_active (self->start_anew, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->own_desktop), !suspended || anew);
  gtk_widget_set_sensitive (self->credentials, workspace != NULL && !open && !lost);
  if (workspace == NULL)
    why = _ ("Choose a workspace first");
  else if (lost)
    why = _ ("Its medium is not there, or damaged");
  else if (!open && !filled)
    why = _ ("Enter the user and the passphrase first");
  gtk_widget_set_sensitive (GTK_WIDGET (self->open_button), why == NULL);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->open_button), why);
}

/* What this computer lacks for the workspace. One that is open needs nothing any more. */
static void
check_host (DmcLoginWindow *self)
{
  DmcWorkspace *workspace = selected_workspace (self);

  dmc_host_check_look (self->host_check, self->agent,
                       workspace != NULL && !dmc_workspace_is_open (workspace) ? dmc_item_get_id (DMC_ITEM (workspace)) : NULL);
}

static void
update_list_height (DmcLoginWindow *self)
{
  int height;

  gtk_widget_get_preferred_height (GTK_WIDGET (self->workspaces), NULL, &height);
  gtk_scrolled_window_set_min_content_height (self->workspaces_scrolled, MIN (height, LIST_HEIGHT_MAX));
  gtk_widget_set_vexpand (GTK_WIDGET (self->workspaces_scrolled), height > LIST_HEIGHT_MAX); /* in a larger window more are seen */
}

static void
update_empty (DmcLoginWindow *self)
{
  DmcWorkspaceList *workspaces = dmc_host_get_workspaces (self->host);
  gboolean any = dmc_item_list_get_n_items (DMC_ITEM_LIST (workspaces)) > 0;
  const char *why = dmc_endpoint_get_error_message (self->agent);
  g_autofree char *text = NULL;

  if (dmc_endpoint_is_connected (self->agent))
    text = g_strdup (_ ("No workspace was found.\n"
                        "Plug in the medium that carries it, or make a new one."));
  else if (why != NULL)
    text = g_strdup_printf (_ ("The workspace agent is not reachable. %s"), why);
  else
    text = g_strdup (_ ("Looking for workspaces…"));
  gtk_label_set_text (self->empty_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->empty_label), !any);
  gtk_widget_set_visible (GTK_WIDGET (self->workspaces), any);
  update_list_height (self);
}

/* A desktop of its own */

static gboolean
wants_desktop (DmcLoginWindow *self)
{
  return gtk_widget_get_sensitive (GTK_WIDGET (self->own_desktop))
         && gtk_toggle_button_get_active (self->own_desktop);
}

static void
update_desktop (DmcLoginWindow *self)
{
  gboolean can = dmc_endpoint_has_capability (self->agent, "display-desktop");

  gtk_widget_set_sensitive (GTK_WIDGET (self->own_desktop), can);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->own_desktop),
                               can ? _ ("Its windows appear together in one window of this computer")
                                   : _ ("A desktop needs the X server Xvnc, which is not installed"));
}

/* Passphrases kept in the keyring */

static void
on_passphrase_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcLoginWindow) self = user_data;
  g_autoptr (DmcPassphrase) found = dmc_keyring_lookup_finish (result, NULL);

  /* Never over what has been typed meanwhile, and nothing to a window that has gone. */
  if (found == NULL || g_cancellable_is_cancelled (self->cancellable)
      || gtk_entry_get_text_length (self->passphrase) > 0)
    return;
  gtk_entry_set_text (self->passphrase, dmc_passphrase_get_text (found));
  self->from_keyring = TRUE;
  gtk_toggle_button_set_active (self->remember, TRUE);
  /* What the keyring gave is for logging in, not for reading over a shoulder. */
  gtk_toggle_button_set_active (self->reveal, FALSE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->reveal), FALSE);
}

static void
look_in_keyring (DmcLoginWindow *self)
{
  DmcWorkspace *workspace = selected_workspace (self);
  const char *user = gtk_entry_get_text (self->user);

  if (self->from_keyring) {
    self->from_keyring = FALSE;
    gtk_entry_set_text (self->passphrase, "");
  }
  if (workspace == NULL || *user == '\0' || !gtk_widget_get_sensitive (GTK_WIDGET (self->remember)))
    return;
  dmc_keyring_lookup_async (dmc_item_get_id (DMC_ITEM (workspace)), user, self->cancellable,
                            on_passphrase_found, g_object_ref (self));
}

static void
on_keyring_probed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcLoginWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean there = dmc_keyring_probe_finish (result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  gtk_widget_set_sensitive (GTK_WIDGET (self->remember), there);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->remember),
                               there ? NULL
                                     : _ ("No keyring runs in this session: "
                                          "the passphrase is asked for each time."));
  if (there)
    look_in_keyring (self);
}

static void
on_keyring_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcHost) host = user_data;
  g_autoptr (GError) error = NULL;

  if (!dmc_keyring_store_finish (result, &error))
    dmc_host_show_error (host, _ ("The passphrase could not be kept in the keyring"), error);
}

static void
update_keyring (DmcLoginWindow *self, DmcPassphrase *passphrase)
{
  const char *user = gtk_entry_get_text (self->user);

  if (!gtk_widget_get_sensitive (GTK_WIDGET (self->remember)))
    return;
  if (gtk_toggle_button_get_active (self->remember))
    dmc_keyring_store_async (self->opening, user, passphrase, NULL, on_keyring_written,
                             g_object_ref (self->host));
  else if (self->from_keyring)
    dmc_keyring_clear_async (self->opening, user, NULL, NULL, NULL);
}

/* Opening */

static DmcPassphrase *
take_passphrase (DmcLoginWindow *self)
{
  return dmc_passphrase_new (gtk_entry_get_text (self->passphrase));
}

static gboolean
is_about_shares (const GError *error)
{
  JsonObject *data = g_error_matches (error, DMC_ERROR, DMC_ERROR_STATE) ? dmc_error_get_data (error) : NULL;

  return data != NULL && g_strcmp0 (dmc_json_get_string (data, "state", NULL), "shares") == 0;
}

static void
end_opening (DmcLoginWindow *self, const GError *error)
{
  g_clear_object (&self->job);
  gtk_stack_set_visible_child_name (self->stack, "form");
  check_host (self);
  g_clear_pointer (&self->asks_for_shares, g_free);
  if (error != NULL && is_about_shares (error)) {
    self->asks_for_shares = g_strdup (self->opening);
    show_error (self, error->message);
  }
  update (self);
  if (error == NULL || self->asks_for_shares != NULL)
    return;
  if (g_error_matches (error, DMC_ERROR, DMC_ERROR_AUTH)) {
    show_error (self, _ ("The user or the passphrase is wrong. Nothing was opened."));
    gtk_entry_set_text (self->passphrase, "");
    gtk_widget_grab_focus (GTK_WIDGET (self->passphrase));
  } else if (!g_error_matches (error, DMC_ERROR, DMC_ERROR_CANCELLED)) {
    const char *hint = dmc_error_get_hint (error);
    g_autofree char *text = g_strjoin ("\n", error->message, hint, NULL);
    show_error (self, text);
  }
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcLoginWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) workspace = dmc_job_item_wait_finish (DMC_JOB_ITEM (source), result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (workspace != NULL) {
    g_autoptr (DmcPassphrase) passphrase = take_passphrase (self);
    update_keyring (self, passphrase);
    if (self->settings != NULL)
      g_settings_set_string (self->settings, "last-user", gtk_entry_get_text (self->user));
    gtk_entry_set_text (self->passphrase, "");
  }
  end_opening (self, error);
  if (workspace != NULL)
    g_signal_emit (self, signals[DONE], 0, self->opening);
}

static void
on_job_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcLoginWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DmcJobItem) job = dmc_job_item_start_finish (result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (job == NULL) {
    end_opening (self, error);
    return;
  }
  g_object_bind_property (job, "fraction", self->progress, "fraction", G_BINDING_SYNC_CREATE);
  g_object_bind_property (job, "text", self->progress_text, "label", G_BINDING_SYNC_CREATE);
  gtk_widget_set_sensitive (self->cancel_button, TRUE);
  self->job = g_object_ref (job);
  dmc_job_item_wait_async (job, self->cancellable, on_opened, g_object_ref (self));
}

/* How large this computer draws things, for a desktop that is shown on it: in dots per inch, where 96 is 100 %. */
static gint64
get_dpi (GtkWidget *widget)
{
  int points; /* 1024 to the dot, before whole scaling; -1 where nobody says */

  g_object_get (gtk_widget_get_settings (widget), "gtk-xft-dpi", &points, NULL);
  return CLAMP ((points > 0 ? points / 1024 : 96) * gtk_widget_get_scale_factor (widget), 48, 480);
}

static void
on_open (DmcLoginWindow *self)
{
  DmcWorkspace *workspace = selected_workspace (self);
  g_autoptr (DmcPassphrase) passphrase = NULL;
  g_autofree char *title = NULL;
  gboolean suspended = workspace != NULL && g_strcmp0 (dmc_workspace_get_state (workspace), "suspended") == 0;
  gboolean resumes = suspended && !gtk_toggle_button_get_active (self->start_anew);

  if (!gtk_widget_get_sensitive (GTK_WIDGET (self->open_button)) || workspace == NULL)
    return;
  g_free (self->opening);
  self->opening = g_strdup (dmc_item_get_id (DMC_ITEM (workspace)));
  if (dmc_workspace_is_open (workspace)) {
    g_signal_emit (self, signals[DONE], 0, self->opening);
    return;
  }
  show_error (self, NULL);
  title = g_strdup_printf (resumes ? _ ("Resuming “%s”") : _ ("Opening “%s”"), dmc_workspace_get_name (workspace));
  gtk_label_set_text (self->progress_title, title);
  gtk_label_set_text (self->progress_text, "");
  gtk_progress_bar_set_fraction (self->progress, 0);
  gtk_widget_set_sensitive (self->cancel_button, FALSE);
  gtk_stack_set_visible_child_name (self->stack, "progress");
  passphrase = take_passphrase (self);
  dmc_job_item_start_async (
      self->agent, resumes ? "workspace.resume" : "workspace.open",
      dmc_json_node ("id:s", self->opening, "user:s", gtk_entry_get_text (self->user), "trust_shares:b", allows_shares (self),
                     "display:s",
                     resumes               ? NULL
                     : wants_desktop (self) ? "desktop"
                                            : "seamless",
                     resumes ? NULL : "force:b", suspended, "dpi:i", get_dpi (GTK_WIDGET (self)), NULL),
      "passphrase", passphrase, self->cancellable, on_job_started, g_object_ref (self));
}

static void
on_cancel (DmcLoginWindow *self)
{
  gtk_widget_set_sensitive (self->cancel_button, FALSE);
  if (self->job != NULL)
    dmc_job_item_cancel (self->job);
}

static void
on_skip (DmcLoginWindow *self)
{
  g_signal_emit (self, signals[DONE], 0, NULL);
}

/* The form */

static void
on_input (DmcLoginWindow *self)
{
  if (gtk_entry_get_text_length (self->passphrase) == 0) {
    self->from_keyring = FALSE;
    gtk_widget_set_sensitive (GTK_WIDGET (self->reveal), TRUE);
  }
  update (self);
}

/* In front of the main window it is a dialog. */
static gboolean
on_key (DmcLoginWindow *self, GdkEventKey *event)
{
  if (event->keyval != GDK_KEY_Escape || gtk_window_get_transient_for (GTK_WINDOW (self)) == NULL || self->job != NULL)
    return GDK_EVENT_PROPAGATE;
  gtk_window_close (GTK_WINDOW (self));
  return GDK_EVENT_STOP;
}

static void
on_user_activate (DmcLoginWindow *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->passphrase));
}

/* However the field is left: by Enter, Tab or the mouse. */
static gboolean
on_user_left (DmcLoginWindow *self)
{
  if (gtk_entry_get_text_length (self->passphrase) == 0)
    look_in_keyring (self);
  return GDK_EVENT_PROPAGATE;
}

static void
on_workspace_selected (DmcLoginWindow *self)
{
  show_error (self, NULL);
  look_in_keyring (self);
  check_host (self);
  update (self);
}

static void
on_workspace_activated (DmcLoginWindow *self)
{
  gtk_widget_grab_focus (
      GTK_WIDGET (gtk_entry_get_text_length (self->user) == 0 ? self->user : self->passphrase));
}

static void
select_wanted (DmcLoginWindow *self)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->workspaces, i)) != NULL; i++) {
    DmcWorkspace *workspace = dmc_workspace_row_get_workspace (DMC_WORKSPACE_ROW (row));
    if (self->wanted == NULL
        || g_str_equal (self->wanted, dmc_item_get_id (DMC_ITEM (workspace)))) {
      if (self->wanted != NULL || gtk_list_box_get_selected_row (self->workspaces) == NULL)
        gtk_list_box_select_row (self->workspaces, row);
      gtk_container_set_focus_child (GTK_CONTAINER (self->workspaces), GTK_WIDGET (row)); /* scrolls to it */
      g_clear_pointer (&self->wanted, g_free);
      break;
    }
  }
  update (self);
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  return dmc_workspace_row_new (item);
}

static void
dmc_login_window_destroy (GtkWidget *widget)
{
  DmcLoginWindow *self = DMC_LOGIN_WINDOW (widget);

  g_cancellable_cancel (self->cancellable);
  if (self->job != NULL)
    dmc_job_item_cancel (self->job);
  g_clear_object (&self->job);
  GTK_WIDGET_CLASS (dmc_login_window_parent_class)->destroy (widget);
}

static void
dmc_login_window_finalize (GObject *object)
{
  DmcLoginWindow *self = DMC_LOGIN_WINDOW (object);

  g_clear_object (&self->host);
  g_clear_object (&self->agent);
  g_clear_object (&self->settings);
  g_clear_object (&self->cancellable);
  g_free (self->asks_for_shares);
  g_free (self->opening);
  g_free (self->wanted);
  G_OBJECT_CLASS (dmc_login_window_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/ui/login-window.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, workspaces);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, workspaces_scrolled);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, host_check);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, empty_label);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, credentials);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, user);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, passphrase);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, reveal);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, remember);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, own_desktop);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, start_anew);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, form);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, error);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, error_label);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, open_button);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, skip_button);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, progress_title);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, progress);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, progress_text);
  gtk_widget_class_bind_template_child (widget_class, DmcLoginWindow, cancel_button);
  gtk_widget_class_bind_template_callback (widget_class, on_error_placed);
  gtk_widget_class_bind_template_callback (widget_class, on_input);
  gtk_widget_class_bind_template_callback (widget_class, on_key);
  gtk_widget_class_bind_template_callback (widget_class, on_user_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_user_left);
  gtk_widget_class_bind_template_callback (widget_class, on_workspace_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_workspace_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_open);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
  gtk_widget_class_bind_template_callback (widget_class, on_skip);
}

static void
dmc_login_window_class_init (DmcLoginWindowClass *klass)
{
  GTK_WIDGET_CLASS (klass)->destroy = dmc_login_window_destroy;
  G_OBJECT_CLASS (klass)->finalize = dmc_login_window_finalize;
  signals[DONE] = g_signal_new ("done", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  bind_template (GTK_WIDGET_CLASS (klass));
}

static void
dmc_login_window_init (DmcLoginWindow *self)
{
  self->cancellable = g_cancellable_new ();
  g_type_ensure (DMC_TYPE_HOST_CHECK);
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * dmc_login_window_new:
 * @host: (transfer none): for the workspaces and the agent
 * @settings: (nullable) (transfer none): remembers the user's name
 * @parent: (nullable) (transfer none): the main window, where there is one already
 *
 * Returns: (transfer none): the window, owned by GTK until it is destroyed
 */
DmcLoginWindow *
dmc_login_window_new (DmcHost *host, GSettings *settings, GtkWindow *parent)
{
  DmcLoginWindow *self = g_object_new (DMC_TYPE_LOGIN_WINDOW, "transient-for", parent, "modal",
                                       parent != NULL, NULL);
  DmcWorkspaceList *workspaces = dmc_host_get_workspaces (host);
  g_autofree char *user = settings != NULL ? g_settings_get_string (settings, "last-user") : NULL;

  self->host = g_object_ref (host);
  self->agent = g_object_ref (dmc_host_get_endpoint (host, "agent"));
  g_set_object (&self->settings, settings);
  gtk_widget_set_visible (self->skip_button, parent == NULL);
  if (user != NULL)
    gtk_entry_set_text (self->user, user);
  gtk_list_box_bind_model (self->workspaces, G_LIST_MODEL (workspaces), create_row, NULL, NULL);
  g_signal_connect_object (workspaces, "items-changed", G_CALLBACK (select_wanted), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (workspaces, "items-changed", G_CALLBACK (update_empty), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (workspaces, "item-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->agent, "notify", G_CALLBACK (update_empty), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->agent, "notify", G_CALLBACK (update_desktop), self,
                           G_CONNECT_SWAPPED);
  if (settings != NULL)
    g_settings_bind (settings, "own-desktop", self->own_desktop, "active", G_SETTINGS_BIND_DEFAULT);
  dmc_window_fit_screen (GTK_WINDOW (self));
  update_empty (self);
  update_desktop (self);
  select_wanted (self);
  on_workspace_activated (self);
  dmc_keyring_probe_async (self->cancellable, on_keyring_probed, g_object_ref (self));
  return self;
}

/**
 * dmc_login_window_select:
 * @self: the window
 * @workspace: id of the workspace to choose, now or as soon as the agent tells of it
 */
void
dmc_login_window_select (DmcLoginWindow *self, const char *workspace)
{
  g_free (self->wanted);
  self->wanted = g_strdup (workspace);
  select_wanted (self);
}
