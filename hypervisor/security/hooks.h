/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access decision of every operation of one domain on an object. */
#ifndef HV_SECURITY_HOOKS_H
#define HV_SECURITY_HOOKS_H

#include <xen/errno.h>
#include "core/domain.h"

enum hv_permission {
  /* event channels */
  HV_EVENT_CREATE,
  HV_EVENT_BIND,
  HV_EVENT_SEND,
  HV_EVENT_STATUS,
  HV_EVENT_VIRQ_OWN,
  HV_EVENT_VIRQ_GLOBAL,
  /* memory */
  HV_MEMORY_UPDATE,
  /* domains */
  HV_DOMAIN_CREATE,
  HV_DOMAIN_CONTROL, /* pause, destroy, set, shut down */
  HV_DOMAIN_INFO,
  HV_DOMAIN_CONSOLE,
  /* the machine */
  HV_SYSTEM_INFO,
  HV_SYSTEM_LOG,
  HV_SYSTEM_CHANNEL,
  HV_SYSTEM_POWER,
  HV_PERMISSIONS
};

/* Whom a permission is for. */
enum hv_scope {
  HV_SCOPE_OWN,     /* a domain on itself; the control domain on everyone */
  HV_SCOPE_PEER,    /* every domain on every other: the channel's ends have agreed */
  HV_SCOPE_CONTROL, /* the control domain alone */
};
/* Here, so that the compiler folds it: the permission is a constant at every hook. */
static const uint8_t hv_permission_scope[HV_PERMISSIONS] = {
  [HV_EVENT_CREATE] = HV_SCOPE_OWN,       [HV_EVENT_BIND] = HV_SCOPE_PEER,
  [HV_EVENT_SEND] = HV_SCOPE_PEER,        [HV_EVENT_STATUS] = HV_SCOPE_OWN,
  [HV_EVENT_VIRQ_OWN] = HV_SCOPE_OWN,     [HV_EVENT_VIRQ_GLOBAL] = HV_SCOPE_CONTROL,
  [HV_MEMORY_UPDATE] = HV_SCOPE_OWN,      [HV_DOMAIN_CREATE] = HV_SCOPE_CONTROL,
  [HV_DOMAIN_CONTROL] = HV_SCOPE_CONTROL, [HV_DOMAIN_INFO] = HV_SCOPE_CONTROL,
  [HV_DOMAIN_CONSOLE] = HV_SCOPE_CONTROL, [HV_SYSTEM_INFO] = HV_SCOPE_CONTROL,
  [HV_SYSTEM_LOG] = HV_SCOPE_CONTROL,     [HV_SYSTEM_CHANNEL] = HV_SCOPE_CONTROL,
  [HV_SYSTEM_POWER] = HV_SCOPE_CONTROL,
};

/* Records the refusal; -> -XEN_EPERM. */
int hv_refuse (const struct hv_domain *subject,
               const struct hv_domain *object,
               enum hv_permission permission);

/* 0, or -XEN_EPERM. `object` is NULL for the machine. */
static inline int __attribute__ ((warn_unused_result)) hv_may (const struct hv_domain *subject,
                                                               const struct hv_domain *object,
                                                               enum hv_permission permission)
{
  uint8_t scope = hv_permission_scope[permission];
  if (subject->control || scope == HV_SCOPE_PEER || (scope == HV_SCOPE_OWN && subject == object))
    return 0;
  return hv_refuse (subject, object, permission);
}

#endif
