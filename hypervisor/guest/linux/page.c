/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "page.h"

static uint16_t *uses;

void
page_init (void)
{
  uint32_t bytes = pv_start->max_pages * sizeof uses[0]; /* memory may grow */
  uint32_t page = memory_take ((bytes + PV_PAGE_SIZE - 1) / PV_PAGE_SIZE, 1);
  if (page == PAGE_NONE)
    pv_panic ("no memory to count pages in");
  uses = memory_address (page);
}

uint32_t
page_new (void)
{
  uint32_t page = memory_take (1, 1);
  if (page != PAGE_NONE)
    uses[page] = 1;
  return page;
}

uint32_t
page_copy (uint32_t page)
{
  uint32_t copy = page_new ();
  if (copy != PAGE_NONE)
    memcpy (memory_address (copy), memory_address (page), PV_PAGE_SIZE);
  return copy;
}

void
page_hold (uint32_t page)
{
  if (++uses[page] == UINT16_MAX)
    pv_panic ("page %u has too many uses", page);
}

void
page_drop (uint32_t page)
{
  if (uses[page] == 0)
    pv_panic ("page %u is not in use", page);
  if (--uses[page] == 0)
    memory_give (page, 1);
}

bool
page_shared (uint32_t page)
{
  return uses[page] > 1;
}
