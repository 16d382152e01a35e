/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domain-methods.h"
#include "sched-methods.h"

#include <xen/errno.h>

#include "device.h"
#include "events.h"
#include "methods.h"

bool
call_get_domain (struct call *call, struct domain *domain)
{
  uint64_t id = 0;
  struct json_writer *out;

  if (json_member (call->request, call->params, "id") == JSON_NONE) {
    call_fail_param (call, "id", "is missing");
    return false;
  }
  if (!call_get_uint (call, "id", 0, UINT64_MAX, &id)) {
    return false;
  }
  if (id > UINT32_MAX || !domain_get ((uint32_t)id, domain)) {
    out = call_fail (call, ERROR_NOT_FOUND, "There is no such domain.");
    json_member_string (out, "hint", "domain.list shows the domains there are.");
    return false;
  }
  return true;
}

void
call_fail_state (struct call *call, const struct domain *domain, const char *what, const char *hint)
{
  const char *state = domain_state_name (domain->info.state);
  struct json_writer *out
      = call_fail (call, ERROR_STATE, "The domain \"%s\" cannot be %s while its state is \"%s\".",
                   domain->info.name, what, state);

  json_member_string (out, "state", state);
  if (hint != NULL) {
    json_member_string (out, "hint", hint);
  }
}

static void
fail_not_guest (struct call *call, const char *what)
{
  struct json_writer *out = call_fail (
      call, ERROR_DENIED, "The control domain cannot be %s: it manages the others.", what);

  json_member_string (out, "hint", "To end it, stop the machine as a whole.");
  json_key (out, "models");
  json_begin_array (out);
}

static void
fail_denied (struct call *call, const struct domain *domain, const char *what)
{
  struct json_writer *out;

  if (domain->info.control) {
    fail_not_guest (call, what);
    return;
  }
  out = call_fail (call, ERROR_DENIED,
                   "The access policy does not let the domain \"%s\" be %s by the control domain.",
                   domain->info.name, what);
  json_member_string (out, "hint", "Its label decides; docs/policy.md says how to change the policy.");
  json_key (out, "models");
  json_begin_array (out);
}

void
call_fail_hypervisor (struct call *call, struct domain *domain, const char *what, long error)
{
  switch (error) {
  case -XEN_ESRCH:
    call_fail (call, ERROR_NOT_FOUND, "The domain has gone in the meantime.");
    break;
  case -XEN_EPERM:
    fail_denied (call, domain, what);
    break;
  case -XEN_EBUSY:
    domain_get (domain->id, domain);
    call_fail_state (call, domain, what, NULL);
    break;
  case -XEN_EOPNOTSUPP:
    call_fail (call, ERROR_UNSUPPORTED,
               "The domain \"%s\" cannot be %s: its kernel does not take part in it.",
               domain->info.name, what);
    break;
  default:
    call_fail (call, ERROR_INTERNAL, "The hypervisor refused with error %u.", (unsigned)-error);
  }
}

void
call_answer_domain (struct call *call, struct domain *domain)
{
  domain_get (domain->id, domain);
  domain_write (call_result (call), domain);
  events_scan_soon ();
}

void
call_fail_disk (struct call *call, const struct domain *domain, const char *what)
{
  struct json_writer *out
      = call_fail (call, ERROR_IO,
                   "The domain \"%s\" cannot be %s yet: the machine's disk does not answer.",
                   domain->info.name, what);

  json_member_string (out, "hint",
                      "Its devices are closed. Try again when the disk is back, or look at the "
                      "machine's storage.");
}

/* Does a command that needs no more than the domain. */
static void
act (struct call *call, struct domain *domain, uint32_t cmd, const char *what)
{
  struct pv_domctl operation = { .cmd = cmd, .domain = domain->id };
  long error = port_domctl (&operation);

  if (error != 0) {
    call_fail_hypervisor (call, domain, what, error);
    return;
  }
  call_answer_domain (call, domain);
}

bool
call_get_guest (struct call *call, struct domain *domain, const char *what)
{
  if (!call_get_domain (call, domain)) {
    return false;
  }
  if (domain->info.control) {
    fail_not_guest (call, what);
    return false;
  }
  return true;
}

void
method_domain_list (struct call *call)
{
  struct json_writer *out = call_result (call);
  struct domain domain;

  json_begin_object (out);
  json_key (out, "domains");
  json_begin_array (out);
  for (uint32_t from = 0; domain_next (from, &domain); from = domain.id + 1) {
    domain_write (out, &domain);
  }
}

void
method_domain_get (struct call *call)
{
  struct domain domain;

  if (call_get_domain (call, &domain)) {
    domain_write (call_result (call), &domain);
  }
}

void
method_domain_pause (struct call *call)
{
  struct domain domain;

  if (!call_get_guest (call, &domain, "paused")) {
    return;
  }
  if (domain_is_over (&domain) || domain.info.state == PV_STATE_PAUSED) {
    call_fail_state (call, &domain, "paused", NULL);
    return;
  }
  act (call, &domain, PV_DOMCTL_PAUSE, "paused");
}

