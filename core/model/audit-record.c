/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-model"

#include "model/audit-record.h"

#include "model/item-list-private.h"
#include "model/item-private.h"
#include "rpc/json.h"

/* How many records are shown; the endpoint keeps the rest. */
#define MAX_RECORDS 500

/* --- DmcAuditRecord --------------------------------------------------------------------------- */

struct _DmcAuditRecord {
  DmcItem parent_instance;
};

G_DEFINE_FINAL_TYPE (DmcAuditRecord, dmc_audit_record, DMC_TYPE_ITEM)

static const DmcItemField fields[] = {
  { "subject", "subject", G_TYPE_STRING },
  { "object", "object", G_TYPE_STRING },
  { "class", "class", G_TYPE_STRING },
  { "permission", "permission", G_TYPE_STRING },
  { "model", "model", G_TYPE_STRING },
  { "reason", "reason", G_TYPE_STRING },
  { "workspace", "workspace", G_TYPE_STRING },
  { "app", "app", G_TYPE_STRING },
  { "target", "target", G_TYPE_STRING },
  { "seq", "seq", G_TYPE_INT64 },
  { "time-us", "time_us", G_TYPE_INT64 },
  { "allowed", "allowed", G_TYPE_BOOLEAN },
};

static int
newest_first (DmcItem *a, DmcItem *b)
{
  gint64 seq_a = dmc_item_get_int (a, "seq");
  gint64 seq_b = dmc_item_get_int (b, "seq");

  return (seq_a < seq_b) - (seq_a > seq_b);
}

static void
dmc_audit_record_class_init (DmcAuditRecordClass *klass)
{
  DMC_ITEM_CLASS (klass)->compare = newest_first;
  dmc_item_class_install_fields (DMC_ITEM_CLASS (klass), fields, G_N_ELEMENTS (fields));
}

static void
dmc_audit_record_init (DmcAuditRecord *self)
{
}

/* --- DmcAuditList ----------------------------------------------------------------------------- */

struct _DmcAuditList {
  DmcItemList parent_instance;
};

G_DEFINE_FINAL_TYPE (DmcAuditList, dmc_audit_list, DMC_TYPE_ITEM_LIST)

static JsonNode *
dmc_audit_list_params (DmcItemList *list)
{
  return dmc_json_node ("limit:i", (gint64) MAX_RECORDS, NULL);
}

/* An event is one record; the oldest ones give way. */
static void
dmc_audit_list_event (DmcItemList *list, const char *topic, gint64 time_us, JsonObject *data)
{
  dmc_item_list_put (list, data, time_us);
  while (dmc_item_list_get_n_items (list) > MAX_RECORDS) {
    g_autoptr (DmcItem) oldest = g_list_model_get_item (G_LIST_MODEL (list), MAX_RECORDS);

    dmc_item_list_remove (list, dmc_item_get_id (oldest));
  }
}

static void
dmc_audit_list_class_init (DmcAuditListClass *klass)
{
  static const char *const topics[] = { "audit", NULL };
  DmcItemListClass *list_class = DMC_ITEM_LIST_CLASS (klass);

  list_class->item_type = DMC_TYPE_AUDIT_RECORD;
  list_class->method = "audit.list";
  list_class->member = "records";
  list_class->key = "seq";
  list_class->topics = topics;
  list_class->params = dmc_audit_list_params;
  list_class->event = dmc_audit_list_event;
}

static void
dmc_audit_list_init (DmcAuditList *self)
{
}

/**
 * dmc_audit_list_new:
 * @endpoint: an endpoint that enforces a policy
 *
 * Returns: (transfer full): its last decisions, newest first
 */
DmcAuditList *
dmc_audit_list_new (DmcEndpoint *endpoint)
{
  DmcAuditList *self = g_object_new (DMC_TYPE_AUDIT_LIST, NULL);

  dmc_item_list_begin (DMC_ITEM_LIST (self), endpoint, 1000);
  return self;
}
