/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page frames of domain memory: who owns each, what it is used as, and how often.
 *
 * A frame has at most one type at a time, and only while something uses it as that: writable
 * mappings, being a page table, being part of a directory. A frame that is a page table can
 * therefore not be mapped writable, and one that is mapped writable cannot become a page table.
 * `refs` counts every use, read-only mappings too.
 *
 * Memory is given out in extents of four frames (16 KiB, aligned), the size of a page directory.
 */
#ifndef HV_FRAME_H
#define HV_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/errno.h>
#include "arch/arch.h"

#define HV_EXTENT_FRAMES 4u
#define HV_EXTENT_NONE   0xffffffffu
#define HV_OWNER_NONE    0xffu
#define HV_COUNT_MAX     0x00fffff0u

enum hv_frame_type {
  HV_FRAME_NONE,      /* no typed use */
  HV_FRAME_WRITABLE,  /* mapped writable */
  HV_FRAME_TABLE,     /* four second-level tables */
  HV_FRAME_DIRECTORY, /* a quarter of a first-level table */
};

/* Two words, counted in place: `use` is type (3 bits), pinned (1), uses as that type (28); `hold`
   is the owner's slot (8 bits), all uses (24). */
struct hv_frame {
  uint32_t use;
  uint32_t hold;
};

#define HV_USE_TYPE   7u
#define HV_USE_PINNED 8u
#define HV_USE_ONE    16u /* one use; nothing below it counts */
#define HV_HOLD_REFS  0x00ffffffu

static inline enum hv_frame_type
hv_frame_type (const struct hv_frame *frame)
{
  return (enum hv_frame_type) (frame->use & HV_USE_TYPE);
}

static inline bool
hv_frame_in_use (const struct hv_frame *frame)
{
  return frame->use >= HV_USE_ONE;
}

static inline uint32_t
hv_frame_owner (const struct hv_frame *frame)
{
  return frame->hold >> 24;
}

static inline bool
hv_frame_countable (const struct hv_frame *frame)
{
  return (frame->hold & HV_HOLD_REFS) < HV_COUNT_MAX;
}

/* What the processor's part does when a frame becomes, or ceases to be, a table or a directory. */
struct hv_frame_hooks {
  /* Checks all entries and takes their references; 0, or a negative error with nothing taken. */
  int (*validate) (uint32_t owner, uint32_t frame, enum hv_frame_type type);
  void (*invalidate) (uint32_t owner, uint32_t frame, enum hv_frame_type type);
  /* The type of a frame of this owner changed: no stale translation may survive. */
  void (*retyped) (uint32_t owner);
};

/* `count` frames from HV_FRAME_FIRST on. */
void hv_frames_init (uint32_t count, const struct hv_frame_hooks *hooks);
uint32_t hv_frames_total (void);
uint32_t hv_frames_free (void);

/* Takes `extents` extents for `owner`; -> the first of a chain (hv_extent_next), or HV_EXTENT_NONE
   when there are not so many, and nothing is taken. Their contents are zero. */
uint32_t hv_extents_take (uint32_t extents, uint32_t owner);
uint32_t hv_extent_next (uint32_t extent);
/* Machine frame number of the first frame of an extent. */
uint32_t hv_extent_frame (uint32_t extent);
/* Clears the chain's memory and gives it back, whatever types and counts its frames had. */
void hv_extents_release (uint32_t first);

extern struct hv_frame hv_frames[];
extern uint32_t hv_frame_count;

/* The frame with this machine frame number if `owner` owns it, else NULL. */
static inline struct hv_frame *
hv_frame_of (uint32_t mfn, uint32_t owner)
{
  uint32_t index = mfn - HV_FRAME_FIRST;
  if (index >= hv_frame_count || hv_frame_owner (&hv_frames[index]) != owner)
    return NULL;
  return &hv_frames[index];
}

/* The frame with this machine frame number, which there is. */
static inline struct hv_frame *
hv_frame_at (uint32_t mfn)
{
  return &hv_frames[mfn - HV_FRAME_FIRST];
}

/* One use without a type (a read-only mapping). 0, -XEN_EPERM (not the owner's), -XEN_EBUSY
 * (count). */
int hv_frame_get (uint32_t mfn, uint32_t owner);
void hv_frame_put (uint32_t mfn);

/* The first use as a type: see hv_frame_get_type. */
int hv_frame_become (struct hv_frame *frame, uint32_t mfn, enum hv_frame_type type);
/* The last use of a page table or directory has gone. */
void hv_frame_cease (struct hv_frame *frame, uint32_t mfn);

/* One use as `type`; -XEN_EPERM, -XEN_EBUSY when it is in use as another, or what validation says.
 */
static inline int
hv_frame_get_type (uint32_t mfn, uint32_t owner, enum hv_frame_type type)
{
  struct hv_frame *frame = hv_frame_of (mfn, owner);
  if (!frame)
    return -XEN_EPERM;
  if (!hv_frame_countable (frame))
    return -XEN_EBUSY;
  if (hv_frame_type (frame) != type || !hv_frame_in_use (frame))
    return hv_frame_become (frame, mfn, type);
  frame->use += HV_USE_ONE;
  frame->hold++;
  return 0;
}

/* The type stays as it was last used, so that the next type knows what may still be cached. */
static inline void
hv_frame_put_type (uint32_t mfn)
{
  struct hv_frame *frame = &hv_frames[mfn - HV_FRAME_FIRST];
  frame->hold--;
  frame->use -= HV_USE_ONE;
  if (!hv_frame_in_use (frame) && hv_frame_type (frame) != HV_FRAME_WRITABLE)
    hv_frame_cease (frame, mfn);
}

#endif
