/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpc/server.h"

G_BEGIN_DECLS

/* Long work on the serving side. The server owns every job, answers job.list, job.get and
 * job.cancel for it, emits topic `job` on each change, and forgets the oldest finished ones past
 * a bound. */
#define DMC_TYPE_JOB (dmc_job_get_type ())
G_DECLARE_FINAL_TYPE (DmcJob, dmc_job, DMC, JOB, GObject)

DmcJob       *dmc_job_new (DmcServer *server, const char *kind);
const char   *dmc_job_get_id (DmcJob *self);
GCancellable *dmc_job_get_cancellable (DmcJob *self);
void          dmc_job_set_progress (DmcJob *self, double fraction, const char *text);
void          dmc_job_done (DmcJob *self, JsonNode *result);
void          dmc_job_fail (DmcJob *self, GError *error);
JsonNode     *dmc_job_to_reply (DmcJob *self);

G_END_DECLS
