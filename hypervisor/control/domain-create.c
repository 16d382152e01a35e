/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <xen/errno.h>

#include "device-methods.h"
#include "domain-methods.h"
#include "sched-methods.h"
#include "events.h"
#include "methods.h"

/* A string among the parameters that must be there. */
static bool
get_text (struct call *call, const char *key, char *buffer, size_t size)
{
  json_value value = json_member (call->request, call->params, key);

  if (value == JSON_NONE) {
    call_fail_param (call, key, "is missing");
    return false;
  }
  if (json_type_of (call->request, value) != JSON_STRING) {
    call_fail_param (call, key, "must be a string");
    return false;
  }
  if (!json_get_string (call->request, value, buffer, size, NULL)) {
    call_fail_param (call, key, "is too long, or has characters that cannot be in it");
    return false;
  }
  return true;
}

static void
fail_unsupported (struct call *call, const char *message, const char *needs, const char *hint)
{
  struct json_writer *out = call_fail (call, ERROR_UNSUPPORTED, "%s", message);

  json_member_string (out, "needs", needs);
  json_member_string (out, "hint", hint);
}

/* Whether a label is named by its type alone: the policy says the rest of it. */
static bool
is_type_label (struct call *call, json_value label)
{
  static const char *const parts[] = { "level", "categories", "integrity", "dataset" };

  for (size_t i = 0; i < ARRAY_LENGTH (parts); i++) {
    if (json_member (call->request, label, parts[i]) != JSON_NONE) {
      return false;
    }
  }
  return true;
}

/* The type of the label that was asked for; empty where none was. */
static bool
read_label (struct call *call, char type[PV_NAME_MAX])
{
  json_value label = json_member (call->request, call->params, "label");
  json_value value = json_member (call->request, label, "type");

  if (label == JSON_NONE) {
    return true;
  }
  if (!json_get_string (call->request, value, type, PV_NAME_MAX, NULL) || type[0] == '\0') {
    call_fail_param (call, "label.type", "must be the name of a type, of 1 to 31 characters");
    return false;
  }
  return true;
}

/* What the protocol knows and this hypervisor does not have yet. */
static bool
check_features (struct call *call)
{
  json_value label = json_member (call->request, call->params, "label");

  if (label != JSON_NONE && !is_type_label (call, label)) {
    fail_unsupported (call, "A label is chosen by its type; the policy says the rest of it.",
                      "policy", "Leave out all members of label but type.");
    return false;
  }
  return true;
}

uint32_t
host_free_kib (void)
{
  struct pv_sysctl operation = { .cmd = PV_SYSCTL_PHYSINFO };

  return port_sysctl (&operation) == 0 ? operation.u.physinfo.free_kib : 0;
}

void
call_fail_memory (struct call *call)
{
  uint32_t limit = host_free_kib ();
  struct json_writer *out
      = call_fail (call, ERROR_RESOURCE,
                   "There is not enough free memory for that: %u KiB are free.", limit);

  json_member_string (out, "resource", "memory");
  json_member_uint (out, "limit", limit);
  json_member_string (out, "hint", "Ask for less, or destroy a domain that is not needed.");
}

uint32_t
image_least_memory (const char *image)
{
  struct pv_sysctl operation = { .cmd = PV_SYSCTL_IMAGE };

  for (uint32_t i = 0; operation.index = i, port_sysctl (&operation) == 0; i++) {
    operation.u.image.name[PV_NAME_MAX - 1] = '\0';
    if (strcmp (operation.u.image.name, image) == 0) {
      return operation.u.image.min_kib;
    }
  }
  return 0;
}

static void
fail_least_memory (struct call *call, const char *image)
{
  uint32_t least = image_least_memory (image);
  struct json_writer *out = call_fail (
      call, ERROR_PARAMS, "memory_kib: the image \"%s\" needs at least %u", image, least);

  json_member_string (out, "member", "memory_kib");
  json_member_uint (out, "limit", least);
}

static void
fail_create (struct call *call, const struct pv_domctl *operation, long error)
{
  const char *image = operation->u.create.image;
  struct json_writer *out;

  switch (error) {
  case -XEN_ENOENT:
    out = call_fail (call, ERROR_NOT_FOUND, "There is no image \"%s\".", image);
    json_member_string (out, "hint", "image.list shows the images there are.");
    break;
  case -XEN_EBADMSG:
    out = call_fail (call, ERROR_INTEGRITY,
                     "The image \"%s\" is damaged: its checksum does not match.", image);
    json_member_string (out, "hint", "Write the flash image anew.");
    break;
  case -XEN_ENOEXEC:
    out = call_fail (call, ERROR_INTEGRITY,
                     "The image \"%s\" is not a kernel that this hypervisor can start.", image);
    json_member_string (out, "hint", "Choose an image that was built for this hypervisor.");
    break;
  case -XEN_EEXIST:
    out = call_fail (call, ERROR_EXISTS, "There is a domain \"%s\" already.",
                     operation->u.create.name);
    json_member_string (out, "hint", "Choose another name, or destroy that domain first.");
    break;
  case -XEN_ESRCH:
    out = call_fail (call, ERROR_NOT_FOUND, "The policy has no label of the type \"%s\".",
                     operation->u.create.label);
    json_member_string (out, "hint",
                        "Leave label out, or add the label to the policy (docs/policy.md).");
    break;
  case -XEN_EPERM:
    out = call_fail (call, ERROR_DENIED, "The policy does not let a domain of this label be made.");
    json_member_string (out, "hint", "Choose another label, or change the policy.");
    break;
  case -XEN_ENOSPC:
    out = call_fail (call, ERROR_RESOURCE,
                     "There are as many domains as this hypervisor can hold.");
    json_member_string (out, "resource", "domains");
    json_member_uint (out, "limit", PV_DOMAINS_MAX);
    break;
  case -XEN_ENOBUFS:
    out = call_fail (call, ERROR_RESOURCE,
                     "The policy's budget for its label has less memory than that.");
    json_member_string (out, "resource", "memory");
    json_member_string (out, "hint", "Ask for less, or give the label a larger memory_kib budget.");
    return;
  case -XEN_ENOMEM:
    call_fail_memory (call);
    break;
  case -XEN_E2BIG:
    fail_least_memory (call, image);
    break;
  default:
    call_fail (call, ERROR_INTERNAL, "The hypervisor refused to create the domain with error %u.",
               (unsigned)-error);
  }
}

