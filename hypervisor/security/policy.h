/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy that holds. */
#ifndef HV_SECURITY_POLICY_H
#define HV_SECURITY_POLICY_H

#include <policy/bundle.h>
#include <policy/engine.h>
#include <pv/policy.h>
#include "core/timer.h"

/* The names of the labels that must be there. */
#define HV_LABEL_CONTROL "control_t"
#define HV_LABEL_GUEST   "guest_t"
#define HV_LABEL_MACHINE "machine"

struct hv_policy {
  struct pol_bundle bundle;
  struct pol_engine *engine;
  const void *data; /* the whole bundle, */
  uint32_t size;    /* and its bytes */
  uint16_t machine; /* object index of what belongs to no domain */
  hv_ticks loaded;
};

/* NULL: the built-in rules. */
extern struct hv_policy *hv_policy;
/* Rises with each policy that takes over; 1 for the first. */
extern uint32_t hv_policy_sequence;

/* Takes the policy that the ROM has unsealed, or the built-in rules where there is none; one that is damaged ends
 * the start-up. */
void hv_policy_init (const void *data, uint32_t size);
/* Fills in a policy from a bundle that nobody has checked. 0, -XEN_EBADMSG it is damaged or lacks a
   label that must be there, or -XEN_E2BIG its engine needs more than `memory` has. */
int hv_policy_open (struct hv_policy *policy,
                    const void *data,
                    uint32_t size,
                    void *memory,
                    uint32_t memory_size);
/* The label of this name (at most POL_LABEL_MAX bytes, ended), or NULL. */
const struct pol_label *hv_policy_label (const char *type);
/* PV_POLICY_*, for the host's information. */
uint32_t hv_policy_state (void);

#endif
