/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages shared by grants: giving one's own, and mapping those of others. */
#ifndef PV_LIB_GRANT_H
#define PV_LIB_GRANT_H

#include "pv.h"

/* No reference. */
#define PV_GRANT_NONE 0xffffffffu
/* Pages of others that can be mapped at a time. */
#define PV_GRANT_WINDOW_PAGES 1024u
/* Where they are mapped: the last 4 MiB below the hypervisor. */
#define PV_GRANT_WINDOW (PV_HYPERVISOR_START - PV_GRANT_WINDOW_PAGES * PV_PAGE_SIZE)

/* Machine frame of the page of this kernel's own memory in which `address` lies. */
static inline uint32_t
pv_frame_of (const void *address)
{
  return ((const uint32_t *)(uintptr_t)
              pv_start->p2m)[((uintptr_t)address - PV_KERNEL_START) / PV_PAGE_SIZE];
}

/* Lets domain `to` use the page in which `page` lies. -> reference, or PV_GRANT_NONE: all are
 * given. */
uint32_t pv_grant_give (uint32_t to, const void *page, bool readonly);
/* Ends it. -> false: the other domain still uses the page, and the reference stays given. */
bool pv_grant_end (uint32_t reference);
/* Forgets all that was given, on a machine where nobody uses it (after suspension). */
void pv_grant_reset (void);

/* Maps `count` (at most 16) pages of domain `from`, each at a place of its own. 0, or a negative
   error with none mapped: -XEN_ENOSPC no place, -XEN_EACCES not given like that. */
long pv_grant_map (
    uint32_t from, const uint32_t *references, uint32_t count, bool readonly, void **pages);
/* Unmaps `count` (at most 16) pages. */
void pv_grant_unmap (void *const *pages, uint32_t count);

/* For pv_on_data_abort: the owner's domain is gone, or policy took the page back. -> whether that
   was it; then an empty page of our own stands there until it is unmapped. */
bool pv_grant_fault (uint32_t address);

#endif
