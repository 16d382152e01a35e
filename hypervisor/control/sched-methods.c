/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sched-methods.h"

#include <pv/arch.h>
#include <xen/errno.h>
#include "port.h"

#define USUAL_BUDGET_US 5000
#define USUAL_PERIOD_US 20000
#define CPUS_MAX        32u
#define WATCHDOG_MAX    86400u

static bool
get_class (struct call *call, struct sched_wish *wish)
{
  json_value sched = json_member (call->request, call->params, "sched");
  uint64_t budget = 0, period = 0;

  if (!call_get_uint (call, "budget_us", 100, 1000000, &budget)
      || !call_get_uint (call, "period_us", 1000, 1000000, &period)) {
    return false;
  }
  if (json_equals (call->request, sched, "realtime")) {
    wish->class_set = true;
    wish->budget_us = budget != 0 ? (uint32_t)budget : USUAL_BUDGET_US;
    wish->period_us = period != 0 ? (uint32_t)period : USUAL_PERIOD_US;
    if (wish->budget_us > wish->period_us) {
      call_fail_param (call, "budget_us", "must not be more than period_us");
      return false;
    }
    return true;
  }
  if (sched != JSON_NONE && !json_equals (call->request, sched, "fair")) {
    call_fail_param (call, "sched", "must be \"fair\" or \"realtime\"");
    return false;
  }
  if (budget != 0 || period != 0) {
    call_fail_param (call, budget != 0 ? "budget_us" : "period_us", "needs sched \"realtime\"");
    return false;
  }
  wish->class_set = sched != JSON_NONE;
  return true;
}

/* The processors of one vCPU, as bits. */
static bool
get_processors (struct call *call, json_value list, uint32_t *bits)
{
  *bits = 0;
  for (json_value value = json_first (call->request, list); value != JSON_NONE;
       value = json_next (call->request, value)) {
    uint64_t number;

    if (!json_get_uint (call->request, value, &number) || number >= CPUS_MAX) {
      return false;
    }
    *bits |= 1u << number;
  }
  return *bits != 0;
}

static bool
get_affinity (struct call *call, uint32_t vcpus, struct sched_wish *wish)
{
  json_value lists = json_member (call->request, call->params, "vcpu_affinity");

  if (lists == JSON_NONE) {
    return true;
  }
  for (json_value list = json_first (call->request, lists); list != JSON_NONE;
       list = json_next (call->request, list)) {
    if (wish->affinities == vcpus
        || !get_processors (call, list, &wish->affinity[wish->affinities])) {
      wish->affinities = 0;
      break;
    }
    wish->affinities++;
  }
  if (wish->affinities == 0) {
    call_fail_param (call, "vcpu_affinity",
                     "must be a list of processor numbers for each virtual CPU, none of them empty");
    return false;
  }
  return true;
}

static bool
get_watchdog (struct call *call, struct sched_wish *wish)
{
  json_value watchdog = json_member (call->request, call->params, "watchdog");
  json_value action = json_member (call->request, watchdog, "action");
  uint64_t seconds;

  if (watchdog == JSON_NONE) {
    return true;
  }
  if (!json_get_uint (call->request, json_member (call->request, watchdog, "seconds"), &seconds)
      || seconds > WATCHDOG_MAX) {
    call_fail_param (call, "watchdog.seconds", "must be a number of seconds up to a day, or 0 for no watchdog");
    return false;
  }
  wish->watchdog_restart = json_equals (call->request, action, "restart");
  if (action != JSON_NONE && !wish->watchdog_restart
      && !json_equals (call->request, action, "crash")) {
    call_fail_param (call, "watchdog.action", "must be \"crash\" or \"restart\"");
    return false;
  }
  wish->watchdog_set = true;
  wish->watchdog_seconds = (uint32_t)seconds;
  return true;
}

bool
call_get_sched (struct call *call, uint32_t vcpus, struct sched_wish *wish)
{
  *wish = (struct sched_wish){ .class_set = false };
  return get_class (call, wish) && get_affinity (call, vcpus, wish) && get_watchdog (call, wish);
}

static void
fail (struct call *call, long error)
{
  struct json_writer *out;

  if (error == -XEN_EINVAL) {
    call_fail_param (call, "vcpu_affinity", "names no processor that the machine has");
  } else if (error == -XEN_ENOSPC) {
    out = call_fail (call, ERROR_RESOURCE,
                     "No processor has so much time left for real-time domains.");
    json_member_string (out, "resource", "processor");
    json_member_uint (out, "limit", 90);
    json_member_string (out, "hint",
                        "The budgets of a processor may be 90 percent of its time. Ask for a smaller "
                        "budget or a longer period.");
  } else if (error == -XEN_EPERM) {
    call_fail (call, ERROR_DENIED, "The policy does not let its scheduling be changed.");
  } else {
    call_fail (call, ERROR_INTERNAL, "The hypervisor refused with error %u.", (unsigned)-error);
  }
}

uint32_t
sched_all_processors (void)
{
  struct pv_sysctl operation = { .cmd = PV_SYSCTL_PHYSINFO };

  return port_sysctl (&operation) == 0 ? (1u << operation.u.physinfo.cpus) - 1 : UINT32_MAX;
}

long
sched_apply (uint32_t domain, const struct sched_wish *wish)
{
  struct pv_domctl operation = { .domain = domain };
  long error = 0;

  for (uint32_t i = 0; i < wish->affinities && error == 0; i++) {
    if (wish->affinity[i] == 0) {
      continue;
    }
    operation.cmd = PV_DOMCTL_SET_AFFINITY;
    operation.u.affinity.vcpu = i;
    operation.u.affinity.processors = wish->affinity[i];
    error = port_domctl (&operation);
  }
  if ((wish->class_set || wish->watchdog_set) && error == 0) {
    operation.cmd = PV_DOMCTL_SCHEDULER;
    operation.u.scheduler.set = (wish->class_set ? PV_SCHED_SET_REALTIME : 0)
                                | (wish->watchdog_set ? PV_SCHED_SET_WATCHDOG : 0);
    operation.u.scheduler.watchdog_seconds = wish->watchdog_seconds;
    operation.u.scheduler.watchdog_restart = wish->watchdog_restart;
    operation.u.scheduler.budget_us = wish->budget_us;
    operation.u.scheduler.period_us = wish->period_us;
    error = port_domctl (&operation);
  }
  return error;
}

bool
call_apply_sched (struct call *call, uint32_t domain, const struct sched_wish *wish)
{
  long error = sched_apply (domain, wish);

  if (error != 0) {
    fail (call, error);
  }
  return error == 0;
}
