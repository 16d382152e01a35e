/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "space.h"

#include "heap.h"
#include "node.h"
#include "page.h"

#define BATCH 64u
#define POOL  8u

/* Changes of page-table entries wait here until a user process or the kernel depends on them. */
static struct mmu_update updates[BATCH];
static uint32_t update_count;

/* Directories without user entries, pinned: making one is the most expensive part of a fork. */
static uint32_t pool[POOL];
static uint32_t pooled;

/* ---- page tables ---- */

static void
flush (void)
{
  if (update_count == 0)
    return;
  long error = pv_mmu_update (updates, update_count, NULL);
  if (error < 0)
    pv_panic ("page-table update refused: %d", (int)error);
  update_count = 0;
}

static void
update (uint32_t page, uint32_t index, uint32_t value)
{
  updates[update_count].ptr = ((uint64_t)memory_frame (page) << PV_PAGE_SHIFT) + index * 4;
  updates[update_count].val = value;
  if (++update_count == BATCH)
    flush ();
}

static uint32_t
hardware_entry (uint32_t entry, bool executable)
{
  if (entry == 0)
    return 0;
  return memory_frame (ENTRY_PAGE (entry)) << PV_PAGE_SHIFT
         | ((entry & ENTRY_WRITABLE) != 0 ? PV_L2_RW : PV_L2_RO) | (executable ? 0 : PV_L2_XN);
}

static uint32_t
directory_new (void)
{
  if (pooled > 0)
    return pool[--pooled];
  uint32_t page = memory_take (4, 4);
  if (page == PAGE_NONE)
    return PAGE_NONE;
  uint32_t *directory = memory_address (page);
  const uint32_t *kernel = (const uint32_t *)(uintptr_t)pv_start->directory;
  for (uint32_t i = PV_KERNEL_START >> 20; i < PV_HYPERVISOR_START >> 20; i++)
    directory[i] = kernel[i];
  tables_protect (page, 4, PV_L2_RO);
  tables_operation (PV_MMUEXT_PIN_DIRECTORY, page);
  return page;
}

/* Its user entries are gone already. */
static void
directory_free (uint32_t page)
{
  if (pooled < POOL) {
    pool[pooled++] = page;
    return;
  }
  tables_operation (MMUEXT_UNPIN_TABLE, page);
  tables_protect (page, 4, PV_L2_RW);
  memory_give (page, 4);
}

/* ---- regions ---- */

static struct region *
region_find (const struct space *space, uint32_t address)
{
  struct region *region = space->regions;
  while (region && region->base != (address & ~(REGION_SIZE - 1)))
    region = region->next;
  return region;
}

/* A region that is not linked yet: its tables are still ordinary memory. */
static struct region *
region_new (uint32_t address)
{
  struct region *region = heap_new (sizeof *region);
  uint32_t table = memory_take (1, 1), entries = memory_take (1, 1);
  if (!region || table == PAGE_NONE || entries == PAGE_NONE) {
    heap_free (region);
    if (table != PAGE_NONE)
      memory_give (table, 1);
    if (entries != PAGE_NONE)
      memory_give (entries, 1);
    return NULL;
  }
  region->base = address & ~(REGION_SIZE - 1);
  region->table = table;
  region->entries = memory_address (entries);
  return region;
}

static void
set_directory (const struct space *space, const struct region *region, bool present)
{
  uint32_t index = region->base >> 20;
  uint32_t machine = memory_frame (region->table) << PV_PAGE_SHIFT;
  for (uint32_t i = 0; i < REGION_SIZE >> 20; i++)
    update (space->directory + (index + i) / 1024, (index + i) % 1024,
            present ? (machine + i * PV_TABLE_SIZE) | PV_L1_USER : 0);
}

/* The hypervisor checks all entries when the first directory entry names the tables. */
static void
region_link (struct space *space, struct region *region)
{
  tables_protect (region->table, 1, PV_L2_RO);
  set_directory (space, region, true);
  flush ();
  region->next = space->regions;
  space->regions = region;
}

static void
region_free (struct space *space, struct region *region)
{
  set_directory (space, region, false);
  flush ();
  tables_protect (region->table, 1, PV_L2_RW);
  for (uint32_t i = 0; i < REGION_ENTRIES; i++)
    if (region->entries[i] != 0)
      page_drop (ENTRY_PAGE (region->entries[i]));
  memory_give (region->table, 1);
  memory_give (((uint32_t)region->entries - PV_KERNEL_START) / PV_PAGE_SIZE, 1);
  heap_free (region);
}

