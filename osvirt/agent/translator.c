/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/translator.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <unistd.h>

#include "agent/readiness.h"
#include "rpc/error.h"
#include "rpc/json.h"

#define PROGRAM "slirp4netns"
#define TUNNELS "/dev/net/tun"

/* Its descriptors. */
enum { USERNS_FD = 3, NETWORK_FD, READY_FD, EXIT_FD };

struct _AgentTranslator {
  GObject parent_instance;

  GSubprocess *process;
  int leash; /* when this is closed it ends */
  int ready; /* where it says that it is ready */
};

G_DEFINE_FINAL_TYPE (AgentTranslator, agent_translator, G_TYPE_OBJECT)

enum { ENDED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
agent_translator_finalize (GObject *object)
{
  AgentTranslator *self = AGENT_TRANSLATOR (object);

  if (self->leash >= 0)
    close (self->leash);
  if (self->ready >= 0)
    close (self->ready);
  g_clear_object (&self->process); /* GLib reaps it */
  G_OBJECT_CLASS (agent_translator_parent_class)->finalize (object);
}

static void
agent_translator_class_init (AgentTranslatorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = agent_translator_finalize;
  signals[ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
agent_translator_init (AgentTranslator *self)
{
  self->leash = self->ready = -1;
}

static gboolean
probe_tunnels (GError **error)
{
  const int fd = open (TUNNELS, O_RDWR | O_CLOEXEC);
  const gboolean there = fd >= 0 || (errno != ENOENT && errno != ENODEV && errno != ENXIO);

  if (fd >= 0) {
    close (fd);
    return TRUE;
  }
  g_propagate_error (error, dmc_error_new (DMC_ERROR_UNSUPPORTED,
                                           there ? "Ask the host's administrator to let users open it (chmod 0666 " TUNNELS "), or choose another network."
                                                 : "Have the administrator load it with “modprobe tun”, or choose another network.",
                                           there ? "This host does not let you open " TUNNELS ", which the workspace's network goes through."
                                                 : "The kernel does not have " TUNNELS ", which the workspace's network goes through."));
  if (error != NULL)
    dmc_error_set_data (*error, "needs", json_node_init_string (json_node_alloc (), "tun"));
  return FALSE;
}

/* Whether this host has it; DMC_ERROR_UNSUPPORTED if not. */
gboolean
agent_translator_probe (GError **error)
{
  g_autofree char *path = g_find_program_in_path (PROGRAM);

  if (path != NULL)
    return probe_tunnels (error);
  g_propagate_error (error, dmc_error_new (DMC_ERROR_UNSUPPORTED, "Install the package slirp4netns, or choose another network.",
                                           "The workspace's network goes through a translator, which this host does not have."));
  if (error != NULL)
    dmc_error_set_data (*error, "needs", json_node_init_string (json_node_alloc (), PROGRAM));
  return FALSE;
}

/* It takes over the ends of the pipes that are its own. */
static GSubprocess *
spawn (const int *network, int ready, int leash, GError **error)
{
  /* Without the host's loopback: what listens there counts on being reached from this computer only. */
  const char *const argv[] = { PROGRAM, "--configure", "--mtu=65520", "--disable-host-loopback", "--enable-seccomp",
                               "--ready-fd=" G_STRINGIFY (5), "--exit-fd=" G_STRINGIFY (6), "--netns-type=path",
                               "--userns-path=/proc/self/fd/3", "/proc/self/fd/4", "tap0", NULL };
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);

  G_STATIC_ASSERT (USERNS_FD == 3 && NETWORK_FD == 4 && READY_FD == 5 && EXIT_FD == 6);
  g_subprocess_launcher_take_fd (launcher, fcntl (network[0], F_DUPFD_CLOEXEC, 3), USERNS_FD);
  g_subprocess_launcher_take_fd (launcher, fcntl (network[1], F_DUPFD_CLOEXEC, 3), NETWORK_FD);
  g_subprocess_launcher_take_fd (launcher, ready, READY_FD);
  g_subprocess_launcher_take_fd (launcher, leash, EXIT_FD);
  return g_subprocess_launcher_spawnv (launcher, argv, error);
}

static void
on_ended (GObject *process, GAsyncResult *result, gpointer data)
{
  g_autofree GWeakRef *translator = data;
  g_autoptr (AgentTranslator) self = g_weak_ref_get (translator);

  g_weak_ref_clear (translator);
  g_subprocess_wait_finish (G_SUBPROCESS (process), result, NULL);
  if (self != NULL)
    g_signal_emit (self, signals[ENDED], 0);
}

static void
watch (AgentTranslator *self)
{
  GWeakRef *translator = g_new (GWeakRef, 1);

  g_weak_ref_init (translator, self);
  g_subprocess_wait_async (self->process, NULL, on_ended, translator);
}

/**
 * agent_translator_start_async:
 * @network: (array fixed-size=2): from dmc_view_get_network()
 * @cancellable: (nullable): to stop
 * @callback: called when the network reaches out
 * @user_data: for @callback
 *
 * Errors: DMC_ERROR_UNSUPPORTED (data "needs"), DMC_ERROR_IO.
 */
void
agent_translator_start_async (const int *network, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  AgentTranslator *self = g_object_new (AGENT_TYPE_TRANSLATOR, NULL);
  int ready[2], leash[2];
  GError *error = NULL;

  g_task_set_source_tag (task, agent_translator_start_async);
  g_task_set_task_data (task, self, g_object_unref);
  if (!agent_translator_probe (&error)) {
    readiness_return (task, error);
    return;
  }
  if (!g_unix_open_pipe (ready, FD_CLOEXEC, &error) || !g_unix_open_pipe (leash, FD_CLOEXEC, &error)) {
    readiness_return (task, error);
    return;
  }
  self->ready = ready[0];
  self->leash = leash[1];
  self->process = spawn (network, ready[1], leash[0], &error);
  if (self->process == NULL) {
    readiness_return (task, error);
    return;
  }
  watch (self);
  readiness_return_when_ready (self->ready, "The translator of the workspace's network", task);
}

AgentTranslator *
agent_translator_start_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
