/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The compiled policy, for the gateway, which has the document that it is made of (policy.*, of the
 * channel, not for clients): it is read and replaced in parts, and asked by numbers. */
#include "methods.h"
#include "port.h"
#include <xen/errno.h>
#include "policy/image.h"

/* Base64 goes out in groups of three bytes. */
#define READ_PART (PV_POLICY_PART / 3 * 3)

static uint8_t part[PV_POLICY_PART] __attribute__ ((aligned (8)));

static void
fail (struct call *call, const struct pv_policy_op *op, long error)
{
  switch (error) {
  case -XEN_EPERM:
    call_fail (call, ERROR_DENIED, "The policy does not allow the control domain to do that to it.");
    return;
  case -XEN_E2BIG:
    call_fail (call, ERROR_RESOURCE, "The policy is larger than the hypervisor has room for.");
    json_member_string (call->out, "resource", "policy");
    json_member_uint (call->out, "limit", PV_POLICY_MAX);
    return;
  case -XEN_EBADMSG:
    call_fail (call, ERROR_INTEGRITY,
               "The policy is damaged, or lacks the label of the control domain, of guests or of "
               "the machine; nothing was loaded.");
    return;
  case -XEN_ESRCH:
    call_fail (call, ERROR_STATE,
               "A domain has the label \"%s\", which the policy does not know; nothing was loaded.",
               op->u.test.label);
    json_member_string (call->out, "state", "label-in-use");
    json_member_string (call->out, "hint",
                        "Keep that label in the policy, or end the domains that have it.");
    return;
  case -XEN_EACCES:
    call_fail (call, ERROR_STATE,
               "Under this policy nobody could load another one; nothing was loaded.");
    json_member_string (call->out, "state", "locks-out");
    json_member_string (call->out, "hint",
                        "Let the type of the control domain load the policy and use the channel "
                        "of the machine, or put the policy in flash for good.");
    return;
  case -XEN_ENODATA:
    call_fail (call, ERROR_STATE, "No policy was loaded: the hypervisor's built-in rules hold.");
    json_member_string (call->out, "state", "built-in");
    return;
  case -XEN_EBUSY:
    call_fail (call, ERROR_STATE, "Another policy is being loaded; nothing was changed.");
    json_member_string (call->out, "state", "changed");
    return;
  default:
    call_fail (call, ERROR_INTERNAL, "The hypervisor refused with error %u.", (unsigned)-error);
  }
}

/* Acts, and answers with the error there is; -> whether there is none. */
static bool
act (struct call *call, struct pv_policy_op *op)
{
  long error = port_policy (op);

  if (error != 0) {
    fail (call, op, error);
  }
  return error == 0;
}

void
method_policy_status (struct call *call)
{
  struct pv_policy_op op = { .cmd = PV_POLICY_STATUS };

  if (act (call, &op)) {
    json_begin_object (call_result (call));
    json_member_uint (call->out, "sequence", op.sequence);
    json_member_uint (call->out, "state", op.u.status.state);
    json_member_uint (call->out, "size", op.u.status.size);
    json_member_uint (call->out, "loaded_us", op.u.status.loaded_us);
    json_member_uint (call->out, "uptime_us", port_time_ns () / 1000);
  }
}

void
method_policy_read (struct call *call)
{
  struct pv_policy_op op = { .cmd = PV_POLICY_READ };
  uint64_t offset = 0;

  if (!call_get_uint (call, "offset", 0, PV_POLICY_MAX, &offset)) {
    return;
  }
  op.u.part.buffer = (uint32_t)(uintptr_t)part;
  op.u.part.length = READ_PART;
  op.u.part.offset = (uint32_t)offset;
  if (act (call, &op)) {
    json_begin_object (call_result (call));
    json_member_uint (call->out, "sequence", op.sequence);
    json_key (call->out, "data");
    json_begin_base64 (call->out);
    json_add_base64 (call->out, (const char *)part, op.u.part.length);
    json_end_base64 (call->out);
  }
}

void
method_policy_begin (struct call *call)
{
  struct pv_policy_op op = { .cmd = PV_POLICY_BEGIN };
  uint64_t size = 0;

  if (!call_get_uint (call, "size", 1, UINT32_MAX, &size)) {
    return;
  }
  op.u.begin.size = (uint32_t)size;
  if (act (call, &op)) {
    json_begin_object (call_result (call));
  }
}

