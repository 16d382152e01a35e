/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "application.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <handy.h>

#include "about.h"
#include "color-scheme.h"
#include "config.h"
#include "create-workspace-dialog.h"
#include "focus-guard.h"
#include "host.h"
#include "login-window.h"
#include "plugin-loader.h"
#include "preferences-window.h"
#include "settings.h"
#include "window.h"

/* How long the first window waits for the agent's word on workspaces: it answers within a few milliseconds, or this computer is
 * busy. Then the main window comes, and the login over it if the word does not come too late for anybody to expect that. */
#define AGENT_PATIENCE_MS 400
#define AGENT_LATE_MS     20000

struct _DmcApplication {
  GtkApplication parent_instance;

  char *control_path;
  char *agent_path;
  char *first_page;
  gboolean no_login;

  GSettings *settings;
  DmcConsoleHost *host;
  DmcPluginLoader *loader;
  GtkWindow *window; /* weak: the main window */
  GtkWindow *login;  /* weak */
  guint waiting;     /* until the first window is decided, and then until it is too late to log in first */
  gboolean is_late;  /* the first window is there */
};

G_DEFINE_FINAL_TYPE (DmcApplication, dmc_application, GTK_TYPE_APPLICATION)

static void
open_main_window (DmcApplication *self, const char *page)
{
  g_auto (GStrv) disabled = NULL;
  DmcWindow *window;

  if (self->window == NULL) {
    window = dmc_window_new (GTK_APPLICATION (self), self->settings);
    g_set_weak_pointer (&self->window, GTK_WINDOW (window));
    dmc_console_host_set_window (self->host, window);
    if (self->settings != NULL)
      disabled = g_settings_get_strv (self->settings, "disabled-plugins");
    self->loader = dmc_plugin_loader_new (DMC_HOST (self->host), (const char *const *)disabled);
    dmc_plugin_loader_run (self->loader, page);
  }
  if (page != NULL)
    dmc_window_show_page (DMC_WINDOW (self->window), page);
  gtk_window_present (self->window);
}

static void
on_login_done (DmcLoginWindow *login, const char *workspace, DmcApplication *self)
{
  open_main_window (self, workspace != NULL ? "workspace" : self->first_page);
  if (workspace != NULL)
    dmc_window_show_workspace (DMC_WINDOW (self->window), workspace);
  gtk_widget_destroy (GTK_WIDGET (login));
}

static void
open_login_window (DmcApplication *self, const char *workspace)
{
  if (self->login == NULL) {
    DmcLoginWindow *login
        = dmc_login_window_new (DMC_HOST (self->host), self->settings, self->window);
    g_set_weak_pointer (&self->login, GTK_WINDOW (login));
    gtk_window_set_application (self->login, GTK_APPLICATION (self));
    g_signal_connect_object (login, "done", G_CALLBACK (on_login_done), self, 0);
  }
  if (workspace != NULL)
    dmc_login_window_select (DMC_LOGIN_WINDOW (self->login), workspace);
  gtk_window_present (self->login);
}

/* The first window */

static void on_agent_word (DmcApplication *self);

static void
stop_waiting (DmcApplication *self)
{
  g_clear_handle_id (&self->waiting, g_source_remove);
  g_signal_handlers_disconnect_by_func (dmc_host_get_workspaces (DMC_HOST (self->host)), on_agent_word, self);
  g_signal_handlers_disconnect_by_func (dmc_host_get_endpoint (DMC_HOST (self->host), "agent"), on_agent_word, self);
}

static void
decide (DmcApplication *self)
{
  DmcWorkspaceList *workspaces = dmc_host_get_workspaces (DMC_HOST (self->host));
  gboolean open = dmc_workspace_list_get_open (workspaces) != NULL;

  stop_waiting (self);
  if (dmc_item_list_get_n_items (DMC_ITEM_LIST (workspaces)) > 0 && !open)
    open_login_window (self, NULL);
  else if (!self->is_late) /* who is logged in goes on there */
    open_main_window (self, self->first_page == NULL && open ? "workspace" : self->first_page);
  if (!self->is_late)
    g_application_release (G_APPLICATION (self));
}

/* The agent has told its workspaces, or is known to be away. */
static void
on_agent_word (DmcApplication *self)
{
  DmcWorkspaceList *workspaces = dmc_host_get_workspaces (DMC_HOST (self->host));
  DmcEndpoint *agent = dmc_host_get_endpoint (DMC_HOST (self->host), "agent");

  if (dmc_item_list_get_synced (DMC_ITEM_LIST (workspaces))
      || dmc_endpoint_get_error_message (agent) != NULL)
    decide (self);
}

