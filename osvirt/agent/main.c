/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domicile-agent: the user's service that opens workspaces and runs apps in them. */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/service.h"
#include "helper/helper-client.h"
#include "rpc/client.h"

typedef struct {
  AgentService *service;
  GMainLoop *loop;
  gboolean stopping;
} Program;

static gboolean
take_options (int *argc, char ***argv, AgentOptions *options, GError **error)
{
  gboolean version = FALSE;
  const GOptionEntry entries[] = {
    { "socket", 0, 0, G_OPTION_ARG_FILENAME, &options->socket_path, "Where to listen", "PATH" },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->state_dir, "Where to keep the list of workspaces and the policy",
      "DIR" },
    { "helper", 0, 0, G_OPTION_ARG_FILENAME, &options->helper_socket, "Socket of domicile-helper", "PATH" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, "Print the version", NULL },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- open workspaces and run apps in them");

  g_option_context_set_description (context, "Speaks JSON-RPC 2.0 on a unix socket, one message a line. Without "
                                             "domicile-helper it works in the reduced mode.\n");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "“%s” is not an option", (*argv)[1]);
    return FALSE;
  }
  if (version) {
    g_print ("domicile-agent %s\n", DOMICILE_VERSION);
    exit (EXIT_SUCCESS);
  }
  if (options->socket_path == NULL)
    options->socket_path = dmc_endpoint_socket_path ("agent");
  if (options->state_dir == NULL)
    options->state_dir = g_build_filename (g_get_user_data_dir (), "domicile", NULL);
  if (options->helper_socket == NULL)
    options->helper_socket = g_strdup (dmc_helper_default_socket ());
  g_setenv ("DOMICILE_HELPER_SOCKET", options->helper_socket, TRUE); /* for the vault, which connects by itself */
  return TRUE;
}

/* Two agents on one state folder would overwrite each other's list. The lock ends with the process. */
static gboolean
lock_state_dir (const char *state_dir, GError **error)
{
  g_autofree char *path = g_build_filename (state_dir, "agent.lock", NULL);
  int fd;

  if (g_mkdir_with_parents (state_dir, 0700) < 0 ||
      (fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) < 0) {
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "The state folder “%s” cannot be used: %s",
                 state_dir, g_strerror (errno));
    return FALSE;
  }
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST, "Another agent uses the state folder “%s”", state_dir);
  return FALSE;
}

/* Passphrases pass through this process. */
static void
forbid_core_dumps (void)
{
  const struct rlimit none = { 0, 0 };

  if (setrlimit (RLIMIT_CORE, &none) < 0)
    g_warning ("Core dumps cannot be switched off: %s", g_strerror (errno));
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  Program *program = data;

  agent_service_stop_finish (result, NULL);
  g_main_loop_quit (program->loop);
}

static gboolean
on_signal (gpointer data)
{
  Program *program = data;

  if (program->stopping) {
    g_main_loop_quit (program->loop); /* asked twice: do not wait for anybody */
    return G_SOURCE_CONTINUE;
  }
  program->stopping = TRUE;
  agent_service_stop_async (program->service, on_stopped, program);
  return G_SOURCE_CONTINUE;
}

static int
run (const AgentOptions *options, GError **error)
{
  Program program = { NULL };

  if (!lock_state_dir (options->state_dir, error))
    return EXIT_FAILURE;
  program.loop = g_main_loop_new (NULL, FALSE);
  g_unix_signal_add (SIGTERM, on_signal, &program); /* before anybody can see that we are there */
  g_unix_signal_add (SIGINT, on_signal, &program);
  program.service = agent_service_new (options, error);
  if (program.service == NULL) {
    g_main_loop_unref (program.loop);
    return EXIT_FAILURE;
  }
  g_main_loop_run (program.loop);
  agent_service_free (program.service);
  g_main_loop_unref (program.loop);
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  AgentOptions options = { NULL };
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  g_set_prgname ("domicile-agent");
  if (!take_options (&argc, &argv, &options, &error)) {
    g_printerr ("domicile-agent: %s\nTry domicile-agent --help.\n", error->message);
    return 2;
  }
  forbid_core_dumps ();
  signal (SIGPIPE, SIG_IGN);

  int status = run (&options, &error);
  if (error != NULL)
    g_printerr ("domicile-agent: %s.\n", error->message);
  g_free (options.socket_path);
  g_free (options.state_dir);
  g_free (options.helper_socket);
  return status;
}
