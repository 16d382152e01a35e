/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/classes.h"

#define PERMISSION(CLASS, PERMISSION, name_, flow_, resource_, summary_)                           \
  { .name = name_,                                                                                 \
    .summary = summary_,                                                                           \
    .flow = POL_FLOW_##flow_,                                                                      \
    .resource = POL_RESOURCE_##resource_ },
#define PERMISSIONS(CLASS, name_, summary_)                                                        \
  static const struct pol_permission permissions_##CLASS[]                                         \
      = { POL_PERMISSIONS_##CLASS (PERMISSION) };                                                  \
  _Static_assert(sizeof permissions_##CLASS / sizeof permissions_##CLASS[0]                        \
                     <= POL_MAX_PERMISSIONS,                                                       \
                 "a permission set is 32 bits wide");
POL_CLASSES (PERMISSIONS)

#define CLASS(CLASS, name_, summary_)                                                              \
  { .name = name_,                                                                                 \
    .summary = summary_,                                                                           \
    .permissions = permissions_##CLASS,                                                            \
    .n_permissions = POL_N_##CLASS },
const struct pol_class pol_classes[POL_N_CLASSES] = { POL_CLASSES (CLASS) };

uint32_t
pol_class_flow (uint32_t cls, uint32_t permissions)
{
  const struct pol_class *c = &pol_classes[cls];
  uint32_t flow = POL_FLOW_NEITHER;

  for (uint32_t i = 0; i < c->n_permissions; i++)
    if (permissions & POL_BIT (i))
      flow |= c->permissions[i].flow;
  return flow;
}

const char *
pol_flow_name (enum pol_flow flow)
{
  switch (flow) {
  case POL_FLOW_NEITHER:
    return "neither";
  case POL_FLOW_READ:
    return "read";
  case POL_FLOW_WRITE:
    return "write";
  case POL_FLOW_INVOKE:
    return "invoke";
  case POL_FLOW_BOTH:
  default:
    return "both";
  }
}
