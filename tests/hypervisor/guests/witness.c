/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fills its memory with numbers that follow from its name and looks at them for ever; one hypercall
 * (a yield) after each look. A word that has changed ends it.
 */
#include "test.h"

static uint32_t
number (uint32_t seed, const uint32_t *at)
{
  return ((uint32_t)at ^ seed) * 2654435761u;
}

void
pv_main (const struct pv_start_info *info)
{
  uint32_t *first = (uint32_t *)(uintptr_t)(PV_KERNEL_START + info->first_free * PV_PAGE_SIZE);
  uint32_t *end = (uint32_t *)(uintptr_t)(PV_KERNEL_START + info->pages * PV_PAGE_SIZE);
  uint32_t seed = info->domid * 65537u;
  for (uint32_t *at = first; at < end; at++)
    *at = number (seed, at);
  for (;;) {
    for (const volatile uint32_t *at = first; at < end; at++)
      if (*at != number (seed, (const uint32_t *)at))
        pv_panic ("word at %08x has become %08x", (uint32_t)at, *at);
    pv_sched_op (SCHEDOP_yield, NULL);
  }
}
