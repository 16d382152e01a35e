/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device page: where the two halves of a split driver meet. Every domain has one, in the place
 * that Xen's store page has: it belongs to the guest (pv_start_info.device_page), which the back
 * ends in the control domain reach by the reserved grant reference GNTTAB_RESERVED_XENSTORE and the
 * guest's event port PV_PORT_DEVICE. Names and states are those of Xen's stores and headers
 * (<xen/io/xenbus.h>, blkif.h, netif.h).
 *
 * Who writes what: each half of a slot has one writer, which keeps its own copy of what it wrote and
 * never believes the page about it; the other side reads each member once and checks it. A half's
 * `state` is written last, behind a barrier, and the event is sent after every change of it. Either
 * side may be hostile to the other: nothing here is believed beyond what it says about its writer.
 *
 *   back end                       front end
 *   InitWait, type, details   ->
 *                             <-   ring_ref, event_channel, features; Initialised
 *   (maps, binds) Connected   ->
 *                             <-   Connected
 *   Closing (no more requests) ->
 *                             <-   Closing when it has what it waited for, or at once
 *   (unmaps) Closed           ->
 *                             <-   Closed (takes its grants back)
 *
 * A front end that finds the back end Closed while it is Connected itself (the control domain
 * started anew), or that comes back from suspension, goes to Initialising; the back end answers with
 * InitWait, and the front end gives it a new ring and repeats what had no answer. A back end drops
 * whatever it held of a front end that says Initialising.
 */
#ifndef PV_DEVICE_H
#define PV_DEVICE_H

#include <stdint.h>
#include <pv/arch.h>
#include <pv/control.h>
#include <xen/grant_table.h>
#include <xen/io/xenbus.h>

#define PV_DEVICE_RINGS 2
#define PV_DEVICE_NAME  32 /* bytes, the ending zero included */

enum pv_device_type {
  PV_DEVICE_NONE = 0,
  PV_DEVICE_BLOCK = 1, /* ring 0: blkif */
  PV_DEVICE_NET = 2,   /* rings 0 and 1: netif's tx and rx */
};

/* pv_device_back.features and pv_device_front.features of a block device. */
#define PV_BLOCK_FLUSH   1u /* feature-flush-cache: BLKIF_OP_FLUSH_DISKCACHE */
#define PV_BLOCK_BARRIER 2u /* feature-barrier: BLKIF_OP_WRITE_BARRIER */

/* Written by the back end; the guest reads it. */
struct pv_device_back {
  uint32_t state; /* XenbusState */
  uint32_t type;  /* enum pv_device_type */
  uint32_t backend_id;
  int32_t error; /* why it is Closing or Closed: 0 or -XEN_E* */
  uint32_t features;
  char name[PV_DEVICE_NAME]; /* what the domain's configuration calls it */
  union {
    struct {
      uint64_t sectors; /* of 512 bytes, whatever sector_size says */
      uint32_t sector_size;
      uint32_t info; /* VDISK_* of blkif.h */
    } block;
    struct {
      uint8_t mac[6];
      uint16_t mtu;
    } net;
  } u;
};

/* Written by the front end; the back end reads it. */
struct pv_device_front {
  uint32_t state; /* XenbusState */
  uint32_t ring_ref[PV_DEVICE_RINGS];
  uint32_t event_channel; /* a port of the guest, unbound, for backend_id */
  uint32_t features;
};

struct pv_device {
  struct pv_device_back back;
  uint8_t pad0[128 - sizeof (struct pv_device_back)];
  struct pv_device_front front;
  uint8_t pad1[128 - sizeof (struct pv_device_front)];
};

struct pv_device_page {
  struct pv_device slot[PV_DEVICES_MAX];
};
_Static_assert(sizeof (struct pv_device_page) <= PV_PAGE_SIZE, "one page");

#endif
