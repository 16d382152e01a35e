/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/host-services.h"

#include <unistd.h>

#include "agent/leashed-program.h"
#include "agent/readiness.h"
#include "rpc/error.h"

#define PROXY         "xdg-dbus-proxy"
#define BUS_INSIDE    "/run/bus.sock" /* see ../registry/session-bus.sh */

struct _AgentHostServices {
  GObject parent_instance;

  LeashedProgram *program; /* which writes to its socket when it is ready; NULL */
};

G_DEFINE_FINAL_TYPE (AgentHostServices, agent_host_services, G_TYPE_OBJECT)

enum { ENDED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
agent_host_services_finalize (GObject *object)
{
  AgentHostServices *self = AGENT_HOST_SERVICES (object);

  g_clear_pointer (&self->program, leashed_program_free);
  G_OBJECT_CLASS (agent_host_services_parent_class)->finalize (object);
}

static void
agent_host_services_class_init (AgentHostServicesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = agent_host_services_finalize;
  signals[ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
agent_host_services_init (AgentHostServices *self)
{
}

/* Whether this host has what it takes; DMC_ERROR_UNSUPPORTED if not. */
gboolean
agent_host_services_probe (GError **error)
{
  const char *set = g_getenv ("DBUS_SESSION_BUS_ADDRESS");
  g_autofree char *program = g_find_program_in_path (PROXY);
  g_autofree char *bus = g_build_filename (g_get_user_runtime_dir (), "bus", NULL);

  if (program == NULL) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_UNSUPPORTED, "Install the package " PROXY ".",
                                             "Notifications and links of apps reach this host's desktop through " PROXY
                                             ", which is not installed."));
    return FALSE;
  }
  if ((set != NULL && *set != '\0') || access (bus, F_OK) == 0)
    return TRUE;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_UNSUPPORTED, "Start the agent from a graphical session.",
                                           "There is no session bus of this host that apps could send notifications to."));
  return FALSE;
}

static void
on_ended (int status, gpointer data)
{
  g_signal_emit (data, signals[ENDED], 0);
}

static void
start_program (AgentHostServices *self, int bus, const char *name, guint switches, GError **error)
{
  char *argv[6] = { (char *) "domicile-portal", (char *) name };
  unsigned n = 2;

  if (switches & WORKSPACE_NOTIFICATIONS)
    argv[n++] = (char *) "notifications";
  if (switches & WORKSPACE_APPEARANCE)
    argv[n++] = (char *) "appearance";
  if (switches & WORKSPACE_LINKS)
    argv[n++] = (char *) "links";
  self->program = leashed_program_start ("portal", argv, &bus, 1, on_ended, self, error);
}

/**
 * agent_host_services_start_async:
 * @view: an open view whose session bus runs
 * @name: the workspace's name, which the host's user is shown
 * @switches: those of WorkspaceSwitch that are for it
 * @callback: called when apps can use them
 * @user_data: for @callback
 *
 * Errors: DMC_ERROR_UNSUPPORTED, DMC_ERROR_IO.
 */
void
agent_host_services_start_async (DmcView *view, const char *name, guint switches, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  AgentHostServices *self = g_object_new (AGENT_TYPE_HOST_SERVICES, NULL);
  GError *error = NULL;
  int bus = -1;

  g_task_set_source_tag (task, agent_host_services_start_async);
  g_task_set_task_data (task, self, g_object_unref);
  if (agent_host_services_probe (&error))
    bus = dmc_view_connect (view, BUS_INSIDE, &error);
  if (bus >= 0)
    start_program (self, bus, name, switches, &error);
  if (bus >= 0)
    close (bus);
  if (self->program == NULL) {
    readiness_return (task, error);
    return;
  }
  readiness_return_when_ready (leashed_program_get_socket (self->program), "domicile-portal", task);
}

AgentHostServices *
agent_host_services_start_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
