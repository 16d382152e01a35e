/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "security/hooks.h"

#include "core/audit.h"
#include "core/units.h"
#include "platform/platform.h"
#include "security/policy.h"

struct rule {
  uint8_t cls;   /* enum pol_class_id */
  uint8_t bit;   /* of the permission in its class */
  uint8_t scope; /* enum hv_scope */
};
static const struct rule rules[HV_N_HOOKS] = {
#define HV_HOOK_RULE(hook, class, permission, scope)                                               \
  { POL_CLASS_##class, POL_##class##_##permission, HV_SCOPE_##scope },
  HV_HOOKS (HV_HOOK_RULE)
#undef HV_HOOK_RULE
};

static uint32_t
object_of (const struct hv_domain *subject, const struct hv_domain *object)
{
  if (!object)
    return hv_policy->machine;
  return object == subject ? object->label->self : object->label->object;
}

static bool
policy_allows (uint32_t subject, uint32_t object, const struct rule *rule)
{
  struct pol_engine *engine = hv_policy->engine;
  struct pol_request request;
  if (pol_remembers (engine, subject, object, rule->cls, POL_BIT (rule->bit)))
    return true;
  if (!pol_request_init (&request, engine, subject, object, rule->cls, POL_BIT (rule->bit)))
    return false;
  return pol_enforce (engine, &request);
}

static bool
built_in_allows (const struct hv_domain *subject, bool own, uint8_t scope)
{
  return subject->control || scope == HV_SCOPE_PEER || (scope == HV_SCOPE_OWN && own);
}

/* Records the refusal; -> what the caller gets: nothing stops it where the policy only watches. */
static int
refuse (const struct hv_domain *subject, const struct hv_domain *object, enum hv_hook hook)
{
  int result = hv_policy_state () == PV_POLICY_PERMISSIVE ? 0 : -XEN_EPERM;
  uint32_t what = (uint32_t)rules[hook].cls << 8 | rules[hook].bit | HV_AUDIT_POLICY;
  hv_audit (subject, object, what, 0, result);
  return result;
}

static bool
allows (const struct hv_domain *subject, const struct hv_domain *object, enum hv_hook hook)
{
  if (!hv_policy)
    return built_in_allows (subject, object == subject, rules[hook].scope);
  return policy_allows (subject->label->subject, object_of (subject, object), &rules[hook]);
}

/* Whether an answer of yes holds as long as the policy. */
static bool
is_lasting (const struct hv_domain *subject, const struct hv_domain *object, enum hv_hook hook)
{
  return !hv_policy
         || pol_remembers (hv_policy->engine, subject->label->subject, object_of (subject, object),
                           rules[hook].cls, POL_BIT (rules[hook].bit));
}

int
hv_decide (const struct hv_domain *subject, const struct hv_domain *object, enum hv_hook hook)
{
  if (!allows (subject, object, hook))
    return refuse (subject, object, hook);
  if (object == subject && is_lasting (subject, object, hook))
    hv_domains[subject->slot].may_own[hook / 32u] |= 1u << hook % 32u;
  return 0;
}

int
hv_decide_keep (const struct hv_domain *subject,
                const struct hv_domain *object,
                enum hv_hook hook,
                bool *kept)
{
  if (!allows (subject, object, hook))
    return refuse (subject, object, hook);
  *kept = is_lasting (subject, object, hook);
  return 0;
}

int
hv_may_create (const struct hv_domain *subject, const struct pol_label *label)
{
  const struct rule *rule = &rules[HV_DOMAIN_CREATE];
  if (hv_policy ? policy_allows (subject->label->subject, label->object, rule)
             : built_in_allows (subject, false, rule->scope))
    return 0;
  return refuse (subject, NULL, HV_DOMAIN_CREATE);
}

bool
hv_may_under (const struct hv_policy *policy,
              const struct pol_label *subject,
              uint32_t object,
              enum hv_hook hook)
{
  const struct rule *rule = &rules[hook];
  struct pol_request request;
  if ((policy->bundle.image.header->flags & POL_IMAGE_ENFORCING) == 0)
    return true;
  return pol_request_init (&request, policy->engine, subject->subject, object, rule->cls,
                           POL_BIT (rule->bit))
         && pol_query (policy->engine, &request, NULL);
}

void
hv_audit_revoked (const struct hv_domain *subject, const struct hv_domain *object, enum hv_hook hook)
{
  hv_audit (subject, object, (uint32_t)rules[hook].cls << 8 | rules[hook].bit | HV_AUDIT_POLICY, 0,
            -XEN_EPERM);
}
