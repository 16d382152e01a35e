/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another policy takes over. */
#include "security/load.h"

#include "core/string.h"
#include <xen/errno.h>
#include "arch/arch.h"
#include "core/event.h"
#include "core/grant.h"
#include "core/log.h"
#include "core/units.h"
#include "security/ask.h"
#include "security/hooks.h"
#include "security/policy.h"
#include "security/review.h"

#define ENGINE_MEMORY (32u << 10)

enum stage {
  STAGE_NONE,
  STAGE_WRITING,  /* parts of it come */
  STAGE_TESTING,  /* it is checked, and compared with what runs */
  STAGE_READY,    /* it may take over */
  STAGE_SETTLING, /* it has, and what it does not allow is taken back */
};

/* Two places: what holds stays where it is while another one comes. */
static struct place {
  struct hv_policy policy;
  uint8_t engine[ENGINE_MEMORY] __attribute__ ((aligned (8)));
  uint8_t data[PV_POLICY_MAX] __attribute__ ((aligned (8)));
} places[2];

static struct {
  enum stage stage;
  struct place *place;
  uint32_t size, written;
  struct hv_review review;
} next;

static long
begin (uint32_t size)
{
  if (size > PV_POLICY_MAX)
    return -XEN_E2BIG;
  if (next.stage == STAGE_SETTLING)
    return -XEN_EBUSY;
  next.place = hv_policy == &places[0].policy ? &places[1] : &places[0];
  next.size = size;
  next.written = 0;
  next.stage = STAGE_WRITING;
  return 0;
}

/* Parts come one behind the other, so that nothing of an earlier one is between them. */
static long
write (const struct pv_policy_op *op)
{
  uint32_t offset = op->u.part.offset, length = op->u.part.length;
  if (next.stage != STAGE_WRITING || offset != next.written)
    return -XEN_EBUSY;
  if (length > PV_POLICY_PART || length > next.size - next.written)
    return -XEN_E2BIG;
  if (hv_copy_from_guest (next.place->data + offset, op->u.part.buffer, length))
    return -XEN_EFAULT;
  next.written += length;
  return 0;
}

/* ---- the test ---- */

/* Whether each domain will have a label; `missing` is that of one which will not. */
static long
labels_known (const struct hv_policy *policy, char missing[PV_NAME_MAX])
{
  for (uint32_t i = 0; i < HV_DOMAINS; i++) {
    const struct hv_domain *domain = &hv_domains[i];
    if (domain->life == HV_LIFE_FREE)
      continue;
    const struct pol_label *label = pol_bundle_find (&policy->bundle, domain->label->type);
    if (!label || label->subject == POL_NONE) {
      memcpy (missing, domain->label->type, sizeof domain->label->type);
      return -XEN_ESRCH;
    }
  }
  return 0;
}

/* A policy that shuts everybody out could not be taken back: that one belongs in flash. */
static bool
can_be_replaced (const struct hv_policy *policy)
{
  const struct pol_label *control = pol_bundle_find (&policy->bundle, HV_LABEL_CONTROL);
  return hv_may_under (policy, control, policy->machine, HV_POLICY_LOAD)
         && hv_may_under (policy, control, policy->machine, HV_HOST_CHANNEL);
}

static long
begin_test (struct pv_policy_op *op)
{
  struct hv_policy *policy = &next.place->policy;
  if (next.written != next.size)
    return -XEN_EBADMSG;
  long error = hv_policy_open (policy, next.place->data, next.size, next.place->engine,
                               ENGINE_MEMORY);
  if (!error)
    error = labels_known (policy, op->u.test.label);
  if (!error && !can_be_replaced (policy))
    error = -XEN_EACCES;
  next.review = (struct hv_review){ .policy = policy };
  next.stage = error ? STAGE_NONE : STAGE_TESTING;
  return error ? error : -XEN_EAGAIN;
}

static void
report (struct pv_policy_op *op)
{
  op->sequence = hv_policy_sequence;
  op->u.test.grants = next.review.grants;
  op->u.test.channels = next.review.channels;
  op->u.test.interrupts = next.review.interrupts;
  op->u.test.displays = next.review.displays;
}

