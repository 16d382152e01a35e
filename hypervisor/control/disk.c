/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disk.h"

#include "gpt.h"
#include "pv.h"

static struct pv_io_block_info machine;
static struct disk disks[DISKS_MAX];
static size_t disk_count;
static uint8_t table[GPT_TABLE_SECTORS * GPT_SECTOR] __attribute__ ((aligned (PV_PAGE_SIZE)));
_Static_assert(sizeof table / PV_PAGE_SIZE <= PV_IO_SEGMENTS, "one request reads it");

/* Reads up to `bytes` of sectors into `table`, and waits. */
static bool
read_sectors (uint64_t sector, uint32_t bytes)
{
  struct pv_io_block_request request = { .sector = sector, .operation = PV_IO_READ };
  struct pv_io_completion completion;

  for (uint32_t at = 0; at < bytes; at += PV_PAGE_SIZE) {
    uint32_t part = bytes - at < PV_PAGE_SIZE ? bytes - at : PV_PAGE_SIZE;

    request.segment[request.segments++] = (struct pv_io_segment){ (uint32_t)table + at, part };
  }
  if (pv_io_op (PV_IO_BLOCK_SUBMIT, &request, 1) != 1) {
    return false;
  }
  while (pv_io_op (PV_IO_BLOCK_COLLECT, &completion, 1) != 1) {
    pv_event_wait (0);
  }
  return completion.status == 0;
}

/* Of two with one name the first counts. */
static void
add (const struct gpt_partition *partition)
{
  struct disk *disk = &disks[disk_count];

  if (partition->name[0] == '\0' || disk_count == DISKS_MAX || disk_find (partition->name)) {
    return;
  }
  memcpy (disk->name, partition->name, sizeof disk->name);
  disk->first = partition->first;
  disk->sectors = partition->sectors;
  disk_count++;
}

/* Parts that overlap would be no parts: the later ones are left out. */
static bool
is_apart (const struct gpt_partition *partition)
{
  for (size_t i = 0; i < disk_count; i++) {
    if (partition->first < disks[i].first + disks[i].sectors
        && disks[i].first < partition->first + partition->sectors) {
      return false;
    }
  }
  return true;
}

static const char *
read_table (void)
{
  struct gpt_header header;
  struct gpt_partition partition;

  if (!read_sectors (1, GPT_SECTOR)) {
    return "its partition table cannot be read";
  }
  if (!gpt_read_header (table, machine.sectors, &header)) {
    return "it has no GUID partition table";
  }
  if (!read_sectors (header.table, sizeof table)) {
    return "its partitions cannot be read";
  }
  if (!gpt_check_table (&header, table)) {
    return "its partition table is damaged";
  }
  for (uint32_t i = 0; i < header.entries; i++) {
    if (gpt_read_entry (&header, table, i, &partition) && is_apart (&partition)) {
      add (&partition);
    }
  }
  return NULL;
}

void
disks_start (void)
{
  const char *why;

  if (pv_io_op (PV_IO_BLOCK_QUERY, &machine, 0) != 0) {
    memset (&machine, 0, sizeof machine);
    return;
  }
  why = read_table ();
  if (why != NULL) {
    pv_printf ("the disk is not used: %s\n", why);
  } else {
    pv_printf ("the disk has parts for %u domains\n", (unsigned)disk_count);
  }
}

struct disk *
disk_find (const char *name)
{
  for (size_t i = 0; i < disk_count; i++) {
    if (strcmp (disks[i].name, name) == 0) {
      return &disks[i];
    }
  }
  return NULL;
}

const struct disk *
disk_get (size_t index)
{
  return index < disk_count ? &disks[index] : NULL;
}

const struct pv_io_block_info *
disk_machine (void)
{
  return &machine;
}
