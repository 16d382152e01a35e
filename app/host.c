/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host.h"

/* How often the charts get a new sample. */
#define STATS_INTERVAL_MS 1000

struct _DmcConsoleHost {
  GObject parent_instance;

  DmcEndpoint *control;
  DmcEndpoint *agent;
  /* Made when first asked for: a list subscribes events, and nobody should pay for what no page
   * shows. */
  DmcDomainList *domains;
  DmcWorkspaceList *workspaces;
  DmcVolumeList *volumes;
  DmcWindow *window; /* weak */
};

static void host_init (DmcHostInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (DmcConsoleHost,
                               dmc_console_host,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (DMC_TYPE_HOST, host_init))

static void
add_page (DmcHost *host,
          GtkWidget *widget,
          const char *id,
          const char *title,
          const char *icon_name,
          int position)
{
  DmcConsoleHost *self = DMC_CONSOLE_HOST (host);

  if (self->window != NULL)
    dmc_window_add_page (self->window, widget, id, title, icon_name, position);
}

static void
remove_page (DmcHost *host, GtkWidget *widget)
{
  DmcConsoleHost *self = DMC_CONSOLE_HOST (host);

  if (self->window != NULL)
    dmc_window_remove_page (self->window, widget);
}

static void
show_page (DmcHost *host, const char *id)
{
  DmcConsoleHost *self = DMC_CONSOLE_HOST (host);

  if (self->window != NULL)
    dmc_window_show_page (self->window, id);
}

static DmcEndpoint *
get_endpoint (DmcHost *host, const char *name)
{
  DmcConsoleHost *self = DMC_CONSOLE_HOST (host);

  if (g_strcmp0 (name, "control") == 0)
    return self->control;
  return g_strcmp0 (name, "agent") == 0 ? self->agent : NULL;
}

static DmcDomainList *
get_domains (DmcHost *host)
{
  DmcConsoleHost *self = DMC_CONSOLE_HOST (host);

  if (self->domains == NULL)
    self->domains = dmc_domain_list_new (self->control, STATS_INTERVAL_MS);
  return self->domains;
}

static DmcWorkspaceList *
get_workspaces (DmcHost *host)
{
  DmcConsoleHost *self = DMC_CONSOLE_HOST (host);

  if (self->workspaces == NULL)
    self->workspaces = dmc_workspace_list_new (self->agent);
  return self->workspaces;
}

static DmcVolumeList *
get_volumes (DmcHost *host)
{
  DmcConsoleHost *self = DMC_CONSOLE_HOST (host);

  if (self->volumes == NULL)
    self->volumes = dmc_volume_list_new (self->agent);
  return self->volumes;
}

static void
show_error (DmcHost *host, const char *what, const GError *error)
{
  DmcConsoleHost *self = DMC_CONSOLE_HOST (host);
  const char *hint = dmc_error_get_hint (error);
  g_autoptr (GString) text = g_string_new (what);

  /* Whoever cancelled knows. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (what != NULL)
    g_string_append (text, ": ");
  g_string_append (text, error->message);
  if (hint != NULL)
    g_string_append_printf (text, "\n%s", hint);
  if (self->window != NULL)
    dmc_window_show_error (self->window, what, text->str);
  else
    g_warning ("%s", text->str);
}

static void
clear_error (DmcHost *host, const char *what)
{
  DmcConsoleHost *self = DMC_CONSOLE_HOST (host);

  if (self->window != NULL)
    dmc_window_clear_error (self->window, what);
}

static void
show_message (DmcHost *host, const char *text)
{
  DmcConsoleHost *self = DMC_CONSOLE_HOST (host);

  if (self->window != NULL)
    dmc_window_show_message (self->window, text);
}

static GtkWindow *
get_window (DmcHost *host)
{
  DmcConsoleHost *self = DMC_CONSOLE_HOST (host);

  return self->window != NULL ? GTK_WINDOW (self->window) : NULL;
}

static void
host_init (DmcHostInterface *iface)
{
  iface->add_page = add_page;
  iface->remove_page = remove_page;
  iface->show_page = show_page;
  iface->get_endpoint = get_endpoint;
  iface->get_domains = get_domains;
  iface->get_workspaces = get_workspaces;
  iface->get_volumes = get_volumes;
  iface->show_error = show_error;
  iface->clear_error = clear_error;
  iface->show_message = show_message;
  iface->get_window = get_window;
}

static void
dmc_console_host_dispose (GObject *object)
{
  DmcConsoleHost *self = DMC_CONSOLE_HOST (object);

  dmc_console_host_set_window (self, NULL);
  g_clear_object (&self->domains);
  g_clear_object (&self->workspaces);
  g_clear_object (&self->volumes);
  if (self->control != NULL)
    dmc_endpoint_stop (self->control);
  if (self->agent != NULL)
    dmc_endpoint_stop (self->agent);
  g_clear_object (&self->control);
  g_clear_object (&self->agent);
  G_OBJECT_CLASS (dmc_console_host_parent_class)->dispose (object);
}

static void
dmc_console_host_class_init (DmcConsoleHostClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dmc_console_host_dispose;
}

static void
dmc_console_host_init (DmcConsoleHost *self)
{
}

static DmcEndpoint *
make_endpoint (const char *name, const char *path)
{
  g_autofree char *usual = path == NULL ? dmc_endpoint_socket_path (name) : NULL;

  return dmc_endpoint_new (name, path != NULL ? path : usual);
}

/**
 * dmc_console_host_new:
 * @control_path: (nullable): the socket of the control endpoint, or NULL for the usual place
 * @agent_path: (nullable): the socket of the agent, or NULL for the usual place
 *
 * Returns: (transfer full): the host; nothing is connected before dmc_console_host_start()
 */
DmcConsoleHost *
dmc_console_host_new (const char *control_path, const char *agent_path)
{
  DmcConsoleHost *self = g_object_new (DMC_TYPE_CONSOLE_HOST, NULL);

  self->control = make_endpoint ("control", control_path);
  self->agent = make_endpoint ("agent", agent_path);
  return self;
}

/**
 * dmc_console_host_start:
 * @self: the host
 *
 * Starts to connect both endpoints, in the background.
 */
void
dmc_console_host_start (DmcConsoleHost *self)
{
  dmc_endpoint_start (self->control);
  dmc_endpoint_start (self->agent);
}

/**
 * dmc_console_host_set_window:
 * @self: the host
 * @window: (nullable) (transfer none): where pages and messages appear from now on
 */
void
dmc_console_host_set_window (DmcConsoleHost *self, DmcWindow *window)
{
  g_set_weak_pointer (&self->window, window);
  if (window == NULL)
    return;
  dmc_window_add_endpoint (window, self->control);
  dmc_window_add_endpoint (window, self->agent);
}
