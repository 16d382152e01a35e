/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl.h"

#include <stdio.h>
#include <string.h>

G_DEFINE_QUARK (ctl - error - quark, ctl_error)

/* How long a socket may stay silent before it is taken for somebody else's: longer than the gateway
 * waits for a machine that hangs. */
#define GREETING_MS 15000

static const char *const endpoint_names[CTL_N_ENDPOINTS] = { "control", "agent" };

/**
 * ctl_clear:
 * @ctl: what is not needed any more
 *
 * Closes the connections and frees the paths.
 */
void
ctl_clear (Ctl *ctl)
{
  for (int i = 0; i < CTL_N_ENDPOINTS; i++) {
    g_clear_object (&ctl->clients[i]);
    g_clear_pointer (&ctl->paths[i], g_free);
  }
}

/**
 * ctl_endpoint_name:
 * @endpoint: an endpoint
 *
 * Returns: its name in the protocol
 */
const char *
ctl_endpoint_name (CtlEndpoint endpoint)
{
  return endpoint_names[endpoint];
}

/**
 * ctl_parse_endpoint:
 * @name: what the user typed
 * @endpoint: (out): the endpoint of that name
 * @error: CTL_ERROR_USAGE where there is none
 *
 * Returns: whether there is an endpoint of that name
 */
gboolean
ctl_parse_endpoint (const char *name, CtlEndpoint *endpoint, GError **error)
{
  for (int i = 0; i < CTL_N_ENDPOINTS; i++) {
    if (g_str_equal (name, endpoint_names[i])) {
      *endpoint = i;
      return TRUE;
    }
  }
  g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
               "There is no endpoint “%s”; there are control and agent.", name);
  return FALSE;
}

/* Calls are made one after the other, so waiting is running the main context until the answer is
 * there. */
static void
keep_result (GObject *source, GAsyncResult *result, gpointer slot)
{
  *(GAsyncResult **)slot = g_object_ref (result);
}

static GAsyncResult *
wait_for_result (GAsyncResult **slot)
{
  while (!*slot)
    g_main_context_iteration (NULL, TRUE);
  return *slot;
}

static gboolean
cancel (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

/* Whether it is our endpoint that listens at the socket. An endpoint of ours that cannot answer now
 * (its machine is away) is one, too: the call that follows says why. */
static gboolean
greet (DmcClient *client, CtlEndpoint endpoint, GError **error)
{
  g_autoptr (GCancellable) patience = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) why = NULL;
  g_autoptr (JsonNode) info = NULL;
  guint timer = g_timeout_add (GREETING_MS, cancel, patience);
  const char *name;

  dmc_client_call_async (client, "server.info", NULL, patience, keep_result, &result);
  info = dmc_client_call_finish (client, wait_for_result (&result), &why);
  if (g_cancellable_is_cancelled (patience)) {
    g_set_error (error, CTL_ERROR, CTL_ERROR_NO_CONNECTION, "nothing came back for %d seconds",
                 GREETING_MS / 1000);
    return FALSE;
  }
  g_source_remove (timer);
  if (!info) {
    if (!dmc_client_is_open (client))
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_NO_CONNECTION, why->message);
    return dmc_client_is_open (client);
  }
  name = JSON_NODE_HOLDS_OBJECT (info)
             ? dmc_json_get_string (json_node_get_object (info), "endpoint", NULL)
             : NULL;
  if (g_strcmp0 (name, endpoint_names[endpoint]) != 0)
    g_set_error (error, CTL_ERROR, CTL_ERROR_NO_CONNECTION, "it says that it is “%s”",
                 name ? name : "?");
  return g_strcmp0 (name, endpoint_names[endpoint]) == 0;
}

/**
 * ctl_connect:
 * @ctl: the global options
 * @endpoint: where to connect
 * @error: CTL_ERROR_NO_CONNECTION with a sentence that says what to do
 *
 * Returns: (transfer none) (nullable): the connection, made now or earlier
 */
DmcClient *
ctl_connect (Ctl *ctl, CtlEndpoint endpoint, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (DmcClient) client = NULL;
  g_autoptr (GError) why = NULL;

  if (ctl->clients[endpoint])
    return ctl->clients[endpoint];
  if (!ctl->paths[endpoint])
    ctl->paths[endpoint] = dmc_endpoint_socket_path (endpoint_names[endpoint]);

  dmc_client_connect_async (ctl->paths[endpoint], NULL, keep_result, &result);
  client = dmc_client_connect_finish (wait_for_result (&result), &why);
  if (client && greet (client, endpoint, &why))
    ctl->clients[endpoint] = g_steal_pointer (&client);
  else if (client)
    g_set_error (error, CTL_ERROR, CTL_ERROR_NO_CONNECTION,
                 "What listens at %s is not Domicile's %s endpoint: %s\n"
                 "Name the right socket with --%s PATH.",
                 ctl->paths[endpoint], endpoint_names[endpoint], why->message,
                 endpoint_names[endpoint]);
  else
    g_set_error (error, CTL_ERROR, CTL_ERROR_NO_CONNECTION,
                 "The %s endpoint at %s cannot be reached: %s\n"
                 "Start it with ./start, or name its socket with --%s PATH.",
                 endpoint_names[endpoint], ctl->paths[endpoint], why->message,
                 endpoint_names[endpoint]);
  return ctl->clients[endpoint];
}

/**
 * ctl_call:
 * @ctl: the global options
 * @endpoint: whom to ask
 * @method: the method's name
 * @params: (transfer full) (nullable): its parameters
 * @error: the endpoint's answer, or why there is none
 *
 * Returns: (transfer full) (nullable): the result
 */
JsonNode *
ctl_call (Ctl *ctl, CtlEndpoint endpoint, const char *method, JsonNode *params, GError **error)
{
  return ctl_call_secret (ctl, endpoint, method, params, NULL, NULL, error);
}

/**
 * ctl_call_secret:
 * @ctl: the global options
 * @endpoint: whom to ask
 * @method: the method's name
 * @params: (transfer full) (nullable): its parameters without the passphrases
 * @passphrase: (nullable): what goes into the member `passphrase`
 * @new_passphrase: (nullable): what goes into the member `new_passphrase`
 * @error: the endpoint's answer, or why there is none
 *
 * Returns: (transfer full) (nullable): the result
 */
JsonNode *
ctl_call_secret (Ctl *ctl,
                 CtlEndpoint endpoint,
                 const char *method,
                 JsonNode *params,
                 DmcPassphrase *passphrase,
                 DmcPassphrase *new_passphrase,
                 GError **error)
{
  const DmcSecretParam secrets[] = { { "passphrase", passphrase }, { "new_passphrase", new_passphrase } };
  g_autoptr (JsonNode) owned = params;
  g_autoptr (GAsyncResult) result = NULL;
  DmcClient *client = ctl_connect (ctl, endpoint, error);

  if (!client)
    return NULL;
  if (passphrase)
    dmc_client_call_secret_async (client, method, params, secrets, new_passphrase ? 2 : 1, NULL,
                                  keep_result, &result);
  else
    dmc_client_call_async (client, method, params, NULL, keep_result, &result);
  return dmc_client_call_finish (client, wait_for_result (&result), error);
}

/**
 * ctl_print_json:
 * @node: what to print
 *
 * Prints a result as it came, on one line.
 *
 * Returns: TRUE, so that a command can end with it
 */
gboolean
ctl_print_json (JsonNode *node)
{
  g_autofree char *text = dmc_json_print (node, NULL);

  puts (text);
  return TRUE;
}
