/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/frame.h"

#include <stddef.h>
#include "core/string.h"
#include <xen/errno.h>
#include "arch/arch.h"

#define FRAMES_MAX (HV_PHYSMAP_SIZE / HV_PAGE_SIZE)

static struct hv_frame frames[FRAMES_MAX];
static uint32_t extent_next[FRAMES_MAX / HV_EXTENT_FRAMES];
static uint32_t first_frame, frame_count;
static uint32_t free_head, free_extents;
static const struct hv_frame_hooks *hooks;

void
hv_frames_init (uint32_t first, uint32_t count, const struct hv_frame_hooks *arch_hooks)
{
  if (count > FRAMES_MAX)
    count = FRAMES_MAX;
  first_frame = first;
  free_extents = count / HV_EXTENT_FRAMES;
  frame_count = free_extents * HV_EXTENT_FRAMES;
  hooks = arch_hooks;
  for (uint32_t i = 0; i < frame_count; i++)
    frames[i] = (struct hv_frame){ .owner = HV_OWNER_NONE };
  for (uint32_t i = 0; i < free_extents; i++)
    extent_next[i] = i + 1 < free_extents ? i + 1 : HV_EXTENT_NONE;
  free_head = free_extents > 0 ? 0 : HV_EXTENT_NONE;
}

uint32_t
hv_frames_first (void)
{
  return first_frame;
}

uint32_t
hv_frames_total (void)
{
  return frame_count;
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
      frames[last * HV_EXTENT_FRAMES + j] = (struct hv_frame){ .owner = owner };
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
  return first_frame + extent * HV_EXTENT_FRAMES;
}

void
hv_extents_release (uint32_t first)
{
  while (first != HV_EXTENT_NONE) {
    uint32_t next = extent_next[first];
    memset (hv_frame_address (hv_extent_frame (first)), 0, HV_EXTENT_FRAMES * HV_PAGE_SIZE);
    for (uint32_t j = 0; j < HV_EXTENT_FRAMES; j++)
      frames[first * HV_EXTENT_FRAMES + j] = (struct hv_frame){ .owner = HV_OWNER_NONE };
    extent_next[first] = free_head;
    free_head = first;
    free_extents++;
    first = next;
  }
}

struct hv_frame *
hv_frame_of (uint32_t mfn, uint32_t owner)
{
  uint32_t index = mfn - first_frame;
  if (index >= frame_count || frames[index].owner != owner)
    return NULL;
  return &frames[index];
}

int
hv_frame_get (uint32_t mfn, uint32_t owner)
{
  struct hv_frame *frame = hv_frame_of (mfn, owner);
  if (!frame)
    return -XEN_EPERM;
  if (frame->refs >= HV_COUNT_MAX)
    return -XEN_EBUSY;
  frame->refs++;
  return 0;
}

void
hv_frame_put (uint32_t mfn)
{
  frames[mfn - first_frame].refs--;
}

/* The first use as a table or directory: every entry is checked before the type holds. The type is
   set first, so that an entry that maps the frame itself writable is refused. */
static int
become (struct hv_frame *frame, uint32_t mfn, enum hv_frame_type type)
{
  enum hv_frame_type before = frame->type;
  frame->type = type;
  frame->uses = 1;
  if (before != type && before != HV_FRAME_NONE)
    hooks->retyped (frame->owner);
  if (type == HV_FRAME_WRITABLE)
    return 0;
  int error = hooks->validate (frame->owner, mfn, type);
  if (error)
    frame->uses = 0;
  return error;
}

int
hv_frame_get_type (uint32_t mfn, uint32_t owner, enum hv_frame_type type)
{
  struct hv_frame *frame = hv_frame_of (mfn, owner);
  if (!frame)
    return -XEN_EPERM;
  if (frame->refs >= HV_COUNT_MAX)
    return -XEN_EBUSY;
  if (frame->uses > 0) {
    if (frame->type != type)
      return -XEN_EBUSY;
    frame->uses++;
  } else {
    int error = become (frame, mfn, type);
    if (error)
      return error;
  }
  frame->refs++;
  return 0;
}

void
hv_frame_put_type (uint32_t mfn)
{
  struct hv_frame *frame = &frames[mfn - first_frame];
  frame->refs--;
  /* The type stays as it was last used, so that the next type knows what may still be cached. */
  if (--frame->uses == 0 && frame->type != HV_FRAME_WRITABLE)
    hooks->invalidate (frame->owner, mfn, frame->type);
}
