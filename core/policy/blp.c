/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bell-LaPadula: no read up, no write down, over levels and categories. A trusted subject reads
 * with the upper bound of its range and writes with the lower one. Invoking tells the object
 * something: it is a write. */
#include "policy/model.h"

static uint16_t
lowest_bit (uint64_t set)
{
  uint16_t bit = 0;

  while (!(set >> bit & 1))
    bit++;
  return bit;
}

static void
decide (const struct pol_engine *engine,
        const struct pol_request *request,
        struct pol_verdict *verdict)
{
  const struct pol_subject *s = pol_request_subject (engine, request);
  const struct pol_object *o = pol_request_object (engine, request);

  if (request->flow == POL_FLOW_NEITHER) {
    pol_verdict_set (verdict, true, false, POL_REASON_NO_FLOW);
    return;
  }
  pol_verdict_set (verdict, true, false, POL_REASON_BLP_OK);
  if (request->flow & POL_FLOW_READ) {
    if (o->level > s->read_level) {
      pol_verdict_set (verdict, false, false, POL_REASON_BLP_READ_UP);
      return;
    }
    if (o->categories & ~s->categories) {
      pol_verdict_set (verdict, false, false, POL_REASON_BLP_READ_CATEGORY);
      verdict->detail = lowest_bit (o->categories & ~s->categories);
      return;
    }
  }
  if (request->flow & (POL_FLOW_WRITE | POL_FLOW_INVOKE)) {
    if (o->level < s->write_level) {
      pol_verdict_set (verdict, false, false, POL_REASON_BLP_WRITE_DOWN);
    } else if (s->categories & ~o->categories) {
      pol_verdict_set (verdict, false, false, POL_REASON_BLP_WRITE_CATEGORY);
      verdict->detail = lowest_bit (s->categories & ~o->categories);
    }
  }
}

const struct pol_model pol_blp = { .name = "blp", .decide = decide };
