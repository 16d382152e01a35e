/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Biba: no information from lower to higher integrity. Strict forbids reading down; under the
 * low-water mark reading down is allowed and lowers the subject for good. */
#include "policy/model.h"

static bool
lowers_on_read (const struct pol_engine *engine)
{
  return (engine->image->header->flags & POL_IMAGE_LOW_WATER_MARK) != 0;
}

static void
decide_strict (const struct pol_engine *engine,
               const struct pol_request *request,
               struct pol_verdict *verdict)
{
  uint16_t subject = pol_request_subject (engine, request)->integrity;
  uint16_t object = pol_request_object (engine, request)->integrity;

  pol_verdict_set (verdict, true, false, POL_REASON_BIBA_OK);
  if (request->flow & POL_FLOW_READ && object < subject) {
    pol_verdict_set (verdict, false, false, POL_REASON_BIBA_READ_DOWN);
  } else if (request->flow & (POL_FLOW_WRITE | POL_FLOW_INVOKE) && object > subject) {
    pol_verdict_set (verdict, false, false, POL_REASON_BIBA_WRITE_UP);
    verdict->detail = subject;
  }
}

/* A subject is never above its label, so what its label forbids or what cannot lower it needs no
 * history. */
static void
decide_low_water_mark (const struct pol_engine *engine,
                       const struct pol_request *request,
                       struct pol_verdict *verdict)
{
  uint16_t label = pol_request_subject (engine, request)->integrity;
  uint16_t now = engine->states[request->subject].integrity;
  uint16_t object = pol_request_object (engine, request)->integrity;
  bool writes = request->flow & (POL_FLOW_WRITE | POL_FLOW_INVOKE);

  if (writes && object > now) {
    pol_verdict_set (verdict, false, object <= label, POL_REASON_BIBA_WRITE_UP);
    verdict->detail = now;
  } else if (request->flow & POL_FLOW_READ && object < now) {
    pol_verdict_set (verdict, true, true, POL_REASON_BIBA_LOWERS);
  } else {
    pol_verdict_set (verdict, true, writes || object < label, POL_REASON_BIBA_OK);
  }
}

static void
decide (const struct pol_engine *engine,
        const struct pol_request *request,
        struct pol_verdict *verdict)
{
  if (request->flow == POL_FLOW_NEITHER)
    pol_verdict_set (verdict, true, false, POL_REASON_NO_FLOW);
  else if (lowers_on_read (engine))
    decide_low_water_mark (engine, request, verdict);
  else
    decide_strict (engine, request, verdict);
}

static void
commit (struct pol_engine *engine, const struct pol_request *request)
{
  if (lowers_on_read (engine) && request->flow & POL_FLOW_READ)
    pol_integrity_lower (engine, request->subject, pol_request_object (engine, request)->integrity);
}

uint32_t
pol_integrity_get (const struct pol_engine *engine, uint32_t subject)
{
  return engine->states[subject].integrity;
}

void
pol_integrity_lower (struct pol_engine *engine, uint32_t subject, uint32_t integrity)
{
  if (integrity < engine->states[subject].integrity)
    engine->states[subject].integrity = (uint16_t)integrity;
}

const struct pol_model pol_biba = { .name = "biba", .decide = decide, .commit = commit };
