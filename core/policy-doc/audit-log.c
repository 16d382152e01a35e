/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/audit-log.h"

#include "rpc/json.h"

struct _DmcAuditLog {
  JsonNode *records[DMC_AUDIT_LOG_CAPACITY]; /* number n is at n % capacity */
  gint64 last_seq;                           /* 0: none yet */
};

DmcAuditLog *
dmc_audit_log_new (void)
{
  return g_new0 (DmcAuditLog, 1);
}

void
dmc_audit_log_free (DmcAuditLog *self)
{
  for (guint i = 0; i < DMC_AUDIT_LOG_CAPACITY; i++)
    g_clear_pointer (&self->records[i], json_node_unref);
  g_free (self);
}

JsonNode *
dmc_audit_log_add (DmcAuditLog *self, JsonObject *record)
{
  JsonNode **place = &self->records[++self->last_seq % DMC_AUDIT_LOG_CAPACITY];

  json_object_set_int_member (record, "seq", self->last_seq);
  json_object_set_int_member (record, "time_us", g_get_real_time ());
  g_clear_pointer (place, json_node_unref);
  *place = dmc_json_take_object (record);
  return *place;
}

JsonArray *
dmc_audit_log_list (DmcAuditLog *self, gint64 since_seq, guint limit)
{
  JsonArray *records = json_array_new ();
  gint64 oldest = MAX (1, self->last_seq - DMC_AUDIT_LOG_CAPACITY + 1);
  gint64 first
      = since_seq >= 0 ? MIN (since_seq, self->last_seq) + 1 : self->last_seq - (gint64)limit + 1;

  first = MAX (first, oldest);
  for (gint64 seq = first; seq <= self->last_seq && seq - first < limit; seq++)
    json_array_add_element (records, json_node_copy (self->records[seq % DMC_AUDIT_LOG_CAPACITY]));
  return records;
}
