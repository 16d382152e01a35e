/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control domain of the tests of processors: one to four of them, as many as the machine has. Its
 * image's name says what is tested: "races" can run where time is the host's, "shares" needs exact time.
 */
#include "govern.h"

static uint32_t cpus;

static uint32_t
count_cpus (void)
{
  struct pv_sysctl info = { .cmd = PV_SYSCTL_PHYSINFO };
  pv_sysctl (&info);
  return info.u.physinfo.cpus;
}

static void
domain_changed (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

static long
worker (const char *name, const char *work, uint32_t vcpus)
{
  return create ((struct wish){ .name = name,
                                .image = "workers",
                                .command_line = work,
                                .memory_kib = 1024,
                                .vcpus = vcpus });
}

static long
set_affinity (long domain, uint32_t vcpu, uint32_t processors)
{
  memset (&op, 0, sizeof op);
  op.cmd = PV_DOMCTL_SET_AFFINITY;
  op.domain = (uint32_t)domain;
  op.u.affinity.vcpu = vcpu;
  op.u.affinity.processors = processors;
  return pv_domctl (&op);
}

static void
ends_well (long domain, uint32_t ms, const char *what)
{
  bool ended = wait_end (domain, ms);
  const struct pv_domain_info *info = info_of (domain);
  check (ended && info->state == PV_STATE_SHUTDOWN && info->shutdown_reason == SHUTDOWN_poweroff,
         "%s: state %u, reason %u", what, info->state, info->shutdown_reason);
}

static void
work_together (void)
{
  for (uint32_t vcpus = 1; vcpus <= 4; vcpus++) {
    long domain = worker ("primes", "primes", vcpus);
    uint32_t workers = 0, seen = 0;
    command (PV_DOMCTL_UNPAUSE, domain);
    bool ended = wait_end (domain, 20000);
    const struct pv_domain_info *info = info_of (domain);
    for (uint32_t i = 0; i < info->vcpus; i++) {
      workers += info->vcpu[i].cpu_time_ns > 0;
      seen |= 1u << info->vcpu[i].pcpu;
    }
    check (ended && info->shutdown_reason == SHUTDOWN_poweroff && workers == vcpus,
           "%u of %u vCPUs worked out the same sum on %u processors (seen: %x)", workers, vcpus,
           cpus, seen);
    command (PV_DOMCTL_DESTROY, domain);
  }
}

static void
affinities (void)
{
  long domain = worker ("stay", "stay", 4);
  bool good = true;
  check (set_affinity (domain, 0, 0x80) == -XEN_EINVAL, "no processor that the machine has");
  check (set_affinity (domain, 4, 1) == -XEN_EINVAL, "a vCPU that the domain has not");
  for (uint32_t i = 0; i < 4; i++)
    good = good && set_affinity (domain, i, 1u << i % cpus) == 0;
  command (PV_DOMCTL_UNPAUSE, domain);
  ends_well (domain, 10000, "pinned vCPUs stay on their processors");
  const struct pv_domain_info *info = info_of (domain);
  for (uint32_t i = 0; i < 4; i++)
    good = good && info->vcpu[i].pcpu == i % cpus && info->vcpu[i].affinity == 1u << i % cpus;
  check (good, "and run where they were told to");
  command (PV_DOMCTL_DESTROY, domain);
}

/* A moment of the cpu time of a domain whose vCPUs compute without end. */
static uint64_t
time_of (long domain)
{
  return info_of (domain)->cpu_time_ns;
}

static void
stopping (void)
{
  uint32_t before = free_kib ();
  long domain = worker ("spin", "spin", 4);
  bool stands = true, goes = true, gone = true;
  command (PV_DOMCTL_UNPAUSE, domain);
  for (uint32_t i = 0; i < 20; i++) {
    wait_ms (3 + i % 5);
    command (PV_DOMCTL_PAUSE, domain);
    uint64_t then = time_of (domain);
    wait_ms (2);
    stands = stands && time_of (domain) == then;
    command (PV_DOMCTL_UNPAUSE, domain);
    wait_ms (12);
    goes = goes && time_of (domain) > then;
  }
  check (stands, "when the call returns, a paused domain stands still on all processors");
  check (goes, "and goes on afterwards");
  command (PV_DOMCTL_DESTROY, domain);
  for (uint32_t i = 0; i < 20; i++) {
    domain = worker ("spin", "spin", 4);
    command (PV_DOMCTL_UNPAUSE, domain);
    wait_ms (i % 4);
    gone = gone && command (PV_DOMCTL_DESTROY, domain) == 0;
  }
  check (gone && free_kib () == before, "a domain is destroyed while it runs everywhere");

  domain = worker ("fall", "fall", 4);
  command (PV_DOMCTL_UNPAUSE, domain);
  bool ended = wait_end (domain, 5000);
  wait_ms (20);
  uint64_t then = time_of (domain);
  wait_ms (20);
  check (ended && op.u.info.state == PV_STATE_CRASHED && op.u.info.crash.vcpu == 3
             && time_of (domain) == then,
         "a crash of one vCPU ends the domain on all processors");
  command (PV_DOMCTL_DESTROY, domain);
}

/* ---- shares ---- */

#define BUSY_MAX 8u

/* What each of `count` busy vCPUs should get of `total`, nobody more than one processor (`most`). */
static void
expect (const uint32_t *weight, uint32_t count, uint64_t total, uint64_t most, uint64_t *share)
{
  bool settled[BUSY_MAX] = { false }, again = true;
  while (again) {
    uint64_t weights = 0;
    again = false;
    for (uint32_t i = 0; i < count; i++)
      weights += settled[i] ? 0 : weight[i];
    for (uint32_t i = 0; i < count && weights > 0; i++) {
      if (settled[i])
        continue;
      share[i] = total / 1000 * weight[i] / weights * 1000;
      if (share[i] <= most)
        continue;
      share[i] = most;
      total -= most;
      settled[i] = again = true;
      break;
    }
  }
}

static void
share (const uint32_t *weight, uint32_t count, uint32_t ms)
{
  long domain[BUSY_MAX];
  uint64_t got[BUSY_MAX], then[BUSY_MAX], want[BUSY_MAX], total = 0;
  uint32_t worst = 0;
  for (uint32_t i = 0; i < count; i++) {
    char name[12];
    pv_snprintf (name, sizeof name, "busy%u", i);
    domain[i] = create ((struct wish){ .name = name,
                                       .image = "workers",
                                       .command_line = "spin",
                                       .memory_kib = 1024,
                                       .weight = weight[i] });
  }
  for (uint32_t i = 0; i < count; i++)
    command (PV_DOMCTL_UNPAUSE, domain[i]);
  wait_ms (1000); /* who came first had the machine alone, and waits for it now */
  for (uint32_t i = 0; i < count; i++)
    then[i] = time_of (domain[i]);
  wait_ms (ms);
  for (uint32_t i = 0; i < count; i++)
    total += got[i] = time_of (domain[i]) - then[i];
  expect (weight, count, total, ms * MS, want);
  for (uint32_t i = 0; i < count; i++) {
    uint64_t error = got[i] > want[i] ? got[i] - want[i] : want[i] - got[i];
    uint32_t permille = (uint32_t)(error * 1000 / want[i]);
    worst = permille > worst ? permille : worst;
    command (PV_DOMCTL_DESTROY, domain[i]);
  }
  uint64_t all = ms * MS * (count < cpus ? count : cpus);
  check (worst < 20 && total > all / 100 * 97,
         "%u domains on %u processors, weights %u to %u: off by at most %u in 1000, %u%% busy", count,
         cpus, weight[0], weight[count - 1], worst, (uint32_t)(total * 100 / all));
}

static void
shares (uint32_t ms)
{
  static const uint32_t even[] = { 256, 256, 256, 256, 256, 256, 256, 256 };
  static const uint32_t uneven[] = { 100, 200, 300, 400, 500, 600, 700, 800 };
  static const uint32_t steep[] = { 64, 256, 4096 };
  share (even, 2, ms);
  share (even, 3, ms);
  share (even, 5, ms);
  share (uneven, 8, ms);
  share (steep, 3, ms);
}

/* ---- real time ---- */

static uint32_t
run_deadlines (bool realtime)
{
  long domain = worker ("deadlines", "deadlines", 1), noise[8];
  if (realtime)
    check (set_realtime (domain, 3000, 10000) == 0, "3 ms in every 10 are promised");
  for (uint32_t i = 0; i < 2 * cpus; i++) {
    char name[12];
    pv_snprintf (name, sizeof name, "noise%u", i);
    noise[i] = worker (name, "spin", 1);
    command (PV_DOMCTL_UNPAUSE, noise[i]);
  }
  command (PV_DOMCTL_UNPAUSE, domain);
  /* Meanwhile domains come and go, and so do events. */
  uint64_t until = pv_time_ns () + 2100 * MS;
  while (pv_time_ns () < until) {
    long other = worker ("other", "spin", 4);
    command (PV_DOMCTL_UNPAUSE, other);
    wait_ms (5);
    command (PV_DOMCTL_DESTROY, other);
  }
  wait_end (domain, 20000);
  uint32_t reason = info_of (domain)->shutdown_reason;
  check (!realtime || op.u.info.period_us == 10000, "its period is known: %u us",
         op.u.info.period_us);
  command (PV_DOMCTL_DESTROY, domain);
  for (uint32_t i = 0; i < 2 * cpus; i++)
    command (PV_DOMCTL_DESTROY, noise[i]);
  return reason;
}

static void
real_time (void)
{
  long domain = worker ("greedy", "spin", 1), other = worker ("other", "spin", 1);
  check (set_realtime (domain, 200, 100) == -XEN_EINVAL, "a period that is too short");
  check (set_realtime (domain, 20000, 10000) == -XEN_EINVAL, "more than all of the time");
  check (set_realtime (domain, 9500, 10000) == -XEN_ENOSPC, "more than nine tenths of a processor");
  check (set_realtime (domain, 5000, 10000) == 0, "half of a processor");
  set_affinity (domain, 0, 1);
  set_affinity (other, 0, 1);
  check (set_realtime (other, 5000, 10000) == -XEN_ENOSPC, "another half of the same one");
  check (set_realtime (other, 4000, 10000) == 0, "four tenths of it");
  command (PV_DOMCTL_UNPAUSE, domain);
  command (PV_DOMCTL_UNPAUSE, other);
  wait_ms (1000);
  uint32_t used = (uint32_t)(time_of (domain) / (10 * MS));
  uint32_t used_other = (uint32_t)(time_of (other) / (10 * MS));
  check (used >= 49 && used <= 51 && used_other >= 39 && used_other <= 41,
         "budgets are kept, and no more is given: %u%% and %u%%", used, used_other);
  check (set_realtime (domain, 0, 0) == 0, "back to the shares");
  command (PV_DOMCTL_DESTROY, domain);
  command (PV_DOMCTL_DESTROY, other);
  check (run_deadlines (true) == SHUTDOWN_poweroff, "a real-time guest misses no deadline");
  check (run_deadlines (false) == SHUTDOWN_reboot, "with a share alone it would have");
}

static void
watchdogs (void)
{
  long fed = worker ("fed", "feed", 1), hung = worker ("hung", "hang", 1);
  command (PV_DOMCTL_UNPAUSE, fed);
  command (PV_DOMCTL_UNPAUSE, hung);
  ends_well (fed, 5000, "a watchdog that is fed does not bite");
  bool ended = wait_end (hung, 5000);
  check (ended && info_of (hung)->state == PV_STATE_CRASHED
             && op.u.info.crash.reason == PV_CRASH_WATCHDOG && op.u.info.crash.pc >= PV_KERNEL_START
             && op.u.info.crash.pc < PV_KERNEL_START + 0x10000,
         "one whose guest hangs does: pc %x", op.u.info.crash.pc);
  command (PV_DOMCTL_DESTROY, fed);
  command (PV_DOMCTL_DESTROY, hung);
}

static void
races (void)
{
  long domain = worker ("tables", "tables", 4);
  command (PV_DOMCTL_UNPAUSE, domain);
  ends_well (domain, 60000, "no store reaches a page that became a table");
  uint64_t faults = info_of (domain)->faults;
  check (faults > 0 || cpus == 1, "stores came too late %llu times", faults);
  command (PV_DOMCTL_DESTROY, domain);
}

void
pv_main (const struct pv_start_info *info)
{
  cpus = count_cpus ();
  pv_event_bind_virq (VIRQ_DOM_EXC, domain_changed, NULL);
  if (strcmp (info->image, "races") == 0) {
    work_together ();
    affinities ();
    stopping ();
    races ();
  } else {
    if (cpus == 1) {
      watchdogs ();
      real_time ();
    }
    shares (10000);
  }
  pv_printf ("done\n");
  pv_hypercall1 (PV_HYPERVISOR_debug_op, 0);
  pv_panic ("the machine is still on");
}
