/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes to all of its memory again and again, and finds out whether any of it was lost: by its own
 * stores, by the hypervisor's on its behalf, and to pages that cannot be written to for a while. Its vCPUs
 * share the pages out, in each pass in another way, so that each finds what another wrote.
 */
#include "pv.h"

#define PAGES_MAX  512u
#define WORDS      (PV_PAGE_SIZE / sizeof (uint32_t))
#define REPORT     20u
#define EXTRA      16u /* word at which the hypervisor writes its text */
#define EXTRA_SIZE 4u

static struct pv_lock frames; /* whoever has it works with machine frames */
static uint32_t pages, arrived;

static uint32_t *
page (uint32_t index)
{
  return (uint32_t *)(uintptr_t)(PV_KERNEL_START + (pv_start->first_free + index) * PV_PAGE_SIZE);
}

static uint32_t
mark (uint32_t pass, uint32_t index, uint32_t word)
{
  return (pass * 2654435761u) ^ (index << 12) ^ word;
}

static void
protect (uint32_t index, uint32_t flags)
{
  const uint32_t *p2m = (const uint32_t *)(uintptr_t)pv_start->p2m;
  pv_lock (&frames);
  uint32_t entry = p2m[pv_start->first_free + index] << PV_PAGE_SHIFT | flags;
  long error = pv_update_va_mapping ((uint32_t)page (index), entry, UVMF_INVLPG);
  pv_unlock (&frames);
  if (error < 0)
    pv_panic ("page %u: %d", index, (int)error);
}

static void
check (uint32_t pass, uint32_t index)
{
  const uint32_t *words = page (index);
  const uint32_t where[] = { 0, 1, WORDS / 2, WORDS - 1 };
  for (uint32_t i = 0; i < sizeof where / sizeof where[0]; i++)
    if (words[where[i]] != mark (pass, index, where[i]))
      pv_panic ("lost: page %u word %u of pass %u", index, where[i], pass);
  if (index % 2 == 1 && *(const char *)&words[EXTRA] != '-')
    pv_panic ("lost: what the hypervisor wrote to page %u in pass %u", index, pass);
}

static void
rewrite (uint32_t pass, uint32_t index)
{
  uint32_t *words = page (index);
  bool locked = index % 16 == 4;
  if (locked && pass > 1)
    protect (index, PV_L2_RW);
  /* In every other page the first write after a look may be the hypervisor's. */
  if (index % 2 == 1 && pv_xen_version (XENVER_extraversion, &words[EXTRA]) != 0)
    pv_panic ("the hypervisor cannot write to page %u in pass %u", index, pass);
  if (index % 4 == 2)
    for (uint32_t i = 0; i < EXTRA_SIZE; i++)
      words[EXTRA + i] = 0;
  words[0] = mark (pass, index, 0);
  words[1] = mark (pass, index, 1);
  words[WORDS / 2] = mark (pass, index, WORDS / 2);
  words[WORDS - 1] = mark (pass, index, WORDS - 1);
  if (locked)
    protect (index, PV_L2_RO);
}

/* Waits for all vCPUs at the end of a pass. Here the domain may be suspended: by the first one, while no
   other works with frames, which are others afterwards. */
static void
meet (uint32_t pass)
{
  __atomic_fetch_add (&arrived, 1, __ATOMIC_ACQ_REL);
  do {
    if (pv_vcpu_id () == 0) {
      pv_lock (&frames);
      pv_event_dispatch ();
      pv_unlock (&frames);
    }
    if (pv_start->vcpus > 1)
      pv_sched_op (SCHEDOP_yield, NULL);
  } while (__atomic_load_n (&arrived, __ATOMIC_ACQUIRE) < pass * pv_start->vcpus);
}

static void
work (void *data)
{
  (void)data;
  for (uint32_t pass = 1;; pass++) {
    for (uint32_t index = (pv_vcpu_id () + pass) % pv_start->vcpus; index < pages; index += pv_start->vcpus) {
      if (pass > 1)
        check (pass - 1, index);
      rewrite (pass, index);
    }
    meet (pass);
    if (pv_vcpu_id () == 0 && pass % REPORT == 0)
      pv_printf ("pass %u\n", pass);
  }
}

void
pv_main (const struct pv_start_info *info)
{
  pages = info->pages - info->first_free;
  if (pages > PAGES_MAX)
    pages = PAGES_MAX;
  pv_suspend_init ();
  for (uint32_t vcpu = 1; vcpu < info->vcpus; vcpu++)
    if (pv_vcpu_start (vcpu, work, NULL) < 0)
      pv_panic ("vCPU %u does not start", vcpu);
  work (NULL);
  for (;;)
    continue;
}
