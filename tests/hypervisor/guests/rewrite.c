/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes to all of its memory again and again, and finds out whether any of it was lost: by its own
 * stores, by the hypervisor's on its behalf, and to pages that cannot be written to for a while.
 */
#include "pv.h"

#define PAGES_MAX  512u
#define WORDS      (PV_PAGE_SIZE / sizeof (uint32_t))
#define REPORT     20u
#define EXTRA      16u /* word at which the hypervisor writes its text */
#define EXTRA_SIZE 4u

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
  uint32_t entry = p2m[pv_start->first_free + index] << PV_PAGE_SHIFT | flags;
  long error = pv_update_va_mapping ((uint32_t)page (index), entry, UVMF_INVLPG);
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

void
pv_main (const struct pv_start_info *info)
{
  uint32_t pages = info->pages - info->first_free;
  if (pages > PAGES_MAX)
    pages = PAGES_MAX;
  pv_suspend_init ();
  for (uint32_t pass = 1;; pass++) {
    for (uint32_t index = 0; index < pages; index++) {
      if (pass > 1)
        check (pass - 1, index);
      rewrite (pass, index);
    }
    if (pass % REPORT == 0)
      pv_printf ("pass %u\n", pass);
    pv_event_dispatch (); /* here it may be suspended */
  }
}
