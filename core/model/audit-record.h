/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/item-list.h"

G_BEGIN_DECLS

/* One decision of the policy engine. Properties beside those of DmcItem (whose id is seq as text):
 *   strings "subject" "object" "class" "permission" "model" "reason"; of what an app did also
 *           "workspace" "app" "target" (a path, or an address and a port)
 *   int64   "seq" "time-us"
 *   boolean "allowed"
 */
#define DMC_TYPE_AUDIT_RECORD (dmc_audit_record_get_type ())
G_DECLARE_FINAL_TYPE (DmcAuditRecord, dmc_audit_record, DMC, AUDIT_RECORD, DmcItem)

/* The records of one endpoint, newest first. */
#define DMC_TYPE_AUDIT_LIST (dmc_audit_list_get_type ())
G_DECLARE_FINAL_TYPE (DmcAuditList, dmc_audit_list, DMC, AUDIT_LIST, DmcItemList)

DmcAuditList *dmc_audit_list_new (DmcEndpoint *endpoint);

G_END_DECLS
