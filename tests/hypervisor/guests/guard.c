/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control domain of the guard test: each attack (flood.c) once without budgets and once with
 * them. It reports what the victim got done, and how late it was, as lines `figure:`.
 */
#include "flood.h"
#include <pv/guard.h>
#include "govern.h"
#include "grant.h"

#define RUN_MS 200u
#define MANY   65536u /* KiB that the attacker may have: more than is free */
#define AT_WORK 20000u /* hypercalls after which a fork bomb starts processes and no longer itself */

struct side {
  long id;
  void *page;
  struct flood *flood;
  uint32_t port;
};

struct outcome {
  uint32_t rounds, late_us, misses, attacks, throttled;
};

static void
told (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

static bool
make (struct side *side, const char *name, const char *what, uint32_t most_kib, uint32_t vcpus)
{
  const uint32_t reference = GNTTAB_RESERVED_XENSTORE;
  memset (&op, 0, sizeof op);
  op.cmd = PV_DOMCTL_CREATE;
  memcpy (op.u.create.name, name, strlen (name));
  memcpy (op.u.create.image, "flood", 5);
  memcpy (op.u.create.command_line, what, strlen (what));
  op.u.create.memory_kib = 1024;
  op.u.create.max_memory_kib = most_kib;
  op.u.create.vcpus = vcpus;
  if (pv_domctl (&op) < 0)
    return false;
  side->id = (long)op.domain;
  memset (&op.u, 0, sizeof op.u);
  op.cmd = PV_DOMCTL_MAX_MEM;
  op.u.max_mem.kib = most_kib;
  pv_domctl (&op);
  struct evtchn_bind_interdomain bind
      = { .remote_dom = (domid_t)side->id, .remote_port = PV_PORT_DEVICE };
  if (pv_grant_map ((uint32_t)side->id, &reference, 1, false, &side->page) != 0
      || pv_event_channel_op (EVTCHNOP_bind_interdomain, &bind) != 0)
    return false;
  side->port = bind.local_port;
  side->flood = side->page;
  pv_event_set_handler (side->port, told, NULL);
  return true;
}

static void
end (struct side *side)
{
  struct evtchn_close close = { .port = side->port };
  command (PV_DOMCTL_PAUSE, side->id);
  if (side->page) {
    pv_event_channel_op (EVTCHNOP_close, &close);
    pv_grant_unmap (&side->page, 1);
  }
  command (PV_DOMCTL_DESTROY, side->id);
}

static struct pv_guard *
guard_of (const struct side *side)
{
  command (PV_DOMCTL_GET_GUARD, side->id);
  return &op.u.guard;
}

static long
set_budget (const struct side *side, uint32_t resource, uint32_t budget)
{
  memset (&op, 0, sizeof op);
  op.cmd = PV_DOMCTL_SET_GUARD;
  op.domain = (uint32_t)side->id;
  op.u.guard.set = 1u << resource;
  op.u.guard.budget[resource] = budget;
  return pv_domctl (&op);
}

static bool
has_image (const char *name)
{
  struct pv_sysctl list = { .cmd = PV_SYSCTL_IMAGE };
  for (; pv_sysctl (&list) == 0; list.index++)
    if (strcmp (list.u.image.name, name) == 0)
      return true;
  return false;
}

/* A shell of Linux that starts processes without end: it has none of what the others offer and count. */
static bool
make_bomb (struct side *side)
{
  uint64_t until = pv_time_ns () + 20000 * MS;
  *side = (struct side){ .id = start ((struct wish){ .name = "bomb", .image = "bomb" }) };
  while (side->id >= 0 && info_of (side->id)->hypercalls < AT_WORK)
    if (pv_time_ns () > until)
      return false;
    else
      wait_ms (5);
  return side->id >= 0;
}

/* One attack, or none where `what` is NULL. */
static struct outcome
run (const char *what, uint32_t resource, uint32_t budget)
{
  struct side victim, attacker = { .id = -1 };
  struct outcome outcome = { .rounds = 0 };
  bool made = make (&victim, "victim", "victim", 1028, 1);
  bool bomb = what && strcmp (what, "bomb") == 0;
  if (bomb)
    made = made && make_bomb (&attacker);
  else if (what)
    made = made && make (&attacker, "attacker", what, MANY, resource == PV_GUARD_CPU ? 2 : 1);
  if (!made) {
    report (false, "the domains of %s cannot be made", what ? what : "nothing");
    return outcome;
  }
  victim.flood->peer = (uint32_t)attacker.id;
  command (PV_DOMCTL_UNPAUSE, victim.id);
  uint64_t until = pv_time_ns () + 1000 * MS;
  while (__atomic_load_n (&victim.flood->ready, __ATOMIC_ACQUIRE) == 0 && pv_time_ns () < until)
    pv_event_wait (until);
  if (what) {
    if (!bomb) {
      attacker.flood->peer = (uint32_t)victim.id;
      attacker.flood->port = victim.flood->port;
      attacker.flood->reference = victim.flood->reference;
    }
    if (budget)
      set_budget (&attacker, resource, budget);
    command (PV_DOMCTL_UNPAUSE, attacker.id);
  }
  wait_ms (RUN_MS / 4); /* what it may do at once is over */
  uint32_t rounds = victim.flood->count;
  victim.flood->late_us = victim.flood->misses = 0;
  wait_ms (RUN_MS);
  outcome = (struct outcome){ .rounds = victim.flood->count - rounds,
                              .late_us = victim.flood->late_us,
                              .misses = victim.flood->misses };
  if (what) {
    outcome.attacks = bomb ? (uint32_t)info_of (attacker.id)->hypercalls : attacker.flood->count;
    outcome.throttled = guard_of (&attacker)->throttled[resource];
    end (&attacker);
  }
  end (&victim);
  return outcome;
}

static const struct attack {
  const char *name;
  uint32_t resource, budget;
  uint32_t each; /* units that one attack takes */
} attacks[] = {
  { "events", PV_GUARD_EVENTS, 1000, 1 },   { "grants", PV_GUARD_GRANTS, 1000, 2 },
  { "exhaust", PV_GUARD_GRANTS, 1000, 1 },
  { "paging", PV_GUARD_PAGING, 1000, 1 },  { "forks", PV_GUARD_PAGING, 100, 2 },
  { "console", PV_GUARD_CONSOLE, 8192, 64 }, { "memory", PV_GUARD_MEMORY, 2048, 4 },
  { "spin", PV_GUARD_CPU, 10, 0 },         { "bomb", PV_GUARD_PAGING, 1000, 0 },
};

static void
figure (const char *attack, const char *guard, const struct outcome *outcome)
{
  pv_printf ("figure: %s %s rounds %u late_us %u misses %u attacks %u throttled %u\n", attack, guard,
             outcome->rounds, outcome->late_us, outcome->misses, outcome->attacks,
             outcome->throttled);
}

static void
compare (const struct attack *attack, const struct outcome *alone)
{
  struct outcome before = run (attack->name, attack->resource, 0);
  struct outcome after = run (attack->name, attack->resource, attack->budget);
  figure (attack->name, "off", &before);
  figure (attack->name, "on", &after);
  if (attack->resource == PV_GUARD_MEMORY) {
    check (before.misses > 0 && after.misses == 0, "memory: the victim has its page again");
    check (after.attacks * 4 <= attack->budget && after.throttled > 0,
           "memory: the attacker has got no more than its budget: %u KiB", after.attacks * 4);
  }
  check (before.rounds < alone->rounds * 3 / 4, "%s: without a budget it hurts", attack->name);
  check (after.rounds > alone->rounds * 8 / 10, "%s: with one the victim does %u of %u rounds",
         attack->name, after.rounds, alone->rounds);
  if (attack->each == 0 || attack->resource == PV_GUARD_MEMORY)
    return;
  /* A second's worth at once, and then by rate; the last one may overdraw it. */
  check (after.attacks * attack->each <= attack->budget * 3 / 2 + 2 * attack->each
             && after.throttled > 0,
         "%s: the attacker did no more than its budget: %u, held back %u times", attack->name,
         after.attacks, after.throttled);
  check (before.attacks > 2 * after.attacks, "%s: and %u without one", attack->name,
         before.attacks);
}

static void
wrongly_set (void)
{
  struct side side;
  if (!make (&side, "other", "spin", 1024, 1))
    return;
  check (set_budget (&side, PV_GUARD_RESOURCES, 1) == -XEN_EINVAL, "a resource that is none");
  check (guard_of (&side)->budget[PV_GUARD_EVENTS] == PV_GUARD_UNLIMITED,
         "without a policy that has budgets there are none");
  check (set_budget (&side, PV_GUARD_CHANNELS, 3) == 0
             && guard_of (&side)->budget[PV_GUARD_CHANNELS] == 3,
         "what was set is what it is");
  struct evtchn_alloc_unbound offer = { .dom = (domid_t)side.id, .remote_dom = DOMID_SELF };
  uint32_t given = 0, before = (uint32_t)guard_of (&side)->used[PV_GUARD_CHANNELS];
  while (given < 10 && pv_event_channel_op (EVTCHNOP_alloc_unbound, &offer) == 0)
    given++;
  check (before + given == 3 && guard_of (&side)->throttled[PV_GUARD_CHANNELS] == 1,
         "a domain has no more event channels than its budget: %u and %u", before, given);
  struct pv_sysctl scale = { .cmd = PV_SYSCTL_GUARD };
  check (pv_sysctl (&scale) == -XEN_EINVAL, "no percent of the budgets");
  scale.u.guard.scale = 101;
  check (pv_sysctl (&scale) == -XEN_EINVAL, "more percent than there are");
  set_budget (&side, PV_GUARD_ENERGY, guard_of (&side)->active_mw / 2);
  check (guard_of (&side)->cap_percent == 50, "half the energy is half the time");
  scale.u.guard.scale = 20;
  check (pv_sysctl (&scale) == 0 && guard_of (&side)->cap_percent == 10,
         "tightened to a fifth, it is a tenth");
  scale.u.guard.scale = 100;
  pv_sysctl (&scale);
  check (guard_of (&side)->cap_percent == 50, "and again what it was");
  end (&side);
}

void
pv_main (const struct pv_start_info *info)
{
  (void)info;
  wrongly_set ();
  struct outcome alone = run (NULL, 0, 0);
  figure ("alone", "off", &alone);
  for (uint32_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++)
    if (strcmp (attacks[i].name, "bomb") != 0 || has_image ("bomb"))
      compare (&attacks[i], &alone);
    else
      pv_printf ("ok: a fork bomb # SKIP there is no BusyBox\n");
  pv_printf ("done\n");
  pv_hypercall1 (PV_HYPERVISOR_debug_op, 0);
  for (;;)
    continue;
}
