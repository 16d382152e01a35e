/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory of this domain by page numbers, and what becomes page tables of it. */
#ifndef KERNEL_MEMORY_H
#define KERNEL_MEMORY_H

#include "pv.h"

#define PAGE_NONE 0xffffffffu

/* ---- memory.c ---- */
void memory_init (void);
/* `count` consecutive pages whose number is a multiple of `align`, and if that is more than one their
   frames are in a row, too; cleared. PAGE_NONE: there are none. */
uint32_t memory_take (uint32_t count, uint32_t align);
/* Whether the frames of these pages are consecutive, and aligned to their count. */
bool memory_in_a_row (uint32_t page, uint32_t count);
/* The last `count` free consecutive pages whose number is a multiple of `count`; as they are. */
uint32_t memory_take_last (uint32_t count);
/* Whether the kernel sees the page. What a large domain has beyond that only the balloon takes and gives. */
bool memory_is_mapped (uint32_t page);
/* The first page, of those from `from` on, that this domain could have and has not; PAGE_NONE: it has all. */
uint32_t memory_absent (uint32_t from);
void memory_give (uint32_t page, uint32_t count);
uint32_t memory_free (void);
void *memory_address (uint32_t page);
uint32_t memory_frame (uint32_t page);

/* ---- tables.c ---- */
/* Maps pages where the kernel sees them anew: PV_L2_RW, or PV_L2_RO while they are page tables. */
void tables_protect (uint32_t page, uint32_t count, uint32_t flags);
/* One MMUEXT_* or PV_MMUEXT_* operation on the frame of a page. */
void tables_operation (uint32_t cmd, uint32_t page);

#endif
