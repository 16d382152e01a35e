/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/audit.h"

#include <xen/errno.h>
#include "arch/arch.h"
#include "core/domain.h"
#include "core/string.h"
#include "core/units.h"
#include "platform/platform.h"
#include "security/policy.h"

static struct pv_audit_record records[HV_AUDIT];
static uint64_t next_seq;

void
hv_audit (const struct hv_domain *subject,
          const struct hv_domain *object,
          uint32_t what,
          uint32_t detail,
          int32_t result)
{
  /* By whom it was asked for; an interrupt of an idle processor has no caller. */
  struct hv_vcpu *caller = hv_this_cpu ()->current;
  struct pv_audit_record *record = &records[next_seq % HV_AUDIT];
  *record = (struct pv_audit_record){
    .seq = next_seq,
    .time_us = hv_ticks_to_us (hv_platform_ticks ()),
    .subject = subject->id,
    .object = object ? object->id : PV_AUDIT_MACHINE,
    .cls = (uint8_t)(what >> 8),
    .permission = (uint8_t)what,
    .by_policy = (what & HV_AUDIT_POLICY) != 0,
    .operation = caller ? caller->arch.regs.r[12] : UINT32_MAX,
    .command = caller ? caller->arch.regs.r[0] : 0,
    .result = result,
    .detail = detail,
  };
  memcpy (record->subject_label, subject->label->type, sizeof record->subject_label);
  memcpy (record->object_label, object ? object->label->type : HV_LABEL_MACHINE,
          object ? sizeof record->object_label : sizeof HV_LABEL_MACHINE);
  next_seq++;
  if (caller)
    caller->arch.recorded = caller->arch.hypercalls;
}

/* Others come with time, and in the course of a guest's work. */
static bool
is_refusal (long result)
{
  switch (result) {
  case -XEN_EPERM:
  case -XEN_ENOENT:
  case -XEN_ESRCH:
  case -XEN_E2BIG:
  case -XEN_EFAULT:
  case -XEN_EINVAL:
  case -XEN_ENOSYS:
    return true;
  default:
    return false;
  }
}

long
hv_refused (uint32_t what, uint32_t detail, long result)
{
  const struct hv_vcpu *caller = hv_this_cpu ()->current;
  if (is_refusal (result) && !caller->domain->control
      && caller->arch.recorded != caller->arch.hypercalls)
    hv_audit (caller->domain, caller->domain, what, detail, (int32_t)result);
  return result;
}

long
hv_audit_read (uint64_t since, uint32_t buffer, uint32_t count)
{
  uint64_t oldest = next_seq > HV_AUDIT ? next_seq - HV_AUDIT : 0;
  long copied = 0;
  for (uint64_t seq = since > oldest ? since : oldest; seq < next_seq && count > 0;
       seq++, count--) {
    if (hv_copy_to_guest (buffer, &records[seq % HV_AUDIT], sizeof records[0]))
      return -XEN_EFAULT;
    buffer += sizeof records[0];
    copied++;
  }
  return copied;
}

uint64_t
hv_audit_next (void)
{
  return next_seq;
}
