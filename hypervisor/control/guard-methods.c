/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guard.*: what domains may spend and have spent; battery.*: how long that lasts. */
#include "guard.h"

#include "domain-methods.h"
#include "events.h"
#include "methods.h"

#define FULL_PERCENT 50u /* of a battery: below it the budgets shrink with it */
#define STEP         10u
#define BAND         2u        /* percent of the battery by which it must be past a step to loosen */
#define SAMPLE_NS    500000000ull
#define FREE_PART    16u /* memory is short when less than one part in so many is free */
#define SHORT_SCALE  50u

struct battery battery;
static uint32_t scale = 100;

/* By the names of the protocol, in the order of enum pv_guard_resource. */
static const char *const names[PV_GUARD_RESOURCES]
    = { "events", "grants", "page_updates", "console", "memory", "cpu", "energy", "event_channels" };

/* What a domain had spent when it was last looked at, and what it spent a second until then. */
struct sample {
  bool used;
  uint32_t id;
  uint64_t time_ns, cpu_ns;
  uint64_t spent[PV_GUARD_RATES];
  uint64_t rate[PV_GUARD_RESOURCES];
};
static struct sample samples[PV_DOMAINS_MAX];

/* ---- how tight ---- */

static uint32_t
battery_scale (uint32_t percent)
{
  uint32_t steps = percent * 100 / FULL_PERCENT / STEP * STEP;

  return steps >= 100 ? 100 : steps < STEP ? STEP : steps;
}

uint32_t
guard_scale_of (const struct battery *state, uint32_t free_kib, uint32_t memory_kib, uint32_t before)
{
  uint32_t now = 100;

  if (state->present && state->discharging) {
    now = battery_scale (state->percent);
    if (now > before && state->percent > BAND && battery_scale (state->percent - BAND) <= before) {
      now = before;
    }
  }
  if (free_kib < memory_kib / FREE_PART && now > SHORT_SCALE) {
    now = SHORT_SCALE;
  }
  return now;
}

void
guard_look (void)
{
  struct pv_sysctl machine = { .cmd = PV_SYSCTL_PHYSINFO };
  struct pv_sysctl tighten = { .cmd = PV_SYSCTL_GUARD };
  uint32_t now;

  if (port_sysctl (&machine) != 0) {
    return;
  }
  now = guard_scale_of (&battery, machine.u.physinfo.free_kib, machine.u.physinfo.memory_kib, scale);
  tighten.u.guard.scale = now;
  if (now != scale && port_sysctl (&tighten) == 0) {
    scale = now;
  }
}

/* ---- what is spent ---- */

static struct sample *
sample_of (uint32_t id)
{
  struct sample *unused = NULL;

  for (size_t i = 0; i < PV_DOMAINS_MAX; i++) {
    struct domain domain;

    if (samples[i].used && samples[i].id == id) {
      return &samples[i];
    }
    if (!samples[i].used || !domain_get (samples[i].id, &domain)) {
      unused = &samples[i];
    }
  }
  if (unused != NULL) {
    *unused = (struct sample){ .used = true, .id = id };
  }
  return unused;
}

static uint64_t
per_second (uint64_t now, uint64_t before, uint64_t passed_ns)
{
  return now > before ? (now - before) * 1000 / (passed_ns / 1000000) : 0;
}

static void
take_sample (struct sample *sample, const struct domain *domain, const struct pv_guard *guard)
{
  uint64_t now_ns = port_time_ns ();
  uint64_t since_ns = sample->time_ns != 0 ? sample->time_ns : domain->info.created_us * 1000;
  uint64_t passed_ns = now_ns - since_ns;

  if (passed_ns < SAMPLE_NS) {
    return;
  }
  for (uint32_t i = 0; i < PV_GUARD_RATES; i++) {
    sample->rate[i] = per_second (guard->used[i], sample->spent[i], passed_ns);
    sample->spent[i] = guard->used[i];
  }
  sample->rate[PV_GUARD_CPU]
      = (domain->info.cpu_time_ns - sample->cpu_ns) / (passed_ns / 1000000) / 10000;
  sample->rate[PV_GUARD_ENERGY] = sample->rate[PV_GUARD_CPU] * guard->active_mw / 100;
  sample->cpu_ns = domain->info.cpu_time_ns;
  sample->time_ns = now_ns;
}

