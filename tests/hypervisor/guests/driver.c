/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control domain of the tests: creates guests that misbehave and watches that only they suffer.
 */
#include "govern.h"

/* A domain changed: that the wait ends is all that is wanted. */
static void
domain_changed (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

static void
refusals (void)
{
  uint32_t before = free_kib ();
  struct wish good = { .name = "a", .image = "spin", .memory_kib = 1024 };
  struct wish wish = good;
  wish.memory_kib = before + 16;
  check (create (wish) == -XEN_ENOMEM, "more memory than is free");
  wish.memory_kib = 0xffffffff;
  check (create (wish) == -XEN_ENOMEM, "4 TiB of memory");
  wish = good, wish.image = "nothing";
  check (create (wish) == -XEN_ENOENT, "an image that is not there");
  wish = good, wish.image = "damaged";
  check (create (wish) == -XEN_EBADMSG, "an image whose checksum is wrong");
  wish = good, wish.memory_kib = 16;
  check (create (wish) == -XEN_E2BIG, "less memory than the image needs");
  wish = good, wish.name = "driver";
  check (create (wish) == -XEN_EEXIST, "a name that is taken");
  wish = good, wish.name = "";
  check (create (wish) == -XEN_EINVAL, "no name");
  wish = good, wish.weight = 70000;
  check (create (wish) == -XEN_EINVAL, "a weight out of range");
  wish = good, wish.vcpus = 5;
  check (create (wish) == -XEN_EINVAL, "more vCPUs than a domain may have");
  wish = good, wish.cap_percent = 101;
  check (create (wish) == -XEN_EINVAL, "a cap out of range");
  check (free_kib () == before, "refusals take no memory");
  check (command (PV_DOMCTL_DESTROY, 0) == -XEN_EPERM,
         "the control domain does not destroy itself");
  check (command (PV_DOMCTL_PAUSE, 0) == -XEN_EPERM, "the control domain does not pause itself");
  check (command (PV_DOMCTL_DESTROY, 77) == -XEN_ESRCH, "destroy a domain that is not there");
}

static void
many_domains (void)
{
  long domain[32];
  uint64_t then[32], least = UINT64_MAX, most = 0;
  bool good = true;
  for (uint32_t i = 0; i < 32; i++) {
    char name[8];
    pv_snprintf (name, sizeof name, "many%u", i);
    domain[i] = start ((struct wish){ .name = name, .image = "spin", .memory_kib = 1024 });
    good = good && domain[i] > 0;
  }
  check (good, "32 domains besides the control domain");
  check (create ((struct wish){ .name = "more", .image = "spin", .memory_kib = 1024 })
             == -XEN_ENOSPC,
         "and not one more");
  for (uint32_t i = 0; i < 32; i++)
    then[i] = info_of (domain[i])->cpu_time_ns;
  wait_ms (2000);
  for (uint32_t i = 0; i < 32; i++) {
    uint64_t ran = info_of (domain[i])->cpu_time_ns - then[i];
    least = ran < least ? ran : least;
    most = ran > most ? ran : most;
  }
  check (most - least <= 13 * MS, "all 32 run alike: %llu to %llu us", least / 1000, most / 1000);
  for (uint32_t i = 0; i < 32; i++)
    command (PV_DOMCTL_DESTROY, domain[i]);
}

static void
life_cycles (void)
{
  uint32_t before = free_kib ();
  bool good = true;
  for (uint32_t i = 0; i < 40; i++) {
    long domain
        = start ((struct wish){ .name = "cycle", .image = "probe-quiet", .memory_kib = 2048 });
    wait_ms (i % 4);
    good = good && domain > 0 && free_kib () == before - 2048
           && command (PV_DOMCTL_DESTROY, domain) == 0;
  }
  check (good && free_kib () == before, "40 domains created and destroyed: %u KiB free as before",
         free_kib ());
  many_domains ();
  check (free_kib () == before, "their memory is back");
}

static void
pausing (void)
{
  long domain = start ((struct wish){ .name = "pause", .image = "spin", .memory_kib = 1024 });
  wait_ms (50);
  check (command (PV_DOMCTL_PAUSE, domain) == 0, "pause");
  check (command (PV_DOMCTL_PAUSE, domain) == -XEN_EBUSY, "pause twice");
  uint64_t then = info_of (domain)->cpu_time_ns;
  wait_ms (100);
  check (then > 0 && info_of (domain)->cpu_time_ns == then, "no time passes for it while paused");
  check (command (PV_DOMCTL_UNPAUSE, domain) == 0, "unpause");
  wait_ms (50);
  check (info_of (domain)->cpu_time_ns > then, "it goes on");
  command (PV_DOMCTL_DESTROY, domain);
}

static void
shares (void)
{
  static const uint32_t weight[] = { 256, 512, 1024 };
  long domain[3];
  uint64_t time[3], sum = 0;
  for (uint32_t i = 0; i < 3; i++) {
    char name[8];
    pv_snprintf (name, sizeof name, "w%u", weight[i]);
    domain[i] = start (
        (struct wish){ .name = name, .image = "spin", .memory_kib = 1024, .weight = weight[i] });
  }
  wait_ms (3000);
  for (uint32_t i = 0; i < 3; i++)
    sum += time[i] = info_of (domain[i])->cpu_time_ns;
  for (uint32_t i = 0; i < 3; i++) {
    uint64_t fair = sum * weight[i] / (256 + 512 + 1024);
    uint64_t error = time[i] > fair ? time[i] - fair : fair - time[i];
    check (error * 50 < fair, "weight %u gets its share within 2%%: %llu of %llu us", weight[i],
           time[i] / 1000, fair / 1000);
  }
  for (uint32_t i = 0; i < 3; i++)
    command (PV_DOMCTL_DESTROY, domain[i]);

  long capped = start (
      (struct wish){ .name = "capped", .image = "spin", .memory_kib = 1024, .cap_percent = 30 });
  wait_ms (2000);
  uint32_t used = (uint32_t)(info_of (capped)->cpu_time_ns / (20 * MS));
  check (used >= 28 && used <= 32, "a cap of 30%% holds on an idle processor: %u%%", used);
  command (PV_DOMCTL_DESTROY, capped);
}

static void
containment (void)
{
  static const struct {
    const char *command_line;
    uint32_t reason;
  } ends[] = { { "crash", PV_CRASH_NO_HANDLER },
               { "iret", PV_CRASH_BAD_FRAME },
               { "stack", PV_CRASH_BAD_STACK } };
  uint32_t before = free_kib ();
  long bystander
      = start ((struct wish){ .name = "bystander", .image = "spin", .memory_kib = 1024 });
  long looping = start ((struct wish){ .name = "loop", .image = "spin", .memory_kib = 1024 });
  for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
    uint64_t then = info_of (bystander)->cpu_time_ns;
    long domain = start ((struct wish){ .name = "victim",
                                        .image = "spin",
                                        .memory_kib = 1024,
                                        .command_line = ends[i].command_line });
    bool ended = wait_end (domain, 2000);
    const struct pv_domain_info *info = info_of (domain);
    check (ended && info->state == PV_STATE_CRASHED && info->crash.reason == ends[i].reason,
           "a guest that ends by '%s' is crashed, reason %u", ends[i].command_line,
           info->crash.reason);
    command (PV_DOMCTL_DESTROY, domain);
    wait_ms (50);
    check (info_of (bystander)->cpu_time_ns > then, "the others go on");
  }
  command (PV_DOMCTL_DESTROY, bystander);
  command (PV_DOMCTL_DESTROY, looping);
  check (free_kib () == before, "the memory of the crashed is back");
}

