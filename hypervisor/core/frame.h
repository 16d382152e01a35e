/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page frames of domain memory: who owns each, what it is used as, and how often.
 *
 * A frame has at most one type at a time, and only while something uses it as that: writable mappings, being a
 * page table, being part of a directory. A frame that is a page table can therefore not be mapped writable,
 * and one that is mapped writable cannot become a page table. `refs` counts every use, read-only
 * mappings too.
 *
 * Memory is given out in extents of four frames (16 KiB, aligned), the size of a page directory.
 */
#ifndef HV_FRAME_H
#define HV_FRAME_H

#include <stdbool.h>
#include <stdint.h>

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

struct hv_frame {
  uint32_t type : 3;
  uint32_t pinned : 1;
  uint32_t uses : 28; /* of that type */
  uint32_t owner : 8; /* slot of the domain, or HV_OWNER_NONE */
  uint32_t refs : 24; /* all uses */
};

/* What the processor's part does when a frame becomes, or ceases to be, a table or a directory. */
struct hv_frame_hooks {
  /* Checks all entries and takes their references; 0, or a negative error with nothing taken. */
  int (*validate) (uint32_t owner, uint32_t frame, enum hv_frame_type type);
  void (*invalidate) (uint32_t owner, uint32_t frame, enum hv_frame_type type);
  /* The type of a frame of this owner changed: no stale translation may survive. */
  void (*retyped) (uint32_t owner);
};

/* `first`: machine frame number of the first frame of domain memory. */
void hv_frames_init (uint32_t first, uint32_t count, const struct hv_frame_hooks *hooks);
uint32_t hv_frames_first (void);
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

/* The frame with this machine frame number if `owner` owns it, else NULL. */
struct hv_frame *hv_frame_of (uint32_t mfn, uint32_t owner);

/* One use without a type (a read-only mapping). 0, -XEN_EPERM (not the owner's), -XEN_EBUSY (count). */
int hv_frame_get (uint32_t mfn, uint32_t owner);
void hv_frame_put (uint32_t mfn);
/* One use as `type`; -XEN_EBUSY when it is in use as another, or what validation says. */
int hv_frame_get_type (uint32_t mfn, uint32_t owner, enum hv_frame_type type);
void hv_frame_put_type (uint32_t mfn);

#endif
