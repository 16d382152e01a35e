/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "security/hooks.h"

#include "core/audit.h"
#include "core/log.h"
#include "core/units.h"
#include "platform/platform.h"
#include "policy/engine.h"
#include "security/policy.h"

/* Histories and counters of all labels of subjects, behind the engine's cache. */
#define ENGINE_MEMORY (320u << 10)

static uint8_t engine_memory[ENGINE_MEMORY] __attribute__ ((aligned (8)));
static struct pol_engine *engine; /* NULL: the built-in rules */
static struct pol_bundle bundle;
static uint16_t machine;

/* The labels of the built-in rules. */
static const struct pol_label built_in[]
    = { { .type = HV_LABEL_CONTROL }, { .type = HV_LABEL_GUEST } };

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

void
hv_policy_init (const void *flash, uint32_t size)
{
  if (*(const uint32_t *)flash != POL_BUNDLE_MAGIC) {
    hv_log ("policy: none in flash, the built-in rules hold");
    return;
  }
  if (!pol_bundle_open (&bundle, flash, size) || pol_engine_size (&bundle.image) > ENGINE_MEMORY)
    hv_panic ("the policy in flash is damaged");
  const struct pol_label *label = pol_bundle_find (&bundle, HV_LABEL_MACHINE);
  if (!label || !pol_bundle_find (&bundle, HV_LABEL_CONTROL)
      || !pol_bundle_find (&bundle, HV_LABEL_GUEST))
    hv_panic (
        "the policy in flash lacks the label of the control domain, of guests or of the machine");
  if ((bundle.image.header->models & POL_BIT (POL_MODEL_GUARD)) != 0)
    hv_panic ("the policy in flash has budgets, which the hypervisor does not keep");
  machine = label->object;
  engine = pol_engine_init (engine_memory, &bundle.image);
  hv_log ("policy: %s, %u labels",
          hv_policy_state () == PV_POLICY_ENFORCING ? "enforcing" : "permissive", bundle.n_labels);
}

uint32_t
hv_policy_state (void)
{
  if (!engine)
    return PV_POLICY_BUILT_IN;
  return (bundle.image.header->flags & POL_IMAGE_ENFORCING) != 0 ? PV_POLICY_ENFORCING
                                                                 : PV_POLICY_PERMISSIVE;
}

const struct pol_label *
hv_policy_label (const char *type)
{
  const struct pol_bundle own = { .labels = built_in, .n_labels = 2 };
  return pol_bundle_find (engine ? &bundle : &own, type);
}

/* ---- decisions ---- */

static uint32_t
object_index (const struct hv_domain *subject, const struct hv_domain *object)
{
  if (!object)
    return machine;
  return object == subject ? object->label->self : object->label->object;
}

static bool
policy_allows (uint32_t subject, uint32_t object, const struct rule *rule)
{
  struct pol_request request;
  if (pol_remembers (engine, subject, object, rule->cls, POL_BIT (rule->bit)))
    return true;
  if (!pol_request_init (&request, engine, subject, object, rule->cls, POL_BIT (rule->bit)))
    return false;
  request.now_ns = hv_ticks_to_ns (hv_platform_ticks ());
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
  if (!engine)
    return built_in_allows (subject, object == subject, rules[hook].scope);
  return policy_allows (subject->label->subject, object_index (subject, object), &rules[hook]);
}

/* Whether an answer of yes holds as long as the policy. */
static bool
is_lasting (const struct hv_domain *subject, const struct hv_domain *object, enum hv_hook hook)
{
  return !engine
         || pol_remembers (engine, subject->label->subject, object_index (subject, object),
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
  if (engine ? policy_allows (subject->label->subject, label->object, rule)
             : built_in_allows (subject, false, rule->scope))
    return 0;
  return refuse (subject, NULL, HV_DOMAIN_CREATE);
}
