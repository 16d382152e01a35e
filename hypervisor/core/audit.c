/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/audit.h"

#include <xen/errno.h>
#include "arch/arch.h"
#include "core/domain.h"
#include "core/units.h"
#include "platform/platform.h"

static struct pv_audit_record records[HV_AUDIT];
static uint64_t next_seq;

void
hv_audit (const struct hv_domain *subject, uint32_t object, uint32_t detail, int32_t result)
{
  const uint32_t *registers = hv_this_cpu ()->current->arch.regs.r;
  records[next_seq % HV_AUDIT] = (struct pv_audit_record){
    .seq = next_seq,
    .time_us = hv_ticks_to_us (hv_platform_ticks ()),
    .subject = subject->id,
    .object = object,
    .operation = registers[12],
    .command = registers[0],
    .result = result,
    .detail = detail,
  };
  next_seq++;
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
