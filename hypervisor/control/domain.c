/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domain.h"

#include "crash.h"
#include "watchdog.h"
#include "device-methods.h"

static uint64_t
mix (uint64_t value)
{
  value ^= value >> 30;
  value *= 0xbf58476d1ce4e5b9u;
  value ^= value >> 27;
  value *= 0x94d049bb133111ebu;
  return value ^ value >> 31;
}

/* A name that differs from all others of this run, made from the time and a counter; the machine
   has no source of random numbers, and nothing relies on it being hard to guess. Version 8 says:
   our own way. */
void
domain_make_uuid (uint8_t uuid[16])
{
  static uint64_t count;
  uint64_t half[2];

  half[0] = mix (port_time_ns () + 0x9e3779b97f4a7c15u * ++count);
  half[1] = mix (half[0] + count);
  memcpy (uuid, half, 16);
  uuid[6] = (uint8_t)(0x80 | (uuid[6] & 0x0f));
  uuid[8] = (uint8_t)(0x80 | (uuid[8] & 0x3f));
}

static bool
is_zero (const uint8_t *bytes, size_t length)
{
  for (size_t i = 0; i < length; i++) {
    if (bytes[i] != 0) {
      return false;
    }
  }
  return true;
}

/* Domains that were started at boot come without a uuid. */
static void
ensure_uuid (struct domain *domain)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_SET_HANDLE, .domain = domain->id };

  if (!is_zero (domain->info.handle, sizeof domain->info.handle)) {
    return;
  }
  if (domain->info.control) {
    /* Nothing may change the control domain; its uuid follows from what it is. */
    memcpy (domain->info.handle, domain->info.image_sha256, sizeof domain->info.handle);
    domain->info.handle[6] = (uint8_t)(0x80 | (domain->info.handle[6] & 0x0f));
    domain->info.handle[8] = (uint8_t)(0x80 | (domain->info.handle[8] & 0x3f));
    return;
  }
  domain_make_uuid (operation.u.handle.handle);
  memcpy (domain->info.handle, operation.u.handle.handle, sizeof domain->info.handle);
  port_domctl (&operation);
}

bool
domain_next (uint32_t from, struct domain *domain)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_GET_INFO, .domain = from };

  if (port_domctl (&operation) != 0) {
    return false;
  }
  domain->id = operation.domain;
  domain->info = operation.u.info;
  ensure_uuid (domain);
  return true;
}

bool
domain_is_over (const struct domain *domain)
{
  return domain->info.state == PV_STATE_SHUTDOWN || domain->info.state == PV_STATE_CRASHED;
}

bool
domain_get (uint32_t id, struct domain *domain)
{
  return domain_next (id, domain) && domain->id == id;
}

static bool
is_name_character (char c, bool first)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
         || (!first && (c == '.' || c == '_' || c == '-'));
}

bool
domain_is_name (const char *name)
{
  for (size_t i = 0; name[i] != '\0'; i++) {
    if (!is_name_character (name[i], i == 0)) {
      return false;
    }
  }
  return name[0] != '\0';
}

const char *
domain_state_name (uint32_t state)
{
  static const char *const names[] = {
    [PV_STATE_RUNNING] = "running",   [PV_STATE_BLOCKED] = "blocked", [PV_STATE_PAUSED] = "paused",
    [PV_STATE_SHUTDOWN] = "shutdown", [PV_STATE_CRASHED] = "crashed", [PV_STATE_SAVED] = "saved",
  };

  return state < ARRAY_LENGTH (names) ? names[state] : "crashed";
}

static void
write_uuid (struct json_writer *out, const uint8_t uuid[16])
{
  char text[36];
  size_t used = 0;

  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      text[used++] = '-';
    }
    text[used++] = "0123456789abcdef"[uuid[i] >> 4];
    text[used++] = "0123456789abcdef"[uuid[i] & 15];
  }
  json_key (out, "uuid");
  json_text (out, text, sizeof text);
}

static void
write_vcpus (struct json_writer *out, const struct pv_domain_info *info)
{
  json_key (out, "vcpus");
  json_begin_array (out);
  for (uint32_t i = 0; i < info->vcpus && i < PV_VCPUS_MAX; i++) {
    json_begin_object (out);
    json_member_uint (out, "id", i);
    json_member_uint (out, "pcpu", info->vcpu[i].pcpu);
    json_key (out, "affinity");
    json_begin_array (out);
    for (uint32_t cpu = 0; cpu < 32; cpu++) {
      if ((info->vcpu[i].affinity >> cpu & 1) != 0) {
        json_uint (out, cpu);
      }
    }
    json_end (out);
    json_member_string (out, "state", domain_state_name (info->vcpu[i].state));
    json_member_uint (out, "cpu_time_ns", info->vcpu[i].cpu_time_ns);
    json_end (out);
  }
  json_end (out);
}

static void
write_usage (struct json_writer *out, const char *key, uint32_t used, uint32_t max)
{
  json_key (out, key);
  json_begin_object (out);
  json_member_uint (out, "used", used);
  json_member_uint (out, "max", max);
  json_end (out);
}

static void
write_kernel (struct json_writer *out, const struct pv_domain_info *info)
{
  json_key (out, "kernel");
  json_begin_object (out);
  json_member_field (out, "image", info->image, sizeof info->image);
  json_key (out, "sha256");
  json_hex (out, info->image_sha256, sizeof info->image_sha256);
  json_member_bool (out, "verified", info->image_verified != 0);
  json_end (out);
}

void
domain_write (struct json_writer *out, const struct domain *domain)
{
  const struct pv_domain_info *info = &domain->info;

  json_begin_object (out);
  json_member_uint (out, "id", domain->id);
  write_uuid (out, info->handle);
  json_member_field (out, "name", info->name, sizeof info->name);
  json_member_string (out, "role", info->control ? "control" : "guest");
  json_member_string (out, "state", domain_state_name (info->state));
  json_key (out, "label");
  json_begin_object (out);
  json_member_field (out, "type", info->label, sizeof info->label);
  json_end (out);
  write_vcpus (out, info);
  json_member_uint (out, "cpu_time_ns", info->cpu_time_ns);
  json_member_uint (out, "memory_kib", info->memory_kib);
  json_member_uint (out, "target_memory_kib", info->target_memory_kib);
  json_member_uint (out, "max_memory_kib", info->max_memory_kib);
  json_member_uint (out, "weight", info->weight);
  json_member_uint (out, "cap_percent", info->cap_percent);
  json_member_string (out, "sched", info->period_us != 0 ? "realtime" : "fair");
  if (info->period_us != 0) {
    json_member_uint (out, "budget_us", info->budget_us);
    json_member_uint (out, "period_us", info->period_us);
  }
  watchdog_write (out, domain);
  write_usage (out, "event_channels", info->event_channels_used, info->event_channels_max);
  write_usage (out, "grants", info->grants_used, info->grants_max);
  json_member_uint (out, "faults", info->faults);
  json_member_bool (out, "focus", (info->flags & PV_DOMAIN_FOCUS) != 0);
  json_member_bool (out, "display", (info->flags & PV_DOMAIN_DISPLAY) != 0);
  devices_write (out, domain->id);
  write_kernel (out, info);
  if (info->state == PV_STATE_CRASHED) {
    crash_write (out, domain);
  }
  json_end (out);
}
