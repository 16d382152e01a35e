/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/json.h"
#include "rpc/request-private.h"
#include "rpc/server-private.h"

#define DEFAULT_INTERVAL_MS 1000

static void
discover (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  DmcServer *server = user_data;

  dmc_request_reply (request, dmc_openrpc_describe (dmc_server_get_openrpc (server),
                                                    dmc_server_get_methods (server),
                                                    dmc_server_get_topics (server)));
}

static GError *
unknown_topic (DmcServer *server, guint index, const char *name)
{
  g_autoptr (GList) names = g_hash_table_get_keys (dmc_server_get_topics (server));
  g_autoptr (GString) list = g_string_new ("This endpoint has");
  g_autofree char *member = NULL;

  names = g_list_sort (names, (GCompareFunc) g_strcmp0);
  for (GList *l = names; l != NULL; l = l->next)
    g_string_append_printf (list, "%s %s", l == names ? "" : ",", (const char *) l->data);
  member = g_strdup_printf ("topics[%u]", index);
  return dmc_error_new_param (member, list->str, "there is no topic \"%.100s\"", name);
}

static GPtrArray *
find_topics (DmcServer *server, JsonArray *names, GError **error)
{
  g_autoptr (GPtrArray) topics = g_ptr_array_new ();

  for (guint i = 0; i < json_array_get_length (names); i++) {
    const char *name = json_array_get_string_element (names, i);
    DmcTopic *topic = g_hash_table_lookup (dmc_server_get_topics (server), name);

    if (topic == NULL) {
      g_propagate_error (error, unknown_topic (server, i, name));
      return NULL;
    }
    if (!g_ptr_array_find (topics, topic, NULL))
      g_ptr_array_add (topics, topic);
  }
  return g_steal_pointer (&topics);
}

static void
subscribe (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  DmcServer *server = user_data;
  DmcConnection *connection = dmc_request_get_connection (request);
  guint interval_ms = (guint) dmc_json_get_double (params, "interval_ms", DEFAULT_INTERVAL_MS);
  g_autofree char *id = NULL;
  g_autoptr (GPtrArray) topics = NULL;
  GError *error = NULL;

  topics = find_topics (server, dmc_json_get_array (params, "topics"), &error);
  if (topics == NULL) {
    dmc_request_fail (request, error);
    return;
  }
  if (!dmc_connection_check_subscribe (connection, &error)) {
    dmc_request_fail (request, error);
    return;
  }
  /* The answer goes first: a new listener may make the source emit at once. */
  id = g_strdup_printf ("s%" G_GUINT64_FORMAT, dmc_server_next_number (server));
  dmc_request_reply (request, dmc_json_node ("subscription:s", id, NULL));
  dmc_connection_add_subscription (connection, id, topics, interval_ms);
}

static void
unsubscribe (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  const char *id = dmc_json_get_string (params, "subscription", "");

  if (dmc_connection_remove_subscription (dmc_request_get_connection (request), id))
    dmc_request_reply (request, NULL);
  else
    dmc_request_fail (request,
                      dmc_error_new (DMC_ERROR_NOT_FOUND, NULL,
                                     "This connection has no subscription \"%.100s\"", id));
}

/**
 * dmc_server_add_common_methods: (skip)
 * @self: a new server
 */
void
dmc_server_add_common_methods (DmcServer *self)
{
  dmc_server_add_method (self, "rpc.discover", discover, self, NULL);
  dmc_server_add_method (self, "events.subscribe", subscribe, self, NULL);
  dmc_server_add_method (self, "events.unsubscribe", unsubscribe, self, NULL);
}
