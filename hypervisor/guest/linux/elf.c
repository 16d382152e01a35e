/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/elf.h>
#include "exec.h"
#include "node.h"
#include "space.h"

#define SEGMENTS_MAX 32u
#define PIE_BASE     0x00400000u
#define LIMIT        (SPACE_END - STACK_SIZE)

static uint32_t
round_up (uint32_t value)
{
  return (value + PV_PAGE_SIZE - 1) & ~(PV_PAGE_SIZE - 1u);
}

static bool
is_program (const struct elf32_hdr *header)
{
  return memcmp (header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_ident[EI_CLASS] == ELFCLASS32
         && header->e_ident[EI_DATA] == ELFDATA2LSB && header->e_machine == EM_ARM
         && (header->e_type == ET_EXEC || header->e_type == ET_DYN)
         && header->e_phentsize == sizeof (struct elf32_phdr) && header->e_phnum > 0
         && header->e_phnum <= SEGMENTS_MAX;
}

/* A segment that can be mapped as it is: nothing in it may be believed. */
static bool
is_sound (const struct elf32_phdr *segment, const struct node *node, uint32_t base)
{
  uint32_t start = segment->p_vaddr + base;
  return segment->p_filesz <= segment->p_memsz && segment->p_offset <= node->size
         && segment->p_filesz <= node->size - segment->p_offset && start >= base
         && start >= SPACE_START && start < LIMIT && segment->p_memsz <= LIMIT - start
         && (segment->p_vaddr - segment->p_offset) % PV_PAGE_SIZE == 0;
}

static uint32_t
area_flags (uint32_t flags)
{
  return ((flags & PF_R) != 0 ? AREA_READ : 0) | ((flags & PF_W) != 0 ? AREA_WRITE : 0)
         | ((flags & PF_X) != 0 ? AREA_EXEC : 0);
}

/* Clears what lies between the end of a segment's file part and the end of that page. */
static int
clear_rest (struct space *space, uint32_t from, uint32_t to)
{
  static const uint8_t zeros[256];
  int error = 0;
  while (!error && from < to) {
    uint32_t part = to - from < sizeof zeros ? to - from : sizeof zeros;
    error = space_put (space, from, zeros, part);
    from += part;
  }
  return error == -EFAULT ? -ENOEXEC : error;
}

static int
map_segment (struct space *space,
             struct node *node,
             const struct elf32_phdr *segment,
             uint32_t base)
{
  uint32_t start = segment->p_vaddr + base, in = start % PV_PAGE_SIZE,
           flags = area_flags (segment->p_flags);
  uint32_t file_end = start + segment->p_filesz, end = round_up (start + segment->p_memsz);
  uint32_t middle = segment->p_filesz > 0 ? round_up (file_end) : start - in;
  int error = 0;
  if (segment->p_filesz > 0)
    error = area_map (space, start - in, middle, flags, node,
                      (segment->p_offset - in) / PV_PAGE_SIZE);
  if (!error && end > middle)
    error = area_map (space, middle, end, flags, NULL, 0);
  if (!error && segment->p_memsz > segment->p_filesz && segment->p_filesz > 0)
    error = clear_rest (space, file_end, middle);
  return error;
}

static int
map_all (struct space *space,
         struct node *node,
         const struct elf32_hdr *header,
         const struct elf32_phdr *segments,
         struct elf_image *image)
{
  for (uint32_t i = 0; i < header->e_phnum; i++) {
    const struct elf32_phdr *segment = &segments[i];
    if (segment->p_type == PT_INTERP)
      return -ENOEXEC;
    if (segment->p_type == PT_GNU_STACK)
      image->stack_executable = segment->p_flags & PF_X;
    if (segment->p_type != PT_LOAD || segment->p_memsz == 0)
      continue;
    if (!is_sound (segment, node, image->base))
      return -ENOEXEC;
    int error = map_segment (space, node, segment, image->base);
    if (error)
      return error;
    uint32_t start = segment->p_vaddr + image->base;
    if (header->e_phoff >= segment->p_offset
        && header->e_phoff - segment->p_offset < segment->p_filesz)
      image->headers = start + (header->e_phoff - segment->p_offset);
    if (start + segment->p_memsz > image->end)
      image->end = start + segment->p_memsz;
  }
  return image->end == 0 ? -ENOEXEC : 0;
}

int
elf_map (struct space *space, struct node *node, struct elf_image *image)
{
  struct elf32_hdr header;
  struct elf32_phdr segments[SEGMENTS_MAX];
  if (node_read (node, 0, &header, sizeof header) != (long)sizeof header || !is_program (&header))
    return -ENOEXEC;
  uint32_t length = header.e_phnum * sizeof segments[0];
  if (node_read (node, header.e_phoff, segments, length) != (long)length)
    return -ENOEXEC;
  memset (image, 0, sizeof *image);
  image->base = header.e_type == ET_DYN ? PIE_BASE : 0;
  image->entry = header.e_entry + image->base;
  image->header_count = header.e_phnum;
  image->stack_executable = PF_X;
  int error = map_all (space, node, &header, segments, image);
  if (error)
    return error;
  image->end = round_up (image->end);
  space->brk_start = space->brk = image->end;
  return 0;
}
