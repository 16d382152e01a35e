/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures the elementary operations, as the control domain of a machine with nothing else to do.
 */
#include "access.h"
#include "calls.h"
#include "grants.h"
#include "kernel.h"

#define TURNS 2000u
#define BATCH 64u

void loop_version (uint32_t turns);
void loop_none (uint32_t turns);
void loop_yield (uint32_t turns);
void loop_send (uint32_t turns, const struct evtchn_send *send, volatile uint32_t *pending);
void loop_va (uint32_t turns, uint32_t va, uint32_t entry);
void bench_enter (const struct pv_context *context);
void bench_leave (void);
extern char bench_syscall[], bench_abort[], bench_user[], bench_user_end[], pv_undefined_upcall[],
    pv_prefetch_upcall[], pv_event_upcall[];

static volatile uint32_t *pending, *mask;

/* How many domains there are while a figure is taken: behind each name. */
static uint32_t domains = 1;

/* `overhead`: instructions of each turn that are the measurement's own. */
static void
figure_of (const char *name, uint64_t total, uint32_t turns, uint32_t overhead)
{
  uint64_t tenths = (total - (uint64_t)turns * overhead) * 10 / turns;
  pv_printf ("figure: %s %u %u.%u\n", name, domains, (uint32_t)(tenths / 10),
             (uint32_t)(tenths % 10));
}

static void
figure (const char *name, uint64_t start, uint32_t turns, uint32_t overhead)
{
  figure_of (name, pv_time_ns () - start, turns, overhead);
}

static void
hypercalls (void)
{
  uint64_t start = pv_time_ns ();
  loop_version (TURNS);
  figure ("hypercall", start, TURNS, 2);
  start = pv_time_ns ();
  loop_none (TURNS);
  figure ("hypercall-c", start, TURNS, 2);
}

/* Returns from the user process: bench_enter's caller goes on. */
void
pv_on_syscall (struct pv_context *context)
{
  context->frame.pc = (uint32_t)bench_leave;
  context->frame.cpsr = PV_CPSR_KERNEL | PV_CPSR_MASKED;
}

static void
user_process (void)
{
  static struct space space;
  static bool made;
  struct pv_trap_table table = { .handler = {
                                     [PV_TRAP_SYSCALL] = (uint32_t)bench_syscall,
                                     [PV_TRAP_UNDEFINED] = (uint32_t)pv_undefined_upcall,
                                     [PV_TRAP_PREFETCH_ABORT] = (uint32_t)pv_prefetch_upcall,
                                     [PV_TRAP_DATA_ABORT] = (uint32_t)bench_abort,
                                     [PV_TRAP_EVENT] = (uint32_t)pv_event_upcall,
                                 } };
  struct pv_context context = { .frame = { .pc = USER_START, .cpsr = PV_CPSR_USER } };
  static uint8_t stack[4096] __attribute__ ((aligned (8)));
  if (!made && !space_create (&space, 1))
    pv_panic ("no memory");
  made = true;
  memcpy (memory_address (space.memory), bench_user, (size_t)(bench_user_end - bench_user));
  space_use (&space);
  pv_set_trap_table (&table);
  pv_stack_switch ((uint32_t)stack + sizeof stack);
  context.r[4] = TURNS;
  uint64_t start = pv_time_ns ();
  bench_enter (&context);
  figure ("syscall", start, TURNS, 2);
  context.r[5] = 1;
  start = pv_time_ns ();
  bench_enter (&context);
  figure ("data-abort", start, TURNS, 2);
  space_use_none ();
}

static void
page_tables (void)
{
  static struct mmu_update updates[2][BATCH]; /* unmap, map */
  static uint32_t page;
  uint32_t turns = TURNS / BATCH & ~1u;
  if (page == 0)
    page = memory_take (BATCH, 4);
  uint32_t entry = memory_frame (page) << PV_PAGE_SHIFT | PV_L2_RW;
  uint64_t start = pv_time_ns ();
  loop_va (TURNS, (uint32_t)memory_address (page), entry);
  figure ("page-table-single", start, TURNS, 3);

  /* The tables follow the p2m, one page for 1024 entries. */
  uint32_t tables = (pv_start->p2m - PV_KERNEL_START) / PV_PAGE_SIZE
                    + (pv_start->pages * 4 + PV_PAGE_SIZE - 1) / PV_PAGE_SIZE;
  for (uint32_t i = 0; i < BATCH; i++) {
    updates[0][i].ptr = updates[1][i].ptr
        = ((uint64_t)memory_frame (tables + (page + i) / 1024) << PV_PAGE_SHIFT)
          + (page + i) % 1024 * 4;
    updates[1][i].val = memory_frame (page + i) << PV_PAGE_SHIFT | PV_L2_RW;
  }
  start = pv_time_ns ();
  for (uint32_t i = 0; i < turns; i++)
    if (pv_mmu_update (updates[i & 1], BATCH, NULL) < 0)
      pv_panic ("batch refused");
  figure ("page-table-batch", start, turns * BATCH, 0);
}

static uint32_t
open_port (domid_t remote)
{
  struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = remote };
  if (pv_event_channel_op (EVTCHNOP_alloc_unbound, &alloc) < 0)
    pv_panic ("no port");
  mask[alloc.port / 32] |= 1u << alloc.port % 32;
  return alloc.port;
}

