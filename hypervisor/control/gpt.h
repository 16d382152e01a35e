/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a GUID partition table. No I/O: the caller brings the sectors. */
#ifndef CONTROL_GPT_H
#define CONTROL_GPT_H

#include "base.h"

#define GPT_SECTOR      512u
#define GPT_ENTRIES_MAX 128u
#define GPT_ENTRY_SIZE  128u
/* Sectors of a table of the usual size. */
#define GPT_TABLE_SECTORS (GPT_ENTRIES_MAX * GPT_ENTRY_SIZE / GPT_SECTOR)

struct gpt_header {
  uint64_t table;             /* first sector of the entries */
  uint64_t first, last;       /* sectors that partitions may use */
  uint32_t entries, checksum; /* of the table */
};

struct gpt_partition {
  uint64_t first, sectors;
  char name[24]; /* the part of it that fits, only printable ASCII; "" where it has other characters
                  */
};

/* Takes the header, sector 1 of a disk of `sectors`. -> false: there is none, or it is damaged, or
   of a form that is not read here. */
bool
gpt_read_header (const uint8_t sector[GPT_SECTOR], uint64_t sectors, struct gpt_header *header);
/* Whether a table of GPT_TABLE_SECTORS is the one that the header means. */
bool gpt_check_table (const struct gpt_header *header, const uint8_t *table);
/* Entry number `index`. -> false: it is not in use, or lies outside or past its own end. */
bool gpt_read_entry (const struct gpt_header *header,
                     const uint8_t *table,
                     uint32_t index,
                     struct gpt_partition *partition);

#endif
