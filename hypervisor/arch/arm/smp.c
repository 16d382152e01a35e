/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/arm/smp.h"

#include "arch/arch.h"
#include "arch/arm/cp15.h"
#include "arch/arm/mmu.h"
#include "arch/arm/vfp.h"
#include "core/sched.h"
#include "platform/platform.h"

#define START_SECONDS 5u
#define PASSED_MAX    2u   /* times that others get the lock before who waits ... */
#define GIVE_WAY      200u /* ... and looks at a free lock that others then leave to it */
#define BRANCH        0xea000000u
#define BRANCH_LINK   0xeb000000u

/* Where entry.S takes and drops the lock (the macro `locking`): a call goes there; or, with bit 0 of `with`
   set, where hv_smp() asks: a branch. */
struct lock_site {
  uint32_t *site;
  uint32_t with;
};

extern const struct lock_site hv_lock_sites[], hv_lock_sites_end[];
_Static_assert (HV_CPUS == HV_CPUS_MAX, "arch/arm/layout.h");
extern char hv_stacks[], hv_start_secondary[];

extern uint32_t hv_lock_word;
extern volatile uint32_t hv_lock_drops;
void hv_lock_wait (void); /* for arch/arm/lock.S */

static uint32_t started = 1; /* processors, one bit each */
static volatile bool stop;

void
hv_smp_prepare (void)
{
  if (hv_platform_cpus () == 1)
    return;
  for (const struct lock_site *at = hv_lock_sites; at < hv_lock_sites_end; at++) {
    uint32_t distance = (at->with & ~1u) - (uint32_t)at->site - 8;
    *at->site = ((at->with & 1) != 0 ? BRANCH : BRANCH_LINK) | (distance >> 2 & 0x00ffffff);
    hv_dsb ();
    hv_write_dccmvau ((uint32_t)at->site);
  }
  hv_dsb ();
  hv_write_iciallu (0);
  hv_write_bpiall (0);
  hv_dsb ();
  hv_isb ();
}

void
hv_smp_init_cpu (uint32_t id)
{
  hv_vfp_init ();
  hv_cpus[id].stack = (uint32_t)hv_stacks + ((id + 1) << HV_STACK_SHIFT);
  hv_write_tpidrprw ((uint32_t)&hv_cpus[id]);
}

void
hv_arch_cpu_started (void)
{
  uint32_t id = hv_arch_cpu_id ();
  hv_smp_init_cpu (id);
  __atomic_fetch_or (&started, 1u << id, __ATOMIC_RELEASE);
  hv_sev ();
}

uint32_t
hv_arch_start_cpus (void)
{
  uint32_t count = hv_platform_cpus (), all = (1u << count) - 1;
  uint64_t until = hv_platform_ticks () + START_SECONDS * 1000 * HV_MS;
  if (count > 1)
    hv_platform_start_cpus ((uint32_t)hv_start_secondary - HV_VIRTUAL + HV_PHYSICAL);
  while (__atomic_load_n (&started, __ATOMIC_ACQUIRE) != all && hv_platform_ticks () < until)
    hv_wfe ();
  hv_mmu_forget_start ();
  /* Those that have come, up to the first that has not. */
  for (count = 1; (started >> count & 1) != 0;)
    count++;
  return count;
}

/* Who was passed over too often says so, and the others leave the lock to it: but not for long, as a
   virtual processor may not be running. */
void
hv_lock_wait (void)
{
  uint32_t first = hv_lock_drops, passed_over = 0x100u << hv_arch_cpu_id (), gave_way = 0;
  for (;;) {
    uint32_t word = __atomic_load_n (&hv_lock_word, __ATOMIC_RELAXED);
    bool claimed = (word & passed_over) != 0;
    hv_smp_check_stop ();
    if ((word & 1) == 0 && (claimed || word == 0 || gave_way++ > GIVE_WAY)) {
      if (__atomic_compare_exchange_n (&hv_lock_word, &word, (word & ~passed_over) | 1, false,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return;
    } else {
      if (!claimed && hv_lock_drops - first > PASSED_MAX)
        __atomic_fetch_or (&hv_lock_word, passed_over, __ATOMIC_RELAXED);
      hv_wfe ();
    }
  }
}

void
hv_arch_wait (void)
{
  hv_unlock ();
  hv_wfi ();
  hv_lock ();
}

void
hv_arch_stop_others (void)
{
  stop = true;
  hv_dsb ();
  hv_platform_signal (((1u << HV_CPUS) - 1) & ~(1u << hv_arch_cpu_id ()));
}

void
hv_smp_check_stop (void)
{
  while (__builtin_expect (stop, 0))
    hv_wfi ();
}
