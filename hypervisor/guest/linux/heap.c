/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects up to half a page come in sizes of powers of two, cut from pages that are never given
 * back; larger ones are whole pages. A word before each object says how large it is.
 */
#include "heap.h"

#include "memory.h"

#define SMALLEST 5u  /* 2^5 bytes with the header */
#define LARGEST  11u /* 2^11 bytes */

struct header {
  uint32_t pages; /* 0: of a size class */
  uint32_t class;
};

union block {
  struct header header;
  union block *next;
  uint64_t align;
};

static union block *free_blocks[LARGEST + 1];

static uint32_t
room (const struct header *header)
{
  uint32_t bytes = header->pages != 0 ? header->pages * PV_PAGE_SIZE : 1u << header->class;
  return bytes - sizeof *header;
}

/* Cuts a page into blocks of one size. */
static bool
refill (uint32_t class)
{
  uint32_t page = memory_take (1, 1);
  if (page == PAGE_NONE)
    return false;
  char *bytes = memory_address (page);
  for (uint32_t at = 0; at < PV_PAGE_SIZE; at += 1u << class) {
    union block *block = (union block *)(void *)(bytes + at);
    block->next = free_blocks[class];
    free_blocks[class] = block;
  }
  return true;
}

static void *
new_pages (size_t size)
{
  uint32_t count = (uint32_t)((size + PV_PAGE_SIZE - 1) / PV_PAGE_SIZE);
  uint32_t page = memory_take (count, 1);
  if (page == PAGE_NONE)
    return NULL;
  struct header *header = memory_address (page);
  header->pages = count;
  return header + 1;
}

void *
heap_new (size_t size)
{
  uint32_t class = SMALLEST;
  size += sizeof (struct header);
  if (size > 1u << LARGEST)
    return new_pages (size);
  while (size > 1u << class)
    class ++;
  if (!free_blocks[class] && !refill (class))
    return NULL;
  union block *block = free_blocks[class];
  free_blocks[class] = block->next;
  memset (block, 0, 1u << class);
  block->header.class = class;
  return &block->header + 1;
}

void
heap_free (void *object)
{
  if (!object)
    return;
  struct header *header = (struct header *)object - 1;
  if (header->pages != 0) {
    memory_give (((uint32_t)header - PV_KERNEL_START) / PV_PAGE_SIZE, header->pages);
    return;
  }
  union block *block = (union block *)(void *)header;
  uint32_t class = header->class;
  block->next = free_blocks[class];
  free_blocks[class] = block;
}

void *
heap_resize (void *object, size_t size)
{
  uint32_t old = object ? room ((struct header *)object - 1) : 0;
  if (size <= old)
    return object;
  void *larger = heap_new (size);
  if (!larger)
    return NULL;
  if (object)
    memcpy (larger, object, old);
  heap_free (object);
  return larger;
}
