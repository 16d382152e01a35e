/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Type Enforcement: what no rule allows is denied; there are no negative rules. */
#include "policy/model.h"

/* What the rules let type @source do to objects of type @target: a set of permissions. */
static uint32_t
allowed_permissions (const struct pol_image *image, uint32_t source, uint32_t target, uint32_t cls)
{
  uint32_t n = image->header->rules.count;
  uint32_t key = pol_rule_key (source, target, cls);
  uint32_t slot;

  if (n == 0)
    return 0;
  /* The image has a free slot, so this ends. */
  slot = pol_rule_slot (key, n);
  while (image->rules[slot].permissions != 0) {
    if (image->rules[slot].key == key)
      return image->rules[slot].permissions;
    slot = slot + 1 == n ? 0 : slot + 1;
  }
  return 0;
}

static void
decide (const struct pol_engine *engine,
        const struct pol_request *request,
        struct pol_verdict *verdict)
{
  uint32_t source = pol_request_subject (engine, request)->type;
  uint32_t target = pol_request_object (engine, request)->type;
  uint32_t allowed;

  if (source == POL_NONE || target == POL_NONE) {
    pol_verdict_set (verdict, false, false, POL_REASON_TE_UNTYPED);
    return;
  }
  allowed = allowed_permissions (engine->image, source, target, request->cls);
  if ((allowed & request->permissions) == request->permissions)
    pol_verdict_set (verdict, true, false, POL_REASON_TE_RULE);
  else
    pol_verdict_set (verdict, false, false, POL_REASON_TE_NO_RULE);
}

const struct pol_model pol_te = { .name = "te", .decide = decide };
