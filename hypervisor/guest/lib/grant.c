/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grant.h"

#include <xen/grant_table.h>

#define REFERENCES_MAX 2048u

/* References that are not given; each names the next. The first ones are Xen's. */
static uint16_t next_free[REFERENCES_MAX];
static uint32_t first_free;
static bool ready;

static struct grant_entry_v1 *
entry_of (uint32_t reference)
{
  return (struct grant_entry_v1 *)(uintptr_t)pv_start->grant_table + reference;
}

void
pv_grant_reset (void)
{
  uint32_t count = pv_start->grant_frames * (PV_PAGE_SIZE / sizeof (struct grant_entry_v1));
  if (count > REFERENCES_MAX)
    count = REFERENCES_MAX;
  first_free = 0;
  for (uint32_t reference = count - 1; reference >= GNTTAB_NR_RESERVED_ENTRIES; reference--) {
    entry_of (reference)->flags = 0;
    next_free[reference] = (uint16_t)first_free;
    first_free = reference;
  }
  ready = true;
}

uint32_t
pv_grant_give (uint32_t to, const void *page, bool readonly)
{
  if (!ready)
    pv_grant_reset ();
  uint32_t reference = first_free;
  if (reference == 0)
    return PV_GRANT_NONE;
  first_free = next_free[reference];
  struct grant_entry_v1 *entry = entry_of (reference);
  entry->frame = pv_frame_of (page);
  entry->domid = (domid_t)to;
  __atomic_store_n (&entry->flags, (uint16_t)(GTF_permit_access | (readonly ? GTF_readonly : 0)),
                    __ATOMIC_RELEASE);
  return reference;
}

bool
pv_grant_end (uint32_t reference)
{
  uint16_t *flags = &entry_of (reference)->flags;
  uint16_t seen = __atomic_load_n (flags, __ATOMIC_RELAXED);
  do {
    if ((seen & (GTF_reading | GTF_writing)) != 0)
      return false;
  } while (
      !__atomic_compare_exchange_n (flags, &seen, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
  next_free[reference] = (uint16_t)first_free;
  first_free = reference;
  return true;
}