static void
close_port (evtchn_port_t port)
{
  struct evtchn_close close = { .port = port };
  pv_event_channel_op (EVTCHNOP_close, &close);
}

static void
event_send (void)
{
  struct evtchn_bind_interdomain bind
      = { .remote_dom = DOMID_SELF, .remote_port = open_port (DOMID_SELF) };
  struct evtchn_send send;
  uint32_t far = bind.remote_port;
  if (pv_event_channel_op (EVTCHNOP_bind_interdomain, &bind) < 0)
    pv_panic ("cannot bind");
  send.port = bind.local_port;
  mask[far / 32] &= ~(1u << far % 32); /* delivered in full; the upcall itself is masked */
  pending[far / 32] = 0;
  uint64_t start = pv_time_ns ();
  loop_send (TURNS, &send, &pending[far / 32]);
  figure ("event-send", start, TURNS, 3);
  pending[far / 32] = 0;
  mask[far / 32] |= 1u << far % 32;
  close_port (bind.local_port);
  close_port (far);
}

static uint32_t last_created;

static uint32_t
start_peer (const char *name, const char *command_line)
{
  static struct pv_domctl op;
  memset (&op, 0, sizeof op);
  op.cmd = PV_DOMCTL_CREATE;
  memcpy (op.u.create.name, name, strlen (name));
  memcpy (op.u.create.image, "peer", 5);
  memcpy (op.u.create.command_line, command_line, strlen (command_line));
  op.u.create.vcpus = 1;
  if (pv_domctl (&op) < 0)
    pv_panic ("cannot create the peer");
  last_created = op.domain;
  op.cmd = PV_DOMCTL_UNPAUSE;
  pv_domctl (&op);
  return last_created;
}

static void
stop_peer (uint32_t id)
{
  struct pv_domctl op = { .cmd = PV_DOMCTL_DESTROY, .domain = id };
  pv_domctl (&op);
}

static void
domain_switch (void)
{
  uint32_t id = start_peer ("peer", "yield");
  loop_yield (16);
  uint64_t start = pv_time_ns ();
  loop_yield (TURNS);
  /* Each turn is two switches, and the peer's loop has two instructions of its own as well. */
  figure ("domain-switch", start, TURNS * 2, 2);
  stop_peer (id);
}

/* The peer has to be told a port that only it may bind, so its number is needed before it is there.
 */
static void
ping_pong (void)
{
  char text[24];
  uint32_t peer = last_created + 1;
  evtchn_port_t port = open_port ((domid_t)peer);
  struct sched_poll poll = { .nr_ports = 1 };
  set_xen_guest_handle_raw (poll.ports, &port);
  pv_snprintf (text, sizeof text, "ping %u", port);
  if (start_peer ("peer", text) != peer)
    pv_panic ("the peer has another number");
  pv_sched_op (SCHEDOP_poll, &poll);
  uint64_t start = 0;
  for (uint32_t i = 0; i < TURNS + 16; i++) {
    if (i == 16)
      start = pv_time_ns ();
    pending[port / 32] = 0;
    pv_event_send (port);
    pv_sched_op (SCHEDOP_poll, &poll);
  }
  figure ("ping-pong", start, TURNS, 0);
  stop_peer (peer);
  close_port (port);
}

/* More domains, all asleep: nothing may cost more for them. One more is the peer of a figure. */
static void
crowd (uint32_t count)
{
  static uint32_t asleep;
  for (; asleep + 2 < count; asleep++) {
    char name[12];
    pv_snprintf (name, sizeof name, "asleep%u", asleep);
    start_peer (name, "sleep");
  }
  domains = count;
  for (uint32_t i = 0; i < 100; i++)
    pv_sched_op (SCHEDOP_yield, NULL);
}

static void
grants (void)
{
  uint32_t id = start_peer ("peer", "give");
  figure_of ("grant-map", measure_grant_map (id, TURNS), TURNS, 0);
  figure_of ("grant-batch", measure_grant_batch (id, TURNS), TURNS, 0);
  figure_of ("grant-copy", measure_grant_copy (id, TURNS), TURNS, 0);
  stop_peer (id);
}

static uint32_t
processors (void)
{
  struct pv_sysctl op = { .cmd = PV_SYSCTL_PHYSINFO };
  if (pv_sysctl (&op) < 0)
    pv_panic ("the machine is not known");
  return op.u.physinfo.cpus;
}

static void
measure_alone (void)
{
  hypercalls ();
  user_process ();
  page_tables ();
  event_send ();
}

static void
measure (void)
{
  measure_alone ();
  domain_switch ();
  ping_pong ();
  grants ();
}

static void __attribute__ ((noreturn))
finish (void)
{
  pv_printf ("done\n");
  pv_hypercall1 (PV_HYPERVISOR_debug_op, 0);
  pv_panic ("the machine is still on");
}

void
pv_main (const struct pv_start_info *info)
{
  (void)info;
  pending = (volatile uint32_t *)(void *)pv_shared->evtchn_pending;
  mask = (volatile uint32_t *)(void *)pv_shared->evtchn_mask;
  memory_init ();
  if (processors () > 1) { /* what the lock adds; an emulator that counts runs one processor at a time, for as long as it likes */
    measure_alone ();
    finish ();
  }
  measure ();
  crowd (8);
  measure ();
  crowd (32);
  measure ();
  measure_access ();
  measure_calls ();
  finish ();
}
