/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grant.h"

#include <xen/errno.h>
#include <xen/grant_table.h>

#define BATCH 16u

/* The page of four tables behind the window, and the handle and next free place of each of its
 * pages. */
static uint32_t tables[PV_GRANT_WINDOW_PAGES] __attribute__ ((aligned (PV_PAGE_SIZE)));
static struct place {
  uint32_t handle;
  uint32_t next; /* free place + 1; 0: the last */
  bool lost;     /* the page behind it was revoked, and is replaced */
} places[PV_GRANT_WINDOW_PAGES];
static uint32_t first_place; /* + 1 */
static bool open;

static void
open_window (void)
{
  uint32_t frame = pv_frame_of (tables);
  uint32_t first = PV_GRANT_WINDOW >> 20;
  const uint32_t *directory = (const uint32_t *)(uintptr_t)pv_start->directory;
  struct mmu_update updates[4];
  long error
      = pv_update_va_mapping ((uint32_t)tables, frame << PV_PAGE_SHIFT | PV_L2_RO, UVMF_INVLPG);
  for (uint32_t i = 0; i < 4; i++)
    updates[i] = (struct mmu_update){
      .ptr = ((uint64_t)pv_frame_of (&directory[first + i]) << PV_PAGE_SHIFT)
             + ((first + i) * 4) % PV_PAGE_SIZE,
      .val = ((frame << PV_PAGE_SHIFT) + i * PV_TABLE_SIZE) | PV_L1_KERNEL,
    };
  if (error == 0)
    error = pv_mmu_update (updates, 4, NULL);
  if (error != 0)
    pv_panic ("no window for granted pages: error %d", (int)error);
  for (uint32_t i = 0; i < PV_GRANT_WINDOW_PAGES; i++)
    places[i].next = i + 1 < PV_GRANT_WINDOW_PAGES ? i + 2 : 0;
  first_place = 1;
  open = true;
}

static void *
take_place (void)
{
  uint32_t place = first_place;
  if (place == 0)
    return NULL;
  first_place = places[place - 1].next;
  return (void *)(uintptr_t)(PV_GRANT_WINDOW + (place - 1) * PV_PAGE_SIZE);
}

static struct place *
place_of (const void *page)
{
  return &places[((uintptr_t)page - PV_GRANT_WINDOW) / PV_PAGE_SIZE];
}

bool
pv_grant_fault (uint32_t address)
{
  static uint8_t empty[PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
  void *page = (void *)(uintptr_t)(address & ~(PV_PAGE_SIZE - 1));
  if (!open || address < PV_GRANT_WINDOW || address >= PV_HYPERVISOR_START || place_of (page)->lost)
    return false;
  place_of (page)->lost = true;
  return pv_update_va_mapping ((uint32_t)page, pv_frame_of (empty) << PV_PAGE_SHIFT | PV_L2_RW,
                               UVMF_INVLPG)
         == 0;
}

static void
give_place (void *page)
{
  struct place *place = place_of (page);
  place->next = first_place;
  first_place = (uint32_t)(place - places) + 1;
}

/* Keeps what was mapped where all was, else takes it back. */
static long
keep (const struct gnttab_map_grant_ref *ops, uint32_t count, void **pages)
{
  uint32_t good = 0;
  void *mapped[BATCH];
  for (uint32_t i = 0; i < count; i++) {
    if (ops[i].status == GNTST_okay) {
      place_of (pages[i])->handle = ops[i].handle;
      mapped[good++] = pages[i];
    } else {
      give_place (pages[i]);
    }
  }
  if (good == count)
    return 0;
  pv_grant_unmap (mapped, good);
  return -XEN_EACCES;
}

long
pv_grant_map (
    uint32_t from, const uint32_t *references, uint32_t count, bool readonly, void **pages)
{
  struct gnttab_map_grant_ref ops[BATCH];
  if (!open)
    open_window ();
  for (uint32_t i = 0; i < count; i++) {
    pages[i] = take_place ();
    if (!pages[i]) {
      while (i-- > 0)
        give_place (pages[i]);
      return -XEN_ENOSPC;
    }
    ops[i] = (struct gnttab_map_grant_ref){ .host_addr = (uintptr_t)pages[i],
                                            .flags
                                            = GNTMAP_host_map | (readonly ? GNTMAP_readonly : 0),
                                            .ref = references[i],
                                            .dom = (domid_t)from };
  }
  long error = pv_grant_table_op (GNTTABOP_map_grant_ref, ops, count);
  if (error != 0)
    pv_panic ("grants cannot be mapped: error %d", (int)error);
  return keep (ops, count, pages);
}

void
pv_grant_unmap (void *const *pages, uint32_t count)
{
  struct gnttab_unmap_grant_ref ops[BATCH];
  for (uint32_t i = 0; i < count; i++)
    ops[i] = (struct gnttab_unmap_grant_ref){ .host_addr = (uintptr_t)pages[i],
                                              .handle = place_of (pages[i])->handle };
  long error = pv_grant_table_op (GNTTABOP_unmap_grant_ref, ops, count);
  for (uint32_t i = 0; i < count; i++) {
    if (error != 0 || ops[i].status != GNTST_okay)
      pv_panic ("a granted page cannot be unmapped: error %d", error ? (int)error : ops[i].status);
    if (place_of (pages[i])->lost)
      pv_update_va_mapping ((uint32_t)pages[i], 0, UVMF_INVLPG);
    place_of (pages[i])->lost = false;
    give_place (pages[i]);
  }
}
