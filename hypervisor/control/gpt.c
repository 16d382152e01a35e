/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gpt.h"

#include "crc32.h"

#define HEADER_SIZE 92u
#define NAME_AT     56u
#define NAME_UNITS  36u

static uint32_t
get32 (const uint8_t *at)
{
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint64_t
get64 (const uint8_t *at)
{
  return get32 (at) | (uint64_t)get32 (at + 4) << 32;
}

bool
gpt_read_header (const uint8_t sector[GPT_SECTOR], uint64_t sectors, struct gpt_header *header)
{
  uint8_t copy[HEADER_SIZE];

  memcpy (copy, sector, sizeof copy);
  memset (copy + 16, 0, 4); /* the header's own checksum is made with zero in its place */
  if (memcmp (sector, "EFI PART", 8) != 0 || get32 (sector + 12) != HEADER_SIZE
      || crc32_update (0, copy, sizeof copy) != get32 (sector + 16) || get64 (sector + 24) != 1) {
    return false;
  }
  header->first = get64 (sector + 40);
  header->last = get64 (sector + 48);
  header->table = get64 (sector + 72);
  header->entries = get32 (sector + 80);
  header->checksum = get32 (sector + 88);
  return header->entries == GPT_ENTRIES_MAX && get32 (sector + 84) == GPT_ENTRY_SIZE
         && header->table >= 2 && sectors > GPT_TABLE_SECTORS
         && header->table < sectors - GPT_TABLE_SECTORS && header->first <= header->last
         && header->first >= header->table + GPT_TABLE_SECTORS && header->last < sectors;
}

bool
gpt_check_table (const struct gpt_header *header, const uint8_t *table)
{
  return crc32_update (0, table, GPT_ENTRIES_MAX * GPT_ENTRY_SIZE) == header->checksum;
}

static bool
is_unused (const uint8_t *entry)
{
  for (int i = 0; i < 16; i++) {
    if (entry[i] != 0) {
      return false;
    }
  }
  return true;
}

/* A name that does not fit, or cannot be typed, names nothing. */
static void
read_name (const uint8_t *units, char *name, size_t size)
{
  for (size_t i = 0; i < NAME_UNITS; i++) {
    uint32_t unit = units[2 * i] | (uint32_t)units[2 * i + 1] << 8;

    if (unit == 0) {
      name[i] = '\0';
      return;
    }
    if (unit <= ' ' || unit > '~' || i + 1 >= size) {
      break;
    }
    name[i] = (char)unit;
  }
  name[0] = '\0';
}

bool
gpt_read_entry (const struct gpt_header *header,
                const uint8_t *table,
                uint32_t index,
                struct gpt_partition *partition)
{
  const uint8_t *entry = table + index * GPT_ENTRY_SIZE;
  uint64_t first = get64 (entry + 32), last = get64 (entry + 40);

  if (is_unused (entry) || first < header->first || last > header->last || first > last) {
    return false;
  }
  partition->first = first;
  partition->sectors = last - first + 1;
  read_name (entry + NAME_AT, partition->name, sizeof partition->name);
  return true;
}
