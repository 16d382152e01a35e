/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/frame.h"

#include <stddef.h>
#include "core/string.h"
#include <xen/errno.h>
#include "arch/arch.h"

#define FRAMES_MAX (HV_PHYSMAP_SIZE / HV_PAGE_SIZE)

struct hv_frame hv_frames[FRAMES_MAX];
static uint32_t extent_next[FRAMES_MAX / HV_EXTENT_FRAMES];
uint32_t hv_frame_count;
static uint32_t free_head, free_extents;
static const struct hv_frame_hooks *hooks;

void
hv_frames_init (uint32_t count, const struct hv_frame_hooks *arch_hooks)
{
  if (count > FRAMES_MAX)
    count = FRAMES_MAX;
  free_extents = count / HV_EXTENT_FRAMES;
  hv_frame_count = free_extents * HV_EXTENT_FRAMES;
  hooks = arch_hooks;
  for (uint32_t i = 0; i < hv_frame_count; i++)
    hv_frames[i] = (struct hv_frame){ .hold = HV_OWNER_NONE << 24 };
  for (uint32_t i = 0; i < free_extents; i++)
    extent_next[i] = i + 1 < free_extents ? i + 1 : HV_EXTENT_NONE;
  free_head = free_extents > 0 ? 0 : HV_EXTENT_NONE;
}

uint32_t
hv_frames_total (void)
{
  return hv_frame_count;
}

uint32_t
hv_frames_free (void)
{
  return free_extents * HV_EXTENT_FRAMES;
}

uint32_t
hv_extents_take (uint32_t extents, uint32_t owner)
{
  if (extents == 0 || extents > free_extents)
    return HV_EXTENT_NONE;
  uint32_t first = free_head, last = free_head;
  for (uint32_t i = 0; i < extents; i++) {
    last = i == 0 ? first : extent_next[last];
    for (uint32_t j = 0; j < HV_EXTENT_FRAMES; j++)
      hv_frames[last * HV_EXTENT_FRAMES + j] = (struct hv_frame){ .hold = owner << 24 };
    memset (hv_frame_address (hv_extent_frame (last)), 0, HV_EXTENT_FRAMES * HV_PAGE_SIZE);
  }
  free_head = extent_next[last];
  extent_next[last] = HV_EXTENT_NONE;
  free_extents -= extents;
  return first;
}

uint32_t
hv_extent_next (uint32_t extent)
{
  return extent_next[extent];
}

uint32_t
hv_extent_frame (uint32_t extent)
{
  return HV_FRAME_FIRST + extent * HV_EXTENT_FRAMES;
}

void
hv_extents_release (uint32_t first)
{
  while (first != HV_EXTENT_NONE) {
    uint32_t next = extent_next[first];
    memset (hv_frame_address (hv_extent_frame (first)), 0, HV_EXTENT_FRAMES * HV_PAGE_SIZE);
    for (uint32_t j = 0; j < HV_EXTENT_FRAMES; j++)
      hv_frames[first * HV_EXTENT_FRAMES + j] = (struct hv_frame){ .hold = HV_OWNER_NONE << 24 };
    extent_next[first] = free_head;
    free_head = first;
    free_extents++;
    first = next;
  }
}

int
hv_frame_get (uint32_t mfn, uint32_t owner)
{
  struct hv_frame *frame = hv_frame_of (mfn, owner);
  if (!frame)
    return -XEN_EPERM;
  if (!hv_frame_countable (frame))
    return -XEN_EBUSY;
  frame->hold++;
  return 0;
}

void
hv_frame_put (uint32_t mfn)
{
  hv_frames[mfn - HV_FRAME_FIRST].hold--;
}

/*
 * Every entry of a table or directory is checked before the type holds. The type is set first, so
 * that an entry that maps the frame itself writable is refused.
 */
int
hv_frame_become (struct hv_frame *frame, uint32_t mfn, enum hv_frame_type type)
{
  enum hv_frame_type before = hv_frame_type (frame);
  uint32_t owner = hv_frame_owner (frame);
  if (hv_frame_in_use (frame))
    return -XEN_EBUSY;
  frame->use = HV_USE_ONE | type;
  if (before != type && before != HV_FRAME_NONE)
    hooks->retyped (owner);
  if (type != HV_FRAME_WRITABLE) {
    int error = hooks->validate (owner, mfn, type);
    if (error) {
      frame->use -= HV_USE_ONE;
      return error;
    }
  }
  frame->hold++;
  return 0;
}

void
hv_frame_cease (struct hv_frame *frame, uint32_t mfn)
{
  hooks->invalidate (hv_frame_owner (frame), mfn, hv_frame_type (frame));
}
