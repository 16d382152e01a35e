/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An address space is written while its tables are ordinary memory; then they are made read-only
 * and pinned, which is when the hypervisor checks every entry.
 */
#include "kernel.h"

static bool
take (struct space *space, uint32_t pages)
{
  space->pages = pages;
  space->directory = memory_take (4, 4);
  space->tables = memory_take (1, 1);
  space->memory = memory_take (pages, 1);
  if (space->directory != PAGE_NONE && space->tables != PAGE_NONE && space->memory != PAGE_NONE)
    return true;
  if (space->directory != PAGE_NONE)
    memory_give (space->directory, 4);
  if (space->tables != PAGE_NONE)
    memory_give (space->tables, 1);
  if (space->memory != PAGE_NONE)
    memory_give (space->memory, pages);
  return false;
}

bool
space_create (struct space *space, uint32_t pages)
{
  const uint32_t *kernel = (const uint32_t *)(uintptr_t)pv_start->directory;
  if (pages > (USER_END - USER_START) / PV_PAGE_SIZE || !take (space, pages))
    return false;
  uint32_t *directory = memory_address (space->directory);
  uint32_t *tables = memory_address (space->tables);
  for (uint32_t i = PV_KERNEL_START >> 20; i < PV_HYPERVISOR_START >> 20; i++)
    directory[i] = kernel[i];
  for (uint32_t i = 0; i < 4; i++)
    directory[(USER_START >> 20) + i]
        = ((memory_frame (space->tables) << PV_PAGE_SHIFT) + i * PV_TABLE_SIZE) | PV_L1_USER;
  for (uint32_t i = 0; i < pages; i++)
    tables[i] = memory_frame (space->memory + i) << PV_PAGE_SHIFT | PV_L2_RW;
  tables_protect (space->directory, 4, PV_L2_RO);
  tables_protect (space->tables, 1, PV_L2_RO);
  tables_operation (PV_MMUEXT_PIN_DIRECTORY, space->directory);
  return true;
}

void
space_destroy (struct space *space)
{
  tables_operation (MMUEXT_UNPIN_TABLE, space->directory);
  tables_protect (space->directory, 4, PV_L2_RW);
  tables_protect (space->tables, 1, PV_L2_RW);
  memory_give (space->directory, 4);
  memory_give (space->tables, 1);
  memory_give (space->memory, space->pages);
}

void
space_use (const struct space *space)
{
  tables_operation (MMUEXT_NEW_BASEPTR, space->directory);
}

void
space_use_none (void)
{
  tables_operation (MMUEXT_NEW_BASEPTR, (pv_start->directory - PV_KERNEL_START) / PV_PAGE_SIZE);
}
