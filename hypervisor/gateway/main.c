/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib-unix.h>
#include <locale.h>
#include <signal.h>

#include "policy.h"
#include "rpc/server.h"
#include "service.h"
#include "upstream.h"

#define OPENRPC_PATH "/org/domicile/openrpc/control.json"

static char *channel_path;
static char *socket_path;
static char *state_path;
static int patience_s = 20;
static gboolean show_version;

static const GOptionEntry entries[] = {
  { "channel", 0, 0, G_OPTION_ARG_FILENAME, &channel_path, "Socket of the control domain's channel",
    "PATH" },
  { "state", 0, 0, G_OPTION_ARG_FILENAME, &state_path,
    "Socket of the control domain's channel for saved and moved domains", "PATH" },
  { "socket", 0, 0, G_OPTION_ARG_FILENAME, &socket_path, "Socket to serve clients on", "PATH" },
  { "patience", 0, 0, G_OPTION_ARG_INT, &patience_s,
    "How long another machine may say nothing while a domain is moved (default: 20)", "SECONDS" },
  { "version", 0, 0, G_OPTION_ARG_NONE, &show_version, "Print the version and exit", NULL },
  G_OPTION_ENTRY_NULL,
};

static gboolean
on_signal (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
parse_options (int *argc, char ***argv, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (
      context, "Serves the control endpoint of a Domicile hypervisor to many clients.");
  g_option_context_set_description (
      context, "Without options the sockets are control.sock, channel.sock and state.sock in\n"
               "$DOMICILE_RUNTIME_DIR, or in $XDG_RUNTIME_DIR/domicile. It keeps trying while the\n"
               "channel is not there, and removes its socket when it ends (SIGTERM, SIGINT).");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error)) {
    return FALSE;
  }
  if (*argc > 1) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "Unexpected argument %s",
                 (*argv)[1]);
    return FALSE;
  }
  if (patience_s < 1 || patience_s > 3600) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--patience must be 1 to 3600 seconds");
    return FALSE;
  }
  return TRUE;
}

static void
set_default_paths (void)
{
  if (socket_path == NULL) {
    socket_path = dmc_endpoint_socket_path ("control");
  }
  if (channel_path == NULL) {
    channel_path = dmc_endpoint_socket_path ("channel");
  }
  if (state_path == NULL) {
    g_autofree char *folder = g_path_get_dirname (channel_path);

    state_path = g_build_filename (folder, "state.sock", NULL);
  }
}

static gboolean
serve (GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GBytes) openrpc = g_resources_lookup_data (OPENRPC_PATH, 0, error);
  g_autoptr (DmcServer) server = NULL;
  g_autoptr (DmcUpstream) upstream = NULL;
  DmcHvPolicy *policy;
  DmcTransfers *transfers;

  if (openrpc == NULL) {
    return FALSE;
  }
  server = dmc_server_new ("control", openrpc, error);
  if (server == NULL) {
    return FALSE;
  }
  upstream = dmc_upstream_new (channel_path);
  transfers = dmc_transfers_new (server, upstream, state_path, patience_s);
  dmc_service_attach (server, upstream, transfers);
  policy = dmc_hv_policy_new (upstream);
  dmc_hv_policy_attach (policy, server);
  if (!dmc_server_listen (server, socket_path, error)) {
    return FALSE;
  }
  g_unix_signal_add (SIGTERM, on_signal, loop);
  g_unix_signal_add (SIGINT, on_signal, loop);
  g_message ("Serving %s", socket_path);
  g_main_loop_run (loop);
  dmc_transfers_free (transfers);
  dmc_upstream_close (upstream);
  dmc_server_close (server);
  dmc_hv_policy_free (policy);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  g_set_prgname ("domicile-gateway");
  if (!parse_options (&argc, &argv, &error)) {
    g_printerr ("domicile-gateway: %s\nTry --help.\n", error->message);
    return 2;
  }
  if (show_version) {
    g_print ("domicile-gateway %s\n", DOMICILE_VERSION);
    return 0;
  }
  set_default_paths ();
  /* A client that has left is an error to handle, not a reason to end. */
  signal (SIGPIPE, SIG_IGN);
  if (!serve (&error)) {
    g_printerr ("domicile-gateway: %s\n", error->message);
    return 1;
  }
  return 0;
}
