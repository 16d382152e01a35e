/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address spaces of processes. An area says what a range of addresses is; pages come when they are
 * touched. Which page stands where is kept by page number (struct region), so that nothing but the
 * tables themselves depends on machine frames.
 */
#ifndef LINUX_SPACE_H
#define LINUX_SPACE_H

#include <linux/errno.h>
#include "memory.h"

#define SPACE_START 0x00008000u
#define SPACE_END   0xbf000000u
#define STACK_SIZE  0x00800000u /* at most; below SPACE_END */
#define REGION_SIZE 0x00400000u /* what one page of tables maps */

#define AREA_READ   1u
#define AREA_WRITE  2u
#define AREA_EXEC   4u
#define AREA_SHARED 8u /* writes go to the file, and are seen by children */

struct node;

struct area {
  struct area *next; /* by address */
  uint32_t start, end;
  uint32_t flags;    /* AREA_* */
  struct node *node; /* NULL: zeros */
  uint32_t offset;   /* page of the file at `start` */
};

/* One entry of a region: 0, or page number and ENTRY_WRITABLE. */
#define ENTRY_PRESENT  1u
#define ENTRY_WRITABLE 2u
#define ENTRY_PAGE(e)  ((e) >> 2)
#define REGION_ENTRIES (REGION_SIZE / PV_PAGE_SIZE)

struct region {
  struct region *next;
  uint32_t base;
  uint32_t table;    /* page of four page tables */
  uint32_t *entries; /* REGION_ENTRIES */
};

struct space {
  uint32_t uses;
  uint32_t directory; /* first of four pages */
  struct area *areas;
  struct region *regions;
  uint32_t brk_start, brk;
  uint32_t pages;              /* present */
  uint32_t arg_start, arg_end; /* what the program was called with */
};

/* All of these give 0 or a pointer, or -ENOMEM / NULL with nothing changed where nothing else is
 * said. */
struct space *space_new (void);
/* A copy that shares all pages until one side writes. */
struct space *space_fork (struct space *space);
void space_drop (struct space *space);
void space_use (const struct space *space);
void space_use_none (void);

/* Areas (area.c). `start` and `end` are multiples of the page size inside of the space. */
const struct area *area_find (const struct space *space, uint32_t address);
/* Takes the place of what is there. Holds `node`. */
int area_map (struct space *space,
              uint32_t start,
              uint32_t end,
              uint32_t flags,
              struct node *node,
              uint32_t offset);
int area_unmap (struct space *space, uint32_t start, uint32_t end);
int area_protect (struct space *space, uint32_t start, uint32_t end, uint32_t flags);
/* The highest free range below the stack; 0: there is none. */
uint32_t area_free_range (const struct space *space, uint32_t length);
void area_clear (struct space *space);
int area_copy_all (struct space *to, const struct space *from);

/* Makes a page present, and writable if `write`. -EFAULT: not allowed there; -ENOMEM. */
int space_touch (struct space *space, uint32_t address, bool write);
/* The same for every page of a range; then the kernel may use it while the space is in use. */
int space_prepare (struct space *space, uint32_t address, uint32_t length, bool write);
/* Copies into a space that need not be in use. */
int space_put (struct space *space, uint32_t address, const void *bytes, uint32_t length);
int space_get (struct space *space, uint32_t address, void *bytes, uint32_t length);

/* For area.c: removes what is present in a range; makes what is writable in it read-only. */
void space_remove (struct space *space, uint32_t start, uint32_t end);
void space_refresh (struct space *space, uint32_t start, uint32_t end);

#endif
