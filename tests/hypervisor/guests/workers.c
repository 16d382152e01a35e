/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that works with all its vCPUs. Its command line, or else the name of its image, says at what:
 *
 *   primes       adds the primes below 200,000, each vCPU piece by piece; the result goes to the log
 *   stay         ends in order when no vCPU ever left its processor
 *   fall         one vCPU ends the domain as crashed
 *   spin         computes without end
 *   deadlines    2 ms of work every 10 ms; ends in order when each was done in time
 *   feed, hang   feeds its watchdog; then ends in order, or hangs
 *   tables       takes pages from vCPUs that write to them, and makes page tables of them
 */
#include "test.h"

#define MS     1000000ull
#define PRIMES 200000u
#define PIECE  1000u
#define ROUNDS 300u
#define PERIODS 150u

static struct pv_lock lock;
static uint32_t next_piece, finished, moves;
static uint64_t sum;
static long done_port;

static bool
is_prime (uint32_t number)
{
  for (uint32_t divisor = 2; divisor * divisor <= number; divisor++)
    if (number % divisor == 0)
      return false;
  return number >= 2;
}

static void
finish (void)
{
  pv_lock (&lock);
  finished++;
  pv_unlock (&lock);
  pv_event_send ((uint32_t)done_port);
}

static void
add_primes (void *data)
{
  (void)data;
  for (;;) {
    pv_lock (&lock);
    uint32_t from = next_piece;
    next_piece += PIECE;
    pv_unlock (&lock);
    if (from >= PRIMES)
      break;
    uint64_t part = 0;
    for (uint32_t number = from; number < from + PIECE; number++)
      part += is_prime (number) ? number : 0;
    pv_lock (&lock);
    sum += part;
    pv_unlock (&lock);
    pv_event_dispatch (); /* it may be suspended, on the first vCPU */
  }
  finish ();
}

static uint32_t
processor (void)
{
  struct vcpu_get_physid id;
  pv_hypercall3 (__HYPERVISOR_vcpu_op, VCPUOP_get_physid, pv_vcpu_id (), (uint32_t)&id);
  return (uint32_t)id.phys_id;
}

static void
stay (void *data)
{
  uint32_t home = processor ();
  uint64_t until = pv_time_ns () + 300 * MS;
  (void)data;
  while (pv_time_ns () < until)
    if (processor () != home)
      __atomic_fetch_add (&moves, 1, __ATOMIC_RELAXED);
  finish ();
}

/* A stretch of computing. The hint at its end gives an emulator that counts instructions, and so runs
   one processor at a time, a place to go on with the next. */
static void
compute (void)
{
  for (uint32_t i = 0; i < 500; i++)
    asm volatile("");
  asm volatile("yield");
}

static void
fall (void *data)
{
  (void)data;
  if (pv_vcpu_id () == pv_start->vcpus - 1)
    pv_shutdown (SHUTDOWN_crash);
  for (;;)
    compute ();
}

static void
spin (void *data)
{
  (void)data;
  for (;;)
    compute ();
}

