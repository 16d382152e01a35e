/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/frame.h"

#include <stddef.h>
#include "core/string.h"
#include <xen/errno.h>
#include "arch/arch.h"
#include "core/list.h"

#define EXTENTS_MAX   (HV_FRAMES_MAX / HV_EXTENT_FRAMES)
#define RELEASE_LOOKS 4096u /* frames looked at in one go, */
#define RELEASE_CLEARS 64u  /* and cleared */

struct hv_frame hv_frames[HV_FRAMES_MAX];
uint32_t hv_frame_page[HV_FRAMES_MAX];

/* An extent with a free frame is on a list: of the whole ones, low or high, or of the broken ones. */
static struct hv_list extents[EXTENTS_MAX];
static struct hv_list whole_low, whole_high, broken;
static uint32_t total_frames, free_frames;
static const struct hv_frame_hooks *hooks;

static bool
is_free (uint32_t index)
{
  return hv_frame_owner (&hv_frames[index]) == HV_OWNER_NONE;
}

static uint32_t
free_in_extent (uint32_t extent)
{
  uint32_t count = 0;
  for (uint32_t i = 0; i < HV_EXTENT_FRAMES; i++)
    count += is_free (extent * HV_EXTENT_FRAMES + i);
  return count;
}

/* Puts an extent on the list that it belongs to; it is on none. */
static void
list_extent (uint32_t extent)
{
  uint32_t count = free_in_extent (extent);
  if (count == HV_EXTENT_FRAMES)
    hv_list_insert_after (extent * HV_EXTENT_FRAMES < HV_FRAMES_LOW ? &whole_low : &whole_high,
                          &extents[extent]);
  else if (count > 0)
    hv_list_insert_after (&broken, &extents[extent]);
}

void
hv_frames_init (uint32_t count, const struct hv_frame_hooks *arch_hooks)
{
  if (count > HV_FRAMES_MAX)
    count = HV_FRAMES_MAX;
  total_frames = free_frames = count / HV_EXTENT_FRAMES * HV_EXTENT_FRAMES;
  hooks = arch_hooks;
  hv_list_init (&whole_low);
  hv_list_init (&whole_high);
  hv_list_init (&broken);
  for (uint32_t i = 0; i < HV_FRAMES_MAX; i++)
    hv_frames[i] = (struct hv_frame){ .use = hv_use_none (HV_OWNER_NONE, 0), .held = 1 };
  for (uint32_t i = total_frames / HV_EXTENT_FRAMES; i-- > 0;)
    list_extent (i);
}

uint32_t
hv_frames_total (void)
{
  return total_frames;
}

uint32_t
hv_frames_free (void)
{
  return free_frames;
}

/* Gives a free frame whose extent is on no list to `owner`. */
static uint32_t
take (uint32_t index, uint32_t owner)
{
  if (hv_frames[index].held != 0)
    memset (hv_frame_address (HV_FRAME_FIRST + index), 0, HV_PAGE_SIZE);
  hv_frames[index] = (struct hv_frame){ .use = hv_use_none (owner, HV_FRAME_NONE) };
  free_frames--;
  return HV_FRAME_FIRST + index;
}

/* Takes the first extent off the first of these lists that has one. */
static struct hv_list *
unlist_extent (struct hv_list *const *lists, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    if (!hv_list_empty (lists[i])) {
      struct hv_list *extent = lists[i]->next;
      hv_list_remove (extent);
      return extent;
    }
  return NULL;
}

uint32_t
hv_extent_take (uint32_t owner, bool low)
{
  struct hv_list *const any[] = { &whole_high, &whole_low }, *const first[] = { &whole_low };
  struct hv_list *found = low ? unlist_extent (first, 1) : unlist_extent (any, 2);
  if (!found)
    return HV_FRAME_INVALID;
  uint32_t index = (uint32_t)(found - extents) * HV_EXTENT_FRAMES;
  for (uint32_t i = 0; i < HV_EXTENT_FRAMES; i++)
    take (index + i, owner);
  return HV_FRAME_FIRST + index;
}

uint32_t
hv_frame_take (uint32_t owner)
{
  struct hv_list *const lists[] = { &broken, &whole_high, &whole_low };
  struct hv_list *found = unlist_extent (lists, 3);
  if (!found)
    return HV_FRAME_INVALID;
  uint32_t extent = (uint32_t)(found - extents), index = extent * HV_EXTENT_FRAMES;
  while (!is_free (index))
    index++;
  uint32_t mfn = take (index, owner);
  list_extent (extent);
  return mfn;
}

static void
release (uint32_t index)
{
  uint32_t extent = index / HV_EXTENT_FRAMES;
  memset (hv_frame_address (HV_FRAME_FIRST + index), 0, HV_PAGE_SIZE);
  if (free_in_extent (extent) > 0)
    hv_list_remove (&extents[extent]);
  hv_frames[index] = (struct hv_frame){ .use = hv_use_none (HV_OWNER_NONE, HV_FRAME_NONE) };
  free_frames++;
  list_extent (extent);
}

int
hv_frame_release (uint32_t mfn, uint32_t owner)
{
  struct hv_frame *frame = hv_frame_of (mfn, owner);
  if (!frame)
    return -XEN_EPERM;
  if (hv_frame_in_use (frame) || frame->held != 0)
    return -XEN_EBUSY;
  release (mfn - HV_FRAME_FIRST);
  return 0;
}

bool
hv_frames_release (uint32_t owner, uint32_t *next)
{
  uint32_t looks = RELEASE_LOOKS, clears = RELEASE_CLEARS;
  for (; *next < total_frames; ++*next) {
    if (looks-- == 0)
      return false;
    if (hv_frame_owner (&hv_frames[*next]) != owner)
      continue;
    if (clears-- == 0)
      return false;
    release (*next);
  }
  return true;
}

/*
 * Every entry of a table is checked before the type holds (directories: arch/arm/direct.c). The type is set
 * first, so that an entry that maps the frame itself writable is refused.
 */
int
hv_frame_become (uint32_t mfn, uint32_t owner, enum hv_frame_type type)
{
  struct hv_frame *frame = hv_frame_of (mfn, owner);
  if (!frame)
    return -XEN_EPERM;
  enum hv_frame_type before = hv_frame_type (frame);
  if (hv_frame_in_use (frame))
    return -XEN_EBUSY;
  frame->use = hv_use_none (owner, type) + HV_USE_ONE;
  if (before != type && before != HV_FRAME_NONE)
    hooks->retyped (owner);
  if (type != HV_FRAME_TABLE)
    return 0;
  int error = hooks->validate (owner, mfn, type);
  if (error)
    frame->use -= HV_USE_ONE;
  return error;
}

void
hv_frame_cease (struct hv_frame *frame, uint32_t mfn)
{
  if (hv_frame_type (frame) == HV_FRAME_TABLE)
    hooks->invalidate (hv_frame_owner (frame), mfn, HV_FRAME_TABLE);
}
