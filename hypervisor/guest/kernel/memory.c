/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory.h"

#define PAGES_MAX 131072 /* that stand in a row from PV_KERNEL_START */

static uint8_t used[PAGES_MAX / 8];
static uint32_t total, free_pages;
static uint32_t next; /* where the last search for one page ended */
static uint32_t last; /* memory_take_last() finds nothing from here on */

static bool
is_used (uint32_t page)
{
  return used[page / 8] >> (page % 8) & 1;
}

static void
set_used (uint32_t page, bool value)
{
  if (value)
    used[page / 8] |= (uint8_t)(1u << (page % 8));
  else
    used[page / 8] &= (uint8_t) ~(1u << (page % 8));
}

void
memory_init (void)
{
  total = pv_start->max_pages < PAGES_MAX ? pv_start->max_pages : PAGES_MAX;
  last = total;
  for (uint32_t page = 0; page < total; page++)
    if (page < pv_start->first_free || memory_frame (page) == PV_FRAME_NONE)
      set_used (page, true);
    else
      free_pages++;
}

bool
memory_is_mapped (uint32_t page)
{
  return page < total;
}

bool
memory_in_a_row (uint32_t page, uint32_t count)
{
  uint32_t frame = memory_frame (page);
  for (uint32_t i = 1; i < count; i++)
    if (memory_frame (page + i) != frame + i)
      return false;
  return frame % count == 0;
}

static uint32_t
find (uint32_t from, uint32_t to, uint32_t count, uint32_t align)
{
  for (uint32_t page = from; page + count <= to; page += align) {
    uint32_t run = 0;
    if (align == 1 && page % 8 == 0 && used[page / 8] == 0xff) {
      page += 7;
      continue;
    }
    while (run < count && !is_used (page + run))
      run++;
    if (run == count && (align == 1 || memory_in_a_row (page, count)))
      return page;
  }
  return PAGE_NONE;
}

/* Single pages are looked for where the last one was found, so that a full memory costs little. */
uint32_t
memory_take (uint32_t count, uint32_t align)
{
  uint32_t page;
  if (count > free_pages)
    return PAGE_NONE;
  if (count == 1 && align == 1) {
    page = find (next, total, 1, 1);
    if (page == PAGE_NONE)
      page = find (0, next, 1, 1);
    next = page == PAGE_NONE ? 0 : page;
  } else {
    page = find (0, total, count, align);
  }
  if (page == PAGE_NONE)
    return PAGE_NONE;
  for (uint32_t i = 0; i < count; i++)
    set_used (page + i, true);
  free_pages -= count;
  memset (memory_address (page), 0, count * PV_PAGE_SIZE);
  return page;
}

uint32_t
memory_take_last (uint32_t count)
{
  for (uint32_t page = last / count * count; page >= count;) {
    page -= count;
    if (find (page, page + count, count, 1) == PAGE_NONE)
      continue;
    for (uint32_t i = 0; i < count; i++)
      set_used (page + i, true);
    free_pages -= count;
    last = page;
    return page;
  }
  return PAGE_NONE;
}

uint32_t
memory_absent (uint32_t from)
{
  for (uint32_t page = from > pv_start->first_free ? from : pv_start->first_free;
       page < pv_start->max_pages; page++)
    if (memory_frame (page) == PV_FRAME_NONE)
      return page;
  return PAGE_NONE;
}

void
memory_give (uint32_t page, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    set_used (page + i, false);
  free_pages += count;
  if (last < page + count)
    last = total;
}

uint32_t
memory_free (void)
{
  return free_pages;
}

void *
memory_address (uint32_t page)
{
  return (void *)(uintptr_t)(PV_KERNEL_START + page * PV_PAGE_SIZE);
}

uint32_t
memory_frame (uint32_t page)
{
  return ((const uint32_t *)(uintptr_t)pv_start->p2m)[page];
}
