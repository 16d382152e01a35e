/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control domain of the test of deadlines: a real-time guest that may not miss one, among guests that make
 * every kind of noise (noise-makers.c, and, where the machine has its image, a fork bomb in a shell of Linux), and
 * this one, which makes and unmakes domains.
 */
#include "govern.h"

static const struct {
  const char *name, *image, *noise;
  uint32_t memory_kib, vcpus;
} makers[] = {
  { "flood", "noise-makers", "flood", 1024, 1 }, /* of the real-time guest: created right after it */
  { "answer", "noise-makers", "answer", 1024, 1 },
  { "flood-2", "noise-makers", "flood", 1024, 1 }, /* of the one before it */
  { "console", "noise-makers", "console", 1024, 1 },
  { "tables", "noise-makers", "tables", 1024, 1 },
  { "grants", "noise-makers", "grants", 1024, 1 },
  { "vcpus", "noise-makers", "vcpus", 1024, 4 },
  { "spin", "workers", "spin", 1024, 4 },
  { "bomb", "bomb", NULL, 0, 1 },
};
#define MAKERS (sizeof makers / sizeof makers[0])

static long noise[MAKERS];

static void
domain_changed (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

static bool
has_bomb (void)
{
  struct pv_sysctl list = { .cmd = PV_SYSCTL_IMAGE };
  for (; pv_sysctl (&list) == 0; list.index++)
    if (strcmp (list.u.image.name, "bomb") == 0)
      return true;
  return false;
}

static uint32_t
make_noise (void)
{
  uint32_t made = 0;
  for (uint32_t i = 0; i < MAKERS; i++) {
    noise[i] = -1;
    if (i + 1 == MAKERS && !has_bomb ())
      break;
    noise[i] = create ((struct wish){ .name = makers[i].name,
                                      .image = makers[i].image,
                                      .command_line = makers[i].noise,
                                      .memory_kib = makers[i].memory_kib,
                                      .vcpus = makers[i].vcpus });
    if (noise[i] < 0)
      continue;
    made++;
    command (PV_DOMCTL_UNPAUSE, noise[i]);
  }
  return made;
}

/* The makers are still at it, and had some time for it. */
static void
judge_noise (uint32_t made)
{
  uint32_t busy = 0, bomb = MAKERS - 1;
  bool there = has_bomb ();
  for (uint32_t i = 0; i < MAKERS; i++) {
    if (noise[i] < 0)
      continue;
    const struct pv_domain_info *info = info_of (noise[i]);
    bool good = (info->state == PV_STATE_RUNNING || info->state == PV_STATE_BLOCKED)
                && info->cpu_time_ns > 10 * MS;
    busy += good;
    pv_printf ("%s: state %u, %u ms, %llu hypercalls, %llu events\n", makers[i].name, info->state,
               (uint32_t)(info->cpu_time_ns / MS), info->hypercalls, info->events_sent);
  }
  check (made == MAKERS - !there && busy == made, "%u of %u noise makers are at it", busy, made);
  if (there)
    check (info_of (noise[bomb])->hypercalls > 1000, "among them is a fork bomb: %llu hypercalls",
           op.u.info.hypercalls);
  else
    pv_printf ("ok: among them is a fork bomb # SKIP there is no BusyBox\n");
}

void
pv_main (const struct pv_start_info *info)
{
  (void)info;
  pv_event_bind_virq (VIRQ_DOM_EXC, domain_changed, NULL);
  long guest = create ((struct wish){
      .name = "deadlines", .image = "workers", .command_line = "deadlines", .memory_kib = 1024 });
  check (set_realtime (guest, 3000, 10000) == 0, "3 ms in every 10 are promised");
  uint32_t made = make_noise ();
  command (PV_DOMCTL_UNPAUSE, guest);
  while (!wait_end (guest, 5)) {
    long other = start ((struct wish){
        .name = "other", .image = "workers", .command_line = "spin", .memory_kib = 1024, .vcpus = 4 });
    wait_ms (5);
    command (PV_DOMCTL_DESTROY, other);
  }
  check (info_of (guest)->shutdown_reason == SHUTDOWN_poweroff,
         "a real-time guest misses no deadline among them");
  judge_noise (made);
  pv_printf ("done\n");
  pv_hypercall1 (PV_HYPERVISOR_debug_op, 0);
  pv_panic ("the machine is still on");
}
