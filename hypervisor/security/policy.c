/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "security/policy.h"

#include <pv/control.h>
#include <xen/errno.h>
#include "core/log.h"
#include "platform/platform.h"

/* Histories of all labels of subjects, behind the engine's cache. */
#define ENGINE_MEMORY (32u << 10)

struct hv_policy *hv_policy;
uint32_t hv_policy_sequence;

static struct hv_policy first;
static uint8_t first_memory[ENGINE_MEMORY] __attribute__ ((aligned (8)));

/* The labels of the built-in rules. */
static const struct pol_label built_in[]
    = { { .type = HV_LABEL_CONTROL }, { .type = HV_LABEL_GUEST } };

int
hv_policy_open (struct hv_policy *policy,
                const void *data,
                uint32_t size,
                void *memory,
                uint32_t memory_size)
{
  *policy = (struct hv_policy){ .data = data, .loaded = hv_platform_ticks () };
  if (!pol_bundle_open (&policy->bundle, data, size))
    return -XEN_EBADMSG;
  if (pol_engine_size (&policy->bundle.image) > memory_size)
    return -XEN_E2BIG;
  const struct pol_label *machine = pol_bundle_find (&policy->bundle, HV_LABEL_MACHINE);
  const struct pol_label *control = pol_bundle_find (&policy->bundle, HV_LABEL_CONTROL);
  const struct pol_label *guest = pol_bundle_find (&policy->bundle, HV_LABEL_GUEST);
  if (!machine || !control || !guest || control->subject == POL_NONE
      || guest->subject == POL_NONE)
    return -XEN_EBADMSG;
  policy->size = ((const struct pol_bundle_header *)data)->size;
  policy->machine = machine->object;
  policy->engine = pol_engine_init (memory, &policy->bundle.image);
  /* Budgets are each domain's own, and kept by core/guard.c. */
  pol_engine_set_active (policy->engine, policy->engine->active & ~POL_BIT (POL_MODEL_GUARD));
  return 0;
}

void
hv_policy_init (const void *data, uint32_t size)
{
  if (size == 0) {
    hv_log ("policy: none in flash, the built-in rules hold");
    return;
  }
  if (hv_policy_open (&first, data, size, first_memory, sizeof first_memory))
    hv_panic ("the policy in flash is damaged, or lacks the label of the control domain, of guests or "
              "of the machine");
  hv_policy = &first;
  hv_policy_sequence = 1;
  hv_log ("policy: %s, %u labels",
          hv_policy_state () == PV_POLICY_ENFORCING ? "enforcing" : "permissive",
          first.bundle.n_labels);
}

uint32_t
hv_policy_state (void)
{
  if (!hv_policy)
    return PV_POLICY_BUILT_IN;
  return (hv_policy->bundle.image.header->flags & POL_IMAGE_ENFORCING) != 0 ? PV_POLICY_ENFORCING
                                                                            : PV_POLICY_PERMISSIVE;
}

const struct pol_label *
hv_policy_label (const char *type)
{
  const struct pol_bundle own = { .labels = built_in, .n_labels = 2 };
  return pol_bundle_find (hv_policy ? &hv_policy->bundle : &own, type);
}
