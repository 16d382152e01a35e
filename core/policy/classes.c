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

/* Those of a class whose flow has this bit. */
#define HAS_FLOW(CLASS, PERMISSION, name_, flow_, bit)                                             \
  | ((POL_FLOW_##flow_ & (bit)) != 0 ? POL_BIT (POL_##CLASS##_##PERMISSION) : 0)
#define HAS_READ(CLASS, PERMISSION, name_, flow_, resource_, summary_)                             \
  HAS_FLOW (CLASS, PERMISSION, name_, flow_, POL_FLOW_READ)
#define HAS_WRITE(CLASS, PERMISSION, name_, flow_, resource_, summary_)                            \
  HAS_FLOW (CLASS, PERMISSION, name_, flow_, POL_FLOW_WRITE)
#define HAS_INVOKE(CLASS, PERMISSION, name_, flow_, resource_, summary_)                           \
  HAS_FLOW (CLASS, PERMISSION, name_, flow_, POL_FLOW_INVOKE)

#define CLASS(CLASS, name_, summary_)                                                              \
  { .name = name_,                                                                                 \
    .summary = summary_,                                                                           \
    .permissions = permissions_##CLASS,                                                            \
    .n_permissions = POL_N_##CLASS,                                                                \
    .reads = 0 POL_PERMISSIONS_##CLASS (HAS_READ),                                                 \
    .writes = 0 POL_PERMISSIONS_##CLASS (HAS_WRITE),                                               \
    .invokes = 0 POL_PERMISSIONS_##CLASS (HAS_INVOKE) },
const struct pol_class pol_classes[POL_N_CLASSES] = { POL_CLASSES (CLASS) };

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
