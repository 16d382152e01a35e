/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every operation that needs permission. */
#ifndef HV_SECURITY_HOOK_TABLE_H
#define HV_SECURITY_HOOK_TABLE_H

#include <policy/classes.h>

/* clang-format off: a table read by column */
/*
 * H (HOOK, CLASS, PERMISSION, SCOPE): what core asks (HV_HOOK), which permission of the policy's
 * classes that is (core/policy/classes.h), and to whom it is given where no policy is loaded. The
 * shipped policy (data/policy/hypervisor.json) gives the same; a test compares the two, and another
 * demands that each is asked somewhere and stands in docs/hypercalls.md.
 */
#define HV_HOOKS(H)                                                                                \
  H (EVENT_CREATE, EVENT, CREATE, OWN)                                                             \
  H (EVENT_BIND, EVENT, BIND, PEER)                                                                \
  H (EVENT_SEND, EVENT, SEND, PEER)                                                                \
  H (EVENT_STATUS, EVENT, STATUS, OWN)                                                             \
  H (IRQ_BIND, IRQ, BIND, OWN) /* NULL: an interrupt of the machine */                             \
  H (MEMORY_UPDATE, MEMORY, MAP_WRITE, OWN)                                                        \
  H (MEMORY_INCREASE, MEMORY, INCREASE, OWN)                                                       \
  H (MEMORY_DECREASE, MEMORY, DECREASE, OWN)                                                       \
  H (GRANT_SETUP, GRANT, SETUP, OWN)                                                               \
  H (GRANT_MAP_READ, GRANT, MAP_READ, PEER)                                                        \
  H (GRANT_MAP_WRITE, GRANT, MAP_WRITE, PEER)                                                      \
  H (GRANT_COPY_FROM, GRANT, COPY_FROM, PEER)                                                      \
  H (GRANT_COPY_TO, GRANT, COPY_TO, PEER)                                                          \
  H (VCPU_CREATE, VCPU, CREATE, OWN)                                                               \
  H (VCPU_AFFINITY, VCPU, AFFINITY, CONTROL)                                                       \
  H (DOMAIN_CREATE, DOMAIN, CREATE, CONTROL)                                                       \
  H (DOMAIN_DESTROY, DOMAIN, DESTROY, CONTROL)                                                     \
  H (DOMAIN_PAUSE, DOMAIN, PAUSE, CONTROL)                                                         \
  H (DOMAIN_RESUME, DOMAIN, RESUME, CONTROL)                                                       \
  H (DOMAIN_SHUTDOWN, DOMAIN, SHUTDOWN, CONTROL)                                                   \
  H (DOMAIN_SET, DOMAIN, SET, CONTROL)                                                             \
  H (DOMAIN_INFO, DOMAIN, INFO, CONTROL)                                                           \
  H (DOMAIN_SAVE, DOMAIN, SAVE, CONTROL)                                                           \
  H (DOMAIN_RESTORE, DOMAIN, RESTORE, CONTROL)                                                     \
  H (CONSOLE_READ, CONSOLE, READ, CONTROL)   /* NULL: the machine's log */                         \
  H (CONSOLE_WRITE, CONSOLE, WRITE, CONTROL) /* types */                                           \
  H (CONSOLE_USE, CONSOLE, USE, OWN)         /* its own end of its console */                      \
  H (DISPLAY_DRAW, DISPLAY, DRAW, OWN)                                                             \
  H (DISPLAY_CAPTURE, DISPLAY, CAPTURE, CONTROL)                                                   \
  H (DISPLAY_FOCUS, DISPLAY, FOCUS, CONTROL)                                                       \
  H (INPUT_RECEIVE, INPUT, RECEIVE, OWN)                                                           \
  H (STORAGE_READ, STORAGE, READ, CONTROL) /* the machine's disk */                                \
  H (STORAGE_WRITE, STORAGE, WRITE, CONTROL)                                                       \
  H (NETWORK_SEND, NETWORK, SEND, CONTROL) /* the machine's network */                             \
  H (NETWORK_RECEIVE, NETWORK, RECEIVE, CONTROL)                                                   \
  H (NETWORK_CONNECT, NETWORK, CONNECT, PEER) /* whether the bridge connects two domains */        \
  H (HOST_INFO, HOST, INFO, CONTROL)                                                               \
  H (HOST_SCHEDULE, HOST, SCHEDULE, CONTROL)                                                       \
  H (HOST_CHANNEL, HOST, CHANNEL, CONTROL)                                                         \
  H (HOST_POWER, HOST, POWER, CONTROL)                                                             \
  H (HOST_ATTEST, HOST, ATTEST, CONTROL)                                                           \
  H (POLICY_GET, POLICY, GET, CONTROL)                                                             \
  H (POLICY_CHECK, POLICY, CHECK, CONTROL)                                                         \
  H (POLICY_LOAD, POLICY, LOAD, CONTROL)                                                           \
  H (POLICY_AUDIT, POLICY, AUDIT, CONTROL)
/* clang-format on */

#define HV_HOOK_ENUM(hook, class, permission, scope) HV_##hook,
enum hv_hook { HV_HOOKS (HV_HOOK_ENUM) HV_N_HOOKS };
#undef HV_HOOK_ENUM

/* Whom an operation is for where no policy is loaded. */
enum hv_scope {
  HV_SCOPE_OWN,     /* a domain on itself; the control domain on everyone and the machine */
  HV_SCOPE_PEER,    /* every domain on every other: the channel's ends have agreed */
  HV_SCOPE_CONTROL, /* the control domain alone */
};

#endif