static gboolean
on_too_late (gpointer user_data)
{
  DMC_APPLICATION (user_data)->waiting = 0;
  stop_waiting (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_patience_ended (gpointer user_data)
{
  DmcApplication *self = user_data;

  self->waiting = g_timeout_add (AGENT_LATE_MS, on_too_late, self);
  self->is_late = TRUE;
  open_main_window (self, self->first_page);
  g_application_release (G_APPLICATION (self));
  return G_SOURCE_REMOVE;
}

/* With workspaces there the login window comes first, else the main window. */
static void
open_first_window (DmcApplication *self)
{
  if (self->no_login) {
    open_main_window (self, self->first_page);
    return;
  }
  g_application_hold (G_APPLICATION (self));
  g_signal_connect_swapped (dmc_host_get_workspaces (DMC_HOST (self->host)), "notify::synced",
                            G_CALLBACK (on_agent_word), self);
  g_signal_connect_swapped (dmc_host_get_endpoint (DMC_HOST (self->host), "agent"),
                            "notify::error-message", G_CALLBACK (on_agent_word), self);
  self->waiting = g_timeout_add (AGENT_PATIENCE_MS, on_patience_ended, self);
}

static void
dmc_application_activate (GApplication *application)
{
  DmcApplication *self = DMC_APPLICATION (application);

  if (self->login != NULL)
    gtk_window_present (self->login);
  else if (self->window != NULL)
    gtk_window_present (self->window);
  else if (self->waiting == 0)
    open_first_window (self);
}

/* Actions */

static void
on_quit (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_application_quit (user_data);
}

static void
on_about (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  dmc_show_about (gtk_application_get_active_window (user_data));
}

static void
on_preferences (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcApplication *self = user_data;
  GtkWidget *window;

  if (self->loader == NULL)
    return;
  window = dmc_preferences_window_new (self->loader, self->settings);
  gtk_window_set_transient_for (GTK_WINDOW (window), self->window);
  gtk_window_present (GTK_WINDOW (window));
}

static void
on_login (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  open_login_window (user_data, NULL);
}

static void
on_login_to (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  open_login_window (user_data, g_variant_get_string (parameter, NULL));
}

static void
on_created (DmcCreateWorkspaceDialog *dialog, const char *workspace, DmcApplication *self)
{
  open_login_window (self, workspace);
}

static void
on_create_workspace (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcApplication *self = user_data;
  DmcCreateWorkspaceDialog *dialog = dmc_create_workspace_dialog_new (DMC_HOST (self->host));

  if (parameter != NULL)
    dmc_create_workspace_dialog_set_folder (dialog, g_variant_get_string (parameter, NULL));
  gtk_window_set_transient_for (GTK_WINDOW (dialog), gtk_application_get_active_window (user_data));
  g_signal_connect_object (dialog, "created", G_CALLBACK (on_created), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_page (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  open_main_window (user_data, g_variant_get_string (parameter, NULL));
}

static const GActionEntry actions[] = {
  { .name = "quit", .activate = on_quit },
  { .name = "about", .activate = on_about },
  { .name = "preferences", .activate = on_preferences },
  { .name = "login", .activate = on_login },
  { .name = "login-to", .activate = on_login_to, .parameter_type = "s" },
  { .name = "create-workspace", .activate = on_create_workspace },
  { .name = "create-workspace-in", .activate = on_create_workspace, .parameter_type = "s" },
  { .name = "page", .activate = on_page, .parameter_type = "s" },
};

static const struct {
  const char *action;
  const char *keys[3];
} accels[] = {
  { "app.quit", { "<Primary>q" } },
  { "app.login", { "<Primary>o" } },
  { "app.preferences", { "<Primary>comma" } },
  { "win.find", { "<Primary>f" } },
  { "win.close", { "<Primary>w" } },
  { "win.menu", { "F10" } },
  { "win.show-help-overlay", { "<Primary>question", "F1" } },
};

static void
add_accels (GtkApplication *application)
{
  for (gsize i = 0; i < G_N_ELEMENTS (accels); i++)
    gtk_application_set_accels_for_action (application, accels[i].action, accels[i].keys);
  for (int i = 1; i <= 9; i++) {
    g_autofree char *action = g_strdup_printf ("win.page(%d)", i);
    g_autofree char *key = g_strdup_printf ("<Alt>%d", i);
    gtk_application_set_accels_for_action (application, action, (const char *[]){ key, NULL });
  }
}

static void
load_style (void)
{
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();

  gtk_css_provider_load_from_resource (provider, "/org/domicile/Console/style.css");
  gtk_style_context_add_provider_for_screen (gdk_screen_get_default (),
                                             GTK_STYLE_PROVIDER (provider),
                                             GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

static gboolean
on_terminate (gpointer user_data)
{
  g_application_quit (user_data);
  return G_SOURCE_CONTINUE;
}

/* What plugins may ask for and change, too: as actions. Without settings it holds for this run. */
static void
add_choices (DmcApplication *self)
{
  g_autoptr (GAction) keys = NULL;

  if (self->settings != NULL)
    keys = g_settings_create_action (self->settings, "desktop-keys");
  else
    keys = G_ACTION (g_simple_action_new_stateful ("desktop-keys", NULL, g_variant_new_boolean (TRUE)));
  g_action_map_add_action (G_ACTION_MAP (self), keys);
}

static void
dmc_application_startup (GApplication *application)
{
  DmcApplication *self = DMC_APPLICATION (application);

  G_APPLICATION_CLASS (dmc_application_parent_class)->startup (application);

  /* The endpoints first: they are asked while the toolkit is still building the window. */
  self->host = dmc_console_host_new (self->control_path, self->agent_path);
  dmc_console_host_start (self->host);

  g_unix_signal_add (SIGTERM, on_terminate, self);
  g_unix_signal_add (SIGINT, on_terminate, self);
  hdy_init ();
  dmc_focus_guard_install ();
  load_style ();
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  add_accels (GTK_APPLICATION (self));
  self->settings = dmc_settings_new ();
  add_choices (self);
  dmc_color_scheme_follow (application, self->settings);
}

static void
dmc_application_shutdown (GApplication *application)
{
  DmcApplication *self = DMC_APPLICATION (application);

  if (self->host != NULL) {
    stop_waiting (self);
    g_signal_handlers_disconnect_by_data (dmc_host_get_endpoint (DMC_HOST (self->host), "agent"), self);
  }
  if (self->login != NULL)
    gtk_widget_destroy (GTK_WIDGET (self->login));
  g_clear_object (&self->loader);
  if (self->window != NULL)
    gtk_widget_destroy (GTK_WIDGET (self->window));
  g_clear_object (&self->host);
  g_clear_object (&self->settings);
  G_APPLICATION_CLASS (dmc_application_parent_class)->shutdown (application);
}

/* Where nobody has chosen another place for its sockets. */
static gboolean
is_usual_stack (DmcApplication *self)
{
  const char *chosen = g_getenv ("DOMICILE_RUNTIME_DIR");
  g_autofree char *usual = g_build_filename (g_get_user_runtime_dir (), "domicile", NULL);

  return self->control_path == NULL && self->agent_path == NULL && (chosen == NULL || g_str_equal (chosen, usual));
}

static int
dmc_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  DmcApplication *self = DMC_APPLICATION (application);
  g_autoptr (GError) error = NULL;

  if (g_variant_dict_contains (options, "version")) {
    g_print ("%s %s\n", g_get_application_name (), VERSION);
    return 0;
  }
  g_variant_dict_lookup (options, "control", "^ay", &self->control_path);
  g_variant_dict_lookup (options, "agent", "^ay", &self->agent_path);
  g_variant_dict_lookup (options, "page", "s", &self->first_page);
  self->no_login = g_variant_dict_contains (options, "no-login");

  /* Another stack is another console. */
  if (!is_usual_stack (self))
    g_application_set_flags (application, G_APPLICATION_NON_UNIQUE);
  if (!g_application_register (application, NULL, &error)) {
    g_printerr ("%s\n", error->message);
    return 1;
  }
  if (g_application_get_is_remote (application) && self->first_page != NULL) {
    g_action_group_activate_action (G_ACTION_GROUP (application), "page",
                                    g_variant_new_string (self->first_page));
    return 0;
  }
  return -1;
}

static void
dmc_application_finalize (GObject *object)
{
  DmcApplication *self = DMC_APPLICATION (object);

  g_clear_weak_pointer (&self->window);
  g_clear_weak_pointer (&self->login);
  g_free (self->control_path);
  g_free (self->agent_path);
  g_free (self->first_page);
  G_OBJECT_CLASS (dmc_application_parent_class)->finalize (object);
}

static void
dmc_application_class_init (DmcApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = dmc_application_finalize;
  application_class->startup = dmc_application_startup;
  application_class->activate = dmc_application_activate;
  application_class->shutdown = dmc_application_shutdown;
  application_class->handle_local_options = dmc_application_handle_local_options;
}

static const GOptionEntry options[] = {
  { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version and exit"), NULL },
  { "control", 0, 0, G_OPTION_ARG_FILENAME, NULL, N_ ("Socket of the control endpoint"),
    N_ ("PATH") },
  { "agent", 0, 0, G_OPTION_ARG_FILENAME, NULL, N_ ("Socket of the workspace agent"), N_ ("PATH") },
  { "no-login", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Manage this device only: no login window"),
    NULL },
  { "page", 0, 0, G_OPTION_ARG_STRING, NULL,
    N_ ("Page to show first: domains, workspace, policy or storage"), N_ ("ID") },
  { NULL },
};

static void
dmc_application_init (DmcApplication *self)
{
  g_application_set_option_context_parameter_string (G_APPLICATION (self), NULL);
  g_application_set_option_context_summary (
      G_APPLICATION (self), _ ("Carry your desktop; see and govern every domain it runs on."));
  g_application_add_main_option_entries (G_APPLICATION (self), options);
}

/**
 * dmc_application_new:
 *
 * Returns: (transfer full): the console's application
 */
DmcApplication *
dmc_application_new (void)
{
  return g_object_new (DMC_TYPE_APPLICATION, "application-id", "org.domicile.Console",
                       "resource-base-path", "/org/domicile/Console", NULL);
}
