/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit.h"

#include "rpc/json.h"
#include "upstream.h"

#define UPTIME "uptime_us"

/* From times since the machine started, of which now is one, to times since 1970. */
static void
date_records (JsonObject *list)
{
  JsonArray *records = dmc_json_get_array (list, "records");
  gint64 started = g_get_real_time () - json_object_get_int_member_with_default (list, UPTIME, 0);

  for (guint i = 0; records != NULL && i < json_array_get_length (records); i++) {
    JsonNode *node = json_array_get_element (records, i);

    if (JSON_NODE_HOLDS_OBJECT (node)) {
      JsonObject *record = json_node_get_object (node);
      gint64 time_us = json_object_get_int_member_with_default (record, "time_us", 0);

      json_object_set_int_member (record, "time_us", started + time_us);
    }
  }
  json_object_remove_member (list, UPTIME);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcRequest) request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_upstream_call_finish (DMC_UPSTREAM (source), result, &error);
  JsonNode *list;

  if (answer == NULL) {
    dmc_request_fail (request, g_steal_pointer (&error));
    return;
  }
  list = json_node_copy (answer);
  if (JSON_NODE_HOLDS_OBJECT (list))
    date_records (json_node_get_object (list));
  dmc_request_reply (request, list);
}

void
dmc_audit_list (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_set_object (node, params);
  dmc_upstream_call_async (user_data, "audit.list", node, on_answer, g_object_ref (request));
}

JsonNode *
dmc_audit_date (JsonNode *data)
{
  JsonNode *dated = json_node_copy (data);
  JsonObject *record;

  if (!JSON_NODE_HOLDS_OBJECT (dated)) {
    return dated;
  }
  record = json_node_get_object (dated);
  json_object_set_int_member (
      record, "time_us",
      g_get_real_time () - json_object_get_int_member_with_default (record, UPTIME, 0)
          + json_object_get_int_member_with_default (record, "time_us", 0));
  json_object_remove_member (record, UPTIME);
  return dated;
}