/* ---- whole spaces ---- */

struct space *
space_new (void)
{
  struct space *space = heap_new (sizeof *space);
  if (!space)
    return NULL;
  space->uses = 1;
  space->directory = directory_new ();
  if (space->directory != PAGE_NONE)
    return space;
  heap_free (space);
  return NULL;
}

/* What is writable and not shared becomes read-only on both sides. */
static bool
fork_region (struct space *child, struct space *parent, struct region *region)
{
  struct region *copy = region_new (region->base);
  if (!copy)
    return false;
  uint32_t *table = memory_address (copy->table);
  const struct area *area = NULL;
  for (uint32_t i = 0; i < REGION_ENTRIES; i++) {
    uint32_t entry = region->entries[i], address = region->base + i * PV_PAGE_SIZE;
    if (entry == 0)
      continue;
    if (!area || address >= area->end)
      area = area_find (parent, address);
    bool executable = (area->flags & AREA_EXEC) != 0;
    if ((entry & ENTRY_WRITABLE) != 0 && (area->flags & AREA_SHARED) == 0) {
      entry &= ~ENTRY_WRITABLE;
      region->entries[i] = entry;
      update (region->table, i, hardware_entry (entry, executable));
    }
    page_hold (ENTRY_PAGE (entry));
    copy->entries[i] = entry;
    table[i] = hardware_entry (entry, executable);
  }
  flush ();
  region_link (child, copy);
  return true;
}

struct space *
space_fork (struct space *space)
{
  struct space *child = space_new ();
  if (!child)
    return NULL;
  child->brk_start = space->brk_start;
  child->brk = space->brk;
  child->arg_start = space->arg_start;
  child->arg_end = space->arg_end;
  bool good = area_copy_all (child, space) == 0;
  for (struct region *region = space->regions; good && region; region = region->next)
    good = fork_region (child, space, region);
  if (good) {
    child->pages = space->pages;
    return child;
  }
  space_drop (child);
  return NULL;
}

void
space_drop (struct space *space)
{
  if (--space->uses > 0)
    return;
  area_clear (space);
  while (space->regions) {
    struct region *region = space->regions;
    space->regions = region->next;
    region_free (space, region);
  }
  directory_free (space->directory);
  heap_free (space);
}

void
space_use (const struct space *space)
{
  flush ();
  tables_operation (MMUEXT_NEW_BASEPTR, space->directory);
}

void
space_use_none (void)
{
  flush ();
  tables_operation (MMUEXT_NEW_BASEPTR, (pv_start->directory - PV_KERNEL_START) / PV_PAGE_SIZE);
}

/* ---- pages ---- */

static void
set_entry (struct region *region, uint32_t index, uint32_t entry, const struct area *area)
{
  region->entries[index] = entry;
  update (region->table, index, hardware_entry (entry, area && (area->flags & AREA_EXEC) != 0));
}

/* The page that shall stand at `address`, with a use for it; PAGE_NONE: -ENOMEM or -EFAULT. */
static int
new_page (const struct area *area, uint32_t address, bool write, uint32_t *entry)
{
  uint32_t page;
  bool writable = (area->flags & AREA_WRITE) != 0;
  if (!area->node) {
    page = page_new ();
  } else {
    page = node_page (area->node, area->offset + (address - area->start) / PV_PAGE_SIZE);
    if (page == NODE_NO_PAGE)
      return -EFAULT;
    writable = writable && (write || (area->flags & AREA_SHARED) != 0);
    if (page != PAGE_NONE && writable && (area->flags & AREA_SHARED) == 0)
      page = page_copy (page);
    else if (page != PAGE_NONE)
      page_hold (page);
  }
  if (page == PAGE_NONE)
    return -ENOMEM;
  *entry = page << 2 | ENTRY_PRESENT | (writable ? ENTRY_WRITABLE : 0);
  return 0;
}

