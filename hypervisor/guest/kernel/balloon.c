/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory goes and comes by four pages, so that four aligned pages stay four aligned frames, as page
 * directories need them; single frames are taken only where there are no fours.
 */
#include "balloon.h"

#include "memory.h"
#include <xen/memory.h>

#define FOUR     4u
#define RETRY_NS 500000000ull

static uint32_t present; /* pages that this domain has */
static uint32_t absent;  /* it has all before this one, */
static uint32_t high;    /* and of those that are not mapped none from this one on */
static uint64_t retry_at;

static volatile uint32_t *
p2m (void)
{
  return (volatile uint32_t *)(uintptr_t)pv_start->p2m;
}

static uint32_t
target (void)
{
  const char *shared = (const char *)(const void *)pv_shared;
  uint32_t pages
      = *(const volatile uint32_t *)(const void *)(shared + PV_SHARED_MEMORY_TARGET);
  return pages / FOUR * FOUR;
}

/* One memory_op on `count` extents; -> how many it has done. */
static uint32_t
reserve (uint32_t cmd, xen_pfn_t *list, uint32_t count, uint32_t order)
{
  struct xen_memory_reservation argument
      = { .nr_extents = count, .extent_order = order, .domid = DOMID_SELF };
  set_xen_guest_handle_raw (argument.extent_start, list);
  long done = pv_memory_op (cmd, &argument);
  return done < 0 ? 0 : (uint32_t)done;
}

static void
map (uint32_t page, uint32_t entry)
{
  if (!memory_is_mapped (page))
    return;
  long error = pv_update_va_mapping ((uint32_t)memory_address (page), entry, UVMF_INVLPG);
  if (error < 0)
    pv_panic ("page %u cannot be mapped as %08x: %d", page, entry, (int)error);
}

/* Back to whom memory is asked of. */
static void
give (uint32_t page)
{
  if (memory_is_mapped (page))
    memory_give (page, 1);
  else if (high <= page)
    high = page / FOUR * FOUR + FOUR;
}

/* The last four that are free, of those first that are of no other use. */
static uint32_t
take_four (void)
{
  while (high >= FOUR && !memory_is_mapped (high - FOUR)) {
    uint32_t have = 0;
    high -= FOUR;
    for (uint32_t i = 0; i < FOUR; i++)
      have += memory_frame (high + i) != PV_FRAME_NONE;
    if (have == FOUR)
      return high;
  }
  return memory_take_last (FOUR);
}

/* Gives four pages back; false: none are to be had. */
static bool
shrink (void)
{
  xen_pfn_t list[FOUR];
  uint32_t page = take_four ();
  if (page == PAGE_NONE)
    return false;
  bool extent = memory_in_a_row (page, FOUR);
  for (uint32_t i = 0; i < FOUR; i++) {
    list[i] = memory_frame (page + i);
    map (page + i, 0);
  }
  uint32_t done = extent ? reserve (XENMEM_decrease_reservation, list, 1, 2) * FOUR
                         : reserve (XENMEM_decrease_reservation, list, FOUR, 0);
  for (uint32_t i = 0; i < FOUR; i++) {
    if (i < done) {
      p2m ()[page + i] = PV_FRAME_NONE;
    } else {
      map (page + i, (uint32_t)list[i] << PV_PAGE_SHIFT | PV_L2_RW);
      give (page + i);
    }
  }
  present -= done;
  absent = page < absent ? page : absent;
  return done > 0;
}

/* A page has come. */
static void
arrived (uint32_t page, uint32_t frame)
{
  p2m ()[page] = frame;
  map (page, frame << PV_PAGE_SHIFT | PV_L2_RW);
  give (page);
  present++;
}

/* Takes four pages, or fewer; false: there are none. */
static bool
grow (void)
{
  xen_pfn_t list[FOUR];
  uint32_t page = absent = memory_absent (absent);
  if (page == PAGE_NONE)
    return false;
  bool four = page % FOUR == 0;
  for (uint32_t i = 0; four && i < FOUR; i++)
    four = memory_frame (page + i) == PV_FRAME_NONE;
  list[0] = page;
  if (four && reserve (XENMEM_populate_physmap, list, 1, 2) == 1) {
    for (uint32_t i = 0; i < FOUR; i++)
      arrived (page + i, (uint32_t)list[0] + i);
    return true;
  }
  list[0] = page;
  if (reserve (XENMEM_populate_physmap, list, 1, 0) == 0)
    return false;
  arrived (page, (uint32_t)list[0]);
  return true;
}

static void
follow (uint32_t port, void *data)
{
  (void)port;
  (void)data;
  while (present > target () && shrink ())
    continue;
  while (present < target () && grow ())
    continue;
  retry_at = present == target () ? 0 : pv_time_ns () + RETRY_NS;
}

void
balloon_tick (void)
{
  if (retry_at != 0 && pv_time_ns () >= retry_at)
    follow (0, NULL);
}

uint32_t
balloon_pages (void)
{
  return present;
}

void
balloon_init (void)
{
  uint32_t first = (pv_start->p2m - PV_KERNEL_START) / PV_PAGE_SIZE;
  uint32_t pages = (pv_start->max_pages * 4 + PV_PAGE_SIZE - 1) / PV_PAGE_SIZE;
  present = pv_start->pages;
  high = pv_start->pages / FOUR * FOUR;
  tables_protect (first, pages, PV_L2_RW); /* the p2m is for the domain itself to keep */
  long port = pv_event_bind_virq (PV_VIRQ_MEMORY, follow, NULL);
  if (port < 0)
    pv_panic ("no event for changes of memory: %d", (int)port);
  follow (0, NULL);
}
