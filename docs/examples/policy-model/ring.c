/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Biba's ring policy: who reads is trusted to judge what is read, so that reading is free; but nobody
 * writes to, or makes act, what is of higher integrity. */
#include "policy/model.h"

static void
decide (const struct pol_engine *engine,
        const struct pol_request *request,
        struct pol_verdict *verdict)
{
  uint16_t subject = pol_request_subject (engine, request)->integrity;
  uint16_t object = pol_request_object (engine, request)->integrity;
  bool writes = (request->flow & (POL_FLOW_WRITE | POL_FLOW_INVOKE)) != 0;

  if (writes && object > subject)
    pol_verdict_set (verdict, false, false, POL_REASON_REFUSED);
  else
    pol_verdict_set (verdict, true, false, POL_REASON_ALLOWED);
}

const struct pol_model pol_ring = { .name = "ring", .decide = decide };