/* A page that is present is written to: a copy of its own, unless nobody else has it. */
static int
own_page (struct region *region, uint32_t index, const struct area *area)
{
  uint32_t page = ENTRY_PAGE (region->entries[index]);
  if (page_shared (page) && (area->flags & AREA_SHARED) == 0) {
    uint32_t copy = page_copy (page);
    if (copy == PAGE_NONE)
      return -ENOMEM;
    set_entry (region, index, copy << 2 | ENTRY_PRESENT | ENTRY_WRITABLE, area);
    flush ();
    page_drop (page);
    return 0;
  }
  set_entry (region, index, page << 2 | ENTRY_PRESENT | ENTRY_WRITABLE, area);
  return 0;
}

/* The entry of an address and its region, which is made if it has to be. */
static int
touch (struct space *space, uint32_t address, bool write, struct region **in)
{
  const struct area *area = area_find (space, address);
  if (!area || (area->flags & (write ? AREA_WRITE : AREA_READ | AREA_EXEC)) == 0)
    return -EFAULT;
  struct region *region = region_find (space, address);
  if (!region) {
    region = region_new (address);
    if (!region)
      return -ENOMEM;
    region_link (space, region);
  }
  *in = region;
  uint32_t index = (address - region->base) / PV_PAGE_SIZE, entry = region->entries[index];
  if (entry != 0 && (!write || (entry & ENTRY_WRITABLE) != 0))
    return 0;
  if (entry != 0)
    return own_page (region, index, area);
  int error = new_page (area, address, write, &entry);
  if (error)
    return error;
  space->pages++;
  set_entry (region, index, entry, area);
  return 0;
}

int
space_touch (struct space *space, uint32_t address, bool write)
{
  struct region *region;
  int error = touch (space, address, write, &region);
  flush ();
  return error;
}

int
space_prepare (struct space *space, uint32_t address, uint32_t length, bool write)
{
  struct region *region;
  int error = 0;
  if (length == 0)
    return 0;
  if (address < SPACE_START || address >= SPACE_END || length > SPACE_END - address)
    return -EFAULT;
  for (uint32_t at = address & ~(PV_PAGE_SIZE - 1u); !error && at < address + length;
       at += PV_PAGE_SIZE)
    error = touch (space, at, write, &region);
  flush ();
  return error;
}

static int
transfer (struct space *space, uint32_t address, void *bytes, uint32_t length, bool put)
{
  while (length > 0) {
    struct region *region;
    uint32_t offset = address % PV_PAGE_SIZE;
    uint32_t part = length < PV_PAGE_SIZE - offset ? length : PV_PAGE_SIZE - offset;
    int error = touch (space, address, put, &region);
    if (error)
      return error;
    uint32_t entry = region->entries[(address - region->base) / PV_PAGE_SIZE];
    char *there = (char *)memory_address (ENTRY_PAGE (entry)) + offset;
    memcpy (put ? there : bytes, put ? bytes : there, part);
    address += part;
    bytes = (char *)bytes + part;
    length -= part;
  }
  flush ();
  return 0;
}

int
space_put (struct space *space, uint32_t address, const void *bytes, uint32_t length)
{
  return transfer (space, address, (void *)(uintptr_t)bytes, length, true);
}

int
space_get (struct space *space, uint32_t address, void *bytes, uint32_t length)
{
  return transfer (space, address, bytes, length, false);
}

/* Calls back for each entry of a range that is present. */
#define FOR_EACH_ENTRY(space, region, index, start, end)                                           \
  for (struct region *region = (space)->regions; region; region = region->next)                    \
    for (uint32_t index = 0; index < REGION_ENTRIES; index++)                                      \
      if (region->entries[index] != 0 && region->base + index * PV_PAGE_SIZE >= (start)            \
          && region->base + index * PV_PAGE_SIZE < (end))

void
space_remove (struct space *space, uint32_t start, uint32_t end)
{
  FOR_EACH_ENTRY (space, region, index, start, end)
  {
    uint32_t page = ENTRY_PAGE (region->entries[index]);
    set_entry (region, index, 0, NULL);
    page_drop (page);
    space->pages--;
  }
  flush (); /* before anybody else can have the pages */
}

void
space_refresh (struct space *space, uint32_t start, uint32_t end)
{
  FOR_EACH_ENTRY (space, region, index, start, end)
  set_entry (region, index, region->entries[index] & ~ENTRY_WRITABLE,
             area_find (space, region->base + index * PV_PAGE_SIZE));
  flush ();
}
