/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Type Enforcement: what no rule allows is denied; there are no negative rules. */
#include "policy/model.h"

/* What the rules let type @source do to objects of type @target: a set of permissions. */
static uint32_t
allowed_permissions (const struct pol_image *image, uint32_t source, uint32_t target, uint32_t cls)
{
  const struct pol_header *h = image->header;
  uint32_t key = pol_rule_key (source, target, cls);
  uint32_t hash = pol_rule_hash (key, h->seed);
  const struct pol_rule *rule;

  if (h->rules.count == 0)
    return 0;
  rule = &image->rules[pol_rule_slot (
      hash, image->buckets[pol_rule_bucket (hash, h->buckets.count)], h->rules.count)];
  return rule->key == key ? rule->permissions : 0;
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