/* Takes back what was created, because it cannot have this device. */
static void
give_up (struct call *call, uint32_t id, const struct pv_device_config *config, long error)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_DESTROY, .domain = id };

  port_domctl (&operation);
  call_fail_device (call, config, error);
}

void
method_domain_create (struct call *call)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_CREATE };
  struct pv_device_config devices[PV_DEVICES_MAX];
  uint32_t which;
  char image[256];
  uint64_t memory = 0, most = 0, weight = PV_WEIGHT_DEFAULT, cap = 0, vcpus = 1;
  struct sched_wish wish;
  long error;

  if (!get_text (call, "name", operation.u.create.name, sizeof operation.u.create.name)
      || !get_text (call, "image", image, sizeof image)) {
    return;
  }
  if (!domain_is_name (operation.u.create.name)) {
    call_fail_param (call, "name", DOMAIN_NAME_RULE);
    return;
  }
  if (json_member (call->request, call->params, "memory_kib") == JSON_NONE) {
    call_fail_param (call, "memory_kib", "is missing");
    return;
  }
  if (!call_get_uint (call, "memory_kib", 1, UINT64_MAX, &memory)
      || !call_get_uint (call, "max_memory_kib", 1, UINT64_MAX, &most)
      || !call_get_uint (call, "weight", PV_WEIGHT_MIN, PV_WEIGHT_MAX, &weight)
      || !call_get_uint (call, "vcpus", 1, PV_VCPUS_MAX, &vcpus)
      || !call_get_uint (call, "cap_percent", 0, 100 * vcpus, &cap) || !check_features (call)
      || !call_get_sched (call, (uint32_t)vcpus, &wish)
      || !call_get_devices (call, devices)) {
    return;
  }
  if (strlen (image) >= PV_NAME_MAX) {
    call_fail (call, ERROR_NOT_FOUND, "There is no image of that name.");
    return;
  }
  if (memory > UINT32_MAX) {
    call_fail_memory (call);
    return;
  }
  if (most != 0 && (most < memory || most > PV_MEMORY_KIB_MAX)) {
    call_fail_param (call, "max_memory_kib", most < memory ? "must not be less than memory_kib"
                                                           : "is more than a machine can have");
    return;
  }
  memcpy (operation.u.create.image, image, strlen (image) + 1);
  if (!read_label (call, operation.u.create.label)) {
    return;
  }
  operation.u.create.memory_kib = (uint32_t)memory;
  operation.u.create.max_memory_kib = (uint32_t)most;
  operation.u.create.vcpus = (uint32_t)vcpus;
  operation.u.create.weight = (uint32_t)weight;
  operation.u.create.cap_percent = (uint32_t)cap;
  domain_make_uuid (operation.u.create.handle);
  error = port_domctl (&operation);
  if (error != 0) {
    fail_create (call, &operation, error);
    return;
  }
  if (!call_apply_sched (call, operation.domain, &wish)) {
    operation.cmd = PV_DOMCTL_DESTROY;
    port_domctl (&operation);
    return;
  }
  error = devices_give (operation.domain, devices, &which);
  if (error != 0) {
    give_up (call, operation.domain, &devices[which], error);
    return;
  }
  json_begin_object (call_result (call));
  json_member_uint (call->out, "id", operation.domain);
  events_scan_soon ();
}

/* The domain is still there: shut down, with its settings. */
static void
fail_rebuild (struct call *call, struct domain *domain, long error)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_CREATE };

  switch (error) {
  case -XEN_ESRCH:
  case -XEN_EPERM:
    call_fail_hypervisor (call, domain, "rebooted", error);
    break;
  default:
    memcpy (operation.u.create.name, domain->info.name, sizeof domain->info.name);
    memcpy (operation.u.create.image, domain->info.image, sizeof domain->info.image);
    fail_create (call, &operation, error);
  }
}

void
method_domain_reboot (struct call *call)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_REBUILD };
  struct pv_device_config devices[PV_DEVICES_MAX];
  struct domain domain;
  uint32_t which;
  long error;

  if (!call_get_domain (call, &domain)) {
    return;
  }
  if (domain.info.control) {
    call_answer_domain (call, &domain);
    port_restart ();
    return;
  }
  devices_noted (domain.id, devices);
  if (!devices_detach_soon (domain.id)) {
    devices_reattach (domain.id);
    call_fail_disk (call, &domain, "rebooted");
    return;
  }
  operation.domain = domain.id;
  error = port_domctl (&operation);
  events_scan_soon ();
  if (error != 0) {
    fail_rebuild (call, &domain, error);
    return;
  }
  error = devices_give (domain.id, devices, &which);
  if (error != 0) {
    give_up (call, domain.id, &devices[which], error);
    return;
  }
  operation = (struct pv_domctl){ .cmd = PV_DOMCTL_UNPAUSE, .domain = domain.id };
  error = port_domctl (&operation);
  if (error != 0) {
    call_fail_hypervisor (call, &domain, "rebooted", error);
    return;
  }
  call_answer_domain (call, &domain);
}
