/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot.h"
#include "guard.h"
#include "methods.h"
#include "port.h"

/* What this build can do beyond the methods that every one has. */
static const char *const capabilities[] = {
  "domain.create", "domain.pause", "domain.shutdown", "domain.destroy",
  "domain.reboot", "domain.set",   "domain.console",  "domain.focus",
  "domain.screenshot", "image.list", "domain.graph", "audit.list",
  "host.attest",   "guard.get", "guard.set", "battery.set", "topic.audit", "topic.guard",
  "topic.domain",  "topic.stats",  "topic.console",
};

void
method_server_info (struct call *call)
{
  struct json_writer *out = call_result (call);

  json_begin_object (out);
  json_member_string (out, "product", "Domicile");
  json_member_string (out, "version", CONTROL_VERSION);
  json_member_uint (out, "protocol", 1);
  json_member_string (out, "endpoint", "control");
  json_key (out, "capabilities");
  json_begin_array (out);
  for (size_t i = 0; i < ARRAY_LENGTH (capabilities); i++) {
    json_string (out, capabilities[i]);
  }
}

static void
write_abi (struct json_writer *out, uint32_t abi)
{
  char text[16];
  size_t used = sizeof text;

  for (int part = 0; part < 2; part++, abi >>= 16) {
    uint32_t number = abi & 0xffff;

    do {
      text[--used] = (char)('0' + number % 10);
      number /= 10;
    } while (number > 0);
    if (part == 0) {
      text[--used] = '.';
    }
  }
  json_key (out, "abi");
  json_text (out, text + used, sizeof text - used);
}

static const char *
policy_name (uint32_t policy)
{
  switch (policy) {
  case PV_POLICY_ENFORCING:
    return "enforcing";
  case PV_POLICY_PERMISSIVE:
    return "permissive";
  default:
    return "built-in";
  }
}

void
method_host_info (struct call *call)
{
  struct pv_sysctl operation = { .cmd = PV_SYSCTL_PHYSINFO };
  struct json_writer *out;

  if (port_sysctl (&operation) != 0) {
    call_fail (call, ERROR_INTERNAL, "The hypervisor does not tell about the machine.");
    return;
  }
  out = call_result (call);
  json_begin_object (out);
  json_key (out, "hypervisor");
  json_begin_object (out);
  json_member_field (out, "name", operation.u.physinfo.hypervisor,
                     sizeof operation.u.physinfo.hypervisor);
  json_member_field (out, "version", operation.u.physinfo.version,
                     sizeof operation.u.physinfo.version);
  write_abi (out, operation.u.physinfo.abi);
  json_end (out);
  json_member_field (out, "machine", operation.u.physinfo.machine,
                     sizeof operation.u.physinfo.machine);
  json_member_uint (out, "cpus", operation.u.physinfo.cpus);
  json_member_uint (out, "memory_kib", operation.u.physinfo.memory_kib);
  json_member_uint (out, "free_kib", operation.u.physinfo.free_kib);
  json_member_uint (out, "uptime_us", operation.u.physinfo.uptime_us);
  json_member_string (out, "policy", policy_name (operation.u.physinfo.policy));
  boot_write (out);
  battery_write (out);
}