static void
wake (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

/* All vCPUs run `work`; returns when each has called finish(). */
static void
together (void (*work) (void *))
{
  pv_suspend_init ();
  done_port = pv_event_bind_ipi (0, wake, NULL);
  for (uint32_t vcpu = 1; vcpu < pv_start->vcpus; vcpu++)
    if (pv_vcpu_start (vcpu, work, NULL) < 0)
      pv_panic ("vCPU %u does not start", vcpu);
  work (NULL);
  while (__atomic_load_n (&finished, __ATOMIC_ACQUIRE) < pv_start->vcpus)
    pv_event_wait (0);
}

/* ---- deadlines ---- */

static uint64_t
own_time_ns (void)
{
  struct vcpu_runstate_info info;
  pv_hypercall3 (__HYPERVISOR_vcpu_op, VCPUOP_get_runstate_info, 0, (uint32_t)&info);
  return info.time[RUNSTATE_running];
}

/* One event a period of those that the domain after it may send is enough: then the port is masked. */
static uint32_t flooded;

static void
mask (uint32_t port, void *data)
{
  (void)data;
  flooded++;
  __atomic_fetch_or ((uint32_t *)(void *)pv_shared->evtchn_mask, 1u << port, __ATOMIC_RELAXED);
}

static uint32_t
open_port (void)
{
  struct evtchn_alloc_unbound alloc
      = { .dom = DOMID_SELF, .remote_dom = (domid_t)(pv_start->domid + 1) };
  if (pv_event_channel_op (EVTCHNOP_alloc_unbound, &alloc) < 0 || alloc.port >= 32)
    pv_panic ("no event channel");
  pv_event_set_handler (alloc.port, mask, NULL);
  return alloc.port;
}

static uint32_t
deadlines (void)
{
  uint32_t missed = 0, port = open_port ();
  uint64_t worst = 0, latest = 0, release = pv_time_ns () + 20 * MS;
  for (uint32_t i = 0; i < PERIODS; i++, release += 10 * MS) {
    while (pv_time_ns () < release)
      pv_event_wait (release);
    uint64_t late = pv_time_ns () - release;
    __atomic_fetch_and ((uint32_t *)(void *)pv_shared->evtchn_pending, ~(1u << port), __ATOMIC_RELAXED);
    __atomic_fetch_and ((uint32_t *)(void *)pv_shared->evtchn_mask, ~(1u << port), __ATOMIC_RELAXED);
    uint64_t until = own_time_ns () + 2 * MS;
    while (own_time_ns () < until)
      compute ();
    uint64_t took = pv_time_ns () - release;
    missed += took > 10 * MS;
    worst = took > worst ? took : worst;
    latest = late > latest ? late : latest;
  }
  pv_printf ("missed %u of %u deadlines, the longest took %u us of 10000, %u us until it ran; %u floods\n",
             missed, PERIODS, (uint32_t)(worst / 1000), (uint32_t)(latest / 1000), flooded);
  return missed;
}

/* ---- watchdog ---- */

static void
watchdog (bool hang)
{
  struct sched_watchdog dog = { .timeout = 1 };
  dog.id = (uint32_t)pv_sched_op (SCHEDOP_watchdog, &dog);
  for (uint32_t i = 0; i < 6; i++) {
    uint64_t until = pv_time_ns () + 400 * MS;
    while (pv_time_ns () < until)
      pv_event_wait (until);
    if (pv_sched_op (SCHEDOP_watchdog, &dog) != 0)
      pv_panic ("the watchdog does not eat");
  }
  while (hang)
    compute ();
}

/* ---- page tables and writers ---- */

static uint32_t victim; /* page number */
static bool stop;

static uint32_t *
victim_page (void)
{
  return (uint32_t *)(uintptr_t)(PV_KERNEL_START + victim * PV_PAGE_SIZE);
}

/* The values are those of empty page-table entries, so that validation has nothing against them. */
static void
write_victim (void *data)
{
  volatile uint32_t *words = victim_page ();
  uint32_t value = 0;
  (void)data;
  while (!__atomic_load_n (&stop, __ATOMIC_RELAXED))
    words[pv_vcpu_id () * 8] = value += 4;
  finish ();
}

void
pv_on_data_abort (struct pv_context *context)
{
  context->frame.pc += 4; /* a store to the page while it is read-only */
}

static long
pin (uint32_t cmd)
{
  struct mmuext_op op = { .cmd = cmd };
  op.arg1.mfn = ((const uint32_t *)(uintptr_t)pv_start->p2m)[victim];
  return pv_mmuext_op (&op, 1, NULL);
}

/* Once the page is a table no store may reach it, whoever had a translation. -> stores that did. */
static uint32_t
take_page (void)
{
  uint32_t frame = ((const uint32_t *)(uintptr_t)pv_start->p2m)[victim] << PV_PAGE_SHIFT;
  uint32_t changed = 0, before[PV_VCPUS_MAX], va = (uint32_t)victim_page ();
  const volatile uint32_t *words = victim_page ();
  if (pv_update_va_mapping (va, frame | PV_L2_RO, UVMF_INVLPG | UVMF_LOCAL) < 0
      || pin (PV_MMUEXT_PIN_TABLES) < 0)
    pv_panic ("the page cannot be taken");
  for (uint32_t i = 0; i < PV_VCPUS_MAX; i++)
    before[i] = words[i * 8];
  for (uint32_t turn = 0; turn < 50; turn++)
    for (uint32_t i = 0; i < PV_VCPUS_MAX; i++)
      changed += words[i * 8] != before[i];
  if (pv_update_va_mapping (va, frame | PV_L2_RW, UVMF_INVLPG) == 0)
    pv_panic ("a page table is mapped writable");
  if (pin (MMUEXT_UNPIN_TABLE) < 0
      || pv_update_va_mapping (va, frame | PV_L2_RW, UVMF_INVLPG) < 0)
    pv_panic ("the page cannot be given back");
  return changed;
}

static uint32_t
tables (void)
{
  uint32_t changed = 0;
  victim = pv_start->first_free;
  done_port = pv_event_bind_ipi (0, wake, NULL);
  for (uint32_t vcpu = 1; vcpu < pv_start->vcpus; vcpu++)
    pv_vcpu_start (vcpu, write_victim, NULL);
  for (uint32_t round = 0; round < ROUNDS; round++)
    changed += take_page ();
  __atomic_store_n (&stop, true, __ATOMIC_RELAXED);
  while (__atomic_load_n (&finished, __ATOMIC_ACQUIRE) < pv_start->vcpus - 1)
    pv_event_wait (0);
  return changed;
}

void
pv_main (const struct pv_start_info *info)
{
  const char *work = info->command_line[0] ? info->command_line : info->image;
  uint32_t bad = 0;
  if (strcmp (work, "primes") == 0) {
    together (add_primes);
    pv_printf ("sum %llu\n", sum);
    bad = sum != 1709600813;
  } else if (strcmp (work, "stay") == 0) {
    together (stay);
    bad = moves;
  } else if (strcmp (work, "fall") == 0) {
    together (fall);
  } else if (strcmp (work, "spin") == 0) {
    together (spin);
  } else if (strcmp (work, "deadlines") == 0) {
    bad = deadlines ();
  } else if (strcmp (work, "tables") == 0) {
    bad = tables ();
  } else {
    watchdog (strcmp (work, "hang") == 0);
  }
  pv_shutdown (bad == 0 ? SHUTDOWN_poweroff : SHUTDOWN_reboot);
}
