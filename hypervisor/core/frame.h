/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page frames of domain memory: who owns each, what it is used as, and how often.
 *
 * A frame has at most one type at a time, and only while something uses it as that: writable
 * mappings, being a page table, being part of a directory. A frame that is a page table can
 * therefore not be mapped writable, and one that is mapped writable cannot become a page table. Uses
 * without a type (read-only mappings) are counted apart.
 *
 * Memory is given out in extents of four frames (16 KiB, aligned), the size of a page directory, or
 * in single frames, for which extents are broken up; an extent that is free as a whole is one again.
 */
#ifndef HV_FRAME_H
#define HV_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/errno.h>
#include "arch/arch.h"

#define HV_EXTENT_FRAMES 4u
#define HV_FRAME_INVALID 0u /* no frame of domain memory has this number */
#define HV_OWNER_NONE    0xffu

enum hv_frame_type {
  HV_FRAME_NONE,      /* no typed use */
  HV_FRAME_WRITABLE,  /* mapped writable */
  HV_FRAME_TABLE,     /* four second-level tables */
  HV_FRAME_DIRECTORY, /* a quarter of a first-level table */
  HV_FRAME_CHECKED,   /* on its way to a directory, or from it */
};

/* `use` from the top: owner's slot (8 bits), type (3), uses as that type (20), pinned (1); so that
   one subtraction compares owner and type and leaves the uses. */
struct hv_frame {
  uint32_t use;
  uint32_t held; /* uses without a type; of a free frame: 1 if it is not clear */
};

#define HV_USE_PINNED 1u
#define HV_USE_ONE    2u
#define HV_USE_COUNT  0x001ffffeu
#define HV_HELD_MAX   0xfffffff0u

/* `use` of a frame of this owner and type that nothing uses. */
static inline uint32_t
hv_use_none (uint32_t owner, enum hv_frame_type type)
{
  return owner << 24 | (uint32_t)type << 21;
}

static inline enum hv_frame_type
hv_frame_type (const struct hv_frame *frame)
{
  return (enum hv_frame_type) (frame->use >> 21 & 7);
}

static inline bool
hv_frame_in_use (const struct hv_frame *frame)
{
  return (frame->use & HV_USE_COUNT) != 0;
}

static inline uint32_t
hv_frame_owner (const struct hv_frame *frame)
{
  return frame->use >> 24;
}

/* What the processor's part does when a frame becomes, or ceases to be, a table. */
struct hv_frame_hooks {
  /* Checks all entries and takes their references; 0, or a negative error with nothing taken. */
  int (*validate) (uint32_t owner, uint32_t frame, enum hv_frame_type type);
  void (*invalidate) (uint32_t owner, uint32_t frame, enum hv_frame_type type);
  /* The type of a frame of this owner changed: no stale translation may survive. */
  void (*retyped) (uint32_t owner);
};

/* `count` frames from HV_FRAME_FIRST on; what is in them is not known. */
void hv_frames_init (uint32_t count, const struct hv_frame_hooks *hooks);
uint32_t hv_frames_total (void);
uint32_t hv_frames_free (void);

/* Gives four free frames in a row, aligned, to `owner`; cleared. `low`: of those that the hypervisor
   sees at all times (hv_frame_address); else rather of the others. -> the first, or
   HV_FRAME_INVALID. */
uint32_t hv_extent_take (uint32_t owner, bool low);
/* Gives one free frame to `owner`; cleared. */
uint32_t hv_frame_take (uint32_t owner);
/* Clears a frame that nothing uses and takes it from its owner; 0, -XEN_EPERM, or -XEN_EBUSY. The
   caller has seen to it that no stale translation to it is left. */
int hv_frame_release (uint32_t mfn, uint32_t owner);
/* Clears and takes frames of an owner that is no more, whatever types and counts they had: looks at
   some frames from index *next on. -> whether all are done; else call again. */
bool hv_frames_release (uint32_t owner, uint32_t *next);

/* All that a board may have: what this one has not belongs to nobody. */
extern struct hv_frame hv_frames[HV_FRAMES_MAX];
/* Page number of each frame in its domain. */
extern uint32_t hv_frame_page[HV_FRAMES_MAX];

/* The frame with this machine frame number if `owner` owns it, else NULL. */
static inline struct hv_frame *
hv_frame_of (uint32_t mfn, uint32_t owner)
{
  uint32_t index = mfn - HV_FRAME_FIRST;
  if (index >= HV_FRAMES_MAX || hv_frame_owner (&hv_frames[index]) != owner)
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
static inline int
hv_frame_get (uint32_t mfn, uint32_t owner)
{
  struct hv_frame *frame = hv_frame_of (mfn, owner);
  if (!frame)
    return -XEN_EPERM;
  if (frame->held >= HV_HELD_MAX)
    return -XEN_EBUSY;
  frame->held++;
  return 0;
}

static inline void
hv_frame_put (uint32_t mfn)
{
  hv_frames[mfn - HV_FRAME_FIRST].held--;
}

/* A use as a type that is not one more of what it is used as: see hv_frame_get_type. */
int hv_frame_become (uint32_t mfn, uint32_t owner, enum hv_frame_type type);
/* The last use of a page table has gone. */
void hv_frame_cease (struct hv_frame *frame, uint32_t mfn);

/* One use as `type`; -XEN_EPERM, -XEN_EBUSY when it is in use as another (or too often), or what
   validation says. */
static inline int
hv_frame_get_type (uint32_t mfn, uint32_t owner, enum hv_frame_type type)
{
  uint32_t index = mfn - HV_FRAME_FIRST;
  if (index >= HV_FRAMES_MAX)
    return -XEN_EPERM;
  struct hv_frame *frame = &hv_frames[index];
  uint32_t uses = frame->use - hv_use_none (owner, type);
  /* A table that nothing uses has to be looked at first; a writable page has not. */
  uint32_t least = type == HV_FRAME_WRITABLE ? 0 : HV_USE_ONE;
  if (uses - least >= HV_USE_COUNT - 2 * HV_USE_ONE)
    return hv_frame_become (mfn, owner, type);
  frame->use += HV_USE_ONE;
  return 0;
}

/* Gives up a use as HV_FRAME_WRITABLE. The type stays as it was last used, so that the next type
   knows what may still be cached. */
static inline void
hv_frame_put_writable (uint32_t mfn)
{
  hv_frames[mfn - HV_FRAME_FIRST].use -= HV_USE_ONE;
}

static inline void
hv_frame_put_type (uint32_t mfn)
{
  struct hv_frame *frame = &hv_frames[mfn - HV_FRAME_FIRST];
  frame->use -= HV_USE_ONE;
  if (!hv_frame_in_use (frame) && hv_frame_type (frame) != HV_FRAME_WRITABLE)
    hv_frame_cease (frame, mfn);
}

#endif
