/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "security/hooks.h"

#include "core/audit.h"

int
hv_refuse (const struct hv_domain *subject, const struct hv_domain *object, enum hv_hook hook)
{
  hv_audit (subject, object ? object->id : HV_AUDIT_MACHINE, hook, -XEN_EPERM);
  return -XEN_EPERM;
}
