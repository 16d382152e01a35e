/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap.h"
#include "node.h"
#include "space.h"

static struct area *
find (const struct space *space, uint32_t address)
{
  struct area *area = space->areas;
  while (area && area->end <= address)
    area = area->next;
  return area && area->start <= address ? area : NULL;
}

const struct area *
area_find (const struct space *space, uint32_t address)
{
  return find (space, address);
}

/* Areas begin and end at `address`: one that crosses it becomes two. */
static int
split (struct space *space, uint32_t address)
{
  struct area *area = find (space, address);
  if (!area || area->start == address)
    return 0;
  struct area *upper = heap_new (sizeof *upper);
  if (!upper)
    return -ENOMEM;
  *upper = *area;
  upper->start = address;
  upper->offset += (address - area->start) / PV_PAGE_SIZE;
  if (upper->node)
    node_hold (upper->node);
  area->end = address;
  area->next = upper;
  return 0;
}

static int
split_range (struct space *space, uint32_t start, uint32_t end)
{
  int error = split (space, start);
  return error ? error : split (space, end);
}

static void
free_area (struct area *area)
{
  if (area->node)
    node_drop (area->node);
  heap_free (area);
}

static void
insert (struct space *space, struct area *area)
{
  struct area **place = &space->areas;
  while (*place && (*place)->start < area->start)
    place = &(*place)->next;
  area->next = *place;
  *place = area;
}

int
area_unmap (struct space *space, uint32_t start, uint32_t end)
{
  int error = split_range (space, start, end);
  if (error)
    return error;
  space_remove (space, start, end);
  for (struct area **place = &space->areas; *place;) {
    struct area *area = *place;
    if (area->start >= start && area->end <= end) {
      *place = area->next;
      free_area (area);
    } else {
      place = &area->next;
    }
  }
  return 0;
}

int
area_map (struct space *space,
          uint32_t start,
          uint32_t end,
          uint32_t flags,
          struct node *node,
          uint32_t offset)
{
  struct area *area = heap_new (sizeof *area);
  if (!area)
    return -ENOMEM;
  int error = area_unmap (space, start, end);
  if (error) {
    heap_free (area);
    return error;
  }
  area->start = start;
  area->end = end;
  area->flags = flags;
  area->node = node;
  area->offset = offset;
  if (node)
    node_hold (node);
  insert (space, area);
  return 0;
}

int
area_protect (struct space *space, uint32_t start, uint32_t end, uint32_t flags)
{
  int error = split_range (space, start, end);
  uint32_t at = start;
  if (error)
    return error;
  for (struct area *area = space->areas; area; area = area->next) {
    if (area->start != at || at >= end)
      continue;
    area->flags = (area->flags & AREA_SHARED) | flags;
    at = area->end;
  }
  space_refresh (space, start, end);
  return at >= end ? 0 : -ENOMEM;
}

uint32_t
area_free_range (const struct space *space, uint32_t length)
{
  uint32_t top = SPACE_END - STACK_SIZE - PV_PAGE_SIZE, found = 0, from = space->brk + PV_PAGE_SIZE;
  for (const struct area *area = space->areas;; area = area->next) {
    uint32_t end = area && area->start < top ? area->start : top;
    if (end > from && end - from >= length)
      found = end - length;
    if (!area)
      return found & ~(PV_PAGE_SIZE - 1u);
    if (area->end > from)
      from = area->end;
  }
}

void
area_clear (struct space *space)
{
  while (space->areas) {
    struct area *area = space->areas;
    space->areas = area->next;
    free_area (area);
  }
}

int
area_copy_all (struct space *to, const struct space *from)
{
  for (const struct area *area = from->areas; area; area = area->next) {
    int error = area_map (to, area->start, area->end, area->flags, area->node, area->offset);
    if (error)
      return error;
  }
  return 0;
}
