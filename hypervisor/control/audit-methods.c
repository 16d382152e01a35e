/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hypervisor has refused. Times are those of the machine: the gateway, which has a clock,
 * makes them those of the world by the time now, `uptime_us`. */
#include "methods.h"
#include "policy/classes.h"
#include "port.h"

#define PART 16u /* records read at a time */

static void
write_reason (struct json_writer *out, const struct pv_audit_record *record)
{
  json_key (out, "reason");
  json_format (out, record->by_policy ? "The policy does not let domain %u do this (hypercall %u, error %u)."
                                      : "Domain %u asked for what cannot be (hypercall %u, error %u).",
               record->subject, record->operation, 0u - (uint32_t)record->result);
}

void
audit_write (struct json_writer *out, const struct pv_audit_record *record)
{
  const struct pol_class *cls = &pol_classes[record->cls < POL_N_CLASSES ? record->cls : 0];
  uint32_t permission = record->permission < cls->n_permissions ? record->permission : 0;

  json_member_uint (out, "seq", record->seq + 1);
  json_member_uint (out, "time_us", record->time_us);
  json_member_field (out, "subject", record->subject_label, sizeof record->subject_label);
  json_member_field (out, "object", record->object_label, sizeof record->object_label);
  json_member_string (out, "class", cls->name);
  json_member_string (out, "permission", cls->permissions[permission].name);
  json_member_uint (out, "domain", record->subject);
  if (record->object != PV_AUDIT_MACHINE) {
    json_member_uint (out, "object_domain", record->object);
  }
  json_member_bool (out, "allowed", false);
  json_member_bool (out, "enforced", record->result != 0);
  json_member_string (out, "model", record->by_policy ? "engine" : "hypervisor");
  write_reason (out, record);
}

void
method_audit_list (struct call *call)
{
  static struct pv_audit_record records[PART];
  struct pv_sysctl machine = { .cmd = PV_SYSCTL_PHYSINFO };
  struct json_writer *out;
  uint64_t since = UINT64_MAX, limit = 100, next;

  if (!call_get_uint (call, "since_seq", 0, INT64_MAX, &since)
      || !call_get_uint (call, "limit", 1, 1000, &limit)) {
    return;
  }
  if (port_sysctl (&machine) != 0 || port_audit_read (0, records, 0, &next) < 0) {
    call_fail (call, ERROR_INTERNAL, "The hypervisor does not tell what it refused.");
    return;
  }
  if (since == UINT64_MAX) {
    since = next > limit ? next - limit : 0;
  }
  out = call_result (call);
  json_begin_object (out);
  json_member_uint (out, "uptime_us", machine.u.physinfo.uptime_us);
  if (port_audit_read (since, records, 1, &next) == 1 && records[0].seq > since) {
    json_member_uint (out, "dropped", records[0].seq - since);
  }
  json_key (out, "records");
  json_begin_array (out);
  while (limit > 0) {
    long count = port_audit_read (since, records, limit < PART ? (uint32_t)limit : PART, &next);

    for (long i = 0; i < count; i++) {
      json_begin_object (out);
      audit_write (out, &records[i]);
      json_end (out);
    }
    if (count <= 0) {
      return;
    }
    since = records[count - 1].seq + 1;
    limit -= (uint64_t)count;
  }
}