/* Three guests with different registers take turns; each ends as crashed when it finds a wrong one. */
static void
floating_point (void)
{
  static const char *const seed[] = { "A", "B", "C" };
  long domain[3];
  uint64_t until = pv_time_ns () + 20000 * MS;
  for (uint32_t i = 0; i < 3; i++)
    domain[i] = start ((struct wish){
        .name = seed[i], .image = "vfp", .memory_kib = 1024, .command_line = seed[i] });
  for (uint32_t i = 0; i < 3; i++) {
    bool ended = wait_end (domain[i], (uint32_t)((until - pv_time_ns ()) / MS));
    check (ended && info_of (domain[i])->state == PV_STATE_SHUTDOWN,
           "guest %s has the floating-point registers that it left", seed[i]);
    command (PV_DOMCTL_DESTROY, domain[i]);
  }
}

static void
attack (const char *image)
{
  uint32_t before = free_kib ();
  long domain = start ((struct wish){ .name = "attacker", .image = image, .memory_kib = 2048 });
  bool ended = wait_end (domain, 5000);
  const struct pv_domain_info *info = info_of (domain);
  check (ended && info->state == PV_STATE_SHUTDOWN, "%s came to its end, state %u, faults %u",
         image, info->state, (uint32_t)info->faults);
  command (PV_DOMCTL_DESTROY, domain);
  check (free_kib () == before, "its memory is back");
}

