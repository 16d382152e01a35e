/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record of an audit trail as an endpoint sends it to the console. */
#include "fuzz.h"
#include "model/audit-record.h"
#include "model/item-private.h"
#include "rpc/json.h"

static void
read_all (GObject *record)
{
  static const char *const texts[]
      = { "subject", "object", "class", "permission", "model", "reason", NULL };
  gint64 seq, time_us;
  gboolean allowed;

  for (guint i = 0; texts[i] != NULL; i++) {
    g_autofree char *text = NULL;

    g_object_get (record, texts[i], &text, NULL);
    if (text != NULL && !g_utf8_validate (text, -1, NULL))
      g_error ("%s is not text", texts[i]);
  }
  g_object_get (record, "seq", &seq, "time-us", &time_us, "allowed", &allowed, NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autoptr (JsonNode) node = dmc_json_parse (text, -1, NULL);
  g_autofree char *key = NULL;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return 0;
  key = dmc_item_dup_key (json_node_get_object (node), "seq");
  if (key != NULL) {
    g_autoptr (GObject) record = g_object_new (DMC_TYPE_AUDIT_RECORD, NULL);

    dmc_item_update (DMC_ITEM (record), key, json_node_get_object (node), 1);
    read_all (record);
  }
  return 0;
}