void
method_policy_write (struct call *call)
{
  struct pv_policy_op op = { .cmd = PV_POLICY_WRITE };
  uint64_t offset = 0;
  size_t length;

  if (!call_get_uint (call, "offset", 0, PV_POLICY_MAX, &offset)) {
    return;
  }
  if (!json_get_base64 (call->request, json_member (call->request, call->params, "data"), part,
                        sizeof part, &length)) {
    call_fail_param (call, "data", "must be at most 16384 bytes in base64");
    return;
  }
  op.u.part.buffer = (uint32_t)(uintptr_t)part;
  op.u.part.length = (uint32_t)length;
  op.u.part.offset = (uint32_t)offset;
  if (act (call, &op)) {
    json_begin_object (call_result (call));
  }
}

/* What ends under the policy that was brought, or has ended under it. */
static void
take_over (struct call *call, uint32_t cmd)
{
  struct pv_policy_op op = { .cmd = cmd };

  if (act (call, &op)) {
    json_begin_object (call_result (call));
    json_member_uint (call->out, "sequence", op.sequence);
    json_member_uint (call->out, "grants", op.u.test.grants);
    json_member_uint (call->out, "channels", op.u.test.channels);
    json_member_uint (call->out, "interrupts", op.u.test.interrupts);
    json_member_uint (call->out, "displays", op.u.test.displays);
  }
}

void
method_policy_test (struct call *call)
{
  take_over (call, PV_POLICY_TEST);
}

void
method_policy_commit (struct call *call)
{
  take_over (call, PV_POLICY_COMMIT);
}

static void
write_verdicts (struct json_writer *out, const struct pv_policy_op *op)
{
  json_key (out, "verdicts");
  json_begin_array (out);
  for (uint32_t i = 0; i < PV_POLICY_MODELS; i++) {
    const struct pv_policy_verdict *verdict = &op->u.check.verdict[i];

    if ((op->u.check.active >> i & 1) != 0) {
      json_begin_object (out);
      json_member_uint (out, "model", i);
      json_member_bool (out, "allowed", verdict->allowed != 0);
      json_member_uint (out, "reason", verdict->reason);
      json_member_uint (out, "detail", verdict->detail);
      json_end (out);
    }
  }
}

void
method_policy_decide (struct call *call)
{
  struct pv_policy_op op = { .cmd = PV_POLICY_CHECK };
  uint64_t sequence = 0, subject = 0, object = 0, cls = 0, permissions = 0;

  if (!call_get_uint (call, "sequence", 1, UINT32_MAX, &sequence)
      || !call_get_uint (call, "subject", 0, UINT16_MAX, &subject)
      || !call_get_uint (call, "object", 0, UINT16_MAX, &object)
      || !call_get_uint (call, "class", 0, POL_N_CLASSES - 1, &cls)
      || !call_get_uint (call, "permissions", 1, UINT32_MAX, &permissions)) {
    return;
  }
  op.sequence = (uint32_t)sequence;
  op.u.check.subject = (uint16_t)subject;
  op.u.check.object = (uint16_t)object;
  op.u.check.cls = (uint16_t)cls;
  op.u.check.permissions = (uint32_t)permissions;
  if (act (call, &op)) {
    json_begin_object (call_result (call));
    json_member_bool (call->out, "allowed", op.u.check.allowed != 0);
    json_member_bool (call->out, "cached", op.u.check.cached != 0);
    write_verdicts (call->out, &op);
  }
}

void
method_policy_history (struct call *call)
{
  static uint32_t datasets[POL_MAX_DATASETS];
  struct pv_policy_op op = { .cmd = PV_POLICY_HISTORY };

  if (!json_get_string (call->request, json_member (call->request, call->params, "label"),
                        op.u.history.label, sizeof op.u.history.label, NULL)) {
    call_fail_param (call, "label", "must be the type of a label");
    return;
  }
  op.u.history.buffer = (uint32_t)(uintptr_t)datasets;
  op.u.history.count = POL_MAX_DATASETS;
  if (act (call, &op)) {
    json_begin_object (call_result (call));
    json_member_uint (call->out, "integrity", op.u.history.integrity);
    json_key (call->out, "datasets");
    json_begin_array (call->out);
    for (uint32_t i = 0; i < op.u.history.count && i < POL_MAX_DATASETS; i++) {
      json_uint (call->out, datasets[i]);
    }
  }
}