static long
port_operation (uint32_t cmd, uint32_t port)
{
  struct evtchn_close close = { .port = port }; /* send and unmask have the same form */
  return pv_event_channel_op (cmd, &close);
}

static uint32_t
port_status (uint32_t port)
{
  struct evtchn_status status = { .dom = DOMID_SELF, .port = port };
  return pv_event_channel_op (EVTCHNOP_status, &status) == 0 ? status.status : UINT32_MAX;
}

static bool
is_pending (uint32_t port)
{
  const volatile uint32_t *words = (const volatile uint32_t *)(void *)pv_shared->evtchn_pending;
  return words[port / 32] >> port % 32 & 1;
}

static void
event_channels (void)
{
  struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
  struct evtchn_alloc_unbound foreign = { .dom = DOMID_SELF, .remote_dom = 7777 };
  struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF };
  struct evtchn_bind_virq virq = { .virq = VIRQ_DOM_EXC };
  pv_event_channel_op (EVTCHNOP_alloc_unbound, &foreign);
  bind.remote_port = foreign.port;
  check (pv_event_channel_op (EVTCHNOP_bind_interdomain, &bind) == -XEN_EINVAL,
         "bind a port that waits for another domain");
  check (pv_event_channel_op (EVTCHNOP_bind_virq, &virq) == -XEN_EEXIST,
         "bind a virtual interrupt twice");
  pv_event_channel_op (EVTCHNOP_alloc_unbound, &alloc);
  check (port_operation (EVTCHNOP_send, alloc.port) == 0, "what is sent where nobody listens is lost");
  bind.remote_port = alloc.port;
  check (pv_event_channel_op (EVTCHNOP_bind_interdomain, &bind) == 0
             && port_status (alloc.port) == EVTCHNSTAT_interdomain,
         "bind the two ends");
  check (pv_event_channel_op (EVTCHNOP_bind_interdomain, &bind) == -XEN_EINVAL, "bind it again");
  check (port_operation (EVTCHNOP_send, bind.local_port) == 0 && is_pending (alloc.port),
         "an event arrives");
  check (port_operation (EVTCHNOP_close, bind.local_port) == 0
             && port_status (alloc.port) == EVTCHNSTAT_unbound,
         "closing one end leaves the other waiting");
  check (port_operation (EVTCHNOP_send, alloc.port) == 0
             && port_operation (EVTCHNOP_send, bind.local_port) == -XEN_EINVAL,
         "and what that sends is lost");
  uint32_t taken = 0;
  struct evtchn_alloc_unbound more = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
  while (pv_event_channel_op (EVTCHNOP_alloc_unbound, &more) == 0)
    taken++;
  check (taken > 100 && taken < 127, "%u ports more, then no more", taken);
  for (uint32_t port = 1; port < 128; port++)
    if (port_status (port) == EVTCHNSTAT_unbound)
      port_operation (EVTCHNOP_close, port);
  check (info_of (0)->event_channels_used <= 3, "closed ports are free again: %u in use",
         op.u.info.event_channels_used);
}

void
pv_main (const struct pv_start_info *info)
{
  check (info->flags & PV_START_CONTROL, "the driver is the control domain");
  /* A secret that no other domain may find: see probe.c. */
  asm volatile("mcr p15, 0, %0, c13, c0, 2" : : "r"(0xd21fe4));
  pv_event_bind_virq (VIRQ_DOM_EXC, domain_changed, NULL);
  refusals ();
  attack ("probe");
  attack ("user-probe");
  life_cycles ();
  pausing ();
  containment ();
  floating_point ();
  event_channels ();
  shares ();
  pv_printf ("done\n");
  pv_hypercall1 (PV_HYPERVISOR_debug_op, 0);
  pv_panic ("the machine is still on");
}