static long
test (struct pv_policy_op *op)
{
  if (next.stage == STAGE_WRITING)
    return begin_test (op);
  if (next.stage == STAGE_TESTING && hv_review_slice (&next.review))
    next.stage = STAGE_READY;
  if (next.stage == STAGE_TESTING)
    return -XEN_EAGAIN;
  if (next.stage != STAGE_READY)
    return -XEN_EBUSY;
  report (op);
  return 0;
}

/* ---- taking over ---- */

static void
carry_over (const struct hv_policy *from, const struct hv_policy *to)
{
  for (uint32_t i = 0; i < from->bundle.n_labels; i++) {
    const struct pol_label *old = &from->bundle.labels[i];
    const struct pol_label *new = pol_bundle_find (&to->bundle, old->type);
    if (old->subject != POL_NONE && new && new->subject != POL_NONE)
      hv_history_copy (from, old->subject, to, new->subject);
  }
}

/* From here on every question goes to the new policy. */
static void
take_over (struct hv_policy *policy)
{
  if (hv_policy)
    carry_over (hv_policy, policy);
  for (uint32_t i = 0; i < HV_DOMAINS; i++) {
    struct hv_domain *domain = &hv_domains[i];
    memset (domain->may_own, 0, sizeof domain->may_own);
    if (domain->life != HV_LIFE_FREE)
      domain->label = pol_bundle_find (&policy->bundle, domain->label->type);
  }
  hv_grant_forget ();
  hv_event_forget ();
  hv_policy = policy;
  hv_policy_sequence++;
  for (uint32_t i = 0; i < HV_DOMAINS; i++)
    if (hv_domains[i].life != HV_LIFE_FREE)
      hv_guard_reload (&hv_domains[i]);
}

static long
commit (struct pv_policy_op *op)
{
  if (next.stage == STAGE_READY) {
    long error = labels_known (&next.place->policy, op->u.test.label); /* domains may have come */
    if (error)
      return error;
    take_over (&next.place->policy);
    hv_log ("policy: another one holds, number %u", hv_policy_sequence);
    next.review = (struct hv_review){ .policy = hv_policy, .revoke = true };
    next.stage = STAGE_SETTLING;
  }
  if (next.stage != STAGE_SETTLING)
    return -XEN_EBUSY;
  if (!hv_policy_settle ())
    return -XEN_EAGAIN;
  report (op);
  return 0;
}

bool
hv_policy_settle (void)
{
  if (next.stage != STAGE_SETTLING)
    return true;
  if (!hv_review_slice (&next.review))
    return false;
  next.stage = STAGE_NONE;
  return true;
}

/* ---- the hypercall ---- */

static enum hv_hook
hook_of (uint32_t cmd)
{
  switch (cmd) {
  case PV_POLICY_STATUS:
  case PV_POLICY_READ:
  case PV_POLICY_HISTORY:
    return HV_POLICY_GET;
  case PV_POLICY_CHECK:
    return HV_POLICY_CHECK;
  default:
    return HV_POLICY_LOAD;
  }
}

static long
act (struct pv_policy_op *op)
{
  switch (op->cmd) {
  case PV_POLICY_STATUS:
    return hv_policy_status (op);
  case PV_POLICY_READ:
    return hv_policy_read (op);
  case PV_POLICY_BEGIN:
    return begin (op->u.begin.size);
  case PV_POLICY_WRITE:
    return write (op);
  case PV_POLICY_TEST:
    return test (op);
  case PV_POLICY_COMMIT:
    return commit (op);
  case PV_POLICY_CHECK:
    return hv_policy_check (op);
  case PV_POLICY_HISTORY:
    return hv_policy_history (op);
  case PV_POLICY_ADD_HISTORY:
    return hv_policy_add_history (op);
  default:
    return -XEN_ENOSYS;
  }
}

long
hv_policy_op (struct hv_vcpu *vcpu, const uint32_t *args)
{
  struct pv_policy_op op;
  if (hv_copy_from_guest (&op, args[0], sizeof op))
    return -XEN_EFAULT;
  long result = hv_may (vcpu->domain, NULL, hook_of (op.cmd));
  if (result)
    return result;
  result = act (&op);
  bool again = result == -XEN_EAGAIN;
  if ((result == 0 || result == -XEN_ESRCH || again) && hv_copy_to_guest (args[0], &op, sizeof op))
    return -XEN_EFAULT;
  return again ? hv_arch_repeat (vcpu) : result;
}
