/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "security/hooks.h"

#include "core/audit.h"

const uint8_t hv_permission_scope[HV_PERMISSIONS] = {
  [HV_EVENT_CREATE] = HV_SCOPE_OWN,
  [HV_EVENT_BIND] = HV_SCOPE_PEER,
  [HV_EVENT_SEND] = HV_SCOPE_PEER,
  [HV_EVENT_STATUS] = HV_SCOPE_OWN,
  [HV_EVENT_VIRQ_OWN] = HV_SCOPE_OWN,
  [HV_EVENT_VIRQ_GLOBAL] = HV_SCOPE_CONTROL,
  [HV_MEMORY_UPDATE] = HV_SCOPE_OWN,
  [HV_DOMAIN_CREATE] = HV_SCOPE_CONTROL,
  [HV_DOMAIN_CONTROL] = HV_SCOPE_CONTROL,
  [HV_DOMAIN_INFO] = HV_SCOPE_CONTROL,
  [HV_DOMAIN_CONSOLE] = HV_SCOPE_CONTROL,
  [HV_SYSTEM_INFO] = HV_SCOPE_CONTROL,
  [HV_SYSTEM_LOG] = HV_SCOPE_CONTROL,
  [HV_SYSTEM_CHANNEL] = HV_SCOPE_CONTROL,
  [HV_SYSTEM_POWER] = HV_SCOPE_CONTROL,
};

int
hv_refuse (const struct hv_domain *subject, const struct hv_domain *object,
           enum hv_permission permission)
{
  hv_audit (subject, object ? object->id : HV_AUDIT_MACHINE, permission, -XEN_EPERM);
  return -XEN_EPERM;
}
