/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory of as many tables as there can be, none of which anybody has looked at: checking it, and letting go
 * of it again, takes millions of instructions. It is done while others go on, and comes to the right end. With
 * "give" in its command line the domain gives one page instead.
 */
#include "test.h"
#include "grant.h"
#include <xen/errno.h>
#include <xen/memory.h>

#define TABLES  768u  /* pages of four tables: user addresses */
#define ENTRIES 1024u /* of such a page */
#define EXTENTS 16u

static uint32_t target, directory, tables; /* pages */

static uint32_t *
page (uint32_t number)
{
  return (uint32_t *)(PV_KERNEL_START + number * PV_PAGE_SIZE);
}

static uint32_t
frame (uint32_t number)
{
  return ((const uint32_t *)(uintptr_t)pv_start->p2m)[number];
}

static void
map (uint32_t number, uint32_t attributes)
{
  if (pv_hypercall3 (__HYPERVISOR_update_va_mapping, (uint32_t)page (number),
                     attributes ? frame (number) << PV_PAGE_SHIFT | attributes : 0, 2)
      != 0)
    pv_panic ("page %u cannot be mapped", number);
}

static long
extended (uint32_t cmd, uint32_t number)
{
  struct mmuext_op op = { .cmd = cmd, .arg1.mfn = frame (number) };
  return pv_mmuext_op (&op, 1, NULL);
}

static void
prepare (void)
{
  const uint32_t *kernel = (const uint32_t *)(uintptr_t)pv_start->directory;
  target = pv_start->first_free;
  directory = (target + 4) & ~3u;
  tables = directory + 4;
  for (uint32_t i = 0; i < TABLES; i++) {
    for (uint32_t j = 0; j < ENTRIES; j++)
      page (tables + i)[j] = frame (target) << PV_PAGE_SHIFT | PV_L2_RW;
    map (tables + i, 0);
  }
  for (uint32_t i = 0; i < TABLES * 4; i++)
    page (directory)[i] = (frame (tables + i / 4) << PV_PAGE_SHIFT) + i % 4 * PV_TABLE_SIZE + PV_L1_USER;
  for (uint32_t i = PV_KERNEL_START >> 20; i < PV_HYPERVISOR_START >> 20; i++)
    page (directory)[i] = kernel[i];
  for (uint32_t i = 0; i < 4; i++)
    map (directory + i, 0);
  map (target, 0);
}

/* The last entry of the last table. */
static void
set_last (uint32_t value)
{
  uint32_t last = tables + TABLES - 1;
  map (last, PV_L2_RW);
  page (last)[ENTRIES - 1] = value;
  map (last, 0);
}

/* What nothing refers to can be anything else. */
static bool
is_free (uint32_t number)
{
  bool good = extended (PV_MMUEXT_PIN_TABLES, number) == 0;
  return good && extended (MMUEXT_UNPIN_TABLE, number) == 0;
}

static void
memory (void)
{
  static xen_pfn_t list[EXTENTS];
  struct xen_memory_reservation argument = { .nr_extents = EXTENTS, .extent_order = 2, .domid = DOMID_SELF };
  uint32_t first = (tables + TABLES + 3) & ~3u;
  set_xen_guest_handle_raw (argument.extent_start, list);
  for (uint32_t i = 0; i < EXTENTS; i++) {
    list[i] = frame (first + i * 4);
    for (uint32_t j = 0; j < 4; j++)
      map (first + i * 4 + j, 0);
  }
  check (pv_hypercall2 (__HYPERVISOR_memory_op, XENMEM_decrease_reservation, (uint32_t)&argument) == EXTENTS,
         "as much memory as one call may is given back");
  for (uint32_t i = 0; i < EXTENTS; i++)
    list[i] = first + i * 4;
  check (pv_hypercall2 (__HYPERVISOR_memory_op, XENMEM_populate_physmap, (uint32_t)&argument) == EXTENTS,
         "and taken again");
}

void
pv_main (const struct pv_start_info *info)
{
  static uint8_t given[PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
  if (strcmp (info->command_line, "give") == 0) {
    pv_grant_give (0, given, false);
    for (;;)
      pv_event_wait (0);
  }
  prepare ();
  set_last (PV_HYPERVISOR_START | PV_L2_RW);
  check (extended (PV_MMUEXT_PIN_DIRECTORY, directory) == -XEN_EPERM, "a directory whose very last entry is wrong is refused");
  check (is_free (target), "and nothing of it is left");
  set_last (0);
  check (extended (PV_MMUEXT_PIN_DIRECTORY, directory) == 0, "a directory of %u tables that nobody has looked at is pinned",
         TABLES * 4);
  check (extended (PV_MMUEXT_PIN_DIRECTORY, directory) == -XEN_EINVAL, "once");
  check (!is_free (target), "what its tables map writable is no table");
  check (extended (MMUEXT_NEW_BASEPTR, directory) == 0, "it is the directory in use");
  check (*(volatile uint32_t *)0x1000 == *(volatile uint32_t *)0x2000, "and maps what it says");
  check (extended (MMUEXT_UNPIN_TABLE, directory) == 0 && !is_free (target), "also unpinned");
  check (extended (MMUEXT_NEW_BASEPTR, (pv_start->directory - PV_KERNEL_START) / PV_PAGE_SIZE) == 0,
         "the first directory is in use again");
  check (is_free (target), "and nothing is left of the other");
  check (extended (MMUEXT_NEW_BASEPTR, directory) == 0, "it comes into use without a pin");
  check (extended (MMUEXT_NEW_BASEPTR, (pv_start->directory - PV_KERNEL_START) / PV_PAGE_SIZE) == 0, "and goes");
  memory ();
  pv_shutdown (SHUTDOWN_poweroff);
}
