/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watchdog.h"

#include "device-methods.h"
#include "events.h"

#define NS_PER_MS 1000000ull
/* Until everybody who listens was told that it crashed. */
#define PAUSE_NS (50 * NS_PER_MS)
/* One that is ended more often than that has something wrong for good, and stays as it is. */
#define RESTARTS_MAX 3u
#define WINDOW_NS    (60000 * NS_PER_MS)

/* The restarts of a domain. */
struct record {
  uint32_t id, count; /* 0: of none */
  uint64_t when_ns[RESTARTS_MAX];
};

static struct record records[PV_DOMAINS_MAX];
static uint64_t due_ns;

static struct record *
record_of (uint32_t id)
{
  for (size_t i = 0; i < PV_DOMAINS_MAX; i++) {
    if (records[i].count != 0 && records[i].id == id) {
      return &records[i];
    }
  }
  return NULL;
}

/* One that is used by none, or by a domain that is gone. */
static struct record *
new_record (uint32_t id)
{
  struct domain domain;

  for (size_t i = 0; i < PV_DOMAINS_MAX; i++) {
    if (records[i].count == 0 || !domain_get (records[i].id, &domain)) {
      records[i] = (struct record){ .id = id };
      return &records[i];
    }
  }
  return NULL;
}

static bool
too_often (const struct record *record, uint64_t now_ns)
{
  return record != NULL && record->count >= RESTARTS_MAX
         && now_ns - record->when_ns[record->count % RESTARTS_MAX] < WINDOW_NS;
}

static bool
is_due (const struct domain *domain)
{
  const struct pv_domain_info *info = &domain->info;

  return info->state == PV_STATE_CRASHED && info->crash.reason == PV_CRASH_WATCHDOG
         && info->watchdog_restart != 0;
}

/* -> false: a disk has not answered yet, or the domain cannot be made anew; it stays as it is. */
static bool
restart (uint32_t id)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_REBUILD, .domain = id };
  struct pv_device_config devices[PV_DEVICES_MAX];
  uint32_t which;

  devices_noted (id, devices);
  if (!devices_detach_soon (id)) {
    devices_reattach (id);
    return false;
  }
  if (port_domctl (&operation) != 0 || devices_give (id, devices, &which) != 0) {
    return false;
  }
  operation = (struct pv_domctl){ .cmd = PV_DOMCTL_UNPAUSE, .domain = id };
  return port_domctl (&operation) == 0;
}

static void
restart_if_due (const struct domain *domain, uint64_t now_ns)
{
  struct record *record = record_of (domain->id);

  if (!is_due (domain) || too_often (record, now_ns)) {
    return;
  }
  if (record == NULL) {
    record = new_record (domain->id);
  }
  if (record != NULL && restart (domain->id)) {
    record->when_ns[record->count++ % RESTARTS_MAX] = now_ns;
  }
  events_scan_soon ();
}

void
watchdog_look_soon (void)
{
  if (due_ns == 0) {
    due_ns = port_time_ns () + PAUSE_NS;
  }
}

uint64_t
watchdog_run (uint64_t now_ns)
{
  struct domain domain;

  if (due_ns == 0 || now_ns < due_ns) {
    return due_ns;
  }
  due_ns = 0;
  for (uint32_t from = 0; domain_next (from, &domain); from = domain.id + 1) {
    restart_if_due (&domain, now_ns);
  }
  return due_ns;
}

void
watchdog_write (struct json_writer *out, const struct domain *domain)
{
  const struct record *record = record_of (domain->id);

  if (domain->info.watchdog_seconds == 0) {
    return;
  }
  json_key (out, "watchdog");
  json_begin_object (out);
  json_member_uint (out, "seconds", domain->info.watchdog_seconds);
  json_member_string (out, "action", domain->info.watchdog_restart != 0 ? "restart" : "crash");
  json_member_uint (out, "restarts", record != NULL ? record->count : 0);
  json_end (out);
}
