/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/item.h"
#include "model/endpoint.h"

G_BEGIN_DECLS

/* Long work at an endpoint, as its caller sees it (DmcJob is the serving side). Properties beside
 * those of DmcItem:
 *   strings "kind" "state" "text"
 *   double  "fraction" (0 to 1)
 *   boolean "is-running"
 */
#define DMC_TYPE_JOB_ITEM (dmc_job_item_get_type ())
G_DECLARE_FINAL_TYPE (DmcJobItem, dmc_job_item, DMC, JOB_ITEM, DmcItem)

/* Calls a method that answers {job}; finishes when the job has begun. @secret_member and @secret:
 * a secret parameter, or both NULL. */
void        dmc_job_item_start_async (DmcEndpoint         *endpoint,
                                      const char          *method,
                                      JsonNode            *params,
                                      const char          *secret_member,
                                      DmcPassphrase       *secret,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data);
/* The same, with @secrets as in dmc_endpoint_call_secret_async(). */
void        dmc_job_item_start_secret_async (DmcEndpoint          *endpoint,
                                             const char           *method,
                                             JsonNode             *params,
                                             const DmcSecretParam *secrets,
                                             guint                 n_secrets,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
DmcJobItem *dmc_job_item_start_finish (GAsyncResult *result, GError **error); /* of both */

/* Finishes when the job has ended, with its result or its error; cancelling the wait leaves the
 * job alone. */
void      dmc_job_item_wait_async (DmcJobItem          *self,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data);
JsonNode *dmc_job_item_wait_finish (DmcJobItem *self, GAsyncResult *result, GError **error);

/* Asks the endpoint to cancel; the job's state tells whether it did. */
void dmc_job_item_cancel (DmcJobItem *self);

const char *dmc_job_item_get_state (DmcJobItem *self);
const char *dmc_job_item_get_text (DmcJobItem *self);
double      dmc_job_item_get_fraction (DmcJobItem *self);
gboolean    dmc_job_item_is_running (DmcJobItem *self);

G_END_DECLS