static void
write_domain (struct json_writer *out, const struct domain *domain, const struct pv_guard *guard)
{
  struct sample *sample = sample_of (domain->id);

  if (sample == NULL) {
    return;
  }
  take_sample (sample, domain, guard);
  json_begin_object (out);
  json_member_uint (out, "id", domain->id);
  json_member_field (out, "name", domain->info.name, sizeof domain->info.name);
  json_member_uint (out, "cap_percent", guard->cap_percent);
  for (uint32_t i = 0; i < PV_GUARD_RESOURCES; i++) {
    bool held = i == PV_GUARD_MEMORY || i == PV_GUARD_CHANNELS;

    json_key (out, names[i]);
    json_begin_object (out);
    json_key (out, "budget");
    if (guard->budget[i] == PV_GUARD_UNLIMITED) {
      json_raw (out, "null", 4);
    } else {
      json_uint (out, guard->budget[i]);
    }
    json_member_uint (out, "used", held ? guard->used[i] : sample->rate[i]);
    json_member_uint (out, "throttled", guard->throttled[i]);
    json_end (out);
  }
  json_end (out);
}

void
battery_write (struct json_writer *out)
{
  json_key (out, "battery");
  json_begin_object (out);
  json_member_bool (out, "present", battery.present);
  json_member_uint (out, "percent", battery.percent);
  json_member_bool (out, "discharging", battery.discharging);
  json_end (out);
}

void
guard_write (struct json_writer *out)
{
  struct pv_domctl operation;
  struct domain domain;

  json_member_uint (out, "scale_percent", scale);
  battery_write (out);
  json_key (out, "domains");
  json_begin_array (out);
  for (uint32_t from = 0; domain_next (from, &domain); from = domain.id + 1) {
    operation = (struct pv_domctl){ .cmd = PV_DOMCTL_GET_GUARD, .domain = domain.id };
    if (port_domctl (&operation) == 0) {
      write_domain (out, &domain, &operation.u.guard);
    }
  }
  json_end (out);
}

/* ---- methods ---- */

void
method_guard_get (struct call *call)
{
  struct json_writer *out = call_result (call);

  json_begin_object (out);
  guard_write (out);
}

/* One budget of the parameters: a number, or null for none. */
static bool
get_budget (struct call *call, uint32_t resource, struct pv_guard *guard)
{
  json_value value = json_member (call->request, call->params, names[resource]);
  size_t length;
  uint64_t number;

  if (value == JSON_NONE) {
    return true;
  }
  guard->set |= 1u << resource;
  guard->budget[resource] = PV_GUARD_UNLIMITED;
  if (json_source (call->request, value, &length)[0] == 'n') {
    return true;
  }
  if (!json_get_uint (call->request, value, &number) || number >= PV_GUARD_UNLIMITED) {
    call_fail_param (call, names[resource], "must be a whole number below 4294967295, or null");
    return false;
  }
  guard->budget[resource] = (uint32_t)number;
  return true;
}

void
method_guard_set (struct call *call)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_SET_GUARD };
  struct domain domain;
  long error;

  if (!call_get_domain (call, &domain)) {
    return;
  }
  for (uint32_t i = 0; i < PV_GUARD_RESOURCES; i++) {
    if (!get_budget (call, i, &operation.u.guard)) {
      return;
    }
  }
  operation.domain = domain.id;
  error = port_domctl (&operation);
  operation.cmd = PV_DOMCTL_GET_GUARD;
  if (error == 0) {
    error = port_domctl (&operation);
  }
  if (error != 0) {
    call_fail_hypervisor (call, &domain, "given budgets", error);
    return;
  }
  write_domain (call_result (call), &domain, &operation.u.guard);
}

/* The board has no battery: who tests what happens as one runs empty says here how full it is. */
void
method_battery_set (struct call *call)
{
  json_value discharging = json_member (call->request, call->params, "discharging");
  struct battery wish = { .present = true, .discharging = true };
  uint64_t percent = 0;

  if (json_member (call->request, call->params, "percent") == JSON_NONE) {
    call_fail_param (call, "percent", "is missing");
    return;
  }
  if (!call_get_uint (call, "percent", 0, 100, &percent)) {
    return;
  }
  if (discharging != JSON_NONE && !json_get_bool (call->request, discharging, &wish.discharging)) {
    call_fail_param (call, "discharging", "must be true or false");
    return;
  }
  wish.percent = (uint32_t)percent;
  battery = wish;
  guard_look ();
  json_begin_object (call_result (call));
  json_member_uint (call->out, "scale_percent", scale);
  battery_write (call->out);
}
