/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The front halves of split drivers: the states of pv/device.h, in one place for all kinds. A
 * kernel registers the drivers that it has, then calls pv_devices_start(); everything else happens
 * in event handlers.
 */
#ifndef PV_LIB_DEVICE_H
#define PV_LIB_DEVICE_H

#include <pv/device.h>
#include "pv.h"

struct pv_front;

struct pv_front_driver {
  enum pv_device_type type;
  /* The back end waits for us: gives it rings and a port (pv_front_*), perhaps sets
     front->features.
     -> false: it cannot, and the device stays closed. */
  bool (*connect) (struct pv_front *front);
  /* The back end serves. */
  void (*connected) (struct pv_front *front);
  /* An event of the device's own port. */
  void (*event) (struct pv_front *front);
  /* The back end does not serve any more and uses nothing of ours: forget the rings. The device may
     be connected again later, after resuming with all members of `front` as at first. */
  void (*lost) (struct pv_front *front);
};

struct pv_front {
  const struct pv_front_driver *driver;
  uint32_t slot;
  uint32_t state;                    /* XenbusState, ours */
  const struct pv_device_back *back; /* in the device page: read a member once */
  uint32_t ring_ref[PV_DEVICE_RINGS];
  uint32_t port;     /* 0: none yet */
  uint32_t features; /* told to the back end */
  void *data;        /* the driver's */
};

/* Before pv_devices_start(); `driver` stays in use. */
void pv_front_register (const struct pv_front_driver *driver);
/* Looks at the device page and goes on looking, also after the domain was saved or moved: then all
   devices are lost and connect anew. */
void pv_devices_start (void);

/* Gives the back end a page as ring number `ring`. -> false: no grant reference is left. */
bool pv_front_give_ring (struct pv_front *front, uint32_t ring, const void *page);
/* Opens the device's port, or finds that it is open. */
bool pv_front_open_port (struct pv_front *front);
static inline void
pv_front_notify (const struct pv_front *front)
{
  pv_event_send (front->port);
}

#endif
