/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures mapping, unmapping and copying a page of another domain. */
#include "grants.h"

#include <xen/errno.h>
#include "grant.h"

#define REFERENCES_TRIED 64u
#define TRIES            1000u
#define BATCH            16u

/* The first reference that `peer` has given us: it is mapped once, which makes the window, too. */
static uint32_t
find_reference (uint32_t peer, void **page)
{
  for (uint32_t i = 0; i < TRIES; i++) {
    for (uint32_t reference = 0; reference < REFERENCES_TRIED; reference++)
      if (pv_grant_map (peer, &reference, 1, false, page) == 0)
        return reference;
    pv_sched_op (SCHEDOP_yield, NULL);
  }
  pv_panic ("the peer gives no page");
}

uint64_t
measure_grant_map (uint32_t peer, uint32_t turns)
{
  void *page;
  uint32_t reference = find_reference (peer, &page);
  pv_grant_unmap (&page, 1);
  uint64_t start = pv_time_ns ();
  for (uint32_t i = 0; i < turns; i++) {
    struct gnttab_map_grant_ref map = {
      .host_addr = (uintptr_t)page, .flags = GNTMAP_host_map, .ref = reference, .dom = (domid_t)peer
    };
    pv_grant_table_op (GNTTABOP_map_grant_ref, &map, 1);
    struct gnttab_unmap_grant_ref unmap = { .host_addr = map.host_addr, .handle = map.handle };
    pv_grant_table_op (GNTTABOP_unmap_grant_ref, &unmap, 1);
    if (map.status != GNTST_okay || unmap.status != GNTST_okay)
      pv_panic ("mapping was refused: %d, %d", map.status, unmap.status);
  }
  return pv_time_ns () - start;
}

uint64_t
measure_grant_batch (uint32_t peer, uint32_t turns)
{
  static struct gnttab_map_grant_ref map[BATCH];
  static struct gnttab_unmap_grant_ref unmap[BATCH];
  uint32_t references[BATCH];
  void *pages[BATCH];
  uint32_t reference = find_reference (peer, &pages[0]);
  pv_grant_unmap (pages, 1);
  for (uint32_t i = 0; i < BATCH; i++)
    references[i] = reference;
  if (pv_grant_map (peer, references, BATCH, false, pages) != 0)
    pv_panic ("one page cannot be mapped %u times", BATCH);
  pv_grant_unmap (pages, BATCH);
  uint64_t start = pv_time_ns ();
  for (uint32_t turn = 0; turn < turns / BATCH; turn++) {
    for (uint32_t i = 0; i < BATCH; i++)
      map[i] = (struct gnttab_map_grant_ref){ .host_addr = (uintptr_t)pages[i],
                                              .flags = GNTMAP_host_map,
                                              .ref = reference,
                                              .dom = (domid_t)peer };
    pv_grant_table_op (GNTTABOP_map_grant_ref, map, BATCH);
    for (uint32_t i = 0; i < BATCH; i++)
      unmap[i] = (struct gnttab_unmap_grant_ref){ .host_addr = map[i].host_addr,
                                                  .handle = map[i].handle };
    pv_grant_table_op (GNTTABOP_unmap_grant_ref, unmap, BATCH);
    if (map[BATCH - 1].status != GNTST_okay || unmap[BATCH - 1].status != GNTST_okay)
      pv_panic ("mapping was refused");
  }
  return pv_time_ns () - start;
}

uint64_t
measure_grant_copy (uint32_t peer, uint32_t turns)
{
  static uint8_t own[PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
  void *page;
  uint32_t reference = find_reference (peer, &page);
  pv_grant_unmap (&page, 1);
  uint64_t start = pv_time_ns ();
  for (uint32_t i = 0; i < turns; i++) {
    struct gnttab_copy copy = { .source = { .u.ref = reference, .domid = (domid_t)peer },
                                .dest = { .u.gmfn = pv_frame_of (own), .domid = DOMID_SELF },
                                .len = PV_PAGE_SIZE,
                                .flags = GNTCOPY_source_gref };
    pv_grant_table_op (GNTTABOP_copy, &copy, 1);
    if (copy.status != GNTST_okay)
      pv_panic ("copying was refused: %d", copy.status);
  }
  return pv_time_ns () - start;
}