void
method_domain_resume (struct call *call)
{
  struct domain domain;

  if (!call_get_guest (call, &domain, "resumed")) {
    return;
  }
  if (domain.info.state == PV_STATE_SAVED) {
    devices_reattach (domain.id);
    act (call, &domain, PV_DOMCTL_UNSUSPEND, "resumed");
    return;
  }
  if (domain.info.state != PV_STATE_PAUSED) {
    call_fail_state (call, &domain, "resumed",
                     domain_is_over (&domain) ? "It has ended; create it anew."
                                              : "It runs already.");
    return;
  }
  act (call, &domain, PV_DOMCTL_UNPAUSE, "resumed");
}

void
method_domain_shutdown (struct call *call)
{
  struct domain domain;

  if (!call_get_guest (call, &domain, "shut down")) {
    return;
  }
  if (domain_is_over (&domain) || domain.info.state == PV_STATE_PAUSED) {
    call_fail_state (call, &domain, "shut down",
                     domain_is_over (&domain)
                         ? "It has ended; domain.destroy takes back what it holds."
                         : "Resume it first, so that it can end by itself, or destroy it.");
    return;
  }
  act (call, &domain, PV_DOMCTL_SHUTDOWN, "shut down");
}

void
method_domain_destroy (struct call *call)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_DESTROY };
  struct domain domain;
  long error;

  if (!call_get_guest (call, &domain, "destroyed")) {
    return;
  }
  if (!devices_detach_soon (domain.id)) {
    call_fail_disk (call, &domain, "destroyed");
    return;
  }
  operation.domain = domain.id;
  error = port_domctl (&operation);
  if (error != 0) {
    call_fail_hypervisor (call, &domain, "destroyed", error);
    return;
  }
  domain_write (call_result (call), &domain);
  events_scan_soon ();
}

/* Reads parameter `memory_kib`; a domain can have what its image needs up to its own maximum. -> false
   where it cannot be, after answering so. */
static bool
get_memory (struct call *call, const struct domain *domain, uint64_t *memory)
{
  uint32_t least = image_least_memory (domain->info.image);
  uint64_t most = domain->info.max_memory_kib, has = domain->info.memory_kib;
  struct json_writer *out;

  *memory = domain->info.target_memory_kib;
  if (!call_get_uint (call, "memory_kib", 1, UINT64_MAX, memory)) {
    return false;
  }
  if (*memory < least || *memory > most) {
    out = call_fail (call, ERROR_PARAMS, "memory_kib: \"%s\" can have %u to %u",
                     domain->info.name, least, (uint32_t)most);
    json_member_string (out, "member", "memory_kib");
    json_member_uint (out, "limit", *memory < least ? least : most);
    json_member_string (out, "hint", "max_memory_kib of domain.create sets the most.");
    return false;
  }
  if (*memory > has && *memory - has > host_free_kib ()) {
    call_fail_memory (call);
    return false;
  }
  return true;
}

/* Tells the domain how much memory it may have. */
static bool
set_memory (struct call *call, struct domain *domain, uint64_t memory)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_MAX_MEM, .domain = domain->id };
  long error;

  operation.u.max_mem.kib = (uint32_t)memory;
  error = memory != domain->info.target_memory_kib ? port_domctl (&operation) : 0;
  if (error != 0) {
    call_fail_hypervisor (call, domain, "changed", error);
  }
  return error == 0;
}

void
method_domain_set (struct call *call)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_SCHEDULER };
  struct domain domain;
  uint64_t weight = 0, cap = UINT64_MAX, memory;
  struct sched_wish wish;
  long error;

  if (!call_get_domain (call, &domain)
      || !call_get_uint (call, "weight", PV_WEIGHT_MIN, PV_WEIGHT_MAX, &weight)
      || !call_get_uint (call, "cap_percent", 0, 100 * domain.info.vcpus, &cap)
      || !call_get_sched (call, domain.info.vcpus, &wish) || !get_memory (call, &domain, &memory)
      || !call_apply_sched (call, domain.id, &wish) || !set_memory (call, &domain, memory)) {
    return;
  }
  operation.domain = domain.id;
  if (weight != 0) {
    operation.u.scheduler.set |= PV_SCHED_SET_WEIGHT;
    operation.u.scheduler.weight = (uint32_t)weight;
  }
  if (cap != UINT64_MAX) {
    operation.u.scheduler.set |= PV_SCHED_SET_CAP;
    operation.u.scheduler.cap_percent = (uint32_t)cap;
  }
  error = operation.u.scheduler.set != 0 ? port_domctl (&operation) : 0;
  if (error != 0) {
    call_fail_hypervisor (call, &domain, "changed", error);
    return;
  }
  call_answer_domain (call, &domain);
}
