/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The last decisions, in memory; the oldest are forgotten past a bound, and their numbers never
 * come back. */
typedef struct _DmcAuditLog DmcAuditLog;

#define DMC_AUDIT_LOG_CAPACITY 4096

DmcAuditLog *dmc_audit_log_new (void);
void dmc_audit_log_free (DmcAuditLog *self);

/**
 * dmc_audit_log_add:
 * @record: (transfer full): the record; "seq" and "time_us" are set here
 *
 * Returns: (transfer none): the record as an object node
 */
JsonNode *dmc_audit_log_add (DmcAuditLog *self, JsonObject *record);

/**
 * dmc_audit_log_list:
 * @since_seq: records after this number, the oldest first; below 0 the newest ones
 * @limit: how many at most
 *
 * Returns: (transfer full): an array of records by rising number
 */
JsonArray *dmc_audit_log_list (DmcAuditLog *self, gint64 since_seq, guint limit);

G_END_DECLS
