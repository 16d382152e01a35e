/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service.h"

#include <unistd.h>

#include "audit.h"
#include "rpc/json.h"
#include "screenshot.h"

/* The methods that the control domain answers and the gateway only hands on. */
static const char *const forwarded_methods[] = {
  "host.info",      "host.attest",    "image.list",    "disk.list",    "domain.graph",   "domain.list",
  "domain.get",     "domain.create", "domain.pause", "domain.resume",  "domain.shutdown",
  "domain.destroy", "domain.reboot", "domain.set",   "domain.console", "domain.focus",
  "guard.get",      "guard.set",     "battery.set",
};

static const struct {
  const char *name;
  gboolean sampled;
} topics[] = { { "domain", FALSE },
                { "stats", TRUE },
                { "console", FALSE },
                { "audit", TRUE },
                { "guard", TRUE } };

static JsonNode *
params_node (JsonObject *params)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_set_object (node, params);
  return node;
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcRequest) request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_upstream_call_finish (DMC_UPSTREAM (source), result, &error);

  if (answer != NULL) {
    dmc_request_reply (request, g_steal_pointer (&answer));
  } else {
    dmc_request_fail (request, g_steal_pointer (&error));
  }
}

static void
forward (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  DmcUpstream *upstream = user_data;
  g_autoptr (JsonNode) node = params_node (params);

  dmc_upstream_call_async (upstream, dmc_request_get_method (request), node, on_answer,
                           g_object_ref (request));
}

/* What the gateway adds to what the control domain can do. */
static const char *const own_capabilities[] = { "domain.save",    "domain.restore", "domain.migrate",
                                                "policy.get",     "policy.load",    "policy.check",
                                                "policy.validate", "policy.simulate" };

static void
add_capabilities (JsonObject *info)
{
  JsonArray *words = dmc_json_get_array (info, "capabilities");

  for (gsize i = 0; words != NULL && i < G_N_ELEMENTS (own_capabilities); i++) {
    json_array_add_string_element (words, own_capabilities[i]);
  }
}

/* The control domain says what it is; who is asking, and who serves the socket, is known here only.
 */
static void
on_server_info (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcRequest) request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_upstream_call_finish (DMC_UPSTREAM (source), result, &error);
  g_autoptr (JsonNode) info = NULL;

  if (answer == NULL) {
    dmc_request_fail (request, g_steal_pointer (&error));
    return;
  }
  if (!JSON_NODE_HOLDS_OBJECT (answer)) {
    dmc_request_fail (
        request,
        dmc_error_new (DMC_ERROR_IO, NULL, "The control domain gave an answer of unknown form."));
    return;
  }
  info = json_node_copy (answer);
  /* Only the owner of the socket and root get this far. */
  json_object_set_string_member (json_node_get_object (info), "role", "admin");
  json_object_set_int_member (json_node_get_object (info), "pid", getpid ());
  add_capabilities (json_node_get_object (info));
  dmc_request_reply (request, g_steal_pointer (&info));
}

static void
server_info (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  dmc_upstream_call_async (user_data, "server.info", NULL, on_server_info, g_object_ref (request));
}

static void
on_demand (const char *topic, guint interval_ms, gpointer user_data)
{
  dmc_upstream_watch (user_data, topic, interval_ms);
}

static void
on_event (DmcUpstream *upstream, const char *topic, JsonNode *data, DmcServer *server)
{
  if (g_str_equal (topic, "audit")) {
    dmc_server_emit (server, topic, dmc_audit_date (data));
  } else {
    dmc_server_emit (server, topic, json_node_ref (data));
  }
}

/* Whoever mirrors the domains must know that what it has may be of an earlier run of the
 * hypervisor. */
static void
on_reset (DmcUpstream *upstream, gboolean connected, DmcServer *server)
{
  g_autoptr (JsonObject) data = json_object_new ();

  json_object_set_string_member (data, "change", "reset");
  dmc_server_emit (server, "domain", params_node (data));
}

static const DmcTransferKind *const transfer_kinds[] = {
  &dmc_save_kind,
  &dmc_restore_kind,
  &dmc_migrate_kind,
  &dmc_receive_kind,
};

static void
start_transfer (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  const char *method = dmc_request_get_method (request);

  for (gsize i = 0; i < G_N_ELEMENTS (transfer_kinds); i++) {
    if (g_str_equal (method, transfer_kinds[i]->name)) {
      dmc_transfers_start (user_data, transfer_kinds[i], request, params);
    }
  }
}

void
dmc_service_attach (DmcServer *server, DmcUpstream *upstream, DmcTransfers *transfers)
{
  dmc_server_add_method (server, "server.info", server_info, g_object_ref (upstream),
                         g_object_unref);
  for (gsize i = 0; i < G_N_ELEMENTS (forwarded_methods); i++) {
    dmc_server_add_method (server, forwarded_methods[i], forward, g_object_ref (upstream),
                           g_object_unref);
  }
  dmc_server_add_method (server, "audit.list", dmc_audit_list, g_object_ref (upstream),
                         g_object_unref);
  dmc_server_add_method (server, "domain.screenshot", dmc_screenshot, g_object_ref (upstream),
                         g_object_unref);
  for (gsize i = 0; i < G_N_ELEMENTS (transfer_kinds); i++) {
    dmc_server_add_method (server, transfer_kinds[i]->name, start_transfer, transfers, NULL);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (topics); i++) {
    dmc_server_add_topic (server, topics[i].name, topics[i].sampled, on_demand,
                          g_object_ref (upstream), g_object_unref);
  }
  g_signal_connect_object (upstream, "event", G_CALLBACK (on_event), server, 0);
  g_signal_connect_object (upstream, "reset", G_CALLBACK (on_reset), server, 0);
}
