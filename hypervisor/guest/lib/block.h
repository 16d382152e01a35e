/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks: the front end of Xen's blkif. What was asked for while the back end was away, or was under
 * way when it left, is asked for again when it is back; who waits does not notice.
 */
#ifndef PV_LIB_BLOCK_H
#define PV_LIB_BLOCK_H

#include "pv.h"
#include <xen/io/blkif.h>

#define PV_BLOCKS_MAX   4
#define PV_BLOCK_SECTOR 512u

struct pv_block;

enum pv_block_operation {
  PV_BLOCK_READ = BLKIF_OP_READ,
  PV_BLOCK_WRITE = BLKIF_OP_WRITE,
  /* What was written before and completed is on the medium afterwards. */
  PV_BLOCK_FLUSH_CACHE = BLKIF_OP_FLUSH_DISKCACHE,
  /* A write (perhaps of nothing) before which everything asked for earlier is on the medium, and
     which is there itself before anything asked for later. */
  PV_BLOCK_WRITE_BARRIER = BLKIF_OP_WRITE_BARRIER,
};

/* A piece of a page of the kernel's own memory. */
struct pv_block_segment {
  void *address;   /* a multiple of PV_BLOCK_SECTOR */
  uint32_t length; /* too; it stays in the page */
};

struct pv_block_request {
  enum pv_block_operation operation;
  uint64_t sector;
  uint32_t segments;
  struct pv_block_segment segment[BLKIF_MAX_SEGMENTS_PER_REQUEST];
  /* In an event handler. Status: 0, -XEN_EIO, -XEN_EOPNOTSUPP, -XEN_EROFS. */
  void (*done) (struct pv_block_request *request, int status);
  void *data; /* the caller's */

  /* The front end's. */
  struct pv_block_request *next;
  uint32_t id; /* in the ring */
};

/* Before pv_devices_start(). */
void pv_blocks_register (void);
/* Disk number `index`, in the order in which the domain was given them; NULL: there is none, or it
   has not connected yet. */
struct pv_block *pv_block_get (uint32_t index);
const char *pv_block_name (const struct pv_block *block);
uint64_t pv_block_sectors (const struct pv_block *block);
bool pv_block_is_readonly (const struct pv_block *block);

/* The request belongs to the front end until `done`. */
void pv_block_submit (struct pv_block *block, struct pv_block_request *request);
/* Reads or writes `length` bytes (a multiple of PV_BLOCK_SECTOR) at any aligned address of the
   kernel's memory, flushes (length 0), and waits in pv_event_wait(). 0, or a negative error. */
long pv_block_transfer (struct pv_block *block,
                        enum pv_block_operation operation,
                        uint64_t sector,
                        void *buffer,
                        uint32_t length);

#endif
